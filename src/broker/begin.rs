//! The start of a sign-in: delivers at once, sends the person to a provider, or lets them choose one. The browser keeps
//! the pending login, not the store.

use std::sync::Arc;

use super::context::Context;
use super::deliver::ActiveSession;
use super::live_config::{LiveConfig, Provider};
use super::refusal::{Cause, Refusal};
use super::start::{Arrived, StartAddress};
use super::{Broker, Visitor};
use crate::base::ids::LoginId;
use crate::signin::app::App;
use crate::signin::arrive::{Destination, Preferences, Prompt, StartRefused};
use crate::signin::challenge::{LoginPurpose, PendingLogin, TooLong, logins_to_evict};
use crate::signin::permit::{Denied, permit};
use crate::signin::send::{Delivery, ErrorCode};
use crate::upstream::redirect::{BrowserRequest, NewLogin, Start};
use crate::upstream::{Availability, Challenge, RedirectModule};

/// Where a start leads.
#[derive(Debug)]
pub enum BeginOutcome {
    /// The session is valid: the app gets its token at once.
    Deliver(Delivery),
    /// The session is valid: the browser goes to a page of our own, by its path and query.
    OwnPage(String),
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

/// The ways to sign in.
#[derive(Debug)]
pub struct SignInOptions {
    pub destination: Destination<Arc<App>>,
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
    /// Starts a sign-in.
    ///
    /// # Errors
    /// Why the sign-in cannot start. No login is stored.
    pub async fn begin(
        &self,
        config: &LiveConfig,
        address: StartAddress<'_>,
        query: &[(String, String)],
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        // A wrong start gets a page, whatever `prompt` says.
        let Arrived { destination, named } = config.arrived(address, query).map_err(|why| *why)?;
        match self.end_by_session(config, &destination, visitor).await {
            Ok(Some(outcome)) => return Ok(outcome),
            Ok(None) => {}
            // No page may be shown, so the app gets an error.
            Err(refusal) => {
                let not_permitted = matches!(refusal.cause, Cause::NotPermitted(_));
                let error = if not_permitted { ErrorCode::AccessDenied } else { ErrorCode::TemporarilyUnavailable };
                let Some(delivery) = config.answer_without_page(&destination, error) else { return Err(refusal) };
                self.report(refusal, visitor).await;
                return Ok(BeginOutcome::Deliver(delivery));
            }
        }
        if let Some(delivery) = config.answer_without_page(&destination, ErrorCode::LoginRequired) {
            return Ok(BeginOutcome::Deliver(delivery));
        }
        let provider = match named {
            Some(provider) => match provider.why_off() {
                None => provider,
                Some(cause) => {
                    return Err(cause.refuse(Context::of_destination(&destination).with_provider(provider)));
                }
            },
            None => match config.offered_for(&destination).as_slice() {
                // After a sign-out the person chooses: the provider would sign the same person in again without asking.
                [only_provider] if !visitor.may_want_another_account(destination.preferences()) => only_provider,
                offered => {
                    if let Some(cause) = LiveConfig::all_suspended(config.listed_for(&destination)) {
                        return Err(cause.refuse(Context::of_destination(&destination)));
                    }
                    let fits = self.check_that_some_login_fits(&destination, offered);
                    fits.map_err(|why| too_large(why).refuse(Context::of_destination(&destination)))?;
                    return Ok(BeginOutcome::Choose(sign_in_options(destination, offered, visitor)));
                }
            },
        };
        match provider.module.challenge() {
            Challenge::Redirect(protocol) => {
                let departure = Departure { destination, provider, purpose: LoginPurpose::SignIn };
                self.send(protocol, departure, visitor).await
            }
            Challenge::Password(_) => Ok(BeginOutcome::Choose(sign_in_options(destination, &[provider], visitor))),
        }
    }

