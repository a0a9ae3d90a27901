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
            let damaged = |what| UnsupportedHash::Damaged { scheme: "PBKDF2", what };
            if hash != "sha-256" {
                return Err(damaged("its hash is not sha-256"));
            }
            let key = hex(&key).ok_or_else(|| damaged("its key is not hexadecimal"))?;
            let salt = hex(&salt).ok_or_else(|| damaged("its salt is not hexadecimal"))?;
            Derived::pbkdf2(Prf::Sha256, iterations, salt, key).map(Scheme::Derived)
        }
        Password::Plain {} => Err(UnsupportedHash::Plaintext("a password of type \"plain\"")),
        Password::Wildcard {} => {
            Err(UnsupportedHash::Plaintext("a password of type \"wildcard\" lets everybody in, and"))
        }
    }
}
