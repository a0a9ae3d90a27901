//! What is said about a provider, by one that misbehaves on demand.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{Query, State};
use axum::http::header::{CONTENT_TYPE, DATE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use serde_json::{Value, json};
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};
use vestibule::base::clock::Clock;

use super::{Said, check, config, folder};

/// What it publishes.
pub struct Published {
    pub metadata: Value,
    pub jwks: (StatusCode, String),
    /// What its token endpoint says of a made-up code.
    pub token: (StatusCode, String),
    /// What its sign-in page does: comes back with this error, or answers with this status.
    pub sign_in: Result<&'static str, StatusCode>,
    /// Its clock is so much ahead.
    pub ahead: Duration,
}

/// A running provider that nobody can sign in at.
pub struct Provider {
    pub issuer: String,
    serving: tokio::task::JoinHandle<()>,
}

impl Provider {
    pub async fn start(change: impl FnOnce(&mut Published)) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let metadata = json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "jwks_uri": format!("{issuer}/jwks"),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "code_challenge_methods_supported": ["S256"],
        });
        let jwks = (StatusCode::OK, json!({ "keys": [key()] }).to_string());
        let token = (StatusCode::BAD_REQUEST, json!({ "error": "invalid_grant" }).to_string());
        let mut published = Published { metadata, jwks, token, sign_in: Ok("login_required"), ahead: Duration::ZERO };
        change(&mut published);
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(metadata_as_told))
            .route("/jwks", get(async |State(published): State<Arc<Published>>| published.jwks.clone().json()))
            .route("/token", post(async |State(published): State<Arc<Published>>| published.token.clone().json()))
            .route("/authorize", get(sign_in))
            .with_state(Arc::new(published));
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { issuer, serving }
    }
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn metadata_as_told(State(published): State<Arc<Published>>) -> (HeaderMap, String) {
    let now = (Clock::system().now() + published.ahead).to_offset(time::UtcOffset::UTC);
    let date = written(now);
    let headers = [(DATE, HeaderValue::from_str(&date).unwrap()), (CONTENT_TYPE, JSON)];
    (headers.into_iter().collect(), published.metadata.to_string())
}

/// Comes back to wherever it was told.
async fn sign_in(State(published): State<Arc<Published>>, Query(asked): Query<HashMap<String, String>>) -> Response {
    match (published.sign_in, asked.get("redirect_uri")) {
        (Ok(error), Some(back)) => (StatusCode::FOUND, [(LOCATION, format!("{back}?error={error}"))]).into_response(),
        (Ok(_), None) => StatusCode::OK.into_response(),
        (Err(status), _) => status.into_response(),
    }
}

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// As servers write it (RFC 9110 §5.6.7).
fn written(now: OffsetDateTime) -> String {
    now.format(&Rfc2822).unwrap().replace("+0000", "GMT")
}

trait AsJson {
    fn json(self) -> (StatusCode, HeaderMap, String);
}

impl AsJson for (StatusCode, String) {
    fn json(self) -> (StatusCode, HeaderMap, String) {
        (self.0, [(CONTENT_TYPE, JSON)].into_iter().collect(), self.1)
    }
}

fn key() -> Value {
    static KEY: LazyLock<Value> = LazyLock::new(|| {
        let pair = Jwk::generate_ec_key(EcCurve::P256).unwrap();
        json!({"kty": "EC", "crv": "P-256", "x": pair.parameter("x"), "y": pair.parameter("y"), "use": "sig"})
    });
    KEY.clone()
}

