//! A callback: redeem → one at a time → ask upstream, with no transaction open → one transaction → deliver.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::refusal::{Cause, Context, Refusal};
use super::site::{Provider, Site};
use super::{Broker, Visitor};
use crate::base::ids::{LoginId, ProviderId};
use crate::base::username::Username;
use crate::signin::arrive::{App, LoginRequest, Prompt};
use crate::signin::challenge::{
    Answer, Callback, PATIENCE, PendingLogin, Redeemed, State, Unreadable, Unredeemable, was_dropped,
};
use crate::signin::identify::{ExternalIdentity, profile};
use crate::signin::link::{Decision, decide};
use crate::signin::permit::{Account, Person, permit};
use crate::signin::send::{Delivery, ErrorCode};
use crate::store::{AuditEntry, Event, Provisioned, SignedIn, Spending, Transaction};
use crate::upstream::Answered;

/// How a callback ended.
#[derive(Debug)]
pub struct Finished {
    /// A session came to be, whatever the app's rules then said.
    pub session: Option<NewSession>,
    pub outcome: Outcome,
}

/// A cookie to set.
#[derive(Debug)]
pub struct NewSession {
    pub id: Id,
    pub provider: ProviderId,
    pub lives: Duration,
}

/// Where the browser goes.
#[derive(Debug)]
pub enum Outcome {
    Deliver(Delivery),
    /// The wished name was taken: the person reads which they got, and goes on.
    NameGiven(Box<NameGiven>),
    Refused(Box<Refusal>),
}

/// A first login whose wished name was another's.
#[derive(Debug)]
pub struct NameGiven {
    pub app: Arc<App>,
    pub request: LoginRequest,
    pub wished: Username,
    pub given: Username,
}

