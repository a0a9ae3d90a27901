//! Link requests: identities that no account has, whose owners are asked whether they have an account.
//!
//! All transactions lock in this order: link request, identities, accounts, sessions.

use sea_orm::{ConnectionTrait as _, DbBackend, Value};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::identities::key_values;
use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Issuer, LinkRequestId, LinkRequestSecret, SessionBinding, Subject};
use crate::base::username::Username;
use crate::signin::account::Profile;
use crate::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};
use crate::signin::link::request::{AccountProof, LinkRequest, LinkState, REQUEST_TIMEOUT};

/// A link request as the database has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredLinkRequest {
    pub id: LinkRequestId,
    pub request: LinkRequest,
    /// What the provider said of the identity. `None`: the request is finished.
    pub login: Option<AskedLogin>,
    /// Where the sign-in leads, as JSON.
    pub destination: String,
    /// The session in which the person adds a sign-in method. `None`: this is a first login.
    pub session: Option<SessionBinding>,
}

/// What the provider said at the sign-in with the new identity. The session that opens later is one of this sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AskedLogin {
    pub profile: Profile,
    /// The provider's settings that `profile` relies on.
    pub settings: SettingsFingerprint,
    #[serde(with = "time::serde::timestamp::option")]
    pub auth_time: Option<OffsetDateTime>,
    #[serde(default, skip_serializing_if = "ProviderSession::is_unknown")]
    pub provider_session: ProviderSession,
    /// The name of a new account, if the person may have one.
    pub wished: Option<Username>,
    /// The username that an admin may give the person.
    #[serde(default)]
    pub suggested: Option<Username>,
}

/// A request to store.
#[derive(Debug, Clone, Copy)]
pub struct NewLinkRequest<'r> {
    pub identity: &'r IdentityKey,
    pub login: &'r AskedLogin,
    /// As JSON.
    pub destination: &'r str,
    pub session: Option<SessionBinding>,
}

const ASKED: &str = "asked";
const PROVED: &str = "proved";
const FINISHED: &str = "finished";

macro_rules! select_request {
    ($rest:literal) => {
        concat!(
            "SELECT provider, issuer, subject, login, destination, state, account_id, account_version, \
             proof_provider, proof_issuer, proof_subject, proof_freshness, proved_at, expires_at, session \
             FROM link_request WHERE id = $1",
            $rest
        )
    };
}

impl Transaction {
    /// Stores a request, and returns the secret that leads to it. An identity has at most five requests: the oldest is
    /// removed.
    pub(super) async fn ask_to_link(&mut self, new: NewLinkRequest<'_>) -> Result<LinkRequestSecret, StoreError> {
        let secret = LinkRequestSecret::fresh();
        let login = serde_json::to_string(new.login).unwrap_or_default();
        let values: [Value; 7] = [
            secret.id().as_bytes().to_vec().into(),
            login.into(),
            new.destination.into(),
            ASKED.into(),
            micros(self.now).into(),
            micros(self.now + REQUEST_TIMEOUT).into(),
            new.session.map(|session| session.as_bytes().to_vec()).into(),
        ];
        let statement = "INSERT INTO link_request (provider, issuer, subject, id, login, destination, state, \
                         created_at, expires_at, session) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        self.sql.run(statement, key_values(new.identity).into_iter().chain(values)).await?;
        let statement = "DELETE FROM link_request WHERE provider = $1 AND issuer = $2 AND subject = $3 AND id NOT IN \
                         (SELECT id FROM link_request WHERE provider = $1 AND issuer = $2 AND subject = $3 \
                         ORDER BY created_at DESC, id LIMIT 5)";
        self.sql.run(statement, key_values(new.identity)).await?;
        Ok(secret)
    }

