//! The hashes of Linux' crypt(3): MD5-crypt, SHA-crypt and yescrypt.

use md5::{Digest as _, Md5};

use super::UnsupportedHash;
use super::text::{crypt_decoded, crypt_digit, crypt_encoded, is_crypt, number};
use crate::base::secret::constant_time_eq;

/// Longest password that crypt(3) takes, in bytes (`CRYPT_MAX_PASSPHRASE_SIZE`).
const MAX_PASSWORD_BYTES: usize = 512;
/// About a second of one core. Passlib's default is two thirds of it.
const MAX_ROUNDS: u32 = 1_000_000;
/// yescrypt's N × r, at 128 bytes each: 256 MiB.
const MAX_MEMORY: u64 = 1 << 21;

pub struct Crypt {
    algorithm: Algorithm,
    salt: Vec<u8>,
    /// In the alphabet of crypt(3).
    digest: String,
}

enum Algorithm {
    /// The prefix: `$1$` or `$apr1$`.
    Md5(&'static str),
    Sha256(sha_crypt::Params),
    Sha512(sha_crypt::Params),
    Yescrypt(yescrypt::Params),
}

/// `$1$salt$digest`, and Apache's `$apr1$salt$digest`.
pub fn read_md5_crypt(text: &str) -> Result<Crypt, UnsupportedHash> {
    let [name, salt, digest] = parts(text)?;
    if salt.len() > 8 {
        return Err(UnsupportedHash::Damaged { scheme: "MD5-crypt", what: "its salt is longer than 8 characters" });
    }
    let name = if name == "apr1" { "$apr1$" } else { "$1$" };
    Crypt { algorithm: Algorithm::Md5(name), salt: salt.into(), digest: digest.into() }.checked(22)
}

/// `$5$rounds=5000$salt$digest`; without a number of rounds there are 5,000.
pub fn read_sha_crypt(text: &str) -> Result<Crypt, UnsupportedHash> {
    let damaged = |what| UnsupportedHash::Damaged { scheme: "SHA-crypt", what };
    let (rounds, [name, salt, digest]) = if let Ok(parts) = parts(text) {
        (5_000, parts)
    } else {
        let [name, rounds, salt, digest] = parts(text)?;
        let rounds = rounds.strip_prefix("rounds=").and_then(number);
        (rounds.ok_or_else(|| damaged("it has no number of rounds"))?, [name, salt, digest])
    };
    if rounds > MAX_ROUNDS {
        let what = format!("it takes {rounds} rounds");
        return Err(UnsupportedHash::TooCostly { scheme: "SHA-crypt", what });
    }
    let params = sha_crypt::Params::new(rounds).map_err(|_| damaged("it has fewer than 1,000 rounds"))?;
    if salt.len() > 16 {
        return Err(damaged("its salt is longer than 16 characters"));
    }
    let (algorithm, length) =
        if name == "5" { (Algorithm::Sha256(params), 43) } else { (Algorithm::Sha512(params), 86) };
    Crypt { algorithm, salt: salt.into(), digest: digest.into() }.checked(length)
}

/// `$y$j9T$salt$digest`, in the only form that Linux distributions write.
pub fn read_yescrypt(text: &str) -> Result<Crypt, UnsupportedHash> {
    let damaged = |what| UnsupportedHash::Damaged { scheme: "yescrypt", what };
    let [_, costs, salt, digest] = parts(text)?;
    let &[b'j', n, r] = costs.as_bytes() else {
        return Err(damaged("its costs are not in the form that Linux distributions write"));
    };
    // Numbers below this one are a single character.
    let letter = |letter| crypt_digit(letter).filter(|digit| *digit < 47).map(|digit| digit + 1);
    let (Some(log_n), Some(r)) = (letter(n), letter(r)) else { return Err(damaged("its costs can't be read")) };
    let n = 1_u64 << log_n;
    let memory = n.saturating_mul(u64::from(r));
    if memory > MAX_MEMORY {
        let what = format!("it takes {} MiB", memory / 8_192);
        return Err(UnsupportedHash::TooCostly { scheme: "yescrypt", what });
    }
    let params =
        yescrypt::Params::new(yescrypt::Mode::Rw, n, r, 1).map_err(|_| damaged("yescrypt does not allow its costs"))?;
    let salt = crypt_decoded(salt).filter(|salt| salt.len() <= 64).ok_or_else(|| damaged("its salt can't be read"))?;
    Crypt { algorithm: Algorithm::Yescrypt(params), salt, digest: digest.into() }.checked(43)
}

/// 13 characters, and the first two are the salt; or BSD's form, after an underscore.
pub fn looks_like_des(text: &str) -> bool {
    (text.len() == 13 && is_crypt(text)) || (text.len() == 20 && text.strip_prefix('_').is_some_and(is_crypt))
}

impl Crypt {
    pub fn name(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Md5(_) => "MD5-crypt",
            Algorithm::Sha256(_) | Algorithm::Sha512(_) => "SHA-crypt",
            Algorithm::Yescrypt(_) => "yescrypt",
        }
    }

