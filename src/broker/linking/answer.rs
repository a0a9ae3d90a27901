//! The answers that end a link request, and the step back.

use std::sync::Arc;

use serde_json::Map;

use super::open_request::OpenRequest;
use crate::base::ids::LinkRequestTag;
use crate::broker::identified_login::IdentifiedLogin;
use crate::broker::live_config::LiveConfig;
use crate::broker::outcome::FinishedLogin;
use crate::broker::refusal::{Cause, Refusal};
use crate::broker::sign_in::AttestedLogin;
use crate::broker::{Broker, LeftIdentity, Public, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, Prompt};
use crate::signin::identify::ExternalIdentity;
use crate::signin::link::request::{LinkState, NotConfirmed};
use crate::store::{LinkAnswer, LinkChoice, SessionToOpen, StoreError};

/// Where the person goes after they went back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AfterBack {
    Question,
    /// To the page of their account.
    OwnPage,
}

impl Broker {
    /// Does what the person chose, and signs them in. The request ends with it.
    ///
    /// # Errors
    /// When the request is over, the choice is not possible, or the database fails. Then nothing is written.
    pub async fn answer_link(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        choice: LinkChoice,
        visitor: &Visitor,
    ) -> Result<FinishedLogin, Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        if let LinkState::Proved(proof) = &open.request.state
            && choice == LinkChoice::LinkToProved
        {
            let by = config.provider(&proof.by.provider);
            let by = by.filter(|provider| provider.module.accepts_issuer(&proof.by.issuer));
            if let Some(cause) = by.map_or(Some(Cause::ProviderDisabled), |provider| provider.why_off()) {
                return Err(cause.refuse(open.context).of_link_request(tag.clone()));
            }
        }
        // An admin may have refused the person since they began, or the config may offer less now.
        let is_offered = match choice {
            LinkChoice::MakeAccount => open.answers.new,
            LinkChoice::LinkToProved => open.answers.prove || open.adds,
        };
        if !is_offered {
            return Err(Cause::LinkNotConfirmed(NotConfirmed::RequestOver).refuse(open.context));
        }
        let OpenRequest { id, request, asked, destination, provider, context, .. } = open;
        let identity = ExternalIdentity {
            auth_time: asked.auth_time,
            provider_session: asked.provider_session,
            ..ExternalIdentity::new(request.identity, Map::new())
        };
        let login = IdentifiedLogin { destination, provider: Arc::clone(provider), id: None, identity };
        let now = self.clock.now();
        let attested = AttestedLogin {
            login: &login,
            profile: &asked.profile,
            answer: Some(LinkAnswer { request: id, choice }),
            session: Some(SessionToOpen {
                expires_at: config.lifetimes.end(now, now),
                replaces: visitor.session,
                agent: visitor.agent,
            }),
        };
        let ended = self.end_attested_login(config, &attested, &context, visitor).await;
        let ended = ended.map_err(|refusal| match refusal.cause.public() {
            // The person can sign in to the account once more.
            Public::LinkProofRefused => refusal.of_link_request(tag.clone()).of_attempt(),
            _ => refusal.of_attempt(),
        })?;
        Ok(self.finished(config, &login, &context, ended))
    }

    /// Drops the proof of an account: the person is asked again. A person who adds a sign-in method is done.
    ///
    /// # Errors
    /// When the request is over, or the database fails.
    pub async fn drop_proof(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        visitor: &Visitor,
    ) -> Result<AfterBack, Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let dropped = async {
            let mut transaction = self.store.begin().await?;
            let stored = transaction.lock_link_request(open.id).await?;
            if stored.is_some_and(|stored| matches!(stored.request.state, LinkState::Proved(_))) {
                if open.adds {
                    transaction.finish_link_request(open.id).await?;
                } else {
                    transaction.reopen_link_request(open.id).await?;
                }
            }
            transaction.commit().await
        };
        dropped.await.map_err(|why: StoreError| Cause::Store(why).refuse(open.context))?;
        Ok(if open.adds { AfterBack::OwnPage } else { AfterBack::Question })
    }

    /// Ends the request of an identity that is somebody else's. Returns the start with which the person can choose
    /// another one, and the identity to leave.
    ///
    /// # Errors
    /// When the request is over, or the database fails.
    pub async fn dismiss_link(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        visitor: &Visitor,
    ) -> Result<(Destination<Arc<App>>, Option<LeftIdentity>), Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let dismissed = async {
            let mut transaction = self.store.begin().await?;
            transaction.finish_link_request(open.id).await?;
            transaction.commit().await
        };
        dismissed.await.map_err(|why: StoreError| Cause::Store(why).refuse(open.context.clone()))?;
        let left = self.refused_identity(&open.context);
        let another = open.destination.with(|preferences| {
            preferences.provider = None;
            preferences.prompt = Prompt::SelectAccount;
        });
        Ok((another, left))
    }
}
