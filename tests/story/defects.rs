//! Every defect of an ID token is refused; everything that is merely unusual is accepted.

use support::provider::{ClaimDefect, Defect, KeyDefect, Quirk, TextDefect};
use support::{Log, TestServer};
use vestibule::store::Event;

const NOTES: &str = "https://notes.example.org/signed-in";

// C10, C11, C12, C13, C14, C15, C16
#[tokio::test]
async fn every_defect_in_an_id_token_is_refused_and_leaves_only_an_audit_row() {
    let (log, server) = (Log::open(), TestServer::start().await);
    for (before, defect) in Defect::all().enumerate() {
        let browser = server.browser();
        server.behave(|uni| uni.defect = Some(defect));
        let page = browser.sign_in("/auth/notes?state=s").await;
        assert_eq!(page.status, 400, "{defect:?}");
        assert_eq!(page.heading(), "Example University’s answer could not be trusted.", "{defect:?}");
        assert!(page.cookies_set().is_empty() && browser.session().is_none(), "{defect:?}");
        assert!(!page.body.contains(rule(defect)), "{defect:?}: the page names the rule");

        let line = log.line(&page.reference_code());
        for word in ["answer_refused", rule(defect), "expected", "got"] {
            assert!(line.contains(word), "{defect:?}, {word}: {line}");
        }
        let explained = server.explain(&page.reference_code()).await.unwrap();
        let detail = explained.detail.unwrap();
        assert!(detail.starts_with(rule(defect)), "{defect:?}: {detail}");
        assert_eq!(explained.row.entry.cause.as_deref(), Some("answer_refused"));
        assert_eq!(explained.row.entry.network.as_deref(), Some("127.0.0.0/24"));
        // Refusals of one kind and minute share a row.
        let counted: i64 = server.audit().await.iter().map(|row| row.count).sum();
        assert_eq!(counted, i64::try_from(before).unwrap() + 1, "{defect:?}");
        assert!(server.audit().await.iter().all(|row| row.entry.event == Event::Refused));
        server.advance_clock(time::Duration::minutes(1));
    }
    // C11: no address in a header was requested.
    assert_eq!(server.uni.received().stray_requests, 0);
}

#[tokio::test]
async fn an_unusual_but_valid_id_token_is_accepted() {
    let server = TestServer::start().await;
    for quirk in Quirk::ALL {
        server.behave(|uni| {
            uni.quirk = Some(*quirk);
            // Another subject needs another name.
            let name = if *quirk == Quirk::LongestSub { "long" } else { "ada" };
            uni.person = uni.person.clone().with("preferred_username", name);
        });
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.status, 303, "{quirk:?}: {}", page.text());
        page.token_at(NOTES);
    }
}

// C12
#[tokio::test]
async fn a_wrong_clock_is_reported_with_its_side_and_its_seconds() {
    let server = TestServer::start().await;
    for (defect, words) in [
        (ClaimDefect::ExpPast, "s ago: our clock is ahead, or theirs is behind"),
        (ClaimDefect::IatInFuture, "s ahead: their clock is ahead, or ours is behind"),
        (ClaimDefect::NbfInFuture, "s ahead: their clock is ahead, or ours is behind"),
    ] {
        server.behave(|uni| uni.defect = Some(Defect::Claim(defect)));
        let page = server.browser().sign_in("/auth/notes").await;
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        assert!(detail.contains(words), "{defect:?}: {detail}");
    }
}

// C20
#[tokio::test]
async fn an_unknown_key_id_refetches_the_keys_three_times_and_then_once_a_minute() {
    let server = TestServer::start().await;
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let fetched = || server.uni.received().jwks;
    assert_eq!(fetched(), 1);
    server.advance_clock(time::Duration::seconds(61));
    server.behave(|uni| uni.defect = Some(Defect::Key(KeyDefect::UnknownKid)));
    for _ in 0..6 {
        assert_eq!(server.browser().sign_in("/auth/notes").await.status, 400);
    }
    assert_eq!(fetched(), 4);
    server.advance_clock(time::Duration::seconds(61));
    server.behave(|_| ());
    server.uni.rotate_keys();
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(fetched(), 5, "a rotation is noticed, and costs one fetch");
}

