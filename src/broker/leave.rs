//! Signing out.

use tower_sessions::session::Id;

use super::Broker;
use super::refusal::{Cause, Context, Refusal};

impl Broker {
    /// The username of whoever is signed in.
    ///
    /// # Errors
    /// When the database is not there.
    pub async fn who(&self, session: Option<Id>) -> Result<Option<String>, Refusal> {
        let here = self.signed_in(session).await.map_err(|why| why.refuse(Context::default()))?;
        Ok(here.map(|here| here.person.account.username.to_string()))
    }

    /// Ends a session, here and in the store (security rule C37).
    ///
    /// # Errors
    /// When the database is not there: then the session still stands, and the page must say so.
    pub async fn leave(&self, session: Option<Id>) -> Result<(), Refusal> {
        match session {
            Some(session) => {
                let ended = self.store.end_session(session).await;
                ended.map(|_| ()).map_err(|why| Cause::Store(why).refuse(Context::default()))
            }
            None => Ok(()),
        }
    }
}
