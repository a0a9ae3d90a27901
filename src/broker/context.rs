//! What is known of a sign-in when it is refused.

use std::sync::Arc;

use super::live_config::Provider;
use crate::base::ids::{AccountId, LinkRequestTag, ProviderId, Subject};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, LoginRequest, OwnPageRequest, Preferences};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::upstream::redirect::ProviderRefusal;

/// What is known of a refused sign-in, for the page's links and for the log.
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub destination: KnownDestination,
    /// Id and display name.
    pub provider: Option<(ProviderId, String)>,
    /// The link request for which the person proves an account. The next steps lead back to its page.
    pub link_request: Option<LinkRequestTag>,
    /// Account id and username.
    pub account: Option<(AccountId, String)>,
    /// The identity that the provider attested.
    pub identity: Option<IdentityKey>,
    /// The person whose password was wrong, as the provider names them, if they have no account here.
    pub refused_subject: Option<Subject>,
    /// The other providers that had the password and did not accept it.
    pub also_refused_by: Vec<ProviderId>,
    /// The refusal in a provider's answer, if no login was found for that answer.
    pub declined: Option<ProviderRefusal>,
    /// The claims that were left out because their value is the typed password, as the log may show them.
    pub left_out: Vec<String>,
}

/// Where a refused sign-in leads, as far as it is known.
#[derive(Debug, Clone, Default)]
pub enum KnownDestination {
    #[default]
    Unknown,
    /// To an app, by a start that can't be read or is lost.
    App(Arc<App>),
    /// The whole start is known.
    Start(Destination<Arc<App>>),
}

impl KnownDestination {
    #[must_use]
    pub fn app(&self) -> Option<&Arc<App>> {
        match self {
            Self::Unknown => None,
            Self::App(app) => Some(app),
            Self::Start(destination) => destination.app(),
        }
    }

    #[must_use]
    pub fn start(&self) -> Option<&Destination<Arc<App>>> {
        match self {
            Self::Unknown | Self::App(_) => None,
            Self::Start(destination) => Some(destination),
        }
    }

    /// What an app asked for.
    #[must_use]
    pub fn request(&self) -> Option<&LoginRequest> {
        match self.start()? {
            Destination::App { request, .. } => Some(request),
            Destination::OwnPage { .. } => None,
        }
    }

    #[must_use]
    pub fn preferences(&self) -> Option<&Preferences> {
        self.start().map(Destination::preferences)
    }
}

impl Context {
    #[must_use]
    pub fn of_app(app: &Arc<App>) -> Self {
        Self { destination: KnownDestination::App(Arc::clone(app)), ..Self::default() }
    }

    /// To a page of our own, by a start that can't be read or is lost: the person may start without parameters.
    #[must_use]
    pub fn of_own_page() -> Self {
        Self::of_destination(&Destination::OwnPage { request: OwnPageRequest::default() })
    }

    #[must_use]
    pub fn of_request(app: &Arc<App>, request: &LoginRequest) -> Self {
        Self::of_destination(&Destination::App { app: Arc::clone(app), request: request.clone() })
    }

    #[must_use]
    pub fn of_destination(destination: &Destination<Arc<App>>) -> Self {
        Self { destination: KnownDestination::Start(destination.clone()), ..Self::default() }
    }

    #[must_use]
    pub fn with_provider(self, provider: &Provider) -> Self {
        Self { provider: Some((provider.id.clone(), provider.name.clone())), ..self }
    }

    #[must_use]
    pub fn with_identity(self, key: &IdentityKey) -> Self {
        Self { identity: Some(key.clone()), ..self }
    }

    #[must_use]
    pub fn with_left_out(self, identity: &ExternalIdentity) -> Self {
        let shown = identity.left_out.iter().take(MAX_LEFT_OUT).map(|claim| identity.secrets.quote_name(claim, 40));
        Self { left_out: shown.collect(), ..self }
    }
}

/// How many claims that were left out a line of the log names.
const MAX_LEFT_OUT: usize = 10;
