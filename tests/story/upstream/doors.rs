//! The upstream's endpoints that no person sees: metadata, keys, userinfo, and how each can be broken.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse as _, Response};
use serde_json::{Value, json};

use super::Shared;
use super::behaviour::{DiscoveryDoor, IssuerPromise, JwksDoor, UserinfoDoor};
use super::keys::Keys;

pub async fn discovery(State(shared): State<Arc<Shared>>) -> Response {
    let door = shared.state.lock().unwrap().behaviour.discovery;
    if let DiscoveryDoor::Crowd(least) = door {
        shared.come_to_discovery();
        while shared.state.lock().unwrap().received.discovery_at_once < least {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Long enough for one more to come, where more are asked at once.
        tokio::time::sleep(Duration::from_millis(300)).await;
        shared.state.lock().unwrap().at_discovery -= 1;
    }
    let mut state = shared.state.lock().unwrap();
    state.received.discovery += 1;
    let issuer = &shared.issuer;
    let mut said = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
        "code_challenge_methods_supported": ["S256"],
    });
    match state.behaviour.promise {
        IssuerPromise::Given => said["authorization_response_iss_parameter_supported"] = json!(true),
        IssuerPromise::NotGiven => {}
    }
    match door {
        DiscoveryDoor::Good | DiscoveryDoor::Crowd(_) => {}
        DiscoveryDoor::OtherIssuer => said["issuer"] = json!("https://another.example"),
        DiscoveryDoor::IssuerWithSlash => said["issuer"] = json!(format!("{issuer}/")),
        DiscoveryDoor::PlainHttp => said["token_endpoint"] = json!("http://provider.example/token"),
        DiscoveryDoor::Private => said["token_endpoint"] = json!("https://10.0.0.1/token"),
        DiscoveryDoor::Broken => return broken(),
        DiscoveryDoor::Redirects => return redirect(&shared),
        DiscoveryDoor::Huge => said["padding"] = json!("x".repeat(2 << 20)),
        DiscoveryDoor::IssuerTwice => {
            return as_json(format!("{{\"issuer\":\"https://another.example\",{}", &said.to_string()[1..]));
        }
        DiscoveryDoor::NotJson => return not_json(),
        DiscoveryDoor::Odd => {
            said.as_object_mut().unwrap().remove("subject_types_supported");
            for (name, odd) in [
                ("end_session_endpoint", json!("")),
                ("registration_endpoint", json!("/register")),
                ("userinfo_endpoint", json!("")),
                ("claims_parameter_supported", json!("yes")),
                ("scopes_supported", json!({})),
                ("id_token_signing_alg_values_supported", json!(null)),
            ] {
                said[name] = odd;
            }
            return ([(CONTENT_TYPE, "text/plain")], format!("\u{feff}{said}")).into_response();
        }
        DiscoveryDoor::Without(name) => {
            said.as_object_mut().unwrap().remove(name);
        }
        DiscoveryDoor::Page => return Html("<!doctype html><p>Welcome").into_response(),
    }
    as_json(said.to_string())
}

impl Shared {
    fn come_to_discovery(&self) {
        let mut state = self.state.lock().unwrap();
        state.at_discovery += 1;
        state.received.discovery_at_once = state.received.discovery_at_once.max(state.at_discovery);
    }
}

pub async fn jwks(State(shared): State<Arc<Shared>>) -> Response {
    let mut state = shared.state.lock().unwrap();
    state.received.jwks += 1;
    let mut key = json!(state.keys.public().as_ref());
    let keys = match state.behaviour.jwks {
        JwksDoor::Good | JwksDoor::KeysTwice | JwksDoor::Huge => json!([key]),
        JwksDoor::Bare => {
            for name in ["alg", "use"] {
                key.as_object_mut().unwrap().remove(name);
            }
            json!([key])
        }
        JwksDoor::Mixed => json!([
            {"kty": "unheard-of", "kid": "a"},
            {"kty": "RSA", "kid": "b", "n": "!", "e": "AQAB"},
            {"kty": "EC", "kid": "c", "crv": "P-999", "x": "AA", "y": "AA"},
            {"kty": "oct", "kid": "d", "k": "c2VjcmV0"},
            key,
        ]),
        JwksDoor::Twice => {
            for name in ["use", "alg", "key_ops", "x5c"] {
                key[name] = Value::Null;
            }
            json!([key, key])
        }
        JwksDoor::Nameless => {
            let mut other = json!(Keys::other().to_jwk_public_key().as_ref());
            other["kid"] = json!("another");
            key.as_object_mut().unwrap().remove("kid");
            json!([other, key])
        }
        JwksDoor::Empty => json!([]),
        JwksDoor::Broken => return broken(),
        JwksDoor::Redirects => return redirect(&shared),
    };
    as_json(match state.behaviour.jwks {
        JwksDoor::KeysTwice => format!("{{\"keys\":[],\"keys\":{keys}}}"),
        JwksDoor::Huge => json!({"keys": keys, "padding": "x".repeat(2 << 20)}).to_string(),
        JwksDoor::Good
        | JwksDoor::Bare
        | JwksDoor::Mixed
        | JwksDoor::Twice
        | JwksDoor::Nameless
        | JwksDoor::Empty
        | JwksDoor::Broken
        | JwksDoor::Redirects => json!({"keys": keys}).to_string(),
    })
}

