//! The routes, and the two endpoints of a sign-in: `/authorize` and `/token`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse as _, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use vestibule::base::random;
use vestibule::base::secret::sha256;
use vestibule::base::urls::query;

use super::behaviour::{AcceptHeader, Answer, IssuerInAnswer, TokenEndpoint};
use super::id_token::{IdTokenInput, echoing_id_token, id_token};
use super::requests::{Fields, TokenRequest, escaped};
use super::{Grant, Shared, answers, metadata};

pub fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(metadata::discovery))
        .route("/elsewhere/metadata", get(metadata::discovery))
        .route("/jwks", get(metadata::jwks))
        .route("/userinfo", any(metadata::userinfo))
        .route("/stray", any(metadata::stray))
        .route("/authorize", get(authorize))
        .route("/token", post(token))
        .layer(middleware::from_fn_with_state(Arc::clone(&shared), check_accept))
        .with_state(shared)
}

async fn check_accept(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let own = match request.uri().path() {
        "/authorize" => "text/html",
        "/jwks" => "application/jwk-set+json",
        _ => "application/json",
    };
    let accepted = request.headers().get(ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let first = accepted.split([',', ';']).next().unwrap_or_default().trim();
    let rule = shared.state.lock().unwrap().behaviour.accept;
    if rule == AcceptHeader::Enforced && first != own {
        return (StatusCode::BAD_REQUEST, "the type that comes first is not available").into_response();
    }
    next.run(request).await
}

/// Signs the person in without a page, and answers as requested: by redirect, or by a form that posts itself.
async fn authorize(State(shared): State<Arc<Shared>>, RawQuery(sent): RawQuery) -> Response {
    let request = Fields::read(sent.unwrap_or_default().as_bytes());
    let mut state = shared.state.lock().unwrap();
    state.received.authorize.push(request.clone());
    let Some(redirect_uri) = request.get("redirect_uri").map(ToOwned::to_owned) else {
        return (StatusCode::BAD_REQUEST, "no redirect_uri").into_response();
    };
    if let Answer::Page(status) = state.behaviour.answer {
        return answers::page(status);
    }
    if let Answer::OwnErrorPage(error) = state.behaviour.answer {
        return (StatusCode::FOUND, [(LOCATION, format!("/error?error={error}"))]).into_response();
    }
    let code = random::token();
    let sent = ["state", "nonce"].map(|name| request.get(name).unwrap_or_default());
    let (echo, other_issuer) = (sent.join(" "), format!("https://another.example/{}?{code}", sent.join("/")));
    let mut fields: Vec<(&str, &str)> = match &state.behaviour.answer {
        Answer::Code | Answer::CodeWithOtherState | Answer::CodeWithoutState => vec![("code", &code)],
        Answer::Denied(why) => vec![("error", "access_denied"), ("error_description", why)],
        Answer::DeniedWithOtherState => vec![("error", "access_denied")],
        Answer::Error(error) => vec![("error", error)],
        Answer::Parameters(parameters) => parameters.clone(),
        Answer::Echoes => vec![("error", &echo), ("error_description", &echo)],
        Answer::Page(_) | Answer::OwnErrorPage(_) => Vec::new(),
    };
    match &state.behaviour.answer {
        Answer::Code | Answer::Denied(_) | Answer::Error(_) | Answer::Parameters(_) | Answer::Echoes => {
            fields.extend(request.get("state").map(|state| ("state", state)));
        }
        Answer::DeniedWithOtherState | Answer::CodeWithOtherState => fields.push(("state", "nobody-sent-this")),
        Answer::CodeWithoutState | Answer::Page(_) | Answer::OwnErrorPage(_) => {}
    }
    let issuer = state.issuer(&shared.address);
    match state.behaviour.iss {
        IssuerInAnswer::Right => fields.push(("iss", &issuer)),
        IssuerInAnswer::Missing => {}
        IssuerInAnswer::Wrong => fields.push(("iss", "https://another.example")),
        IssuerInAnswer::Echoes => fields.push(("iss", &other_issuer)),
        IssuerInAnswer::Text(issuer) => fields.push(("iss", issuer)),
    }
    let response = if request.get("response_mode") == Some("form_post") {
        Html(self_posting(&redirect_uri, &fields)).into_response()
    } else {
        let separator = if redirect_uri.contains('?') { '&' } else { '?' };
        (StatusCode::FOUND, [(LOCATION, format!("{redirect_uri}{separator}{}", query(&fields)))]).into_response()
    };
    state.codes.insert(code, request);
    response
}

/// A page whose script posts its form.
pub fn self_posting(to: &str, fields: &[(&str, &str)]) -> String {
    let input = |(name, value): &(&str, &str)| {
        format!("<input type=\"hidden\" name=\"{}\" value=\"{}\">", escaped(name), escaped(value))
    };
    let inputs: String = fields.iter().map(input).collect();
    format!(
        "<!doctype html><title>On</title><form method=\"post\" action=\"{}\">{inputs}<button>On</button></form>\
         <script>document.forms[0].submit()</script>",
        escaped(to)
    )
}

async fn token(State(shared): State<Arc<Shared>>, headers: HeaderMap, body: Bytes) -> Response {
    let form = Fields::read(&body);
    let sent = headers.clone();
    let endpoint = {
        let mut state = shared.state.lock().unwrap();
        state.received.token.push(TokenRequest { headers, form: form.clone() });
        state.behaviour.token
    };
    if let Err(why) = shared.refused_client(&sent, &form) {
        let answer = json!({"error": "invalid_client", "error_description": why});
        return (StatusCode::UNAUTHORIZED, Json(answer)).into_response();
    }
    match endpoint {
        TokenEndpoint::Good => shared.tokens(&form, |_| {}),
        TokenEndpoint::Slow(wait) => {
            tokio::time::sleep(wait).await;
            shared.tokens(&form, |_| {})
        }
        TokenEndpoint::Held => {
            while shared.state.lock().unwrap().behaviour.token == TokenEndpoint::Held {
                tokio::time::sleep(std::time::Duration::from_millis(5)).await;
            }
            shared.tokens(&form, |_| {})
        }
        TokenEndpoint::SlowAfterRedeeming(wait) => {
            let answer = shared.tokens(&form, |_| {});
            if answer.status().is_success() {
                tokio::time::sleep(wait).await;
            }
            answer
        }
        TokenEndpoint::HangsUp => {
            let cut = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
            axum::body::Body::from_stream(cut).into_response()
        }
        TokenEndpoint::NoIdToken => shared.tokens(&form, |answer| answer["id_token"] = Value::Null),
        TokenEndpoint::NoAccessToken => shared.tokens(&form, |answer| answer["access_token"] = Value::Null),
        TokenEndpoint::OtherTokenType => shared.tokens(&form, |answer| answer["token_type"] = json!("mac")),
        TokenEndpoint::Huge => shared.tokens(&form, |answer| answer["padding"] = json!("x".repeat(2 << 20))),
        TokenEndpoint::InvalidClient => refused(StatusCode::UNAUTHORIZED, "invalid_client"),
        TokenEndpoint::EchoesAssertion => {
            let answer = json!({"error": "invalid_client", "error_description": form.get("client_assertion")});
            (StatusCode::UNAUTHORIZED, Json(answer)).into_response()
        }
        TokenEndpoint::InvalidGrant => refused(StatusCode::BAD_REQUEST, "invalid_grant"),
        TokenEndpoint::Broken => answers::broken(),
        TokenEndpoint::Redirects => answers::redirect(&shared),
        TokenEndpoint::GzipBomb => answers::bomb(),
        TokenEndpoint::NotJson => answers::not_json(),
        TokenEndpoint::Odd => {
            let mut answer = shared.tokens(&form, |answer| {
                for (name, value) in [("expires_in", json!("3599")), ("scope", json!([])), ("refresh_token", json!(7))]
                {
                    answer[name] = value;
                }
            });
            *answer.status_mut() = StatusCode::CREATED;
            answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain"));
            answer
        }
        TokenEndpoint::Refuses(status, error) => refused(StatusCode::from_u16(status).unwrap(), error),
        TokenEndpoint::Echoes => echo(&sent, &body),
        TokenEndpoint::Page(status) => answers::page(status),
        TokenEndpoint::AcceptsAnyCode => {
            Json(json!({"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"})).into_response()
        }
    }
}

fn refused(status: StatusCode, error: &str) -> Response {
    (status, Json(json!({"error": error, "error_description": "the provider says no"}))).into_response()
}

/// The code, the verifier and the credential: decoded, as received, and percent-encoded.
fn echo(headers: &HeaderMap, body: &[u8]) -> Response {
    let form = Fields::read(body);
    let basic = headers["authorization"].to_str().unwrap().trim_start_matches("Basic ");
    let pair = String::from_utf8(STANDARD.decode(basic).unwrap()).unwrap();
    let (_, secret) = pair.split_once(':').unwrap();
    let plain = ["code", "code_verifier"].map(|name| form.get(name).unwrap().to_owned());
    let mut echoed = vec![basic.to_owned(), pair.clone(), secret.to_owned()];
    for text in plain {
        let percent = text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
        echoed.extend([text, percent]);
    }
    let echoed = json!({"error": "invalid_request", "error_description": echoed.join(" ")});
    (StatusCode::BAD_REQUEST, Json(echoed)).into_response()
}

impl Shared {
    /// Redeems a code once, with its redirect address and verifier. Accepts any client.
    fn tokens(&self, form: &Fields, change: impl FnOnce(&mut Value)) -> Response {
        let mut state = self.state.lock().unwrap();
        let Some(request) = form.get("code").and_then(|code| state.codes.remove(code)) else {
            return refused(StatusCode::BAD_REQUEST, "invalid_grant");
        };
        let challenge = form.get("code_verifier").map(|verifier| URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes())));
        let fits = request.get("redirect_uri") == form.get("redirect_uri")
            && (!request.has("code_challenge") || request.get("code_challenge") == challenge.as_deref());
        if !fits {
            return refused(StatusCode::BAD_REQUEST, "invalid_grant");
        }
        let access_token = random::token();
        let reauthenticated =
            state.behaviour.reauthenticated.clone().filter(|_| request.get("prompt") == Some("login"));
        let person = reauthenticated.unwrap_or_else(|| state.behaviour.person.clone());
        let echoed = state.echoed(&access_token);
        let input = IdTokenInput {
            issuer: &state.issuer(&self.address),
            client_id: request.get("client_id").unwrap_or_default(),
            nonce: request.get("nonce"),
            access_token: &access_token,
            echoed: &echoed,
            person: &person,
            claims: &state.behaviour.claims,
            now: state.behaviour.clock.now().unix_timestamp(),
        };
        let keys = state.keys.signing_with(state.behaviour.algorithm);
        let id_token = match state.behaviour.echo {
            Some(member) => echoing_id_token(&input, &keys, member),
            None => id_token(&input, &keys, state.behaviour.defect, state.behaviour.quirk),
        };
        let mut answer =
            json!({"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token});
        for (name, value) in state.behaviour.token_answer.clone() {
            answer[name] = value;
        }
        change(&mut answer);
        if let Some(members) = answer.as_object_mut() {
            members.retain(|_, value| !value.is_null());
        }
        let client_id = input.client_id.to_owned();
        state.tokens.insert(access_token, Grant { person, client_id });
        ([(CACHE_CONTROL, "no-store")], Json(answer)).into_response()
    }
}
