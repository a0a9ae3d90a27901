//! The passwords in Galène's group files: JSON objects with a `type`.

use std::num::NonZeroU32;

use serde::Deserialize;

use super::derived::{Derived, Prf};
use super::text::hex;
use super::{Scheme, UnsupportedHash, bcrypt};

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Password {
    Pbkdf2 { hash: String, key: String, salt: String, iterations: NonZeroU32 },
    Bcrypt { key: String },
    Plain {},
    Wildcard {},
}

pub fn read(text: &str) -> Result<Scheme, UnsupportedHash> {
    match serde_json::from_str(text).map_err(|_| UnsupportedHash::Unknown)? {
        Password::Bcrypt { key } => bcrypt::read(&key).map(Scheme::Bcrypt),
        Password::Pbkdf2 { hash, key, salt, iterations } => {
            let prf = Some(hash).filter(|hash| hash == "sha-256").map(|_| Prf::Sha256);
            let (Some(prf), Some(key), Some(salt)) = (prf, hex(&key), hex(&salt)) else {
                let what = "its hash is not sha-256, or its key or salt not hexadecimal";
                return Err(UnsupportedHash::Damaged { scheme: "PBKDF2", what });
            };
            Derived::pbkdf2(prf, iterations, salt, key).map(Scheme::Derived)
        }
        Password::Plain {} => Err(UnsupportedHash::Plaintext("a password of type \"plain\"")),
        Password::Wildcard {} => {
            Err(UnsupportedHash::Plaintext("a password of type \"wildcard\" lets everybody in, and"))
        }
    }
}
