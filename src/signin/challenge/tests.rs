//! Tests of a pending login: its two pieces, its time limit, and the callback that continues it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::{
    EvictionReason, HANDLE_LENGTH, MAX_SEALED_LENGTH, PendingLogin, ProtocolState, Redeemed, StateHandle, TooLong,
    Unredeemable, eviction_reason, logins_to_evict,
};
use crate::base::ids::{AppId, Issuer, LoginId, ProviderId};
use crate::base::random;
use crate::base::secret::{MasterKey, Purpose, Sealer};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, OwnPageRequest, arrive};
use crate::signin::samples::{notes, query, uni};

const NOON: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

/// The state of a protocol, for tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    nonce: String,
    verifier: String,
}

fn kept() -> Kept {
    Kept { nonce: random::token(), verifier: random::token() }
}

fn login() -> PendingLogin {
    login_with(&notes(), &[("state", "the-apps-own"), ("nonce", "the-apps-other")])
}

fn login_with(app: &App, parameters: &[(&str, &str)]) -> PendingLogin {
    let request = arrive(app, &query(parameters)).unwrap();
    let destination = Destination::App { app: app.id.clone(), request };
    PendingLogin::begin(LoginId::fresh(NOON), destination, at_uni(), ProtocolState::write(&kept()), NOON)
}

/// A login that leads to a page of our own.
fn own_login() -> PendingLogin {
    let destination = Destination::OwnPage { request: OwnPageRequest::default() };
    PendingLogin::begin(LoginId::fresh(NOON), destination, at_uni(), ProtocolState::write(&kept()), NOON)
}

fn at_uni() -> (ProviderId, Issuer) {
    (uni(), "https://sso.example.edu".into())
}

/// The handle of the same login, if it led to `app` by `provider`.
fn handle_of(login: &PendingLogin, app: &AppId, provider: &ProviderId) -> StateHandle {
    let destination = match login.destination().clone() {
        Destination::App { request, .. } => Destination::App { app: app.clone(), request },
        own_page @ Destination::OwnPage { .. } => own_page,
    };
    StateHandle::new(login.id(), &destination, provider)
}

fn sealers() -> (Sealer, Sealer) {
    let master = MasterKey::fresh();
    (master.sealer(Purpose::PendingLogin), master.sealer(Purpose::State))
}

fn redeem(login: PendingLogin, handle: &StateHandle, after: Duration) -> Result<Redeemed, Unredeemable> {
    login.redeem(handle, &uni(), NOON + after)
}

#[test]
fn the_cookie_and_the_handle_open_unchanged() {
    let (pending, states) = sealers();
    let kept = kept();
    let fresh = login();
    let (id, destination) = (fresh.id(), fresh.destination().clone());
    let login = PendingLogin::begin(id, destination, at_uni(), ProtocolState::write(&kept), NOON);
    let (cookie, carried) = (login.seal(&pending).unwrap(), login.handle().seal(&states));
    let handle = StateHandle::open(&carried, &states).unwrap();
    assert_eq!(handle, login.handle());
    let opened = PendingLogin::open(&cookie, &pending).unwrap();
    assert_eq!((opened.id(), opened.destination()), (login.id(), login.destination()));
    let back = redeem(opened, &handle, Duration::minutes(1)).unwrap();
    assert_eq!((back.id(), back.protocol().read()), (login.id(), Some(kept)));
    assert_eq!(back.issuer().as_str(), "https://sso.example.edu");
}

#[test]
fn only_a_start_that_asks_for_a_fresh_proof_demands_one_since_the_start() {
    for (prompt, since) in [
        ("login", Some(NOON)),
        ("login_without_proof", None),
        ("login_for_another_account", None),
        ("select_account", None),
        ("none", None),
    ] {
        let login = login_with(&notes(), &[("prompt", prompt)]);
        let handle = login.handle();
        assert_eq!(redeem(login, &handle, Duration::minutes(1)).unwrap().proof_since(), since, "{prompt}");
    }
}

// C6
#[test]
fn the_state_of_another_protocol_is_not_read() {
    #[derive(Deserialize)]
    struct StateOfAnother {
        #[expect(dead_code, reason = "only whether it reads matters")]
        request_id: String,
    }
    assert!(ProtocolState::write(&kept()).read::<StateOfAnother>().is_none());
}

