//! A callback: redeem → one at a time → ask upstream, with no transaction open → one transaction → deliver.

use std::sync::Arc;
use std::time::Duration;

use super::another::by_authenticating;
use super::context::Context;
use super::in_flight::LoginLock;
use super::outcome::{Finished, Outcome};
use super::provider_words::quote;
use super::refusal::{Cause, Refusal};
use super::sign_in::Identified;
use super::site::{Provider, Site};
use super::{Broker, Visitor};
use crate::base::ids::{LoginId, ProviderId};
use crate::base::parameters::Parameters;
use crate::signin::app::App;
use crate::signin::arrive::{LoginRequest, Prompt};
use crate::signin::challenge::{
    Answer, Callback, PendingLogin, Redeemed, State, Unreadable, Unredeemable, was_dropped,
};
use crate::signin::send::ErrorCode;
use crate::store::ReplayKey;
use crate::upstream::{Answered, Challenge, UpstreamError};

/// Back-off while another instance may be finishing this login.
const ELSEWHERE: [Duration; 5] = [
    Duration::from_millis(50),
    Duration::from_millis(100),
    Duration::from_millis(200),
    Duration::from_millis(400),
    Duration::from_millis(800),
];

/// A login taken up again, and everything it needs.
struct Resumed {
    app: Arc<App>,
    provider: Arc<Provider>,
    request: LoginRequest,
    login: Redeemed,
    id: LoginId,
    context: Context,
}

impl Broker {
    /// Takes up the login that a provider's answer belongs to, and ends it.
    pub async fn finish(&self, site: &Site, at: &ProviderId, answer: &Parameters, visitor: &Visitor) -> Finished {
        match self.try_finish(site, at, answer, visitor).await {
            Ok(finished) => finished,
            Err(refusal) => Finished::refused(refusal),
        }
    }

    async fn try_finish(
        &self,
        site: &Site,
        at: &ProviderId,
        answer: &Parameters,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let provider = site.provider(at).cloned();
        let provider = provider.ok_or_else(|| Cause::UnknownProvider(at.to_string()).refuse(Context::default()))?;
        let (callback, state) =
            self.read(answer).map_err(|why| why.refuse(self.context_of(site, answer).with_provider(&provider)))?;
        let resumed = self.resume(site, provider, &state, visitor).await.map_err(Refusal::of_attempt)?;
        let provider = Arc::clone(&resumed.provider);
        let Challenge::Redirect(upstream) = provider.module.challenge() else {
            return Err(Cause::UnknownProvider(at.to_string()).refuse(resumed.context));
        };
        provider.traffic.returned();
        let context = resumed.context.clone();
        // One exchange a login, however many callbacks come at once: the others wait, and then find it spent.
        let lock = self.in_flight.lock(resumed.id).await;
        if let Some(first) = lock.ended() {
            return Err(Cause::PendingSpent { first }.refuse(context));
        }
        // The log quotes these words of the provider.
        let quote = |words: &str| quote(words, &callback, resumed.login.pending(), visitor);
        let iss = callback.iss.as_deref().map(|iss| match provider.module.issuer().as_str() {
            issuer if issuer == iss => iss.to_owned(),
            // A quote leaves characters out. In quotation marks it is no issuer.
            _ => format!("{:?}", quote(iss)),
        });
        if let Answer::Error { .. } = &callback.answer {
            // No provider is asked here that would say so itself.
            self.unspent(resumed.id).await.map_err(|why| why.refuse(context.clone()))?;
            // C9: an error that another issuer may have sent changes nothing.
            if let Err(why) = upstream.heard_from(iss.as_deref()) {
                return Err(Cause::Upstream(why.into()).refuse(context).of_attempt());
            }
        }
        let answered = match &callback.answer {
            Answer::Error { code, description } => {
                let (error, description) = (quote(code), description.as_deref().map(quote));
                let finished = self.provider_said_no(site, resumed, error, description, visitor).await;
                lock.end(self.clock.now());
                return finished;
            }
            Answer::Code(code) => Answered { code: code.clone(), iss },
        };
        match upstream.identify(resumed.login, answered).await {
            Ok(identity) if self.same_again(&resumed.request, &identity.key, visitor) => {
                let refusal = self.audit_refusal(Some(resumed.id), Cause::SameAccount.refuse(context), visitor).await;
                lock.end(self.clock.now());
                self.report(refusal, visitor).await;
                Ok(by_authenticating(resumed.app, resumed.request))
            }
            Ok(identity) => {
                let context = context.with_identity(&identity.key);
                let login = Identified {
                    app: resumed.app,
                    provider: resumed.provider,
                    request: resumed.request,
                    id: Some(resumed.id),
                    identity,
                };
                let finished = self.sign_in(site, login, context, visitor).await;
                let finished = finished.inspect_err(|refusal| remember(&lock, &refusal.cause))?;
                lock.end(self.clock.now());
                Ok(finished)
            }
            Err(why) => {
                if may_be_used_elsewhere(&why) {
                    let unspent = self.unspent_for_long(resumed.id).await;
                    unspent.inspect_err(|why| remember(&lock, why)).map_err(|why| why.refuse(context.clone()))?;
                }
                // C3: whatever came of the exchange, this state is spent. To try again is to begin anew.
                let refusal = self.audit_refusal(Some(resumed.id), Cause::Upstream(why).refuse(context), visitor).await;
                lock.end(self.clock.now());
                Ok(Finished::refused(refusal))
            }
        }
    }

