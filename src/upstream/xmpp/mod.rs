//! XMPP: somebody's own server says whether the password is theirs. Nothing is sent there but the login.

mod bounded;
mod connection;
mod hashing;
mod kind;
mod login;
mod mechanism;
mod name;
mod places;
mod probe;
pub mod settings;
mod tls;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value};
use tokio::time::Instant;

use self::connection::Door;
use self::hashing::Hashing;
use self::name::Account;
use self::settings::XmppSettings;
use self::tls::Trust;
use super::ChecksPasswords;
use super::attempt::Attempt;
use super::health::Health;
use super::probe::Tell;
use super::turns::Turns;
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::signin::identify::password::{NotAccepted, Wrong};
use crate::signin::identify::{ExternalIdentity, IdentityKey};

/// The servers of some domains.
#[derive(Debug)]
pub struct Xmpp {
    id: ProviderId,
    issuer: Issuer,
    settings: Arc<XmppSettings>,
    trust: Trust,
    clock: Clock,
    health: Health,
    turns: Turns,
    hashing: Hashing,
}

/// A bare JID names its domain, so it is nobody else's at any server; where that server stands, and which domains come
/// beside it, may change without making anybody another. The scheme is that of their addresses (RFC 5122).
pub const ISSUER: &str = "xmpp:";

/// Logins at the servers at one time: each holds a connection, and waits most of its time for words from there.
const AT_ONCE: usize = 16;
/// And behind them.
const WAITING: usize = 32;

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
            trust: Trust::new(ca)?,
            health: Health::new(clock.clone()),
            clock,
            turns: Turns::new(AT_ONCE, WAITING),
            hashing: Hashing::new(AT_ONCE),
        })
    }

    async fn ask(&self, attempt: &Attempt<'_>, account: &Account<'_>) -> Result<(), NotAccepted> {
        // First, so that whoever has to wait takes nobody's turn.
        let password = attempt.password_for(account.jid.as_str()).await?;
        let deadline = Instant::now() + self.settings.timeout;
        let turn = self.turns.next(self.settings.timeout / 5).await;
        let _turn = turn.map_err(|why| attempt.unsent(why))?;
        if mechanism::is_nothing(password) {
            return Err(NotAccepted::Refused { why: Wrong::NameOrPassword, who: None });
        }
        let door = Door::reach(account.domain, &self.settings, &self.trust, deadline).await;
        let mut door = door.map_err(|why| attempt.unsent(why))?;
        let chosen = login::choose(&door).map_err(|why| attempt.unsent(why))?;
        let said = login::attempt(&mut door, &chosen, account, password, &self.hashing).await;
        door.close().await;
        said
    }

    fn identity(&self, account: &Account<'_>) -> ExternalIdentity {
        let claims = [("preferred_username", account.local.as_str()), ("jid", account.jid.as_str())];
        let claims = claims.map(|(name, value)| (name.to_owned(), Value::from(value)));
        ExternalIdentity {
            key: IdentityKey {
                provider: self.id.clone(),
                issuer: self.issuer.clone(),
                subject: Subject::from(account.jid.as_str()),
            },
            claims: Map::from_iter(claims),
            auth_time: None,
            password: None,
        }
    }
}

#[async_trait]
impl ChecksPasswords for Xmpp {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    fn bans_after(&self) -> Option<u32> {
        self.settings.bans_after
    }

    async fn probe(&self, tell: Tell<'_>) {
        self.look(tell).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        // Nobody was asked, so nothing is learnt of the server.
        let account = self.settings.domains.account(attempt.name()).ok_or(NotAccepted::Unknown)?;
        let said = self.ask(attempt, &account).await;
        self.health.learn(&said, attempt.password());
        said.map(|()| self.identity(&account))
    }
}

#[cfg(test)]
mod tests;

pub use self::kind::Kind;
