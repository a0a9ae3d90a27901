//! A person who is signed in adds an identity to their account.

use std::sync::Arc;

use crate::base::ids::{ProviderId, SessionBinding};
use crate::broker::begin::{BeginOutcome, Departure, sign_in_options};
use crate::broker::context::Context;
use crate::broker::deliver::ActiveSession;
use crate::broker::live_config::{LiveConfig, Provider};
use crate::broker::outcome::{FinishedLogin, Outcome};
use crate::broker::own_account::Freshness as SessionFreshness;
use crate::broker::refusal::{Cause, Refusal};
use crate::broker::resume::ResumedLogin;
use crate::broker::{Broker, SignInOptions, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, OwnPageRequest, StartRefused};
use crate::signin::challenge::{LOGIN_TIMEOUT, LoginPurpose};
use crate::signin::identify::{ExternalIdentity, profile};
use crate::signin::link::request::{Freshness, NotConfirmed};
use crate::store::{AdditionEnd, AskedLogin, MethodToAdd, ReplayKey, SingleUse};
use crate::upstream::Challenge;

impl Broker {
    /// The providers at which a person can add an identity. `return_to`: the page that they see at the end.
    ///
    /// # Errors
    /// When `return_to` is not a path of ours.
    pub fn methods_to_add(
        &self,
        config: &LiveConfig,
        return_to: &str,
        visitor: &Visitor,
    ) -> Result<SignInOptions, Box<Refusal>> {
        let destination = back_to(config, return_to)?;
        let offered: Vec<_> = config.offered_for(&destination);
        let lets_add = |provider: &&Arc<Provider>| provider.first_login.lets_owners_link();
        let may_add: Vec<_> = offered.into_iter().filter(lets_add).collect();
        let options = sign_in_options(destination, &may_add, visitor);
        Ok(SignInOptions { another_account: false, ..options })
    }

    /// Sends the person to a provider, to add an identity there.
    ///
    /// # Errors
    /// When there is no such provider, or it can't be reached.
    pub async fn begin_adding(
        &self,
        config: &LiveConfig,
        provider: &ProviderId,
        return_to: &str,
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        let mut destination = back_to(config, return_to).map_err(|why| *why)?;
        let context = Context::of_destination(&destination);
        let found = config.provider(provider).filter(|provider| provider.first_login.lets_owners_link());
        let found = found.ok_or_else(|| Cause::ProviderDisabled.refuse(context.clone()))?;
        if let Some(cause) = found.why_off() {
            return Err(cause.refuse(context.with_provider(found)));
        }
        let (Challenge::Redirect(protocol), Some(session)) = (found.module.challenge(), visitor.session) else {
            return Err(Cause::Start(StartRefused::TakesNoPassword).refuse(context));
        };
        destination.preferences_mut().provider = Some(provider.clone());
        let purpose = LoginPurpose::AddMethod(SessionBinding::of(session.0));
        self.send(protocol, Departure { destination, provider: found, purpose }, visitor).await
    }

    /// Ends the login of a person who adds an identity: a page asks them, unless the identity has an account already.
    ///
    /// # Errors
    /// When the login was finished before, or the database fails.
    pub(in crate::broker) async fn add_by_redirect(
        &self,
        config: &LiveConfig,
        resumed: ResumedLogin<'_>,
        identity: &ExternalIdentity,
        session: SessionBinding,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let ResumedLogin { provider, destination, login, context } = resumed;
        let refused = async |cause: Cause| {
            let refusal = self.audit_refusal(login.id(), cause.refuse(context.clone()), visitor).await?;
            Ok(FinishedLogin::refused(refusal))
        };
        let live = self.fresh_session_bound_to(config, session, visitor).await;
        let Some(live) = live.map_err(|why| why.refuse(context.clone()))? else {
            return refused(Cause::LinkRequestMissing).await;
        };
        let single_use = SingleUse { key: ReplayKey::Login(login.id()), expires_at: self.clock.now() + LOGIN_TIMEOUT };
        let attested = AttestedMethod { provider, identity, destination: &destination, session, live: &live };
        match self.ask_to_add(config, &attested, Some(single_use)).await {
            Ok(outcome) => Ok(FinishedLogin { session: None, outcome }),
            Err(cause @ Cause::Upstream(_)) => refused(cause).await,
            Err(cause @ (Cause::Store(_) | Cause::LoginReplayed { .. })) => Err(cause.refuse(context)),
            Err(cause) => Ok(FinishedLogin::refused(cause.refuse(context).of_attempt())),
        }
    }

