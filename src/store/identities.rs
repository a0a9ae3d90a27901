//! External identities and the accounts that they are linked to. Keys are compared byte for byte (security rule C21).

use sea_orm::{ConnectionTrait as _, DbBackend, Value};
use time::{Date, OffsetDateTime};

use super::sql::{Row, SECONDS_OF_A_DAY, day_of, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Issuer, Subject};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;
use crate::signin::link::LinkProof;
use crate::signin::link::request::Freshness;
use crate::signin::remembered_profile::{LastProfile, RememberedProfile};

/// An identity and the account that it is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkedIdentity {
    pub key: IdentityKey,
    pub account: AccountId,
    pub username: Username,
    /// Our client at the provider, if the provider knows clients.
    pub client_id: Option<String>,
    pub created_at: OffsetDateTime,
    pub proof: LinkProof,
    /// The admin who linked it. `None`: the person did.
    pub linked_by: Option<String>,
    /// The network of the person who linked it.
    pub linked_from: Option<String>,
    /// `None`: nobody has signed in with it, or no version that keeps the day has seen a sign-in.
    pub last_sign_in: Option<Date>,
    /// What gave the subject. `None`: nobody knows.
    pub subject_source: Option<String>,
    pub profile: Option<LastProfile>,
}

/// Why and by whom an identity is linked.
#[derive(Debug, Clone, Copy)]
pub struct NewLink<'l> {
    pub proof: LinkProof,
    /// The admin who links it. `None`: the person does.
    pub by: Option<&'l str>,
    /// The network of the person who links it.
    pub network: Option<&'l str>,
    /// Our client at the provider, if the identity came through one.
    pub client_id: Option<&'l str>,
    /// What gives the subject: a claim, several, a path or an attribute. `None`: nobody knows.
    pub subject_source: Option<&'l str>,
    /// The identity by which the person proved the account, and how fresh that proof was.
    pub proved_by: Option<(&'l IdentityKey, Freshness)>,
}

impl NewLink<'_> {
    /// A link without an admin, a network and a client.
    #[must_use]
    pub const fn of(proof: LinkProof) -> Self {
        Self { proof, by: None, network: None, client_id: None, subject_source: None, proved_by: None }
    }
}

/// The result of [`Transaction::link`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkOutcome {
    Linked {
        sessions_ended: u64,
    },
    /// The identity was linked to this account before, when something else gave the subject, or nobody knew what.
    SourceReplaced {
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

const SUBJECT_SOURCE: &str = "SELECT subject_source FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3";

macro_rules! select_linked {
    ($rest:literal) => {
        concat!(
            "SELECT i.provider, i.issuer, i.subject, i.account_id, a.username, i.client_id, i.created_at, i.proof, \
             i.linked_by, i.linked_from, i.last_sign_in, i.profile, i.subject_source \
             FROM identity i JOIN account a ON a.id = i.account_id ",
            $rest
        )
    };
}

impl Transaction {
    /// Links an identity to an account, unless it is linked already. The account's sessions end (security rule C25).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link(
        &mut self,
        key: &IdentityKey,
        account: &AccountId,
        link: NewLink<'_>,
    ) -> Result<LinkOutcome, StoreError> {
        if self.insert_link(key, account, link).await? {
            self.lock_account(account).await?;
            let sessions_ended = self.end_sessions_of(account).await?;
            return Ok(LinkOutcome::Linked { sessions_ended });
        }
        // Without a lock: otherwise two callers that write to the account next could deadlock.
        match self.account_by_identity_unlocked(key).await? {
            Some(holder) if holder.id != *account => {
                Ok(LinkOutcome::LinkedToAnother { account: holder.id, username: holder.username })
            }
            Some(_) if self.replace_subject_source(key, link.subject_source).await? => {
                self.lock_account(account).await?;
                Ok(LinkOutcome::SourceReplaced { sessions_ended: self.end_sessions_of(account).await? })
            }
            Some(_) | None => Ok(LinkOutcome::AlreadyLinked),
        }
    }

    /// Unlinks an identity, ends the sessions of its account (security rule C25), and returns that account and how many
    /// sessions ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unlink(&mut self, key: &IdentityKey) -> Result<Option<(AccountId, u64)>, StoreError> {
        let statement =
            "DELETE FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3 RETURNING account_id";
        let Some(row) = self.sql.one(statement, key_values(key)).await? else { return Ok(None) };
        let account = AccountId::stored(row.get(0)?);
        self.lock_account(&account).await?;
        self.update_search_terms(&account).await?;
        let sessions_ended = self.end_sessions_of(&account).await?;
        Ok(Some((account, sessions_ended)))
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
        link: NewLink<'_>,
    ) -> Result<bool, StoreError> {
        let statement = "INSERT INTO identity (provider, issuer, subject, account_id, client_id, created_at, proof, \
                         linked_by, linked_from, subject_source, proof_identity, proof_freshness) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) \
                         ON CONFLICT (provider, issuer, subject) DO NOTHING";
        let proved_by = link.proved_by.map(|(IdentityKey { provider, issuer, subject }, _)| {
            serde_json::json!({ "provider": provider, "issuer": issuer, "subject": subject }).to_string()
        });
        let more: [Value; 9] = [
            account.as_str().into(),
            link.client_id.into(),
            micros(self.now).into(),
            link.proof.as_str().into(),
            link.by.into(),
            link.network.into(),
            link.subject_source.into(),
            proved_by.into(),
            link.proved_by.map(|(_, freshness)| freshness.as_str()).into(),
        ];
        Ok(self.sql.run(statement, key_values(key).into_iter().chain(more)).await? == 1)
    }

    /// What gave the subject of an identity. `None`: nobody knows.
    pub(super) async fn subject_source(&mut self, key: &IdentityKey) -> Result<Option<String>, StoreError> {
        let row = self.sql.one(SUBJECT_SOURCE, key_values(key)).await?;
        Ok(row.map(|row| row.get(0)).transpose()?.flatten())
    }

    /// Says what gives the subject of an identity from now on. `false`: it did so before. The digest also stands for
    /// the former source, so it goes (security rule C21).
    async fn replace_subject_source(&mut self, key: &IdentityKey, source: Option<&str>) -> Result<bool, StoreError> {
        let Some(source) = source else { return Ok(false) };
        let statement = "UPDATE identity SET subject_source = $4, profile_digest = NULL \
                         WHERE provider = $1 AND issuer = $2 AND subject = $3 \
                         AND (subject_source IS NULL OR subject_source <> $4)";
        Ok(self.sql.run(statement, key_values(key).into_iter().chain([source.into()])).await? == 1)
    }

    /// Keeps the profile that the provider has just sent, what gave the subject, and the day of this sign-in, unless
    /// something else gave the subject before. Call it before the identity and its account are locked for sharing: on
    /// PostgreSQL, two logins could wait for each other otherwise.
    pub(super) async fn remember_sign_in(
        &mut self,
        key: &IdentityKey,
        profile: &RememberedProfile,
        source: &str,
    ) -> Result<(), StoreError> {
        let statement = "UPDATE identity SET profile = $4, profile_digest = $5, last_sign_in = $6, subject_source = $7 \
                         WHERE provider = $1 AND issuer = $2 AND subject = $3 \
                         AND (subject_source IS NULL OR subject_source = $7 \
                              AND (profile_digest IS NULL OR profile_digest <> $5 OR last_sign_in < $6)) \
                         RETURNING account_id";
        let day = day_of(self.now);
        let more: [Value; 4] =
            [profile.json.as_str().into(), profile.digest(source).to_vec().into(), day.into(), source.into()];
        let row = self.sql.one(statement, key_values(key).into_iter().chain(more)).await?;
        match row {
            Some(row) => self.update_search_terms(&AccountId::stored(row.get(0)?)).await,
            None => Ok(()),
        }
    }
}

