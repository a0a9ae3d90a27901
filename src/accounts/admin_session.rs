//! An account with a role, in a browser.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use crate::base::ids::{AccountId, ProviderId};
use crate::base::lookalike::Scripts;
use crate::base::role::Role;
use crate::signin::identify::IdentityKey;

/// What the config says about roles, and about what people with roles do.
pub trait RoleConfig: Send + Sync {
    /// The role that the config gives the account of an identity. The identity's provider still accepts its issuer.
    fn role_of(&self, key: &IdentityKey) -> Option<Role>;
    /// Whether people with roles may use them in a session by this provider.
    fn admits_admins(&self, provider: &ProviderId) -> bool;
    /// How long ago the sign-in may be at most before a change.
    fn fresh(&self) -> Duration;
    /// How long a session may use the admin pages without being used.
    fn idle(&self) -> Duration;
    /// The scripts that a new username may be in.
    fn usernames(&self) -> Scripts {
        Scripts::default()
    }
}

/// An account with a role, in a browser.
#[derive(Clone)]
pub struct AdminSession {
    pub account: AccountId,
    pub session: Id,
    /// An IPv4 /24 or an IPv6 /64.
    pub network: Option<String>,
    pub config: Arc<dyn RoleConfig>,
}

/// The session's id is a secret.
impl fmt::Debug for AdminSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AdminSession").field("account", &self.account).finish_non_exhaustive()
    }
}

/// Why somebody with a session may not do something. Nothing was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAllowed {
    #[error("the session has ended, or has not been used for too long")]
    NotSignedIn,
    #[error("the sign-in is not fresh, or the provider does not say when it authenticated the person")]
    NotFresh,
    #[error("this needs the role {0}")]
    RoleNeeded(Role),
    #[error("the account has a role; only the command line may do this to it")]
    HolderOfRole,
    #[error("nobody may do this to their own account")]
    OwnAccount,
    #[error("this is the last account with the role admin; only the command line may do this to it")]
    LastAdmin,
    #[error("only the command line may do this")]
    CommandLineOnly,
}

/// When a person proved who they are, as far as it counts for an account with a role: a provider that does not say when
/// it authenticated the person may have done so by an older session of its own (rule L6).
#[must_use]
pub fn is_fresh(
    auth_time: Option<OffsetDateTime>,
    began: OffsetDateTime,
    fresh: Duration,
    now: OffsetDateTime,
) -> bool {
    auth_time.is_some_and(|proved| now - proved.min(began) <= fresh)
}
