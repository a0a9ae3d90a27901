//! Exchanges a code for tokens, at the token endpoint and nowhere else (security rules C5, C6).

use std::fmt;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, PkceCodeVerifier,
    RedirectUrl, RequestTokenError,
};

use super::Oidc;
use super::endpoints::Endpoints;
use super::fetch::{TOKEN_ENDPOINT, unreachable};
use super::settings::{ClientAuth, OidcSettings};
use super::token_answer::{TokenAnswer, TokenRequest, read};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::RuleViolation;
use crate::upstream::UpstreamError;
use crate::upstream::http::{HttpError, Phase};

/// A client whose authorization and token endpoints are known.
pub type OAuth2Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// Our client at the provider.
///
/// # Errors
/// When `callback` is not an address, which the config's reader rules out.
pub fn client(settings: &OidcSettings, endpoints: &Endpoints, callback: &str) -> Result<OAuth2Client, RuleViolation> {
    let callback = RedirectUrl::new(callback.to_owned())
        .map_err(|why| RuleViolation::new("C7", "our own redirect address", "an address", why.to_string()))?;
    let mut client = BasicClient::new(ClientId::new(settings.client_id.clone()))
        .set_auth_uri(endpoints.authorization.clone())
        .set_token_uri(endpoints.token.clone())
        .set_redirect_uri(callback)
        .set_auth_type(match settings.client_auth {
            ClientAuth::Basic => AuthType::BasicAuth,
            ClientAuth::Post | ClientAuth::None => AuthType::RequestBody,
        });
    if let Some(secret) = &settings.client_secret {
        client = client.set_client_secret(ClientSecret::new(secret.expose().clone()));
    }
    Ok(client)
}

impl Oidc {
    /// Exchanges the code (RFC 6749 §4.1.3, RFC 7636 §4.5). Makes one request: a code that failed is never sent again.
    ///
    /// # Errors
    /// The part at fault: the connection, our credential, the code, or the answer.
    pub(super) async fn exchange(
        &self,
        client: &OAuth2Client,
        code: &Secret<String>,
        verifier: &Secret<String>,
    ) -> Result<TokenAnswer, UpstreamError> {
        let request = client
            .exchange_code(AuthorizationCode::new(code.expose().clone()))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().clone()))
            // The crate's own client would accept good answers in one form only. So it sends nothing, and returns the
            // request as the crate builds it.
            .request(&|request| Err(NotSent(Box::new(request))));
        let Err(RequestTokenError::Request(NotSent(request))) = request else {
            // Can't happen: the config's reader has checked every part of the request.
            return Err(UpstreamError::AnswerUnusable("our request to the token endpoint is malformed".to_owned()));
        };
        let answer = self.http.send_oauth2(*request).await.map_err(|why| match why {
            // The provider has answered.
            HttpError { phase: Phase::Size, .. } => UpstreamError::AnswerUnusable(format!("the token answer of {why}")),
            why => unreachable(TOKEN_ENDPOINT, why),
        })?;
        let secrets = [Some(code), Some(verifier), self.settings.client_secret.as_ref()];
        let asked = TokenRequest {
            host: client.token_uri().url().host_str().unwrap_or_default(),
            settings: &self.settings,
            redaction: Redaction::of(secrets.into_iter().flatten().map(|secret| secret.expose().as_str())),
        };
        read(&answer, &asked)
    }
}

/// A request that was built and not sent. It holds the code, the verifier and our secret.
#[derive(thiserror::Error)]
#[error("not sent")]
struct NotSent(Box<HttpRequest>);

impl fmt::Debug for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotSent")
    }
}
