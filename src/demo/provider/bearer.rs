//! Which person an access token opens (RFC 6750 §2.1).

use axum::http::header::{AUTHORIZATION, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::DemoProvider;
use super::store::TokenGrant;

/// Why a request opens nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAccess {
    NoToken,
    InvalidToken,
}

impl DemoProvider {
    /// What the token of a request grants.
    pub(super) fn token_grant(&self, headers: &HeaderMap) -> Result<TokenGrant, NoAccess> {
        let token = bearer(headers).ok_or(NoAccess::NoToken)?;
        self.store().tokens.get(token, self.settings.clock.now()).cloned().ok_or(NoAccess::InvalidToken)
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

impl IntoResponse for NoAccess {
    /// RFC 6750 §3.1: the answer to a request without a token names the scheme and nothing else.
    fn into_response(self) -> Response {
        let challenge = match self {
            Self::NoToken => "Bearer",
            Self::InvalidToken => "Bearer error=\"invalid_token\"",
        };
        (StatusCode::UNAUTHORIZED, [(WWW_AUTHENTICATE, challenge)]).into_response()
    }
}
