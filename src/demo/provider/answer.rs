//! The authorization response: by query or by a form that posts itself, always with `iss` (RFC 9207).

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use axum::response::{IntoResponse as _, Response};

use super::DemoProvider;
use super::pages::FormPostPage;
use crate::base::urls;
use crate::web::pages::Language;

/// Where an answer goes: an address known to be registered.
#[derive(Debug, Clone)]
pub struct ResponseTarget {
    pub uri: String,
    pub mode: ResponseMode,
    pub state: Option<String>,
    /// Of the page that posts the answer.
    pub language: Language,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    FormPost,
}

/// RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationError {
    AccessDenied,
    InvalidRequest,
    InvalidScope,
    LoginRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    UnsupportedResponseType,
}

impl AuthorizationError {
    const fn code(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::InvalidRequest => "invalid_request",
            Self::InvalidScope => "invalid_scope",
            Self::LoginRequired => "login_required",
            Self::RequestNotSupported => "request_not_supported",
            Self::RequestUriNotSupported => "request_uri_not_supported",
            Self::UnsupportedResponseType => "unsupported_response_type",
        }
    }
}

impl DemoProvider {
    pub(super) fn send_code(&self, target: &ResponseTarget, code: &str) -> Response {
        self.send(target, &[("code", code)])
    }

    pub(super) fn send_error(&self, target: &ResponseTarget, error: AuthorizationError, why: &str) -> Response {
        self.send(target, &[("error", error.code()), ("error_description", why)])
    }

    fn send(&self, target: &ResponseTarget, answer: &[(&str, &str)]) -> Response {
        let mut fields = answer.to_vec();
        if let Some(state) = &target.state {
            fields.push(("state", state));
        }
        fields.push(("iss", &self.settings.issuer));
        match target.mode {
            ResponseMode::Query => {
                let joint = if target.uri.contains('?') { '&' } else { '?' };
                see_other(&format!("{}{joint}{}", target.uri, urls::query(&fields)))
            }
            ResponseMode::FormPost => {
                let page = FormPostPage { to: &target.uri, fields: &fields };
                self.pages.render(target.language, StatusCode::OK, &page)
            }
        }
    }
}

fn see_other(to: &str) -> Response {
    let headers = [(LOCATION, to), (CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer")];
    (StatusCode::SEE_OTHER, headers).into_response()
}
