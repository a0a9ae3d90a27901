//! The back channel: the content, size, address and time limits of a provider's answers.

use std::time::Instant;

use serde_json::json;
use support::TestServer;
use support::provider::{Defect, DiscoveryEndpoint, JwksEndpoint, KeyDefect, Person, TokenEndpoint, UserinfoEndpoint};
use vestibule::upstream::Availability;

const NOTES: &str = "https://notes.example.org/signed-in";
const SILENT: &str = "Example University is not answering.";
const UNTRUSTED: &str = "Example University’s answer could not be trusted.";

// C17, C15, C16
#[tokio::test]
async fn userinfo_is_about_the_same_person_or_the_login_fails() {
    let server = TestServer::with(|config| {
        config.provider("uni").set("userinfo", "true");
    })
    .await;
    for (endpoint, status, rule) in [
        (UserinfoEndpoint::OtherSub, 400, "C17: `sub` of userinfo: expected that of the ID token, got another"),
        (UserinfoEndpoint::SubNumber, 400, "C17: `sub` of userinfo: expected that of the ID token, got another type"),
        (UserinfoEndpoint::SubMissing, 400, "C17: `sub` of userinfo: expected that of the ID token, got none"),
        (UserinfoEndpoint::SubTwice, 400, "C16"),
        (UserinfoEndpoint::NotJson, 400, "C16"),
        (UserinfoEndpoint::Broken, 503, "answers with status 500"),
        (UserinfoEndpoint::BadGateway, 503, "answers with status 502"),
        (UserinfoEndpoint::Redirects, 400, "answers with status 302, a redirect to 127.0.0.1"),
        (UserinfoEndpoint::JwtOtherSub, 400, "C17: `sub` of userinfo: expected that of the ID token, got another"),
        (UserinfoEndpoint::EncryptedJwt, 400, "C17: userinfo: expected JSON or a signed JWT, got an encrypted JWT"),
        (UserinfoEndpoint::Huge, 400, "userinfo of 127.0.0.1"),
    ] {
        server.behave(|uni| uni.userinfo = endpoint);
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{endpoint:?}: {}", page.text());
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        assert!(detail.contains(rule), "{endpoint:?}: {detail}");
        assert!(browser.session().is_none());
        // The provider has answered, so it counts as available.
        assert_eq!(
            server.broker.config().provider(&"uni".parse().unwrap()).unwrap().module.availability(),
            Availability::Answering
        );
    }
    assert_eq!(server.uni.received().stray_requests, 0);
    server.behave(|uni| uni.userinfo = UserinfoEndpoint::Odd);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.behave(|_| ());
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert!(server.uni.received().userinfo.iter().all(Option::is_some));
}

#[tokio::test]
async fn a_userinfo_endpoint_that_moved_is_found_within_a_minute() {
    let server = TestServer::with(|config| {
        config.provider("uni").set("userinfo", "true");
    })
    .await;
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.behave(|uni| uni.userinfo = UserinfoEndpoint::Redirects);
    assert_eq!(server.browser().sign_in("/auth/notes").await.status, 400);
    server.behave(|_| ());
    let before = server.uni.received().discovery;
    server.advance_clock(time::Duration::seconds(61));
    server.broker.config().refresh().await;
    assert_eq!(server.uni.received().discovery, before + 1);
}

#[tokio::test]
async fn userinfo_adds_claims_but_overrides_none_of_the_id_token() {
    let server = TestServer::with(|config| {
        config.provider("uni").set("userinfo", "true");
    })
    .await;
    server.behave(|uni| uni.person = Person::ada().with("name", "Ada L."));
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    assert_eq!(server.verify_token(&token).await.1["name"], json!("Ada L."));
}

