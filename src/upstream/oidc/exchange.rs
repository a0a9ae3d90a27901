//! Exchanges a code for tokens, at the token endpoint and nowhere else (security rules C5, C6).

use std::future::Future;
use std::pin::Pin;

use oauth2::basic::{
    BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse, BasicTokenType,
};
use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ExtraTokenFields, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    StandardRevocableToken, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};
use url::form_urlencoded::byte_serialize;

use super::endpoints::Endpoints;
use super::settings::{ClientAuth, OidcSettings};
use super::token_answer::{TokenRequest, read};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::signin::identify::RuleViolation;
use crate::upstream::UpstreamError;
use crate::upstream::http::{Http, HttpError, Phase};

/// The ID token beside the access token (OpenID Connect Core §3.1.3.3), as the text that was signed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct IdTokenField {
    id_token: Option<String>,
}
impl ExtraTokenFields for IdTokenField {}

/// The tokens for a code.
#[derive(Debug)]
pub struct TokenAnswer {
    pub id_token: Secret<String>,
    /// Empty if the provider sent none. Only userinfo and `at_hash` need it.
    pub access_token: Secret<String>,
}

/// A client whose authorization and token endpoints are known.
pub type OAuth2Client = Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointSet,
>;

/// Our client at the provider.
///
/// # Errors
/// When `callback` is not an address, which the config's reader rules out.
pub fn client(settings: &OidcSettings, endpoints: &Endpoints, callback: &str) -> Result<OAuth2Client, RuleViolation> {
    let callback = RedirectUrl::new(callback.to_owned())
        .map_err(|why| RuleViolation::new("C7", "our own redirect address", "an address", why.to_string()))?;
    let mut client = Client::new(ClientId::new(settings.client_id.clone()))
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

/// Exchanges the code (RFC 6749 §4.1.3, RFC 7636 §4.5). Makes one request: a code that failed is never sent again.
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
    let (sent, proof) = (code.expose().clone(), verifier.secret().clone());
    let endpoint = TokenEndpoint {
        http,
        request_info: TokenRequest {
            host: client.token_uri().url().host_str().unwrap_or_default(),
            secret_place: &settings.secret_place,
            secret_hint: if is_changed_by_encoding(settings, client_secret) { ENCODED } else { "" },
            userinfo: settings.userinfo,
            redaction: Redaction::of([sent.as_str(), proof.as_str(), client_secret]),
        },
    };
    let request = client.exchange_code(AuthorizationCode::new(sent.clone())).set_pkce_verifier(verifier);
    let answer = request.request_async(&endpoint).await.map_err(|why| match why {
        RequestTokenError::Request(why) => why,
        // The result of `read` fits the crate's types. If it ever does not, the error names the member.
        RequestTokenError::Parse(why, _) => {
            UpstreamError::AnswerUnusable(format!("the token answer has an unexpected value at {}", why.path()))
        }
        RequestTokenError::ServerResponse(_) | RequestTokenError::Other(_) => {
            UpstreamError::AnswerUnusable("the token answer has an unexpected form".to_owned())
        }
    })?;
    let id_token = answer.extra_fields().id_token.clone();
    let id_token = id_token.ok_or_else(|| RuleViolation::new("C14", "the token answer", "an ID token", "none"))?;
    Ok(TokenAnswer {
        id_token: Secret::new(id_token),
        access_token: Secret::new(answer.access_token().secret().clone()),
    })
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

/// The connection to the token endpoint. The crate accepts answers in one form only, so each is put into that form.
struct TokenEndpoint<'a> {
    http: &'a Http,
    request_info: TokenRequest<'a>,
}

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = UpstreamError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, UpstreamError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let answer = self.http.send_oauth2(request).await.map_err(|why| match why {
                // The provider has answered.
                HttpError { phase: Phase::Size, .. } => {
                    UpstreamError::AnswerUnusable(format!("the token answer of {why}"))
                }
                why => why.into(),
            })?;
            let read = read(&answer, &self.request_info)?;
            let mut plain = http::Response::new(serde_json::to_vec(&read).unwrap_or_default());
            plain.headers_mut().insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            Ok(plain)
        })
    }
}
