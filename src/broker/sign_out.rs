//! Signing out.

use tower_sessions::session::Id;

use super::context::Context;
use super::left_identity::{LeaveReason, LeftIdentity};
use super::live_config::LiveConfig;
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::signin::identify::IdentityKey;
use crate::store::{LiveSession, SessionLogin};

impl Broker {
    /// The username of the person who is signed in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signed_in_username(
        &self,
        config: &LiveConfig,
        session: Option<Id>,
    ) -> Result<Option<String>, Refusal> {
        let session = self.active_session(config, session).await.map_err(|why| why.refuse(Context::default()))?;
        Ok(session.map(|session| session.person.account.username.to_string()))
    }

    /// Ends a session in the browser and in the store (security rule C37), with an audit row if somebody was signed in.
    /// Returns the code of that identity, because the provider may send the same person back without asking.
    ///
    /// # Errors
    /// When the database fails. Then the session is still valid, and the page must say so.
    pub async fn sign_out(&self, visitor: &Visitor) -> Result<Option<LeftIdentity>, Refusal> {
        let Some(session) = visitor.session else { return Ok(None) };
        let ended = self.accounts.end_session(&visitor.actor(), session).await;
        let ended = ended.map_err(|why| Cause::Store(why).refuse(Context::default()))?;
        Ok(ended.map(|LiveSession { signed_in, .. }| {
            let SessionLogin { provider, issuer, subject, .. } = signed_in;
            self.left_identity(&IdentityKey { provider, issuer, subject }, LeaveReason::SignedOut)
        }))
    }
}
