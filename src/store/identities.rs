//! External identities and the accounts that they are linked to. Keys are compared byte for byte (security rule C21).

use sea_orm::{ConnectionTrait as _, DbBackend, Value};
use time::OffsetDateTime;

use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Issuer, ProviderId, Subject};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;

/// An identity and the account that it is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    pub key: IdentityKey,
    pub account: AccountId,
    pub username: Username,
    /// Our client at the provider, if the provider knows clients.
    pub client_id: Option<String>,
    pub created_at: OffsetDateTime,
}

/// How many identities of one provider have one issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerCount {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub identities: u64,
}

/// The result of [`Transaction::link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkOutcome {
    Linked {
        sessions_ended: u64,
    },
    /// The identity was linked to this account before.
    AlreadyLinked,
    /// The identity is linked to another account. The link does not change.
    LinkedToAnother {
        account: AccountId,
        username: Username,
    },
}

impl Transaction {
    /// Links an identity to an account, unless it is linked already. The account's sessions end (security rule C25).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link(&mut self, key: &IdentityKey, account: &AccountId) -> Result<LinkOutcome, StoreError> {
        if self.insert_link(key, account, None).await? {
            self.lock_account(account).await?;
            let sessions_ended = self.end_sessions_of(account).await?;
            return Ok(LinkOutcome::Linked { sessions_ended });
        }
        // Without a lock: otherwise two callers that write to the account next could deadlock.
        match self.account_by_identity_unlocked(key).await? {
            Some(holder) if holder.id != *account => {
                Ok(LinkOutcome::LinkedToAnother { account: holder.id, username: holder.username })
            }
            Some(_) | None => Ok(LinkOutcome::AlreadyLinked),
        }
    }

    /// Unlinks an identity, ends the sessions of its account (security rule C25), and returns that account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlink(&mut self, key: &IdentityKey) -> Result<Option<AccountId>, StoreError> {
        let statement =
            "DELETE FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3 RETURNING account_id";
        let Some(row) = self.sql.one(statement, key_values(key)).await? else { return Ok(None) };
        let account = AccountId::stored(row.get(0)?);
        self.lock_account(&account).await?;
        self.end_sessions_of(&account).await?;
        Ok(Some(account))
    }

    /// Waits for the logins and the changes of this account that are about to commit. After that, the account cannot
    /// change until this transaction ends. Call it before ending the account's sessions: on PostgreSQL, a session that
    /// is not committed yet is not visible (security rule C25).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_account(&mut self, account: &AccountId) -> Result<(), StoreError> {
        match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => {
                let statement = "SELECT 1 FROM account WHERE id = $1 FOR NO KEY UPDATE";
                self.sql.one(statement, [account.as_str().into()]).await.map(|_| ())
            }
            // SQLite has one writer at a time.
            _ => Ok(()),
        }
    }

    /// Whether an identity is linked to this account. If so, it stays linked until this transaction ends.
    ///
    /// Takes no lock on the account: otherwise two changes of one password could deadlock.
    pub(super) async fn lock_link(&mut self, key: &IdentityKey, account: &AccountId) -> Result<bool, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => {
                "SELECT account_id FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3 FOR SHARE"
            }
            _ => "SELECT account_id FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3",
        };
        let Some(row) = self.sql.one(statement, key_values(key)).await? else { return Ok(false) };
        Ok(row.get::<String>(0)? == account.as_str())
    }

    /// Links an identity to an account. `false`: the identity is linked already.
    pub(super) async fn insert_link(
        &mut self,
        key: &IdentityKey,
        account: &AccountId,
        client_id: Option<&str>,
    ) -> Result<bool, StoreError> {
        let statement = "INSERT INTO identity (provider, issuer, subject, account_id, client_id, created_at) \
                         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, issuer, subject) DO NOTHING";
        let [provider, issuer, subject] = key_values(key);
        let more: [Value; 3] = [account.as_str().into(), client_id.into(), micros(self.now).into()];
        Ok(self.sql.run(statement, [provider, issuer, subject].into_iter().chain(more)).await? == 1)
    }
}