pub async fn userinfo(State(shared): State<Arc<Shared>>, headers: HeaderMap) -> Response {
    let token = headers.get(AUTHORIZATION).and_then(|line| line.to_str().ok()?.strip_prefix("Bearer "));
    let mut state = shared.state.lock().unwrap();
    state.received.userinfo.push(token.map(ToOwned::to_owned));
    let Some(person) = token.and_then(|token| state.tokens.get(token)) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    let mut told = Value::Object(person.told());
    match state.behaviour.userinfo {
        UserinfoDoor::Good => {}
        UserinfoDoor::OtherSub => told["sub"] = json!("mallory"),
        UserinfoDoor::SubTwice => return as_json(format!("{{\"sub\":\"mallory\",{}", &told.to_string()[1..])),
        UserinfoDoor::SubNumber => told["sub"] = json!(1815),
        UserinfoDoor::SubMissing => {
            told.as_object_mut().unwrap().remove("sub");
        }
        UserinfoDoor::NotJson => return not_json(),
        UserinfoDoor::Broken => return broken(),
        UserinfoDoor::Huge => told["padding"] = json!("x".repeat(2 << 20)),
        UserinfoDoor::Redirects => return redirect(&shared),
        UserinfoDoor::Jwt => {
            return ([(CONTENT_TYPE, "application/jwt")], "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln").into_response();
        }
        UserinfoDoor::Odd => {
            told["phone_number"] = Value::Null;
            let told = format!("{{\"zoneinfo\":\"a\",\"zoneinfo\":\"b\",{}", &told.to_string()[1..]);
            return ([(CONTENT_TYPE, "text/plain")], told).into_response();
        }
        UserinfoDoor::Away => return (StatusCode::BAD_GATEWAY, Html("<p>Bad gateway")).into_response(),
    }
    as_json(told.to_string())
}

/// Where only those come who follow a redirect, or an address in a token's header.
pub async fn stray(State(shared): State<Arc<Shared>>) -> Response {
    shared.state.lock().unwrap().received.strayed += 1;
    as_json("{}".into())
}

pub fn as_json(text: String) -> Response {
    ([(CONTENT_TYPE, "application/json")], text).into_response()
}

pub fn broken() -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, "something broke").into_response()
}

pub fn not_json() -> Response {
    as_json("<!doctype html><p>Log in to the hotel's network".into())
}

pub fn redirect(shared: &Shared) -> Response {
    (StatusCode::FOUND, [(LOCATION, format!("{}/stray", shared.issuer))]).into_response()
}

/// Eight mebibytes of zeros that are fifty kibibytes on the wire.
pub fn bomb() -> Response {
    let headers = [(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")];
    (headers, zeros_as_gzip(8 << 20)).into_response()
}

/// RFC 1952 around RFC 1951: one literal zero, then as many copies of 258 zeros as it takes.
fn zeros_as_gzip(length: usize) -> Vec<u8> {
    let copies = length / 258;
    let mut bits = Bits::default();
    bits.push(0b011, 3); // last block, fixed codes: the lowest bit first
    bits.code(0b0011_0000, 8); // the literal 0
    for _ in 0..copies {
        bits.code(0b1100_0101, 8); // length 258
        bits.code(0, 5); // at distance 1
    }
    bits.code(0, 7); // end of block
    let total = 1 + copies * 258;
    let mut out = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    out.extend(bits.finish());
    out.extend(crc_of_zeros(total).to_le_bytes());
    out.extend(u32::try_from(total).unwrap().to_le_bytes());
    out
}

fn crc_of_zeros(length: usize) -> u32 {
    let step = |crc: u32| (0..8).fold(crc, |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 });
    let table: Vec<u32> = (0..256).map(step).collect();
    !(0..length).fold(!0_u32, |crc, _| table[(crc & 0xff) as usize] ^ (crc >> 8))
}

#[derive(Default)]
struct Bits {
    out: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, width: u32) {
        self.held |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.out.push((self.held & 0xff) as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    /// Huffman codes stand with their highest bit first.
    fn code(&mut self, code: u32, width: u32) {
        self.push(code.reverse_bits() >> (32 - width), width);
    }

    fn finish(mut self) -> Vec<u8> {
        self.push(0, (8 - self.count % 8) % 8);
        self.out
    }
}
