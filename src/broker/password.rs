//! Signs in by a name and a password: asks the app's modules in turn, counts failures, and ends like any other login.
//!
//! Three requests use it: the form of the sign-in page; an app's server or page that asks for its user (Galène's
//! authorisation server, `token_request`); and the change of a password (`password_change`).

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Instant;

use super::begin::sign_in_options;
use super::context::Context;
use super::identified_login::IdentifiedLogin;
use super::live_config::{LiveConfig, Provider};
use super::outcome::{FinishedLogin, Outcome};
use super::provider_time::{PROVIDER_TIME, ProviderDeadline};
use super::refusal::{Cause, Refusal};
use super::start::{Arrived, StartAddress};
use super::throttle::{LoginThrottle, UnknownNames};
use super::{Broker, SignInOptions, Visitor};
use crate::base::secret::Secret;
use crate::signin::app::WhenUnknown;
use crate::signin::arrive::{Preferences, StartRefused};
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{Credentials, ModuleAnswers, ModulesOutcome, NotAccepted, RefusalReason};
use crate::upstream::Challenge;
use crate::upstream::attempt::Attempt;
use crate::upstream::health::silent_since;

/// The result of a sent form.
#[derive(Debug)]
pub enum PasswordSignIn {
    Finished(FinishedLogin),
    /// The same page again, with a message.
    Rejected(Box<RejectedForm>),
}

/// A rejected form, to show again.
#[derive(Debug)]
pub struct RejectedForm {
    pub options: SignInOptions,
    pub refusal: Refusal,
}

/// An identity that a password proved, and the provider that checked it.
pub(super) struct AuthenticatedIdentity {
    pub provider: Arc<Provider>,
    pub identity: ExternalIdentity,
}

impl Broker {
    /// Signs a person in by the form of a sign-in page. `query`: the query of the start, which the form's
    /// address keeps.
    ///
    /// # Errors
    /// Refusals that are not about the form's values. Those that are give [`PasswordSignIn::Rejected`].
    pub async fn sign_in_with_password(
        &self,
        config: &LiveConfig,
        address: StartAddress<'_>,
        query: &[(String, String)],
        (name, password): (String, Secret<String>),
        visitor: &Visitor,
    ) -> Result<PasswordSignIn, Refusal> {
        let Arrived { destination, named } = config.arrived(address, query).map_err(|why| *why)?;
        let context = Context::of_destination(&destination);
        match named.map(|named| (named, named.why_off())) {
            Some((named, Some(cause))) => return Err(cause.refuse(context.with_provider(named))),
            Some((named, None)) if !named.checks_passwords() => {
                return Err(Cause::Start(StartRefused::TakesNoPassword).refuse(context));
            }
            Some(_) | None => {}
        }
        let offered = config.offered_for(&destination);
        let asked: Vec<_> =
            offered.into_iter().filter(|provider| is_asked(provider, destination.preferences())).collect();
        let modules: Vec<_> = asked.iter().copied().filter(|provider| provider.checks_passwords()).collect();
        if modules.is_empty() {
            let checking = config.listed_for(&destination).into_iter().filter(|provider| provider.checks_passwords());
            if let Some(cause) = LiveConfig::all_suspended(checking) {
                return Err(cause.refuse(context));
            }
            return Err(Cause::BadRequest("a password, but no provider that is offered checks any").refuse(context));
        }
        let again = |refusal: Refusal| {
            let options = sign_in_options(destination.clone(), &asked, visitor);
            PasswordSignIn::Rejected(Box::new(RejectedForm { options, refusal }))
        };
        let typed = match Credentials::parse(name, password) {
            Ok(typed) => typed,
            Err(why) => return Ok(again(Cause::InvalidCredentials(why).refuse(context))),
        };
        match self.authenticate(&modules, &typed, WhenUnknown::Refuse, &context, visitor).await {
            Err(refusal) if refusal.cause.is_about_the_form() => Ok(again(refusal)),
            Err(refusal) => Err(refusal),
            Ok((authenticated, throttle)) => {
                let context = context.with_provider(&authenticated.provider);
                let AuthenticatedIdentity { provider, identity } = authenticated;
                let login = IdentifiedLogin { destination: destination.clone(), provider, id: None, identity };
                let finished = match self.sign_in(config, login, &context, visitor).await {
                    Ok(FinishedLogin { session, outcome: Outcome::Refused(refusal) }) => {
                        let refusal = throttle.settle_refused(*refusal).await;
                        FinishedLogin { session, outcome: Outcome::Refused(Box::new(refusal)) }
                    }
                    finished => throttle.settle(finished).await?,
                };
                Ok(match finished.outcome {
                    // C42: the owner of a disabled account learns no more than a stranger who guesses.
                    Outcome::Refused(refusal) if refusal.cause.is_shown_as_wrong_password() => again(*refusal),
                    outcome => PasswordSignIn::Finished(FinishedLogin { outcome, ..finished }),
                })
            }
        }
    }

