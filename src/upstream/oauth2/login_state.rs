//! The state of an OAuth 2.0 login, kept from the start to the answer.

use serde::{Deserialize, Serialize};

use crate::upstream::oauth_client::LoginSecret;

/// The random values of a login.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginState {
    /// RFC 7636 §4.1. `None` if the provider gets no challenge.
    #[serde(rename = "v", default, skip_serializing_if = "Option::is_none")]
    pub verifier: Option<LoginSecret>,
}
