//! The back-channel endpoints besides `/token`: metadata, key set and userinfo, with their broken forms.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header::{AGE, AUTHORIZATION, CONTENT_TYPE, DATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc2822;
use time::{OffsetDateTime, UtcOffset};

use super::Shared;
use super::answers::{as_json, broken, not_json, redirect};
use super::behaviour::{DiscoveryEndpoint, IssuerPromise, JwksEndpoint, Person, UserinfoEndpoint};
use super::id_token::{IdTokenInput, echoing_userinfo, userinfo as userinfo_jwt};
use super::keys::Keys;
use super::requests::Fields;

pub async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    let endpoint = shared.state.lock().unwrap().behaviour.discovery;
    if let DiscoveryEndpoint::WaitsForRequests(least) = endpoint {
        shared.enter_discovery();
        while shared.state.lock().unwrap().received.concurrent_discovery < least {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Vestibule asks providers 20 ms apart, so this is long enough for one more request, if it sends more at once.
        // A slow machine may miss a fault, but never reports a false one.
        tokio::time::sleep(Duration::from_millis(300)).await;
        shared.state.lock().unwrap().waiting_at_discovery -= 1;
    }
    let mut state = shared.state.lock().unwrap();
    state.received.discovery += 1;
    let (issuer, address) = (state.issuer(&shared.address), &shared.address);
    let mut metadata = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{address}/authorize"),
        "token_endpoint": format!("{address}/token"),
        "userinfo_endpoint": format!("{address}/userinfo"),
        "jwks_uri": format!("{address}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    match state.behaviour.promise {
        IssuerPromise::Given => metadata["authorization_response_iss_parameter_supported"] = json!(true),
        IssuerPromise::NotGiven => {}
    }
    for (name, value) in state.behaviour.metadata.clone() {
        metadata[name] = value;
    }
    metadata.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    match endpoint {
        DiscoveryEndpoint::Good | DiscoveryEndpoint::WaitsForRequests(_) | DiscoveryEndpoint::Cached(_) => {}
        DiscoveryEndpoint::OtherIssuer => metadata["issuer"] = json!("https://another.example"),
        DiscoveryEndpoint::IssuerWithSlash => metadata["issuer"] = json!(format!("{issuer}/")),
        DiscoveryEndpoint::PlainHttp => metadata["token_endpoint"] = json!("http://provider.example/token"),
        DiscoveryEndpoint::Private => metadata["token_endpoint"] = json!("https://10.0.0.1/token"),
        DiscoveryEndpoint::Broken => return broken(),
        DiscoveryEndpoint::Redirects => return redirect(&shared),
        DiscoveryEndpoint::Huge => metadata["padding"] = json!("x".repeat(2 << 20)),
        DiscoveryEndpoint::IssuerTwice => {
            return as_json(format!("{{\"issuer\":\"https://another.example\",{}", &metadata.to_string()[1..]));
        }
        DiscoveryEndpoint::NotJson => return not_json(),
        DiscoveryEndpoint::NotAnObject => return as_json(json!("moved").to_string()),
        DiscoveryEndpoint::Odd => {
            metadata.as_object_mut().unwrap().remove("subject_types_supported");
            for (name, value) in [
                ("end_session_endpoint", json!("")),
                ("registration_endpoint", json!("/register")),
                ("userinfo_endpoint", json!("")),
                ("claims_parameter_supported", json!("yes")),
                ("scopes_supported", json!({})),
                ("id_token_signing_alg_values_supported", json!(null)),
            ] {
                metadata[name] = value;
            }
            return ([(CONTENT_TYPE, "text/plain")], format!("\u{feff}{metadata}")).into_response();
        }
        DiscoveryEndpoint::Without(name) => {
            metadata.as_object_mut().unwrap().remove(name);
        }
        DiscoveryEndpoint::Page => return Html("<!doctype html><p>Welcome").into_response(),
    }
    let date = http_date(state.behaviour.clock.now());
    let mut answer = ([(DATE, date)], as_json(metadata.to_string())).into_response();
    if let DiscoveryEndpoint::Cached(age) = endpoint {
        answer.headers_mut().insert(AGE, age.into());
    }
    answer
}

/// RFC 9110 §5.6.7.
fn http_date(time: OffsetDateTime) -> String {
    time.to_offset(UtcOffset::UTC).format(&Rfc2822).unwrap().replace("+0000", "GMT")
}

impl Shared {
    fn enter_discovery(&self) {
        let mut state = self.state.lock().unwrap();
        state.waiting_at_discovery += 1;
        state.received.concurrent_discovery = state.received.concurrent_discovery.max(state.waiting_at_discovery);
    }
}

