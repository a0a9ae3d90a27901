//! Argon2id hashes (RFC 9106) as PHC strings: each contains its parameters.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{CustomizedPasswordHasher as _, Error, PasswordVerifier as _};
use argon2::{KeyId, Params, ParamsBuilder, Version};

use super::argon::Argon;
use super::foreign::recognise;
use super::unicode::composed;
use crate::base::random;
use crate::base::secret::{Secret, sha256};

/// The cost of one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    mib: u32,
    passes: u32,
    lanes: u32,
}

impl Cost {
    /// `None`: Argon2 does not allow these values.
    #[must_use]
    pub fn new(mib: u32, passes: u32, lanes: u32) -> Option<Self> {
        Params::new(mib.checked_mul(1_024)?, passes, lanes, None).is_ok().then_some(Self { mib, passes, lanes })
    }

    #[must_use]
    pub fn mib(self) -> u32 {
        self.mib
    }
}

/// A secret of the operator that goes into every hash. Without it, nobody can guess passwords from a stolen database.
#[derive(Debug, Clone)]
pub struct Pepper {
    /// Each hash made with this pepper names it.
    id: KeyId,
    secret: Secret<String>,
}

/// Fewest characters of a pepper.
const MIN_PEPPER_LENGTH: usize = 32;

impl Pepper {
    /// `None`: the secret is so short that it could be guessed.
    #[must_use]
    pub fn new(secret: Secret<String>) -> Option<Self> {
        if secret.expose().chars().count() < MIN_PEPPER_LENGTH {
            return None;
        }
        let sum = sha256(&[b"vestibule pepper id ", secret.expose().as_bytes()].concat());
        let id = KeyId::new(sum.get(..6)?).ok()?;
        Some(Self { id, secret })
    }
}

/// How a password compares with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    Match(HashAge),
    Mismatch,
    /// No password can be compared with this hash.
    Unusable(UnusableHash),
}

/// Whether a hash has the current settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HashAge {
    Current,
    /// To be replaced while the password is known.
    Outdated,
}

/// Why no password can be compared with a hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnusableHash {
    #[error(
        "it was made with a pepper that the config does not name; put that pepper back as pepper_file or \
         former_pepper_file"
    )]
    Pepper,
    #[error("it takes more memory than this machine has; give the account another password: vestibule user passwd")]
    Memory,
    #[error("its form is not known; give the account another password: vestibule user passwd")]
    Form,
}

/// Argon2 failed, most likely because memory is short.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a password can't be hashed: {0}; lower memory_mib or at_once")]
pub struct HashFailed(String);

/// Makes hashes and compares passwords with them. Both take a core for a while, so run them in the pool.
#[derive(Debug)]
pub struct Hasher {
    params: Params,
    pepper: Option<Pepper>,
    former: Option<Pepper>,
}

/// The most that a stored hash may ask for, so that a row of the database can't stall the server.
const MAX_MEMORY_KIB: u32 = 1_024 * 1_024;
const MAX_PASSES: u32 = 64;

impl Hasher {
    #[must_use]
    pub fn new(cost: Cost, pepper: Option<Pepper>, former: Option<Pepper>) -> Self {
        let mut builder = ParamsBuilder::new();
        builder.m_cost(cost.mib * 1_024).t_cost(cost.passes).p_cost(cost.lanes);
        if let Some(pepper) = &pepper {
            builder.keyid(pepper.id);
        }
        // This never fails: a `Cost` holds only values that Argon2 allows.
        Self { params: builder.build().unwrap_or_default(), pepper, former }
    }

    /// # Errors
    /// When there is not enough memory.
    pub fn hash(&self, password: &str) -> Result<String, HashFailed> {
        self.hash_with(password, &random::bytes::<16>()).map(|hash| hash.to_string())
    }

    /// # Errors
    /// When there is not enough memory.
    pub fn verify(&self, password: &str, hash: &str) -> Result<Comparison, HashFailed> {
        let Some((hash, params)) = read(hash) else { return self.verify_foreign(password, hash) };
        let pepper = match self.pepper_of(&params) {
            Ok(pepper) => pepper,
            Err(why) => return self.unusable(password, why),
        };
        match self.argon(pepper).verify_password(composed(password).as_bytes(), &hash) {
            Ok(()) => Ok(Comparison::Match(self.age(&hash, &params))),
            Err(Error::PasswordInvalid) => Ok(Comparison::Mismatch),
            // This hash takes more memory than the machine has. If the current settings do, too, `unusable` returns
            // that error.
            Err(Error::OutOfMemory) => self.unusable(password, UnusableHash::Memory),
            Err(_) => self.unusable(password, UnusableHash::Form),
        }
    }

