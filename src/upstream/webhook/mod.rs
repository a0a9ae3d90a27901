//! `kind = "webhook"`: a server of the operator, in any language. It gets a name and a password, and answers who the
//! person is.

mod answer;
pub(super) mod kind;
mod probe;
mod returned_password;
pub mod settings;

use std::os::unix::fs::FileTypeExt as _;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use async_trait::async_trait;
use serde::Serialize;
use tokio::time::Instant;

use self::returned_password::NamedClaims;
use self::settings::{Endpoint, WebhookSettings};
use super::PasswordModule;
use super::attempt::Attempt;
use super::concurrency_limit::{ConcurrencyLimit, OverloadMessages};
use super::health::Health;
use super::http::{Http, HttpError, Phase};
use super::probe::FindingSink;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId};
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{NotAccepted, NotAvailable};

/// One hook.
#[derive(Debug)]
pub struct Webhook {
    id: ProviderId,
    issuer: Issuer,
    settings: Arc<WebhookSettings>,
    /// The claim that holds `groups`.
    groups_claim: String,
    http: Http,
    limit: ConcurrencyLimit,
    health: Health,
    clock: Clock,
    /// Whether the log has named an unknown member.
    warned_of_member: AtomicBool,
    /// The claims that the log has named because they are the typed password.
    named_claims: NamedClaims,
}

/// The body of a request to the hook.
#[derive(Serialize)]
struct CheckRequest<'t> {
    username: &'t str,
    password: &'t str,
}

impl Webhook {
    #[must_use]
    pub fn new(
        id: ProviderId,
        settings: Arc<WebhookSettings>,
        groups_claim: Option<String>,
        http: Http,
        clock: Clock,
    ) -> Self {
        let issuer = settings.issuer_of(&id);
        let groups_claim = groups_claim.unwrap_or_else(|| "groups".to_owned());
        let (limit, health) =
            (ConcurrencyLimit::new(settings.at_once, settings.queue, BUSY), Health::new(clock.clone()));
        let (warned_of_member, named_claims) = (AtomicBool::new(false), NamedClaims::default());
        Self { id, issuer, settings, groups_claim, http, limit, health, clock, warned_of_member, named_claims }
    }
}

#[async_trait]
impl PasswordModule for Webhook {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let checked = self.ask(attempt).await;
        self.health.record(&checked, attempt.password_state());
        checked
    }
}

const BUSY: OverloadMessages = OverloadMessages {
    full: "more sign-ins wait for the hook than its queue holds; raise `queue` of the provider, or see why the hook is \
           slow",
    slow: "the sign-in waited half of `timeout` for its turn at the hook; raise `at_once` of the provider, or see why \
           the hook is slow",
};

impl Webhook {
    async fn ask(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let password = attempt.password_for_name(attempt.name()).await?;
        // The timeout includes the time in the queue.
        let begun = Instant::now();
        let permit = self.limit.acquire(self.settings.timeout / 2).await;
        let _permit = permit.map_err(|why| attempt.mark_unsent(why))?;
        let left = self.settings.timeout.saturating_sub(begun.elapsed());
        let request = CheckRequest { username: attempt.name(), password: password.expose() };
        let (url, settings) = (self.settings.endpoint.url(), &self.settings);
        let answer = self.http.post(url, &settings.secret, &request, left).await;
        let answer = answer.map_err(|why| match why.phase {
            Phase::Address | Phase::Resolve | Phase::Connect | Phase::Tls => attempt.mark_unsent(self.http_error(&why)),
            Phase::Read | Phase::Size => self.http_error(&why),
        })?;
        self.read(&answer, attempt)
    }

    fn http_error(&self, error: &HttpError) -> NotAvailable {
        let HttpError { phase, why, .. } = error;
        let fix = match (phase, &self.settings.endpoint) {
            // The error names its fix itself.
            (Phase::Address, _) => return self.not_available(phase.as_str(), why.clone()),
            (Phase::Resolve, _) => "check that the name in `url` is right, and that this machine can look it up",
            (Phase::Connect, Endpoint::Network(_)) => "check that the hook is up, and that this machine may reach it",
            (Phase::Connect, Endpoint::Socket { socket, .. }) if is_no_socket(socket) => {
                "let `url` name the socket that the hook makes: this is a file or a folder"
            }
            (Phase::Connect, Endpoint::Socket { .. }) => {
                "check that the hook is up, and that Vestibule may write to its socket"
            }
            (Phase::Tls, _) => &error.tls_fix("`url`", "`ca_file`"),
            (Phase::Read | Phase::Size, _) => "look into the hook's own log",
        };
        self.not_available(phase.as_str(), format!("{why}; {fix}"))
    }

    fn not_available(&self, phase: &'static str, why: String) -> NotAvailable {
        let server = match &self.settings.endpoint {
            Endpoint::Network(url) => format!(
                "{}{}",
                url.host_str().unwrap_or_default(),
                url.port_or_known_default().map_or_else(String::new, |port| format!(":{port}"))
            ),
            Endpoint::Socket { socket, .. } => format!("unix:{}", socket.display()),
        };
        NotAvailable::new(server, phase, why)
    }
}

/// Whether something else than a socket lies at this path.
fn is_no_socket(path: &Path) -> bool {
    std::fs::metadata(path).is_ok_and(|found| !found.file_type().is_socket())
}

#[cfg(test)]
mod tests;
