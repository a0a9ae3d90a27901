//! The client secret: a JWT that the client signs with the key that Apple made for its team ("Creating a client
//! secret").

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::KeyPair as _;
use josekit::jws::{ES256, JwsVerifier as _};
use serde_json::Value;

use super::{CLIENT_ID, ISSUER, KEY_ID, State, TEAM_ID};

/// Six months, in seconds.
const LONGEST: i64 = 15_777_000;

/// Why Apple would not accept the secret.
pub fn verify(state: &State, secret: &str) -> Result<(), String> {
    let (signed, signature) = secret.rsplit_once('.').ok_or("no JWT")?;
    let (header, claims) = signed.split_once('.').ok_or("no JWT")?;
    let [header, claims] = [header, claims].map(json);
    for (member, right) in [(&header["alg"], "ES256"), (&header["kid"], KEY_ID)] {
        if member != right {
            return Err(format!("{member} is not {right}"));
        }
    }
    for (name, right) in [("iss", TEAM_ID), ("sub", CLIENT_ID), ("aud", ISSUER)] {
        if claims[name] != right {
            return Err(format!("{name} is {}", claims[name]));
        }
    }
    let now = state.behaviour.clock.now().unix_timestamp();
    let (issued, expires) = (claims["iat"].as_i64().ok_or("iat")?, claims["exp"].as_i64().ok_or("exp")?);
    if issued > now + 1 || expires <= now || expires > now + LONGEST {
        return Err(format!("iat {issued} and exp {expires} at {now}"));
    }
    let verifier = ES256.verifier_from_jwk(&state.client_key.to_jwk_public_key()).unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|why| why.to_string())?;
    verifier.verify(signed.as_bytes(), &signature).map_err(|why| why.to_string())
}

fn json(part: &str) -> Value {
    let read = URL_SAFE_NO_PAD.decode(part).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    read.unwrap_or_default()
}
