//! Keys derived by PBKDF2 and scrypt (RFC 8018, RFC 7914), in the many forms that programs write.

use std::num::NonZeroU32;

use aws_lc_rs::pbkdf2;

use super::UnsupportedHash;
use super::text::{base64, hex, number};
use crate::base::secret::constant_time_eq;

/// Rounds for each block of output: about two seconds of one core.
const MAX_ROUNDS: u32 = 10_000_000;
/// scrypt's N × r, at 128 bytes each: 256 MiB.
const MAX_MEMORY: u64 = 1 << 21;
/// N × r × p: about three seconds of one core.
const MAX_WORK: u64 = 1 << 22;
const MALFORMED: &str = "it does not have the parts of such a hash";

pub struct Derived {
    algorithm: Algorithm,
    salt: Vec<u8>,
    key: Vec<u8>,
}

enum Algorithm {
    Pbkdf2(Prf, NonZeroU32),
    Scrypt(scrypt::Params),
}

#[derive(Clone, Copy)]
pub enum Prf {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Prf {
    fn from_name(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "sha1" => Some(Self::Sha1),
            "sha256" => Some(Self::Sha256),
            "sha384" => Some(Self::Sha384),
            "sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    fn algorithm(self) -> pbkdf2::Algorithm {
        match self {
            Self::Sha1 => pbkdf2::PBKDF2_HMAC_SHA1,
            Self::Sha256 => pbkdf2::PBKDF2_HMAC_SHA256,
            Self::Sha384 => pbkdf2::PBKDF2_HMAC_SHA384,
            Self::Sha512 => pbkdf2::PBKDF2_HMAC_SHA512,
        }
    }

    /// The size of an output block, in bytes.
    fn block(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }
}

/// `$pbkdf2-sha256$i=600000,l=32$salt$key`, and Passlib's `$pbkdf2-sha256$29000$salt$key`.
pub fn pbkdf2_phc(text: &str) -> Result<Derived, UnsupportedHash> {
    let [_, name, costs, salt, key] = parts(text, "PBKDF2")?;
    let rounds = costs.split(',').find_map(|cost| cost.strip_prefix("i=")).unwrap_or(costs);
    encoded_pbkdf2(prf_after_dash(name), rounds, salt, key)
}

/// `{PBKDF2-SHA256}29000$salt$key`; `name` is the word in the braces.
pub fn pbkdf2_ldap(name: &str, rest: &str) -> Result<Derived, UnsupportedHash> {
    let [rounds, salt, key] = parts(rest, "PBKDF2")?;
    encoded_pbkdf2(prf_after_dash(name), rounds, salt, key)
}

/// `{PBKDF2}$1$salt$5000$key`, Dovecot's, by SHA-1: the salt is plain text, the key is in hex.
pub fn pbkdf2_dovecot(rest: &str) -> Result<Derived, UnsupportedHash> {
    let [_, _, salt, rounds, key] = parts(rest, "PBKDF2")?;
    Derived::pbkdf2_read(Some(Prf::Sha1), rounds, Some(salt.into()), hex(key))
}

/// `{PBKDF2_SHA256}`, 389 Directory Server's: 4 bytes of rounds, 64 of salt and 256 of key, in base64.
pub fn pbkdf2_389(rest: &str) -> Result<Derived, UnsupportedHash> {
    let damaged = |what| UnsupportedHash::Damaged { scheme: "PBKDF2", what };
    let bytes = base64(rest).ok_or_else(|| damaged("it is not base64"))?;
    let (rounds, rest) = bytes.split_first_chunk::<4>().ok_or_else(|| damaged(MALFORMED))?;
    let (salt, key) = rest.split_first_chunk::<64>().ok_or_else(|| damaged(MALFORMED))?;
    let rounds = NonZeroU32::new(u32::from_be_bytes(*rounds)).ok_or_else(|| damaged("it has no number of rounds"))?;
    if key.len() != 256 {
        return Err(damaged(MALFORMED));
    }
    Derived::pbkdf2(Prf::Sha256, rounds, salt.to_vec(), key.to_vec())
}

/// `pbkdf2_sha256$600000$salt$key`: the salt is plain text.
pub fn pbkdf2_django(text: &str) -> Result<Derived, UnsupportedHash> {
    let [name, rounds, salt, key] = parts(text, "PBKDF2")?;
    Derived::pbkdf2_read(Prf::from_name(name.trim_start_matches("pbkdf2_")), rounds, Some(salt.into()), base64(key))
}

/// `pbkdf2:sha256:600000$salt$key`: the salt is plain text, the key is in hex.
pub fn pbkdf2_werkzeug(text: &str) -> Result<Derived, UnsupportedHash> {
    let [method, salt, key] = parts(text, "PBKDF2")?;
    let mut method = method.split(':').skip(1);
    let (prf, rounds) = (method.next().and_then(Prf::from_name), method.next().unwrap_or_default());
    Derived::pbkdf2_read(prf, rounds, Some(salt.into()), hex(key))
}

/// `$scrypt$ln=17,r=8,p=1$salt$key`
pub fn scrypt_phc(text: &str) -> Result<Derived, UnsupportedHash> {
    let [_, _, costs, salt, key] = parts(text, "scrypt")?;
    let cost = |name: &str| costs.split(',').find_map(|cost| cost.strip_prefix(name)).and_then(number);
    let n = cost("ln=").and_then(|log| 1_u32.checked_shl(log));
    Derived::scrypt(n, cost("r="), cost("p="), base64(salt), base64(key))
}

/// `scrypt$16384$salt$8$5$key`: the salt is plain text.
pub fn scrypt_django(text: &str) -> Result<Derived, UnsupportedHash> {
    let [_, n, salt, r, p, key] = parts(text, "scrypt")?;
    Derived::scrypt(number(n), number(r), number(p), Some(salt.into()), base64(key))
}

/// `scrypt:32768:8:1$salt$key`: the salt is plain text, the key is in hex.
pub fn scrypt_werkzeug(text: &str) -> Result<Derived, UnsupportedHash> {
    let [method, salt, key] = parts(text, "scrypt")?;
    let mut costs = method.split(':').skip(1).map(number);
    let mut cost = || costs.next().flatten();
    Derived::scrypt(cost(), cost(), cost(), Some(salt.into()), hex(key))
}

impl Derived {
    pub fn name(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Pbkdf2(..) => "PBKDF2",
            Algorithm::Scrypt(_) => "scrypt",
        }
    }

