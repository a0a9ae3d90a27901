//! The start of a sign-in: delivers at once, sends the person to a provider, or lets them choose one. The browser keeps
//! the pending login, not the store.

use std::sync::Arc;

use super::context::Context;
use super::deliver::ActiveSession;
use super::live_config::{LiveConfig, Provider};
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::base::ids::{AppId, LoginId};
use crate::signin::app::App;
use crate::signin::arrive::{Destination, LoginRequest, Prompt, StartRefused, arrive};
use crate::signin::challenge::{PendingLogin, TooLong, logins_to_evict};
use crate::signin::permit::permit;
use crate::signin::send::{Delivery, ErrorCode};
use crate::upstream::redirect::{BrowserRequest, NewLogin, Start};
use crate::upstream::{Availability, Challenge, RedirectModule};

/// Where a start leads.
#[derive(Debug)]
pub enum BeginOutcome {
    /// The session is valid: the app gets its token at once.
    Deliver(Delivery),
    /// The browser goes to the provider, with a pending login in a cookie.
    Challenge { to: BrowserRequest, pending: NewPendingLogin },
    /// The sign-in page, where the person chooses.
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
    /// The providers that the browser can be sent to. The one used last comes first.
    pub offers: Vec<Offer>,
    /// The providers that check a typed password, in the order in which they are asked. They share one form. If there
    /// are none, the page has no form.
    pub password_providers: Vec<Arc<Provider>>,
    /// Whether the page also offers another account, because the person signed out here.
    pub another_account: bool,
}

/// A provider that the browser can be sent to.
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
    /// Why the sign-in cannot start. No login is stored.
    pub async fn begin(
        &self,
        config: &LiveConfig,
        app: &AppId,
        query: &[(String, String)],
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        // A wrong start gets a page, whatever `prompt` says.
        let Arrived { app, request, named } = config.arrived(app, query).map_err(|why| *why)?;
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
            Some(provider) => {
                return Err(Cause::ProviderDisabled.refuse(Context::of_request(app, &request).with_provider(provider)));
            }
            None => match config.offered(app).as_slice() {
                // After a sign-out the person chooses: the provider would sign the same person in again without asking.
                [only_provider] if !visitor.may_want_another_account(&request) => only_provider,
                offered => {
                    let fits = self.check_that_some_login_fits(app, &request, offered);
                    fits.map_err(|why| too_large(why).refuse(Context::of_request(app, &request)))?;
                    return Ok(BeginOutcome::Choose(sign_in_options(app, request, offered, visitor)));
                }
            },
        };
        match provider.module.challenge() {
            Challenge::Redirect(protocol) => self.send(protocol, app, request, provider, visitor).await,
            Challenge::Password(_) => Ok(BeginOutcome::Choose(sign_in_options(app, request, &[provider], visitor))),
        }
    }

    /// Delivers or refuses by the browser's session. `None`: the browser has no valid session, the start asks for
    /// another sign-in or another provider, or the app does not offer the session's provider (C37, C39: the store
    /// returns no session that has ended).
    async fn deliver_by_session(
        &self,
        config: &LiveConfig,
        app: &Arc<App>,
        request: &LoginRequest,
        visitor: &Visitor,
    ) -> Result<Option<Delivery>, Refusal> {
        if request.prompt.is_login() || request.prompt == Prompt::SelectAccount {
            return Ok(None);
        }
        let session = self.active_session(config, visitor.session).await;
        let session = session.map_err(|why| why.refuse(Context::of_request(app, request)))?;
        let Some(ActiveSession { person, identity, auth_time, .. }) = session else { return Ok(None) };
        let asks_other_provider = request.provider.as_ref().is_some_and(|asked| *asked != person.provider);
        if asks_other_provider || !app.offers(&person.provider) {
            return Ok(None);
        }
        let account = person.account.id_and_username();
        let refuse = |cause: Cause| {
            let context = Context { account: Some(account), ..Context::of_request(app, request) };
            let context = context.with_identity(&identity);
            match config.provider(&identity.provider) {
                Some(provider) => cause.refuse(context.with_provider(provider)),
                None => cause.refuse(context),
            }
        };
        match permit(app, person, request.location.clone()) {
            Ok(grant) => self.deliver(config, app, &grant, request, auth_time).map(Some).map_err(refuse),
            Err(why) => Err(refuse(Cause::NotPermitted(why)).of_attempt()),
        }
    }

    /// Sends the person to `provider` with a new pending login.
    async fn send(
        &self,
        protocol: &dyn RedirectModule,
        app: &Arc<App>,
        request: LoginRequest,
        provider: &Arc<Provider>,
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        let refuse = |cause: Cause| cause.refuse(Context::of_request(app, &request).with_provider(provider));
        let new = protocol.begin();
        let login = self.seal_login(app, &request, provider, new.as_ref()).map_err(|why| refuse(too_large(why)))?;
        let start = Start {
            handle: login.handle,
            prompt: request.prompt,
            login_hint: request.login_hint.as_deref(),
            ui_locales: request.ui_locales.as_deref(),
        };
        let to = new.start(start).await.map_err(|why| refuse(Cause::Upstream(why)))?;
        provider.traffic.record_sent();
        let evicted = logins_to_evict(visitor.login_sizes(), login.sealed.len());
        Ok(BeginOutcome::Challenge { to, pending: NewPendingLogin { id: login.id, sealed: login.sealed, evicted } })
    }

    /// Makes the two pieces of a new login: the handle that travels through the provider, and the browser's cookie.
    fn seal_login(
        &self,
        app: &App,
        request: &LoginRequest,
        provider: &Provider,
        new: &dyn NewLogin,
    ) -> Result<SealedLogin, TooLong> {
        let now = self.clock.now();
        let (id, destination) =
            (LoginId::fresh(now), Destination::App { app: app.id.clone(), request: request.clone() });
        let provider_and_issuer = (provider.id.clone(), provider.module.issuer().clone());
        let mut login = PendingLogin::begin(id, destination, provider_and_issuer, new.state(), now);
        let handle = login.handle().seal(&self.state_sealer);
        loop {
            match login.seal(&self.pending_sealer) {
                Ok(sealed) => return Ok(SealedLogin { id, handle, sealed }),
                // The login can be finished without its hints. The provider gets them.
                Err(TooLong { .. }) if login.leave_out_hint() => {}
                Err(why) => return Err(why),
            }
        }
    }

    /// Checks that people can sign in at one of these providers at least. Otherwise they would choose one first, and
    /// then read that the start is too long.
    fn check_that_some_login_fits(
        &self,
        app: &App,
        request: &LoginRequest,
        offered: &[&Arc<Provider>],
    ) -> Result<(), TooLong> {
        let mut redirecting = Vec::new();
        for provider in offered {
            match provider.module.challenge() {
                // A typed password needs no cookie for its login.
                Challenge::Password(_) => return Ok(()),
                Challenge::Redirect(protocol) => redirecting.push((provider, protocol)),
            }
        }
        // There may be thousands of providers, so only the one with the shortest names is checked. The cookie holds the
        // id of a chosen provider twice. A start that does not fit for another one is refused when it is chosen.
        let shortest = redirecting
            .into_iter()
            .min_by_key(|(provider, _)| provider.id.as_str().len() * 2 + provider.module.issuer().as_str().len());
        let Some((provider, protocol)) = shortest else { return Ok(()) };
        let chosen = LoginRequest { provider: Some(provider.id.clone()), ..request.clone() };
        self.seal_login(app, &chosen, provider, protocol.begin().as_ref()).map(|_| ())
    }
}

