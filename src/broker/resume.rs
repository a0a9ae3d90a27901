//! Finds the login that a provider's answer belongs to, by the handle in the answer and the cookie of the browser.

use std::sync::Arc;

use super::context::{Context, KnownDestination};
use super::live_config::{LiveConfig, Provider};
use super::refusal::{Cause, Refusal};
use super::{Broker, Visitor};
use crate::base::ids::ProviderId;
use crate::base::parameters::{ParameterError, Parameters};
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::signin::challenge::{LoginPurpose, PendingLogin, Redeemed, StateHandle, Unredeemable, eviction_reason};
use crate::upstream::redirect::ParsedAnswer;
use crate::upstream::{Challenge, RedirectModule};

/// The parameter that holds the handle, if the provider of the callback address has no redirect protocol. Such an
/// answer is misdirected, or the provider had another kind when the login began.
const DEFAULT_HANDLE_PARAMETER: &str = "state";

/// A login whose answer has come, and what is needed to finish it.
pub(super) struct ResumedLogin<'s> {
    pub provider: &'s Arc<Provider>,
    pub destination: Destination<Arc<App>>,
    pub login: Redeemed,
    pub context: Context,
}

/// An answer that came without cookies, to be posted again with them.
#[derive(Debug)]
pub struct ToRepost {
    /// The app that it is for. `None`: it is for a page of our own.
    pub app: Option<Arc<App>>,
    /// The parameters that the protocol reads. All others are left out: a page with thousands of them would be far
    /// larger than the request.
    pub fields: Vec<(String, String)>,
}

impl Broker {
    /// Matches the handle in the answer with the browser's cookie. Also returns the parsed answer.
    pub(super) async fn resume<'s>(
        &self,
        config: &'s LiveConfig,
        provider_id: &ProviderId,
        answer: &Parameters,
        visitor: &Visitor,
    ) -> Result<(ResumedLogin<'s>, Box<dyn ParsedAnswer + 's>), Refusal> {
        let Some(provider) = config.provider(provider_id) else {
            return Err(self.refuse_without_provider(config, provider_id, answer));
        };
        let protocol = provider.protocol();
        let handle = self.handle(protocol, answer);
        let handle = handle.map_err(|why| why.refuse(Context::default().with_provider(provider)))?;
        // Without the cookie, the page shows only the app and the provider. Only an error looks for them, since that
        // hashes every id.
        let of_destination = || config.context_of(&handle);
        let read = protocol.map(|protocol| protocol.read(answer)).transpose();
        let read = read.map_err(|why| Cause::Unreadable(why).refuse(of_destination().with_provider(provider)))?;
        let begun_for = || {
            if handle.is_for_provider(provider_id) {
                return provider;
            }
            config.providers().find(|other| handle.is_for_provider(&other.id)).unwrap_or(provider)
        };
        let of_handle = || of_destination().with_provider(begun_for());
        let mut cookies = visitor.pending.iter().filter(|(id, _)| *id == handle.login);
        let pending = cookies.find_map(|(_, sealed)| PendingLogin::open(sealed, &self.pending_sealer).ok());
        let Some(pending) = pending else {
            return Err(self.refuse_without_cookie(&handle, of_handle(), visitor).await);
        };
        let destination = config.destination(pending.destination());
        let destination = destination.map_err(|why| why.refuse(Context::default()))?;
        let redeemed = pending.redeem(&handle, provider_id, self.clock.now());
        let login = redeemed.map_err(|why| {
            let context = match &why {
                Unredeemable::Missing => of_handle(),
                Unredeemable::OtherProvider { .. } | Unredeemable::Expired { .. } => {
                    Context::of_destination(&destination).with_provider(begun_for())
                }
            };
            Cause::from(why).refuse(context)
        })?;
        let link_request = match login.purpose() {
            LoginPurpose::SignIn | LoginPurpose::AddMethod(_) => None,
            LoginPurpose::ProveAccount(request) => Some(request.tag()),
        };
        let context = Context { link_request, ..Context::of_destination(&destination).with_provider(provider) };
        check_still_enabled(&destination, provider).map_err(|why| why.refuse(context.clone()))?;
        // C6: this answer is for the former issuer, and the new one must not see it.
        let Some(answer) = read.filter(|_| login.issuer() == provider.module.issuer()) else {
            return Err(Cause::IssuerChanged.refuse(context));
        };
        Ok((ResumedLogin { provider, destination, login, context }, answer))
    }

    /// Refuses an answer from a provider that is not in the config. If its login began here before the provider was
    /// removed, the page names the app and a next step (security rule C2).
    fn refuse_without_provider(&self, config: &LiveConfig, provider_id: &ProviderId, answer: &Parameters) -> Refusal {
        let handle = self.handle(None, answer).ok().filter(|handle| handle.is_for_provider(provider_id));
        let context = handle.map(|handle| config.context_of(&handle)).unwrap_or_default();
        match context.destination {
            KnownDestination::App(_) | KnownDestination::Start(_) => {
                Cause::ProviderRemoved(provider_id.clone()).refuse(context)
            }
            KnownDestination::Unknown => Cause::UnknownProvider(provider_id.to_string()).refuse(Context::default()),
        }
    }

    /// What the browser has to post again, with its cookies. `None`: Vestibule did not make the handle in the answer,
    /// or the answer can't be read.
    #[must_use]
    pub fn to_repost(&self, config: &LiveConfig, provider_id: &ProviderId, answer: &Parameters) -> Option<ToRepost> {
        let protocol = config.provider(provider_id).and_then(|provider| provider.protocol());
        let handle = self.handle(protocol, answer).ok()?;
        protocol.map(|protocol| protocol.read(answer)).transpose().ok()?;
        let app = match config.context_of(&handle).destination {
            KnownDestination::App(app) => Some(app),
            KnownDestination::Start(destination) => destination.app().map(Arc::clone),
            KnownDestination::Unknown => return None,
        };
        let read =
            protocol.map_or_else(|| answer.only(&[DEFAULT_HANDLE_PARAMETER]), |protocol| protocol.only_read(answer));
        Some(ToRepost { app, fields: read.pairs_for_repost() })
    }

    /// Opens the handle in an answer. All handles that Vestibule did not make are refused alike (security rule C2).
    fn handle(&self, protocol: Option<&dyn RedirectModule>, answer: &Parameters) -> Result<StateHandle, Cause> {
        let parameter = protocol.map_or(DEFAULT_HANDLE_PARAMETER, RedirectModule::handle_parameter);
        let sealed = match answer.once(parameter) {
            Ok(Some(sealed)) if !sealed.is_empty() => sealed,
            Ok(Some(_) | None) => return Err(Cause::InvalidCallback("its state is missing")),
            Err(ParameterError::Repeated(_)) => return Err(Cause::InvalidCallback("its state was given twice")),
            Err(ParameterError::NotUtf8(_)) => return Err(Cause::InvalidCallback("its state is not UTF-8")),
        };
        StateHandle::open(sealed, &self.state_sealer)
            .map_err(|_| Cause::InvalidCallback("its state was not made by Vestibule"))
    }

    /// Refuses an answer whose login has no cookie in this browser. `of_handle`: the app and the provider that the
    /// handle names.
    async fn refuse_without_cookie(&self, handle: &StateHandle, of_handle: Context, visitor: &Visitor) -> Refusal {
        if matches!(of_handle.destination, KnownDestination::Unknown) {
            return Cause::AppRemoved.refuse(Context::default());
        }
        if let Err(cause) = self.check_not_spent(handle.login).await {
            return cause.refuse(of_handle);
        }
        let cause = eviction_reason(handle.login, &visitor.login_sizes()).map(Cause::LoginEvicted);
        cause.unwrap_or(Cause::LoginMissing).refuse(of_handle)
    }
}

