//! Argon2 of all three kinds, as PHC strings (RFC 9106).

use argon2::{Algorithm, Argon2, Params, Version};

use super::UnsupportedHash;
use super::text::{base64, number};
use crate::base::secret::constant_time_eq;

const SCHEME: &str = "argon2";
/// In KiB.
const MAX_MEMORY: u32 = 256 * 1_024;
/// Memory times passes, in KiB: about two seconds of one core.
const MAX_WORK: u64 = 2 * 1_024 * 1_024;

pub struct Argon {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

pub fn read(text: &str) -> Result<Argon, UnsupportedHash> {
    let damaged = |what| UnsupportedHash::Damaged { scheme: SCHEME, what };
    let short = || damaged("it does not have the parts of such a hash");
    let mut parts = text.strip_prefix('$').ok_or_else(short)?.split('$').peekable();
    let algorithm = match parts.next() {
        Some("argon2id") => Algorithm::Argon2id,
        Some("argon2i") => Algorithm::Argon2i,
        Some("argon2d") => Algorithm::Argon2d,
        _ => return Err(UnsupportedHash::Unknown),
    };
    // Argon2 1.0 wrote no version.
    let version = match parts.next_if(|part| part.starts_with("v=")) {
        None | Some("v=16") => Version::V0x10,
        Some("v=19") => Version::V0x13,
        Some(_) => return Err(damaged("its version is neither 16 nor 19")),
    };
    let (Some(costs), Some(salt), Some(digest), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return Err(short());
    };
    let params = params(costs)?;
    let salt = base64(salt).ok_or_else(|| damaged("its salt is not base64"))?;
    let digest = base64(digest).ok_or_else(|| damaged("its digest is not base64"))?;
    let what = match (salt.len(), digest.len()) {
        (..8, _) => "its salt is shorter than 8 bytes",
        (65.., _) => "its salt is longer than 64 bytes",
        (_, ..16) => "its digest is shorter than 16 bytes",
        (_, 65..) => "its digest is longer than 64 bytes",
        (8..65, 16..65) => return Ok(Argon { algorithm, version, params, salt, digest }),
    };
    Err(damaged(what))
}

fn params(text: &str) -> Result<Params, UnsupportedHash> {
    let malformed = || UnsupportedHash::Damaged { scheme: SCHEME, what: "its costs are not m, t and p" };
    let (mut memory, mut passes, mut lanes) = (None, None, None);
    for part in text.split(',') {
        match part.split_once('=').ok_or_else(malformed)? {
            ("m", value) => memory = number(value),
            ("t", value) => passes = number(value),
            ("p", value) => lanes = number(value),
            ("keyid", _) => {
                return Err(UnsupportedHash::Damaged {
                    scheme: SCHEME,
                    what: "it was made with a secret key besides the password",
                });
            }
            _ => return Err(malformed()),
        }
    }
    let (Some(memory), Some(passes), Some(lanes)) = (memory, passes, lanes) else { return Err(malformed()) };
    if memory > MAX_MEMORY || u64::from(memory) * u64::from(passes) > MAX_WORK || lanes > 64 {
        let what = format!("it takes {memory} KiB, {passes} passes and {lanes} lanes");
        return Err(UnsupportedHash::TooCostly { scheme: SCHEME, what });
    }
    Params::new(memory, passes, lanes, None).map_err(|_| malformed())
}

impl Argon {
    pub fn matches(&self, password: &[u8]) -> bool {
        let mut made = vec![0; self.digest.len()];
        let argon = Argon2::new(self.algorithm, self.version, self.params.clone());
        argon.hash_password_into(password, &self.salt, &mut made).is_ok() && constant_time_eq(&made, &self.digest)
    }
}