impl Finished {
    fn refused(refusal: Refusal) -> Self {
        Self { session: None, outcome: Outcome::Refused(Box::new(refusal)) }
    }
}

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
    pub async fn finish(&self, at: &ProviderId, pairs: &[(String, String)], visitor: &Visitor) -> Finished {
        match self.try_finish(at, pairs, visitor).await {
            Ok(finished) => finished,
            Err(refusal) => Finished::refused(refusal),
        }
    }

    async fn try_finish(
        &self,
        at: &ProviderId,
        pairs: &[(String, String)],
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let site = self.site();
        let provider = site.provider(at).cloned();
        let provider = provider.ok_or_else(|| Cause::UnknownProvider(at.to_string()).refuse(Context::default()))?;
        let (callback, state) = self.read(pairs).map_err(|why| why.refuse(Context::default()))?;
        let resumed = self.resume(&site, provider, &state, visitor).await?;
        resumed.provider.traffic.returned();
        let context = resumed.context.clone();
        // One exchange a login, however many callbacks come at once: the others wait, and then find it spent.
        let _claimed = self.underway.claim(resumed.id).await;
        self.unspent(resumed.id).await.map_err(|why| why.refuse(context.clone()))?;
        if let Answer::Error { .. } = &callback.answer {
            let heard = resumed.provider.module.heard_from(callback.iss.as_deref());
            // C9: an error that another issuer may have sent changes nothing.
            heard.map_err(|why| Cause::Upstream(why.into()).refuse(context.clone()))?;
        }
        let answered = match callback.answer {
            Answer::Error { code, description } => {
                return self.provider_said_no(resumed, code, description, visitor).await;
            }
            Answer::Code(code) => Answered { code, iss: callback.iss },
        };
        match resumed.provider.module.identify(resumed.login, answered).await {
            Ok(identity) => {
                let login = Identified {
                    app: resumed.app,
                    provider: resumed.provider,
                    request: resumed.request,
                    id: resumed.id,
                    identity,
                };
                self.conclude(login, context, visitor).await
            }
            Err(why) => {
                let refusal = Cause::Upstream(why).refuse(context);
                self.record(resumed.id, &refusal, visitor).await;
                Ok(Finished::refused(refusal))
            }
        }
    }

    /// The app that an answer is for, where it carries a state that we made: worth asking the browser for the rest of it.
    #[must_use]
    pub fn app_of(&self, pairs: &[(String, String)]) -> Option<Arc<App>> {
        let (_, state) = self.read(pairs).ok()?;
        self.site().app(&state.app).cloned()
    }

    /// The four states that are not ours all look alike (security rule C2).
    fn read(&self, pairs: &[(String, String)]) -> Result<(Callback, State), Cause> {
        let callback = Callback::read(pairs).map_err(|why| match why {
            Unreadable::State => Cause::NotOurs("its state is missing, empty, given twice or too long"),
            Unreadable::Repeated(_) | Unreadable::Answer => Cause::Unreadable(why),
        })?;
        let state =
            State::open(&callback.state, &self.states).map_err(|_| Cause::NotOurs("its state was not made by us"))?;
        Ok((callback, state))
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
        let kept = visitor.pending.iter().find(|(id, _)| *id == state.login);
        let pending = kept.and_then(|(_, sealed)| PendingLogin::open(sealed, &self.pending).ok());
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
        Ok(Resumed { app, provider: at, request, login, id: state.login, context })
    }

    async fn unspent(&self, login: LoginId) -> Result<(), Cause> {
        match self.store.spent(login).await? {
            Some(first) => Err(Cause::PendingSpent { first }),
            None => Ok(()),
        }
    }

    /// RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6: the provider's errors, by who can do something about them.
    async fn provider_said_no(
        &self,
        login: Resumed,
        code: String,
        description: Option<String>,
        visitor: &Visitor,
    ) -> Result<Finished, Refusal> {
        let error = plain(&code);
        let description = description.as_deref().map(plain);
        let cause = match error.as_str() {
            "server_error" | "temporarily_unavailable" => Cause::ProviderTrouble { error, description },
            "invalid_request"
            | "unauthorized_client"
            | "unsupported_response_type"
            | "invalid_scope"
            | "request_not_supported"
            | "invalid_request_uri"
            | "invalid_request_object" => Cause::ProviderRejects { error, description },
            _ => Cause::ProviderDenied { error, description },
        };
        let silent = login.request.prompt == Prompt::None;
        let refusal = cause.refuse(login.context);
        self.record(login.id, &refusal, visitor).await;
        if silent {
            let told = self.tell(&login.app, &login.request, ErrorCode::LoginRequired);
            return Ok(Finished { session: None, outcome: Outcome::Deliver(told) });
        }
        Ok(Finished::refused(refusal))
    }

    /// Link, session and permit, in one transaction and with one commit; then the token.
    async fn conclude(&self, login: Identified, context: Context, visitor: &Visitor) -> Result<Finished, Refusal> {
        let ended = match self.try_conclude(&login, context.clone(), visitor).await {
            Ok(ended) => ended,
            Err(Ended::Before(cause)) => return Err(cause.refuse(context)),
            Err(Ended::Refused(cause)) => {
                let refusal = cause.refuse(context);
                self.record(login.id, &refusal, visitor).await;
                return Ok(Finished::refused(refusal));
            }
        };
        let Concluded { session, grant, name_given } = ended;
        let outcome = match (grant, name_given) {
            (Err(refusal), _) => Outcome::Refused(Box::new(refusal)),
            (Ok(_), Some((wished, given))) => {
                let request = login.request.as_needed();
                Outcome::NameGiven(Box::new(NameGiven { app: login.app, request, wished, given }))
            }
            (Ok(grant), None) => match self.deliver(&login.app, &grant, &login.request, login.identity.auth_time) {
                Ok(delivery) => Outcome::Deliver(delivery),
                Err(cause) => Outcome::Refused(Box::new(cause.refuse(context))),
            },
        };
        Ok(Finished { session: Some(session), outcome })
    }

    async fn try_conclude(&self, login: &Identified, context: Context, visitor: &Visitor) -> Result<Concluded, Ended> {
        let now = self.clock.now();
        let profile = profile(&login.identity.claims, &login.provider.groups)
            .map_err(|why| Ended::Refused(Cause::Upstream(why.into())))?;
        let mut transaction = self.store.begin().await.map_err(|why| Ended::Before(why.into()))?;
        if let Spending::Already { first_at } = transaction.spend(login.id, now + PATIENCE).await? {
            return Err(Ended::Before(Cause::PendingSpent { first: first_at }));
        }
        let (account, name_given) = self.link(&mut transaction, login).await?;
        let lifetimes = self.site().lifetimes;
        let signed_in = SignedIn {
            account: account.id.clone(),
            provider: login.provider.id.clone(),
            issuer: login.identity.key.issuer.clone(),
            subject: login.identity.key.subject.clone(),
            profile: profile.clone(),
            auth_time: login.identity.auth_time,
            started_at: now,
        };
        // C37: a new id at each login, and the old one is dead.
        if let Some(old) = visitor.session {
            transaction.end_session(old).await?;
        }
        let id = transaction.open_session(&signed_in, lifetimes.end(now, now)).await?;
        let person = Person { account, provider: login.provider.id.clone(), profile };
        let context = context.with_account(&person);
        let account = person.account.id.clone();
        let grant = permit(&login.app, person, login.request.location.clone())
            .map_err(|why| Cause::NotPermitted(why).refuse(context));
        let mut entry = match &grant {
            Ok(_) => AuditEntry::new(now, Event::SignedIn),
            Err(refusal) => refused_entry(refusal, now),
        };
        entry.app = Some(login.app.id.clone());
        entry.provider = Some(login.provider.id.clone());
        entry.account = Some(account);
        entry.network.clone_from(&visitor.network);
        if let Some((wished, given)) = &name_given {
            entry.detail = Some(format!("username_suffixed: wished {wished}, given {given}"));
        }
        transaction.audit(&entry).await?;
        transaction.commit().await?;
        let session = NewSession { id, provider: login.provider.id.clone(), lives: lifetimes.absolute };
        Ok(Concluded { session, grant, name_given })
    }

    /// The account that the identity is tied to, or a new one where the provider's `first_login` makes them.
    async fn link(
        &self,
        transaction: &mut Transaction,
        login: &Identified,
    ) -> Result<(Account, Option<(Username, Username)>), Ended> {
        let identity = &login.identity;
        let tied = transaction.tied(&identity.key).await?;
        let decision =
            decide(tied, &login.provider.first_login, &identity.claims).map_err(|why| Ended::Refused(why.into()))?;
        match decision {
            Decision::SignIn(account) => match account.disabled.clone() {
                Some(disabled) => Err(Ended::Refused(Cause::AccountDisabled(disabled))),
                None => Ok((account, None)),
            },
            Decision::Refuse => Err(Ended::Refused(Cause::IdentityUnknown(identity.key.clone()))),
            Decision::Provision { wished } => {
                let made = transaction.provision(&identity.key, &wished, login.provider.client_id.as_deref()).await?;
                let (account, taken_by) = match made {
                    Provisioned::Made { account, taken_by } => (account, taken_by),
                    Provisioned::TiedMeanwhile(account) => return Ok((account, None)),
                    Provisioned::NoNameFree => return Err(Ended::Refused(Cause::NamesExhausted)),
                };
                let given = account.username.clone();
                if let Some(holder) = taken_by {
                    tracing::info!(
                        cause = "username_suffixed", %wished, %given, %holder, provider = %login.provider.id,
                        "the wished name was taken"
                    );
                }
                let name_given = (given != wished).then_some((wished, given));
                Ok((account, name_given))
            }
        }
    }

    /// Remembers a login that a provider answered and that did not lead in: spent, and one row in the audit.
    async fn record(&self, login: LoginId, refusal: &Refusal, visitor: &Visitor) {
        let mut entry = refused_entry(refusal, self.clock.now());
        entry.network.clone_from(&visitor.network);
        let recorded = async {
            let mut transaction = self.store.begin().await?;
            transaction.spend(login, self.clock.now() + PATIENCE).await?;
            transaction.audit(&entry).await?;
            transaction.commit().await
        };
        if let Err(why) = recorded.await {
            tracing::error!(code = %refusal.code, cause = "store_unavailable", %why, "a refusal could not be written down");
        }
    }
}

