//! Suspended providers: the rows, the end of their sessions, and a copy of the list in memory.
//!
//! The copy saves each start of a sign-in a read. It may be a second old, so it decides nothing that lasts: the
//! statements that end a login, prove an account or look up a session read the table.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use sea_orm::Value;
use time::OffsetDateTime;

use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::ProviderId;

/// A provider at which nobody can sign in for now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspension {
    pub provider: ProviderId,
    /// The admin: `cli:root`.
    pub by: Option<String>,
    pub at: OffsetDateTime,
    pub why: Option<String>,
}

/// A condition of a `SELECT`: the provider in this column is not suspended.
macro_rules! not_suspended {
    ($column:literal) => {
        concat!("NOT EXISTS (SELECT 1 FROM suspended_provider p WHERE p.provider = ", $column, ")")
    };
}
pub(super) use not_suspended;

/// How old the copy may be.
const MAX_AGE: Duration = Duration::from_secs(1);
/// The most sessions that one statement ends, so that other writers don't wait long.
const BATCH: i64 = 1_000;

/// The ids of the suspended providers, as read last. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct SuspensionCache(Arc<ReadList>);

#[derive(Debug, Default)]
struct ReadList {
    providers: ArcSwap<BTreeSet<ProviderId>>,
    read_at: Mutex<Option<Instant>>,
}

impl SuspensionCache {
    #[must_use]
    pub fn contains(&self, provider: &ProviderId) -> bool {
        self.0.providers.load().contains(provider)
    }

    /// Whether the caller has to read the table. The next caller has the copy until then.
    fn is_due(&self) -> bool {
        let mut read_at = self.0.read_at.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = read_at.is_none_or(|read_at| read_at.elapsed() >= MAX_AGE);
        if is_due {
            *read_at = Some(Instant::now());
        }
        is_due
    }
}

impl Transaction {
    /// Whether the provider is suspended. Takes no lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_suspended(&mut self, provider: &ProviderId) -> Result<bool, StoreError> {
        Ok(self.suspension(provider).await?.is_some())
    }

    /// The suspension of a provider. Takes no lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspension(&mut self, provider: &ProviderId) -> Result<Option<Suspension>, StoreError> {
        let statement = "SELECT provider, suspended_by, suspended_at, why FROM suspended_provider WHERE provider = $1";
        self.sql.one(statement, [provider.as_str().into()]).await?.as_ref().map(suspension).transpose()
    }

    /// Suspends a provider. Returns whether it was not suspended before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspend_provider(&mut self, suspension: &Suspension) -> Result<bool, StoreError> {
        let statement = "INSERT INTO suspended_provider (provider, suspended_by, suspended_at, why) \
                         VALUES ($1, $2, $3, $4) ON CONFLICT (provider) DO NOTHING";
        let Suspension { provider, by, at, why } = suspension;
        let values: [Value; 4] =
            [provider.as_str().into(), by.as_deref().into(), micros(*at).into(), why.as_deref().into()];
        Ok(self.sql.run(statement, values).await? == 1)
    }

    /// Ends the suspension of a provider, and the sessions that were opened there before. Returns whether it was
    /// suspended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn resume_provider(&mut self, provider: &ProviderId) -> Result<bool, StoreError> {
        let statement = "DELETE FROM suspended_provider WHERE provider = $1";
        if self.sql.run(statement, [provider.as_str().into()]).await? == 0 {
            return Ok(false);
        }
        // Nearly always none: they were ended after the provider was suspended. A login that was ending at that moment
        // may have opened one more.
        self.sql.run("DELETE FROM session WHERE provider = $1", [provider.as_str().into()]).await?;
        Ok(true)
    }
}

impl Store {
    /// The suspended providers, by their ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn suspended_providers(&self) -> Result<Vec<Suspension>, StoreError> {
        let statement = "SELECT provider, suspended_by, suspended_at, why FROM suspended_provider ORDER BY provider";
        self.reader.all(statement, []).await?.iter().map(suspension).collect()
    }

    /// The copy of the list.
    #[must_use]
    pub fn suspensions(&self) -> &SuspensionCache {
        &self.suspensions
    }

    /// Reads the list again.
    ///
    /// # Errors
    /// When the database fails. Then the copy stays.
    pub async fn refresh_suspensions(&self) -> Result<(), StoreError> {
        let suspended = self.suspended_providers().await?.into_iter().map(|it| it.provider).collect();
        self.suspensions.0.providers.store(Arc::new(suspended));
        Ok(())
    }

    /// Reads the list again if the copy is too old. If that fails, the copy stays: a request that needs the database
    /// notices the failure by itself.
    pub async fn refresh_suspensions_if_due(&self) {
        if self.suspensions.is_due() {
            let _kept = self.refresh_suspensions().await;
        }
    }

    /// Ends the sessions of suspended providers, which no longer count. Reads all sessions if a provider is suspended.
    /// Returns how many ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_suspended_sessions(&self) -> Result<u64, StoreError> {
        let mut ended = 0;
        for Suspension { provider, .. } in self.suspended_providers().await? {
            ended += self.end_sessions_at(&provider).await?;
        }
        Ok(ended)
    }

    async fn end_sessions_at(&self, provider: &ProviderId) -> Result<u64, StoreError> {
        let found = "SELECT id_hash FROM session WHERE provider = $1 AND id_hash > $2 ORDER BY id_hash LIMIT $3";
        // The provider may be resumed meanwhile, and people sign in there again.
        let end = "DELETE FROM session WHERE provider = $1 AND id_hash > $2 AND id_hash <= $3 \
                   AND EXISTS (SELECT 1 FROM suspended_provider p WHERE p.provider = $1)";
        let (mut after, mut ended) = (Vec::new(), 0);
        loop {
            let values: [Value; 3] = [provider.as_str().into(), after.clone().into(), BATCH.into()];
            let batch = self.reader.all(found, values).await?;
            let Some(last) = batch.last() else { return Ok(ended) };
            let last: Vec<u8> = last.get(0)?;
            ended += self.writer.run(end, [provider.as_str().into(), after.into(), last.clone().into()]).await?;
            after = last;
        }
    }
}

fn suspension(row: &Row) -> Result<Suspension, StoreError> {
    Ok(Suspension { provider: row.parsed(0)?, by: row.get(1)?, at: row.time(2)?, why: row.get(3)? })
}
