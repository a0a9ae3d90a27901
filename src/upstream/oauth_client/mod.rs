//! What every OAuth 2.0 client does, with or without OpenID Connect (RFC 6749): it sends people to the authorization
//! endpoint, reads the answer, and exchanges the code for tokens.

pub mod addresses;
mod api;
mod authorization_request;
mod authorization_response;
pub mod client_assertion;
pub mod client_key;
mod credential;
mod exchange;
pub mod groups_required;
mod login_secret;
mod registration;
pub mod reauth;
pub mod settings;
pub mod signed_secret;
pub mod skipped_entries;
mod token_answer;
pub mod verified_strings;

pub use api::Api;
pub use authorization_request::AuthorizationRequest;
pub use authorization_response::AuthorizationResponse;
pub use exchange::{Exchanged, TOKEN_ENDPOINT};
pub use login_secret::LoginSecret;
pub use registration::RegistrationCheck;
pub use token_answer::{TokenAnswer, WantedTokens};

use std::fmt;
use std::sync::Arc;

use oauth2::basic::BasicClient;
use oauth2::{AuthType, AuthUrl, ClientId, ClientSecret, EndpointNotSet, EndpointSet, RedirectUrl, TokenUrl};

use self::settings::{ClientAuth, ClientSettings};
use crate::base::clock::Clock;
use crate::base::ids::Issuer;
use crate::signin::identify::RuleViolation;

/// Our client at one authorization server. It is built once, and not for each login.
pub struct OAuthClient {
    settings: Arc<ClientSettings>,
    issuer: Issuer,
    clock: Clock,
    requests: BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>,
}

impl fmt::Debug for OAuthClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthClient").field("client_id", &self.settings.client_id).finish_non_exhaustive()
    }
}

impl OAuthClient {
    /// `issuer`: the authorization server's, from the config. `callback`: our redirect address.
    ///
    /// # Errors
    /// When `callback` is not an address, which the config's reader rules out.
    pub fn new(
        settings: Arc<ClientSettings>,
        issuer: &Issuer,
        (authorization, token): (AuthUrl, TokenUrl),
        callback: &str,
        clock: Clock,
    ) -> Result<Self, RuleViolation> {
        let callback = RedirectUrl::new(callback.to_owned())
            .map_err(|why| RuleViolation::new("C7", "our own redirect address", "an address", why.to_string()))?;
        let mut requests = BasicClient::new(ClientId::new(settings.client_id.clone()))
            .set_auth_uri(authorization)
            .set_token_uri(token)
            .set_redirect_uri(callback)
            .set_auth_type(match settings.auth {
                ClientAuth::Basic => AuthType::BasicAuth,
                ClientAuth::Post | ClientAuth::SignedSecret(_) | ClientAuth::PrivateKeyJwt(_) | ClientAuth::None => {
                    AuthType::RequestBody
                }
            });
        if let Some(secret) = &settings.secret {
            requests = requests.set_client_secret(ClientSecret::new(secret.expose().clone()));
        }
        Ok(Self { settings, issuer: issuer.clone(), clock, requests })
    }
}
