//! Findings about a provider, with a fake one that misbehaves as configured.

use serde_json::{Value, json};
use support::provider::{AcceptHeader, Answer, Behaviour, DiscoveryEndpoint, JwksEndpoint, TokenEndpoint};
use time::Duration;
use vestibule::base::clock::Clock;

use super::{CheckOutput, check, config, key, provider};
use crate::installation::Installation;

/// Checks a provider that behaves as changed, with `settings` in the config.
pub async fn check_provider(settings: &str, change: impl FnOnce(&mut Behaviour)) -> CheckOutput {
    let provider = provider().await;
    provider.behave(change);
    let text = config(provider.issuer()).replace("allow_private", &format!("{settings}\nallow_private"));
    tokio::task::spawn_blocking(move || check(Installation::with_config(&text).folder(), &[])).await.unwrap()
}

/// Like [`check_provider`], for a provider with these members in its metadata.
pub async fn check_provider_metadata(settings: &str, metadata: Value) -> CheckOutput {
    let Value::Object(members) = metadata else { panic!("no object: {metadata}") };
    check_provider(settings, |provider| provider.metadata.extend(members)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_a_good_provider_is_listed_with_the_redirect_address() {
    let metadata = json!({
        "authorization_response_iss_parameter_supported": true,
        "scopes_supported": ["openid", "profile", "email"],
        "claims_supported": ["sub", "name", 7, "e\u{202e}mail"],
    });
    let output = check_provider_metadata("", metadata).await;
    assert!(output.succeeded, "{}", output.text);
    let all = output.lines_with("ok   provider uni: ");
    assert_eq!(
        all,
        [
            "ok   provider uni: a new person gets an account, with a name such as \"ada\"",
            "ok   provider uni: the redirect address to register there: http://localhost:1/callback/uni",
            "ok   provider uni: clock: agrees with the provider's",
            "ok   provider uni: discovery: the issuer matches, 3 endpoints may be asked",
            "ok   provider uni: keys: 1 of 1 can verify RS256, ES256, EdDSA",
            "ok   provider uni: answers: it promises `iss` in each, so silence is refused (RFC 9207)",
            "ok   provider uni: PKCE: S256",
            "ok   provider uni: client authentication: client_secret_basic",
            "ok   provider uni: response mode: query",
            "ok   provider uni: scopes: openid profile email",
            "ok   provider uni: claims: it lists \"e\\u{202e}mail\", \"name\", \"sub\"",
            "ok   provider uni: client secret: accepted; a made-up code was refused, as expected",
            "ok   provider uni: redirect address: registered there",
            "ok   provider uni: not tried: a whole sign-in and its claims; that takes a person",
        ]
    );
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_with_another_issuer_is_wrong_and_its_issuer_is_shown() {
    let output = check_provider_metadata("", json!({ "issuer": json!("https://another.example") })).await;
    assert!(!output.succeeded);
    let line = output.line("BAD  provider uni: discovery: its issuer is \"https://another.example\"");
    assert!(line.contains("→ set issuer = \"https://another.example\""), "{line}");

    // Entra publishes this under `common`.
    let many = json!("https://login.microsoftonline.com/{tenantid}/v2.0");
    let output = check_provider_metadata("", json!({ "issuer": many })).await;
    let line = output.line("BAD  provider uni: discovery: its issuer is");
    assert!(line.contains("→ that is a pattern for many tenants; name one in `issuer`, by its id"), "{line}");

    // Control characters of the provider are escaped.
    let output = check_provider_metadata("", json!({ "issuer": json!("https://a.example/\n\u{1b}[2J") })).await;
    assert!(output.line("BAD  provider uni: discovery: its issuer is").contains("\\n\\u{1b}[2J"), "{}", output.text);
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_at_a_forbidden_address_is_wrong() {
    let output = check_provider_metadata("", json!({ "token_endpoint": json!("http://provider.example/token") })).await;
    assert!(!output.succeeded);
    let line = output.line("BAD  provider uni: discovery:");
    assert!(line.contains("openid-configuration can't be used: `token_endpoint` is plain http and not on"), "{line}");
    assert!(line.ends_with("; it needs https → give it an https address"), "{line}");
    let output = check_provider_metadata("", json!({ "authorization_endpoint": "javascript:alert(1)" })).await;
    let line = output.line("BAD  provider uni: discovery:");
    assert!(line.contains("`authorization_endpoint` is a `javascript:` address; it needs https → "), "{line}");
}

// The issuer is right: it is the metadata that name the host of the key set.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_set_that_cannot_be_fetched_is_not_blamed_on_the_issuer() {
    let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = plain.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            _ = tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let output = check_provider_metadata("", json!({ "jwks_uri": format!("https://127.0.0.1:{port}/jwks") })).await;
    let line = output.line(&format!("BAD  provider uni: keys: the key set at 127.0.0.1:{port}, TLS: "));
    assert!(line.contains("→ check that `jwks_uri` of the provider's metadata names the port of its https"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_in_trouble_is_not_blamed_on_the_issuer() {
    let output = check_provider("", |provider| provider.discovery = DiscoveryEndpoint::Broken).await;
    let line = output.line("BAD  provider uni: discovery: http://127.0.0.1:");
    assert!(line.ends_with("status 500 → the provider has a problem: its log may name it; run this check again later"));
    let output = check_provider("", |provider| provider.discovery = DiscoveryEndpoint::Redirects).await;
    let line = output.line("BAD  provider uni: discovery: http://127.0.0.1:");
    assert!(line.ends_with(" → check that `issuer` is exactly the provider's issuer"), "{line}");
}

// C16
#[tokio::test(flavor = "multi_thread")]
async fn incomplete_or_malformed_metadata_are_wrong() {
    let output = check_provider_metadata("", json!({ "authorization_endpoint": null })).await;
    let line = output.line("BAD  provider uni: discovery: http://127.0.0.1:");
    assert!(line.contains("can't be used: `authorization_endpoint` is missing → "), "{line}");
    let output = check_provider_metadata("", json!({ "issuer": null })).await;
    assert!(output.line("BAD  provider uni: discovery:").contains("`issuer` is missing → "), "{}", output.text);
    let output = check_provider("", |provider| provider.discovery = DiscoveryEndpoint::NotAnObject).await;
    assert!(output.line("BAD  provider uni: discovery:").contains("is not a JSON object"), "{}", output.text);
}

// C10
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_fit_no_allowed_algorithm_are_wrong_and_their_algorithms_are_listed() {
    let output = check_provider("algorithms = [\"RS256\"]", |_| {}).await;
    assert!(!output.succeeded);
    assert_eq!(
        output.line("BAD  provider uni: keys:"),
        "BAD  provider uni: keys: none of 1 verifies RS256 → set algorithms to one of \"ES256\""
    );
    for keys in [json!([]), json!([{"kty": "oct", "k": "c2VjcmV0"}])] {
        let output = check_provider("", |provider| provider.keys = Some(keys.clone())).await;
        assert!(output.line("BAD  provider uni: keys: none of").contains("have the provider publish a key"), "{keys}");
    }
    let short = json!([{"kty": "RSA", "kid": "k1", "n": "wQAB".repeat(32), "e": "AQAB"}]);
    let output = check_provider("", |provider| provider.keys = Some(short)).await;
    output.line("WARN provider uni: keys: the key \"k1\" verifies nothing: it has 768 bits, and 2048 is the least");
    // RFC 7517 §4.1: the type is compared byte for byte.
    let keys = json!([{"kty": "rsa", "kid": "k1", "n": "AQAB", "e": "AQAB"}, {"kty": "AKP"}]);
    let output = check_provider("", |provider| provider.keys = Some(keys)).await;
    output.line("WARN provider uni: keys: skipped key 1 (kid \"k1\"): its `kty` \"rsa\" is not supported");
    output.line("WARN provider uni: keys: skipped key 2: its `kty` \"AKP\" is not supported");
    let metadata = json!({ "id_token_signing_alg_values_supported": ["HS256", "RS256"] });
    let output = check_provider_metadata("algorithms = [\"ES256\"]", metadata).await;
    assert_eq!(
        output.line("BAD  provider uni: algorithms:"),
        "BAD  provider uni: algorithms: it signs with \"HS256\", \"RS256\", and `algorithms` allows ES256 → set \
         algorithms to one of \"RS256\", or change the provider's for this client"
    );
    let metadata = json!({ "id_token_signing_alg_values_supported": ["HS256"] });
    let output = check_provider_metadata("", metadata).await;
    let line = output.line("BAD  provider uni: algorithms: it signs with \"HS256\", and `algorithms` allows RS256, ");
    assert!(line.contains("→ have the provider sign this client's ID tokens with another algorithm"), "{line}");
    let other_use = json!([{"kty": "RSA", "kid": "k1", "use": "enc", "n": "wQAB".repeat(86), "e": "AQAB"}]);
    let output = check_provider("", |provider| provider.keys = Some(other_use)).await;
    let line = output.line("WARN provider uni: keys: the key \"k1\" verifies nothing: ");
    assert!(line.contains("nothing: its `use`, `alg` or `key_ops` says that it signs nothing → "), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_key_set_is_distinguished_from_broken_metadata() {
    let output = check_provider("", |provider| provider.jwks = JwksEndpoint::Broken).await;
    assert!(!output.succeeded);
    assert!(
        output
            .line("BAD  provider uni: keys: http://127.0.0.1:")
            .contains("/jwks can't be used: it answers with status 500")
    );
    let output = check_provider("", |provider| provider.jwks = JwksEndpoint::NotJson).await;
    assert!(
        output.line("BAD  provider uni: keys:").contains("/jwks can't be used: it is not a JSON object"),
        "{}",
        output.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_client_secret_is_wrong_and_an_untested_one_is_reported() {
    let refused = async |status: u16, error: &'static str| {
        check_provider("", |provider| provider.token = TokenEndpoint::Refuses(status, error)).await
    };
    for error in ["invalid_client", "unauthorized_client"] {
        let output = refused(401, error).await;
        assert!(!output.succeeded);
        let line = output.line("BAD  provider uni: client secret: refused: ");
        let grant = if error == "unauthorized_client" { "; or our client may not use the code flow there" } else { "" };
        let expected =
            format!("{error}: the provider says no (status 401){grant}; it is from provider.uni.client_secret");
        assert!(line.contains(&expected), "{line}");
        assert!(line.ends_with("; check that `client_id` and `client_auth` are as registered"));
    }
    let output = refused(503, "temporarily_unavailable").await;
    assert!(output.succeeded);
    let line = output.line("WARN provider uni: client secret: not known whether it is right: ");
    assert!(
        line.ends_with("temporarily_unavailable: the provider says no (status 503) → sign in once to see"),
        "{line}"
    );
    let output = refused(400, "invalid_scope").await;
    assert!(output.line("BAD  provider uni: token endpoint: ").ends_with("→ check our registration there"));
    let output = check_provider("", |provider| provider.token = TokenEndpoint::AcceptsAnyCode).await;
    assert!(output.line("BAD  provider uni: token endpoint: it gives tokens for a made-up code").contains(" → "));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unregistered_redirect_address_is_wrong_if_it_can_be_detected() {
    let output = check_provider("", |provider| provider.answer = Answer::Page(400)).await;
    assert!(!output.succeeded);
    let line = output.line("BAD  provider uni: redirect address: the sign-in page answers with status 400");
    assert!(line.contains("→ register exactly http://localhost:1/callback/uni there"), "{line}");
    let output = check_provider("", |provider| provider.answer = Answer::Error("invalid_scope".to_owned())).await;
    assert!(
        output.line("BAD  provider uni: sign-in page: it refuses our request: invalid_scope → ").contains("scopes")
    );
    let output = check_provider("", |provider| provider.answer = Answer::Denied("Not \u{1b}[2Jyou.".to_owned())).await;
    output.line("BAD  provider uni: sign-in page: it refuses our request: access_denied: \"Not [2Jyou.\" → ");
    for status in [404, 405, 410, 500] {
        let output = check_provider("", |provider| provider.answer = Answer::Page(status)).await;
        let line = output.line(&format!("WARN provider uni: sign-in page: it answers with status {status} → "));
        assert!(line.contains("check `auth_url`, or `authorization_endpoint`"), "{line}");
    }
    for status in [401, 403, 422] {
        let output = check_provider("", |provider| provider.answer = Answer::Page(status)).await;
        let line =
            output.line(&format!("WARN provider uni: redirect address: the sign-in page answers with status {status}"));
        assert!(line.contains("register exactly http://localhost:1/callback/uni there"), "{line}");
    }
    let own_page = Answer::OwnErrorPage("redirect_uri_mismatch");
    let output = check_provider("", |provider| provider.answer = own_page).await;
    let line = output.line("BAD  provider uni: redirect address: the sign-in page leads to an error page of its own");
    assert!(line.contains(": redirect_uri_mismatch → register exactly http://localhost:1/callback/uni"), "{line}");
    let output = check_provider("", |provider| provider.answer = Answer::Page(200)).await;
    assert!(output.succeeded);
    let line = output.line("ok   provider uni: redirect address:");
    assert!(line.ends_with("not refused (status 200); only a sign-in shows it for sure"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_enforces_the_accept_header_is_good() {
    let output = check_provider("", |provider| provider.accept = AcceptHeader::Enforced).await;
    assert!(output.succeeded, "{}", output.text);
    output.line("ok   provider uni: keys: 1 of 1 can verify");
    output.line("ok   provider uni: redirect address: registered there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_that_the_provider_does_not_support_is_wrong() {
    let settings = "client_auth = \"client_secret_post\"\nresponse_mode = \"form_post\"\nuserinfo = true";
    let metadata = json!({
        "response_types_supported": ["id_token"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        "response_modes_supported": ["fragment", "query"],
    });
    let output = check_provider_metadata(settings, metadata).await;
    assert!(!output.succeeded);
    let wrong = output.lines_with("BAD  provider uni: ");
    assert_eq!(wrong.len(), 4, "{}", output.text);
    for (line, start) in wrong.iter().zip([
        "code flow: not among its response_types_supported",
        "client authentication: client_secret_post is not among its \"client_secret_basic\"",
        "response mode: form_post is not among its \"fragment\", \"query\"",
        "userinfo: it has no such endpoint",
    ]) {
        assert!(line.contains(start), "{line}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_setting_missing_from_the_metadata_causes_only_a_warning() {
    let output = check_provider("client_auth = \"client_secret_post\"\nresponse_mode = \"form_post\"", |_| ()).await;
    assert!(output.succeeded, "{}", output.text);
    for warning in [
        "client authentication: the metadata does not name client_secret_post; it may work",
        "response mode: the metadata does not name form_post; it may work",
    ] {
        assert!(output.line(&format!("WARN provider uni: {warning}")).contains(" → "), "{}", output.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_key_causes_a_warning_with_the_reason() {
    let odd = json!({ "kty": "EC", "kid": "odd", "crv": "P-256", "use": 7 });
    let output = check_provider("", |provider| provider.keys = Some(json!([odd, key(), { "kty": "AKP" }]))).await;
    let warned = output.lines_with("WARN provider uni: keys: ");
    assert_eq!(warned.len(), 1, "{}", output.text);
    assert!(warned[0].contains("skipped key 1 (kid \"odd\"): its `use` is not text"), "{}", output.text);
}

// C4
#[tokio::test(flavor = "multi_thread")]
async fn unlisted_pkce_methods_and_scopes_cause_warnings() {
    for methods in [json!(null), json!(["plain"])] {
        let metadata = json!({ "scopes_supported": ["openid"], "code_challenge_methods_supported": methods });
        let output = check_provider_metadata("", metadata).await;
        assert!(output.succeeded, "{}", output.text);
        assert!(output.line("WARN provider uni: PKCE:").contains("S256"));
        assert!(
            output
                .line("WARN provider uni: scopes: it does not list \"email\", \"profile\" → ")
                .ends_with("; it lists \"openid\"")
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_openid_scope_is_not_to_be_left_out_and_a_long_list_is_cut() {
    let scopes: Vec<String> = (0..5000).map(|number| format!("s{number:04}")).collect();
    let output = check_provider_metadata("", json!({ "scopes_supported": scopes })).await;
    let line = output.line("WARN provider uni: scopes: it does not list \"openid\"");
    assert!(line.contains("without which there is no ID token → if a sign-in fails, have the provider "), "{line}");
    let line = output.line("WARN provider uni: scopes: it does not list \"email\", \"profile\" → leave these out ");
    assert!(line.ends_with("\"s0038\", \"s0039\" and 4960 more"), "{line}");
    let output = check_provider_metadata("", json!({ "claims_supported": ["x".repeat(5000)] })).await;
    assert_eq!(output.line("ok   provider uni: claims: it lists \"x").matches('x').count(), 80);
}

fn system_clock_ahead_by(seconds: i64) -> Clock {
    Clock::from_fn(move || Clock::system().now() + Duration::seconds(seconds))
}

// C12
#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_differ_are_reported_with_the_side_that_is_ahead() {
    for (ahead, verdict, side) in
        [(-90, "BAD ", "ahead of"), (90, "BAD ", "behind"), (30, "WARN", "behind"), (-30, "WARN", "ahead of")]
    {
        let output = check_provider("", |provider| provider.clock = system_clock_ahead_by(ahead)).await;
        assert_eq!(output.succeeded, verdict == "WARN", "{}", output.text);
        let line = output.line(&format!("{verdict} provider uni: clock: this machine's is "));
        assert!(line.contains(&format!("s {side} the provider's")), "{line}");
    }
    let output = check_provider("", |provider| provider.clock = system_clock_ahead_by(3)).await;
    assert!(output.line("ok   provider uni: clock:").ends_with("agrees with the provider's"));
}

// RFC 9111 §5.1
#[tokio::test(flavor = "multi_thread")]
async fn the_age_of_metadata_from_a_cache_is_not_a_wrong_clock() {
    let cached = async |ahead: i64| {
        check_provider("", |provider| {
            provider.clock = system_clock_ahead_by(ahead);
            provider.discovery = DiscoveryEndpoint::Cached(2400);
        })
        .await
    };
    let output = cached(-2400).await;
    assert!(output.line("ok   provider uni: clock:").ends_with("agrees with the provider's"), "{}", output.text);
    // The cache's `Age` may be wrong.
    let output = cached(-2600).await;
    assert!(output.succeeded, "{}", output.text);
    let line = output.line("WARN provider uni: clock: this machine's is ");
    assert!(line.contains("s ahead of the provider's, or a cache in front of the provider sends a wrong `Age`"));
    let fix = "→ set this machine's clock over the network (NTP); if it is right, this warning does not matter";
    assert!(line.ends_with(fix), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_provider_is_wrong_except_with_offline() {
    let provider = provider().await;
    let text = config(provider.issuer());
    drop(provider);
    let (asked, offline) = tokio::task::spawn_blocking(move || {
        let installation = Installation::with_config(&text);
        (check(installation.folder(), &[]), check(installation.folder(), &["--offline"]))
    })
    .await
    .unwrap();
    assert!(!asked.succeeded);
    assert!(asked.line("BAD  provider uni: discovery: 127.0.0.1:").contains("connect"), "{}", asked.text);
    assert!(offline.succeeded && !offline.text.contains("discovery"), "{}", offline.text);
}