/// A new login in its two sealed pieces.
struct SealedLogin {
    id: LoginId,
    handle: String,
    /// The cookie's value.
    sealed: String,
}

fn too_large(TooLong { excess }: TooLong) -> Cause {
    Cause::Start(StartRefused::RequestTooLarge { excess })
}

/// A start that was read and checked, for redirects and for the password form.
pub(super) struct Arrived<'c> {
    pub app: &'c Arc<App>,
    pub request: LoginRequest,
    /// The provider that the start names. It may be disabled.
    pub named: Option<&'c Arc<Provider>>,
}

impl LiveConfig {
    /// Reads a start for an app, and checks everything that depends on neither a session nor a password.
    pub(super) fn arrived(&self, app: &AppId, query: &[(String, String)]) -> Result<Arrived<'_>, Box<Refusal>> {
        let Some(app) = self.app(app) else {
            return Err(Box::new(Cause::UnknownApp(app.clone()).refuse(Context::default())));
        };
        let wrong = |why| Box::new(Cause::Start(why).refuse(Context::of_app(app)));
        let request = arrive(app, query).map_err(wrong)?;
        if !app.enabled {
            return Err(Box::new(Cause::AppDisabled.refuse(Context::of_request(app, &request))));
        }
        let named = match &request.provider {
            Some(id) => Some(self.provider(id).ok_or_else(|| wrong(StartRefused::UnknownProvider))?),
            None => None,
        };
        Ok(Arrived { app, request, named })
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
    let password_providers = password_providers.into_iter().copied().map(Arc::clone).collect();
    let another_account = !offers.is_empty() && visitor.may_want_another_account(&request);
    SignInOptions { app: Arc::clone(app), request, offers, password_providers, another_account }
}
