//! A login from its start to its callback: what we keep of it, where, and how the callback continues it.
//!
//! A start stores nothing on the server. The login travels in two sealed pieces: [`PendingLogin`] in a cookie of this
//! browser, and [`StateHandle`] through the provider. A callback needs both (RFC 9700 §2.1, §4.7).

mod handle;
mod protocol_state;
pub mod throttle;

pub use handle::{HANDLE_LENGTH, StateHandle};
pub use protocol_state::ProtocolState;

use serde::{Deserialize, Serialize};
use time::{Duration, OffsetDateTime};

use super::arrive::{Destination, Prompt};
use crate::base::ids::{Issuer, LinkRequestId, LoginId, ProviderId, SessionBinding};
use crate::base::secret::{Sealer, UnsealError};

/// How long a login may take from its start to its callback (security rule C3).
pub const LOGIN_TIMEOUT: Duration = Duration::minutes(10);

/// Longest sealed login, in bytes. Browsers silently drop a cookie over 4,096 bytes, and some proxies allow less.
pub const MAX_SEALED_LENGTH: usize = 2048;

/// A login that has begun, as the browser keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub struct PendingLogin {
    #[serde(rename = "i")]
    id: LoginId,
    #[serde(rename = "d")]
    destination: Destination,
    #[serde(rename = "p")]
    provider: ProviderId,
    /// The provider's issuer as it was when the login began.
    #[serde(rename = "s")]
    issuer: Issuer,
    #[serde(rename = "k")]
    protocol: ProtocolState,
    #[serde(rename = "t", with = "time::serde::timestamp")]
    started_at: OffsetDateTime,
    #[serde(rename = "w", default, skip_serializing_if = "LoginPurpose::is_sign_in")]
    purpose: LoginPurpose,
}

/// What a login is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LoginPurpose {
    /// To sign in.
    #[default]
    SignIn,
    /// To prove the account of a person who has signed in with an identity that no account has. Opens no session. The
    /// proof counts for this link request alone (rule L7).
    #[serde(rename = "p")]
    ProveAccount(LinkRequestId),
    /// To add an identity to the account of the person who is signed in. It counts in this session alone.
    #[serde(rename = "a")]
    AddMethod(SessionBinding),
}

impl LoginPurpose {
    fn is_sign_in(&self) -> bool {
        *self == Self::SignIn
    }
}

/// The request is too large to travel in a cookie, by about this many bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the parameters together are {excess} bytes too long")]
pub struct TooLong {
    pub excess: usize,
}

impl PendingLogin {
    /// `protocol` is the state that the provider's protocol keeps of this login.
    #[must_use]
    pub fn begin(
        id: LoginId,
        destination: Destination,
        (provider, issuer): (ProviderId, Issuer),
        protocol: ProtocolState,
        now: OffsetDateTime,
    ) -> Self {
        Self { id, destination, provider, issuer, protocol, started_at: now, purpose: LoginPurpose::SignIn }
    }

    #[must_use]
    pub fn for_purpose(self, purpose: LoginPurpose) -> Self {
        Self { purpose, ..self }
    }

    #[must_use]
    pub fn id(&self) -> LoginId {
        self.id
    }

    /// The handle that travels through the provider.
    #[must_use]
    pub fn handle(&self) -> StateHandle {
        StateHandle::new(self.id, &self.destination, &self.provider)
    }

    #[must_use]
    pub fn destination(&self) -> &Destination {
        &self.destination
    }

    /// Leaves out a hint, so that the login fits into a cookie: first the languages, then the name. Returns whether
    /// there was one.
    pub fn leave_out_hint(&mut self) -> bool {
        self.destination.preferences_mut().leave_out_hint()
    }

    /// The cookie's value.
    ///
    /// # Errors
    /// When it would be too long for a cookie.
    pub fn seal(&self, with: &Sealer) -> Result<String, TooLong> {
        let sealed = with.seal_json(self, &[]);
        match sealed.len() {
            ..=MAX_SEALED_LENGTH => Ok(sealed),
            // Base64 writes three bytes as four characters.
            length => Err(TooLong { excess: ((length - MAX_SEALED_LENGTH) * 3).div_ceil(4) }),
        }
    }

    /// # Errors
    /// When we did not seal it.
    pub fn open(sealed: &str, with: &Sealer) -> Result<Self, UnsealError> {
        with.open_json(sealed, &[])
    }