// C1, C57
#[test]
fn a_login_begun_in_another_browser_cannot_be_redeemed() {
    let (ours, theirs) = (login(), login());
    let handle = ours.handle();
    assert!(matches!(redeem(theirs, &handle, Duration::ZERO), Err(Unredeemable::Missing)));
}

// C1, C29
#[test]
fn neither_piece_opens_with_another_key_or_as_the_other_piece() {
    let (pending, states) = sealers();
    let (other_pending, other_states) = sealers();
    let login = login();
    let (cookie, carried) = (login.seal(&pending).unwrap(), login.handle().seal(&states));
    assert!(PendingLogin::open(&cookie, &other_pending).is_err());
    assert!(StateHandle::open(&carried, &other_states).is_err());
    assert!(PendingLogin::open(&carried, &pending).is_err() && StateHandle::open(&cookie, &states).is_err());
}

// C2
#[test]
fn a_state_with_one_changed_letter_does_not_open() {
    let (_, states) = sealers();
    let carried = login().handle().seal(&states);
    for at in 0..carried.len() {
        let mut changed = carried.clone().into_bytes();
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        assert!(StateHandle::open(&String::from_utf8(changed).unwrap(), &states).is_err(), "letter {at}");
        assert!(StateHandle::open(&carried[..at], &states).is_err());
    }
    assert!(StateHandle::open(&format!("{carried}A"), &states).is_err());
}

