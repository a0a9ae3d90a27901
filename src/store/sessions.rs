//! Our own sessions. Only the browser has a session's id; the database has its hash.

use std::collections::{BTreeMap, HashMap};

use async_trait::async_trait;
use sea_orm::Value as SqlValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, Result as SessionResult, SessionStore};

use super::accounts::account_from;
use super::sql::{Row, micros};
use super::suspensions::not_suspended;
use super::{Lifetimes, SessionOrigin, Store, StoreError, Transaction};
use crate::base::clock::is_in_future;
use crate::base::ids::{AccountId, Issuer, ProviderId, Sid, Subject};
use crate::base::random;
use crate::base::secret::sha256;
use crate::signin::account::{Account, Profile};
use crate::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};

/// The login that a session comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLogin {
    pub account: AccountId,
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub profile: Profile,
    /// The provider's settings that `profile` relies on.
    #[serde(default)]
    pub settings: SettingsFingerprint,
    /// When the person last proved who they are, if the provider says so.
    #[serde(with = "time::serde::timestamp::option")]
    pub auth_time: Option<OffsetDateTime>,
    #[serde(with = "time::serde::timestamp")]
    pub started_at: OffsetDateTime,
    #[serde(default, skip_serializing_if = "ProviderSession::is_unknown")]
    pub provider_session: ProviderSession,
    /// Whether the provider was asked to authenticate the person again at this sign-in.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reauthenticated: bool,
}

/// A session that has not ended, and its account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiveSession {
    pub id: Id,
    pub signed_in: SessionLogin,
    /// The account as it is now, not as it was at the login.
    pub account: Account,
    pub expires_at: OffsetDateTime,
}

/// A session that this transaction has found live. Only [`Transaction::lock_session`] makes one.
#[derive(Debug)]
pub struct LockedSession {
    id: Id,
    signed_in: SessionLogin,
}

impl LiveSession {
    /// The new end of a session that is used now. `None`: it is so little later that a write is not worth it.
    fn later_end(&self, lifetimes: Lifetimes, now: OffsetDateTime) -> Option<OffsetDateTime> {
        let end = lifetimes.end(self.signed_in.started_at, now);
        (end - self.expires_at >= lifetimes.idle / 20 && end > self.expires_at).then_some(end)
    }
}

impl LockedSession {
    #[must_use]
    pub fn signed_in(&self) -> &SessionLogin {
        &self.signed_in
    }
}

impl SessionLogin {
    pub(super) fn key(&self) -> IdentityKey {
        let Self { provider, issuer, subject, .. } = self;
        IdentityKey { provider: provider.clone(), issuer: issuer.clone(), subject: subject.clone() }
    }
}

impl Transaction {
    /// Opens a session under a new id (security rule C37), with a new public id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn open_session(
        &mut self,
        signed_in: &SessionLogin,
        expires_at: OffsetDateTime,
        origin: SessionOrigin<'_>,
    ) -> Result<Id, StoreError> {
        let id = fresh_id();
        let values: [SqlValue; 9] = [
            hash(&id).into(),
            signed_in.account.as_str().into(),
            signed_in.provider.as_str().into(),
            session_data(signed_in).into(),
            micros(expires_at).into(),
            Sid::fresh(signed_in.started_at).as_str().into(),
            micros(signed_in.started_at).into(),
            origin.network.into(),
            origin.agent.map(|agent| agent.to_string()).into(),
        ];
        let statement = "INSERT INTO session (id_hash, account_id, provider, data, expires_at, sid, started_at, \
                         network, agent) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        self.sql.run(statement, values).await?;
        Ok(id)
    }

    /// Ends a session. Returns whether it existed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&mut self, id: Id) -> Result<bool, StoreError> {
        Ok(self.sql.run(DELETE, [hash(&id).into()]).await? == 1)
    }

    /// The session, if it has not ended and belongs to this account. Its identity stays linked until this transaction
    /// ends. Call this before writing to the account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_session(&mut self, id: Id, account: &AccountId) -> Result<Option<LockedSession>, StoreError> {
        let statement = concat!(
            "SELECT s.data FROM session s JOIN account a ON a.id = s.account_id \
             WHERE s.id_hash = $1 AND s.expires_at > $2 AND a.id = $3 AND a.disabled_at IS NULL AND ",
            not_suspended!("s.provider")
        );
        let values = [hash(&id).into(), micros(self.now).into(), account.as_str().into()];
        let Some(row) = self.sql.one(statement, values).await? else { return Ok(None) };
        let signed_in = signed_in_of(&data(&row)?).ok_or_else(|| row.damaged("session"))?;
        let still_linked = self.lock_link(&signed_in.key(), account).await?;
        Ok(still_linked.then_some(LockedSession { id, signed_in }))
    }

    /// Gives the session a new id (security rule C37). Its public id stays. `None`: it ended meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replace_session_id(
        &mut self,
        held: &LockedSession,
        expires_at: OffsetDateTime,
    ) -> Result<Option<Id>, StoreError> {
        let id = fresh_id();
        let statement = "UPDATE session SET id_hash = $2, expires_at = $3 WHERE id_hash = $1";
        let values = [hash(&held.id).into(), hash(&id).into(), micros(expires_at).into()];
        Ok((self.sql.run(statement, values).await? == 1).then_some(id))
    }

    /// Ends all sessions of an account. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_of(&mut self, account: &AccountId) -> Result<u64, StoreError> {
        self.sql.run("DELETE FROM session WHERE account_id = $1", [account.as_str().into()]).await
    }

    /// Ends all sessions of an account but one (security rule C25).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions_of(&mut self, account: &AccountId, stays: Id) -> Result<u64, StoreError> {
        let statement = "DELETE FROM session WHERE account_id = $1 AND id_hash <> $2";
        self.sql.run(statement, [account.as_str().into(), hash(&stays).into()]).await
    }
}

