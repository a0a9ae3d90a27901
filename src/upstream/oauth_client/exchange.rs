//! Exchanges a code for tokens, at the token endpoint and nowhere else (security rules C5, C6).

use std::fmt;

use oauth2::{AuthorizationCode, HttpRequest, PkceCodeVerifier, RequestTokenError};

use super::client_assertion::{ASSERTION_TYPE, AssertionAudience};
use super::settings::ClientAuth;
use super::token_answer::{TokenAnswer, TokenRequest, WantedTokens, read};
use super::{LoginSecret, OAuthClient};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::answer_words::unreachable;
use crate::upstream::http::{Http, HttpError, Phase};

/// Its name in errors.
pub const TOKEN_ENDPOINT: &str = "the token endpoint";

/// The tokens for a code, and what the log must not show of the provider's answers from now on.
#[derive(Debug)]
pub struct Exchanged {
    pub tokens: TokenAnswer,
    /// All secrets of the exchange: what was sent for it, and the access token. A provider may repeat them in an ID
    /// token, or in what it answers later (security rule C56).
    pub secrets: Redaction,
}

impl OAuthClient {
    /// Exchanges the code (RFC 6749 §4.1.3, RFC 7636 §4.5). Makes one request: a code that failed is never sent again.
    /// `verifier`: `None` if the login began without PKCE.
    ///
    /// # Errors
    /// The part at fault: the connection, our credential, the code, or the answer.
    pub async fn exchange(
        &self,
        http: &Http,
        code: &Secret<String>,
        verifier: Option<&LoginSecret>,
        wanted: WantedTokens,
    ) -> Result<Exchanged, UpstreamError> {
        let mut request = self.requests.exchange_code(AuthorizationCode::new(code.expose().clone()));
        if let Some(verifier) = verifier {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(verifier.expose().to_owned()));
        }
        for (name, value) in &self.settings.token_params {
            request = request.add_extra_param(name, value);
        }
        let signed = self.signed_credential()?;
        if let Some(SignedCredential { parameter, jwt, also }) = &signed {
            request = request.add_extra_param(*parameter, jwt.expose());
            request = also.iter().fold(request, |request, (name, value)| request.add_extra_param(*name, *value));
        }
        // The crate's own client would accept good answers in one form only. So it sends nothing, and returns the
        // request as the crate builds it.
        let request = request.request(&|request| Err(NotSent(Box::new(request))));
        let Err(RequestTokenError::Request(NotSent(request))) = request else {
            // Can't happen: the config's reader has checked every part of the request.
            return Err(UpstreamError::AnswerUnusable("our request to the token endpoint is malformed".to_owned()));
        };
        let answer = http.send_oauth2(*request).await.map_err(|why| match why {
            // The provider has answered.
            HttpError { phase: Phase::Size, .. } => UpstreamError::AnswerUnusable(format!("the token answer of {why}")),
            why => unreachable(TOKEN_ENDPOINT, why),
        })?;
        let secrets = [
            Some(code),
            verifier.map(LoginSecret::secret),
            self.settings.secret.as_ref(),
            signed.as_ref().map(|s| &s.jwt),
        ];
        let asked = TokenRequest {
            host: self.requests.token_uri().url().host_str().unwrap_or_default(),
            settings: &self.settings,
            wanted,
            redaction: Redaction::of(secrets.into_iter().flatten().map(|secret| secret.expose().as_str())),
        };
        let tokens = read(&answer, &asked)?;
        let secrets = asked.redaction.and([tokens.access_token.expose().as_str()]);
        Ok(Exchanged { tokens, secrets })
    }

    /// A fresh credential for one request, if our client has a private key (RFC 7523 §2.2).
    fn signed_credential(&self) -> Result<Option<SignedCredential>, UpstreamError> {
        let (client_id, now) = (&self.settings.client_id, self.clock.now());
        let assertion = match &self.settings.auth {
            ClientAuth::PrivateKeyJwt(assertion) => assertion,
            ClientAuth::SignedSecret(secret) => {
                let jwt = secret.secret(client_id, now)?;
                return Ok(Some(SignedCredential { parameter: "client_secret", jwt, also: &[] }));
            }
            ClientAuth::Basic | ClientAuth::Post | ClientAuth::None => return Ok(None),
        };
        let audience = match assertion.audience {
            AssertionAudience::Issuer => self.issuer.as_str(),
            AssertionAudience::TokenEndpoint => self.requests.token_uri().as_str(),
        };
        let jwt = assertion.assertion(client_id, audience, now)?;
        let also = &[("client_assertion_type", ASSERTION_TYPE)];
        Ok(Some(SignedCredential { parameter: "client_assertion", jwt, also }))
    }
}

/// A credential that we signed, and the parameter that carries it.
struct SignedCredential {
    parameter: &'static str,
    jwt: Secret<String>,
    also: &'static [(&'static str, &'static str)],
}

/// A request that was built and not sent. It holds the code, the verifier and our credential.
#[derive(thiserror::Error)]
#[error("not sent")]
struct NotSent(Box<HttpRequest>);

impl fmt::Debug for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotSent")
    }
}
