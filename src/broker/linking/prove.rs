//! The proof of an account: the person signs in with an identity of it.

use std::sync::Arc;

use super::open_request::OpenRequest;
use crate::base::ids::{LinkRequestId, LinkRequestTag, ProviderId};
use crate::base::secret::Secret;
use crate::broker::begin::{BeginOutcome, Departure};
use crate::broker::context::Context;
use crate::broker::live_config::{LiveConfig, Provider};
use crate::broker::outcome::{FinishedLogin, LinkNotice, Outcome};
use crate::broker::password::AuthenticatedIdentity;
use crate::broker::refusal::{Cause, Refusal};
use crate::broker::resume::ResumedLogin;
use crate::broker::{Broker, Visitor};
use crate::signin::app::WhenUnknown;
use crate::signin::arrive::{Prompt, StartRefused};
use crate::signin::challenge::{LOGIN_TIMEOUT, LoginPurpose};
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{Credentials, RefusalReason};
use crate::signin::link::request::{NotConfirmed, NotProved, ProvingMethod};
use crate::store::{LinkProofToKeep, ProofEnd, ReplayKey, SingleUse};
use crate::upstream::Challenge;

const NOT_OFFERED: Cause = Cause::BadRequest("a proof of an account, which the config does not offer");

/// The result of a typed password.
#[derive(Debug)]
pub enum PasswordProof {
    /// Back to the page, which shows the next step or the notice.
    Done(Option<LinkNotice>),
    /// The name or the password is wrong, or the person has to wait. The page comes again with the form.
    Rejected(Box<Refusal>),
}

impl Broker {
    /// Sends the person to a provider, to prove an account there.
    ///
    /// # Errors
    /// When the request is over, the app does not offer the provider, or the provider can't be reached.
    pub async fn begin_proof(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        provider: &ProviderId,
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let context = open.proof_context();
        if !open.answers.prove {
            return Err(NOT_OFFERED.refuse(context));
        }
        let offered = config.offered_for(&open.destination);
        let Some(provider) = offered.into_iter().find(|offered| offered.id == *provider) else {
            return Err(Cause::ProviderNotListed.refuse(context));
        };
        let Challenge::Redirect(protocol) = provider.module.challenge() else {
            return Err(Cause::Start(StartRefused::TakesNoPassword).refuse(context));
        };
        // L6: the provider is asked to authenticate the person again.
        let destination = open.destination.with(|preferences| {
            preferences.prompt = Prompt::LoginWithoutProof;
            preferences.login_hint = None;
            preferences.provider = Some(provider.id.clone());
        });
        let departure = Departure { destination, provider, purpose: LoginPurpose::ProveAccount(open.id) };
        self.send(protocol, departure, visitor).await.map_err(|refusal| refusal.of_link_request(tag.clone()))
    }

