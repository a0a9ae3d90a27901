//! Tests of a login under way: its two halves, its time, and the answer that takes it up again.

use std::collections::BTreeSet;

use time::{Duration, OffsetDateTime};
use url::form_urlencoded;

use super::{
    Answer, Callback, LONGEST, PendingLogin, Redeemed, State, TooLong, Unguessable, Unreadable, Unredeemable, overdue,
    was_dropped,
};
use crate::base::ids::LoginId;
use crate::base::parameters::Parameters;
use crate::base::random;
use crate::base::secret::{MasterKey, Purpose, Sealer, Secret};
use crate::signin::arrive::arrive;
use crate::signin::samples::{notes, query, uni};

const NOON: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

fn login() -> PendingLogin {
    login_with(&[("state", "the-apps-own"), ("nonce", "the-apps-other")])
}

fn login_with(parameters: &[(&str, &str)]) -> PendingLogin {
    let app = notes();
    let request = arrive(&app, &query(parameters)).unwrap();
    let secrets = Unguessable { nonce: Secret::new(random::token()), verifier: Secret::new(random::token()) };
    PendingLogin::begin(request, app.id, (uni(), "https://sso.example.edu".into()), secrets, NOON)
}

fn sealers() -> (Sealer, Sealer) {
    let master = MasterKey::fresh();
    (master.sealer(Purpose::PendingLogin), master.sealer(Purpose::State))
}

fn redeem(login: PendingLogin, state: &State, after: Duration) -> Result<Redeemed, Unredeemable> {
    login.redeem(state, &uni(), NOON + after)
}

#[test]
fn what_a_browser_and_a_provider_carry_comes_back_as_it_was() {
    let (pending, states) = sealers();
    let login = login();
    let (kept, carried) = (login.seal(&pending).unwrap(), login.state().seal(&states));
    let (nonce, verifier) = (login.nonce().expose().clone(), login.verifier().expose().clone());
    let state = State::open(&carried, &states).unwrap();
    let back = redeem(PendingLogin::open(&kept, &pending).unwrap(), &state, Duration::minutes(1)).unwrap();
    assert_eq!(back.pending().nonce().expose(), &nonce);
    assert_eq!(back.pending().verifier().expose(), &verifier);
    assert_eq!(back.pending().request(), login.request());
    assert_eq!((back.pending().app(), back.provider()), (login.app(), &uni()));
    assert_eq!((back.issuer().as_str(), back.begun()), ("https://sso.example.edu", NOON));
}

// C1
#[test]
fn a_login_begun_elsewhere_cannot_be_redeemed() {
    let (ours, theirs) = (login(), login());
    let state = ours.state();
    assert!(matches!(redeem(theirs, &state, Duration::ZERO), Err(Unredeemable::Missing)));
}

// C1, C29
#[test]
fn neither_half_opens_with_another_key_or_as_the_other_half() {
    let (pending, states) = sealers();
    let (other_pending, other_states) = sealers();
    let login = login();
    let (kept, carried) = (login.seal(&pending).unwrap(), login.state().seal(&states));
    assert!(PendingLogin::open(&kept, &other_pending).is_err());
    assert!(State::open(&carried, &other_states).is_err());
    assert!(PendingLogin::open(&carried, &pending).is_err() && State::open(&kept, &states).is_err());
}

// C2
#[test]
fn a_state_with_one_letter_changed_was_not_made_by_us() {
    let (_, states) = sealers();
    let carried = login().state().seal(&states);
    for at in 0..carried.len() {
        let mut bent = carried.clone().into_bytes();
        bent[at] = if bent[at] == b'A' { b'B' } else { b'A' };
        assert!(State::open(&String::from_utf8(bent).unwrap(), &states).is_err(), "letter {at}");
        assert!(State::open(&carried[..at], &states).is_err());
    }
    assert!(State::open(&format!("{carried}A"), &states).is_err());
}

// C3
#[test]
fn a_login_is_good_for_ten_minutes_and_not_a_second_longer() {
    let late = |after| {
        let login = login();
        let state = login.state();
        match redeem(login, &state, after) {
            Ok(_) => None,
            Err(Unredeemable::Expired { late }) => Some(late),
            Err(other) => panic!("{other}"),
        }
    };
    let ten_minutes = Duration::minutes(10);
    assert_eq!(late(Duration::ZERO), None);
    assert_eq!(late(ten_minutes), None);
    assert_eq!(late(ten_minutes + Duration::seconds(1)), Some(Duration::seconds(1)));
    assert_eq!(late(Duration::days(1)), Some(Duration::days(1) - ten_minutes));
}

