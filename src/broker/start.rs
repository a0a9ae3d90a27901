//! A start, read and checked: for redirects, for the password form, and for the context of refusals.

use std::sync::Arc;

use super::context::Context;
use super::live_config::{LiveConfig, Provider};
use super::refusal::{Cause, Refusal};
use crate::base::ids::AppId;
use crate::signin::app::App;
use crate::signin::arrive::{Destination, OwnPageRequest, StartRefused, arrive};

/// The address at which a sign-in starts.
#[derive(Debug, Clone, Copy)]
pub enum StartAddress<'a> {
    /// `/auth/{app}`
    App(&'a AppId),
    /// `/auth`
    OwnPage,
}

/// A start that was read and checked.
pub(super) struct Arrived<'c> {
    pub destination: Destination<Arc<App>>,
    /// The provider that the start names. It may be off.
    pub named: Option<&'c Arc<Provider>>,
}

impl LiveConfig {
    /// Reads a start, and checks everything that depends on neither a session nor a password.
    pub(super) fn arrived(
        &self,
        address: StartAddress<'_>,
        query: &[(String, String)],
    ) -> Result<Arrived<'_>, Box<Refusal>> {
        let wrong = |why| Box::new(Cause::Start(why).refuse(self.context_of_address(address)));
        let (destination, unknown_provider) = match address {
            StartAddress::App(id) => {
                let Some(app) = self.app(id) else {
                    return Err(Box::new(Cause::UnknownApp(id.clone()).refuse(Context::default())));
                };
                let request = arrive(app, query).map_err(wrong)?;
                if !app.enabled {
                    return Err(Box::new(Cause::AppDisabled.refuse(Context::of_request(app, &request))));
                }
                (Destination::App { app: Arc::clone(app), request }, StartRefused::UnknownProvider)
            }
            StartAddress::OwnPage => {
                let request = OwnPageRequest::read(query, &self.public_url).map_err(wrong)?;
                (Destination::OwnPage { request }, StartRefused::UnknownProviderHere)
            }
        };
        let named = match &destination.preferences().provider {
            Some(id) => Some(self.provider(id).ok_or_else(|| wrong(unknown_provider))?),
            None => None,
        };
        Ok(Arrived { destination, named })
    }

    /// The context of a start that can't be read.
    #[must_use]
    pub fn context_of_address(&self, address: StartAddress<'_>) -> Context {
        match address {
            StartAddress::App(app) => self.app(app).map_or_else(Context::default, Context::of_app),
            StartAddress::OwnPage => Context::of_own_page(),
        }
    }

    /// The context of a start, for a form that is refused before any provider is asked.
    #[must_use]
    pub fn context_of_start(&self, address: StartAddress<'_>, query: &[(String, String)]) -> Context {
        let whole = match address {
            StartAddress::App(app) => self.app(app).and_then(|app| {
                let request = arrive(app, query).ok()?;
                Some(Destination::App { app: Arc::clone(app), request })
            }),
            StartAddress::OwnPage => {
                let request = OwnPageRequest::read(query, &self.public_url).ok();
                request.map(|request| Destination::OwnPage { request })
            }
        };
        whole.map_or_else(|| self.context_of_address(address), |whole| Context::of_destination(&whole))
    }

    /// The providers that are on and lead to this destination, in the order in which they are offered.
    #[must_use]
    pub fn offered_for(&self, destination: &Destination<Arc<App>>) -> Vec<&Arc<Provider>> {
        match destination {
            Destination::App { app, .. } => self.offered(app),
            Destination::OwnPage { .. } => self.providers().filter(|provider| provider.is_on()).collect(),
        }
    }
}
