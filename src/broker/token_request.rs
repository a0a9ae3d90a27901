//! An app asks for its user by name and password, as Galène's page does: a token for the answer, and no session.

use std::sync::Arc;

use super::context::Context;
use super::live_config::LiveConfig;
use super::password::settle_throttle;
use super::refusal::{Cause, Refusal};
use super::sign_in::IdentifiedLogin;
use super::{Broker, Visitor};
use crate::base::ids::AppId;
use crate::signin::app::App;
use crate::signin::arrive::{Location, LoginRequest};
use crate::signin::identify::password::Credentials;
use crate::signin::send::SignedToken;

/// How many characters of a foreign origin the log quotes.
const MAX_QUOTED_ORIGIN: usize = 200;

/// Whom an app asks for, and where they are to be let in.
#[derive(Debug)]
pub struct TokenRequest {
    /// As registered: what the token's `aud` says (security rule C52).
    pub location: Location,
    pub typed: Credentials,
}

impl LiveConfig {
    /// The app that a page asks for its user, whose origin the browser tells. Who is no browser tells none.
    ///
    /// # Errors
    /// When there is no such app, or it has no address there: then nobody is to be asked (security rule C51).
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
    /// A token for the person whom the app's providers know by this name and password, if its rules let them in.
    ///
    /// # Errors
    /// Why not: told to the log, counted, and written down. From outside all refusals of a person look alike.
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
        let named = authserver.providers.iter().filter_map(|id| config.provider(id));
        let modules: Vec<_> = named.filter(|provider| provider.enabled && provider.checks_passwords()).collect();
        if modules.is_empty() {
            return Err(Cause::ProviderDisabled.refuse(context));
        }
        let authenticated =
            self.authenticate(&modules, &token_request.typed, authserver.unknown, context.clone(), visitor).await;
        let (authenticated, throttle) = authenticated?;
        let context = context.with_provider(&authenticated.provider);
        let login = IdentifiedLogin {
            app: Arc::clone(app),
            provider: authenticated.provider,
            request,
            id: None,
            identity: authenticated.identity,
        };
        let token = self.sign_in_without_session(config, &login, context, visitor).await;
        settle_throttle(throttle, token.as_ref().err().map(|refusal| &refusal.cause)).await;
        token
    }
}
