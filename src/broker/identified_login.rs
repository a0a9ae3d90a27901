//! A login whose person is known.

use std::sync::Arc;

use super::live_config::Provider;
use crate::base::ids::LoginId;
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::signin::identify::ExternalIdentity;

/// A login whose person a provider has identified.
pub(super) struct IdentifiedLogin {
    pub destination: Destination<Arc<App>>,
    pub provider: Arc<Provider>,
    /// The pending login of a redirect. `None`: a password was typed here.
    pub id: Option<LoginId>,
    pub identity: ExternalIdentity,
}
