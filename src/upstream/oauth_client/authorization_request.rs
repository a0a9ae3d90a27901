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
    pub fn authorization_url(&self, request: AuthorizationRequest<'_>) -> String {
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
        let own = self.requests.auth_uri().url().query().map_or(0, str::len);
        with_encoded_spaces(&url.url().0, own)
    }
}

/// Writes each space of our parameters as `%20`. A form writes it as `+` (RFC 6749 appendix B), which some providers
/// don't decode. `own`: the length of the query that the endpoint's address has itself, which stays as it is.
fn with_encoded_spaces(url: &Url, own: usize) -> String {
    let ours = url.query().and_then(|query| query.split_at_checked(own)).map_or("", |(_, ours)| ours);
    // The address has no fragment (RFC 6749 §3.1), so our parameters are its end.
    match url.as_str().strip_suffix(ours) {
        Some(rest) => format!("{rest}{}", ours.replace('+', "%20")),
        None => url.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::with_encoded_spaces;

    #[test]
    fn a_space_is_percent_encoded_and_the_query_of_the_endpoint_stays_as_it_is() {
        for (own, expected) in [
            ("https://a.example/authorize", "https://a.example/authorize?scope=a%20b&login_hint=x%2By%20z"),
            ("https://a.example/authorize?p=1+2", "https://a.example/authorize?p=1+2&scope=a%20b&login_hint=x%2By%20z"),
        ] {
            let mut url: Url = own.parse().unwrap();
            let length = url.query().map_or(0, str::len);
            url.query_pairs_mut().append_pair("scope", "a b").append_pair("login_hint", "x+y z");
            let expected_pairs: Vec<_> = url.query_pairs().into_owned().collect();
            let encoded = with_encoded_spaces(&url, length);
            assert_eq!(encoded, expected);
            let encoded: Url = encoded.parse().unwrap();
            assert_eq!(encoded.query_pairs().into_owned().collect::<Vec<_>>(), expected_pairs);
        }
        let plain: Url = "https://a.example/authorize".parse().unwrap();
        assert_eq!(with_encoded_spaces(&plain, 0), plain.as_str());
    }
}
