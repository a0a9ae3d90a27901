//! Access requests: people whose identities no account has, and who ask to be let in.
//!
//! All transactions lock in this order: link request, access request, identities, accounts, sessions.

use sea_orm::{ConnectionTrait as _, DbBackend, Value};
use serde::Serialize;
use time::OffsetDateTime;

use super::identities::key_values;
use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccessRequestId, AccountId, AppId, Issuer, ProviderId, Subject};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::signin::remembered_profile::LastProfile;

/// An access request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccessRequest {
    pub id: AccessRequestId,
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    /// What gives the subject at the provider.
    pub subject_source: String,
    /// What the provider said, as far as the config lets it be kept.
    pub profile: LastProfile,
    /// The username that the provider's template suggests.
    pub wished: Option<Username>,
    pub message: RequestText,
    /// What the person wanted to enter. `None`: a page of our own.
    pub app: Option<AppId>,
    pub room: Option<String>,
    /// How often the person asked.
    pub count: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub first_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
    pub state: AccessState,
    /// The account that the identity was linked to.
    pub account: Option<AccountId>,
    /// The admin who decided. `None` with a time: the person linked the identity themselves.
    pub decided_by: Option<String>,
    #[serde(with = "time::serde::rfc3339::option")]
    pub decided_at: Option<OffsetDateTime>,
    /// The admin's words to the person.
    pub note: Option<RequestText>,
}

impl AccessRequest {
    #[must_use]
    pub fn identity(&self) -> IdentityKey {
        let (issuer, subject) = (self.issuer.clone(), self.subject.clone());
        IdentityKey { provider: self.provider.clone(), issuer, subject }
    }

    /// The state, and when an admin decided.
    #[must_use]
    pub fn standing(&self) -> (AccessState, Option<OffsetDateTime>) {
        (self.state, self.decided_at)
    }
}

/// A decision about an access request.
#[derive(Debug, Clone, Copy)]
pub struct AccessDecision<'d> {
    pub state: AccessState,
    pub by: &'d str,
    pub note: Option<&'d RequestText>,
    pub account: Option<&'d AccountId>,
}

macro_rules! select_request {
    ($rest:literal) => {
        concat!(
            "SELECT id, provider, issuer, subject, subject_source, profile, wished, message, app, room, count, \
             first_at, last_at, state, account_id, decided_by, decided_at, note FROM access_request ",
            $rest
        )
    };
}

/// The request that waits, or else the latest one.
const LATEST: &str = select_request!(
    "WHERE provider = $1 AND issuer = $2 AND subject = $3 \
     ORDER BY CASE state WHEN 'waiting' THEN 0 ELSE 1 END, first_at DESC, id DESC LIMIT 1"
);
const LOCKED_LATEST: &str = select_request!(
    "WHERE provider = $1 AND issuer = $2 AND subject = $3 \
     ORDER BY CASE state WHEN 'waiting' THEN 0 ELSE 1 END, first_at DESC, id DESC LIMIT 1 FOR UPDATE"
);
const BY_ID: &str = select_request!("WHERE id = $1");
const LOCKED_BY_ID: &str = select_request!("WHERE id = $1 FOR UPDATE");
const WAITING: &str = select_request!("WHERE state = 'waiting' ORDER BY last_at DESC, id LIMIT $1");
const ALL: &str = select_request!("ORDER BY last_at DESC, id LIMIT $1");
const OF_ACCOUNT: &str = select_request!(
    "WHERE account_id = $1 OR EXISTS (SELECT 1 FROM identity i WHERE i.account_id = $1 \
     AND i.provider = access_request.provider AND i.issuer = access_request.issuer \
     AND i.subject = access_request.subject) ORDER BY first_at, id"
);
const COUNT_WAITING: &str =
    "SELECT count(*) FROM (SELECT 1 AS one FROM access_request WHERE state = 'waiting' LIMIT $1) AS waiting";

