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
use super::message_filter;
use super::results::{Failover, NO_ANSWER, PASSWORD_POLICY, ServerError, describe, redacted};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;

/// How many entries and referrals a search may return beyond its limit. Some servers ignore the limit, but an answer
/// without end must not fill the memory.
const EXTRA_RESULTS: usize = 1000;

/// A connection. Dropping it ends its background tasks.
pub struct Connection {
    server: String,
    handle: Ldap,
    /// Why the connection was cut, if known.
    cut_reason: Arc<OnceLock<String>>,
    _driver: JoinSet<()>,
}

/// A search.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    pub base: String,
    pub scope: Scope,
    pub filter: String,
    pub attributes: Vec<String>,
    /// How many entries the server may return.
    pub size_limit: i32,
}

/// The result of a search.
#[derive(Debug)]
pub struct SearchResult {
    pub entries: Vec<Entry>,
    pub completeness: Completeness,
}

/// Whether the server held entries back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    Complete,
    Truncated,
}

impl Connection {
    /// A connection over `stream`, without a bind.
    ///
    /// # Errors
    /// When this machine can't open more sockets.
    pub async fn open(server: String, stream: impl AsyncRead + AsyncWrite + Send + 'static) -> Result<Self, LdapError> {
        let (relay_end, library_end) = UnixStream::pair()?;
        let settings = LdapConnSettings::new().set_std_stream(StdStream::Unix(library_end.into_std()?));
        let (connection, handle) = LdapConnAsync::with_settings(settings, "ldapi:///").await?;
        let (mut driver, cut_reason) = (JoinSet::new(), Arc::new(OnceLock::new()));
        let why = Arc::clone(&cut_reason);
        driver.spawn(async move {
            let mut library = relay_end;
            match message_filter::relay(stream, &mut library).await {
                Err(wrong) if wrong.kind() == ErrorKind::InvalidData => _ = why.set(wrong.to_string()),
                // As when a server closes the connection: the library notices.
                Err(_) | Ok(()) => {}
            }
            // Dropped only now: the reason must be set before the library sees the end.
            drop(library);
        });
        // A pending request gets its error.
        driver.spawn(async move { _ = connection.drive().await });
        Ok(Self { server, handle, cut_reason, _driver: driver })
    }

    pub fn server(&self) -> String {
        self.server.clone()
    }

    /// Binds as `dn`. `secrets`: what the server's words must not repeat, the password among it (security rule C56).
    pub async fn bind(
        &self,
        phase: &'static str,
        (dn, password): (&str, &Secret<String>),
        secrets: &[&Redaction],
        deadline: Instant,
    ) -> Result<LdapResult, ServerError> {
        // RFC 4513 §5.1.2: a bind without a name or a password succeeds, as anonymous (security rule C41).
        if dn.is_empty() || password.expose().is_empty() {
            let why = "an empty name or password is never sent; check that neither is empty".to_owned();
            return Err(ServerError::new(self.server.clone(), phase, why, Failover::Stop));
        }
        let (mut handle, dn, password) = (self.handle.clone(), dn.to_owned(), password.clone());
        let binding = in_own_task(async move {
            let password_policy = RawControl { ctype: PASSWORD_POLICY.to_owned(), crit: false, val: None };
            handle.with_controls(vec![password_policy]).simple_bind(&dn, password.expose()).await
        });
        let mut result = self.within(phase, secrets, deadline, binding).await?;
        result.text = redacted(result.text, secrets);
        Ok(result)
    }

    /// Searches. Referrals are never followed, since only this server's identity was checked. `typed`: what the
    /// server's words must not repeat.
    pub async fn search(
        &self,
        phase: &'static str,
        request: &SearchRequest,
        typed: &Redaction,
        deadline: Instant,
    ) -> Result<SearchResult, ServerError> {
        let (mut handle, sent) = (self.handle.clone(), request.clone());
        let searching = in_own_task(async move {
            let options = SearchOptions::new().sizelimit(sent.size_limit);
            let mut stream = handle
                .with_search_options(options)
                .streaming_search(&sent.base, sent.scope, &sent.filter, sent.attributes)
                .await?;
            let mut remaining = usize::try_from(sent.size_limit).unwrap_or(0) + EXTRA_RESULTS;
            let mut entries = Vec::new();
            while let Some(found) = stream.next().await? {
                remaining = remaining.checked_sub(1).ok_or_else(too_many_results)?;
                if !found.is_ref() && !found.is_intermediate() {
                    entries.push(Entry::new(SearchEntry::construct(found)));
                }
            }
            Ok((entries, stream.finish().await))
        });
        let (entries, mut result) = self.within(phase, &[typed], deadline, searching).await?;
        let beyond = usize::try_from(request.size_limit).is_ok_and(|size_limit| entries.len() > size_limit);
        match result.rc {
            0 if !beyond => Ok(SearchResult { entries, completeness: Completeness::Complete }),
            // sizeLimitExceeded: the first entries came (RFC 4511 §4.5.1.4).
            0 | 4 => Ok(SearchResult { entries, completeness: Completeness::Truncated }),
            _ => {
                result.text = redacted(result.text, &[typed]);
                Err(ServerError::of_search(&self.server, phase, &request.base, &result))
            }
        }
    }

    async fn within<T>(
        &self,
        phase: &'static str,
        secrets: &[&Redaction],
        deadline: Instant,
        work: impl Future<Output = Result<T, LdapError>>,
    ) -> Result<T, ServerError> {
        let error = |why: String| ServerError::new(self.server.clone(), phase, why, Failover::NextServer);
        let done = tokio::time::timeout_at(deadline, work).await.map_err(|_| error(NO_ANSWER.to_owned()))?;
        done.map_err(|why| match why {
            LdapError::LdapResult { result } => error(format!("it answers {}; look at its log", describe(&result))),
            // It was never sent.
            LdapError::FilterParsing => ServerError::new(
                self.server.clone(),
                phase,
                "the filter for it is not valid; correct `filter` or `group_filter`".to_owned(),
                Failover::Stop,
            ),
            why => {
                // The reason may hold the server's words.
                let why = self.cut_reason.get().map_or_else(|| why.to_string(), |why| redacted(why.clone(), secrets));
                error(format!("the connection broke off ({why}); look at its log"))
            }
        })
    }
}

/// Runs in its own task, which ends with the caller. If the library panics, the connection counts as cut.
pub async fn in_own_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, LdapError>> + Send + 'static,
) -> Result<T, LdapError> {
    let mut task = JoinSet::new();
    task.spawn(work);
    task.join_next().await.and_then(Result::ok).unwrap_or(Err(LdapError::EndOfStream))
}

fn too_many_results() -> LdapError {
    std::io::Error::new(ErrorKind::InvalidData, "it sends far more entries than it was asked for").into()
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
