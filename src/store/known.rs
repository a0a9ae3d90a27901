//! The end of a login of somebody known: spent, a session, a row in the audit, in one statement and one commit.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::sql::micros;
use super::{SignedIn, Store, StoreError, once, sessions};
use crate::base::ids::{AppId, LoginId};

/// What such a login writes.
#[derive(Debug)]
pub struct KnownLogin<'l> {
    pub login: LoginId,
    pub app: &'l AppId,
    pub signed_in: &'l SignedIn,
    /// Until when the login is remembered as spent, and the session holds.
    pub spent_until: OffsetDateTime,
    pub session_until: OffsetDateTime,
    /// The session that this one takes the place of (security rule C37).
    pub replaced: Option<Id>,
    pub network: Option<&'l str>,
}

impl Store {
    /// Writes it all, or nothing: `None` when the login was spent before, or its account is no longer tied or was
    /// switched off. What [`super::Transaction`] writes step by step tells which.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_known_login(&self, known: &KnownLogin<'_>) -> Result<Option<Id>, StoreError> {
        let (id, signed_in) = (sessions::fresh_id(), known.signed_in);
        let values = [
            once::key(known.login).into(),
            micros(signed_in.started_at).into(),
            micros(known.spent_until).into(),
            known.app.as_str().into(),
            signed_in.provider.as_str().into(),
            signed_in.issuer.as_str().as_bytes().to_vec().into(),
            signed_in.subject.as_str().as_bytes().to_vec().into(),
            signed_in.account.as_str().into(),
            known.replaced.map(|old| sessions::hash(&old)).into(),
            sessions::hash(&id).into(),
            sessions::written(signed_in).into(),
            micros(known.session_until).into(),
            known.network.into(),
        ];
        Ok(self.write_ending(values).await?.then_some(id))
    }
}