    /// The request, which no other transaction changes until this one ends.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_link_request(&mut self, id: LinkRequestId) -> Result<Option<StoredLinkRequest>, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => select_request!(" FOR UPDATE"),
            _ => select_request!(""),
        };
        let row = self.sql.one(statement, [id.as_bytes().to_vec().into()]).await?;
        row.as_ref().map(|row| stored_request(row, id)).transpose()
    }

    /// Keeps the proof of an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prove_link_request(&mut self, id: LinkRequestId, proof: &AccountProof) -> Result<(), StoreError> {
        let version = i64::try_from(proof.version).unwrap_or(i64::MAX);
        let [provider, issuer, subject] = key_values(&proof.by);
        let values: [Value; 9] = [
            id.as_bytes().to_vec().into(),
            PROVED.into(),
            proof.account.as_str().into(),
            version.into(),
            provider,
            issuer,
            subject,
            proof.freshness.as_str().into(),
            micros(proof.at).into(),
        ];
        let statement = "UPDATE link_request SET state = $2, account_id = $3, account_version = $4, \
                         proof_provider = $5, proof_issuer = $6, proof_subject = $7, proof_freshness = $8, \
                         proved_at = $9 WHERE id = $1";
        self.sql.run(statement, values).await.map(|_| ())
    }

    /// Drops the proof: the person is asked again.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reopen_link_request(&mut self, id: LinkRequestId) -> Result<(), StoreError> {
        let statement = "UPDATE link_request SET state = $2, account_id = NULL, account_version = NULL, \
                         proof_provider = NULL, proof_issuer = NULL, proof_subject = NULL, proof_freshness = NULL, \
                         proved_at = NULL WHERE id = $1";
        self.sql.run(statement, [id.as_bytes().to_vec().into(), ASKED.into()]).await.map(|_| ())
    }

    /// Ends a request. What the provider said is removed. The row stays until it expires, so that a second click finds
    /// out that the first one did its work.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn finish_link_request(&mut self, id: LinkRequestId) -> Result<(), StoreError> {
        let statement = "UPDATE link_request SET state = $2, login = NULL WHERE id = $1";
        self.sql.run(statement, [id.as_bytes().to_vec().into(), FINISHED.into()]).await.map(|_| ())
    }
}

impl Store {
    /// The request of this id, also one that has expired or is finished, as long as its row is kept.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link_request(&self, id: LinkRequestId) -> Result<Option<StoredLinkRequest>, StoreError> {
        let row = self.reader.one(select_request!(""), [id.as_bytes().to_vec().into()]).await?;
        row.as_ref().map(|row| stored_request(row, id)).transpose()
    }
}

fn stored_request(row: &Row, id: LinkRequestId) -> Result<StoredLinkRequest, StoreError> {
    let identity = IdentityKey {
        provider: row.parsed(0)?,
        issuer: Issuer::from(row.text(1)?),
        subject: Subject::from(row.text(2)?),
    };
    let state = match row.get::<String>(5)?.as_str() {
        ASKED => LinkState::Asked,
        FINISHED => LinkState::Finished,
        PROVED => LinkState::Proved(AccountProof {
            account: AccountId::stored(row.get(6)?),
            version: u64::try_from(row.get::<i64>(7)?).unwrap_or_default(),
            by: IdentityKey {
                provider: row.parsed(8)?,
                issuer: Issuer::from(row.text(9)?),
                subject: Subject::from(row.text(10)?),
            },
            freshness: row.parsed(11)?,
            at: row.time(12)?,
        }),
        _ => return Err(row.damaged("link request")),
    };
    let login = row.get::<Option<String>>(3)?;
    let login = login.map(|json| serde_json::from_str(&json).map_err(|_| row.damaged("link request"))).transpose()?;
    let request = LinkRequest { identity, state, expires_at: row.time(13)? };
    let session = row.get::<Option<Vec<u8>>>(14)?.as_deref().and_then(SessionBinding::stored);
    Ok(StoredLinkRequest { id, request, login, destination: row.get(4)?, session })
}
