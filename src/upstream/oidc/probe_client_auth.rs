//! Whether a provider's metadata allow how our client authenticates.

use super::Oidc;
use super::probe::quoted;
use super::probe_fixes::fix_for_unlisted;
use super::published_metadata::PublishedMetadata;
use crate::upstream::oauth_client::settings::ClientAuth;
use crate::upstream::probe::Reporter;

impl Oidc {
    pub(super) fn check_client_auth(&self, published: &PublishedMetadata, reporter: &mut Reporter<'_>) {
        let auth = &self.settings.client.auth;
        let method = auth.name();
        match (published.list("token_endpoint_auth_methods_supported"), auth) {
            (Some(methods), _) if methods.contains(method) => {
                reporter.good(format!("client authentication: {method}"));
            }
            // Discovery §3: the default.
            (None, ClientAuth::Basic) => reporter.good(format!("client authentication: {method}")),
            (
                Some(methods),
                ClientAuth::Basic | ClientAuth::Post | ClientAuth::SignedSecret(_) | ClientAuth::PrivateKeyJwt(_),
            ) => reporter.wrong(
                format!("client authentication: {method} is not among its {}", quoted(&methods)),
                fix_for_unlisted("client_auth", &ClientAuth::names(), &methods),
            ),
            (Some(methods), ClientAuth::None) => reporter.warn(
                format!("client authentication: none is not among its {}", quoted(&methods)),
                "check that this client is registered as a public one",
            ),
            (
                None,
                ClientAuth::Post | ClientAuth::SignedSecret(_) | ClientAuth::PrivateKeyJwt(_) | ClientAuth::None,
            ) => reporter.warn(
                format!("client authentication: the metadata does not name {method}; it may work"),
                "sign in once to see",
            ),
        }
        let ClientAuth::PrivateKeyJwt(assertions) = auth else { return };
        let algorithm = assertions.key.algorithm();
        // Discovery §3.
        if let Some(listed) = published.list("token_endpoint_auth_signing_alg_values_supported")
            && !listed.contains(algorithm)
        {
            reporter.wrong(
                format!("client key: it signs with {algorithm}, which is not among its {}", quoted(&listed)),
                "use a key of the other type: RSA signs with RS256, and EC with ES256",
            );
        }
    }
}
