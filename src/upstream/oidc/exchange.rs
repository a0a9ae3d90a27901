//! Exchanges a code for tokens, at the token endpoint and nowhere else (security rules C5, C6).

use std::fmt;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet, HttpRequest, PkceCodeVerifier,
    RedirectUrl, RequestTokenError,
};
use url::form_urlencoded::byte_serialize;

use super::endpoints::Endpoints;
use super::settings::{ClientAuth, OidcSettings};
use super::token_answer::{TokenAnswer, TokenRequest, read};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::RuleViolation;
use crate::upstream::UpstreamError;
use crate::upstream::http::{Http, HttpError, Phase};

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

/// RFC 6749 §4.1.3 with RFC 7636 §4.5. One request: a code that failed is never sent again.
///
/// # Errors
/// What is at fault: the connection, our credential, the code, or the answer.
pub async fn exchange(
    client: &OAuth2Client,
    code: Secret<String>,
    verifier: PkceCodeVerifier,
    http: &Http,
    settings: &OidcSettings,
) -> Result<TokenAnswer, UpstreamError> {
    let client_secret = settings.client_secret.as_ref().map_or("", |secret| secret.expose().as_str());
    let redaction = Redaction::of([code.expose().as_str(), verifier.secret().as_str(), client_secret]);
    let answer = http.send_oauth2(request(client, &code, verifier)?).await.map_err(|why| match why {
        // The provider has answered.
        HttpError { phase: Phase::Size, .. } => UpstreamError::AnswerUnusable(format!("the token answer of {why}")),
        why => why.into(),
    })?;
    let asked = TokenRequest {
        host: client.token_uri().url().host_str().unwrap_or_default(),
        secret_place: &settings.secret_place,
        secret_hint: if is_changed_by_encoding(settings, client_secret) { ENCODED } else { "" },
        userinfo: settings.userinfo,
        redaction,
    };
    read(&answer, &asked)
}

/// The request that the crate makes. The crate would also send it, and then takes good answers in one form only. So its
/// client here hands the request back instead.
fn request(
    client: &OAuth2Client,
    code: &Secret<String>,
    verifier: PkceCodeVerifier,
) -> Result<HttpRequest, UpstreamError> {
    let code = AuthorizationCode::new(code.expose().clone());
    let exchange = client.exchange_code(code).set_pkce_verifier(verifier);
    match exchange.request(&|request| Err(NotSent(Box::new(request)))) {
        Err(RequestTokenError::Request(NotSent(request))) => Ok(*request),
        // No settings lead here: the reader of the config has parsed all that goes into the request.
        Ok(_) | Err(_) => {
            Err(UpstreamError::AnswerUnusable("our request to the token endpoint is malformed".to_owned()))
        }
    }
}

/// A request that was made and not sent. It holds the code, the verifier and our secret.
#[derive(thiserror::Error)]
#[error("not sent")]
struct NotSent(Box<HttpRequest>);

impl fmt::Debug for NotSent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NotSent")
    }
}

/// Whether our credential is written differently in a `Basic` header than in the config (RFC 6749 §2.3.1, appendix B).
fn is_changed_by_encoding(settings: &OidcSettings, secret: &str) -> bool {
    let is_changed = |text: &str| byte_serialize(text.as_bytes()).collect::<String>() != text;
    match settings.client_auth {
        ClientAuth::Basic => [settings.client_id.as_str(), secret].into_iter().any(is_changed),
        ClientAuth::Post | ClientAuth::None => false,
    }
}

const ENCODED: &str = "; it has characters that are percent-encoded in a Basic header (RFC 6749 §2.3.1), and some \
                       providers don't decode them: if it is right, set client_auth = \"client_secret_post\"";