    /// Asks these modules in turn. Every refusal looks alike from outside (security rule C42); the log has the cause.
    ///
    /// # Errors
    /// Why no module accepted the password. The throttle has counted it. The caller reports it.
    pub(super) async fn authenticate<'v>(
        &'v self,
        modules: &[&'v Arc<Provider>],
        typed: &'v Credentials,
        unknown: WhenUnknown,
        context: &Context,
        visitor: &'v Visitor,
    ) -> Result<(AuthenticatedIdentity, LoginThrottle<'v>), Refusal> {
        let deadline = ProviderDeadline::after(PROVIDER_TIME);
        let throttle = LoginThrottle::new(self, typed.name().expose(), visitor);
        let unknown_names = match unknown {
            WhenUnknown::Refuse => UnknownNames::Count,
            WhenUnknown::NoOpinion => UnknownNames::Ignore,
        };
        let answer = ask_modules(modules, typed, &throttle, unknown_names, deadline).await;
        // Some modules recognise an unknown name without a password check. The attempt counts nevertheless.
        if let ModulesOutcome::UnknownName | ModulesOutcome::Refused(_, NotAccepted::Refused { .. }) = &answer
            && let Err(cause) = throttle.count_unchecked(modules.first().copied()).await
        {
            return Err(cause.refuse(context.clone()).of_attempt());
        }
        if let Some(store_error) = throttle.store_error() {
            return Err(throttle.settle_refused(Cause::Store(store_error).refuse(context.clone())).await);
        }
        let (context, rejection) = match answer {
            ModulesOutcome::Accepted(provider, identity) => {
                return Ok((
                    AuthenticatedIdentity { provider, identity: self.with_password_claims(*identity) },
                    throttle,
                ));
            }
            ModulesOutcome::Refused(provider, rejection) => {
                let owner = self.owner_of_password(&throttle, typed, &provider, &rejection).await;
                let mut context = context.clone().with_provider(&provider).with_password_owner(&owner);
                context.also_refused_by = throttle.refused_by();
                context.also_refused_by.retain(|other| *other != provider.id);
                (context, (rejection, Some((provider, owner))))
            }
            ModulesOutcome::UnknownName if unknown == WhenUnknown::NoOpinion => {
                return Err(throttle.settle_refused(Cause::NoOpinion.refuse(context.clone())).await);
            }
            ModulesOutcome::UnknownName => {
                if let Some(provider) = modules.first() {
                    self.read_dummy_account(provider).await;
                }
                (context.clone(), (NotAccepted::Unknown, None))
            }
        };
        let cause = match rejection {
            (NotAccepted::Refused { why: RefusalReason::AccountDisabledHere, .. }, Some((_, owner))) => {
                owner.into_disabled_cause()
            }
            (NotAccepted::Refused { why, .. }, _) => Cause::PasswordRefused(why),
            (NotAccepted::Unknown, _) => Cause::UnknownUser,
            (NotAccepted::Throttled(throttled), _) => Cause::Throttled(throttled),
            (NotAccepted::Busy(why), _) => Cause::Busy(why),
            (NotAccepted::NotAvailable(why), by) => {
                let since = by.and_then(|(by, _)| silent_since(&by.module.availability()));
                Cause::ModuleUnavailable { why, since }
            }
        };
        Err(throttle.settle_refused(cause.refuse(context).of_attempt()).await)
    }

    /// Adds when and how the identity was proved, if the module did not: now, by a password (RFC 8176 §2).
    fn with_password_claims(&self, mut identity: ExternalIdentity) -> ExternalIdentity {
        identity.auth_time.get_or_insert(self.clock.now());
        identity.claims.entry("amr").or_insert_with(|| serde_json::json!(["pwd"]));
        identity
    }
}

pub(super) async fn ask_modules<'v>(
    modules: &[&'v Arc<Provider>],
    typed: &'v Credentials,
    throttle: &LoginThrottle<'v>,
    unknown_names: UnknownNames,
    deadline: ProviderDeadline,
) -> ModulesOutcome<Arc<Provider>> {
    let mut asked = ModuleAnswers::default();
    for &provider in modules {
        let Challenge::Password(module) = provider.module.challenge() else { continue };
        let gate = throttle.gate(provider, module.bans_after());
        let (attempt, begun) = (Attempt::new(typed, &gate), Instant::now());
        let mut result = deadline.ask(&provider.id, module.check(&attempt)).await;
        let waits = gate.admit_answer(&result).await.is_err();
        if waits && result.is_ok() {
            // The account has to wait. Only a name that is known to lead to this account may show the wait. For other
            // names the answer is a refusal, whether the password was right or wrong (security rule C42).
            module.delay_like_a_refusal(begun).await;
            result = Err(NotAccepted::Refused { why: RefusalReason::AccountThrottled, subject: None });
        }
        // This look-up comes after the check of the wait. So for an account that waits, a right password makes no more
        // look-ups than a wrong one (security rule C42).
        let account = result.as_ref().ok().map(|identity| identity.key.subject.clone());
        if let Some(account) = account
            && let Err(refused) = attempt.check_enabled(&account).await
        {
            // A refusal, because a disabled account must look like a wrong password. So the next provider may be asked
            // (security rule C42).
            module.delay_like_a_refusal(begun).await;
            result = Err(refused);
        }
        if !waits {
            gate.remember_answer(&result);
        }
        gate.record(&result, attempt.password_state(), unknown_names);
        match asked.add(Arc::clone(provider), result, provider.on_refused) {
            ControlFlow::Continue(on) => asked = on,
            ControlFlow::Break(answer) => return answer,
        }
    }
    asked.end()
}

/// Whether this provider may be asked: the start names it, or names none.
fn is_asked(provider: &Arc<Provider>, preferences: &Preferences) -> bool {
    preferences.provider.as_ref().is_none_or(|named| *named == provider.id)
}