impl Store {
    /// The identities that are linked to an account, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_of(&self, account: &AccountId) -> Result<Vec<LinkedIdentity>, StoreError> {
        let statement = "SELECT i.provider, i.issuer, i.subject, i.account_id, a.username, i.client_id, i.created_at \
                         FROM identity i JOIN account a ON a.id = i.account_id WHERE i.account_id = $1 \
                         ORDER BY i.created_at, i.provider, i.issuer, i.subject";
        self.reader.all(statement, [account.as_str().into()]).await?.iter().map(linked_identity).collect()
    }

    /// All identities, in the order of their accounts' names, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities(&self, limit: u32) -> Result<Vec<LinkedIdentity>, StoreError> {
        let statement = "SELECT i.provider, i.issuer, i.subject, i.account_id, a.username, i.client_id, i.created_at \
                         FROM identity i JOIN account a ON a.id = i.account_id \
                         ORDER BY a.username_folded, i.provider, i.issuer, i.subject LIMIT $1";
        self.reader.all(statement, [i64::from(limit).into()]).await?.iter().map(linked_identity).collect()
    }

    /// The subjects under a provider and an issuer, at most `limit`, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subjects_of(
        &self,
        provider: &ProviderId,
        issuer: &Issuer,
        limit: u32,
    ) -> Result<Vec<Subject>, StoreError> {
        let statement = "SELECT subject FROM identity WHERE provider = $1 AND issuer = $2 ORDER BY subject LIMIT $3";
        let values: [Value; 3] =
            [provider.as_str().into(), issuer.as_str().as_bytes().to_vec().into(), i64::from(limit).into()];
        self.reader.all(statement, values).await?.iter().map(|row| Ok(Subject::from(row.text(0)?))).collect()
    }

    /// Identities of a provider, all of them or those under one issuer, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_at(
        &self,
        provider: &ProviderId,
        issuer: Option<&Issuer>,
        limit: u32,
    ) -> Result<Vec<IdentityKey>, StoreError> {
        let statement = match issuer {
            Some(_) => "SELECT issuer, subject FROM identity WHERE provider = $1 AND issuer = $3 LIMIT $2",
            None => "SELECT issuer, subject FROM identity WHERE provider = $1 LIMIT $2",
        };
        let values: [Value; 2] = [provider.as_str().into(), i64::from(limit).into()];
        let issuer = issuer.map(|issuer| issuer.as_str().as_bytes().to_vec().into());
        let key = |row: &Row| {
            let (issuer, subject) = (Issuer::from(row.text(0)?), Subject::from(row.text(1)?));
            Ok(IdentityKey { provider: provider.clone(), issuer, subject })
        };
        self.reader.all(statement, values.into_iter().chain(issuer)).await?.iter().map(key).collect()
    }

    /// How many identities each issuer has, by provider. Reads all identities.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_by_issuer(&self) -> Result<Vec<IssuerCount>, StoreError> {
        let statement = "SELECT provider, issuer, COUNT(*) FROM identity GROUP BY provider, issuer \
                         ORDER BY provider, issuer";
        let counted = |row: &Row| {
            let identities = u64::try_from(row.get::<i64>(2)?).unwrap_or(0);
            Ok(IssuerCount { provider: row.parsed(0)?, issuer: Issuer::from(row.text(1)?), identities })
        };
        self.reader.all(statement, []).await?.iter().map(counted).collect()
    }

    /// How many identities of one provider came through each client id but `current`. Identities that an admin linked
    /// came through none, and are not counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_by_other_client(
        &self,
        provider: &ProviderId,
        current: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let statement = "SELECT client_id, COUNT(*) FROM identity WHERE provider = $1 AND client_id <> $2 \
                         GROUP BY client_id ORDER BY client_id";
        let counted = |row: &Row| Ok((row.get::<String>(0)?, u64::try_from(row.get::<i64>(1)?).unwrap_or(0)));
        self.reader.all(statement, [provider.as_str().into(), current.into()]).await?.iter().map(counted).collect()
    }
}

fn linked_identity(row: &Row) -> Result<LinkedIdentity, StoreError> {
    Ok(LinkedIdentity {
        key: IdentityKey {
            provider: row.parsed(0)?,
            issuer: Issuer::from(row.text(1)?),
            subject: Subject::from(row.text(2)?),
        },
        account: AccountId::stored(row.get(3)?),
        username: row.parsed(4)?,
        client_id: row.get(5)?,
        created_at: row.time(6)?,
    })
}

pub(super) fn key_values(key: &IdentityKey) -> [Value; 3] {
    let bytes = |text: &str| Value::from(text.as_bytes().to_vec());
    [key.provider.as_str().into(), bytes(key.issuer.as_str()), bytes(key.subject.as_str())]
}
