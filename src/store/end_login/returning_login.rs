//! The end of a login of somebody known: spent, a session, a row in the audit, in one statement and one commit.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::account_cache::as_seen;
use crate::base::ids::{AppId, LoginId};
use crate::signin::identify::{IdentityKey, PasswordGeneration};
use crate::signin::permit::Account;
use crate::store::sql::micros;
use crate::store::{SignedIn, Store, StoreError, replay, sessions};

/// What such a login writes.
#[derive(Debug)]
pub struct KnownLogin<'l> {
    pub app: &'l AppId,
    pub signed_in: &'l SignedIn,
    /// Whom the rules were asked about.
    pub account: &'l Account,
    pub network: Option<&'l str>,
    /// The login begun elsewhere that this ends; a password typed here begins none.
    pub spends: Option<Spends>,
    /// The local password that was compared, if a local password proved the person.
    pub password: Option<PasswordGeneration>,
    /// The session that comes of it; an app that asks for its users leaves none.
    pub opens: Option<Opens>,
}

/// A login, and until when it is remembered as spent.
#[derive(Debug, Clone, Copy)]
pub struct Spends {
    pub login: LoginId,
    pub until: OffsetDateTime,
}

/// A session, and until when it holds.
#[derive(Debug, Clone, Copy)]
pub struct Opens {
    pub until: OffsetDateTime,
    /// The session that this one takes the place of (security rule C37).
    pub replaced: Option<Id>,
}

/// The end is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownEnd {
    pub session: Option<Id>,
}

impl Store {
    /// Writes it all, or nothing: `None` when the login was spent before, or the account is no longer tied, not what it was
    /// when the rules were asked about it, or has another password than the one compared. What [`crate::store::Transaction`] writes step by step tells which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_known_login(&self, known: &KnownLogin<'_>) -> Result<Option<KnownEnd>, StoreError> {
        let signed_in = known.signed_in;
        debug_assert_eq!(signed_in.account, known.account.id);
        let opens = known.opens.map(|opens| (sessions::fresh_id(), opens));
        let values = [
            known.spends.map(|spends| replay::key(spends.login)).into(),
            micros(signed_in.started_at).into(),
            known.spends.map(|spends| micros(spends.until)).into(),
            known.app.as_str().into(),
            signed_in.provider.as_str().into(),
            signed_in.issuer.as_str().as_bytes().to_vec().into(),
            signed_in.subject.as_str().as_bytes().to_vec().into(),
            signed_in.account.as_str().into(),
            known.opens.and_then(|opens| opens.replaced).map(|old| sessions::hash(&old)).into(),
            opens.map(|(id, _)| sessions::hash(&id)).into(),
            opens.map(|_| sessions::written(signed_in)).into(),
            opens.map(|(_, opens)| micros(opens.until)).into(),
            known.network.into(),
            as_seen(known.account).into(),
            known.password.map(PasswordGeneration::number).into(),
        ];
        let key = IdentityKey {
            provider: signed_in.provider.clone(),
            issuer: signed_in.issuer.clone(),
            subject: signed_in.subject.clone(),
        };
        if !self.write_ending(values).await? {
            self.seen.forget(&key);
            return Ok(None);
        }
        self.seen.remember(key, known.account);
        Ok(Some(KnownEnd { session: opens.map(|(id, _)| id) }))
    }
}
