//! Builds the address that people are sent to (RFC 6749 §4.1.1, RFC 7636 §4.3).

use oauth2::{CsrfToken, PkceCodeChallenge, PkceCodeVerifier, Scope};
use url::Url;

use super::settings::ClientSettings;
use super::{LoginSecret, OAuthClient};

/// What differs between the requests of two logins.
#[derive(Debug)]
pub struct AuthorizationRequest<'r> {
    /// The value of `state`.
    pub handle: String,
    /// The PKCE verifier. The request has its S256 challenge (security rule C4). `None` sends no challenge.
    pub verifier: Option<&'r LoginSecret>,
    /// More parameters. Those without a value are left out. They take precedence over those of the config.
    pub more: &'r [(&'r str, Option<&'r str>)],
}

impl OAuthClient {
    /// The address of the authorization endpoint, with the request.
    #[must_use]
    pub fn authorization_url(&self, request: AuthorizationRequest<'_>) -> Url {
        let AuthorizationRequest { handle, verifier, more } = request;
        let ClientSettings { scopes, scope_separator, auth_params, .. } = &*self.settings;
        let mut url = self.requests.authorize_url(|| CsrfToken::new(handle));
        if !scopes.is_empty() {
            url = url.add_scope(Scope::new(scopes.join(scope_separator)));
        }
        if let Some(verifier) = verifier {
            let verifier = PkceCodeVerifier::new(verifier.expose().to_owned());
            url = url.set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        }
        for (name, value) in more {
            if let Some(value) = value {
                url = url.add_extra_param(*name, *value);
            }
        }
        let is_ours = |name: &str| more.iter().any(|(ours, value)| *ours == name && value.is_some());
        for (name, value) in auth_params.iter().filter(|(name, _)| !is_ours(name)) {
            url = url.add_extra_param(name, value);
        }
        url.url().0
    }
}
