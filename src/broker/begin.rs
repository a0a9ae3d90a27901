//! A start: deliver at once, go to a provider, or let the person choose one. Writes nothing.

use std::sync::Arc;

use super::context::Context;
use super::live_config::{LiveConfig, Provider};
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::base::ids::{AppId, LoginId};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, LoginRequest, Prompt, StartRefused, arrive};
use crate::signin::challenge::{PendingLogin, StateHandle, logins_to_drop};
use crate::signin::permit::permit;
use crate::signin::send::{Delivery, ErrorCode};
use crate::upstream::redirect::{BrowserRequest, Start};
use crate::upstream::{Availability, Challenge, RedirectModule};

/// Where a start leads.
#[derive(Debug)]
pub enum BeginOutcome {
    /// A session holds: the app gets its token at once.
    Deliver(Delivery),
    /// To the provider, with a login under way in this browser.
    Challenge { to: BrowserRequest, pending: NewPendingLogin },
    /// The person chooses.
    Choose(SignInOptions),
}

/// The cookie of a new login, and the logins whose cookies are dropped for it.
#[derive(Debug)]
pub struct NewPendingLogin {
    pub id: LoginId,
    pub sealed: String,
    pub evicted: Vec<LoginId>,
}

/// The ways to sign in to an app.
#[derive(Debug)]
pub struct SignInOptions {
    pub app: Arc<App>,
    pub request: LoginRequest,
    /// The providers to go to, the one used last first.
    pub offers: Vec<Offer>,
    /// Whether a name and a password may be typed here: in one pair of fields, for all providers that check them.
    pub form: PasswordForm,
    /// Another account than the one that signed out here is offered beside them.
    pub another_account: bool,
}

/// Whether there is a form to type a name and a password into.
#[derive(Debug, Clone)]
pub enum PasswordForm {
    Shown {
        /// Some of them are of our own accounts, whose people change their passwords here.
        has_local_accounts: bool,
        /// The provider behind the form, where it is one alone.
        only_provider: Option<Arc<Provider>>,
    },
    /// No provider of the app checks passwords.
    None,
}

/// One provider to go to.
#[derive(Debug)]
pub struct Offer {
    pub provider: Arc<Provider>,
    pub availability: Availability,
    pub last_used: bool,
}

impl Broker {
    /// Starts a sign-in for an app.
    ///
    /// # Errors
    /// Why the start does not lead on. Nothing of it is stored.
    pub async fn begin(
        &self,
        config: &LiveConfig,
        app: &AppId,
        query: &[(String, String)],
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        // A wrong start gets a page, whatever `prompt` says.
        let Arrived { app, request, context, named } = config.arrived(app, query).map_err(|why| *why)?;
        match self.deliver_by_session(config, app, &request, visitor).await {
            Ok(Some(delivery)) => return Ok(BeginOutcome::Deliver(delivery)),
            Ok(None) => {}
            // No page may be shown, so the app gets an error.
            Err(refusal) if request.prompt == Prompt::None => {
                let not_permitted = matches!(refusal.cause, Cause::NotPermitted(_));
                let error = if not_permitted { ErrorCode::AccessDenied } else { ErrorCode::TemporarilyUnavailable };
                self.report(refusal, visitor).await;
                return Ok(BeginOutcome::Deliver(config.error_delivery(app, &request, error)));
            }
            Err(refusal) => return Err(refusal),
        }
        if request.prompt == Prompt::None {
            return Ok(BeginOutcome::Deliver(config.error_delivery(app, &request, ErrorCode::LoginRequired)));
        }
        let provider = match named {
            Some(provider) if provider.enabled => provider,
            Some(provider) => return Err(Cause::ProviderDisabled.refuse(context.with_provider(provider))),
            None => match config.offered(app).as_slice() {
                // After a sign-out the person chooses: the provider would sign the same person in again, without a
                // question.
                [only_provider] if !visitor.may_want_another_account(&request) => only_provider,
                offered => return Ok(BeginOutcome::Choose(sign_in_options(app, request, offered, visitor))),
            },
        };
        match provider.module.challenge() {
            Challenge::Redirect(protocol) => self.send(protocol, app, request, provider, visitor).await,
            Challenge::Password(_) => Ok(BeginOutcome::Choose(sign_in_options(app, request, &[provider], visitor))),
        }
    }