pub async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    let mut state = shared.state.lock().unwrap();
    state.received.jwks += 1;
    let mut key = json!(state.keys.signing_with(state.behaviour.algorithm).public().as_ref());
    let keys = match state.behaviour.jwks {
        JwksEndpoint::Good | JwksEndpoint::KeysTwice | JwksEndpoint::Huge => json!([key]),
        JwksEndpoint::WithoutAlgAndUse => {
            for name in ["alg", "use"] {
                key.as_object_mut().unwrap().remove(name);
            }
            json!([key])
        }
        JwksEndpoint::Mixed => json!([
            {"kty": "unheard-of", "kid": "a"},
            {"kty": "RSA", "kid": "b", "n": "!", "e": "AQAB"},
            {"kty": "EC", "kid": "c", "crv": "P-999", "x": "AA", "y": "AA"},
            {"kty": "oct", "kid": "d", "k": "c2VjcmV0"},
            key,
        ]),
        JwksEndpoint::Twice => {
            for name in ["use", "alg", "key_ops", "x5c"] {
                key[name] = Value::Null;
            }
            json!([key, key])
        }
        JwksEndpoint::WithoutKid => {
            let mut other = json!(Keys::other().to_jwk_public_key().as_ref());
            other["kid"] = json!("another");
            key.as_object_mut().unwrap().remove("kid");
            json!([other, key])
        }
        JwksEndpoint::Empty => json!([]),
        JwksEndpoint::NotJson => return not_json(),
        JwksEndpoint::Broken => return broken(),
        JwksEndpoint::Redirects => return redirect(&shared),
    };
    let keys = state.behaviour.keys.clone().unwrap_or(keys);
    as_json(match state.behaviour.jwks {
        JwksEndpoint::KeysTwice => format!("{{\"keys\":[],\"keys\":{keys}}}"),
        JwksEndpoint::Huge => json!({"keys": keys, "padding": "x".repeat(2 << 20)}).to_string(),
        JwksEndpoint::Good
        | JwksEndpoint::WithoutAlgAndUse
        | JwksEndpoint::Mixed
        | JwksEndpoint::Twice
        | JwksEndpoint::WithoutKid
        | JwksEndpoint::Empty
        | JwksEndpoint::NotJson
        | JwksEndpoint::Broken
        | JwksEndpoint::Redirects => json!({"keys": keys}).to_string(),
    })
}

pub async fn userinfo(State(shared): State<Arc<Shared>>, RawQuery(sent): RawQuery, headers: HeaderMap) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|line| line.to_str().ok()?.strip_prefix("Bearer "));
    let mut state = shared.state.lock().unwrap();
    state.received.userinfo.push(token.map(ToOwned::to_owned));
    state.received.userinfo_parameters.push(Fields::read(sent.unwrap_or_default().as_bytes()));
    let Some((access_token, grant)) = token.and_then(|token| state.tokens.get_key_value(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let keys = state.keys.signing_with(state.behaviour.algorithm);
    let echoed = state.echoed(access_token);
    let answer = state.behaviour.userinfo_answer.clone();
    let mut claims = answer.unwrap_or_else(|| Value::Object(grant.person.userinfo()));
    let jwt = |person: &Person, write: &dyn Fn(&IdTokenInput<'_>) -> String| {
        let (issuer, client_id) = (&*state.issuer(&shared.address), grant.client_id.as_str());
        let now = state.behaviour.clock.now().unix_timestamp();
        // The changed claims of the behaviour are those of the ID token.
        let claims = &serde_json::Map::new();
        let echoed = echoed.as_str();
        let jwt = write(&IdTokenInput { issuer, client_id, nonce: None, access_token, echoed, person, claims, now });
        ([(CONTENT_TYPE, "application/jwt")], jwt).into_response()
    };
    match state.behaviour.userinfo {
        UserinfoEndpoint::Good => {}
        UserinfoEndpoint::Echoes => claims[echoed] = json!(1),
        UserinfoEndpoint::EchoesInError => {
            let answer = json!({"error": "insufficient_scope", "error_description": format!("no {echoed}")});
            return (StatusCode::FORBIDDEN, Json(answer)).into_response();
        }
        UserinfoEndpoint::OtherSub => claims["sub"] = json!("mallory"),
        UserinfoEndpoint::SubTwice => return as_json(format!("{{\"sub\":\"mallory\",{}", &claims.to_string()[1..])),
        UserinfoEndpoint::SubNumber => claims["sub"] = json!(1815),
        UserinfoEndpoint::SubMissing => {
            claims.as_object_mut().unwrap().remove("sub");
        }
        UserinfoEndpoint::NotJson => return not_json(),
        UserinfoEndpoint::Broken => return broken(),
        UserinfoEndpoint::Huge => claims["padding"] = json!("x".repeat(2 << 20)),
        UserinfoEndpoint::Redirects => return redirect(&shared),
        UserinfoEndpoint::Jwt => return jwt(&grant.person, &|input| userinfo_jwt(input, &keys, None)),
        UserinfoEndpoint::JwtWith(defect) => {
            return jwt(&grant.person, &|input| userinfo_jwt(input, &keys, Some(defect)));
        }
        UserinfoEndpoint::JwtOtherSub => {
            let mallory = Person { sub: "mallory".into(), ..grant.person.clone() };
            return jwt(&mallory, &|input| userinfo_jwt(input, &keys, None));
        }
        UserinfoEndpoint::JwtEchoes(member) => {
            return jwt(&grant.person, &|input| echoing_userinfo(input, &keys, member));
        }
        UserinfoEndpoint::EncryptedJwt => {
            return ([(CONTENT_TYPE, "application/jwt")], "eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d").into_response();
        }
        UserinfoEndpoint::Odd => {
            claims["phone_number"] = Value::Null;
            let claims = format!("{{\"zoneinfo\":\"a\",\"zoneinfo\":\"b\",{}", &claims.to_string()[1..]);
            return ([(CONTENT_TYPE, "text/plain")], claims).into_response();
        }
        UserinfoEndpoint::BadGateway => return (StatusCode::BAD_GATEWAY, Html("<p>Bad gateway")).into_response(),
    }
    as_json(claims.to_string())
}

/// Only a client that follows a redirect or an address in a token header requests this.
pub async fn stray(State(shared): State<Arc<Shared>>) -> Response {
    shared.state.lock().unwrap().received.stray_requests += 1;
    as_json("{}".into())
}
