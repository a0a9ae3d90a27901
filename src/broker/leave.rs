//! Signing out.

use tower_sessions::session::Id;

use super::another::{Leaving, Left};
use super::context::Context;
use super::live_config::LiveConfig;
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::signin::identify::IdentityKey;
use crate::store::{LiveSession, SignedIn};

impl Broker {
    /// The username of the person who is signed in.
    ///
    /// # Errors
    /// When the database is not there.
    pub async fn who(&self, config: &LiveConfig, session: Option<Id>) -> Result<Option<String>, Refusal> {
        let here = self.signed_in(config, session).await.map_err(|why| why.refuse(Context::default()))?;
        Ok(here.map(|here| here.person.account.username.to_string()))
    }

    /// Ends a session, here and in the store (security rule C37), with one row in the audit where somebody was signed
    /// in. Gives a mark of who that was: the provider may send them back without a question.
    ///
    /// # Errors
    /// When the database is not there: then the session still stands, and the page must say so.
    pub async fn leave(&self, visitor: &Visitor) -> Result<Option<Left>, Refusal> {
        let Some(session) = visitor.session else { return Ok(None) };
        let ended = self.accounts.end_session(&visitor.actor(), session).await;
        let ended = ended.map_err(|why| Cause::Store(why).refuse(Context::default()))?;
        Ok(ended.map(|LiveSession { signed_in, .. }| {
            let SignedIn { provider, issuer, subject, .. } = signed_in;
            self.leaves(&IdentityKey { provider, issuer, subject }, Leaving::SignedOut)
        }))
    }
}