// C19
#[tokio::test]
async fn no_browser_is_redirected_if_the_metadata_break_a_rule() {
    for (endpoint, expected) in [
        (DiscoveryEndpoint::OtherIssuer, "its issuer is \"https://another.example\", and the config says"),
        (DiscoveryEndpoint::IssuerWithSlash, "its issuer is"),
        (DiscoveryEndpoint::IssuerTwice, "`issuer` can't be read (a member named twice)"),
        (DiscoveryEndpoint::Without("token_endpoint"), "`token_endpoint` is missing"),
        (DiscoveryEndpoint::Without("jwks_uri"), "`jwks_uri` is missing"),
        (
            DiscoveryEndpoint::Page,
            "it is not a JSON object (it does not begin as an object); it says that it is text/html",
        ),
        (DiscoveryEndpoint::PlainHttp, " is plain http and not on this machine; it needs https"),
        (DiscoveryEndpoint::Broken, "status 500"),
        (DiscoveryEndpoint::Redirects, "status 302, a redirect to 127.0.0.1, which is not followed"),
        (DiscoveryEndpoint::Huge, "over 1048576 bytes"),
        (DiscoveryEndpoint::NotJson, "it is not a JSON object"),
    ] {
        let (log, server) = (support::Log::open(), TestServer::start().await);
        server.behave(|uni| uni.discovery = endpoint);
        let page = server.browser().go("/auth/notes").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, SILENT), "{endpoint:?}");
        // Some outages last an hour, such as a ban.
        assert!(page.text().contains("it often passes by itself. Try again later."), "{}", page.text());
        assert!(
            log.line(&page.reference_code()).contains(expected),
            "{endpoint:?}: {}",
            log.line(&page.reference_code())
        );
        assert!(page.cookies_set().is_empty());
        assert_eq!(server.uni.received().stray_requests, 0);
    }
}

// C19
#[tokio::test]
async fn metadata_with_unusual_unused_members_are_accepted() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Odd);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
}

// C19
#[tokio::test]
async fn a_private_address_is_not_contacted_without_allow_private() {
    let (log, server) = (support::Log::open(), TestServer::start().await);
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Private);
    // With `allow_private`, a private address is as good as any other if it is https.
    assert_eq!(server.browser().go("/auth/notes").await.status, 303);
    server.reconfigure(|config| {
        config.provider("uni").set("allow_private", "false").set_text("issuer", "https://10.0.0.1");
    });
    let page = server.browser().go("/auth/notes").await;
    assert_eq!(page.status, 503);
    let line = log.line(&page.reference_code());
    assert!(line.contains("10.0.0.1, address: a private address; `allow_private` permits it"), "{line}");
}

// C19
#[tokio::test]
async fn a_broken_key_set_is_refused_and_unsupported_keys_in_it_are_ignored() {
    for (endpoint, status) in [
        (JwksEndpoint::WithoutAlgAndUse, 303),
        (JwksEndpoint::Mixed, 303),
        (JwksEndpoint::Twice, 303),
        (JwksEndpoint::WithoutKid, 303),
        (JwksEndpoint::Empty, 400),
        (JwksEndpoint::Broken, 503),
        (JwksEndpoint::Redirects, 503),
        (JwksEndpoint::Huge, 503),
        (JwksEndpoint::KeysTwice, 503),
    ] {
        let server = TestServer::start().await;
        server.behave(|uni| uni.jwks = endpoint);
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{endpoint:?}: {}", page.text());
        assert_eq!(browser.session().is_some(), status == 303);
        assert_eq!(server.uni.received().stray_requests, 0);
    }
}

// C19
#[tokio::test]
async fn the_log_names_a_key_set_that_cannot_be_used_as_the_cause() {
    let (log, server) = (support::Log::open(), TestServer::start().await);
    server.behave(|uni| uni.jwks = JwksEndpoint::KeysTwice);
    let page = server.browser().go("/auth/notes").await;
    let line = log.line(&page.reference_code());
    assert!(line.contains("the key set at http://127.0.0.1:"), "{line}");
    assert!(line.contains("/jwks can't be used: `keys` can't be read (a member named twice)"), "{line}");
}

// C19, C20
#[tokio::test]
async fn keys_that_cannot_be_fetched_fail_only_the_logins_that_need_them() {
    let server = TestServer::with_two_providers().await;
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    server.behave(|uni| (uni.jwks, uni.defect) = (JwksEndpoint::KeysTwice, Some(Defect::Key(KeyDefect::UnknownKid))));
    assert_eq!(server.browser().sign_in("/auth/notes?provider=uni").await.status, 503);
    assert!(server.browser().go("/auth/notes").await.has_link("Continue with Example University"));
    server.behave(|uni| uni.jwks = JwksEndpoint::KeysTwice);
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
}

