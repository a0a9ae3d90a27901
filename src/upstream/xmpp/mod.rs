//! `kind = "xmpp"`: the server of a person's domain checks their password. Only the login is sent there.

mod bounded_reader;
mod cancellation;
mod connection;
mod hashing;
mod jid;
pub(super) mod kind;
mod login;
mod markup;
mod mechanism;
mod policy_violation;
mod probe;
mod sanitized_reader;
mod scram;
pub mod settings;
mod srv_records;
mod stream_element;
mod stream_error;
mod stream_header;
mod tls;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio::time::Instant;

use self::connection::Connection;
use self::hashing::Hashing;
use self::jid::{Account, Domain};
use self::settings::XmppSettings;
use self::tls::TlsSetup;
use super::PasswordModule;
use super::attempt::Attempt;
use super::concurrency_limit::{ConcurrencyLimit, OverloadMessages};
use super::health::Health;
use super::probe::FindingSink;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::base::random;
use crate::base::secret::Secret;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
use crate::signin::identify::{ExternalIdentity, IdentityKey};

/// The provider for the configured domains.
#[derive(Debug)]
pub struct Xmpp {
    id: ProviderId,
    issuer: Issuer,
    settings: Arc<XmppSettings>,
    tls_setup: TlsSetup,
    clock: Clock,
    health: Health,
    limit: ConcurrencyLimit,
    hashing: Hashing,
}

/// A bare JID contains its domain, so one issuer is enough for all domains: servers and the list of domains may change,
/// and each person stays the same. The scheme is that of XMPP addresses (RFC 5122).
pub const ISSUER: &str = "xmpp:";

/// Logins that run at once. Each holds a connection, and mostly waits for the server.
const AT_ONCE: usize = 16;
/// Logins that may wait for their turn.
const QUEUE: usize = 32;
const BUSY: OverloadMessages = OverloadMessages {
    full: "the queue of 32 sign-ins for the XMPP servers is full; see who sends so many, or why the servers are slow",
    slow: "the sign-in waited a fifth of `timeout` for its turn at the XMPP servers; see why they are slow",
};

impl Xmpp {
    /// # Errors
    /// When the certificates in `ca` can't be used.
    pub fn new(
        id: ProviderId,
        settings: Arc<XmppSettings>,
        ca: Option<&[u8]>,
        clock: Clock,
    ) -> Result<Self, rustls::Error> {
        Ok(Self {
            id,
            issuer: Issuer::from(ISSUER),
            settings,
            tls_setup: TlsSetup::new(ca)?,
            health: Health::new(clock.clone()),
            clock,
            limit: ConcurrencyLimit::new(AT_ONCE, QUEUE, BUSY),
            hashing: Hashing::new(AT_ONCE),
        })
    }

    async fn ask(&self, attempt: &Attempt<'_>, account: &Account<'_>) -> Result<(), NotAccepted> {
        // First, so that a throttled attempt takes no permit.
        let password = attempt.password_for(account.jid.as_str()).await?;
        let deadline = Instant::now() + self.settings.timeout;
        let permit = self.limit.acquire(self.settings.timeout / 5).await;
        let _permit = permit.map_err(|why| attempt.mark_unsent(why))?;
        if mechanism::is_empty_when_prepared(password) {
            return Err(NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None });
        }
        let connection = Connection::open(account.domain, &self.settings, &self.tls_setup, deadline).await;
        let mut connection = connection.map_err(|why| attempt.mark_unsent(why))?;
        let chosen = login::choose(&connection).map_err(|why| attempt.mark_unsent(why))?;
        let outcome = login::attempt(&mut connection, &chosen, account, password, &self.hashing).await;
        connection.close().await;
        match outcome {
            Err(NotAccepted::NotAvailable(why)) => Err(self.hide_account_error(why, attempt, account, deadline).await),
            Ok(()) => Ok(()),
            Err(
                refused @ (NotAccepted::Refused { .. }
                | NotAccepted::Unknown
                | NotAccepted::Busy(_)
                | NotAccepted::Throttled(_)),
            ) => Err(refused),
        }
    }

    /// Hides an error that only this account causes. The server refuses an unknown name at the same time, so the answer
    /// must look like that refusal (security rule C42). The log names the cause.
    async fn hide_account_error(
        &self,
        why: NotAvailable,
        attempt: &Attempt<'_>,
        account: &Account<'_>,
        deadline: Instant,
    ) -> NotAccepted {
        // On the heap: it holds a whole connection.
        let refused = Box::pin(self.refuses_unknown_names(account.domain, deadline));
        // If one more login could get our address banned, we can't find out. The error may show that the account
        // exists, so it is hidden then, too.
        if let Ok(false) = attempt.with_unknown_name(refused).await {
            return why.into();
        }
        let subject = Subject::from(account.jid.as_str());
        tracing::error!(provider = %self.id, %subject, "a password could not be tried on one account: {why}");
        NotAccepted::Refused { why: RefusalReason::NotChecked, subject: Some(subject) }
    }

    /// Whether the domain's server refuses a random name and password.
    async fn refuses_unknown_names(&self, domain: &Domain, deadline: Instant) -> bool {
        let Some(unknown) = self.settings.domains.account(&format!("{}@{domain}", random::token())) else {
            return false;
        };
        let opened = Connection::open(domain, &self.settings, &self.tls_setup, deadline).await;
        let Ok(mut connection) = opened else { return false };
        let Ok(chosen) = login::choose(&connection) else { return false };
        let password = Secret::new(random::token());
        let outcome = login::attempt(&mut connection, &chosen, &unknown, &password, &self.hashing).await;
        connection.close().await;
        matches!(outcome, Err(NotAccepted::Refused { .. }))
    }

    fn identity(&self, account: &Account<'_>) -> ExternalIdentity {
        let claims = [("preferred_username", account.local.as_str()), ("jid", account.jid.as_str())];
        let claims = claims.map(|(name, value)| (name.to_owned(), Value::from(value)));
        let subject = Subject::from(account.jid.as_str());
        let key = IdentityKey { provider: self.id.clone(), issuer: self.issuer.clone(), subject };
        ExternalIdentity::new(key, Map::from_iter(claims))
    }
}

#[async_trait]
impl PasswordModule for Xmpp {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    fn bans_after(&self) -> Option<u32> {
        self.settings.bans_after
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        // No server was asked, so this says nothing about its health.
        // A phone's keyboard adds a space to a name, and no JID holds one. The password is never trimmed.
        let account = self.settings.domains.account(attempt.trimmed_name()).ok_or(NotAccepted::Unknown)?;
        let outcome = self.ask(attempt, &account).await;
        self.health.record(&outcome, attempt.password_state());
        outcome.map(|()| self.identity(&account))
    }
}

#[cfg(test)]
mod tests;
