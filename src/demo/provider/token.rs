//! The token endpoint: exchanges a code, once, for tokens (RFC 6749 §4.1.3).

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, PRAGMA, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use percent_encoding::percent_decode_str;
use serde_json::json;
use time::OffsetDateTime;

use super::request::Parameters;
use super::site::Site;
use super::store::{Code, Grant, TOKEN_LIFETIME, TokenGrant};
use super::university::Tokens;
use super::{DemoProvider, Protocol, social};
use crate::base::random;
use crate::base::secret::{constant_time_eq, sha256};

/// `POST /token`.
pub async fn token(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap, body: Bytes) -> Response {
    match provider.exchange(&headers, &body) {
        Ok(answer) => (NO_STORE, answer).into_response(),
        Err(why) => why.response(provider.settings.site),
    }
}

/// RFC 6749 §5.1: no cache may keep a token.
const NO_STORE: [(axum::http::HeaderName, &str); 2] = [(CACHE_CONTROL, "no-store"), (PRAGMA, "no-cache")];

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
    fn exchange(&self, headers: &HeaderMap, body: &[u8]) -> Result<Response, TokenError> {
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
        let answer = self.tokens(&grant, &access_token, now)?;
        let access = TokenGrant { person: grant.session.person, scopes: grant.scopes };
        self.store().tokens.insert(access_token, access, now + TOKEN_LIFETIME);
        Ok(answer)
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

    fn tokens(&self, grant: &Grant, access_token: &str, now: OffsetDateTime) -> Result<Response, TokenError> {
        match &self.protocol {
            Protocol::OpenIdConnect(key) => match Tokens::new(&self.settings, key, grant, access_token, now) {
                Ok(tokens) => Ok(Json(tokens).into_response()),
                Err(why) => {
                    tracing::error!(error = %why, "Example University could not sign");
                    Err(TokenError::NotSigned)
                }
            },
            Protocol::OAuth2 => Ok(social::token_answer(grant, access_token)),
        }
    }
}

const FORM: &str = "application/x-www-form-urlencoded";

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

impl TokenError {
    fn response(self, site: Site) -> Response {
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
                let challenge = format!("Basic realm=\"{}\"", site.name());
                (status, NO_STORE, [(WWW_AUTHENTICATE, challenge)], body).into_response()
            }
            _ => (status, NO_STORE, body).into_response(),
        }
    }
}
