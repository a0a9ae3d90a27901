//! The public halves of our keys, as a JWK Set (RFC 7517).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::base::secret::sha256;
use crate::store::StoredKey;

/// A JWK Set (RFC 7517 §5), ready to be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwks {
    pub json: String,
    /// With its quotes, as in the header (RFC 9110 §8.8.3).
    pub etag: String,
}

impl Jwks {
    pub(super) fn of<'a>(keys: impl Iterator<Item = &'a StoredKey>) -> Self {
        let json = format!(r#"{{"keys":[{}]}}"#, joined(keys));
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(sha256(json.as_bytes())));
        Self { json, etag }
    }

    /// Only the array of keys, for the `authKeys` of a Galène group. Every key has its `alg` and `kid`.
    #[must_use]
    pub fn export_galene(keys: &[StoredKey]) -> String {
        format!("[{}]", joined(keys.iter()))
    }
}

fn joined<'a>(keys: impl Iterator<Item = &'a StoredKey>) -> String {
    keys.map(|key| key.public_jwk.as_str()).collect::<Vec<_>>().join(",")
}
