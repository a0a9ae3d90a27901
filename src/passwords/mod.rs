//! The passwords of our own accounts: hashes (Argon2id), hashes of other programs, the policy, and the hashing threads.

mod argon;
pub mod foreign;
mod hash;
pub mod policy;
pub mod pool;
mod unicode;

pub use hash::{Comparison, Cost, HashAge, HashFailed, Pepper, UnusableHash};

use std::sync::Arc;

use self::hash::Hasher;
use self::policy::PasswordPolicyError;
use self::pool::{HashingPool, PoolError};
use self::unicode::composed;
use crate::base::ids::{AccountId, Issuer, ProviderId, Subject};
use crate::base::secret::{Secret, constant_time_eq};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;
use crate::signin::identify::password::{NotAccepted, NotAvailable};
use crate::store::{HashFilter, PasswordCount, Store, StoreError};

/// The issuer in the identity key of each of our own accounts.
pub const ISSUER: &str = "urn:vestibule:password";

/// What gives the subjects of those identities.
pub const SUBJECT_SOURCE: &str = "the id of the account";

/// How passwords are hashed, and how many at once.
#[derive(Debug, Clone)]
pub struct HashingSettings {
    pub cost: Cost,
    /// A secret that goes into every hash and is in no database.
    pub pepper: Option<Pepper>,
    /// The previous pepper. Its hashes still work, and each is replaced at the next sign-in.
    pub former_pepper: Option<Pepper>,
    /// How many passwords are hashed at once. Each takes a core and its memory.
    pub at_once: usize,
    /// How many more may wait for their turn.
    pub queue: usize,
}

/// The passwords of our own accounts, for the one provider that asks for them. Every hash runs on a thread of the pool,
/// never on a thread that answers requests. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct LocalPasswords {
    provider: ProviderId,
    store: Store,
    hasher: Arc<Hasher>,
    pool: Arc<HashingPool>,
}

/// The hash of a password, as the database stores it.
#[derive(Debug, Clone)]
pub struct HashedPassword(String);

impl HashedPassword {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Why a password was neither hashed nor compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HashingError {
    #[error(transparent)]
    Pool(#[from] PoolError),
    #[error(transparent)]
    Hash(#[from] HashFailed),
}

/// Cause and fix, when the queue of passwords is full.
pub const QUEUE_FULL: &str =
    "more passwords wait to be checked than the queue holds; its length is `queue` of the provider";
/// Cause and fix, when a password waited too long.
const QUEUE_SLOW: &str = "the password waited too long for its turn; raise `at_once` of the provider if this machine \
                          has idle cores, or lower the cost of a hash";

impl From<HashingError> for NotAccepted {
    fn from(why: HashingError) -> Self {
        let trouble = match why {
            HashingError::Pool(PoolError::Full) => return Self::Busy(QUEUE_FULL),
            HashingError::Pool(PoolError::Slow) => return Self::Busy(QUEUE_SLOW),
            HashingError::Pool(why @ PoolError::Failed) => why.to_string(),
            HashingError::Hash(why) => why.to_string(),
        };
        NotAvailable::new("this machine", "hashing", trouble).into()
    }
}

impl LocalPasswords {
    #[must_use]
    pub fn new(provider: ProviderId, settings: &HashingSettings, store: Store) -> Self {
        let hasher = Hasher::new(settings.cost, settings.pepper.clone(), settings.former_pepper.clone());
        let pool = HashingPool::new(settings.at_once, settings.queue);
        Self { provider, store, hasher: Arc::new(hasher), pool: Arc::new(pool) }
    }

    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The identity that the right password of `account` proves. It is linked when the account gets its password, so a
    /// sign-in with a password never makes an account.
    #[must_use]
    pub fn identity(&self, account: &AccountId) -> IdentityKey {
        let (provider, issuer) = (self.provider.clone(), Issuer::from(ISSUER));
        IdentityKey { provider, issuer, subject: Subject::from(account.as_str()) }
    }

    /// Whether an account named `name` may take this password: see [`policy::check`].
    ///
    /// # Errors
    /// When too many passwords wait.
    pub async fn check_policy(
        &self,
        password: &Secret<String>,
        name: &Username,
    ) -> Result<Result<(), PasswordPolicyError>, HashingError> {
        let (password, name) = (password.clone(), name.to_string());
        Ok(self.pool.run(move || policy::check(&password, &[&name])).await?)
    }

    /// # Errors
    /// When too many passwords wait, or memory is short.
    pub async fn hash(&self, password: &Secret<String>) -> Result<HashedPassword, HashingError> {
        let (hasher, password) = (Arc::clone(&self.hasher), password.clone());
        Ok(HashedPassword(self.pool.run(move || hasher.hash(password.expose())).await??))
    }

    /// Whether the pool would take one more password now.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.pool.has_room()
    }

    /// # Errors
    /// When too many passwords wait, or memory is short.
    pub async fn verify(&self, password: &Secret<String>, hash: &str) -> Result<Comparison, HashingError> {
        let (hasher, password, hash) = (Arc::clone(&self.hasher), password.clone(), hash.to_owned());
        Ok(self.pool.run(move || hasher.verify(password.expose(), &hash)).await??)
    }

    /// Takes as long as [`Self::verify`], for a name without a password (security rule C42).
    ///
    /// # Errors
    /// When too many passwords wait, or memory is short.
    pub async fn verify_dummy(&self, password: &Secret<String>) -> Result<(), HashingError> {
        let (hasher, password) = (Arc::clone(&self.hasher), password.clone());
        Ok(self.pool.run(move || hasher.hash_dummy(password.expose())).await??)
    }

    /// Replaces the hash `from` of a correct password by one with the current settings. It runs in the background: the
    /// sign-in neither waits for it nor fails with it. If it fails, the next sign-in tries again.
    pub fn rehash(&self, account: AccountId, password: Secret<String>, from: String) {
        let passwords = self.clone();
        tokio::spawn(async move {
            let Ok(hashed) = passwords.hash(&password).await else { return };
            match passwords.store.rehash(&account, &from, hashed.as_str()).await {
                Ok(true) => tracing::debug!(%account, "the password was hashed again"),
                // Somebody changed the password meanwhile.
                Ok(false) => {}
                Err(why) => {
                    tracing::warn!(%account, error = %why, "the password was not hashed again; the next login will");
                }
            }
        });
    }

    /// Whether two passwords are equal in the form that is hashed. Takes the same time for any two passwords of one
    /// length.
    #[must_use]
    pub fn same(&self, one: &Secret<String>, other: &Secret<String>) -> bool {
        constant_time_eq(composed(one.expose()).as_bytes(), composed(other.expose()).as_bytes())
    }

    /// How many accounts have a password, and how their hashes were made.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count(&self) -> Result<PasswordCount, StoreError> {
        let (prefix, keys) = (self.hasher.prefix(), self.hasher.key_ids());
        let hashes = HashFilter { prefix: &prefix, keys: &keys };
        self.store.count_passwords(&self.provider, &Issuer::from(ISSUER), hashes).await
    }

    /// Runs other work in the pool.
    #[cfg(test)]
    pub(crate) async fn run(&self, work: impl FnOnce() + Send + 'static) -> Result<(), PoolError> {
        self.pool.run(work).await
    }

    /// The beginning of every hash with the current settings.
    #[cfg(test)]
    pub(crate) fn current_prefix(&self) -> String {
        self.hasher.prefix()
    }
}