    /// The app that an answer is for, where it carries a state that we made: worth asking the browser for the rest of
    /// it.
    #[must_use]
    pub fn app_of(&self, site: &Site, answer: &Parameters) -> Option<Arc<App>> {
        let (_, state) = self.read(answer).ok()?;
        site.app(&state.app).cloned()
    }

    /// The four states that are not ours all look alike (security rule C2).
    fn read(&self, answer: &Parameters) -> Result<(Callback, State), Cause> {
        let callback = Callback::read(answer).map_err(|why| match why {
            Unreadable::State => Cause::NotOurs("its state is missing, empty, given twice, too long or not UTF-8"),
            Unreadable::Repeated(_)
            | Unreadable::NotUtf8(_)
            | Unreadable::NoAnswer
            | Unreadable::TwoAnswers
            | Unreadable::LongCode(_) => Cause::Unreadable(why),
        })?;
        let state =
            State::open(&callback.state, &self.states).map_err(|_| Cause::NotOurs("its state was not made by us"))?;
        Ok((callback, state))
    }

    /// Of an answer that can't be used, the app: where a state of ours names it.
    fn context_of(&self, site: &Site, answer: &Parameters) -> Context {
        let mut states = answer.pairs().iter().filter(|(name, _)| name == "state");
        let state = match (states.next(), states.next()) {
            (Some((_, state)), None) => State::open(state, &self.states).ok(),
            _ => None,
        };
        state.and_then(|state| site.app(&state.app)).map_or_else(Context::default, Context::of_app)
    }

    /// Puts the two halves of a login together. What a callback without its cookie learns is the app's name alone.
    async fn resume(
        &self,
        site: &Site,
        at: Arc<Provider>,
        state: &State,
        visitor: &Visitor,
    ) -> Result<Resumed, Refusal> {
        let app = site.app(&state.app).cloned();
        let app = app.ok_or_else(|| Cause::UnknownApp(state.app.clone()).refuse(Context::default()))?;
        let begun_for = site.provider(&state.provider).unwrap_or(&at);
        let context = Context::of_app(&app).with_provider(begun_for);
        let mut kept = visitor.pending.iter().filter(|(id, _)| *id == state.login);
        let pending = kept.find_map(|(_, sealed)| PendingLogin::open(sealed, &self.pending).ok());
        let Some(pending) = pending else {
            let cause = match self.unspent(state.login).await {
                Err(cause) => cause,
                Ok(()) if was_dropped(state.login, &visitor.sizes()) => Cause::PendingDropped,
                Ok(()) => Cause::PendingMissing,
            };
            return Err(cause.refuse(context));
        };
        let request = pending.request().clone();
        let context = Context::of_request(&app, &request).with_provider(begun_for);
        let login = match pending.redeem(state, &at.id, self.clock.now()) {
            Ok(login) => login,
            Err(Unredeemable::Expired { late }) => return Err(Cause::PendingExpired { late }.refuse(context)),
            Err(Unredeemable::Missing) => return Err(Cause::PendingMissing.refuse(context)),
            Err(Unredeemable::OtherProvider { begun_for }) => {
                return Err(Cause::OtherProvider { begun_for }.refuse(context));
            }
        };
        still_open(&app, &at, &request).map_err(|why| why.refuse(context.clone()))?;
        // C6: the code in this answer is the former issuer's, and must not be shown to the new one.
        if login.issuer() != at.module.issuer() {
            return Err(Cause::IssuerChanged.refuse(context));
        }
        Ok(Resumed { app, provider: at, request, login, id: state.login, context })
    }

