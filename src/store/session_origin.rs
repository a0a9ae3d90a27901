//! What a login keeps with its session, so that the person recognises it later.

use crate::base::user_agent::UserAgent;

/// The browser that opens a session.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionOrigin<'o> {
    /// An IPv4 /24 or an IPv6 /64.
    pub network: Option<&'o str>,
    pub agent: Option<UserAgent>,
}