// C3
#[test]
fn a_login_is_valid_for_ten_minutes_and_not_a_second_longer() {
    let late = |after| {
        let login = login();
        let handle = login.handle();
        match redeem(login, &handle, after) {
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
fn a_state_that_names_another_app_matches_no_login() {
    let login = login();
    let handle = handle_of(&login, &"conference".parse().unwrap(), &uni());
    assert!(matches!(redeem(login, &handle, Duration::ZERO), Err(Unredeemable::Missing)));
}

// C4
#[test]
fn every_state_is_different_even_for_the_same_login() {
    let (_, states) = sealers();
    let handle = login().handle();
    let sealed: BTreeSet<_> = (0..100).map(|_| handle.seal(&states)).collect();
    assert_eq!(sealed.len(), 100);
    // The seal adds a nonce, and the id has 112 random bits.
    assert!(sealed.iter().all(|state| state.len() == HANDLE_LENGTH));
    assert!(sealed.iter().all(|state| state.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')));
}

// C7
#[test]
fn a_login_cannot_be_redeemed_at_another_providers_callback() {
    let login = login();
    let handle = login.handle();
    let refused = login.redeem(&handle, &"lab".parse().unwrap(), NOON).unwrap_err();
    assert!(matches!(refused, Unredeemable::OtherProvider { begun_for } if begun_for == uni()));
    // A handle that names that provider does not help.
    let begun = self::login();
    let lab = "lab".parse().unwrap();
    let handle = handle_of(&begun, &notes().id, &lab);
    let refused = begun.redeem(&handle, &lab, NOON).unwrap_err();
    assert!(matches!(refused, Unredeemable::Missing));
    // Nor at the callback of the login's own provider, which is no other provider.
    let login = self::login();
    let handle = handle_of(&login, &notes().id, &lab);
    assert!(matches!(redeem(login, &handle, Duration::ZERO), Err(Unredeemable::Missing)));
}

// C2
#[test]
fn a_handle_alone_names_its_app_and_its_provider_and_no_other() {
    let handle = login().handle();
    assert!(handle.is_for_app(&notes().id) && handle.is_for_provider(&uni()));
    for other in ["note", "notes2", "uni", "conference"] {
        assert!(!handle.is_for_app(&other.parse().unwrap()), "{other}");
    }
    for other in ["lab", "notes", "uni2"] {
        assert!(!handle.is_for_provider(&other.parse().unwrap()), "{other}");
    }
    assert!(!handle.is_for_own_page());
}

// C2
#[test]
fn a_handle_without_an_app_names_our_own_page_and_no_app() {
    let login = own_login();
    let handle = login.handle();
    assert!(handle.is_for_own_page() && handle.is_for_provider(&uni()));
    for app in ["notes", "uni", "auth", "account", "-"] {
        let app: AppId = app.parse().unwrap();
        assert!(!handle.is_for_app(&app), "{app}");
        // A login for an app is no login for a page of ours, and the other way round.
        assert!(matches!(
            redeem(own_login(), &handle_of(&self::login(), &app, &uni()), Duration::ZERO),
            Err(Unredeemable::Missing)
        ));
    }
    let (pending, states) = sealers();
    let opened = PendingLogin::open(&login.seal(&pending).unwrap(), &pending).unwrap();
    assert_eq!(opened.destination(), login.destination());
    assert_eq!(StateHandle::open(&handle.seal(&states), &states).unwrap(), handle);
    assert!(redeem(opened, &handle, Duration::ZERO).unwrap().proof_since().is_none());
}

// SAML 2.0 Bindings §3.4.3
#[test]
fn a_handle_with_the_longest_ids_has_eighty_characters() {
    let (_, states) = sealers();
    let longest = "x".repeat(32);
    let handle = handle_of(&login(), &longest.parse().unwrap(), &longest.parse().unwrap());
    assert_eq!((handle.seal(&states).len(), HANDLE_LENGTH), (80, 80));
}

#[test]
fn the_longest_start_fits_its_cookie_and_a_longer_one_is_refused_and_not_cut() {
    let (pending, _) = sealers();
    let long = "x".repeat(256);
    let most = [("state", long.as_str()), ("nonce", &long), ("login_hint", &long), ("ui_locales", &long)];
    let sealed = login_with(&notes(), &most).seal(&pending).unwrap();
    assert!(sealed.len() <= MAX_SEALED_LENGTH, "{}", sealed.len());
    let mut app = notes();
    app.addresses.listed = vec![format!("https://notes.example.org/{}", "y".repeat(1500))];
    assert!(matches!(login_with(&app, &most).seal(&pending), Err(TooLong { .. })));
}

// C56
#[test]
fn the_debug_output_of_a_login_shows_no_secret() {
    let login = login();
    let kept: Kept = login.protocol.read().unwrap();
    let shown = format!("{login:?}");
    assert!(!shown.contains(&kept.nonce) && !shown.contains(&kept.verifier), "{shown}");
}

fn ids(count: i64) -> Vec<LoginId> {
    (0..count).map(|n| LoginId::fresh(NOON + Duration::seconds(n))).collect()
}

#[test]
fn the_oldest_of_nine_logins_is_dropped_whatever_their_order() {
    let ids = ids(8);
    let kept = |ids: &[LoginId]| ids.iter().map(|id| (*id, 100)).collect::<Vec<_>>();
    assert_eq!(logins_to_evict(kept(&ids[..7]), 100), []);
    assert_eq!(logins_to_evict(kept(&ids), 100), ids[..1]);
    let mut shuffled = kept(&ids);
    shuffled.reverse();
    assert_eq!(logins_to_evict(shuffled, 100), ids[..1]);
    // A browser that holds more logins than we allow drops the surplus at once.
    let many = self::ids(12);
    assert_eq!(logins_to_evict(kept(&many), 100), many[..5]);
}

#[test]
fn the_oldest_logins_are_dropped_until_all_fit_in_five_kilobytes() {
    let ids = ids(3);
    let kept = |length: usize| ids.iter().map(|id| (*id, length)).collect::<Vec<_>>();
    assert_eq!(logins_to_evict(kept(1024), 2048), []);
    assert_eq!(logins_to_evict(kept(1025), 2048), ids[..1]);
    assert_eq!(logins_to_evict(kept(2048), 2048), ids[..2]);
    assert_eq!(logins_to_evict(kept(4000), 2048), ids);
}

#[test]
fn a_missing_login_was_dropped_only_if_the_browser_is_full_of_later_ones() {
    let ids = ids(9);
    let kept: Vec<_> = ids[1..].iter().map(|id| (*id, 100)).collect();
    assert_eq!(eviction_reason(ids[0], &kept), Some(EvictionReason::TooMany));
    assert_eq!(eviction_reason(ids[0], &kept[..7]), None, "there was room");
    assert_eq!(eviction_reason(LoginId::fresh(NOON + Duration::hours(1)), &kept), None, "it is the latest");
    assert_eq!(eviction_reason(ids[0], &[]), None);
    let no_room_for_another = eviction_reason(ids[0], &[(ids[1], 2000), (ids[2], 2000)]);
    assert_eq!(no_room_for_another, Some(EvictionReason::TooLarge { kept: 2, bytes: 4000 }));
}