    /// Proves an account by a name and a password.
    ///
    /// # Errors
    /// When the request is over, or the refusal is not about the form's values.
    pub async fn prove_with_password(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        (name, password): (String, Secret<String>),
        visitor: &Visitor,
    ) -> Result<PasswordProof, Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let context = open.proof_context();
        if !open.answers.prove {
            return Err(NOT_OFFERED.refuse(context));
        }
        let offered = config.offered_for(&open.destination);
        let modules: Vec<_> = offered.into_iter().filter(|provider| provider.checks_passwords()).collect();
        if modules.is_empty() {
            return Err(Cause::BadRequest("a password for an app whose providers check none").refuse(context));
        }
        let rejected = |refusal: Refusal| PasswordProof::Rejected(Box::new(refusal));
        let typed = match Credentials::parse(name, password) {
            Ok(typed) => typed,
            Err(why) => return Ok(rejected(Cause::InvalidCredentials(why).refuse(context))),
        };
        let authenticated = self.authenticate(&modules, &typed, WhenUnknown::Refuse, &context, visitor).await;
        let (authenticated, throttle) = match authenticated {
            Err(refusal) if refusal.cause.is_about_the_form() => return Ok(rejected(refusal)),
            Err(refusal) => return Err(refusal),
            Ok(authenticated) => authenticated,
        };
        let AuthenticatedIdentity { provider, identity } = authenticated;
        let proof =
            Proof { provider: &provider, identity: &identity, method: ProvingMethod::Password, single_use: None };
        let kept = self.keep_proof(open.id, proof).await;
        let kept = kept.map_err(|why| why.refuse(context.with_provider(&provider)).of_attempt());
        match throttle.settle(kept).await {
            Ok(notice) => Ok(PasswordProof::Done(notice)),
            // C42: the owner of a disabled account learns no more than a stranger who guesses.
            Err(refusal) if refusal.cause.is_about_the_form() => Ok(rejected(refusal)),
            Err(refusal) => Err(refusal),
        }
    }

    /// Proves an account by the answer of a provider. `request`: the link request that the login was begun for.
    ///
    /// # Errors
    /// When the login was finished before, or the database fails.
    pub(in crate::broker) async fn prove_by_redirect(
        &self,
        resumed: ResumedLogin<'_>,
        identity: &ExternalIdentity,
        request: LinkRequestId,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let ResumedLogin { provider, login, context, .. } = resumed;
        // Another browser may have begun this login: it has no cookie of the request (rule L7).
        if !visitor.link_requests.iter().any(|secret| secret.id() == request) {
            let refusal = Cause::LinkRequestMissing.refuse(context);
            return Ok(FinishedLogin::refused(self.audit_refusal(login.id(), refusal, visitor).await?));
        }
        let single_use = SingleUse { key: ReplayKey::Login(login.id()), expires_at: self.clock.now() + LOGIN_TIMEOUT };
        let proof = Proof {
            provider,
            identity,
            method: ProvingMethod::Redirect { auth_time: identity.auth_time },
            single_use: Some(single_use),
        };
        match self.keep_proof(request, proof).await {
            Ok(notice) => Ok(FinishedLogin { session: None, outcome: Outcome::ReturnToLink(request.tag(), notice) }),
            Err(cause @ (Cause::LoginReplayed { .. } | Cause::Store(_))) => Err(cause.refuse(context)),
            Err(cause) => {
                let refusal = cause.refuse(context.with_identity(&identity.key)).of_attempt();
                Ok(FinishedLogin::refused(refusal))
            }
        }
    }

    /// Keeps the proof, if the sign-in is one. Otherwise returns what the page says.
    async fn keep_proof(&self, request: LinkRequestId, proof: Proof<'_>) -> Result<Option<LinkNotice>, Cause> {
        let Proof { provider, identity, method, single_use } = proof;
        let kept = LinkProofToKeep {
            request,
            by: &identity.key,
            subject_source: &provider.subject_source,
            method,
            password: identity.password,
            single_use,
            now: self.clock.now(),
        };
        let why = match self.store.prove_account(&kept).await? {
            ProofEnd::Proved => return Ok(None),
            ProofEnd::NotProved(why) => why,
            ProofEnd::Replayed { first_at } => return Err(Cause::LoginReplayed { first: first_at }),
            ProofEnd::ProviderSuspended => return Err(Cause::ProviderSuspended(provider.id.clone())),
            ProofEnd::PasswordChanged => return Err(Cause::PasswordRefused(RefusalReason::ChangedMeanwhile)),
            ProofEnd::OtherSubjectSource { former } => {
                let (identity, current) = (identity.key.clone(), provider.subject_source.clone());
                return Err(Cause::OtherSubjectSource { identity, former, current });
            }
        };
        let notice = match why {
            NotProved::RequestOver => return Err(Cause::LinkNotConfirmed(NotConfirmed::RequestOver)),
            // C42: after a typed password, this looks like a wrong one.
            NotProved::AccountDisabled if method == ProvingMethod::Password => {
                return Err(self.closed_meanwhile(identity).await);
            }
            NotProved::AccountDisabled => LinkNotice::AccountDisabled,
            NotProved::NoAccount => LinkNotice::NoAccount,
            NotProved::NotFresh { .. } => LinkNotice::NotFresh,
            // The page asks about the account that was proved first. The person can go back there.
            NotProved::OtherAccountProved => return Ok(None),
        };
        tracing::info!(provider = %provider.id, request = %request.tag(), "no account was proved: {why:?}");
        Ok(Some(notice))
    }
}

/// A sign-in that shall prove an account.
struct Proof<'p> {
    provider: &'p Arc<Provider>,
    identity: &'p ExternalIdentity,
    method: ProvingMethod,
    single_use: Option<SingleUse>,
}

impl OpenRequest<'_> {
    /// The context of a sign-in that shall prove an account. Its refusals lead back to the page of the request.
    fn proof_context(&self) -> Context {
        Context { link_request: Some(self.id.tag()), ..Context::of_destination(&self.destination) }
    }
}
