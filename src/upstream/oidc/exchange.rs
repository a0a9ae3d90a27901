//! A code becomes tokens, at the token endpoint and nowhere else (security rules C5, C6).

use oauth2::basic::{
    BasicErrorResponse, BasicErrorResponseType, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
    BasicTokenType,
};
use oauth2::{
    AuthType, AuthorizationCode, Client, ClientId, ClientSecret, EndpointNotSet, EndpointSet, ExtraTokenFields,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, StandardRevocableToken, StandardTokenResponse, TokenResponse,
};
use serde::{Deserialize, Serialize};

use super::document::Endpoints;
use super::settings::{ClientAuth, Settings};
use crate::base::secret::Secret;
use crate::signin::identify::Broken;
use crate::upstream::http::{Http, HttpError};
use crate::upstream::{Fault, UpstreamError};

/// The ID token beside the access token (OpenID Connect Core §3.1.3.3), still as the text that was signed.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct IdTokenField {
    id_token: Option<String>,
}
impl ExtraTokenFields for IdTokenField {}

/// What a code was worth.
#[derive(Debug)]
pub struct TokenAnswer {
    pub id_token: Secret<String>,
    pub access_token: Secret<String>,
}

/// A client whose two endpoints are known.
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

/// Ourselves, as the provider knows us.
///
/// # Errors
/// When our own callback is no address, which the config's reader rules out.
pub fn client(settings: &Settings, endpoints: &Endpoints, callback: &str) -> Result<OAuth2Client, UpstreamError> {
    let callback = RedirectUrl::new(callback.to_owned())
        .map_err(|why| Broken::new("C7", "our own redirect address", "an address", why.to_string()))?;
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

/// RFC 6749 §4.1.3 with RFC 7636 §4.5. Asked once: a code that failed is never tried again.
///
/// # Errors
/// Who is at fault: the wire, our credential, or the code.
pub async fn exchange(
    client: &OAuth2Client,
    code: Secret<String>,
    verifier: PkceCodeVerifier,
    http: &Http,
    settings: &Settings,
) -> Result<TokenAnswer, UpstreamError> {
    let asked = client.exchange_code(AuthorizationCode::new(code.expose().clone())).set_pkce_verifier(verifier);
    let answer = asked.request_async(http).await.map_err(|why| refused(why, client, settings))?;
    // RFC 6749 §7.1: a token of a type that we do not understand is not to be used.
    if *answer.token_type() != BasicTokenType::Bearer {
        return Err(document(client, "its token_type is not Bearer".into()));
    }
    let id_token = answer.extra_fields().id_token.clone();
    let id_token = id_token.ok_or_else(|| Broken::new("C14", "the token answer", "an ID token", "none"))?;
    Ok(TokenAnswer {
        id_token: Secret::new(id_token),
        access_token: Secret::new(answer.access_token().secret().clone()),
    })
}

fn refused(
    error: RequestTokenError<HttpError, BasicErrorResponse>,
    client: &OAuth2Client,
    settings: &Settings,
) -> UpstreamError {
    match error {
        RequestTokenError::Request(http) => http.into(),
        RequestTokenError::ServerResponse(answer) => match answer.error() {
            BasicErrorResponseType::InvalidClient | BasicErrorResponseType::UnauthorizedClient => {
                UpstreamError::ClientRejected { place: settings.secret_place.clone(), why: answer.error().to_string() }
            }
            other => UpstreamError::CodeRefused(plain(other.as_ref())),
        },
        // The body may hold tokens: only where it stopped making sense is told, never what stood there.
        RequestTokenError::Parse(why, body) if body.is_empty() => document(client, format!("empty ({why})")),
        RequestTokenError::Parse(why, _) => document(client, format!("not the JSON it should be, at {}", why.path())),
        RequestTokenError::Other(_) => document(client, "neither JSON nor an error".into()),
    }
}

fn document(client: &OAuth2Client, why: String) -> UpstreamError {
    let host = client.token_uri().url().host_str().unwrap_or_default().to_owned();
    UpstreamError::Unreachable { fault: Fault::Document { what: "the token answer", host, why }, since: None }
}

/// What a stranger wrote, fit for one line of the log.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').take(100).collect()
}
