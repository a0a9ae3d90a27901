//! `{SSHA}`, `{SSHA256}` and `{SSHA512}`, as LDAP servers store them: a digest of password and salt, then the salt.

use aws_lc_rs::digest::{Algorithm, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512};

use super::UnsupportedHash;
use super::text::{base64, hex};
use crate::base::secret::constant_time_eq;

pub struct Salted {
    name: &'static str,
    algorithm: &'static Algorithm,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

/// How the bytes are written.
#[derive(Clone, Copy)]
pub enum Encoding {
    Base64,
    Hex,
}

/// `name` is the scheme's, in capitals.
pub fn read(name: &str, text: &str, encoding: Encoding) -> Result<Salted, UnsupportedHash> {
    let (name, algorithm) = match name {
        "SSHA" => ("{SSHA}", &SHA1_FOR_LEGACY_USE_ONLY),
        "SSHA256" => ("{SSHA256}", &SHA256),
        "SSHA512" => ("{SSHA512}", &SHA512),
        _ => return Err(UnsupportedHash::Unknown),
    };
    let damaged = |what| UnsupportedHash::Damaged { scheme: name, what };
    let bytes = match encoding {
        Encoding::Base64 => base64(text).ok_or_else(|| damaged("it is not base64"))?,
        Encoding::Hex => hex(text).ok_or_else(|| damaged("it is not hexadecimal"))?,
    };
    match bytes.split_at_checked(algorithm.output_len()) {
        None => Err(damaged("it is too short")),
        Some((_, [])) => Err(UnsupportedHash::Unsalted(name)),
        Some((_, salt)) if salt.len() > 64 => Err(damaged("its salt is too long")),
        Some((digest, salt)) => Ok(Salted { name, algorithm, salt: salt.to_vec(), digest: digest.to_vec() }),
    }
}

impl Salted {
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn matches(&self, password: &[u8]) -> bool {
        let mut made = Context::new(self.algorithm);
        made.update(password);
        made.update(&self.salt);
        constant_time_eq(made.finish().as_ref(), &self.digest)
    }
}