    /// What a standing session gives: a delivery, a refusal, or nothing (C37, C39: the store knows no dead session).
    async fn deliver_by_session(
        &self,
        config: &LiveConfig,
        app: &Arc<App>,
        request: &LoginRequest,
        visitor: &Visitor,
    ) -> Result<Option<Delivery>, Refusal> {
        let context = Context::of_request(app, request);
        if matches!(request.prompt, Prompt::Login | Prompt::SelectAccount) {
            return Ok(None);
        }
        let Some(session) =
            self.active_session(config, visitor.session).await.map_err(|why| why.refuse(context.clone()))?
        else {
            return Ok(None);
        };
        let asks_other_provider = request.provider.as_ref().is_some_and(|asked| *asked != session.person.provider);
        if asks_other_provider || !app.offers(&session.person.provider) {
            return Ok(None);
        }
        let context = context.with_account(&session.person).with_identity(&session.identity);
        let context = match config.provider(&session.person.provider) {
            Some(provider) => context.with_provider(provider),
            None => context,
        };
        match permit(app, session.person, request.location.clone()) {
            Ok(grant) => self
                .deliver(config, app, &grant, request, session.auth_time)
                .map(Some)
                .map_err(|why| why.refuse(context)),
            Err(why) => Err(Cause::NotPermitted(why).refuse(context).of_attempt()),
        }
    }

    /// Sends the person to `provider` with a login of their own.
    async fn send(
        &self,
        protocol: &dyn RedirectModule,
        app: &Arc<App>,
        request: LoginRequest,
        provider: &Arc<Provider>,
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        let context = Context::of_request(app, &request).with_provider(provider);
        let now = self.clock.now();
        let (id, destination) = (LoginId::fresh(now), Destination::App { app: app.id.clone(), request });
        let handle = StateHandle::new(id, &destination, &provider.id).seal(&self.state_sealer);
        let new = protocol.begin();
        let provider_and_issuer = (provider.id.clone(), provider.module.issuer().clone());
        let login = PendingLogin::begin(id, destination, provider_and_issuer, new.state(), now);
        let too_long = |_| Cause::Start(StartRefused::RequestTooLarge).refuse(context.clone());
        let sealed = login.seal(&self.pending_sealer).map_err(too_long)?;
        let to = new.start(start(handle, login.destination())).await;
        let to = to.map_err(|why| Cause::Upstream(why).refuse(context))?;
        provider.traffic.sent();
        let evicted = logins_to_drop(visitor.login_sizes(), sealed.len());
        Ok(BeginOutcome::Challenge { to, pending: NewPendingLogin { id, sealed, evicted } })
    }
}

/// A start that every way in takes up.
pub(super) struct Arrived<'c> {
    pub app: &'c Arc<App>,
    pub request: LoginRequest,
    pub context: Context,
    /// The provider that the start names. It may be disabled.
    pub named: Option<&'c Arc<Provider>>,
}

impl LiveConfig {
    /// Reads a start for an app, and checks what no session and no password changes.
    pub(super) fn arrived(&self, app: &AppId, query: &[(String, String)]) -> Result<Arrived<'_>, Box<Refusal>> {
        let Some(app) = self.app(app) else {
            return Err(Box::new(Cause::UnknownApp(app.clone()).refuse(Context::default())));
        };
        let wrong = |why| Box::new(Cause::Start(why).refuse(Context::of_app(app)));
        let request = arrive(app, query).map_err(wrong)?;
        let context = Context::of_request(app, &request);
        if !app.enabled {
            return Err(Box::new(Cause::AppDisabled.refuse(context)));
        }
        let named = match &request.provider {
            Some(id) => Some(self.provider(id).ok_or_else(|| wrong(StartRefused::UnknownProvider))?),
            None => None,
        };
        Ok(Arrived { app, request, context, named })
    }
}

/// What the provider is asked for.
fn start(handle: String, destination: &Destination) -> Start<'_> {
    match destination {
        Destination::App { request, .. } => Start {
            handle,
            prompt: request.prompt,
            login_hint: request.login_hint.as_deref(),
            ui_locales: request.ui_locales.as_deref(),
        },
    }
}

pub(super) fn sign_in_options(
    app: &Arc<App>,
    request: LoginRequest,
    offered: &[&Arc<Provider>],
    visitor: &Visitor,
) -> SignInOptions {
    let (password_providers, redirecting): (Vec<_>, Vec<_>) =
        offered.iter().partition(|provider| provider.checks_passwords());
    let offer = |provider: &&Arc<Provider>| Offer {
        provider: Arc::clone(provider),
        availability: provider.module.availability(),
        last_used: visitor.last_used.as_ref() == Some(&provider.id),
    };
    let mut offers: Vec<Offer> = redirecting.iter().copied().map(offer).collect();
    offers.sort_by_key(|offer| !offer.last_used);
    let has_local_accounts = password_providers.iter().any(|provider| provider.module.local_passwords().is_some());
    let form = match password_providers.as_slice() {
        [] => PasswordForm::None,
        [only_provider] => PasswordForm::Shown { has_local_accounts, only_provider: Some(Arc::clone(only_provider)) },
        _ => PasswordForm::Shown { has_local_accounts, only_provider: None },
    };
    let another_account = !offers.is_empty() && visitor.may_want_another_account(&request);
    SignInOptions { app: Arc::clone(app), request, offers, form, another_account }
}
