//! From the start to the callback: what is remembered of a login, where, and how it is taken up again.
//!
//! A start writes nothing. The login travels in two sealed pieces: [`PendingLogin`] in a cookie of this browser, and
//! [`State`] through the provider. Only both together are a login (RFC 9700 §2.1, §4.7).

mod callback;
pub mod throttle;

pub use callback::{Answer, Callback, DESCRIPTION, Unreadable};

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::arrive::LoginRequest;
use crate::base::ids::{AppId, Issuer, LoginId, ProviderId};
use crate::base::secret::{NotOurs, Sealer, Secret};

/// How long a login may take from its start to its callback (security rule C3).
pub const PATIENCE: Duration = Duration::minutes(10);

/// Longest sealed login, in bytes: a cookie over 4,096 vanishes without a word, and proxies refuse less.
pub const LONGEST: usize = 2048;

/// A login under way, as this browser keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PendingLogin {
    #[serde(rename = "i")]
    id: LoginId,
    #[serde(rename = "a")]
    app: AppId,
    #[serde(rename = "p")]
    provider: ProviderId,
    /// The issuer as it was when the login began.
    #[serde(rename = "s")]
    issuer: Issuer,
    #[serde(rename = "r")]
    request: LoginRequest,
    #[serde(rename = "n", with = "plainly")]
    nonce: Secret<String>,
    #[serde(rename = "v", with = "plainly")]
    verifier: Secret<String>,
    #[serde(rename = "t", with = "time::serde::timestamp")]
    begun: OffsetDateTime,
}

/// What the provider carries for us: which login, and nothing else. The id holds the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    #[serde(rename = "i")]
    pub login: LoginId,
    #[serde(rename = "a")]
    pub app: AppId,
    #[serde(rename = "p")]
    pub provider: ProviderId,
}

/// What must be unguessable in a login, at least 128 bits each (security rule C4).
#[derive(Debug)]
pub struct Unguessable {
    pub nonce: Secret<String>,
    pub verifier: Secret<String>,
}

/// The request is too large to travel in a cookie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameters together are too long")]
pub struct TooLong;

impl PendingLogin {
    #[must_use]
    pub fn begin(
        request: LoginRequest,
        app: AppId,
        (provider, issuer): (ProviderId, Issuer),
        secrets: Unguessable,
        now: OffsetDateTime,
    ) -> Self {
        let id = LoginId::fresh(now);
        Self { id, app, provider, issuer, request, nonce: secrets.nonce, verifier: secrets.verifier, begun: now }
    }

    #[must_use]
    pub fn id(&self) -> LoginId {
        self.id
    }

    #[must_use]
    pub fn state(&self) -> State {
        State { login: self.id, app: self.app.clone(), provider: self.provider.clone() }
    }

    #[must_use]
    pub fn app(&self) -> &AppId {
        &self.app
    }

    /// What was asked, for starting again with the same.
    #[must_use]
    pub fn request(&self) -> &LoginRequest {
        &self.request
    }

    #[must_use]
    pub fn nonce(&self) -> &Secret<String> {
        &self.nonce
    }

    /// The PKCE verifier (RFC 7636 §4.1).
    #[must_use]
    pub fn verifier(&self) -> &Secret<String> {
        &self.verifier
    }

    /// The cookie's value.
    ///
    /// # Errors
    /// When it would be too long for a cookie.
    pub fn seal(&self, with: &Sealer) -> Result<String, TooLong> {
        let sealed = with.seal_json(self, &[]);
        if sealed.len() > LONGEST { Err(TooLong) } else { Ok(sealed) }
    }

    /// # Errors
    /// When we did not make it.
    pub fn open(sealed: &str, with: &Sealer) -> Result<Self, NotOurs> {
        with.open_json(sealed, &[])
    }

    /// Takes the login up again: the cookie's half and the state's half must be of one login, at the callback of the
    /// provider it was started for, in time (security rules C1, C3, C7).
    ///
    /// # Errors
    /// Which half does not fit.
    pub fn redeem(self, state: &State, at: &ProviderId, now: OffsetDateTime) -> Result<Redeemed, Unredeemable> {
        if state.provider != *at {
            return Err(Unredeemable::OtherProvider { begun_for: state.provider.clone() });
        }
        if self.state() != *state {
            return Err(Unredeemable::Missing);
        }
        let age = now - self.begun;
        if age > PATIENCE {
            return Err(Unredeemable::Expired { late: age - PATIENCE });
        }
        Ok(Redeemed(self))
    }
}

impl State {
    #[must_use]
    pub fn seal(&self, sealer: &Sealer) -> String {
        sealer.seal_json(self, &[])
    }

    /// # Errors
    /// When we did not make it.
    pub fn open(sealed: &str, with: &Sealer) -> Result<Self, NotOurs> {
        with.open_json(sealed, &[])
    }
}

/// A login whose two halves came together in this browser, in time. Made once, from the pending one.
#[derive(Debug)]
pub struct Redeemed(PendingLogin);

impl Redeemed {
    #[must_use]
    pub fn pending(&self) -> &PendingLogin {
        &self.0
    }

    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    #[must_use]
    pub fn provider(&self) -> &ProviderId {
        &self.0.provider
    }

    #[must_use]
    pub fn begun(&self) -> OffsetDateTime {
        self.0.begun
    }
}

/// Why a callback does not continue a login.
#[derive(Debug, thiserror::Error)]
pub enum Unredeemable {
    #[error("the login took longer than ten minutes, by {}", .late)]
    Expired { late: Duration },
    #[error("this browser holds no such login")]
    Missing,
    #[error("it was started for provider {begun_for}")]
    OtherProvider { begun_for: ProviderId },
}

/// Most logins that a browser keeps, and most bytes of them together.
const MOST: usize = 8;
const MOST_BYTES: usize = 5 * 1024;

/// The logins to drop, oldest first, so that one of `incoming` bytes fits beside the others.
#[must_use]
pub fn overdue(mut kept: Vec<(LoginId, usize)>, incoming: usize) -> Vec<LoginId> {
    kept.sort_unstable();
    let mut bytes: usize = kept.iter().map(|(_, length)| length).sum::<usize>() + incoming;
    let mut count = kept.len() + 1;
    let too_many = kept.into_iter().take_while(|(_, length)| {
        let drop = count > MOST || bytes > MOST_BYTES;
        count -= 1;
        bytes = bytes.saturating_sub(*length);
        drop
    });
    too_many.map(|(id, _)| id).collect()
}

/// Whether a login that this browser does not hold was dropped for newer ones, rather than never here.
#[must_use]
pub fn was_dropped(missing: LoginId, kept: &[(LoginId, usize)]) -> bool {
    let bytes: usize = kept.iter().map(|(_, length)| length).sum();
    let full = kept.len() >= MOST || bytes + LONGEST > MOST_BYTES;
    full && kept.iter().all(|(id, _)| *id > missing)
}

/// Secrets that are about to be sealed are written as they are.
mod plainly {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::base::secret::Secret;

    pub fn serialize<S: Serializer>(secret: &Secret<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}

#[cfg(test)]
mod tests;
