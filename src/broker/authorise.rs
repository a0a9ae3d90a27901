//! An app asks for its user by name and password, as Galène's page does: a token for the answer, and no session.

use std::sync::Arc;

use super::conclude::{Identified, Leaves};
use super::password::counted;
use super::refusal::{Cause, Context, Refusal};
use super::site::Provider;
use super::{Broker, Visitor};
use crate::signin::arrive::{App, Location, LoginRequest};
use crate::signin::identify::password::Typed;
use crate::signin::send::SignedToken;

/// Whom an app asks for, and where they are to be let in.
#[derive(Debug)]
pub struct Authorisation {
    /// As registered: what the token's `aud` says (security rule C52).
    pub location: Location,
    pub typed: Typed,
}

impl Broker {
    /// A token for whoever these modules know by this name and password, if the app's rules let them in.
    ///
    /// # Errors
    /// Why not: told to the log, counted, and written down. From outside all refusals of a person look alike.
    pub async fn authorise(
        &self,
        app: &Arc<App>,
        modules: &[&Arc<Provider>],
        asked: Authorisation,
        visitor: &Visitor,
    ) -> Result<SignedToken, Refusal> {
        let request = LoginRequest::for_location(asked.location);
        let context = Context::of_request(app, &request);
        if !app.enabled {
            return Err(Cause::AppDisabled.refuse(context));
        }
        let (proved, turnstile) = self.prove(modules, &asked.typed, context.clone(), visitor).await?;
        let context = context.with_provider(&proved.provider);
        let login = Identified {
            app: Arc::clone(app),
            provider: proved.provider,
            request,
            id: None,
            identity: proved.identity,
            leaves: Leaves::Token,
        };
        match self.conclude_token(&login, context, visitor).await {
            Ok(token) => {
                counted(turnstile.went_well().await);
                Ok(token)
            }
            Err(refusal) => {
                let count = if refusal.cause.is_of_an_account_that_is_off() {
                    turnstile.went_wrong().await
                } else {
                    turnstile.went_well().await
                };
                counted(count);
                Err(refusal)
            }
        }
    }
}
