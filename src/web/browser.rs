//! The browser that sent a request, and our cookies in it: the session, the pending logins, the link requests, the
//! provider used last, the identity that the person wants to leave.
//!
//! Each cookie is `__Host-`, Secure, `HttpOnly`, `SameSite=Lax`, without Domain (security rule C36).

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, FromRequestParts, Path};
use cookie::{Cookie, SameSite};
use http::header::{ACCEPT_LANGUAGE, HeaderMap, HeaderValue, SET_COOKIE, USER_AGENT};
use http::request::Parts;
use tower_sessions::session::Id;

use super::cookies::cookies;
use super::pages::{Language, negotiate};
use super::{Web, WebSettings};
use crate::base::ids::{LinkRequestSecret, LinkRequestTag, LoginId, ProviderId};
use crate::base::parameters::Parameters;
use crate::base::user_agent::UserAgent;
use crate::broker::{LeftIdentity, LiveConfig, NewPendingLogin, NewSession, StartAddress, Visitor};
use crate::signin::arrive::{HINTS, OWN_PAGE_PARAMETERS, PARAMETERS, Preferences, StartRefused};

const SESSION_COOKIE: &str = "__Host-vestibule";
const LOGIN_COOKIE_PREFIX: &str = "__Host-vestibule-login-";
const LAST_PROVIDER_COOKIE: &str = "__Host-vestibule-last";
const LINK_COOKIE_PREFIX: &str = "__Host-vestibule-ask-";
const LEFT_IDENTITY_COOKIE: &str = "__Host-vestibule-left";

/// The cookie outlives the login, so that a login that took too long can be started again with the same parameters.
const LOGIN_COOKIE_LIFETIME: Duration = Duration::from_hours(1);
/// The cookie outlives the request, so that a page can say that it waited too long.
const LINK_COOKIE_LIFETIME: Duration = Duration::from_hours(1);
/// Most link requests that a browser keeps.
const MAX_LINK_REQUESTS: usize = 4;
/// Long enough to choose another account after a refusal, or to start again after a sign-out.
const LEFT_IDENTITY_COOKIE_LIFETIME: Duration = Duration::from_hours(1);
const LAST_PROVIDER_COOKIE_LIFETIME: Duration = Duration::from_hours(180 * 24);

/// What one request says about its browser: our cookies, the query and the language.
#[derive(Debug)]
pub struct Browser {
    pub visitor: Visitor,
    pub language: Language,
    /// The query, decoded.
    pub query: Parameters,
    pub headers: HeaderMap,
    /// The configuration when the request came. Handlers read it only here, so a reload can't mix two in one request.
    pub config: Arc<LiveConfig>,
    pub settings: Arc<WebSettings>,
}

impl FromRequestParts<Arc<Web>> for Browser {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Self::Rejection> {
        let (config, settings) = (web.broker.config(), web.settings.load_full());
        web.broker.store().refresh_suspensions_if_due().await;
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let network = peer.map(|peer| settings.proxies.network(peer, &parts.headers));
        let query = Parameters::read(parts.uri.query().unwrap_or_default().as_bytes());
        let ui_locales = query.pairs().iter().find(|(name, _)| name == "ui_locales").map(|(_, value)| value.as_str());
        Ok(Self {
            visitor: visitor(&parts.headers, network),
            language: negotiate(&settings.languages, ui_locales, &accepted_languages(&parts.headers)),
            query,
            // No later extractor needs the headers: only the body is read after this.
            headers: std::mem::take(&mut parts.headers),
            config,
            settings,
        })
    }
}

impl Browser {
    /// The query of a start. Parameters that we don't read may hold any bytes. A hint that is not UTF-8 counts as not
    /// sent.
    ///
    /// # Errors
    /// When another parameter is not UTF-8.
    pub fn start_parameters(&self, address: StartAddress<'_>) -> Result<&[(String, String)], StartRefused> {
        let read: &[_] = match address {
            StartAddress::App(_) => &PARAMETERS,
            StartAddress::OwnPage => &OWN_PAGE_PARAMETERS,
        };
        let needed: Vec<_> = read.iter().copied().filter(|name| !HINTS.contains(name)).collect();
        match self.query.first_non_utf8(&needed) {
            Some(name) => Err(StartRefused::NotUtf8(name)),
            None => Ok(self.query.pairs()),
        }
    }

    /// The language of a page about a start. A callback has no `ui_locales`, but its pending login has.
    #[must_use]
    pub fn language_about(&self, start: Option<&Preferences>) -> Language {
        match start.and_then(|start| start.ui_locales.as_deref()) {
            Some(asked) => negotiate(&self.settings.languages, Some(asked), &accepted_languages(&self.headers)),
            None => self.language,
        }
    }
}

/// All `Accept-Language` lines as one. A line that is not UTF-8 does not hide the others.
#[must_use]
pub fn accepted_languages(headers: &HeaderMap) -> String {
    let lines = headers.get_all(ACCEPT_LANGUAGE).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
    lines.collect::<Vec<_>>().join(",")
}

/// The variable part of a path, empty if it has none or is not UTF-8. An empty one names nothing, so the answer is 404.
#[derive(Debug)]
pub struct PathName(pub String);

impl<S: Send + Sync> FromRequestParts<S> for PathName {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let name = Path::<String>::from_request_parts(parts, state).await;
        Ok(Self(name.map(|Path(name)| name).unwrap_or_default()))
    }
}