/// A login whose person is known.
struct Identified {
    app: Arc<App>,
    provider: Arc<Provider>,
    request: LoginRequest,
    id: LoginId,
    identity: ExternalIdentity,
}

/// What the transaction came to.
struct Concluded {
    session: NewSession,
    grant: Result<crate::signin::permit::Grant, Refusal>,
    name_given: Option<(Username, Username)>,
}

/// Why there was nothing to commit.
enum Ended {
    /// Nothing is to be written down, or nothing can be.
    Before(Cause),
    /// The provider answered, and the person is refused.
    Refused(Cause),
}

impl From<crate::store::StoreError> for Ended {
    fn from(why: crate::store::StoreError) -> Self {
        Self::Before(Cause::Store(why))
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

fn refused_entry(refusal: &Refusal, now: OffsetDateTime) -> AuditEntry {
    let mut entry = AuditEntry::new(now, Event::Refused);
    entry.app = refusal.context.app.as_ref().map(|app| app.id.clone());
    entry.provider = refusal.context.provider.as_ref().map(|(id, _)| id.clone());
    entry.cause = Some(refusal.cause.name().to_owned());
    entry.detail = Some(refusal.cause.to_string());
    entry.code = Some(refusal.code.clone());
    entry
}

/// What a stranger wrote, fit for one line of the log.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(200).collect()
}
