//! A connection with a server: bind and search.

use std::fmt;
use std::io::ErrorKind;
use std::sync::{Arc, OnceLock};

use ldap3::controls::RawControl;
use ldap3::{
    Ldap, LdapConnAsync, LdapConnSettings, LdapError, LdapResult, Scope, SearchEntry, SearchOptions, StdStream,
};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UnixStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::entry::Entry;
use super::guard;
use super::trouble::{Onward, POLICY, SILENT, Trouble, redacted, result_of};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;

/// How many entries and referrals a search may return beyond its limit. Some servers ignore the limit, but an answer
/// without end must not fill the memory.
const BEYOND: usize = 1000;

/// Ends with its last handle. Nothing runs on in the background.
pub struct Connection {
    server: String,
    handle: Ldap,
    /// Why the connection was cut, if known.
    cut: Arc<OnceLock<String>>,
    _driver: JoinSet<()>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct Question {
    pub base: String,
    pub scope: Scope,
    pub filter: String,
    pub attributes: Vec<String>,
    /// The limit.
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
    /// A connection over `stream`, on which nobody is signed in.
    ///
    /// # Errors
    /// When this machine has no room for it.
    pub async fn open(server: String, stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Result<Self, LdapError> {
        let (ours, theirs) = UnixStream::pair()?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(theirs.into_std()?));
        let (connection, handle) = LdapConnAsync::with_settings(settings, "ldapi:///").await?;
        let (mut driver, cut) = (JoinSet::new(), Arc::new(OnceLock::new()));
        let why = Arc::clone(&cut);
        driver.spawn(async move {
            let mut library = ours;
            match guard::pass(stream, &mut library).await {
                Err(wrong) if wrong.kind() == ErrorKind::InvalidData => _ = why.set(wrong.to_string()),
                // As when a server goes away, which is seen soon enough.
                Err(_) | Ok(()) => {}
            }
            // Only now: the reason must be known before the library sees the end.
            drop(library);
        });
        // A request that waits gets its error.
        driver.spawn(async move { _ = connection.drive().await });
        Ok(Self { server, handle, cut, _driver: driver })
    }

    pub fn server(&self) -> String {
        self.server.clone()
    }

    /// Binds as `dn`. `typed`: what the server's words must not repeat, beside the password.
    pub async fn bind(
        &self,
        phase: &'static str,
        (dn, password): (&str, &Secret<String>),
        typed: &Redaction,
        until: Instant,
    ) -> Result<LdapResult, Trouble> {
        // RFC 4513 §5.1.2: a bind without a name or a password succeeds, as anonymous (security rule C41).
        if dn.is_empty() || password.expose().is_empty() {
            let why = "an empty name or password is never sent; see that neither is empty".to_owned();
            return Err(Trouble::new(self.server.clone(), phase, why, Onward::Stop));
        }
        let redaction = Redaction::of([password.expose().as_str()]);
        let (mut handle, dn, password) = (self.handle.clone(), dn.to_owned(), password.clone());
        let binding = alone(async move {
            let policy = RawControl { ctype: POLICY.to_owned(), crit: false, val: None };
            handle.with_controls(vec![policy]).simple_bind(&dn, password.expose()).await
        });
        let mut result = self.within(phase, until, binding).await?;
        result.text = redacted(result.text, &[&redaction, typed]);
        Ok(result)
    }

    /// Searches. Referrals are never followed, since only this server's identity was checked. `typed`: what the
    /// server's words must not repeat.
    pub async fn search(
        &self,
        phase: &'static str,
        question: &Question,
        typed: &Redaction,
        until: Instant,
    ) -> Result<Found, Trouble> {
        let (mut handle, question) = (self.handle.clone(), question.clone());
        let (base, most) = (question.base.clone(), question.most);
        let searching = alone(async move {
            let options = SearchOptions::new().sizelimit(question.most);
            let mut stream = handle
                .with_search_options(options)
                .streaming_search(&question.base, question.scope, &question.filter, question.attributes)
                .await?;
            let mut room = usize::try_from(question.most).unwrap_or(0) + BEYOND;
            let mut entries = Vec::new();
            while let Some(found) = stream.next().await? {
                room = room.checked_sub(1).ok_or_else(endless)?;
                if !found.is_ref() && !found.is_intermediate() {
                    entries.push(Entry::new(SearchEntry::construct(found)));
                }
            }
            Ok((entries, stream.finish().await))
        });
        let (entries, mut result) = self.within(phase, until, searching).await?;
        result.text = redacted(result.text, &[typed]);
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
            why => {
                let why = self.cut.get().cloned().unwrap_or_else(|| why.to_string());
                trouble(format!("the connection broke off ({why}); look at its log"))
            }
        })
    }
}

/// Runs on a task of its own, which ends with the caller. If the library panics, the connection counts as cut.
pub async fn alone<T: Send + 'static>(
    work: impl Future<Output = Result<T, LdapError>> + Send + 'static,
) -> Result<T, LdapError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    task.join_next().await.and_then(Result::ok).unwrap_or(Err(LdapError::EndOfStream))
}

fn endless() -> LdapError {
    std::io::Error::new(ErrorKind::InvalidData, "it sends far more entries than it was asked for").into()
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