    /// Delivers or refuses by the browser's session. `None`: the browser has no valid session, the start asks for
    /// another sign-in or another provider, or the app does not offer the session's provider (C37, C39: the store
    /// returns no session that has ended).
    async fn end_by_session(
        &self,
        config: &LiveConfig,
        destination: &Destination<Arc<App>>,
        visitor: &Visitor,
    ) -> Result<Option<BeginOutcome>, Refusal> {
        let Preferences { prompt, provider: asked, .. } = destination.preferences();
        if prompt.is_login() || *prompt == Prompt::SelectAccount {
            return Ok(None);
        }
        let session = self.active_session(config, visitor.session).await;
        let session = session.map_err(|why| why.refuse(Context::of_destination(destination)))?;
        let Some(ActiveSession { person, identity, auth_time, .. }) = session else { return Ok(None) };
        if asked.as_ref().is_some_and(|asked| *asked != person.provider) {
            return Ok(None);
        }
        let account = person.account.id_and_username();
        let refuse = |cause: Cause| {
            let context = Context { account: Some(account), ..Context::of_destination(destination) };
            let context = context.with_identity(&identity);
            match config.provider(&identity.provider) {
                Some(provider) => cause.refuse(context.with_provider(provider)),
                None => cause.refuse(context),
            }
        };
        let denied = match destination {
            Destination::App { app, .. } if !app.offers(&person.provider) => return Ok(None),
            Destination::App { app, request } => match permit(app, person, request.location.clone()) {
                Ok(grant) => {
                    let delivery = self.deliver(config, app, &grant, request, auth_time).map_err(refuse)?;
                    return Ok(Some(BeginOutcome::Deliver(delivery)));
                }
                Err(denied) => denied,
            },
            Destination::OwnPage { request } => match person.account.disabled {
                None => return Ok(Some(BeginOutcome::OwnPage(request.leads_to().to_owned()))),
                Some(disabled) => Denied::AccountDisabled(disabled),
            },
        };
        Err(refuse(Cause::NotPermitted(denied)).of_attempt())
    }

    /// Sends the person to `provider` with a new pending login.
    pub(super) async fn send(
        &self,
        protocol: &dyn RedirectModule,
        departure: Departure<'_>,
        visitor: &Visitor,
    ) -> Result<BeginOutcome, Refusal> {
        let Departure { destination, provider, purpose } = departure;
        let refuse = |cause: Cause| cause.refuse(Context::of_destination(&destination).with_provider(provider));
        let new = protocol.begin();
        let login = self.seal_login(destination.to_pending(), provider, (purpose, new.as_ref()));
        let login = login.map_err(|why| refuse(too_large(why)))?;
        let Preferences { prompt, login_hint, ui_locales, .. } = destination.preferences();
        let start = Start {
            handle: login.handle,
            prompt: *prompt,
            login_hint: login_hint.as_deref(),
            ui_locales: ui_locales.as_deref(),
        };
        let to = new.start(start).await.map_err(|why| refuse(Cause::Upstream(why)))?;
        provider.traffic.record_sent();
        let evicted = logins_to_evict(visitor.login_sizes(), login.sealed.len());
        Ok(BeginOutcome::Challenge { to, pending: NewPendingLogin { id: login.id, sealed: login.sealed, evicted } })
    }

    /// Makes the two pieces of a new login: the handle that travels through the provider, and the browser's cookie.
    fn seal_login(
        &self,
        destination: Destination,
        provider: &Provider,
        (purpose, new): (LoginPurpose, &dyn NewLogin),
    ) -> Result<SealedLogin, TooLong> {
        let now = self.clock.now();
        let id = LoginId::fresh(now);
        let provider_and_issuer = (provider.id.clone(), provider.module.issuer().clone());
        let mut login =
            PendingLogin::begin(id, destination, provider_and_issuer, new.state(), now).for_purpose(purpose);
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
        destination: &Destination<Arc<App>>,
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
        let chosen = destination.to_pending().with(|preferences| preferences.provider = Some(provider.id.clone()));
        let new = (LoginPurpose::SignIn, &*protocol.begin());
        self.seal_login(chosen, provider, new).map(|_| ())
    }
}

/// A person who is sent to a provider.
pub(super) struct Departure<'d> {
    pub destination: Destination<Arc<App>>,
    pub provider: &'d Arc<Provider>,
    pub purpose: LoginPurpose,
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

pub(super) fn sign_in_options(
    destination: Destination<Arc<App>>,
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
    let another_account = !offers.is_empty() && visitor.may_want_another_account(destination.preferences());
    SignInOptions { destination, offers, password_providers, another_account }
}
