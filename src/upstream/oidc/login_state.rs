//! The state of an OpenID Connect login, kept from the start to the answer.

use serde::{Deserialize, Serialize};

use crate::upstream::oauth_client::LoginSecret;

/// The random values of a login.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginState {
    /// OpenID Connect Core §3.1.2.1.
    #[serde(rename = "n")]
    pub nonce: LoginSecret,
    /// RFC 7636 §4.1. `None` if the provider gets no challenge.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<LoginSecret>,
}

impl LoginState {
    /// The values, for removing them from the provider's words.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        [Some(&self.nonce), self.verifier.as_ref()].into_iter().flatten().map(LoginSecret::expose)
    }
}
