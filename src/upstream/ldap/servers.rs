//! The servers of one directory. Asks them in order, puts silent ones last for a while, and keeps connections for
//! searches.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ldap3::LdapResult;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use time::{Duration, OffsetDateTime};
use tokio::time::Instant;

use super::connection::{Connection, Found, Question};
use super::dial;
use super::prepared::prepared;
use super::server::Server;
use super::settings::Service;
use super::trouble::{Bound, Onward, Trouble, bound, result_of};
use crate::base::clock::Clock;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAvailable, Wrong};
use crate::upstream::attempt::{Attempt, CountedBy};

/// How long a silent server comes last.
const AWAY: Duration = Duration::seconds(30);
/// How many idle connections are kept, and for how long. Servers cut idle ones.
const KEPT: usize = 4;
const FRESH: Duration = Duration::seconds(60);

pub struct Servers {
    listed: Vec<Server>,
    service: Option<Service>,
    tls: Arc<ClientConfig>,
    clock: Clock,
    /// Until when each counts as silent.
    away: Mutex<Vec<Option<OffsetDateTime>>>,
    /// Connections on which only the service account has ever signed in.
    kept: Mutex<Vec<Kept>>,
}

struct Kept {
    at: usize,
    connection: Connection,
    used: OffsetDateTime,
}

/// What was found, and the server that found it.
pub struct Answered {
    pub found: Found,
    pub at: usize,
}

impl Servers {
    pub fn new(listed: Vec<Server>, service: Option<Service>, tls: Arc<ClientConfig>, clock: Clock) -> Self {
        let away = Mutex::new(vec![None; listed.len()]);
        Self { listed, service, tls, clock, away, kept: Mutex::default() }
    }

    pub fn list(&self) -> &[Server] {
        &self.listed
    }

    pub fn name(&self, at: usize) -> String {
        self.listed.get(at).map(Server::name).unwrap_or_default()
    }

    /// Asks as the service account, on a kept connection or a new one. `typed`: what the server's words must not
    /// repeat.
    pub async fn ask(
        &self,
        phase: &'static str,
        question: &Question,
        typed: &Redaction,
        until: Instant,
    ) -> Result<Answered, NotAvailable> {
        let mut last = None;
        if let Some(kept) = self.take() {
            // The server may have cut it meanwhile. Then another one is opened.
            match kept.connection.search(phase, question, typed, share(until, 2)).await {
                Ok(found) => return Ok(self.keep(kept.at, kept.connection, found)),
                Err(trouble) if trouble.onward == Onward::Stop => return Err(trouble.told),
                Err(trouble) => last = Some(trouble.told),
            }
        }
        for (at, left) in self.in_order(None) {
            let until = share(until, left);
            let asked = match self.for_service(at, until).await {
                Ok(connection) => {
                    connection.search(phase, question, typed, until).await.map(|found| (connection, found))
                }
                Err(trouble) => Err(trouble),
            };
            match asked {
                Ok((connection, found)) => return Ok(self.keep(at, connection, found)),
                Err(trouble) if trouble.onward == Onward::Stop => return Err(trouble.told),
                Err(trouble) => last = Some(self.went_away(at, trouble)),
            }
        }
        Err(last.unwrap_or_else(none))
    }

    /// Tries a name and a password, on a fresh connection.
    pub async fn bind(
        &self,
        first: Option<usize>,
        dn: &str,
        tried: &Tried<'_>,
        until: Instant,
    ) -> Result<(Bound, Connection), NotBound> {
        let mut last = None;
        for (at, left) in self.in_order(first) {
            match self.connect(at, share(until, left)).await {
                Ok(connection) => {
                    // A password that was sent is never sent to another server: the try may have counted.
                    let result =
                        connection.bind("user bind", (dn, tried.password), tried.attempt.redaction(), until).await;
                    let result = result.map_err(|lost| NotBound::Sent { at, why: lost.told })?;
                    return match second_try(&connection, bound(&result, tried.wrong), dn, tried, until).await {
                        Bound::CannotTell(why) => {
                            let why = NotAvailable { server: self.name(at), phase: "user bind", why };
                            Err(NotBound::Sent { at, why })
                        }
                        told @ (Bound::Yes | Bound::No(_)) => Ok((told, connection)),
                    };
                }
                Err(trouble) if trouble.onward == Onward::Stop => return Err(NotBound::Unsent(trouble.told)),
                Err(trouble) => last = Some(self.went_away(at, trouble)),
            }
        }
        Err(NotBound::Unsent(last.unwrap_or_else(none)))
    }

    /// A connection with one server, on which the service account is signed in.
    pub async fn for_service(&self, at: usize, until: Instant) -> Result<Connection, Trouble> {
        let connection = self.connect(at, until).await?;
        let Some(service) = &self.service else { return Ok(connection) };
        let result = connection.bind("bind", (&service.dn, &service.password), &Redaction::default(), until).await?;
        self.signed_in(at, service, &result).map(|()| connection)
    }