    pub fn pbkdf2(prf: Prf, rounds: NonZeroU32, salt: Vec<u8>, key: Vec<u8>) -> Result<Self, UnsupportedHash> {
        let blocks = u32::try_from(key.len().div_ceil(prf.block())).unwrap_or(u32::MAX);
        if rounds.get().saturating_mul(blocks) > MAX_ROUNDS {
            let what = format!("it takes {rounds} rounds for each of {blocks} blocks");
            return Err(UnsupportedHash::TooCostly { scheme: "PBKDF2", what });
        }
        Self { algorithm: Algorithm::Pbkdf2(prf, rounds), salt, key }.checked()
    }

    fn pbkdf2_read(
        prf: Option<Prf>,
        rounds: &str,
        salt: Option<Vec<u8>>,
        key: Option<Vec<u8>>,
    ) -> Result<Self, UnsupportedHash> {
        let damaged = |what| UnsupportedHash::Damaged { scheme: "PBKDF2", what };
        let prf = prf.ok_or_else(|| damaged("its digest is none of SHA-1, 256, 384 and 512"))?;
        let rounds = number(rounds).and_then(NonZeroU32::new).ok_or_else(|| damaged("it has no number of rounds"))?;
        let salt = salt.ok_or_else(|| damaged("its salt can't be read"))?;
        let key = key.ok_or_else(|| damaged("its key can't be read"))?;
        Self::pbkdf2(prf, rounds, salt, key)
    }

    fn scrypt(
        n: Option<u32>,
        r: Option<u32>,
        p: Option<u32>,
        salt: Option<Vec<u8>>,
        key: Option<Vec<u8>>,
    ) -> Result<Self, UnsupportedHash> {
        let damaged = |what| UnsupportedHash::Damaged { scheme: "scrypt", what };
        let (Some(n), Some(r), Some(p)) = (n.filter(|n| n.is_power_of_two() && *n > 1), r, p) else {
            return Err(damaged("its costs can't be read"));
        };
        let memory = u64::from(n) * u64::from(r);
        if memory > MAX_MEMORY || memory.saturating_mul(u64::from(p)) > MAX_WORK {
            let mib = memory / 8_192;
            return Err(UnsupportedHash::TooCostly {
                scheme: "scrypt",
                what: format!("it takes {mib} MiB, {p} times"),
            });
        }
        let log_n = u8::try_from(n.ilog2()).unwrap_or(u8::MAX);
        let params = scrypt::Params::new(log_n, r, p).map_err(|_| damaged("scrypt does not allow its costs"))?;
        let salt = salt.ok_or_else(|| damaged("its salt can't be read"))?;
        let key = key.ok_or_else(|| damaged("its key can't be read"))?;
        Self { algorithm: Algorithm::Scrypt(params), salt, key }.checked()
    }

    fn checked(self) -> Result<Self, UnsupportedHash> {
        let scheme = self.name();
        if self.salt.is_empty() {
            return Err(UnsupportedHash::Unsalted(scheme));
        }
        let what = match (self.salt.len(), self.key.len()) {
            (1_025.., _) => "its salt is longer than 1024 bytes",
            (_, ..16) => "its key is shorter than 16 bytes",
            (_, 257..) => "its key is longer than 256 bytes",
            (_, 16..257) => return Ok(self),
        };
        Err(UnsupportedHash::Damaged { scheme, what })
    }

    pub fn matches(&self, password: &[u8]) -> bool {
        let mut made = vec![0; self.key.len()];
        match self.algorithm {
            Algorithm::Pbkdf2(prf, rounds) => pbkdf2::derive(prf.algorithm(), rounds, &self.salt, password, &mut made),
            Algorithm::Scrypt(params) => {
                if scrypt::scrypt(password, &self.salt, &params, &mut made).is_err() {
                    return false;
                }
            }
        }
        constant_time_eq(&made, &self.key)
    }
}

fn encoded_pbkdf2(prf: Option<Prf>, rounds: &str, salt: &str, key: &str) -> Result<Derived, UnsupportedHash> {
    Derived::pbkdf2_read(prf, rounds, base64(salt), base64(key))
}

/// `pbkdf2-sha256` → SHA-256. `pbkdf2` alone means SHA-1.
fn prf_after_dash(name: &str) -> Option<Prf> {
    name.split_once('-').map_or(Some(Prf::Sha1), |(_, digest)| Prf::from_name(digest))
}

fn parts<'t, const N: usize>(text: &'t str, scheme: &'static str) -> Result<[&'t str; N], UnsupportedHash> {
    let parts: Vec<&str> = text.split('$').collect();
    parts.try_into().map_err(|_| UnsupportedHash::Damaged { scheme, what: MALFORMED })
}
