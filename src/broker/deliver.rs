//! Finds the valid session of a browser; signs tokens and delivers them.

use std::sync::Arc;

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::Broker;
use super::live_config::LiveConfig;
use super::refusal::Cause;
use crate::base::random;
use crate::signin::account::Person;
use crate::signin::app::App;
use crate::signin::arrive::{Destination, LoginRequest, Prompt};
use crate::signin::identify::IdentityKey;
use crate::signin::permit::Grant;
use crate::signin::seal::{TokenFields, token_claims};
use crate::signin::send::{self, Delivery, ErrorCode, SignedToken};
use crate::store::{LiveSession, SessionLogin};

/// A valid session.
#[derive(Debug)]
pub struct ActiveSession {
    pub person: Person,
    pub identity: IdentityKey,
    pub auth_time: Option<OffsetDateTime>,
    pub started_at: OffsetDateTime,
    /// Whether the provider was asked to authenticate the person again at this sign-in.
    pub reauthenticated: bool,
}

impl Broker {
    /// Looks up a session, and records the use of a valid one. It is valid if it has not ended, its account is enabled,
    /// and its provider is still configured and enabled, with the same settings for identities, claims and groups
    /// (security rule C27). A provider that no longer accepts the session's issuer is another provider, even under the
    /// same id (C21).
    pub(super) async fn active_session(
        &self,
        config: &LiveConfig,
        id: Option<Id>,
    ) -> Result<Option<ActiveSession>, Cause> {
        let Some(id) = id else { return Ok(None) };
        let now = self.clock.now();
        let Some(session) = self.store.live_session(id, now).await? else { return Ok(None) };
        let provider_accepts = config.provider(&session.signed_in.provider).is_some_and(|provider| {
            provider.is_on()
                && provider.module.accepts_issuer(&session.signed_in.issuer)
                && provider.settings == session.signed_in.settings
        });
        // C39: the current config decides. The store still has the end that the lifetimes gave at the last use, until
        // `run_maintenance` shortens it.
        let is_expired = session.signed_in.started_at + config.lifetimes.absolute <= now;
        if !provider_accepts || is_expired {
            return Ok(None);
        }
        self.store.touch(&session, config.lifetimes, now).await?;
        let LiveSession { signed_in, account, .. } = session;
        let SessionLogin { provider, issuer, subject, profile, auth_time, started_at, reauthenticated, .. } = signed_in;
        let identity = IdentityKey { provider: provider.clone(), issuer, subject };
        let person = Person { account, provider, profile };
        Ok(Some(ActiveSession { person, identity, auth_time, started_at, reauthenticated }))
    }

    /// Makes the delivery of a grant, with a signed token.
    pub(super) fn deliver(
        &self,
        config: &LiveConfig,
        app: &App,
        grant: &Grant,
        request: &LoginRequest,
        auth_time: Option<OffsetDateTime>,
    ) -> Result<Delivery, Cause> {
        let token = self.sign(config, app, grant, request, auth_time)?;
        Ok(send::deliver(app, grant.location(), request.state.as_ref(), config.public_url.as_str(), &token))
    }

    /// Signs the claims of a grant.
    pub(super) fn sign(
        &self,
        config: &LiveConfig,
        app: &App,
        grant: &Grant,
        request: &LoginRequest,
        auth_time: Option<OffsetDateTime>,
    ) -> Result<SignedToken, Cause> {
        let issuer = config.public_url.as_str();
        let fields = TokenFields {
            issuer,
            now: self.clock.now(),
            jti: random::token(),
            nonce: request.nonce.as_ref(),
            auth_time,
        };
        let token = self.signer.sign(&token_claims(app, grant, &fields))?;
        let rules: Vec<_> = grant.rules().iter().map(ToString::to_string).collect();
        let account = &grant.person().account.id;
        tracing::info!(app = %app.id, provider = %grant.person().provider, %account, rules = rules.join(" "),
            "delivered");
        Ok(token)
    }
}

impl LiveConfig {
    /// The address behind "Return to …": the app's location, with the error `access_denied`; or the app's `url`,
    /// without an error, if the location is no longer registered. A removed location may belong to somebody else by now
    /// (security rule C33).
    #[must_use]
    pub fn return_url(&self, app: &App, request: Option<&LoginRequest>) -> String {
        match request.filter(|request| request.location.still_registered(app)) {
            Some(request) => self.error_delivery(app, request, ErrorCode::AccessDenied).address().to_owned(),
            None => app.url.to_string(),
        }
    }

    /// Delivers an error to the app if it asked for an answer without a page.
    pub(super) fn answer_without_page(&self, destination: &Destination<Arc<App>>, why: ErrorCode) -> Option<Delivery> {
        match destination {
            Destination::App { app, request } if request.preferences.prompt == Prompt::None => {
                Some(self.error_delivery(app, request, why))
            }
            Destination::App { .. } | Destination::OwnPage { .. } => None,
        }
    }

    /// Delivers an error to the app, or leads to its `url` if apps of its kind accept no errors.
    fn error_delivery(&self, app: &App, request: &LoginRequest, why: ErrorCode) -> Delivery {
        let delivery =
            send::deliver_error(app, &request.location, request.state.as_ref(), self.public_url.as_str(), why);
        delivery.unwrap_or_else(|| send::return_to_app(app))
    }
}
