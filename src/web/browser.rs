//! What a browser holds of ours: the session, the logins under way, the provider used last.
//!
//! All of them `__Host-`, Secure, `HttpOnly`, `SameSite=Lax`, without Domain (security rule C36).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts};
use cookie::{Cookie, SameSite};
use http::header::{ACCEPT_LANGUAGE, COOKIE, HeaderMap, HeaderValue, SET_COOKIE};
use http::request::Parts;
use tower_sessions::session::Id;
use url::form_urlencoded;

use super::Web;
use super::pages::{Language, negotiate};
use crate::base::ids::{LoginId, ProviderId};
use crate::broker::{NewPending, NewSession, Visitor};

const SESSION: &str = "__Host-vestibule";
const LOGIN: &str = "__Host-vestibule-login-";
const LAST: &str = "__Host-vestibule-last";

/// A login's cookie outlives the login, so that one that took too long can be started again with the same parameters.
const LOGIN_KEPT: Duration = Duration::from_hours(1);
const LAST_KEPT: Duration = Duration::from_hours(180 * 24);

/// One browser at one moment: who it may be, what it asked, in which language it wants to be answered.
#[derive(Debug)]
pub struct Browser {
    pub visitor: Visitor,
    pub language: Language,
    /// Path and query as asked.
    pub here: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    pub headers: HeaderMap,
}

impl FromRequestParts<Arc<Web>> for Browser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Self::Rejection> {
        let face = web.face.load();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let network = peer.map(|peer| face.network(peer, &parts.headers));
        let query: Vec<(String, String)> = pairs(parts.uri.query().unwrap_or_default().as_bytes());
        let ui_locales = query.iter().find(|(name, _)| name == "ui_locales").map(|(_, value)| value.as_str());
        let accepted = parts.headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self {
            visitor: visitor(&parts.headers, network),
            language: negotiate(&face.languages, ui_locales, accepted),
            here: parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default(),
            query,
            headers: parts.headers.clone(),
        })
    }
}

/// A query or form, decoded.
#[must_use]
pub fn pairs(encoded: &[u8]) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded).into_owned().collect()
}

fn visitor(headers: &HeaderMap, network: Option<String>) -> Visitor {
    let mut visitor = Visitor { network, ..Visitor::default() };
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    for cookie in lines.flat_map(Cookie::split_parse).filter_map(Result::ok) {
        if let Some(id) = cookie.name().strip_prefix(LOGIN).and_then(|id| id.parse::<LoginId>().ok()) {
            visitor.pending.push((id, cookie.value().to_owned()));
        } else if cookie.name() == SESSION {
            visitor.session = cookie.value().parse::<Id>().ok();
        } else if cookie.name() == LAST {
            visitor.last_used = cookie.value().parse::<ProviderId>().ok();
        }
    }
    visitor
}

/// The cookie of a new login, and the end of those dropped for it.
#[must_use]
pub fn begun(pending: &NewPending) -> Vec<HeaderValue> {
    let dropped = pending.drop.iter().map(|id| end(&format!("{LOGIN}{id}")));
    let begun = keep(&format!("{LOGIN}{}", pending.id), &pending.sealed, LOGIN_KEPT);
    dropped.chain([begun]).flatten().collect()
}

/// The cookies of a new session.
#[must_use]
pub fn signed_in(session: &NewSession) -> Vec<HeaderValue> {
    let id = keep(SESSION, &session.id.to_string(), session.lives);
    let last = keep(LAST, session.provider.as_str(), LAST_KEPT);
    [id, last].into_iter().flatten().collect()
}

/// The end of a session.
#[must_use]
pub fn signed_out() -> Vec<HeaderValue> {
    end(SESSION).into_iter().collect()
}

/// Puts cookies onto an answer.
pub fn set(headers: &mut HeaderMap, cookies: Vec<HeaderValue>) {
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

fn keep(name: &str, value: &str, lives: Duration) -> Option<HeaderValue> {
    let lives = cookie::time::Duration::try_from(lives).unwrap_or(cookie::time::Duration::DAY);
    let cookie = Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    HeaderValue::from_str(&cookie.max_age(lives).build().to_string()).ok()
}

fn end(name: &str) -> Option<HeaderValue> {
    keep(name, "", Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::{Duration, keep};

    // C36
    #[test]
    fn every_cookie_is_bound_to_this_host_and_hidden_from_scripts() {
        let cookie = keep("__Host-vestibule", "x", Duration::from_secs(5)).unwrap();
        let cookie = cookie.to_str().unwrap();
        assert_eq!(cookie, "__Host-vestibule=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=5");
    }
}