// C19, C5
#[tokio::test]
async fn a_misbehaving_token_endpoint_signs_nobody_in_is_asked_once_and_stays_available() {
    let (log, server) = (support::Log::open(), TestServer::with_two_providers().await);
    let denied = "You did not finish signing in with Example University.";
    let unusable = "Example University can’t be used right now.";
    for (endpoint, status, heading, expected) in [
        (TokenEndpoint::Huge, 400, UNTRUSTED, "size: over 1048576 bytes"),
        (TokenEndpoint::GzipBomb, 400, UNTRUSTED, "is not a JSON object"),
        (TokenEndpoint::Redirects, 400, UNTRUSTED, "status 302 without an OAuth error in it, a redirect to 127.0.0.1"),
        (TokenEndpoint::Broken, 503, SILENT, "status 500 without an OAuth error in it"),
        (
            TokenEndpoint::Page(502),
            503,
            SILENT,
            "status 502 without an OAuth error in it; it says that it is text/html",
        ),
        (TokenEndpoint::Page(404), 400, UNTRUSTED, "status 404 without an OAuth error in it"),
        (TokenEndpoint::Page(200), 400, UNTRUSTED, "status 200; it says that it is text/html"),
        (TokenEndpoint::NotJson, 400, UNTRUSTED, "is not a JSON object"),
        (TokenEndpoint::NoAccessToken, 400, UNTRUSTED, "expected an access token beside it, got none"),
        (TokenEndpoint::NoIdToken, 400, UNTRUSTED, "expected an ID token, got none (status 200)"),
        (
            TokenEndpoint::InvalidGrant,
            400,
            UNTRUSTED,
            "does not accept its own code: invalid_grant: the provider says no",
        ),
        (TokenEndpoint::Refuses(200, "invalid_grant"), 400, UNTRUSTED, "the provider says no (status 200)"),
        (TokenEndpoint::Refuses(400, "invalid_request"), 400, UNTRUSTED, "refuses the exchange: invalid_request: the"),
        (
            TokenEndpoint::Refuses(400, "invalid_scope"),
            503,
            unusable,
            "refuses our request: invalid_scope: the provider",
        ),
        (TokenEndpoint::Refuses(403, "access_denied"), 400, denied, "refuses this person: access_denied: the provider"),
        (TokenEndpoint::Refuses(400, "slow_down"), 503, SILENT, "reports a problem: slow_down: the provider says no"),
    ] {
        let asked = server.uni.received().token.len();
        server.behave(|uni| uni.token = endpoint);
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes?provider=uni").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (status, heading), "{endpoint:?}");
        assert!(browser.session().is_none() && page.cookies_set().is_empty());
        assert_eq!(server.uni.received().token.len(), asked + 1, "{endpoint:?}");
        let line = log.line(&page.reference_code());
        assert!(line.contains(expected), "{endpoint:?}: {line}");
        // The cause may be one person's code.
        assert!(server.browser().go("/auth/notes").await.has_link("Continue with Example University"), "{endpoint:?}");
    }
    assert_eq!(server.uni.received().stray_requests, 0);
    // Vestibule does not use the access token of the second.
    for endpoint in [TokenEndpoint::Odd, TokenEndpoint::OtherTokenType] {
        server.behave(|uni| uni.token = endpoint);
        server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    }
}

// C19
#[tokio::test]
async fn a_provider_that_hangs_times_out_after_ten_seconds_and_delays_no_other_sign_in() {
    let server = TestServer::with_two_providers().await;
    server.behave(|uni| uni.token = TokenEndpoint::Slow(std::time::Duration::from_mins(10)));
    let (slow, quick) = (server.browser(), server.browser());
    let begun = Instant::now();
    let waits = async {
        let page = slow.sign_in("/auth/notes?provider=uni").await;
        assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, SILENT));
        begun.elapsed()
    };
    let passes = async {
        quick.sign_in("/auth/notes?provider=lab").await.token_at(NOTES);
        begun.elapsed()
    };
    let (waited, quicker) = tokio::join!(waits, passes);
    assert!((9..120).contains(&waited.as_secs()) && quicker < waited, "{waited:?} {quicker:?}");
}
