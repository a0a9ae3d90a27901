//! Every lie that an ID token can tell is refused; everything that is merely odd is taken.

use vestibule::store::Event;

use crate::house::House;
use crate::log::Log;
use crate::upstream::{ClaimLie, KeyLie, Lie, Quirk, TextLie};

const NOTES: &str = "https://notes.example.org/signed-in";

// C10, C11, C12, C13, C14, C15, C16
#[tokio::test]
async fn every_lie_in_an_id_token_is_refused_and_leaves_one_row_and_nothing_else() {
    let (log, house) = (Log::open(), House::open().await);
    for (before, lie) in Lie::all().enumerate() {
        let browser = house.browser();
        house.behave(|uni| uni.lie = Some(lie));
        let page = browser.sign_in("/auth/notes?state=s").await;
        assert_eq!(page.status, 400, "{lie:?}");
        assert_eq!(page.heading(), "Example University’s answer could not be trusted.", "{lie:?}");
        assert!(page.cookies_set().is_empty() && browser.session().is_none(), "{lie:?}");
        assert!(!page.body.contains(rule(lie)), "{lie:?} tells the person more than they need");

        let line = log.line(&page.code());
        for word in ["answer_refused", rule(lie), "expected", "got"] {
            assert!(line.contains(word), "{lie:?}, {word}: {line}");
        }
        let explained = house.explain(&page.code()).await.unwrap();
        let detail = explained.detail.unwrap();
        assert!(detail.starts_with(rule(lie)), "{lie:?}: {detail}");
        assert_eq!(explained.row.entry.cause.as_deref(), Some("answer_refused"));
        assert_eq!(explained.row.entry.network.as_deref(), Some("127.0.0.0/24"));
        // Refusals of one kind and minute share a row.
        let counted: i64 = house.audit().await.iter().map(|row| row.count).sum();
        assert_eq!(counted, i64::try_from(before).unwrap() + 1, "{lie:?}");
        assert!(house.audit().await.iter().all(|row| row.entry.event == Event::Refused));
        house.wait(time::Duration::minutes(1));
    }
    // C11: whatever a header pointed at, nobody went there.
    assert_eq!(house.uni.received().strayed, 0);
}

#[tokio::test]
async fn what_is_merely_unusual_about_an_id_token_is_taken() {
    let house = House::open().await;
    for quirk in Quirk::ALL {
        house.behave(|uni| {
            uni.quirk = Some(*quirk);
            // Another name for another subject.
            let name = if *quirk == Quirk::LongestSub { "long" } else { "ada" };
            uni.person = uni.person.clone().with("preferred_username", name);
        });
        let page = house.browser().sign_in("/auth/notes").await;
        assert_eq!(page.status, 303, "{quirk:?}: {}", page.text());
        page.token_at(NOTES);
    }
}

// C12
#[tokio::test]
async fn a_clock_that_is_off_is_named_with_its_side_and_its_seconds() {
    let house = House::open().await;
    for (lie, words) in [
        (ClaimLie::ExpPast, "s ago: our clock is ahead, or theirs is behind"),
        (ClaimLie::IatAhead, "s ahead: their clock is ahead, or ours is behind"),
        (ClaimLie::NbfAhead, "s ahead: their clock is ahead, or ours is behind"),
    ] {
        house.behave(|uni| uni.lie = Some(Lie::Claim(lie)));
        let page = house.browser().sign_in("/auth/notes").await;
        let detail = house.explain(&page.code()).await.unwrap().detail.unwrap();
        assert!(detail.contains(words), "{lie:?}: {detail}");
    }
}

// C20
#[tokio::test]
async fn an_unknown_key_id_has_the_keys_fetched_three_times_and_then_once_a_minute() {
    let house = House::open().await;
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let fetched = || house.uni.received().jwks;
    assert_eq!(fetched(), 1);
    house.wait(time::Duration::seconds(61));
    house.behave(|uni| uni.lie = Some(Lie::Key(KeyLie::UnknownKid)));
    for _ in 0..6 {
        assert_eq!(house.browser().sign_in("/auth/notes").await.status, 400);
    }
    assert_eq!(fetched(), 4);
    house.wait(time::Duration::seconds(61));
    house.behave(|_| ());
    house.uni.rotate_keys();
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(fetched(), 5, "a rotation is noticed, and costs one fetch");
}

// C20
#[tokio::test]
async fn two_rotations_within_a_minute_refuse_nobody() {
    let house = House::open().await;
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    for _ in 0..3 {
        house.uni.rotate_keys();
        house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    }
}

// C14, C20
#[tokio::test]
async fn another_key_under_the_same_kid_refuses_nobody_and_wrong_signatures_cost_no_more_than_unknown_kids() {
    let house = House::open().await;
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let fetched = || house.uni.received().jwks;
    house.uni.replace_key();
    house.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(fetched(), 2);
    house.behave(|uni| uni.lie = Some(Lie::Key(KeyLie::SignedByAnother)));
    for _ in 0..6 {
        assert_eq!(house.browser().sign_in("/auth/notes").await.status, 400);
    }
    assert_eq!(fetched(), 4);
}

/// The rule that must name itself in the log.
fn rule(lie: Lie) -> &'static str {
    match lie {
        Lie::Key(lie) => match lie {
            KeyLie::SignedByAnother
            | KeyLie::UnknownKid
            | KeyLie::SignatureDropped
            | KeyLie::EmbeddedJwk
            | KeyLie::Jku
            | KeyLie::X5u
            | KeyLie::X5c => "C14",
            KeyLie::AlgNone | KeyLie::AlgNoneWithSignature | KeyLie::Hs256WithPublicKey | KeyLie::Hs256WithClientId => {
                "C10"
            }
            KeyLie::UnknownCrit => "C11",
            KeyLie::TypLogout | KeyLie::TypAccess => "C18",
        },
        Lie::Claim(lie) => match lie {
            ClaimLie::IssOther
            | ClaimLie::IssWithSlash
            | ClaimLie::IssMissing
            | ClaimLie::AudOther
            | ClaimLie::AudMissing
            | ClaimLie::AudManyWithoutAzp
            | ClaimLie::AudManyAzpOther
            | ClaimLie::AzpOther
            | ClaimLie::ExpPast
            | ClaimLie::ExpMissing
            | ClaimLie::IatAhead
            | ClaimLie::IatMissing
            | ClaimLie::NbfAhead => "C12",
            ClaimLie::NonceMissing | ClaimLie::NonceOther | ClaimLie::NonceNumber | ClaimLie::AtHashOther => "C13",
            ClaimLie::ExpText
            | ClaimLie::ExpDate
            | ClaimLie::IatText
            | ClaimLie::NbfText
            | ClaimLie::AtHashNumber
            | ClaimLie::SubEmpty
            | ClaimLie::SubTooLong
            | ClaimLie::SubNumber
            | ClaimLie::SubMissing
            | ClaimLie::EmailVerifiedText => "C15",
        },
        Lie::Text(lie) => match lie {
            TextLie::ExpTooLargeForANumber
            | TextLie::SubTwice
            | TextLie::UnknownClaimTwice
            | TextLie::NestedTwice
            | TextLie::AlgTwice
            | TextLie::UnknownHeaderTwice
            | TextLie::BytesAfterPayload
            | TextLie::BytesAfterHeader
            | TextLie::PayloadNotAnObject
            | TextLie::LooseHeader
            | TextLie::LoosePayload
            | TextLie::LooseSignature
            | TextLie::PaddedPayload
            | TextLie::FourParts
            | TextLie::TwoParts => "C16",
        },
    }
}