    fn checked(self, length: usize) -> Result<Self, UnsupportedHash> {
        if self.digest.len() != length || !is_crypt(&self.digest) {
            let what = "its digest has the wrong length or characters";
            return Err(UnsupportedHash::Damaged { scheme: self.name(), what });
        }
        Ok(self)
    }

    pub fn matches(&self, password: &[u8]) -> bool {
        if password.len() > MAX_PASSWORD_BYTES {
            return false;
        }
        let made = match self.algorithm {
            Algorithm::Md5(name) => md5_crypt(password, &self.salt, name),
            Algorithm::Sha256(params) => {
                let made = sha_crypt::sha256_crypt(password, &self.salt, params);
                crypt_encoded(in_order(&made, [20, 10, 0], |[c, b, a]| [b, a, c], 10, &[30, 31]))
            }
            Algorithm::Sha512(params) => {
                let made = sha_crypt::sha512_crypt(password, &self.salt, params);
                crypt_encoded(in_order(&made, [42, 21, 0], |[c, b, a]| [a, c, b], 21, &[63]))
            }
            Algorithm::Yescrypt(params) => {
                let mut made = [0; 32];
                if yescrypt::yescrypt(password, &self.salt, &params, &mut made).is_err() {
                    return false;
                }
                crypt_encoded(made)
            }
        };
        constant_time_eq(made.as_bytes(), self.digest.as_bytes())
    }
}

/// The bytes of a digest in the order in which crypt(3) writes them: groups of three, then the rest. Each group has the
/// indexes of the group before plus one, rotated by one place.
fn in_order(
    digest: &[u8],
    first: [usize; 3],
    turned: fn([usize; 3]) -> [usize; 3],
    threes: usize,
    rest: &[usize],
) -> Vec<u8> {
    let all = std::iter::successors(Some(first), |three| Some(turned(*three).map(|at| at + 1))).take(threes).flatten();
    all.chain(rest.iter().copied()).filter_map(|at| digest.get(at).copied()).collect()
}

/// MD5-crypt (Poul-Henning Kamp, 1994): a thousand rounds of MD5.
fn md5_crypt(password: &[u8], salt: &[u8], name: &str) -> String {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut hash = Md5::new().chain_update(password).chain_update(name).chain_update(salt);
    for part in password.chunks(16) {
        hash.update(inner.get(..part.len()).unwrap_or_default());
    }
    let mut length = password.len();
    while length > 0 {
        hash.update(if length & 1 == 1 { &[0][..] } else { password.get(..1).unwrap_or_default() });
        length >>= 1;
    }
    let mut made = hash.finalize();
    for round in 0..1_000 {
        let (odd, mut hash) = (round % 2 == 1, Md5::new());
        hash.update(if odd { password } else { &made });
        if round % 3 != 0 {
            hash.update(salt);
        }
        if round % 7 != 0 {
            hash.update(password);
        }
        hash.update(if odd { &made } else { password });
        made = hash.finalize();
    }
    let order = [12, 6, 0, 13, 7, 1, 14, 8, 2, 15, 9, 3, 5, 10, 4, 11];
    crypt_encoded(order.into_iter().filter_map(|at: usize| made.get(at).copied()))
}

/// The parts between the `$`. The hash begins with a `$`.
fn parts<const N: usize>(text: &str) -> Result<[&str; N], UnsupportedHash> {
    let parts: Vec<&str> = text.split('$').skip(1).collect();
    let what = "it does not have the parts of such a hash";
    parts.try_into().map_err(|_| UnsupportedHash::Damaged { scheme: "crypt(3)", what })
}