fn visitor(headers: &HeaderMap, network: Option<String>) -> Visitor {
    let agent = headers.get(USER_AGENT).map(|header| UserAgent::read(&String::from_utf8_lossy(header.as_bytes())));
    let mut visitor = Visitor { network, agent, ..Visitor::default() };
    for (name, value) in cookies(headers) {
        if let Some(id) = name.strip_prefix(LOGIN_COOKIE_PREFIX).and_then(|id| id.parse::<LoginId>().ok()) {
            visitor.pending.push((id, value.to_owned()));
        } else if let Some(tag) = name.strip_prefix(LINK_COOKIE_PREFIX) {
            let secret = value.parse::<LinkRequestSecret>().ok();
            visitor.link_requests.extend(secret.filter(|secret| secret.id().tag().as_str() == tag));
        } else if name == SESSION_COOKIE {
            // No browser sends a `__Host-` cookie twice. If a client does, the first well-formed one counts.
            visitor.session = visitor.session.or_else(|| value.parse::<Id>().ok());
        } else if name == LAST_PROVIDER_COOKIE {
            visitor.last_used = visitor.last_used.or_else(|| value.parse::<ProviderId>().ok());
        } else if name == LEFT_IDENTITY_COOKIE {
            visitor.left_identity = visitor.left_identity.or_else(|| value.parse::<LeftIdentity>().ok());
        }
    }
    visitor
}

/// The cookie of a new pending login. The cookies of the logins that it evicts expire.
#[must_use]
pub fn pending_cookies(pending: &NewPendingLogin) -> Vec<HeaderValue> {
    let dropped = pending.evicted.iter().map(|id| expired(&format!("{LOGIN_COOKIE_PREFIX}{id}")));
    let begun = set_cookie(&format!("{LOGIN_COOKIE_PREFIX}{}", pending.id), &pending.sealed, LOGIN_COOKIE_LIFETIME);
    dropped.chain([begun]).flatten().collect()
}

/// The cookie of a new link request. The cookies of requests beyond [`MAX_LINK_REQUESTS`] expire, the oldest first:
/// browsers send older cookies before newer ones (RFC 6265 §5.4).
#[must_use]
pub fn link_request_cookies(secret: &LinkRequestSecret, visitor: &Visitor) -> Vec<HeaderValue> {
    let too_many = (visitor.link_requests.len() + 1).saturating_sub(MAX_LINK_REQUESTS);
    let dropped = visitor.link_requests.iter().take(too_many).map(|old| expired(&link_cookie(&old.id().tag())));
    let asked = set_cookie(&link_cookie(&secret.id().tag()), &secret.expose(), LINK_COOKIE_LIFETIME);
    dropped.chain([asked]).flatten().collect()
}

/// Expires the cookie of a link request.
#[must_use]
pub fn expire_link_request(tag: &LinkRequestTag) -> Vec<HeaderValue> {
    expired(&link_cookie(tag)).into_iter().collect()
}

fn link_cookie(tag: &LinkRequestTag) -> String {
    format!("{LINK_COOKIE_PREFIX}{tag}")
}

/// The cookies of a new session.
#[must_use]
pub fn session_cookies(session: &NewSession) -> Vec<HeaderValue> {
    let id = set_cookie(SESSION_COOKIE, &session.id.to_string(), session.lifetime);
    let last = set_cookie(LAST_PROVIDER_COOKIE, session.provider.as_str(), LAST_PROVIDER_COOKIE_LIFETIME);
    [id, last].into_iter().flatten().collect()
}

/// Expires the session cookie.
#[must_use]
pub fn expire_session() -> Vec<HeaderValue> {
    expired(SESSION_COOKIE).into_iter().collect()
}

/// The cookie with the code of the identity that this person wants to leave.
#[must_use]
pub fn left_identity_cookie(left: &LeftIdentity) -> Vec<HeaderValue> {
    set_cookie(LEFT_IDENTITY_COOKIE, &left.to_string(), LEFT_IDENTITY_COOKIE_LIFETIME).into_iter().collect()
}

/// Expires the cookie of [`left_identity_cookie`], if the browser has one.
#[must_use]
pub fn expire_left_identity(visitor: &Visitor) -> Vec<HeaderValue> {
    visitor.left_identity.as_ref().and_then(|_| expired(LEFT_IDENTITY_COOKIE)).into_iter().collect()
}

/// Adds cookies to a response.
pub fn add_cookies(headers: &mut HeaderMap, cookies: Vec<HeaderValue>) {
    for cookie in cookies {
        headers.append(SET_COOKIE, cookie);
    }
}

fn set_cookie(name: &str, value: &str, lifetime: Duration) -> Option<HeaderValue> {
    let lifetime = cookie::time::Duration::try_from(lifetime).unwrap_or(cookie::time::Duration::DAY);
    let cookie = Cookie::build((name, value)).path("/").secure(true).http_only(true).same_site(SameSite::Lax);
    HeaderValue::from_str(&cookie.max_age(lifetime).build().to_string()).ok()
}

fn expired(name: &str) -> Option<HeaderValue> {
    set_cookie(name, "", Duration::ZERO)
}

#[cfg(test)]
mod tests {
    use super::{Duration, set_cookie};

    // C36
    #[test]
    fn every_cookie_is_bound_to_this_host_and_hidden_from_scripts() {
        let cookie = set_cookie("__Host-vestibule", "x", Duration::from_secs(5)).unwrap();
        let cookie = cookie.to_str().unwrap();
        assert_eq!(cookie, "__Host-vestibule=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=5");
    }
}