/// What is said of a provider that publishes this, with `settings` in the config.
async fn told(settings: &str, change: impl FnOnce(&mut Published)) -> Said {
    let provider = Provider::start(change).await;
    let text = config(&provider.issuer).replace("allow_private", &format!("{settings}\nallow_private"));
    tokio::task::spawn_blocking(move || check(folder(&text).path(), &[])).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_good_provider_every_part_is_told_and_the_address_to_register() {
    let said = told("", |published| {
        published.metadata["authorization_response_iss_parameter_supported"] = json!(true);
        published.metadata["scopes_supported"] = json!(["openid", "profile", "email"]);
        published.metadata["claims_supported"] = json!(["sub", "name", 7, "e\u{202e}mail"]);
    })
    .await;
    assert!(said.content, "{}", said.text);
    let all = said.all("ok   provider uni: ");
    assert_eq!(
        all,
        [
            "ok   provider uni: somebody new gets an account, called such as \"ada\"",
            "ok   provider uni: the redirect address to register there: http://localhost:1/callback/uni",
            "ok   provider uni: clock: agrees with the provider's",
            "ok   provider uni: discovery: the issuer is equal, 3 endpoints may be asked",
            "ok   provider uni: keys: 1 of 1 can verify RS256, ES256, EdDSA",
            "ok   provider uni: answers: it promises `iss` in each, so silence is refused (RFC 9207)",
            "ok   provider uni: PKCE: S256",
            "ok   provider uni: client authentication: client_secret_basic",
            "ok   provider uni: response mode: query",
            "ok   provider uni: scopes: openid profile email",
            "ok   provider uni: claims: it lists \"e\\u{202e}mail\", \"name\", \"sub\"",
            "ok   provider uni: client secret: taken; a made-up code was refused with invalid_grant, as it should be",
            "ok   provider uni: redirect address: registered there",
            "ok   provider uni: not tried: a whole sign-in, with the claims that come then; that takes a person",
        ]
    );
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_calls_itself_otherwise_is_wrong_and_its_name_is_told() {
    let said = told("", |published| published.metadata["issuer"] = json!("https://another.example")).await;
    assert!(!said.content);
    let line = said.line("BAD  provider uni: discovery: it calls itself \"https://another.example\"");
    assert!(line.contains("→ set issuer = \"https://another.example\""), "{line}");

    // As Entra publishes under `common`.
    let many = json!("https://login.microsoftonline.com/{tenantid}/v2.0");
    let said = told("", |published| published.metadata["issuer"] = many).await;
    let line = said.line("BAD  provider uni: discovery: it calls itself");
    assert!(line.contains("→ that stands for many tenants; name one in `issuer`, by its id"), "{line}");

    // What a stranger wrote stays on its line, and steers no terminal.
    let said = told("", |published| published.metadata["issuer"] = json!("https://a.example/\n\u{1b}[2J")).await;
    assert!(said.line("BAD  provider uni: discovery: it calls itself").contains("\\n\\u{1b}[2J"), "{}", said.text);
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn an_endpoint_that_would_never_be_asked_is_wrong() {
    let said =
        told("", |published| published.metadata["token_endpoint"] = json!("http://provider.example/token")).await;
    assert!(!said.content);
    assert!(
        said.line("BAD  provider uni: discovery:").contains("provider.example, address: not https"),
        "{}",
        said.text
    );
}

// C16
#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_lacks_something_or_is_none_is_wrong() {
    let said = told("", |published| {
        published.metadata.as_object_mut().unwrap().remove("authorization_endpoint");
    })
    .await;
    let line = said.line("BAD  provider uni: discovery: http://127.0.0.1:");
    assert!(line.contains("can't be used: `authorization_endpoint` is missing → "), "{line}");
    let said = told("", |published| {
        published.metadata.as_object_mut().unwrap().remove("issuer");
    })
    .await;
    assert!(said.line("BAD  provider uni: discovery:").contains("`issuer` is missing → "), "{}", said.text);
    let said = told("", |published| published.metadata = json!("moved")).await;
    assert!(said.line("BAD  provider uni: discovery:").contains("is no JSON object"), "{}", said.text);
}

// C10
#[tokio::test(flavor = "multi_thread")]
async fn keys_that_verify_nothing_allowed_are_wrong_and_what_they_are_for_is_told() {
    let said = told("algorithms = [\"RS256\"]", |_| {}).await;
    assert!(!said.content);
    assert_eq!(
        said.line("BAD  provider uni: keys:"),
        "BAD  provider uni: keys: none of 1 verifies RS256 → set algorithms to one of \"ES256\""
    );
    for keys in [json!([]), json!([{"kty": "oct", "k": "c2VjcmV0"}])] {
        let said = told("", |published| published.jwks.1 = json!({ "keys": keys }).to_string()).await;
        assert!(said.line("BAD  provider uni: keys: none of").contains("have the provider publish a key"), "{keys}");
    }
    let said = told("algorithms = [\"ES256\"]", |published| {
        published.metadata["id_token_signing_alg_values_supported"] = json!(["HS256", "RS256"]);
    })
    .await;
    assert!(
        said.line("BAD  provider uni: algorithms:").contains("signs with \"HS256\", \"RS256\", and ES256 is allowed")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_set_that_is_not_there_is_told_apart_from_the_metadata() {
    let said = told("", |published| published.jwks.0 = StatusCode::INTERNAL_SERVER_ERROR).await;
    assert!(!said.content);
    assert!(
        said.line("BAD  provider uni: keys: http://127.0.0.1:")
            .contains("/jwks can't be used: it answers with status 500")
    );
    let said = told("", |published| published.jwks.1 = "<p>Welcome".into()).await;
    assert!(
        said.line("BAD  provider uni: keys:").contains("/jwks can't be used: it is no JSON object"),
        "{}",
        said.text
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_the_provider_does_not_take_is_wrong_and_one_that_can_not_be_tried_is_said_so() {
    let refused = |status: u16, error: &str| {
        let (status, said) =
            (StatusCode::from_u16(status).unwrap(), json!({ "error": error, "error_description": "no" }));
        async move { told("", |published| published.token = (status, said.to_string())).await }
    };
    for error in ["invalid_client", "unauthorized_client"] {
        let said = refused(401, error).await;
        assert!(!said.content);
        let line = said.line("BAD  provider uni: client secret: refused: ");
        assert!(line.contains(&format!("{error}: no (status 401); it is from provider.uni.client_secret")), "{line}");
        assert!(line.ends_with("→ renew it there and here; see that `client_id` and `client_auth` are as registered"));
    }
    let said = refused(503, "temporarily_unavailable").await;
    assert!(said.content);
    let line = said.line("WARN provider uni: client secret: not known whether it is right: ");
    assert!(line.ends_with("temporarily_unavailable: no (status 503) → sign in once to see"), "{line}");
    let said = refused(400, "invalid_scope").await;
    assert!(said.line("BAD  provider uni: token endpoint: ").ends_with("→ look at its registration of us"));
    let tokens = json!({ "access_token": "a", "token_type": "Bearer", "id_token": "a.b.c" }).to_string();
    let said = told("", |published| published.token = (StatusCode::OK, tokens)).await;
    assert!(said.line("BAD  provider uni: token endpoint: it gives tokens for a made-up code").contains(" → "));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_address_that_is_not_registered_is_wrong_as_far_as_it_can_be_told() {
    let said = told("", |published| published.sign_in = Err(StatusCode::BAD_REQUEST)).await;
    assert!(!said.content);
    let line = said.line("BAD  provider uni: redirect address: the sign-in page answers with status 400");
    assert!(line.contains("→ register exactly http://localhost:1/callback/uni there"), "{line}");
    let said = told("", |published| published.sign_in = Ok("invalid_scope")).await;
    assert!(said.line("BAD  provider uni: sign-in page: it refuses what we ask: invalid_scope → ").contains("scopes"));
    let said = told("", |published| published.sign_in = Err(StatusCode::OK)).await;
    assert!(said.content);
    let line = said.line("ok   provider uni: redirect address:");
    assert!(line.ends_with("not refused (status 200); only a sign-in tells for sure"), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_way_that_the_provider_does_not_go_is_wrong() {
    let said =
        told("client_auth = \"client_secret_post\"\nresponse_mode = \"form_post\"\nuserinfo = true", |published| {
            published.metadata["response_types_supported"] = json!(["id_token"]);
            published.metadata["token_endpoint_auth_methods_supported"] = json!(["client_secret_basic"]);
            published.metadata["response_modes_supported"] = json!(["fragment", "query"]);
        })
        .await;
    assert!(!said.content);
    let wrong = said.all("BAD  provider uni: ");
    assert_eq!(wrong.len(), 4, "{}", said.text);
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
async fn what_the_metadata_does_not_name_is_warned_of_and_not_called_wrong() {
    let said = told("client_auth = \"client_secret_post\"\nresponse_mode = \"form_post\"", |_| ()).await;
    assert!(said.content, "{}", said.text);
    for warning in [
        "client authentication: the metadata does not name client_secret_post; it may work",
        "response mode: the metadata does not name form_post; it may work",
    ] {
        assert!(said.line(&format!("WARN provider uni: {warning}")).contains(" → "), "{}", said.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_is_skipped_is_warned_of_with_the_reason() {
    let said = told("", |published| {
        let odd = json!({ "kty": "EC", "kid": "odd", "use": 7 });
        published.jwks.1 = json!({ "keys": [odd, key(), { "kty": "AKP" }] }).to_string();
    })
    .await;
    let warned = said.all("WARN provider uni: keys: ");
    assert_eq!(warned.len(), 1, "{}", said.text);
    assert!(warned[0].contains("skipped key 1 (kid \"odd\"): its `use` is not text"), "{}", said.text);
}

// C4
#[tokio::test(flavor = "multi_thread")]
async fn pkce_and_scopes_that_are_not_listed_are_warned_of() {
    for listed in [None, Some(json!(["plain"]))] {
        let said = told("", |published| {
            published.metadata["scopes_supported"] = json!(["openid"]);
            match listed {
                Some(methods) => published.metadata["code_challenge_methods_supported"] = methods,
                None => {
                    published.metadata.as_object_mut().unwrap().remove("code_challenge_methods_supported");
                }
            }
        })
        .await;
        assert!(said.content, "{}", said.text);
        assert!(said.line("WARN provider uni: PKCE:").contains("S256"));
        assert!(
            said.line("WARN provider uni: scopes: \"email\", \"profile\" not among").ends_with("→ it lists \"openid\"")
        );
    }
}

// C12
#[tokio::test(flavor = "multi_thread")]
async fn clocks_that_differ_are_told_with_the_side_that_is_ahead() {
    for (ahead, verdict, side) in
        [(-90, "BAD ", "ahead of"), (90, "BAD ", "behind"), (30, "WARN", "behind"), (-30, "WARN", "ahead of")]
    {
        let said = told("", |published| published.ahead = Duration::seconds(ahead)).await;
        assert_eq!(said.content, verdict == "WARN", "{}", said.text);
        let line = said.line(&format!("{verdict} provider uni: clock: this machine's is "));
        assert!(line.contains(&format!("s {side} the provider's")), "{line}");
    }
    let said = told("", |published| published.ahead = Duration::seconds(3)).await;
    assert!(said.line("ok   provider uni: clock:").ends_with("agrees with the provider's"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_not_there_is_wrong_unless_nobody_is_to_be_asked() {
    let provider = Provider::start(|_| {}).await;
    let text = config(&provider.issuer);
    provider.serving.abort();
    drop(provider);
    let (asked, offline) = tokio::task::spawn_blocking(move || {
        let folder = folder(&text);
        (check(folder.path(), &[]), check(folder.path(), &["--offline"]))
    })
    .await
    .unwrap();
    assert!(!asked.content);
    assert!(asked.line("BAD  provider uni: discovery: 127.0.0.1:").contains("connect"), "{}", asked.text);
    assert!(offline.content && !offline.text.contains("discovery"), "{}", offline.text);
}
