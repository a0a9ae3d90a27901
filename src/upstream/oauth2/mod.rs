//! OAuth 2.0 without OpenID Connect (RFC 6749): an access token, and an API that says whose it is.
//!
//! There is no signed statement about the person. So everything rests on the code: it comes back with our `state`, it
//! is bound to this login by PKCE, and it is exchanged at the provider's own token endpoint over TLS.

mod answers;
pub mod email_list;
pub mod extension;
pub(super) mod kind;
mod login_state;
mod mapped_claims;
mod person;
mod probe;
mod requests;
mod server_health;
pub mod settings;

use std::sync::Arc;

use async_trait::async_trait;
use oauth2::{AuthUrl, TokenUrl};

use self::answers::Bodies;
use self::login_state::LoginState;
use self::person::attested;
use self::requests::{both, call_all};
use self::server_health::ServerHealth;
use self::settings::OAuth2Settings;
use super::answer_words::unreachable;
use super::http::{Accept, Http};
use super::oauth_client::{
    Api, AuthorizationRequest, AuthorizationResponse, Exchanged, LoginSecret, OAuthClient, TOKEN_ENDPOINT, WantedTokens,
};
use super::probe::FindingSink;
use super::redirect::{BrowserRequest, Identification, Login, Protocol, Start};
use super::{Availability, Challenge, Due, LoginModule, UpstreamError};
use crate::base::clock::Clock;
use crate::base::ids::{Issuer, ProviderId};
use crate::base::secret::Secret;
use crate::signin::identify::{ExternalIdentity, IssParameter, Issuers, Reauth, RuleViolation, issuer_agrees};

/// One OAuth 2.0 provider.
#[derive(Debug)]
pub struct OAuth2 {
    id: ProviderId,
    settings: Arc<OAuth2Settings>,
    /// Our redirect address, which is registered at the provider.
    callback: String,
    http: Http,
    client: OAuthClient,
    health: ServerHealth,
    clock: Clock,
}

impl OAuth2 {
    /// # Errors
    /// When `callback` is not an address, which the config's reader rules out.
    pub fn new(
        id: ProviderId,
        settings: Arc<OAuth2Settings>,
        callback: String,
        http: Http,
        clock: Clock,
    ) -> Result<Self, RuleViolation> {
        let addresses =
            (AuthUrl::from_url(settings.authorization_url.clone()), TokenUrl::from_url(settings.token_url.clone()));
        let client = Arc::clone(&settings.client);
        let client = OAuthClient::new(client, &settings.issuer, addresses, &callback, clock.clone())?;
        Ok(Self { id, settings, callback, http, client, health: ServerHealth::new(clock.clone()), clock })
    }
}

#[async_trait]
impl LoginModule for OAuth2 {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::Redirect(self)
    }

    fn reauth(&self) -> Reauth {
        self.settings.reauth
    }

    fn availability(&self) -> Availability {
        self.health.availability()
    }

    fn due(&self) -> Option<Due> {
        self.health.due()
    }

    /// Any answer of the token endpoint shows that the provider is back.
    async fn refresh(&self) {
        let answer = self.http.get_as(Accept::Json, &self.settings.token_url).await;
        self.health.record(answer.map_err(|why| unreachable(TOKEN_ENDPOINT, why)).err().as_ref());
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }
}

#[async_trait]
impl Protocol for OAuth2 {
    type State = LoginState;
    type Answer = AuthorizationResponse;

    fn handle_parameter(&self) -> &'static str {
        "state"
    }

    fn new_state(&self) -> LoginState {
        LoginState { verifier: self.settings.client.new_verifier() }
    }

    /// RFC 6749 §4.1.1 with RFC 7636: a state and an S256 challenge (security rule C4). A server ignores parameters
    /// that it does not know (RFC 6749 §3.1), so it gets OpenID Connect's hints, too.
    async fn start(&self, state: &LoginState, start: Start<'_>) -> Result<BrowserRequest, UpstreamError> {
        let url = self.client.authorization_url(AuthorizationRequest {
            handle: start.handle,
            verifier: state.verifier.as_ref(),
            more: &[
                ("prompt", start.prompt.for_provider()),
                ("login_hint", start.login_hint),
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
            login.words(login.state.verifier.as_ref().map(LoginSecret::expose).into_iter().chain(code))
        };
        // The log shows a wrong issuer, so it is quoted. The quoted form equals no issuer.
        let issuer = &self.settings.issuer;
        let iss = iss.map(|iss| if iss == issuer.as_str() { iss } else { format!("{:?}", words().quote(&iss)) });
        // RFC 9207: there is no metadata that promises `iss`.
        let issuers = Issuers::one(issuer);
        let agrees = issuer_agrees(issuers, IssParameter::Optional, iss.as_deref());
        match (code, agrees) {
            (Ok(code), agrees) => {
                agrees?;
                let identified = self.redeem(&login, &code).await;
                self.health.record(identified.as_ref().err());
                identified.map(|identity| Identification::Attested(Box::new(identity)))
            }
            (Err(ref error), Ok(())) => Ok(Identification::Declined(
                error.declined(&login.words(login.state.verifier.as_ref().map(LoginSecret::expose))),
            )),
            (Err(_), Err(why)) => Ok(Identification::Disregarded(why)),
        }
    }
}

impl OAuth2 {
    /// Exchanges the code for an access token, and asks the API whose it is.
    async fn redeem(
        &self,
        login: &Login<'_, LoginState>,
        code: &Secret<String>,
    ) -> Result<ExternalIdentity, UpstreamError> {
        let verifier = login.state.verifier.as_ref();
        let Exchanged { tokens, secrets } =
            self.client.exchange(&self.http, code, verifier, WantedTokens::AccessToken).await?;
        let OAuth2Settings { userinfo_url, calls: addresses, headers, extension, .. } = &*self.settings;
        let (access_token, parameters) = (&tokens.access_token, extension.parameters(&tokens.access_token));
        let secrets = secrets.and(parameters.iter().map(|(_, value)| value.expose().as_str()));
        let api = Api { provider: &self.id, http: &self.http, access_token, headers, parameters, secrets: &secrets };
        let requests = both(api.get("userinfo", userinfo_url), call_all(&api, addresses));
        // What is wrong with the person counts before what is wrong with their groups.
        let ((userinfo, calls), own) = both(requests, async { Ok(extension.claims(&api).await) }).await?;
        let userinfo = userinfo.into_body();
        let bodies = Bodies::new(&userinfo, &calls);
        let mut identity = attested(&bodies.read()?, &self.id, &self.settings, &secrets)
            .map_err(|why| UpstreamError::from(why).rule_without(&secrets))?;
        if login.proof_since.is_some() {
            self.settings.reauth.decide_without_time("the time of the sign-in")?;
        }
        let own = own?;
        for missing in &own.missing {
            missing.warn(&self.id);
        }
        identity.claims.extend(own.claims);
        identity.secrets = Arc::new(secrets);
        Ok(identity)
    }
}
