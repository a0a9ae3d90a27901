//! A callback: find the login → lock it → ask the protocol who the person is, with no transaction open → end the login
//! → deliver.

use std::sync::Arc;
use std::time::Duration;

use super::another::by_authenticating;
use super::find::Found;
use super::live_config::LiveConfig;
use super::outcome::{Finished, Outcome};
use super::refusal::{Cause, Refusal};
use super::sign_in::Identified;
use super::{Broker, Visitor};
use crate::base::ids::{LoginId, ProviderId};
use crate::base::parameters::Parameters;
use crate::signin::arrive::{Destination, Prompt};
use crate::signin::identify::ExternalIdentity;
use crate::signin::send::ErrorCode;
use crate::store::ReplayKey;
use crate::upstream::UpstreamError;
use crate::upstream::redirect::{Declined, Identification, Responsible};

/// Back-off while another instance may be finishing this login.
const ELSEWHERE: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

impl Broker {
    /// Takes up the login that a provider's answer belongs to, and ends it.
    ///
    /// # Errors
    /// Why the login does not end here: there is none, it ended before, it can still be finished, or the store fails.
    pub async fn finish(
        &self,
        config: &LiveConfig,
        at: &ProviderId,
        answer: &Parameters,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let (found, answer) = self.find(config, at, answer, visitor).await.map_err(Refusal::of_attempt)?;
        found.provider.traffic.returned();
        // One callback of a login asks the provider. Others wait here, and then find that the login has ended.
        let lock = self.in_flight.lock(found.login.id()).await;
        if let Some(first) = lock.ended() {
            return Err(Cause::PendingSpent { first }.refuse(found.context));
        }
        let finished = match answer.identify(&found.login, &visitor.cookies()).await {
            Ok(Identification::Attested(identity)) => self.attested(config, found, *identity, visitor).await,
            Ok(Identification::Declined(no)) => self.declined(config, found, no, visitor).await,
            Err(why) => self.not_believed(found, why, visitor).await,
            Ok(Identification::Disregarded(why)) => {
                self.unspent(found.login.id()).await.map_err(|why| why.refuse(found.context.clone()))?;
                Err(Cause::Upstream(why.into()).refuse(found.context).of_attempt())
            }
            Ok(Identification::Outdated) => Err(Cause::IssuerChanged.refuse(found.context).of_attempt()),
        };
        match &finished {
            Ok(_) => lock.end(self.clock.now()),
            // At another instance, or before a restart. No later callback needs to ask the provider.
            Err(Refusal { cause: Cause::PendingSpent { first }, .. }) => lock.end(*first),
            Err(_) => {}
        }
        finished
    }

    /// The provider attests who the person is: the login ends with a session and a token, or with a refusal of ours.
    async fn attested(
        &self,
        config: &LiveConfig,
        found: Found<'_>,
        identity: ExternalIdentity,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let Found { provider, destination, login, context } = found;
        let Destination::App { app, request } = destination;
        if self.same_again(&request, &identity.key, visitor) {
            let refusal = self.audit_refusal(Some(login.id()), Cause::SameAccount.refuse(context), visitor).await?;
            self.report(refusal, visitor).await;
            return Ok(by_authenticating(Destination::App { app, request }));
        }
        let context = context.with_identity(&identity.key);
        let login = Identified { app, provider: Arc::clone(provider), request, id: Some(login.id()), identity };
        self.sign_in(config, login, context, visitor).await
    }

    /// The provider refuses the sign-in: the login ends. Only an app that asked with `prompt=none` gets an error.
    async fn declined(
        &self,
        config: &LiveConfig,
        found: Found<'_>,
        no: Declined,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let Found { destination, login, context, .. } = found;
        // The provider was not asked, so only the store knows whether this login ended elsewhere.
        self.unspent(login.id()).await.map_err(|why| why.refuse(context.clone()))?;
        let blames_us = no.responsible == Responsible::Operator;
        let refusal = self.audit_refusal(Some(login.id()), Cause::Declined(no).refuse(context), visitor).await?;
        let Destination::App { app, request } = destination;
        // Providers without a choice of accounts refuse `select_account`. A fresh authentication offers the same.
        if request.prompt == Prompt::SelectAccount && blames_us {
            self.report(refusal, visitor).await;
            return Ok(by_authenticating(Destination::App { app, request }));
        }
        if request.prompt == Prompt::None {
            self.report(refusal, visitor).await;
            let told = config.tell(&app, &request, ErrorCode::LoginRequired);
            return Ok(Finished { session: None, outcome: Outcome::Deliver(told) });
        }
        Ok(Finished::refused(refusal))
    }

    /// The answer is not believed: the login ends. It is spent whatever the reason, so to try again is to begin anew
    /// (security rule C3).
    async fn not_believed(&self, found: Found<'_>, why: UpstreamError, visitor: &Visitor) -> Result<Finished, Refusal> {
        let Found { login, context, .. } = found;
        if why.may_be_used_up() {
            self.unspent_for_long(login.id()).await.map_err(|why| why.refuse(context.clone()))?;
        }
        let refusal = self.audit_refusal(Some(login.id()), Cause::Upstream(why).refuse(context), visitor).await?;
        Ok(Finished::refused(refusal))
    }

    /// Checks that this login has not ended yet.
    ///
    /// # Errors
    /// When the store says that it has.
    pub(super) async fn unspent(&self, login: LoginId) -> Result<(), Cause> {
        match self.store.first_use(ReplayKey::Login(login)).await? {
            Some(first) => Err(Cause::PendingSpent { first }),
            None => Ok(()),
        }
    }

    /// As [`Self::unspent`], but waits while another instance may be finishing this login.
    async fn unspent_for_long(&self, login: LoginId) -> Result<(), Cause> {
        for wait in ELSEWHERE {
            self.unspent(login).await?;
            tokio::time::sleep(wait).await;
        }
        self.unspent(login).await
    }
}