    /// Continues the login at its callback. The cookie and the handle must belong to the same login, and the callback
    /// must be that of its provider and come in time (security rules C1, C3, C7).
    ///
    /// # Errors
    /// Which of these conditions does not hold.
    pub fn redeem(self, handle: &StateHandle, at: &ProviderId, now: OffsetDateTime) -> Result<Redeemed, Unredeemable> {
        if self.handle() != *handle {
            return Err(Unredeemable::Missing);
        }
        if self.provider != *at {
            return Err(Unredeemable::OtherProvider { begun_for: self.provider });
        }
        let age = now - self.started_at;
        if age > LOGIN_TIMEOUT {
            return Err(Unredeemable::Expired { late: age - LOGIN_TIMEOUT });
        }
        Ok(Redeemed(self))
    }
}

/// A login whose cookie and handle came back in the same browser, in time. Only [`PendingLogin::redeem`] makes one.
#[derive(Debug)]
pub struct Redeemed(PendingLogin);

impl Redeemed {
    #[must_use]
    pub fn id(&self) -> LoginId {
        self.0.id
    }

    /// The provider's issuer as it was when the login began.
    #[must_use]
    pub fn issuer(&self) -> &Issuer {
        &self.0.issuer
    }

    /// The state that the protocol keeps of the login.
    #[must_use]
    pub fn protocol(&self) -> &ProtocolState {
        &self.0.protocol
    }

    #[must_use]
    pub fn started_at(&self) -> OffsetDateTime {
        self.0.started_at
    }

    #[must_use]
    pub fn purpose(&self) -> LoginPurpose {
        self.0.purpose
    }

    /// The person must have proved who they are after this time. `None`: the start asked for no fresh proof.
    #[must_use]
    pub fn proof_since(&self) -> Option<OffsetDateTime> {
        (self.0.destination.preferences().prompt == Prompt::Login).then_some(self.0.started_at)
    }
}

/// Why a callback does not continue a login.
#[derive(Debug, thiserror::Error)]
pub enum Unredeemable {
    #[error("the login came {} after its limit of ten minutes", .late)]
    Expired { late: Duration },
    #[error("this browser holds no such login")]
    Missing,
    #[error("it was started for provider {begun_for}")]
    OtherProvider { begun_for: ProviderId },
}

/// Most logins that a browser keeps, and most bytes of them together.
const MAX_LOGINS: usize = 8;
const MAX_LOGIN_BYTES: usize = 5 * 1024;

/// The logins to drop, oldest first, so that a new login of `incoming` bytes fits beside the others.
#[must_use]
pub fn logins_to_evict(mut kept: Vec<(LoginId, usize)>, incoming: usize) -> Vec<LoginId> {
    kept.sort_unstable();
    let mut bytes: usize = kept.iter().map(|(_, length)| length).sum::<usize>() + incoming;
    let mut count = kept.len() + 1;
    let too_many = kept.into_iter().take_while(|(_, length)| {
        let drop = count > MAX_LOGINS || bytes > MAX_LOGIN_BYTES;
        count -= 1;
        bytes = bytes.saturating_sub(*length);
        drop
    });
    too_many.map(|(id, _)| id).collect()
}

/// Why a browser evicted a login for newer ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EvictionReason {
    #[error("it keeps at most {MAX_LOGINS}")]
    TooMany,
    #[error(
        "it keeps {kept}, which fill {bytes} of the {MAX_LOGIN_BYTES} bytes that all may have together; with a \
         shorter `location`, `state` or `nonce` more of them fit"
    )]
    TooLarge { kept: usize, bytes: usize },
}

/// Why this browser evicted a missing login. `None`: it never had that login.
#[must_use]
pub fn eviction_reason(missing: LoginId, kept: &[(LoginId, usize)]) -> Option<EvictionReason> {
    if kept.iter().any(|(id, _)| *id <= missing) {
        return None;
    }
    let bytes: usize = kept.iter().map(|(_, length)| length).sum();
    match kept.len() {
        MAX_LOGINS.. => Some(EvictionReason::TooMany),
        kept if bytes + MAX_SEALED_LENGTH > MAX_LOGIN_BYTES => Some(EvictionReason::TooLarge { kept, bytes }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