impl Store {
    /// The session of this id. `None`: it has ended, its account is disabled, or its provider is suspended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn live_session(&self, id: Id, now: OffsetDateTime) -> Result<Option<LiveSession>, StoreError> {
        let statement = concat!(
            "SELECT s.data, s.expires_at, a.id, a.username, a.disabled_by, a.disabled_at, a.version, g.name \
             FROM session s JOIN account a ON a.id = s.account_id \
             LEFT JOIN account_group g ON g.account_id = a.id \
             WHERE s.id_hash = $1 AND s.expires_at > $2 AND a.disabled_at IS NULL AND ",
            not_suspended!("s.provider")
        );
        let rows = self.reader.all(statement, [hash(&id).into(), micros(now).into()]).await?;
        let (Some(account), Some(row)) = (account_from(&rows, 2)?, rows.first()) else { return Ok(None) };
        let signed_in = signed_in_of(&data(row)?).ok_or_else(|| row.damaged("session"))?;
        Ok(Some(LiveSession { id, signed_in, account, expires_at: row.time(1)? }))
    }

    /// Extends a session that is used. To save writes, it writes at most once per twentieth of the idle time. A session
    /// that began in the future counts as begun now. Returns whether it wrote.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch(
        &self,
        session: &LiveSession,
        lifetimes: Lifetimes,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        if is_in_future(session.signed_in.started_at, now) {
            return self.correct_session(session, lifetimes, now).await;
        }
        let Some(end) = session.later_end(lifetimes, now) else { return Ok(false) };
        let statement = "UPDATE session SET expires_at = $2 WHERE id_hash = $1 AND expires_at < $2";
        Ok(self.writer.run(statement, [hash(&session.id).into(), micros(end).into()]).await? == 1)
    }

    /// Ends a session. Returns whether it existed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, id: Id) -> Result<bool, StoreError> {
        Ok(self.writer.run(DELETE, [hash(&id).into()]).await? == 1)
    }
}

/// The key of the login in a session's data.
const SIGNED_IN: &str = "signed_in";
const DELETE: &str = "DELETE FROM session WHERE id_hash = $1";

pub(super) type Data = HashMap<String, Value>;

pub(super) fn fresh_id() -> Id {
    Id(i128::from_be_bytes(random::bytes()))
}

/// A session's data, in the session crate's format.
pub(super) fn session_data(signed_in: &SessionLogin) -> Vec<u8> {
    // Texts, numbers, sets and bools: JSON can hold them all. Each login does this, so it takes no way by a `Value`.
    serde_json::to_vec(&BTreeMap::from([(SIGNED_IN, signed_in)])).unwrap_or_default()
}

pub(super) fn hash(id: &Id) -> Vec<u8> {
    sha256(&id.0.to_be_bytes()).to_vec()
}

pub(super) fn data(row: &Row) -> Result<Data, StoreError> {
    serde_json::from_slice(&row.get::<Vec<u8>>(0)?).map_err(|_| row.damaged("session"))
}

pub(super) fn signed_in_of(data: &Data) -> Option<SessionLogin> {
    data.get(SIGNED_IN).and_then(|value| SessionLogin::deserialize(value).ok())
}

/// The session crate's own interface. A login opens its session in [`Store::end_login`] instead.
#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> SessionResult<()> {
        let statement = "INSERT INTO session (id_hash, account_id, provider, data, expires_at) \
                         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (id_hash) DO NOTHING";
        while self.writer.run(statement, values(record)?).await.map_err(backend)? == 0 {
            record.id = fresh_id();
        }
        Ok(())
    }

    /// Updates a session. Does not restore a session that ended meanwhile.
    async fn save(&self, record: &Record) -> SessionResult<()> {
        let statement =
            "UPDATE session SET account_id = $2, provider = $3, data = $4, expires_at = $5 WHERE id_hash = $1";
        self.writer.run(statement, values(record)?).await.map(|_| ()).map_err(backend)
    }

    async fn load(&self, id: &Id) -> SessionResult<Option<Record>> {
        let statement = "SELECT data, expires_at FROM session WHERE id_hash = $1 AND expires_at > $2";
        let now = micros(self.clock.now());
        let row = self.reader.one(statement, [hash(id).into(), now.into()]).await.map_err(backend)?;
        let Some(row) = row else { return Ok(None) };
        let data = data(&row).map_err(|why| Error::Decode(why.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: row.time(1).map_err(backend)? }))
    }

    async fn delete(&self, id: &Id) -> SessionResult<()> {
        self.end_session(*id).await.map(|_| ()).map_err(backend)
    }
}

fn values(record: &Record) -> SessionResult<[SqlValue; 5]> {
    let signed_in = signed_in_of(&record.data);
    let (account, provider) = signed_in.map(|it| (it.account.as_str().to_owned(), String::from(it.provider))).unzip();
    // Without the id: the database must not hold the cookie's value.
    let data = serde_json::to_vec(&record.data).map_err(|why| Error::Encode(why.to_string()))?;
    Ok([hash(&record.id).into(), account.into(), provider.into(), data.into(), micros(record.expiry_date).into()])
}

#[expect(clippy::needless_pass_by_value, reason = "map_err passes the error by value")]
fn backend(why: StoreError) -> Error {
    Error::Backend(why.to_string())
}
