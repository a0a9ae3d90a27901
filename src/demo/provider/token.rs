//! The token endpoint: exchanges a code, once, for tokens (RFC 6749 §4.1.3, OpenID Connect Core §3.1.3).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use serde_json::json;
use time::OffsetDateTime;

use super::DemoProvider;
use super::claims::UserClaims;
use super::request::Parameters;
use super::store::{Code, Grant, TOKEN_LIFETIME, TokenGrant};
use crate::base::random;
use crate::base::secret::{constant_time_eq, sha256};

/// `POST /token`.
pub async fn token(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap, body: Bytes) -> Response {
    match provider.exchange(&headers, &body) {
        Ok(tokens) => (NO_STORE, Json(tokens)).into_response(),
        Err(why) => why.into_response(),
    }
}

/// RFC 6749 §5.1: no cache may keep a token.
const NO_STORE: [(axum::http::HeaderName, &str); 2] = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];

#[derive(Serialize)]
struct Tokens {
    access_token: String,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    id_token: String,
}

/// RFC 6749 §5.2.
#[derive(Debug)]
enum TokenError {
    InvalidRequest(&'static str),
    InvalidClient,
    InvalidGrant(&'static str),
    UnsupportedGrantType,
    NotSigned,
}

impl DemoProvider {
    fn exchange(&self, headers: &HeaderMap, body: &[u8]) -> Result<Tokens, TokenError> {
        let is_form = |kind: &str| kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case(FORM));
        if !headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).is_some_and(is_form) {
            return Err(TokenError::InvalidRequest("the body must be a form"));
        }
        let parameters = Parameters::parse(body);
        if parameters.has_repeated() {
            return Err(TokenError::InvalidRequest("a parameter is given more than once"));
        }
        self.authenticate(headers, &parameters)?;
        match parameters.get("grant_type") {
            Some("authorization_code") => {}
            Some(_) => return Err(TokenError::UnsupportedGrantType),
            None => return Err(TokenError::InvalidRequest("grant_type is missing")),
        }
        let code = parameters.get("code").ok_or(TokenError::InvalidRequest("code is missing"))?;
        let access_token = random::token();
        let now = self.settings.clock.now();
        let grant = self.redeem(code, &access_token, now)?;
        grant.check(&parameters)?;
        let id_token = self.id_token(&grant, &access_token, now)?;
        let access = TokenGrant { person: Arc::clone(&grant.session.person), scopes: grant.scopes };
        self.store().tokens.insert(access_token.clone(), access, now + TOKEN_LIFETIME);
        let (expires_in, scope) = (TOKEN_LIFETIME.whole_seconds(), grant.scopes.to_parameter());
        Ok(Tokens { access_token, token_type: "Bearer", expires_in, scope, id_token })
    }

    /// RFC 6749 §2.3: one method at a time.
    fn authenticate(&self, headers: &HeaderMap, parameters: &Parameters) -> Result<(), TokenError> {
        let basic = headers.get(AUTHORIZATION).map(|line| line.to_str().ok().and_then(parse_basic));
        let (id, secret) = match (basic, parameters.get("client_id"), parameters.get("client_secret")) {
            (Some(_), _, Some(_)) => return Err(TokenError::InvalidRequest("the client authenticates twice")),
            (Some(basic), also, None) => {
                let (id, secret) = basic.ok_or(TokenError::InvalidClient)?;
                if also.is_some_and(|also| also != id) {
                    return Err(TokenError::InvalidRequest("two different clients are named"));
                }
                (id, secret)
            }
            (None, Some(id), Some(secret)) => (id.to_owned(), secret.to_owned()),
            (None, _, _) => return Err(TokenError::InvalidClient),
        };
        let secret_fits = constant_time_eq(secret.as_bytes(), self.settings.client_secret.expose().as_bytes());
        if secret_fits && id == self.settings.client_id { Ok(()) } else { Err(TokenError::InvalidClient) }
    }

