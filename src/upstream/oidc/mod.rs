//! OpenID Connect: the authorization code flow with PKCE (OpenID Connect Core §3.1, RFC 7636).

mod discovery;
mod endpoints;
mod fetch;
mod id_token;
mod key_set;
mod keys;
pub(super) mod kind;
mod login_state;
mod metadata;
pub mod own_rules;
mod probe;
mod probe_client_auth;
mod probe_fixes;
mod probe_keys;
mod probe_methods;
mod published_metadata;
mod refetch_limit;
mod relying_party;
mod rsa_numbers;
pub mod settings;
mod signature;
mod signed_userinfo;
mod userinfo;

use std::sync::Arc;

use async_trait::async_trait;
use http::HeaderMap;

use self::discovery::{Discovery, ProviderMetadata};
use self::login_state::LoginState;
use self::metadata::MetadataCache;
use self::own_rules::Hints;
use self::settings::{OidcSettings, ResponseMode, UserInfo};
use super::http::Http;
use super::oauth_client::{
    Api, AuthorizationRequest, AuthorizationResponse, Exchanged, LoginSecret, TokenAnswer, WantedTokens,
};
use super::probe::FindingSink;
use super::redirect::{BrowserRequest, Identification, Login, Protocol, Start};
use super::{Availability, Challenge, Due, LoginModule, UpstreamError};
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::{ExternalIdentity, Reauth, issuer_agrees, merge_userinfo};

/// One OpenID provider.
#[derive(Debug)]
pub struct Oidc {
    id: ProviderId,
    settings: Arc<OidcSettings>,
    /// Our redirect address, which is registered at the provider.
    callback: String,
    http: Http,
    metadata: MetadataCache,
    clock: Clock,
}

impl Oidc {
    #[must_use]
    pub fn new(id: ProviderId, settings: Arc<OidcSettings>, callback: String, http: Http, clock: Clock) -> Self {
        let discovery = Discovery {
            settings: Arc::clone(&settings),
            callback: callback.clone(),
            http: http.clone(),
            clock: clock.clone(),
        };
        let metadata = MetadataCache::new(discovery, settings.issuer.clone(), clock.clone());
        Self { id, settings, callback, http, metadata, clock }
    }
}

#[async_trait]
impl LoginModule for Oidc {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn accepts_issuer(&self, issuer: &Issuer) -> bool {
        self.settings.accepts_issuer(issuer)
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::Redirect(self)
    }

    fn reauth(&self) -> Reauth {
        self.settings.reauth
    }

    fn availability(&self) -> Availability {
        self.metadata.availability()
    }

    fn due(&self) -> Option<Due> {
        self.metadata.due()
    }

    async fn refresh(&self) {
        self.metadata.refresh().await;
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }
}

#[async_trait]
impl Protocol for Oidc {
    type State = LoginState;
    type Answer = AuthorizationResponse;