impl Transaction {
    /// The request of an identity that waits, or else its latest one. No other transaction changes it until this one
    /// ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_access_request_of(&mut self, key: &IdentityKey) -> Result<Option<AccessRequest>, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => LOCKED_LATEST,
            _ => LATEST,
        };
        self.sql.one(statement, key_values(key)).await?.as_ref().map(access_request).transpose()
    }

    /// The request of this id, which no other transaction changes until this one ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_access_request(&mut self, id: &AccessRequestId) -> Result<Option<AccessRequest>, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => LOCKED_BY_ID,
            _ => BY_ID,
        };
        self.sql.one(statement, [id.as_str().into()]).await?.as_ref().map(access_request).transpose()
    }

    /// Stores a request. If the identity has one that waits, counts that up, and replaces what the person said. Returns
    /// the request as it is then.
    pub(super) async fn put_access_request(&mut self, new: &AccessRequest) -> Result<AccessRequest, StoreError> {
        let profile = serde_json::to_string(&new.profile).unwrap_or_default();
        let more: [Value; 9] = [
            new.id.as_str().into(),
            new.subject_source.as_str().into(),
            profile.into(),
            new.wished.as_ref().map(Username::as_str).into(),
            new.message.as_str().into(),
            new.app.as_ref().map(AppId::as_str).into(),
            new.room.as_deref().into(),
            micros(new.last_at).into(),
            AccessState::Waiting.as_str().into(),
        ];
        let statement = "INSERT INTO access_request (provider, issuer, subject, id, subject_source, profile, wished, \
                         message, app, room, count, first_at, last_at, state) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11, $11, $12) \
                         ON CONFLICT (provider, issuer, subject) WHERE state = 'waiting' DO UPDATE \
                         SET count = access_request.count + 1, last_at = excluded.last_at, \
                         message = excluded.message, app = excluded.app, room = excluded.room, \
                         profile = excluded.profile, wished = excluded.wished, \
                         subject_source = excluded.subject_source";
        let key = new.identity();
        self.sql.run(statement, key_values(&key).into_iter().chain(more)).await?;
        let stored = self.lock_access_request_of(&key).await?;
        stored.ok_or_else(|| StoreError::damaged(&self.sql.location, "access request"))
    }

    /// How many requests wait, counted up to `most`.
    pub(super) async fn count_waiting_access_requests(&mut self, most: u32) -> Result<u64, StoreError> {
        let row = self.sql.one(COUNT_WAITING, [i64::from(most).into()]).await?;
        counted(row.as_ref())
    }

    /// Writes a decision. The caller holds the lock of the request.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn decide_access_request(
        &mut self,
        id: &AccessRequestId,
        decision: AccessDecision<'_>,
    ) -> Result<(), StoreError> {
        let statement = "UPDATE access_request SET state = $2, decided_by = $3, decided_at = $4, note = $5, \
                         account_id = $6 WHERE id = $1";
        let values: [Value; 6] = [
            id.as_str().into(),
            decision.state.as_str().into(),
            decision.by.into(),
            micros(self.now).into(),
            decision.note.map(RequestText::as_str).into(),
            decision.account.map(AccountId::as_str).into(),
        ];
        self.sql.run(statement, values).await.map(|_| ())
    }

    /// The identity is linked to an account: nobody has to decide about its requests any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settle_access_requests_of(
        &mut self,
        key: &IdentityKey,
        (account, by): (&AccountId, Option<&str>),
    ) -> Result<(), StoreError> {
        let statement = "UPDATE access_request SET state = 'linked', account_id = $4, \
                         decided_by = COALESCE(decided_by, $5), decided_at = COALESCE(decided_at, $6) \
                         WHERE provider = $1 AND issuer = $2 AND subject = $3 AND state IN ('waiting', 'proving')";
        let more: [Value; 3] = [account.as_str().into(), by.into(), micros(self.now).into()];
        self.sql.run(statement, key_values(key).into_iter().chain(more)).await.map(|_| ())
    }

    /// Removes the requests of an account's identities, and those by which it got one. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_access_requests_of(&mut self, account: &AccountId) -> Result<u64, StoreError> {
        let statement = "DELETE FROM access_request WHERE account_id = $1 OR EXISTS (SELECT 1 FROM identity i \
                         WHERE i.account_id = $1 AND i.provider = access_request.provider \
                         AND i.issuer = access_request.issuer AND i.subject = access_request.subject)";
        self.sql.run(statement, [account.as_str().into()]).await
    }
}

impl Store {
    /// The request of an identity that waits, or else its latest one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_request_of(&self, key: &IdentityKey) -> Result<Option<AccessRequest>, StoreError> {
        self.reader.one(LATEST, key_values(key)).await?.as_ref().map(access_request).transpose()
    }

    /// # Errors
    /// When the database fails.
    pub async fn access_request(&self, id: &AccessRequestId) -> Result<Option<AccessRequest>, StoreError> {
        self.reader.one(BY_ID, [id.as_str().into()]).await?.as_ref().map(access_request).transpose()
    }

    /// The requests that wait, at most `limit`. Those of the last people who asked come first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn waiting_access_requests(&self, limit: u32) -> Result<Vec<AccessRequest>, StoreError> {
        self.reader.all(WAITING, [i64::from(limit).into()]).await?.iter().map(access_request).collect()
    }

    /// As [`Self::waiting_access_requests`], with those that were decided.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_requests(&self, limit: u32) -> Result<Vec<AccessRequest>, StoreError> {
        self.reader.all(ALL, [i64::from(limit).into()]).await?.iter().map(access_request).collect()
    }

    /// How many requests wait, counted up to `most`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_waiting_access_requests(&self, most: u32) -> Result<u64, StoreError> {
        let row = self.reader.one(COUNT_WAITING, [i64::from(most).into()]).await?;
        counted(row.as_ref())
    }

    /// The requests of an account's identities, and those by which it got one, oldest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_requests_of(&self, account: &AccountId) -> Result<Vec<AccessRequest>, StoreError> {
        self.reader.all(OF_ACCOUNT, [account.as_str().into()]).await?.iter().map(access_request).collect()
    }
}

fn counted(row: Option<&Row>) -> Result<u64, StoreError> {
    let count = row.map(|row| row.get::<i64>(0)).transpose()?.unwrap_or_default();
    Ok(u64::try_from(count).unwrap_or_default())
}

fn access_request(row: &Row) -> Result<AccessRequest, StoreError> {
    Ok(AccessRequest {
        id: row.parsed(0)?,
        provider: row.parsed(1)?,
        issuer: Issuer::from(row.text(2)?),
        subject: Subject::from(row.text(3)?),
        subject_source: row.get(4)?,
        profile: serde_json::from_str(&row.get::<String>(5)?).map_err(|_| row.damaged("access request"))?,
        wished: row.parsed_if_any(6)?,
        message: RequestText::stored(row.get(7)?),
        app: row.parsed_if_any(8)?,
        room: row.get(9)?,
        count: u64::try_from(row.get::<i64>(10)?).unwrap_or_default(),
        first_at: row.time(11)?,
        last_at: row.time(12)?,
        state: row.parsed(13)?,
        account: row.get::<Option<String>>(14)?.map(AccountId::stored),
        decided_by: row.get(15)?,
        decided_at: row.time_if_any(16)?,
        note: row.get::<Option<String>>(17)?.map(RequestText::stored),
    })
}
