//! A person who is signed in adds an identity of a provider that checks passwords.

use super::add::{AttestedMethod, back_to};
use crate::base::ids::SessionBinding;
use crate::base::secret::Secret;
use crate::broker::context::Context;
use crate::broker::live_config::LiveConfig;
use crate::broker::outcome::Outcome;
use crate::broker::password::AuthenticatedIdentity;
use crate::broker::refusal::{Cause, Refusal};
use crate::broker::{Broker, Visitor};
use crate::signin::app::WhenUnknown;
use crate::signin::identify::password::Credentials;

/// The result of a typed password.
#[derive(Debug)]
pub enum PasswordAddition {
    /// To the page that asks, or back to the person's own page.
    Done(Box<Outcome>),
    /// The name or the password is wrong, or the person has to wait. The page comes again with the form.
    Rejected(Box<Refusal>),
    /// The person's session has ended meanwhile, or is no longer fresh.
    NotFresh,
}

impl Broker {
    /// Checks a name and a password, and keeps a link request for the identity that they prove. The throttle counts
    /// it like a sign-in. `return_to`: the page that the person sees at the end.
    ///
    /// # Errors
    /// Refusals that are not about the form's values.
    pub async fn add_by_password(
        &self,
        config: &LiveConfig,
        return_to: &str,
        (name, password): (String, Secret<String>),
        visitor: &Visitor,
    ) -> Result<PasswordAddition, Refusal> {
        let destination = back_to(config, return_to).map_err(|why| *why)?;
        let context = Context::of_destination(&destination);
        let Some(session) = visitor.session.map(|session| SessionBinding::of(session.0)) else {
            return Ok(PasswordAddition::NotFresh);
        };
        let live = self.fresh_session_bound_to(config, session, visitor).await;
        let Some(live) = live.map_err(|why| why.refuse(context.clone()))? else {
            return Ok(PasswordAddition::NotFresh);
        };
        let offered = config.offered_for(&destination).into_iter();
        let modules: Vec<_> =
            offered.filter(|provider| provider.checks_passwords() && provider.first_login.lets_owners_link()).collect();
        if modules.is_empty() {
            return Err(Cause::BadRequest("a password, but no provider that can be added checks any").refuse(context));
        }
        let rejected = |refusal: Refusal| PasswordAddition::Rejected(Box::new(refusal));
        let typed = match Credentials::parse(name, password) {
            Ok(typed) => typed,
            Err(why) => return Ok(rejected(Cause::InvalidCredentials(why).refuse(context))),
        };
        let authenticated = self.authenticate(&modules, &typed, WhenUnknown::Refuse, &context, visitor).await;
        let (AuthenticatedIdentity { provider, identity }, throttle) = match authenticated {
            Err(refusal) if refusal.cause.is_about_the_form() => return Ok(rejected(refusal)),
            Err(refusal) => return Err(refusal),
            Ok(authenticated) => authenticated,
        };
        let attested = AttestedMethod {
            provider: &provider,
            identity: &identity,
            destination: &destination,
            session,
            live: &live,
        };
        let asked = self.ask_to_add(config, &attested, None).await;
        let asked = asked.map_err(|why| why.refuse(context.with_provider(&provider)).of_attempt());
        throttle.settle(asked).await.map(|outcome| PasswordAddition::Done(Box::new(outcome)))
    }
}
