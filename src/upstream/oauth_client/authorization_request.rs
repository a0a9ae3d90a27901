//! Builds the address that people are sent to (RFC 6749 §4.1.1, RFC 7636 §4.3).

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use url::Url;

use super::OAuthClient;
use crate::base::secret::Secret;

/// What differs between the requests of two logins.
#[derive(Debug)]
pub struct AuthorizationRequest<'r> {
    /// The value of `state`.
    pub handle: String,
    /// The PKCE verifier. The request has its S256 challenge (security rule C4).
    pub verifier: &'r Secret<String>,
    /// More parameters. Those without a value are left out.
    pub more: &'r [(&'r str, Option<&'r str>)],
}

impl OAuthClient {
    /// The address of the authorization endpoint, with the request.
    #[must_use]
    pub fn authorization_url(&self, request: AuthorizationRequest<'_>) -> Url {
        let AuthorizationRequest { handle, verifier, more } = request;
        let verifier = PkceCodeVerifier::new(verifier.expose().clone());
        let mut url = self
            .requests
            .authorize_url(|| CsrfToken::new(handle))
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for (name, value) in more {
            if let Some(value) = value {
                url = url.add_extra_param(*name, *value);
            }
        }
        url.url().0
    }
}
