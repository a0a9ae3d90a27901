//! The state that a protocol keeps of a pending login.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The state that a protocol keeps from the start to the answer, in its own form: the nonce of OpenID Connect, the
/// request id of SAML.
///
/// Only the protocol reads it. It travels in the sealed cookie of the login, so it must be small.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProtocolState(Value);

impl ProtocolState {
    /// # Panics
    /// Never, for types that JSON can hold.
    #[must_use]
    #[expect(clippy::expect_used, reason = "our own plain types always serialise")]
    pub fn write<S: Serialize>(state: &S) -> Self {
        Self(serde_json::to_value(state).expect("plain data"))
    }

    /// `None` if another protocol wrote it, because the provider had another kind at the start.
    #[must_use]
    pub fn read<S: DeserializeOwned>(&self) -> Option<S> {
        S::deserialize(&self.0).ok()
    }
}

/// Shows nothing: it may hold secrets (security rule C56).
impl fmt::Debug for ProtocolState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProtocolState(…)")
    }
}
