//! The authorization response: by query or by a form that posts itself, always with `iss` (RFC 9207).

use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION, REFERRER_POLICY};
use axum::response::{IntoResponse as _, Response};

use super::University;
use super::pages::Posting;
use crate::base::urls;

/// Where an answer goes: an address known to be registered.
#[derive(Debug, Clone)]
pub struct Back {
    pub uri: String,
    pub mode: Mode,
    pub state: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Query,
    FormPost,
}

/// RFC 6749 §4.1.2.1 and OpenID Connect Core §3.1.2.6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    AccessDenied,
    InvalidRequest,
    InvalidScope,
    LoginRequired,
    RequestNotSupported,
    RequestUriNotSupported,
    UnsupportedResponseType,
}

impl Refusal {
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

impl University {
    pub(super) fn send_code(&self, back: &Back, code: &str) -> Response {
        self.send(back, &[("code", code)])
    }

    pub(super) fn send_refusal(&self, back: &Back, refusal: Refusal, why: &str) -> Response {
        self.send(back, &[("error", refusal.code()), ("error_description", why)])
    }

    fn send(&self, back: &Back, answer: &[(&str, &str)]) -> Response {
        let mut fields = answer.to_vec();
        if let Some(state) = &back.state {
            fields.push(("state", state));
        }
        fields.push(("iss", &self.settings.issuer));
        match back.mode {
            Mode::Query => {
                let joint = if back.uri.contains('?') { '&' } else { '?' };
                see_other(&format!("{}{joint}{}", back.uri, urls::query(&fields)))
            }
            Mode::FormPost => self.pages.show(StatusCode::OK, &Posting { to: &back.uri, fields: &fields }),
        }
    }
}

fn see_other(to: &str) -> Response {
    let headers = [(LOCATION, to), (CACHE_CONTROL, "no-store"), (REFERRER_POLICY, "no-referrer")];
    (StatusCode::SEE_OTHER, headers).into_response()
}
