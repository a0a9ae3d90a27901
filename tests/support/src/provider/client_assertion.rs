//! Verifies the assertion of a client that authenticates by a private key (RFC 7523 §3).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jws::{ES256, JwsVerifier, RS256};
use serde_json::Value;

use super::behaviour::AssertionAudience;
use super::requests::Fields;
use super::{Shared, State};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl Shared {
    /// Why the client is not authenticated, if it must have a key. An assertion is accepted once.
    pub fn refused_client(&self, headers: &HeaderMap, form: &Fields) -> Result<(), String> {
        let mut state = self.state.lock().unwrap();
        let Some(key) = state.behaviour.client_key.clone() else { return Ok(()) };
        if headers.contains_key(AUTHORIZATION) || form.has("client_secret") {
            return Err("a second credential".to_owned());
        }
        if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
            return Err("client_assertion_type".to_owned());
        }
        let assertion = form.get("client_assertion").ok_or("no client_assertion")?;
        let claims = verified(assertion, &key).ok_or("signature")?;
        let audience = match state.behaviour.assertion_audience {
            AssertionAudience::Issuer => state.issuer(&self.address),
            AssertionAudience::TokenEndpoint => format!("{}/token", self.address),
        };
        let client = form.get("client_id").ok_or("no client_id")?;
        for (name, right) in [("iss", client), ("sub", client), ("aud", &audience)] {
            if claims[name] != right {
                return Err(format!("{name} is {}", claims[name]));
            }
        }
        check_times_and_id(&claims, &mut state)
    }
}

fn check_times_and_id(claims: &Value, state: &mut State) -> Result<(), String> {
    let now = state.behaviour.clock.now().unix_timestamp();
    let (issued, expires) = (claims["iat"].as_i64().ok_or("iat")?, claims["exp"].as_i64().ok_or("exp")?);
    if !(now - 5..=now + 1).contains(&issued) || !(now + 1..=now + 60).contains(&expires) {
        return Err(format!("iat {issued} and exp {expires} at {now}"));
    }
    let id = claims["jti"].as_str().filter(|id| id.len() >= 22).ok_or("jti")?;
    if state.assertion_ids.insert(id.to_owned()) { Ok(()) } else { Err("jti was used".to_owned()) }
}

/// The claims, if the key has signed them.
fn verified(assertion: &str, key: &Value) -> Option<Value> {
    let (signed, signature) = assertion.rsplit_once('.')?;
    let (header, claims) = signed.split_once('.')?;
    let json = |part: &str| -> Option<Value> { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok() };
    let header = json(header)?;
    let public = Jwk::from_map(key.as_object()?.clone()).ok()?;
    let verifier: Box<dyn JwsVerifier> = match header["alg"].as_str()? {
        "RS256" => Box::new(RS256.verifier_from_jwk(&public).ok()?),
        "ES256" => Box::new(ES256.verifier_from_jwk(&public).ok()?),
        _ => return None,
    };
    if header["kid"] != key["kid"] {
        return None;
    }
    verifier.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).ok()?).ok()?;
    json(claims)
}