    fn handle_parameter(&self) -> &'static str {
        "state"
    }

    fn new_state(&self) -> LoginState {
        LoginState { nonce: LoginSecret::fresh(), verifier: self.settings.client.new_verifier() }
    }

    /// OpenID Connect Core §3.1.2.1 with RFC 7636: a state, a nonce and an S256 challenge (security rule C4).
    async fn start(&self, state: &LoginState, start: Start<'_>) -> Result<BrowserRequest, UpstreamError> {
        let current = self.metadata.current().await?;
        let [acr_values, claims, max_age] = self.settings.demands.parameters();
        let Hints { prompt, login_hint } = self.settings.own.hints(start.prompt, start.login_hint);
        let url = current.relying_party.client.authorization_url(AuthorizationRequest {
            handle: start.handle,
            verifier: state.verifier.as_ref(),
            more: &[
                ("nonce", Some(state.nonce.expose())),
                ("response_mode", (self.settings.response_mode == ResponseMode::FormPost).then_some("form_post")),
                ("prompt", prompt),
                // Core §3.1.2.1: with max_age the ID token must say when the person proved who they are, so we can
                // check it.
                if start.prompt.is_login() { ("max_age", Some("0")) } else { max_age },
                acr_values,
                claims,
                ("login_hint", login_hint),
                ("ui_locales", start.ui_locales),
            ],
        });
        Ok(BrowserRequest::Redirect(url))
    }

    async fn identify(
        &self,
        login: Login<'_, LoginState>,
        answer: AuthorizationResponse,
    ) -> Result<Identification, UpstreamError> {
        let AuthorizationResponse { iss, code } = answer;
        let words = || {
            let code = code.as_ref().ok().map(|code| code.expose().as_str());
            login.words(login.state.secrets().chain(code))
        };
        // The log shows a wrong issuer, so it is quoted. The quoted form equals no issuer.
        let issuers = self.settings.issuers();
        let iss = iss.map(|iss| match &*iss {
            text if issuers.contain(text) => iss,
            text if self.settings.own.accepts_issuer(text) => issuers.configured.as_str().to_owned(),
            text => format!("{:?}", words().quote(text)),
        });
        match code {
            Ok(code) => {
                let identified = self.redeem(login, code, iss.as_deref()).await;
                self.metadata.record(identified.as_ref().err());
                identified.map(|identity| Identification::Attested(Box::new(identity)))
            }
            Err(ref error) => {
                let promised = self.settings.iss_parameter.required_by(self.metadata.iss_promise());
                Ok(match issuer_agrees(issuers, promised, iss.as_deref()) {
                    Ok(()) => Identification::Declined(error.declined(&words())),
                    Err(why) => Identification::Disregarded(why),
                })
            }
        }
    }
}

impl Oidc {
    /// Exchanges the code for tokens, checks the ID token, and asks userinfo if the config says so.
    async fn redeem(
        &self,
        login: Login<'_, LoginState>,
        code: Secret<String>,
        iss: Option<&str>,
    ) -> Result<ExternalIdentity, UpstreamError> {
        let current = self.metadata.current().await?;
        let promised = self.settings.iss_parameter.required_by(current.endpoints.iss_promise);
        issuer_agrees(self.settings.issuers(), promised, iss)?;
        let wanted = match self.settings.userinfo {
            UserInfo::Ask => WantedTokens::IdTokenAndAccessToken,
            UserInfo::Skip => self.settings.own.wanted_tokens(),
        };
        let verifier = login.state.verifier.as_ref();
        let Exchanged { tokens, secrets } =
            current.relying_party.client.exchange(&self.http, &code, verifier, wanted).await?;
        let sent = secrets.and([login.state.nonce.expose()]);
        match self.attested(&login, &tokens, &current, &sent).await {
            Ok(identity) => Ok(ExternalIdentity { secrets: Arc::new(sent), ..identity }),
            Err(why) => Err(why.rule_without(&sent)),
        }
    }

    /// The identity of the ID token, with the claims that the provider has elsewhere, if the config says so. `sent`:
    /// what the provider was sent, which the log does not show.
    async fn attested(
        &self,
        login: &Login<'_, LoginState>,
        tokens: &TokenAnswer,
        current: &ProviderMetadata,
        sent: &Redaction,
    ) -> Result<ExternalIdentity, UpstreamError> {
        let mut identity = self.identity(login, tokens, current, sent).await?;
        if self.settings.userinfo == UserInfo::Ask {
            let userinfo = self.userinfo((current, &identity.key.issuer), tokens, sent).await?;
            merge_userinfo(&mut identity, self.settings.readable_as_configured(userinfo))?;
        }
        let (provider, http, headers) = (&self.id, &self.http, &HeaderMap::new());
        let (access_token, parameters, secrets) = (&tokens.access_token, Vec::new(), sent);
        let api = Api { provider, http, access_token, headers, parameters, secrets };
        self.settings.own.complete(&mut identity, api).await?;
        Ok(identity)
    }
}