    /// Redeems a code. From now on it is used, even if this request fails.
    fn redeem(&self, code: &str, access_token: &str, now: OffsetDateTime) -> Result<Grant, TokenError> {
        let mut store = self.store();
        if let Some(Code::Used { token }) = store.codes.get(code, now) {
            let revoked = token.clone();
            store.tokens.remove(&revoked, now);
            return Err(TokenError::InvalidGrant("the code was used before"));
        }
        match store.codes.replace(code, Code::Used { token: access_token.to_owned() }, now) {
            Some(Code::Unused(grant)) => Ok(*grant),
            Some(Code::Used { .. }) | None => Err(TokenError::InvalidGrant("the code is unknown or too old")),
        }
    }

    fn id_token(&self, grant: &Grant, access_token: &str, now: OffsetDateTime) -> Result<String, TokenError> {
        let issued = now.unix_timestamp();
        let claims = IdToken {
            iss: &self.settings.issuer,
            aud: &self.settings.client_id,
            iat: issued,
            exp: issued + TOKEN_LIFETIME.whole_seconds(),
            auth_time: grant.session.since.unix_timestamp(),
            nonce: grant.nonce.as_deref(),
            at_hash: at_hash(access_token),
            user: UserClaims::new(&grant.session.person, grant.scopes),
        };
        self.key.sign(&claims).map_err(|why| {
            tracing::error!(error = %why, "Example University could not sign");
            TokenError::NotSigned
        })
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

/// OpenID Connect Core §2.
#[derive(Serialize)]
struct IdToken<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    #[serde(flatten)]
    user: UserClaims<'a>,
}

impl Grant {
    /// RFC 6749 §4.1.3 and RFC 7636 §4.6: the same address, and the verifier behind the challenge.
    fn check(&self, parameters: &Parameters) -> Result<(), TokenError> {
        if parameters.get("redirect_uri") != Some(&self.redirect_uri) {
            return Err(TokenError::InvalidGrant("the code was made for another redirect_uri"));
        }
        let verifier = parameters.get("code_verifier").filter(|verifier| (43..=128).contains(&verifier.len()));
        let challenge = verifier.map(|verifier| URL_SAFE_NO_PAD.encode(sha256(verifier.as_bytes())));
        if challenge.is_none_or(|challenge| !constant_time_eq(challenge.as_bytes(), self.challenge.as_bytes())) {
            return Err(TokenError::InvalidGrant("the code_verifier does not match the code_challenge"));
        }
        Ok(())
    }
}

/// Core §3.1.3.6: the left half of the access token's hash.
pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes()).iter().take(16).copied().collect::<Vec<_>>())
}

/// RFC 6749 §2.3.1: both parts are form-encoded before they are joined.
fn parse_basic(line: &str) -> Option<(String, String)> {
    let (scheme, coded) = line.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let joined = String::from_utf8(STANDARD.decode(coded.trim()).ok()?).ok()?;
    let (id, secret) = joined.split_once(':')?;
    let plain = |text: &str| percent_decode_str(&text.replace('+', " ")).decode_utf8().map(Into::into).ok();
    Some((plain(id)?, plain(secret)?))
}

impl IntoResponse for TokenError {
    fn into_response(self) -> Response {
        let (status, error, why) = match self {
            Self::InvalidRequest(why) => (StatusCode::BAD_REQUEST, "invalid_request", why),
            Self::InvalidClient => {
                (StatusCode::UNAUTHORIZED, "invalid_client", "the client is not known by this secret")
            }
            Self::InvalidGrant(why) => (StatusCode::BAD_REQUEST, "invalid_grant", why),
            Self::UnsupportedGrantType => {
                (StatusCode::BAD_REQUEST, "unsupported_grant_type", "only authorization_code is taken")
            }
            Self::NotSigned => (StatusCode::INTERNAL_SERVER_ERROR, "server_error", "the token could not be signed"),
        };
        let body = Json(json!({"error": error, "error_description": why}));
        match status {
            StatusCode::UNAUTHORIZED => {
                (status, NO_STORE, [(WWW_AUTHENTICATE, "Basic realm=\"Example University\"")], body).into_response()
            }
            _ => (status, NO_STORE, body).into_response(),
        }
    }
}
