//! A connection with a server, and the two things that are done on it.

use std::fmt;

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapConnAsync, LdapError, LdapResult, Scope, SearchEntry, SearchOptions};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::entry::Entry;
use super::server::SILENT;
use super::trouble::{Onward, Trouble, result_of};
use crate::base::secret::Secret;

/// Ends with its last handle: nothing goes on in the background.
pub struct Connection {
    server: String,
    handle: Ldap,
    _driver: JoinSet<()>,
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Question {
    pub base: String,
    pub scope: Scope,
    pub filter: String,
    pub attributes: Vec<String>,
    /// How many entries are wanted at most.
    pub most: i32,
}

/// What a search found.
#[derive(Debug)]
pub struct Found {
    pub entries: Vec<Entry>,
    pub more: More,
}

/// Whether the server held entries back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    None,
    HeldBack,
}

impl Connection {
    pub fn new(server: String, connection: LdapConnAsync, handle: Ldap) -> Self {
        let mut driver = JoinSet::new();
        // How it ends is told to whoever waits for an answer on it.
        driver.spawn(async move { _ = connection.drive().await });
        Self { server, handle, _driver: driver }
    }

    pub fn server(&self) -> String {
        self.server.clone()
    }

    /// Signs in as `dn`, or tells the server's no.
    pub async fn bind(
        &self,
        phase: &'static str,
        dn: &str,
        password: &Secret<String>,
        until: Instant,
    ) -> Result<LdapResult, Trouble> {
        // RFC 4513 §5.1.2: without a name or without a password anybody is let in, as nobody (security rule C41).
        if dn.is_empty() || password.expose().is_empty() {
            let why = "an empty name or password is never sent; see that neither is empty".to_owned();
            return Err(Trouble::new(self.server.clone(), phase, why, Onward::Stop));
        }
        let (mut handle, dn, password) = (self.handle.clone(), dn.to_owned(), password.clone());
        let binding = alone(async move {
            let policy = RawControl { ctype: POLICY.to_owned(), crit: false, val: None };
            handle.with_controls(vec![policy]).simple_bind(&dn, password.expose()).await
        });
        self.within(phase, until, binding).await
    }

    /// Asks for entries. Referrals are never followed: only this server was checked.
    pub async fn search(&self, phase: &'static str, question: &Question, until: Instant) -> Result<Found, Trouble> {
        let (mut handle, question) = (self.handle.clone(), question.clone());
        let (base, most) = (question.base.clone(), question.most);
        let searching = alone(async move {
            let options = SearchOptions::new().sizelimit(question.most);
            let searched = handle
                .with_search_options(options)
                .search(&question.base, question.scope, &question.filter, question.attributes)
                .await?;
            let entries: Vec<Entry> =
                searched.0.into_iter().map(|found| Entry::new(SearchEntry::construct(found))).collect();
            Ok((entries, searched.1))
        });
        let (entries, result) = self.within(phase, until, searching).await?;
        let beyond = usize::try_from(most).is_ok_and(|most| entries.len() > most);
        match result.rc {
            0 if !beyond => Ok(Found { entries, more: More::None }),
            // sizeLimitExceeded: the first ones came (RFC 4511 §4.5.1.4).
            0 | 4 => Ok(Found { entries, more: More::HeldBack }),
            _ => Err(Trouble::of_search(&self.server, phase, &base, &result)),
        }
    }

    async fn within<T>(
        &self,
        phase: &'static str,
        until: Instant,
        work: impl Future<Output = Result<T, LdapError>>,
    ) -> Result<T, Trouble> {
        let trouble = |why: String| Trouble::new(self.server.clone(), phase, why, Onward::NextServer);
        let done = tokio::time::timeout_at(until, work).await.map_err(|_| trouble(SILENT.to_owned()))?;
        done.map_err(|why| match why {
            LdapError::LdapResult { result } => trouble(format!("it answers {}; look at its log", result_of(&result))),
            why => trouble(format!("the connection broke off ({why}); look at its log")),
        })
    }
}

/// Runs on a task of its own, which ends when nobody waits for it any longer. The library panics at answers that are no
/// LDAP: such a connection is as good as cut.
pub async fn alone<T: Send + 'static>(
    work: impl Future<Output = Result<T, LdapError>> + Send + 'static,
) -> Result<T, LdapError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    task.join_next().await.and_then(Result::ok).unwrap_or(Err(LdapError::EndOfStream))
}

/// What an account's password policy says of a bind (draft-behera-ldap-password-policy §6).
pub const POLICY: &str = "1.3.6.1.4.1.42.2.27.8.5.1";

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}