impl Provider {
    /// Its redirect protocol. `None`: it checks passwords.
    fn protocol(&self) -> Option<&dyn RedirectModule> {
        match self.module.challenge() {
            Challenge::Redirect(protocol) => Some(protocol),
            Challenge::Password(_) => None,
        }
    }
}

impl LiveConfig {
    /// Adds the provider's own refusal to the context, if the answer is one. The answer belongs to no login, so only
    /// the log gets it.
    pub(super) fn with_declined(
        &self,
        refusal: Refusal,
        provider_id: &ProviderId,
        answer: &Parameters,
        visitor: &Visitor,
    ) -> Refusal {
        let protocol = self.provider(provider_id).and_then(|provider| provider.protocol());
        let declined = protocol.and_then(|protocol| protocol.declined(answer, &visitor.sealed_logins()));
        Refusal { context: Context { declined, ..refusal.context }, ..refusal }
    }

    /// Where the login of a handle leads. Unknown: the app is no longer in the config.
    fn context_of(&self, handle: &StateHandle) -> Context {
        if handle.is_for_own_page() {
            return Context::of_own_page();
        }
        self.apps().find(|app| handle.is_for_app(&app.id)).map_or_else(Context::default, Context::of_app)
    }

    /// The destination of a login, with the app as the config has it now.
    pub(super) fn destination(&self, begun: &Destination) -> Result<Destination<Arc<App>>, Cause> {
        match begun {
            Destination::App { app, request } => match self.app(app) {
                Some(app) => Ok(Destination::App { app: Arc::clone(app), request: request.clone() }),
                None => Err(Cause::UnknownApp(app.clone())),
            },
            Destination::OwnPage { request } => Ok(Destination::OwnPage { request: request.clone() }),
        }
    }
}

impl From<Unredeemable> for Cause {
    fn from(why: Unredeemable) -> Self {
        match why {
            Unredeemable::Expired { late } => Self::LoginExpired { late },
            Unredeemable::Missing => Self::LoginMissing,
            Unredeemable::OtherProvider { begun_for } => Self::OtherProvider { begun_for },
        }
    }
}

/// Refuses the login if the app, the provider or the address was removed, disabled or suspended in the meantime
/// (security rule C27).
pub(super) fn check_still_enabled(destination: &Destination<Arc<App>>, provider: &Provider) -> Result<(), Cause> {
    if destination.app().is_some_and(|app| !app.enabled) {
        return Err(Cause::AppDisabled);
    }
    if let Some(cause) = provider.why_off() {
        return Err(cause);
    }
    match destination {
        Destination::App { app, .. } if !app.offers(&provider.id) => Err(Cause::ProviderNotListed),
        Destination::App { app, request } if !request.location.still_registered(app) => Err(Cause::LocationRemoved),
        Destination::App { .. } | Destination::OwnPage { .. } => Ok(()),
    }
}
