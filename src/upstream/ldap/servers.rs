//! The servers of one directory. Asks them in order, puts silent ones last for a while, and keeps connections for
//! searches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ldap3::LdapResult;
use rustls::ClientConfig;
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

use super::connection::{Connection, SearchRequest, SearchResult};
use super::dial;
use super::results::{BindOutcome, Failover, ServerError, bind_outcome, describe, service_account_refused};
use super::saslprep::saslprep_form;
use super::server::Server;
use super::settings::ServiceAccount;
use crate::base::clock::Clock;
use crate::base::ids::ProviderId;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAvailable, RefusalReason};
use crate::upstream::attempt::{Attempt, CountedBy};

/// How long a silent server is asked last.
const AWAY_TIME: Duration = Duration::seconds(30);
/// How many idle connections are kept, and for how long. Servers cut idle ones.
const MAX_IDLE: usize = 4;
const MAX_IDLE_TIME: Duration = Duration::seconds(60);

pub struct Servers {
    /// For the log.
    provider: ProviderId,
    all: Vec<Server>,
    service: Option<ServiceAccount>,
    tls: Arc<ClientConfig>,
    clock: Clock,
    /// Until when each server counts as silent.
    away_until: Mutex<Vec<Option<OffsetDateTime>>>,
    /// Connections on which only the service account has ever signed in.
    idle: Mutex<Vec<IdleConnection>>,
}

struct IdleConnection {
    index: usize,
    connection: Connection,
    used: OffsetDateTime,
}

/// The result of a search, and the server that returned it.
pub struct SearchAnswer {
    pub found: SearchResult,
    pub index: usize,
}

impl Servers {
    pub fn new(
        provider: ProviderId,
        servers: Vec<Server>,
        service: Option<ServiceAccount>,
        tls: Arc<ClientConfig>,
        clock: Clock,
    ) -> Self {
        let away_until = Mutex::new(vec![None; servers.len()]);
        Self { provider, all: servers, service, tls, clock, away_until, idle: Mutex::default() }
    }

    pub fn list(&self) -> &[Server] {
        &self.all
    }

    pub fn name(&self, index: usize) -> String {
        self.all.get(index).map(Server::name).unwrap_or_default()
    }

    /// Asks as the service account, on a kept connection or a new one. `typed`: what the server's words must not
    /// repeat.
    pub async fn search(
        &self,
        phase: &'static str,
        request: &SearchRequest,
        typed: &Redaction,
        deadline: Instant,
    ) -> Result<SearchAnswer, NotAvailable> {
        let mut last = None;
        if let Some(idle) = self.take_idle() {
            // The server may have cut it meanwhile. Then another one is opened.
            match idle.connection.search(phase, request, typed, share(deadline, 2)).await {
                Ok(found) => return Ok(self.keep_idle(idle.index, idle.connection, found)),
                Err(error) if error.failover == Failover::Stop => return Err(error.cause),
                Err(error) => last = Some(error.cause),
            }
        }
        for (index, left) in self.in_order(None) {
            let deadline = share(deadline, left);
            let asked = match self.for_service(index, deadline).await {
                Ok(connection) => {
                    connection.search(phase, request, typed, deadline).await.map(|found| (connection, found))
                }
                Err(error) => Err(error),
            };
            match asked {
                Ok((connection, found)) => return Ok(self.keep_idle(index, connection, found)),
                Err(error) if error.failover == Failover::Stop => return Err(error.cause),
                Err(error) => last = Some(self.mark_away(index, error)),
            }
        }
        Err(last.unwrap_or_else(no_server))
    }

    /// Tries a name and a password, on a fresh connection.
    pub async fn bind(
        &self,
        first: Option<usize>,
        dn: &str,
        bind_attempt: &BindAttempt<'_>,
        deadline: Instant,
    ) -> Result<(BindOutcome, Connection), BindError> {
        let mut last = None;
        for (index, left) in self.in_order(first) {
            match self.connect(index, share(deadline, left)).await {
                Ok(connection) => {
                    // A password that was sent is never sent to another server: the try may have counted.
                    let secrets = [bind_attempt.attempt.redaction()];
                    let result = connection.bind("user bind", (dn, bind_attempt.password), &secrets, deadline).await;
                    let result = result.map_err(|lost| BindError::Sent { index, why: lost.cause })?;
                    return match retry_prepared(
                        &connection,
                        bind_outcome(&result, bind_attempt.wrong),
                        dn,
                        bind_attempt,
                        deadline,
                    )
                    .await
                    {
                        BindOutcome::Inconclusive(why) => {
                            let why = NotAvailable::new(self.name(index), "user bind", why);
                            Err(BindError::Sent { index, why })
                        }
                        outcome @ (BindOutcome::Accepted | BindOutcome::Refused(_)) => Ok((outcome, connection)),
                    };
                }
                Err(error) if error.failover == Failover::Stop => return Err(BindError::Unsent(error.cause)),
                Err(error) => last = Some(self.mark_away(index, error)),
            }
        }
        Err(BindError::Unsent(last.unwrap_or_else(no_server)))
    }

    /// A connection with one server, on which the service account is signed in.
    pub async fn for_service(&self, index: usize, deadline: Instant) -> Result<Connection, ServerError> {
        let connection = self.connect(index, deadline).await?;
        let Some(service) = &self.service else { return Ok(connection) };
        let secrets = Redaction::of([service.password.expose().as_str()]);
        let result = connection.bind("bind", (&service.dn, &service.password), &[&secrets], deadline).await?;
        self.signed_in(index, service, &result).map(|()| connection)
    }