    /// Compares with the hash of another program, from an import. A match counts as outdated, so a hash of ours
    /// replaces it. A mismatch takes at least as long as with a hash of ours or with an unknown name (security rule
    /// C42).
    fn verify_foreign(&self, password: &str, hash: &str) -> Result<Comparison, HashFailed> {
        match recognise(hash) {
            Ok(foreign) if foreign.verify(password) => Ok(Comparison::Match(HashAge::Outdated)),
            Ok(_) => self.hash_dummy(password).map(|()| Comparison::Mismatch),
            Err(_) => self.unusable(password, UnusableHash::Form),
        }
    }

    /// Takes as long as [`Self::verify`], for an unknown name (security rule C42).
    ///
    /// # Errors
    /// When there is not enough memory.
    pub fn hash_dummy(&self, password: &str) -> Result<(), HashFailed> {
        self.hash_with(password, b"salt for nobody.").map(drop)
    }

    fn hash_with(&self, password: &str, salt: &[u8]) -> Result<PasswordHash, HashFailed> {
        let argon = self.argon(self.pepper.as_ref());
        let hashed =
            argon.hash_password_customized(composed(password).as_bytes(), salt, None, None, self.params.clone());
        hashed.map_err(|why| HashFailed(why.to_string()))
    }

    fn argon<'p>(&self, pepper: Option<&'p Pepper>) -> Argon<'p> {
        Argon::new(pepper.map_or(b"", |pepper| pepper.secret.expose().as_bytes()), &self.params)
    }

    /// The beginning of every hash with the current settings.
    #[must_use]
    pub fn prefix(&self) -> String {
        format!("$argon2id$v=19${}$", self.params)
    }

    /// The ids of the known peppers, as hashes name them.
    #[must_use]
    pub fn key_ids(&self) -> Vec<String> {
        let known = [&self.pepper, &self.former].into_iter().flatten();
        let with = known.filter_map(|pepper| ParamsBuilder::new().keyid(pepper.id).build().ok());
        with.filter_map(|params| Some(params.to_string().split_once(",keyid=")?.1.to_owned())).collect()
    }

    fn unusable(&self, password: &str, why: UnusableHash) -> Result<Comparison, HashFailed> {
        self.hash_dummy(password).map(|()| Comparison::Unusable(why))
    }

    fn age(&self, hash: &PasswordHash, params: &Params) -> HashAge {
        let is_current = hash.algorithm == argon2::ARGON2ID_IDENT
            && hash.version == Some(Version::V0x13.into())
            && (params.m_cost(), params.t_cost(), params.p_cost(), params.keyid())
                == (self.params.m_cost(), self.params.t_cost(), self.params.p_cost(), self.params.keyid())
            && hash.hash.as_ref().is_some_and(|output| output.len() == Params::DEFAULT_OUTPUT_LEN);
        if is_current { HashAge::Current } else { HashAge::Outdated }
    }

    /// The pepper of a hash.
    ///
    /// # Errors
    /// When the config has no such pepper.
    fn pepper_of(&self, params: &Params) -> Result<Option<&Pepper>, UnusableHash> {
        if params.keyid().is_empty() {
            return Ok(None);
        }
        let mut known = [&self.pepper, &self.former].into_iter().flatten();
        known.find(|pepper| pepper.id.as_bytes() == params.keyid()).map(Some).ok_or(UnusableHash::Pepper)
    }
}

/// Reads a hash of Argon2 (id, i or d) within the limits. A hash without a version is of Argon2 1.0: [`recognise`]
/// reads it.
fn read(text: &str) -> Option<(PasswordHash, Params)> {
    let hash = PasswordHash::new(text).ok()?;
    let argon = [argon2::ARGON2ID_IDENT, argon2::ARGON2I_IDENT, argon2::ARGON2D_IDENT].contains(&hash.algorithm);
    let params = Params::try_from(&hash).ok()?;
    let within = params.m_cost() <= MAX_MEMORY_KIB && params.t_cost() <= MAX_PASSES && params.p_cost() <= MAX_PASSES;
    (argon && within && hash.version.is_some() && hash.hash.is_some() && hash.salt.is_some()).then_some((hash, params))
}

#[cfg(test)]
mod tests;
