//! Whoever keeps our own passwords: hashes them, compares with them, and never on a thread that answers requests.

use std::sync::Arc;

use super::hash::{Hasher, Made, NotHashed, Unusable, Verdict, composed};
use super::policy::Unfit;
use super::pool::{NotRun, Pool};
use super::settings::Settings;
use super::{ISSUER, policy};
use crate::base::ids::{AccountId, Issuer, ProviderId, Subject};
use crate::base::secret::{Secret, same};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;
use crate::signin::identify::password::{NotAccepted, NotAvailable};
use crate::store::Store;

/// Keeps the passwords of our own accounts, for the one provider that asks for them. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Keeper {
    provider: ProviderId,
    store: Store,
    hasher: Arc<Hasher>,
    pool: Arc<Pool>,
}

/// The hash of a password, made to be kept.
#[derive(Debug, Clone)]
pub struct Hashed(String);

impl Hashed {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a password is the one that was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// It is, and where the hash is not as one would be made today, it is worth making anew.
    Same(Made),
    Different,
    /// Nobody can be let in by that hash.
    Unusable(Unusable),
}

/// Why nothing was hashed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    #[error(transparent)]
    NotRun(#[from] NotRun),
    #[error(transparent)]
    NotHashed(#[from] NotHashed),
}

impl From<NotDone> for NotAccepted {
    fn from(why: NotDone) -> Self {
        let trouble = match why {
            NotDone::NotRun(NotRun::Full) => return Self::Busy,
            NotDone::NotRun(why @ NotRun::BrokeOff) => why.to_string(),
            NotDone::NotHashed(why) => why.to_string(),
        };
        NotAvailable { server: "this machine".into(), phase: "hashing", why: trouble }.into()
    }
}

impl Keeper {
    #[must_use]
    pub fn new(provider: ProviderId, settings: &Settings, store: Store) -> Self {
        let hasher = Hasher::new(settings.cost, settings.pepper.clone(), settings.former_pepper.clone());
        let pool = Pool::new(settings.at_once, settings.queue);
        Self { provider, store, hasher: Arc::new(hasher), pool: Arc::new(pool) }
    }

    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.provider
    }

    /// What an account is known by when its password is right. It is tied to the account when that gets its password: so no
    /// login by a password ever makes an account.
    #[must_use]
    pub fn identity(&self, account: &AccountId) -> IdentityKey {
        let (provider, issuer) = (self.provider.clone(), Issuer::from(ISSUER));
        IdentityKey { provider, issuer, subject: Subject::from(account.as_str()) }
    }

    /// Whether it may become the password of somebody of that name: see [`policy::fit`].
    ///
    /// # Errors
    /// When too many wait.
    pub async fn weigh(&self, password: &Secret<String>, name: &Username) -> Result<Result<(), Unfit>, NotDone> {
        let (password, name) = (password.clone(), name.to_string());
        Ok(self.pool.run(move || policy::fit(&password, &[&name])).await?)
    }

    /// # Errors
    /// When too many wait, or there is not enough memory.
    pub async fn hash(&self, password: &Secret<String>) -> Result<Hashed, NotDone> {
        let (hasher, password) = (Arc::clone(&self.hasher), password.clone());
        Ok(Hashed(self.pool.run(move || hasher.hash(password.expose())).await??))
    }

    /// Whether a password could be compared now, or too many wait.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.pool.has_room()
    }

    /// # Errors
    /// When too many wait, or there is not enough memory.
    pub async fn compare(&self, password: &Secret<String>, hash: &str) -> Result<Compared, NotDone> {
        let (hasher, password, hash) = (Arc::clone(&self.hasher), password.clone(), hash.to_owned());
        let verdict = self.pool.run(move || hasher.verify(password.expose(), &hash)).await??;
        Ok(match verdict {
            Verdict::Right(made) => Compared::Same(made),
            Verdict::Wrong => Compared::Different,
            Verdict::Unusable(why) => Compared::Unusable(why),
        })
    }

    /// Takes as long as [`Self::compare`], where there is nothing to compare with (security rule C42).
    ///
    /// # Errors
    /// When too many wait, or there is not enough memory.
    pub async fn compare_with_nothing(&self, password: &Secret<String>) -> Result<(), NotDone> {
        let (hasher, password) = (Arc::clone(&self.hasher), password.clone());
        Ok(self.pool.run(move || hasher.spend(password.expose())).await??)
    }

    /// Writes a password that was right down as it would be written today. Beside the login, which neither waits for it nor
    /// hangs on it: what fails now is done at the next one.
    pub fn rehash(&self, account: AccountId, password: Secret<String>, from: String) {
        let keeper = self.clone();
        tokio::spawn(async move {
            let Ok(hashed) = keeper.hash(&password).await else { return };
            match keeper.store.rehash(&account, &from, hashed.as_str()).await {
                Ok(true) => tracing::debug!(%account, "its password is hashed anew"),
                // It was changed meanwhile.
                Ok(false) => {}
                Err(why) => {
                    tracing::warn!(%account, %why, "its password could not be hashed anew; the next login tries again");
                }
            }
        });
    }

    /// Whether two passwords are one: as they are hashed, and told by no difference in time.
    #[must_use]
    pub fn same(&self, one: &Secret<String>, other: &Secret<String>) -> bool {
        same(composed(one.expose()).as_bytes(), composed(other.expose()).as_bytes())
    }

    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Anything else that takes a core.
    #[cfg(test)]
    pub(super) async fn run(&self, work: impl FnOnce() + Send + 'static) -> Result<(), NotRun> {
        self.pool.run(work).await
    }

    pub(super) fn hasher(&self) -> &Hasher {
        &self.hasher
    }
}