// C3: one app
#[test]
fn a_state_that_names_another_app_is_of_no_login_here() {
    let login = login();
    let state = State { app: "conference".parse().unwrap(), ..login.state() };
    assert!(matches!(redeem(login, &state, Duration::ZERO), Err(Unredeemable::Missing)));
}

// C4
#[test]
fn every_state_is_different_though_it_says_the_same() {
    let (_, states) = sealers();
    let state = login().state();
    let sealed: BTreeSet<_> = (0..100).map(|_| state.seal(&states)).collect();
    assert_eq!(sealed.len(), 100);
    // A nonce of the seal's own and 112 random bits of the id, under a key that nobody else has.
    assert!(sealed.iter().all(|state| state.len() > 60 && state.len() < 400));
    assert!(sealed.iter().all(|state| state.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')));
}

// C7
#[test]
fn a_login_cannot_be_redeemed_at_another_providers_callback() {
    let login = login();
    let state = login.state();
    let refused = login.redeem(&state, &"lab".parse().unwrap(), NOON).unwrap_err();
    assert!(matches!(refused, Unredeemable::OtherProvider { begun_for } if begun_for == uni()));
    // Nor by a state that says it was begun there.
    let begun = self::login();
    let state = State { provider: "lab".parse().unwrap(), ..begun.state() };
    let refused = begun.redeem(&state, &"lab".parse().unwrap(), NOON).unwrap_err();
    assert!(matches!(refused, Unredeemable::Missing));
}

#[test]
fn the_longest_start_fits_its_cookie_and_a_longer_one_is_refused_not_cut() {
    let (pending, _) = sealers();
    let long = "x".repeat(256);
    let most = [("state", long.as_str()), ("nonce", &long), ("login_hint", &long), ("ui_locales", &long)];
    let sealed = login_with(&most).seal(&pending).unwrap();
    assert!(sealed.len() <= LONGEST, "{}", sealed.len());
    let mut app = notes();
    app.addresses.listed = vec![format!("https://notes.example.org/{}", "y".repeat(1500))];
    let request = arrive(&app, &query(&most)).unwrap();
    let secrets = Unguessable { nonce: Secret::new(random::token()), verifier: Secret::new(random::token()) };
    let login = PendingLogin::begin(request, app.id, (uni(), "https://sso.example.edu".into()), secrets, NOON);
    assert_eq!(login.seal(&pending), Err(TooLong));
}

// C56
#[test]
fn a_login_shown_in_a_log_shows_no_secret() {
    let login = login();
    let shown = format!("{login:?}");
    assert!(!shown.contains(login.nonce().expose()) && !shown.contains(login.verifier().expose()), "{shown}");
}

fn ids(count: i64) -> Vec<LoginId> {
    (0..count).map(|n| LoginId::fresh(NOON + Duration::seconds(n))).collect()
}

#[test]
fn the_oldest_of_nine_logins_is_dropped_whatever_their_order() {
    let ids = ids(8);
    let kept = |ids: &[LoginId]| ids.iter().map(|id| (*id, 100)).collect::<Vec<_>>();
    assert_eq!(overdue(kept(&ids[..7]), 100), []);
    assert_eq!(overdue(kept(&ids), 100), ids[..1]);
    let mut shuffled = kept(&ids);
    shuffled.reverse();
    assert_eq!(overdue(shuffled, 100), ids[..1]);
    // A browser that holds more than we ever gave it gets rid of them all at once.
    let many = self::ids(12);
    assert_eq!(overdue(kept(&many), 100), many[..5]);
}

#[test]
fn as_many_of_the_oldest_are_dropped_as_it_takes_for_five_kilobytes() {
    let ids = ids(3);
    let kept = |length: usize| ids.iter().map(|id| (*id, length)).collect::<Vec<_>>();
    assert_eq!(overdue(kept(1024), 2048), []);
    assert_eq!(overdue(kept(1025), 2048), ids[..1]);
    assert_eq!(overdue(kept(2048), 2048), ids[..2]);
    assert_eq!(overdue(kept(4000), 2048), ids);
}

#[test]
fn a_missing_login_was_dropped_only_if_the_browser_is_full_of_later_ones() {
    let ids = ids(9);
    let kept: Vec<_> = ids[1..].iter().map(|id| (*id, 100)).collect();
    assert!(was_dropped(ids[0], &kept));
    assert!(!was_dropped(ids[0], &kept[..7]), "there was room");
    assert!(!was_dropped(LoginId::fresh(NOON + Duration::hours(1)), &kept), "it is the latest");
    assert!(!was_dropped(ids[0], &[]));
    assert!(was_dropped(ids[0], &[(ids[1], 2000), (ids[2], 2000)]), "no room for another in five kilobytes");
}

fn read(pairs: &[(&str, &str)]) -> Result<Callback, Unreadable> {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    Callback::read(&Parameters::read(encoded.as_bytes()))
}

// C2
#[test]
fn a_state_that_is_missing_empty_twice_or_endless_reads_alike() {
    let long = "x".repeat(1025);
    for states in [&[][..], &[("state", "")], &[("state", "s"), ("state", "s")], &[("state", long.as_str())]] {
        // Whatever else is wrong, the state is looked at first.
        for more in [&[("code", "c")][..], &[], &[("iss", "a"), ("iss", "b")], &[("code", "c"), ("error", "e")]] {
            assert_eq!(read(&[states, more].concat()).unwrap_err(), Unreadable::State, "{states:?} {more:?}");
        }
    }
}

// C8, C9
#[test]
fn an_answer_is_one_code_or_one_error_each_given_once() {
    let state = ("state", "s");
    let good = read(&[state, ("code", "c"), ("iss", "https://sso.example.edu"), ("session_state", "x")]).unwrap();
    assert_eq!((good.state.as_str(), good.iss.as_deref()), ("s", Some("https://sso.example.edu")));
    assert!(matches!(good.answer, Answer::Code(code) if code.expose() == "c"));
    let error = read(&[("error", "access_denied"), state, ("error_description", "no")]).unwrap();
    assert!(
        matches!(error.answer, Answer::Error { code, description: Some(said) } if code == "access_denied" && said == "no")
    );
    for (twice, name) in [(("code", "c"), "code"), (("error", "e"), "error"), (("iss", "i"), "iss")] {
        assert_eq!(read(&[state, twice, twice]).unwrap_err(), Unreadable::Repeated(name));
    }
    // What nobody decides by refuses nothing, and RFC 6749 §3.1 knows no parameter without a value.
    let said_twice = [state, ("code", ""), ("error", "e"), ("error_description", "one"), ("error_description", "two")];
    let error = read(&said_twice).unwrap();
    assert!(matches!(error.answer, Answer::Error { description: Some(said), .. } if said == "one"));
    let good = read(&[state, ("code", "c"), ("error", ""), ("error_description", "")]).unwrap();
    assert!(matches!(good.answer, Answer::Code(code) if code.expose() == "c"));
    let endless = "c".repeat(4097);
    for (pairs, why) in [
        (&[state, ("code", endless.as_str())][..], Unreadable::LongCode(4097)),
        (&[state], Unreadable::NoAnswer),
        (&[state, ("code", "")], Unreadable::NoAnswer),
        (&[state, ("code", ""), ("error", "")], Unreadable::NoAnswer),
        (&[state, ("code", "c"), ("error", "e")], Unreadable::TwoAnswers),
    ] {
        assert_eq!(read(pairs).unwrap_err(), why, "{pairs:?}");
    }
}

// C2, C8
#[test]
fn of_an_answer_only_what_is_read_must_be_utf8() {
    let read = |encoded: &str| Callback::read(&Parameters::read(encoded.as_bytes()));
    assert!(read("state=s&code=c&x=%E9&%FF=1").is_ok());
    let error = read("state=s&error=access_denied&error_description=refus%E9").unwrap();
    assert!(matches!(error.answer, Answer::Error { description: Some(said), .. } if said == "refus\u{fffd}"));
    for (encoded, why) in [
        ("state=s&state=%E9&code=c", Unreadable::State),
        ("state=s&code=%E9", Unreadable::NotUtf8("code")),
        ("state=s&code=c&iss=%E9", Unreadable::NotUtf8("iss")),
        ("state=s&code=c&error=%E9", Unreadable::NotUtf8("error")),
    ] {
        assert_eq!(read(encoded).unwrap_err(), why, "{encoded}");
    }
}