impl Store {
    /// What gave the subject of an identity. `None`: nobody knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subject_source(&self, key: &IdentityKey) -> Result<Option<String>, StoreError> {
        let row = self.reader.one(SUBJECT_SOURCE, key_values(key)).await?;
        Ok(row.map(|row| row.get(0)).transpose()?.flatten())
    }

    /// The identities that are linked to an account, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_of(&self, account: &AccountId) -> Result<Vec<LinkedIdentity>, StoreError> {
        let statement =
            select_linked!("WHERE i.account_id = $1 ORDER BY i.created_at, i.provider, i.issuer, i.subject");
        self.reader.all(statement, [account.as_str().into()]).await?.iter().map(linked_identity).collect()
    }

    /// All identities, in the order of their accounts' names, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities(&self, limit: u32) -> Result<Vec<LinkedIdentity>, StoreError> {
        let statement = select_linked!("ORDER BY a.username_folded, i.provider, i.issuer, i.subject LIMIT $1");
        self.reader.all(statement, [i64::from(limit).into()]).await?.iter().map(linked_identity).collect()
    }
}

pub(super) fn linked_identity(row: &Row) -> Result<LinkedIdentity, StoreError> {
    Ok(LinkedIdentity {
        key: key_in(row)?,
        account: AccountId::stored(row.get(3)?),
        username: row.parsed(4)?,
        client_id: row.get(5)?,
        created_at: row.time(6)?,
        proof: row.parsed(7)?,
        linked_by: row.get(8)?,
        linked_from: row.get(9)?,
        last_sign_in: row.get::<Option<i64>>(10)?.and_then(date),
        subject_source: row.get(12)?,
        profile: row.get::<Option<String>>(11)?.and_then(|json| serde_json::from_str(&json).ok()),
    })
}

/// The key in the first three columns.
pub(super) fn key_in(row: &Row) -> Result<IdentityKey, StoreError> {
    Ok(IdentityKey {
        provider: row.parsed(0)?,
        issuer: Issuer::from(row.text(1)?),
        subject: Subject::from(row.text(2)?),
    })
}

/// The date of a day that is counted from 1970-01-01.
pub(super) fn date(day: i64) -> Option<Date> {
    OffsetDateTime::from_unix_timestamp(day.checked_mul(SECONDS_OF_A_DAY)?).ok().map(OffsetDateTime::date)
}

pub(super) fn key_values(key: &IdentityKey) -> [Value; 3] {
    let bytes = |text: &str| Value::from(text.as_bytes().to_vec());
    [key.provider.as_str().into(), bytes(key.issuer.as_str()), bytes(key.subject.as_str())]
}
