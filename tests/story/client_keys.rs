//! A client that authenticates by a private key (RFC 7523 §2.2, OpenID Connect Core §9).

use josekit::jwk::KeyPair as _;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use serde_json::{Value, json};
use support::provider::{AssertionAudience, Echoed, TokenEndpoint, UserinfoEndpoint};
use support::{Log, TestServer};
use time::Duration;

const NOTES: &str = "https://notes.example.org/signed-in";

/// A private key in PEM, and its public half.
struct Key {
    pem: String,
    public: Value,
}

impl Key {
    fn ec() -> Self {
        let pair = EcKeyPair::generate(EcCurve::P256).unwrap();
        Self::of(pair.to_pem_private_key(), json!(pair.to_jwk_public_key().as_ref()))
    }

    fn rsa() -> Self {
        let pair = RsaKeyPair::generate(2048).unwrap();
        Self::of(pair.to_traditional_pem_private_key(), json!(pair.to_jwk_public_key().as_ref()))
    }

    fn of(pem: Vec<u8>, public: Value) -> Self {
        Self { pem: String::from_utf8(pem).unwrap(), public }
    }

    /// A server whose client has this key, with more keys of the config.
    async fn server(&self, more: &[(&'static str, &str)]) -> TestServer {
        TestServer::with(|config| {
            let uni = config.provider("uni");
            uni.unset("client_secret").set_text("client_auth", "private_key_jwt");
            uni.set("client_key", &format!("\"\"\"\n{}\"\"\"", self.pem));
            for (key, value) in more {
                uni.set_text(key, value);
            }
        })
        .await
    }
}

#[tokio::test]
async fn a_client_with_a_key_sends_a_fresh_assertion_for_each_code_and_no_secret() {
    for key in [Key::ec(), Key::rsa()] {
        let server = key.server(&[]).await;
        server.behave(|uni| uni.client_key = Some(key.public.clone()));
        for _ in 0..2 {
            server.browser().sign_in("/auth/notes").await.token_at(NOTES);
        }
        server.advance_clock(Duration::hours(1));
        server.browser().sign_in("/auth/notes").await.token_at(NOTES);
        let received = server.uni.received().token;
        assert_eq!(received.len(), 3);
        for request in received {
            assert!(!request.headers.contains_key("authorization") && !request.form.has("client_secret"));
        }
    }
}

#[tokio::test]
async fn the_key_id_and_the_audience_are_as_configured() {
    let mut key = Key::ec();
    key.public["kid"] = json!("k1");
    let (log, server) = (Log::open(), key.server(&[("client_key_id", "k1")]).await);
    server.behave(|uni| uni.client_key = Some(key.public.clone()));
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);

    let token_endpoint = |uni: &mut support::provider::Behaviour| {
        (uni.client_key, uni.assertion_audience) = (Some(key.public.clone()), AssertionAudience::TokenEndpoint);
    };
    server.behave(token_endpoint);
    let refused = server.browser().sign_in("/auth/notes").await;
    assert!(log.line(&refused.reference_code()).contains("set client_assertion_audience = "));
    server.reconfigure(|config| {
        config.provider("uni").set_text("client_assertion_audience", "token_endpoint");
    });
    server.behave(token_endpoint);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
}

// C56
#[tokio::test]
async fn a_refused_key_is_logged_with_its_place_and_the_fix_and_never_with_its_assertion() {
    let (log, key) = (Log::open(), Key::ec());
    let server = key.server(&[]).await;
    server.behave(|uni| uni.client_key = Some(Key::ec().public));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (503, "Example University can’t be used right now."));
    let line = log.line(&page.reference_code());
    for words in [
        "client_rejected",
        "refuses our credential provider.uni.client_key: invalid_client: signature (status 401)",
        "register its public key with the provider",
    ] {
        assert!(line.contains(words), "{words}: {line}");
    }
    server.behave(|uni| uni.token = TokenEndpoint::EchoesAssertion);
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(log.line(&page.reference_code()).contains("[left out]"), "{}", log.text());
    let text = log.text();
    for request in server.uni.received().token {
        let assertion = request.form.get("client_assertion").unwrap();
        assert!(assertion.split('.').all(|part| !text.contains(part)), "{text}");
    }
    assert!(key.pem.lines().filter(|line| !line.starts_with('-')).all(|line| !text.contains(line)), "{text}");
}

// C56
#[tokio::test]
async fn an_answer_that_repeats_the_assertion_does_not_carry_it_into_the_log() {
    let (log, key) = (Log::open(), Key::ec());
    let server = key.server(&[("username", "{{ nickname }}")]).await;
    server.reconfigure(|config| _ = config.provider("uni").set("userinfo", "true"));
    let refused = async |userinfo: UserinfoEndpoint, echo: Option<&'static str>| {
        server.behave(|uni| (uni.echoed, uni.userinfo, uni.echo) = (Echoed::ClientAssertion, userinfo, echo));
        let page = server.browser().sign_in("/auth/notes").await;
        assert!(page.status.is_client_error(), "{userinfo:?} {echo:?}: {}", page.text());
    };
    for member in ["alg", "crit", "iss", "aud", "a claim's name", "an unreadable claim's name"] {
        refused(UserinfoEndpoint::JwtEchoes(member), None).await;
        refused(UserinfoEndpoint::Good, Some(member)).await;
    }
    for _kind in ["oidc", "oauth2"] {
        refused(UserinfoEndpoint::Echoes, None).await;
        refused(UserinfoEndpoint::EchoesInError, None).await;
        server.reconfigure(|config| _ = config.uni_without_openid().unset("userinfo"));
    }
    let (text, audit) = (log.text(), format!("{:?}", server.audit().await));
    let assertions = server.uni.received().token.into_iter().map(|request| request.form);
    for assertion in assertions.map(|form| form.get("client_assertion").unwrap().to_owned()) {
        for part in assertion.split('.') {
            let beginning = &part[..20];
            assert!(!text.contains(beginning) && !audit.contains(beginning), "{assertion}: {text}");
        }
    }
}
