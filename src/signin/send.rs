//! Signed token + location → where the browser goes.

use super::app::{App, ErrorReturn, ResponseMode};
use super::arrive::{Location, Opaque};
use crate::base::secret::Secret;
use crate::base::urls::query;

/// A token in its compact form.
#[derive(Debug, Clone)]
pub struct SignedToken(pub Secret<String>);

/// An address for a redirect with 303. It always has a fragment: without one, the browser would keep the fragment of
/// the page before (RFC 9110 §10.2.2; security rule C34).
#[derive(Debug, Clone)]
pub struct Delivery {
    address: Secret<String>,
}

impl Delivery {
    /// Only for the `Location` header: it may hold a token.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.expose()
    }
}

/// Error codes that an app may get (RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorCode {
    AccessDenied,
    LoginRequired,
    InteractionRequired,
    TemporarilyUnavailable,
}

impl ErrorCode {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "access_denied",
            Self::LoginRequired => "login_required",
            Self::InteractionRequired => "interaction_required",
            Self::TemporarilyUnavailable => "temporarily_unavailable",
        }
    }

    /// A description for the app's developer. Says nothing about the person.
    const fn description(self) -> &'static str {
        match self {
            Self::AccessDenied => "the sign-in was not finished or not permitted",
            Self::LoginRequired => "nobody is signed in, and prompt=none shows no page",
            Self::InteractionRequired => "the sign-in needs a page, and prompt=none shows none",
            Self::TemporarilyUnavailable => "signing in is not possible right now",
        }
    }
}

/// Delivers `token` at `location`.
#[must_use]
pub fn deliver(app: &App, location: &Location, state: Option<&Opaque>, issuer: &str, token: &SignedToken) -> Delivery {
    let mut answer = vec![(app.token_parameter.as_str(), token.0.expose().as_str()), ("iss", issuer)];
    answer.extend(state.map(|state| ("state", state.as_str())));
    send(app, location, &answer)
}

/// Tells the app why there is no token; `None` if apps of this kind get no errors.
#[must_use]
pub fn deliver_error(
    app: &App,
    location: &Location,
    state: Option<&Opaque>,
    issuer: &str,
    why: ErrorCode,
) -> Option<Delivery> {
    match app.kind.error_return {
        ErrorReturn::Never => None,
        ErrorReturn::Location => {
            let mut answer = vec![("error", why.as_str()), ("error_description", why.description())];
            answer.extend(state.map(|state| ("state", state.as_str())));
            answer.push(("iss", issuer));
            Some(send(app, location, &answer))
        }
    }
}

/// Sends the browser to the app's own address, without a token and without an error.
#[must_use]
pub fn return_to_app(app: &App) -> Delivery {
    let address = app.url.as_str();
    let bare = address.split_once('#').map_or(address, |(before, _)| before);
    Delivery { address: Secret::new(format!("{bare}#")) }
}

fn send(app: &App, location: &Location, answer: &[(&str, &str)]) -> Delivery {
    let (to, answer) = (location.as_str(), query(answer));
    let address = match app.response_mode {
        ResponseMode::Fragment => format!("{to}#{answer}"),
        ResponseMode::Query => {
            let separator = if to.contains('?') { '&' } else { '?' };
            format!("{to}{separator}{answer}#")
        }
    };
    Delivery { address: Secret::new(address) }
}

#[cfg(test)]
mod tests;