// C20
#[tokio::test]
async fn sign_ins_work_during_two_key_rotations_within_a_minute() {
    let (log, server) = (support::Log::open(), TestServer::start().await);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    for _ in 0..3 {
        server.uni.rotate_keys();
        server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    }
    server.uni.rotate_keys();
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.status, 400);
    let line = log.line(&page.reference_code());
    assert!(line.contains("several times, so it is fetched again from 20"), "{line}");
}

// C14, C20
#[tokio::test]
async fn a_key_replaced_under_the_same_kid_is_fetched_and_wrong_signatures_refetch_as_rarely_as_unknown_kids() {
    let server = TestServer::start().await;
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let fetched = || server.uni.received().jwks;
    server.uni.replace_key();
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(fetched(), 2);
    server.behave(|uni| uni.defect = Some(Defect::Key(KeyDefect::SignedByAnother)));
    for _ in 0..6 {
        assert_eq!(server.browser().sign_in("/auth/notes").await.status, 400);
    }
    assert_eq!(fetched(), 4);
}

/// The rule that the log must name.
fn rule(defect: Defect) -> &'static str {
    match defect {
        Defect::Key(defect) => match defect {
            KeyDefect::SignedByAnother
            | KeyDefect::UnknownKid
            | KeyDefect::SignatureDropped
            | KeyDefect::EmbeddedJwk
            | KeyDefect::Jku
            | KeyDefect::X5u
            | KeyDefect::X5c => "C14",
            KeyDefect::AlgNone
            | KeyDefect::AlgNoneWithSignature
            | KeyDefect::Hs256WithPublicKey
            | KeyDefect::Hs256WithClientId => "C10",
            KeyDefect::UnknownCrit => "C11",
            KeyDefect::TypLogout | KeyDefect::TypAccess => "C18",
        },
        Defect::Claim(defect) => match defect {
            ClaimDefect::IssOther
            | ClaimDefect::IssWithSlash
            | ClaimDefect::IssMissing
            | ClaimDefect::AudOther
            | ClaimDefect::AudMissing
            | ClaimDefect::AudManyWithoutAzp
            | ClaimDefect::AudManyAzpOther
            | ClaimDefect::AzpOther
            | ClaimDefect::ExpPast
            | ClaimDefect::ExpMissing
            | ClaimDefect::IatInFuture
            | ClaimDefect::IatMissing
            | ClaimDefect::NbfInFuture => "C12",
            ClaimDefect::NonceMissing
            | ClaimDefect::NonceOther
            | ClaimDefect::NonceNumber
            | ClaimDefect::AtHashOther => "C13",
            ClaimDefect::ExpText
            | ClaimDefect::ExpDate
            | ClaimDefect::IatText
            | ClaimDefect::NbfText
            | ClaimDefect::AtHashNumber
            | ClaimDefect::SubEmpty
            | ClaimDefect::SubTooLong
            | ClaimDefect::SubNumber
            | ClaimDefect::SubMissing
            | ClaimDefect::EmailVerifiedText => "C15",
        },
        Defect::Text(defect) => match defect {
            TextDefect::ExpTooLargeForANumber => "C15",
            TextDefect::SubTwice
            | TextDefect::UnknownClaimTwice
            | TextDefect::NestedTwice
            | TextDefect::AlgTwice
            | TextDefect::UnknownHeaderTwice
            | TextDefect::BytesAfterPayload
            | TextDefect::BytesAfterHeader
            | TextDefect::PayloadNotAnObject
            | TextDefect::NonCanonicalHeader
            | TextDefect::NonCanonicalPayload
            | TextDefect::NonCanonicalSignature
            | TextDefect::PaddedPayload
            | TextDefect::FourParts
            | TextDefect::TwoParts => "C16",
        },
    }
}
