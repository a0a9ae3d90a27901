//! Where a sign-in leads.

use serde::{Deserialize, Serialize};

use super::LoginRequest;
use crate::base::ids::AppId;

/// Where a sign-in leads. `A` is the app: its id while the login is pending, then its registration.
///
/// Code that depends on it matches every variant, so that the compiler finds each place that a new variant affects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Destination<A = AppId> {
    /// To an app, with what it asked for.
    #[serde(rename = "a")]
    App {
        #[serde(rename = "i")]
        app: A,
        #[serde(rename = "r")]
        request: LoginRequest,
    },
}
