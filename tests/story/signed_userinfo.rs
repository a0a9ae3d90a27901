//! Userinfo as a signed JWT is verified by the rules of an ID token.

use serde_json::json;
use support::provider::{ClaimDefect, Defect, FakeProvider, KeyDefect, Person, TextDefect, UserinfoEndpoint};
use support::{Log, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";

async fn asking() -> TestServer {
    TestServer::with(|config| {
        config.provider("uni").set("userinfo", "true");
    })
    .await
}

fn answers(endpoint: UserinfoEndpoint) -> impl Fn(&mut support::provider::Behaviour) {
    move |uni| uni.userinfo = endpoint
}

#[tokio::test]
async fn claims_of_signed_userinfo_are_read() {
    let server = TestServer::with(|config| {
        config.provider("uni").set("userinfo", "true").set("username", "'{{ login_name }}'");
    })
    .await;
    server.behave(|uni| {
        uni.userinfo = UserinfoEndpoint::Jwt;
        uni.person = Person::ada().with_in_userinfo("login_name", "ada-of-userinfo");
    });
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(server.verify_token(&token).await.1["preferred_username"], json!("ada-of-userinfo"));
}

// C12
#[tokio::test]
async fn signed_userinfo_of_an_alias_of_the_issuer_is_accepted() {
    for (aliases, status) in [("", 400), ("[\"https://account.example.edu\"]", 303)] {
        let server = TestServer::with(|config| {
            let uni = config.provider("uni").set("userinfo", "true");
            if !aliases.is_empty() {
                uni.set("issuer_aliases", aliases);
            }
        })
        .await;
        server.behave(|uni| {
            uni.userinfo = UserinfoEndpoint::Jwt;
            uni.person = Person::ada().with_in_userinfo("iss", "https://account.example.edu");
        });
        assert_eq!(server.browser().sign_in("/auth/notes").await.status, status, "{aliases}");
    }
}

// C15, C22
#[tokio::test]
async fn email_verified_as_text_in_signed_userinfo_counts_only_with_verified_strings() {
    for (strings, status) in [("false", 400), ("true", 303)] {
        let server = TestServer::with(|config| {
            config.provider("uni").set("userinfo", "true").set("verified_strings", strings);
            config.app("notes").allow(&["email_domains = [\"example.edu\"]\npermissions = [\"read\"]"]);
        })
        .await;
        server.behave(|uni| {
            uni.userinfo = UserinfoEndpoint::Jwt;
            uni.person = Person::ada().with("email_verified", "true");
            uni.claims = ["email", "email_verified"].map(|name| (name.to_owned(), json!(null))).into_iter().collect();
        });
        assert_eq!(server.browser().sign_in("/auth/notes").await.status, status, "{strings}");
    }
}

// C10, C11, C12, C14, C15, C16, C17, C18
#[tokio::test]
async fn every_defect_of_an_id_token_is_refused_in_signed_userinfo() {
    let (log, server) = (Log::open(), asking().await);
    for defect in Defect::all() {
        server.behave(answers(UserinfoEndpoint::JwtWith(defect)));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        let Some(rule) = rule(defect) else {
            assert_eq!(page.status, 303, "{defect:?}: {}", page.text());
            continue;
        };
        assert_eq!(page.status, 400, "{defect:?}: {}", page.text());
        assert!(page.cookies_set().is_empty() && browser.session().is_none(), "{defect:?}");
        let line = log.line(&page.reference_code());
        assert!(line.contains("answer_refused") && line.contains("userinfo"), "{defect:?}: {line}");
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        assert!(detail.starts_with(&format!("{rule}: ")), "{defect:?}: {detail}");
        server.advance_clock(time::Duration::minutes(1));
    }
    // C11: no address in a header was requested.
    assert_eq!(server.uni.received().stray_requests, 0);
}

// C14, C20
#[tokio::test]
async fn wrong_signatures_of_userinfo_refetch_the_keys_as_rarely_as_those_of_id_tokens() {
    let server = asking().await;
    server.behave(answers(UserinfoEndpoint::Jwt));
    let fetched = |uni: &FakeProvider| uni.received().jwks;
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(fetched(&server.uni), 1);
    server.uni.rotate_keys();
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(fetched(&server.uni), 2, "the ID token caused a fetch, and userinfo none");
    server.behave(answers(UserinfoEndpoint::JwtWith(Defect::Key(KeyDefect::UnknownKid))));
    for _ in 0..6 {
        assert_eq!(server.browser().sign_in("/auth/notes").await.status, 400);
    }
    assert_eq!(fetched(&server.uni), 4);
}

// C56
#[tokio::test]
async fn a_jwt_that_repeats_the_access_token_does_not_carry_it_into_the_log() {
    let (log, server) = (Log::open(), asking().await);
    let in_a_name = ["a claim's name", "an unreadable claim's name"];
    let members = ["alg", "kid", "typ", "crit", "iss", "aud", "azp", "exp", "sub"].into_iter().chain(in_a_name);
    let (mut tokens, mut pages) = (Vec::new(), Vec::new());
    for member in members {
        server.behave(|uni| uni.userinfo = UserinfoEndpoint::JwtEchoes(member));
        pages.push((member, server.browser().sign_in("/auth/notes").await));
        server.behave(|uni| (uni.userinfo, uni.echo) = (UserinfoEndpoint::Good, Some(member)));
        pages.push((member, server.browser().sign_in("/auth/notes").await));
        tokens.extend(server.uni.issued_access_tokens());
        server.behave(|uni| uni.echo = None);
    }
    for (member, page) in pages {
        let signs_in = in_a_name.contains(&member);
        assert!((page.status == 303) == signs_in || member == "sub", "{member}: {}", page.text());
    }
    let (text, audit) = (log.text(), format!("{:?}", server.audit().await));
    for token in &tokens {
        // A part of it would be enough to recognise it.
        let part = &token[..token.len() / 2];
        assert!(!text.contains(part) && !audit.contains(part), "{token}: {text}");
    }
    assert!(tokens.len() >= 22 && text.contains("left out"), "{text}");
}

// C56
#[tokio::test]
async fn a_method_that_repeats_the_access_token_does_not_carry_it_into_the_log() {
    let log = Log::open();
    let server = TestServer::with(|config| {
        config.provider("uni").set("acr_values", "[\"urn:two\"]");
    })
    .await;
    server.behave(|uni| uni.echo = Some("acr"));
    let page = server.browser().sign_in("/auth/notes").await;
    let (line, audit) = (log.line(&page.reference_code()), format!("{:?}", server.audit().await));
    assert!(line.contains("acr_refused") && line.contains("left out"), "{line}");
    for token in server.uni.issued_access_tokens() {
        let part = &token[..token.len() / 2];
        assert!(!log.text().contains(part) && !audit.contains(part), "{token}: {line}");
    }
}

/// The rule that refuses a defect of an ID token in userinfo. `None`: userinfo does not need what is missing there.
fn rule(defect: Defect) -> Option<&'static str> {
    match defect {
        Defect::Key(defect) => Some(match defect {
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
        }),
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
            | ClaimDefect::IatInFuture
            | ClaimDefect::NbfInFuture => Some("C12"),
            ClaimDefect::ExpText | ClaimDefect::ExpDate | ClaimDefect::IatText | ClaimDefect::NbfText => Some("C15"),
            ClaimDefect::SubEmpty | ClaimDefect::SubTooLong | ClaimDefect::SubNumber | ClaimDefect::SubMissing => {
                Some("C17")
            }
            ClaimDefect::ExpMissing
            | ClaimDefect::IatMissing
            | ClaimDefect::NonceMissing
            | ClaimDefect::NonceOther
            | ClaimDefect::NonceNumber
            | ClaimDefect::AtHashOther
            | ClaimDefect::AtHashNumber
            // The ID token has a good one.
            | ClaimDefect::EmailVerifiedText => None,
        },
        Defect::Text(TextDefect::ExpTooLargeForANumber) => Some("C15"),
        // Neither form of a JWT, so it must be JSON.
        Defect::Text(_) => Some("C16"),
    }
}
