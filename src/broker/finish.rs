//! A callback: find the login → lock it → ask the protocol who the person is, with no transaction open →
//! end the login → deliver.

use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::identified_login::IdentifiedLogin;
use super::left_identity::restart_with_fresh_login;
use super::live_config::LiveConfig;
use super::outcome::{FinishedLogin, Outcome};
use super::refusal::{Cause, Refusal};
use super::resume::ResumedLogin;
use super::{Broker, Visitor};
use crate::base::ids::{LoginId, ProviderId};
use crate::base::parameters::Parameters;
use crate::signin::arrive::Prompt;
use crate::signin::challenge::LoginPurpose;
use crate::signin::identify::ExternalIdentity;
use crate::signin::send::ErrorCode;
use crate::store::ReplayKey;
use crate::upstream::UpstreamError;
use crate::upstream::redirect::{Identification, ProviderRefusal, ResponsibleParty};

/// Back-off while another instance may be finishing this login.
const REPLAY_BACKOFF: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

impl Broker {
    /// Finishes the login that a provider's answer belongs to.
    ///
    /// # Errors
    /// When this answer does not end a login: there is none, it ended before, it can still be finished, or the store
    /// fails.
    pub async fn finish(
        &self,
        config: &LiveConfig,
        provider_id: &ProviderId,
        answer: &Parameters,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let resumed = self.resume(config, provider_id, answer, visitor).await;
        let (resumed, answer) =
            resumed.map_err(|refusal| config.with_declined(refusal, provider_id, answer, visitor).of_attempt())?;
        resumed.provider.traffic.record_returned();
        // One callback of a login asks the provider. Others wait here, and then find that the login has ended.
        let lock = self.in_flight.lock(resumed.login.id()).await;
        if let Some(first) = lock.ended() {
            return Err(Cause::LoginReplayed { first }.refuse(resumed.context));
        }
        let finished = match answer.identify(&resumed.login, &visitor.sealed_logins()).await {
            Ok(Identification::Attested(identity)) => self.identified(config, resumed, *identity, visitor).await,
            Ok(Identification::Declined(declined)) => self.declined(config, resumed, declined, visitor).await,
            Err(why) => self.answer_refused(resumed, why, visitor).await,
            Ok(Identification::Disregarded(why)) => {
                self.check_not_spent(resumed.login.id()).await.map_err(|why| why.refuse(resumed.context.clone()))?;
                Err(Cause::Upstream(why.into()).refuse(resumed.context).of_attempt())
            }
            Ok(Identification::Outdated) => Err(Cause::IssuerChanged.refuse(resumed.context).of_attempt()),
        };
        match &finished {
            Ok(_) => lock.end(self.clock.now()),
            // It ended at another instance or before a restart. No later callback needs to ask the provider.
            Err(Refusal { cause: Cause::LoginReplayed { first }, .. }) => lock.end(*first),
            Err(_) => {}
        }
        finished
    }

    async fn identified(
        &self,
        config: &LiveConfig,
        resumed: ResumedLogin<'_>,
        identity: ExternalIdentity,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        match resumed.login.purpose() {
            LoginPurpose::SignIn => {}
            LoginPurpose::ProveAccount(request) => {
                return self.prove_by_redirect(resumed, &identity, request, visitor).await;
            }
            LoginPurpose::AddMethod(session) => {
                return self.add_by_redirect(config, resumed, &identity, session, visitor).await;
            }
        }
        let unwanted = self.is_unwanted(&resumed.destination, &identity.key, visitor).await;
        if unwanted.map_err(|why| why.refuse(resumed.context.clone()))? {
            return self.unwanted_identity_came_back(resumed, visitor).await;
        }
        if let Err(why) = self.check_left_identity(&resumed, &identity, visitor) {
            return self.answer_refused(resumed, why, visitor).await;
        }
        let (login, context) = resumed.identified(identity);
        self.sign_in(config, login, &context, visitor).await
    }

    /// The provider was asked for a choice of accounts, but sent back the one that the person wants to leave. The login
    /// ends, and the next one asks for a fresh authentication.
    async fn unwanted_identity_came_back(
        &self,
        resumed: ResumedLogin<'_>,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let ResumedLogin { destination, login, context, .. } = resumed;
        let refusal = self.audit_refusal(login.id(), Cause::SameAccount.refuse(context), visitor).await?;
        self.report(refusal, visitor).await;
        Ok(restart_with_fresh_login(destination))
    }

    /// The provider refuses the sign-in: the login ends. Only an app that asked with `prompt=none` gets an error.
    async fn declined(
        &self,
        config: &LiveConfig,
        resumed: ResumedLogin<'_>,
        declined: ProviderRefusal,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let ResumedLogin { destination, login, context, .. } = resumed;
        let prompt = destination.preferences().prompt;
        // Providers without a choice of accounts refuse `select_account`. A fresh authentication offers the same.
        if prompt == Prompt::SelectAccount && declined.responsible == ResponsibleParty::Operator {
            let refusal = Cause::NoAccountChoice(declined).refuse(context);
            let refusal = self.audit_refusal(login.id(), refusal, visitor).await?;
            self.report(refusal, visitor).await;
            return Ok(restart_with_fresh_login(destination));
        }
        let cause = match declined.responsible {
            ResponsibleParty::Operator if prompt.is_login() => Cause::LoginPromptRefused(declined),
            _ => Cause::Declined(declined),
        };
        let refusal = self.audit_refusal(login.id(), cause.refuse(context), visitor).await?;
        if let Some(delivery) = config.answer_without_page(&destination, ErrorCode::LoginRequired) {
            self.report(refusal, visitor).await;
            return Ok(FinishedLogin { session: None, outcome: Outcome::Deliver(delivery) });
        }
        Ok(FinishedLogin::refused(refusal))
    }

    /// The answer is refused: the login ends. It is spent whatever the reason, so another try needs a new login
    /// (security rule C3).
    async fn answer_refused(
        &self,
        resumed: ResumedLogin<'_>,
        why: UpstreamError,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let ResumedLogin { login, context, .. } = resumed;
        if why.may_be_used_up() {
            self.check_not_spent_with_backoff(login.id()).await.map_err(|why| why.refuse(context.clone()))?;
        }
        let refusal = self.audit_refusal(login.id(), Cause::Upstream(why).refuse(context), visitor).await?;
        Ok(FinishedLogin::refused(refusal))
    }

    /// Checks that this login has not ended yet.
    ///
    /// # Errors
    /// When the store says that it has.
    pub(super) async fn check_not_spent(&self, login: LoginId) -> Result<(), Cause> {
        match self.store.first_use(ReplayKey::Login(login)).await? {
            Some(first) => Err(Cause::LoginReplayed { first }),
            None => Ok(()),
        }
    }

    /// As [`Self::check_not_spent`], but waits while another instance may be finishing this login. `audit_refusal`
    /// finds a login that ended during the last wait.
    async fn check_not_spent_with_backoff(&self, login: LoginId) -> Result<(), Cause> {
        for wait in REPLAY_BACKOFF {
            self.check_not_spent(login).await?;
            tokio::time::sleep(wait).await;
        }
        Ok(())
    }
}

impl ResumedLogin<'_> {
    /// The login of the person whom the provider attests, and the context of its refusals.
    fn identified(self, identity: ExternalIdentity) -> (IdentifiedLogin, Context) {
        let Self { provider, destination, login, context } = self;
        let context = context.with_identity(&identity.key);
        let provider = Arc::clone(provider);
        (IdentifiedLogin { destination, provider, id: Some(login.id()), identity }, context)
    }
}