    /// A connection with one server, without a bind.
    pub async fn connect(&self, index: usize, deadline: Instant) -> Result<Connection, ServerError> {
        let server = self.all.get(index).ok_or_else(|| ServerError { cause: no_server(), failover: Failover::Stop })?;
        let connection = dial::connect(server, &self.tls, deadline).await?;
        if let Some(away_until) = locked(&self.away_until).get_mut(index) {
            *away_until = None;
        }
        Ok(connection)
    }

    fn signed_in(&self, index: usize, service: &ServiceAccount, result: &LdapResult) -> Result<(), ServerError> {
        let text = || describe(result);
        let (why, failover) = match (bind_outcome(result, RefusalReason::Password), result.rc) {
            (BindOutcome::Accepted, _) => return Ok(()),
            (BindOutcome::Refused(_), 32 | 34) => {
                (format!("service_dn is not the DN of an account there ({}); correct it", text()), Failover::Stop)
            }
            // Don't try the next server: failed binds would lock the account.
            (BindOutcome::Refused(RefusalReason::Password), _) => {
                let fix = format!("look at {} and service_dn", service.place);
                (format!("the service account's name or password is wrong ({}); {fix}", text()), Failover::Stop)
            }
            (BindOutcome::Refused(other), _) => (service_account_refused(other, result), Failover::Stop),
            (BindOutcome::Inconclusive(why), 51 | 52) => (why, Failover::NextServer),
            (BindOutcome::Inconclusive(why), _) => (why, Failover::Stop),
        };
        Err(ServerError::new(self.name(index), "bind", why, failover))
    }

    /// The servers, those that are not silent first. Each has the number of servers that are left at its turn.
    fn in_order(&self, first: Option<usize>) -> Vec<(usize, u32)> {
        let now = self.clock.now();
        let away_until = locked(&self.away_until).clone();
        let mut order: Vec<usize> = (0..self.all.len()).collect();
        order.sort_by_key(|index| {
            let away_until = away_until.get(*index).copied().flatten();
            // If it is further ahead, the clock was set back since.
            (Some(*index) != first, away_until.is_some_and(|end| now < end && end - now <= AWAY_TIME))
        });
        let left = (1..=u32::try_from(order.len()).unwrap_or(u32::MAX)).rev();
        order.into_iter().zip(left).collect()
    }

    fn mark_away(&self, index: usize, error: ServerError) -> NotAvailable {
        if let Some(away_until) = locked(&self.away_until).get_mut(index) {
            *away_until = Some(self.clock.now() + AWAY_TIME);
        }
        // If another server answers, only this message names the silent one.
        if self.all.len() > 1 {
            let NotAvailable { server, phase, why, .. } = &error.cause;
            tracing::warn!(provider = %self.provider, %server, phase, "{why}");
        }
        error.cause
    }

    fn take_idle(&self) -> Option<IdleConnection> {
        let now = self.clock.now();
        let mut idle = locked(&self.idle);
        idle.retain(|idle| now - idle.used < MAX_IDLE_TIME);
        idle.pop()
    }

    fn keep_idle(&self, index: usize, connection: Connection, found: SearchResult) -> SearchAnswer {
        let mut idle = locked(&self.idle);
        if idle.len() < MAX_IDLE {
            idle.push(IdleConnection { index, connection, used: self.clock.now() });
        }
        SearchAnswer { found, index }
    }
}

/// A password on its way to a server.
pub struct BindAttempt<'t> {
    pub attempt: &'t Attempt<'t>,
    pub counted_by: CountedBy<'t>,
    /// The typed one, or a random one.
    pub password: &'t Secret<String>,
    /// The reason for a plain refusal.
    pub wrong: RefusalReason,
}

/// Tries a refused password in its prepared form (RFC 4511 §4.2), if that differs. Only when the server calls it wrong
/// and the throttle allows one more failure, since directories count each and lock people out (security rule C43).
async fn retry_prepared(
    connection: &Connection,
    first: BindOutcome,
    dn: &str,
    bind_attempt: &BindAttempt<'_>,
    deadline: Instant,
) -> BindOutcome {
    let (BindOutcome::Refused(wrong @ (RefusalReason::Password | RefusalReason::NameOrPassword)), Some(form)) =
        (&first, saslprep_form(bind_attempt.password))
    else {
        return first;
    };
    if bind_attempt.attempt.admit_retry(bind_attempt.counted_by).await.is_err() {
        return BindOutcome::Refused(RefusalReason::OneFormTried);
    }
    let secrets = [bind_attempt.attempt.redaction(), &Redaction::of_typed([form.expose().as_str()])];
    match connection.bind("user bind", (dn, &form), &secrets, deadline).await {
        Ok(result) => bind_outcome(&result, *wrong),
        // Some servers close the connection after a refusal. The refusal stands.
        Err(_) => first,
    }
}

/// A bind without a result.
#[derive(Debug)]
pub enum BindError {
    /// No server got the password.
    Unsent(NotAvailable),
    /// This server got it.
    Sent { index: usize, why: NotAvailable },
}

/// Gives a step one of `of` equal shares of the time that is left.
fn share(deadline: Instant, of: u32) -> Instant {
    let now = Instant::now();
    let left = deadline.saturating_duration_since(now);
    now + left.checked_div(of.max(1)).unwrap_or_default()
}

/// Can't happen: the config names at least one server.
fn no_server() -> NotAvailable {
    NotAvailable::new("no server", "resolve", "none is configured; name one in `servers`")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").field("servers", &self.all).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
