//! Where a sign-in leads.

use serde::{Deserialize, Serialize};

use super::LoginRequest;
use crate::base::ids::AppId;

/// Where a sign-in leads. `A` is the app: by its id while the login is under way, then as the config has it.
///
/// Everything that depends on it matches it whole, so a new variant makes the compiler name each place that must
/// decide.
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
