//! What depends on each provider: links, sessions and accounts. For operators: each function reads many rows.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DbBackend, Value};
use time::{Date, OffsetDateTime};

use super::identities::date;
use super::sql::micros;
use super::{Store, StoreError, Transaction};
use crate::base::ids::ProviderId;

/// What depends on a provider.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProviderUse {
    pub links: u64,
    /// Live sessions.
    pub sessions: u64,
    /// The day of the last sign-in.
    pub last_sign_in: Option<Date>,
}

/// The providers by which people can sign in, as the config says.
#[derive(Debug, Clone, Copy)]
pub struct UsableProviders<'u> {
    pub enabled: &'u [ProviderId],
    /// The one that checks local passwords. It counts for accounts with a password.
    pub local_passwords: Option<&'u ProviderId>,
}

/// `$enabled`: how each database reads the JSON list of enabled providers.
macro_rules! only_at {
    ($enabled:literal) => {
        concat!(
            "SELECT COUNT(*) FROM account a WHERE a.disabled_at IS NULL \
             AND EXISTS (SELECT 1 FROM identity i WHERE i.account_id = a.id AND i.provider = $1) \
             AND NOT EXISTS (SELECT 1 FROM identity o WHERE o.account_id = a.id AND o.provider <> $1 \
             AND o.provider IN (SELECT ",
            $enabled,
            ") AND NOT EXISTS (SELECT 1 FROM suspended_provider p WHERE p.provider = o.provider) \
             AND (o.provider <> $3 OR EXISTS \
             (SELECT 1 FROM password w WHERE w.account_id = a.id)))"
        )
    };
}

impl Store {
    /// What depends on each provider that has a link or a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn provider_uses(&self, now: OffsetDateTime) -> Result<BTreeMap<ProviderId, ProviderUse>, StoreError> {
        let mut uses: BTreeMap<ProviderId, ProviderUse> = BTreeMap::new();
        let links = "SELECT provider, COUNT(*), MAX(last_sign_in) FROM identity GROUP BY provider";
        for row in self.reader.all(links, []).await? {
            let of_provider = uses.entry(row.parsed(0)?).or_default();
            of_provider.links = number(row.get(1)?);
            of_provider.last_sign_in = row.get::<Option<i64>>(2)?.and_then(date);
        }
        let sessions = "SELECT provider, COUNT(*) FROM session WHERE expires_at > $1 AND provider IS NOT NULL \
                        GROUP BY provider";
        for row in self.reader.all(sessions, [micros(now).into()]).await? {
            uses.entry(row.parsed(0)?).or_default().sessions = number(row.get(1)?);
        }
        Ok(uses)
    }
}

impl Transaction {
    /// How many links and live sessions a provider has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_provider_use(&mut self, provider: &ProviderId) -> Result<ProviderUse, StoreError> {
        let statement = "SELECT (SELECT COUNT(*) FROM identity WHERE provider = $1), \
                         (SELECT MAX(last_sign_in) FROM identity WHERE provider = $1), \
                         (SELECT COUNT(*) FROM session WHERE provider = $1 AND expires_at > $2)";
        let row = self.sql.one(statement, [provider.as_str().into(), micros(self.now).into()]).await?;
        let Some(row) = row else { return Ok(ProviderUse::default()) };
        let last_sign_in = row.get::<Option<i64>>(1)?.and_then(date);
        Ok(ProviderUse { links: number(row.get(0)?), last_sign_in, sessions: number(row.get(2)?) })
    }

    /// How many enabled accounts of a provider have no other way to sign in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_accounts_only_at(
        &mut self,
        provider: &ProviderId,
        usable: UsableProviders<'_>,
    ) -> Result<u64, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => only_at!("json_array_elements_text($2::json)"),
            _ => only_at!("value FROM json_each($2)"),
        };
        let enabled = usable.enabled.iter().map(ProviderId::as_str).collect::<Vec<_>>();
        let values: [Value; 3] = [
            provider.as_str().into(),
            serde_json::json!(enabled).to_string().into(),
            usable.local_passwords.map_or("", ProviderId::as_str).into(),
        ];
        let row = self.sql.one(statement, values).await?;
        Ok(number(row.map(|row| row.get(0)).transpose()?.unwrap_or(0)))
    }
}

fn number(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}