    /// Keeps a link request for an identity that its provider has just attested. Nothing is linked yet.
    pub(super) async fn ask_to_add(
        &self,
        config: &LiveConfig,
        method: &AttestedMethod<'_>,
        single_use: Option<SingleUse>,
    ) -> Result<Outcome, Cause> {
        let AttestedMethod { provider, identity, destination, session, live } = *method;
        let described = profile(identity, &provider.groups).map_err(|why| Cause::Upstream(why.into()))?;
        let asked = AskedLogin {
            profile: described.profile,
            settings: provider.settings.clone(),
            auth_time: identity.auth_time,
            provider_session: identity.provider_session.clone(),
            wished: None,
            suggested: None,
        };
        let destination = serde_json::to_string(&destination.to_pending()).unwrap_or_default();
        let end = self.store.ask_to_add(MethodToAdd {
            identity: &identity.key,
            login: &asked,
            destination: &destination,
            session,
            account: &live.person.account.id,
            by: &live.identity,
            freshness: proof_freshness(config.provider(&live.identity.provider), live),
            single_use,
            now: self.clock.now(),
        });
        match end.await? {
            AdditionEnd::Asked(secret) => Ok(Outcome::AskToLink(secret)),
            AdditionEnd::AlreadyLinked => Ok(Outcome::AlreadyOwnMethod),
            AdditionEnd::ProviderSuspended => Err(Cause::ProviderSuspended(identity.key.provider.clone())),
            AdditionEnd::Replayed { first_at } => Err(Cause::LoginReplayed { first: first_at }),
            AdditionEnd::LinkedToAnother => Err(Cause::LinkNotConfirmed(NotConfirmed::LinkedToAnother)),
            AdditionEnd::AccountClosed => Err(Cause::LinkNotConfirmed(NotConfirmed::AccountClosed)),
        }
    }

    /// This browser's session, if it is the one of the binding, and fresh.
    pub(super) async fn fresh_session_bound_to(
        &self,
        config: &LiveConfig,
        binding: SessionBinding,
        visitor: &Visitor,
    ) -> Result<Option<ActiveSession>, Cause> {
        let live = self.session_bound_to(config, binding, visitor).await?;
        Ok(live.filter(|live| self.freshness(config, live) == SessionFreshness::Fresh))
    }

    /// This browser's session, if it is the one of the binding.
    pub(super) async fn session_bound_to(
        &self,
        config: &LiveConfig,
        binding: SessionBinding,
        visitor: &Visitor,
    ) -> Result<Option<ActiveSession>, Cause> {
        let session = visitor.session.filter(|session| SessionBinding::of(session.0) == binding);
        self.active_session(config, session).await
    }
}

/// An identity that its provider has just attested, and the session of the account that it shall open.
#[derive(Clone, Copy)]
pub(super) struct AttestedMethod<'m> {
    pub provider: &'m Arc<Provider>,
    pub identity: &'m ExternalIdentity,
    pub destination: &'m Destination<Arc<App>>,
    pub session: SessionBinding,
    pub live: &'m ActiveSession,
}

/// A sign-in that ends at a page of ours.
pub(super) fn back_to(config: &LiveConfig, return_to: &str) -> Result<Destination<Arc<App>>, Box<Refusal>> {
    let query = [("return_to".to_owned(), return_to.to_owned())];
    let request = OwnPageRequest::read(&query, &config.public_url);
    let request = request.map_err(|why| Box::new(Cause::Start(why).refuse(Context::of_own_page())))?;
    Ok(Destination::OwnPage { request })
}

/// How it is known that the person of a session signed in just now.
fn proof_freshness(provider: Option<&Arc<Provider>>, session: &ActiveSession) -> Freshness {
    match (provider, session.auth_time) {
        (Some(provider), _) if provider.checks_passwords() => Freshness::Password,
        (_, Some(_)) => Freshness::AuthTime,
        (_, None) => Freshness::RoundTrip,
    }
}
