//! Issues a token to an app that sends its user's name and password, as Galène's page does. No session opens.

use std::sync::Arc;

use super::context::Context;
use super::identified_login::IdentifiedLogin;
use super::live_config::LiveConfig;
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::base::ids::AppId;
use crate::signin::app::App;
use crate::signin::arrive::{Destination, Location, LoginRequest};
use crate::signin::identify::password::Credentials;
use crate::signin::send::SignedToken;

/// How many characters of a foreign origin the log quotes.
const MAX_QUOTED_ORIGIN: usize = 200;

/// The user's name and password, and the location that the token is for.
#[derive(Debug)]
pub struct TokenRequest {
    /// A registered location, which becomes the token's `aud` (security rule C52).
    pub location: Location,
    pub typed: Credentials,
}

impl LiveConfig {
    /// The app, if a page of this origin may ask for its user. Clients that are not browsers send no `Origin`.
    ///
    /// # Errors
    /// When there is no such app, or it has no address at that origin. Then no provider may be asked (security rule
    /// C51).
    pub fn app_of_page(&self, app: &AppId, origin: Option<&str>) -> Result<Arc<App>, Box<Refusal>> {
        let Some(app) = self.app(app) else {
            return Err(Box::new(Cause::UnknownApp(app.clone()).refuse(Context::default())));
        };
        match origin {
            Some(origin) if !app.addresses.origins().contains(origin) => {
                let shown = origin.chars().take(MAX_QUOTED_ORIGIN).collect();
                Err(Box::new(Cause::OriginNotAllowed(shown).refuse(Context::of_app(app))))
            }
            Some(_) | None => Ok(Arc::clone(app)),
        }
    }
}

impl Broker {
    /// Issues a token for the person whose name and password one of the app's providers accepts, if the app's rules
    /// permit.
    ///
    /// # Errors
    /// Why no token is issued. From outside, all refusals of a person look alike (security rule C42).
    pub async fn issue_token(
        &self,
        config: &LiveConfig,
        app: &Arc<App>,
        token_request: TokenRequest,
        visitor: &Visitor,
    ) -> Result<SignedToken, Refusal> {
        let request = LoginRequest::for_location(token_request.location);
        let context = Context::of_request(app, &request);
        if !app.enabled {
            return Err(Cause::AppDisabled.refuse(context));
        }
        let Some(authserver) = &app.authserver else { return Err(Cause::AuthserverNotConfigured.refuse(context)) };
        let listed = || authserver.providers.iter().filter_map(|id| config.provider(id));
        let modules: Vec<_> = listed().filter(|provider| provider.is_on() && provider.checks_passwords()).collect();
        if modules.is_empty() {
            let cause = LiveConfig::all_suspended(listed()).unwrap_or(Cause::ProviderDisabled);
            return Err(cause.refuse(context));
        }
        let authenticated =
            self.authenticate(&modules, &token_request.typed, authserver.unknown, &context, visitor).await;
        let (authenticated, throttle) = authenticated?;
        let context = context.with_provider(&authenticated.provider);
        let login = IdentifiedLogin {
            destination: Destination::App { app: Arc::clone(app), request },
            provider: authenticated.provider,
            id: None,
            identity: authenticated.identity,
        };
        throttle.settle(self.sign_in_without_session(config, &login, &context, visitor).await).await
    }
}