    /// A connection with one server. Nobody is signed in on it yet.
    pub async fn connect(&self, at: usize, until: Instant) -> Result<Connection, Trouble> {
        let server = self.listed.get(at).ok_or_else(|| Trouble { told: none(), onward: Onward::Stop })?;
        let connection = dial::connect(server, &self.tls, until).await?;
        if let Some(away) = locked(&self.away).get_mut(at) {
            *away = None;
        }
        Ok(connection)
    }

    fn signed_in(&self, at: usize, service: &Service, result: &LdapResult) -> Result<(), Trouble> {
        let said = result_of(result);
        let (why, onward) = match (bound(result, Wrong::Password), result.rc) {
            (Bound::Yes, _) => return Ok(()),
            // Don't try the next server: wrong tries would lock the account.
            (Bound::No(Wrong::Password), _) => {
                let fix = format!("look at {} and service_dn", service.place);
                (format!("the service account's name or password is wrong ({said}); {fix}"), Onward::Stop)
            }
            (Bound::No(other), _) => {
                (format!("the service account is refused: {other} ({said}); look at its account there"), Onward::Stop)
            }
            (Bound::CannotTell(why), 51 | 52) => (why, Onward::NextServer),
            (Bound::CannotTell(why), _) => (why, Onward::Stop),
        };
        Err(Trouble::new(self.name(at), "bind", why, onward))
    }

    /// The servers that are not silent first, each with how many are left when its turn comes.
    fn in_order(&self, first: Option<usize>) -> Vec<(usize, u32)> {
        let now = self.clock.now();
        let away = locked(&self.away).clone();
        let mut order: Vec<usize> = (0..self.listed.len()).collect();
        order.sort_by_key(|at| (Some(*at) != first, away.get(*at).copied().flatten().is_some_and(|end| now < end)));
        let left = (1..=u32::try_from(order.len()).unwrap_or(u32::MAX)).rev();
        order.into_iter().zip(left).collect()
    }

    fn went_away(&self, at: usize, trouble: Trouble) -> NotAvailable {
        if let Some(away) = locked(&self.away).get_mut(at) {
            *away = Some(self.clock.now() + AWAY);
        }
        // If another one answers, no other message names this one.
        if self.listed.len() > 1 {
            tracing::warn!(server = %trouble.told.server, phase = trouble.told.phase, "{}", trouble.told.why);
        }
        trouble.told
    }

    fn take(&self) -> Option<Kept> {
        let now = self.clock.now();
        let mut kept = locked(&self.kept);
        kept.retain(|kept| now - kept.used < FRESH);
        kept.pop()
    }

    fn keep(&self, at: usize, connection: Connection, found: Found) -> Answered {
        let mut kept = locked(&self.kept);
        if kept.len() < KEPT {
            kept.push(Kept { at, connection, used: self.clock.now() });
        }
        Answered { found, at }
    }
}

/// A password on its way to a server.
pub struct Tried<'t> {
    pub attempt: &'t Attempt<'t>,
    pub counted_by: CountedBy<'t>,
    pub password: &'t Secret<String>,
    /// What a plain no means.
    pub wrong: Wrong,
}

/// Tries a refused password in its prepared form (RFC 4511 §4.2), if that differs. Only when the server calls it wrong
/// and the throttle allows one more failure, since directories count each and lock people out (security rule C43).
async fn second_try(connection: &Connection, first: Bound, dn: &str, tried: &Tried<'_>, until: Instant) -> Bound {
    let (Bound::No(wrong @ (Wrong::Password | Wrong::NameOrPassword)), Some(form)) = (&first, prepared(tried.password))
    else {
        return first;
    };
    if tried.attempt.once_more(tried.counted_by).await.is_err() {
        return first;
    }
    match connection.bind("user bind", (dn, &form), tried.attempt.redaction(), until).await {
        Ok(result) => bound(&result, *wrong),
        // Some servers close the connection after a refusal. The refusal stands.
        Err(_) => first,
    }
}

/// A bind without a result.
#[derive(Debug)]
pub enum NotBound {
    /// No server got the password.
    Unsent(NotAvailable),
    /// This server got it.
    Sent { at: usize, why: NotAvailable },
}

/// Trusts the system's authorities and those of `ca_file`.
///
/// # Errors
/// When TLS can't be set up at all.
pub fn trust(ca: Option<&[u8]>) -> Result<Arc<ClientConfig>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    for why in &system.errors {
        tracing::warn!(error = %why, "the system's CA certificates can't all be used");
    }
    roots.add_parsable_certificates(system.certs);
    let own = ca.map(CertificateDer::pem_slice_iter).into_iter().flatten().filter_map(Result::ok);
    roots.add_parsable_certificates(own);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// A part of the time that is left.
fn share(until: Instant, of: u32) -> Instant {
    let now = Instant::now();
    let left = until.saturating_duration_since(now);
    now + left.checked_div(of.max(1)).unwrap_or_default()
}

/// The config names one at least.
fn none() -> NotAvailable {
    NotAvailable {
        server: "no server".to_owned(),
        phase: "resolve",
        why: "none is configured; name one in `servers`".to_owned(),
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl std::fmt::Debug for Servers {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Servers").field("listed", &self.listed).finish_non_exhaustive()
    }
}
