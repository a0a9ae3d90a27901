//! Ends sessions.

use tower_sessions::session::Id;

use super::{Accounts, Actor};
use crate::store::{AuditEntry, Event, LiveSession, StoreError};

impl Accounts {
    /// Ends a session (security rule C37). If it was live, returns it and writes a row into the audit log.
    ///
    /// # Errors
    /// When the database fails. Then the session has not ended.
    pub async fn end_session(&self, actor: &Actor, session: Id) -> Result<Option<LiveSession>, StoreError> {
        let live = self.store.live_session(session, self.clock.now()).await?;
        let mut operation = self.begin(actor).await?;
        let was_there = operation.transaction.end_session(session).await?;
        let ended = live.filter(|_| was_there);
        if let Some(LiveSession { account, signed_in, .. }) = &ended {
            let provider = Some(signed_in.provider.clone());
            let row = AuditEntry { provider, ..operation.row_about(Event::SignedOut, &account.id) };
            operation.transaction.audit(&row).await?;
        }
        operation.commit().await?;
        Ok(ended)
    }
}