    async fn unspent(&self, login: LoginId) -> Result<(), Cause> {
        match self.store.first_use(ReplayKey::Login(login)).await? {
            Some(first) => Err(Cause::PendingSpent { first }),
            None => Ok(()),
        }
    }

    /// As [`Self::unspent`], but gives another instance the time to finish this login.
    async fn unspent_for_long(&self, login: LoginId) -> Result<(), Cause> {
        for wait in ELSEWHERE {
            self.unspent(login).await?;
            tokio::time::sleep(wait).await;
        }
        self.unspent(login).await
    }

    /// RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6: the provider's errors, by who can do something about them.
    async fn provider_said_no(
        &self,
        site: &Site,
        login: Resumed,
        error: String,
        description: Option<String>,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let cause = match error.as_str() {
            "server_error" | "temporarily_unavailable" => Cause::ProviderTrouble { error, description },
            error if blames_the_request(error) => Cause::ProviderRejects { error: error.to_owned(), description },
            _ => Cause::ProviderDenied { error, description },
        };
        let prompt = login.request.prompt;
        // `select_account` is refused by providers that have no such page; to authenticate anew offers the same.
        let no_choice_there = prompt == Prompt::SelectAccount && matches!(cause, Cause::ProviderRejects { .. });
        let refusal = self.audit_refusal(Some(login.id), cause.refuse(login.context), visitor).await;
        if no_choice_there {
            self.report(refusal, visitor).await;
            return Ok(by_authenticating(login.app, login.request));
        }
        if prompt == Prompt::None {
            self.report(refusal, visitor).await;
            let told = site.tell(&login.app, &login.request, ErrorCode::LoginRequired);
            return Ok(Finished { session: None, outcome: Outcome::Deliver(told) });
        }
        Ok(Finished::refused(refusal))
    }
}

/// Whether an error of the provider's is about our request, and not about the person. Providers have more of these than
/// the standards name, such as Entra's `invalid_resource`, and spell them alike.
fn blames_the_request(error: &str) -> bool {
    error == "unauthorized_client"
        || ["invalid_", "unsupported_"].iter().any(|start| error.starts_with(start))
        || error.ends_with("_not_supported")
}

/// Keeps the store's answer that this login ended at another instance, or before a restart.
fn remember(lock: &LoginLock, cause: &Cause) {
    if let Cause::PendingSpent { first } = cause {
        lock.end(*first);
    }
}

/// Whether another instance may be finishing this login with the same code: the provider takes it once.
fn may_be_used_elsewhere(why: &UpstreamError) -> bool {
    match why {
        UpstreamError::CodeRefused(_) | UpstreamError::ExchangeRefused(_) => true,
        UpstreamError::Unreachable { .. }
        | UpstreamError::ClientRejected { .. }
        | UpstreamError::RequestRejected(_)
        | UpstreamError::Denied(_)
        | UpstreamError::Busy(_)
        | UpstreamError::AnswerRefused(_)
        | UpstreamError::AnswerUnusable(_) => false,
    }
}

/// What was switched off in mid-login stops it (security rule C27).
fn still_open(app: &App, provider: &Provider, request: &LoginRequest) -> Result<(), Cause> {
    if !app.enabled {
        return Err(Cause::AppDisabled);
    }
    if !provider.enabled || !app.offers(&provider.id) {
        return Err(Cause::ProviderDisabled);
    }
    if request.location.still_registered(app) { Ok(()) } else { Err(Cause::LocationGone) }
}
