//! The authorization endpoint: the person chooses who signs in, and the service gets a code.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use cookie::{Cookie, SameSite};
use time::Duration;

use super::answer::AuthorizationError;
use super::pages::{ChoicePage, FrontPage, Trouble, TroublePage};
use super::request::{Parameters, Prompt, Request, RequestError};
use super::store::{CODE_LIFETIME, Code, Grant, SESSION_LIFETIME, Session};
use super::{DemoProvider, Person, PersonSelection};
use crate::base::random;
use crate::web::accepted_languages;
use crate::web::cookies::cookies;
use crate::web::pages::{Language, negotiate};

/// `GET /authorize`.
pub async fn get_authorize(
    State(provider): State<Arc<DemoProvider>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    provider.authorize(&query.unwrap_or_default(), &headers)
}

/// `POST /authorize`: the same request as a form (OpenID Connect Core §3.1.2.1).
pub async fn post_authorize(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap, body: Bytes) -> Response {
    provider.authorize(&String::from_utf8_lossy(&body), &headers)
}

/// `POST /sign-in`: the button that was pressed on the page of choices. The query holds the original request.
pub async fn post_sign_in(
    State(provider): State<Arc<DemoProvider>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !provider.is_same_origin(&headers) {
        return provider.foreign_form(&headers);
    }
    let request = match provider.parse_request(&query.unwrap_or_default(), &headers) {
        Ok(request) => request,
        Err(why) => return provider.refuse(&why),
    };
    let pressed = Parameters::parse(&body);
    let Some(person) = pressed.get("person").and_then(|username| provider.person(username)) else {
        return provider.send_error(
            &request.target,
            AuthorizationError::AccessDenied,
            "The person chose not to sign in",
        );
    };
    let session = Session { person: Arc::clone(person), since: provider.settings.clock.now() };
    let cookie = provider.start_session(&headers, session.clone());
    with_cookie(provider.answer(&request, session), &cookie)
}

/// `GET /` and `GET /logout`: who is signed in here, and a button to sign out.
pub async fn front_page(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap) -> Response {
    let session = provider.session(&headers);
    let page = FrontPage { signed_in: session.as_ref().map(|session| &*session.person) };
    provider.pages.render(language(&headers, None), StatusCode::OK, &page)
}

/// `POST /logout`.
pub async fn post_logout(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap) -> Response {
    if !provider.is_same_origin(&headers) {
        return provider.foreign_form(&headers);
    }
    provider.sign_out(&headers);
    let page = provider.pages.render(language(&headers, None), StatusCode::OK, &FrontPage { signed_in: None });
    with_cookie(page, &provider.cookie(String::new(), Duration::ZERO))
}

/// What a request leads to.
enum Decision {
    Answer(Session),
    Ask,
    LoginRequired,
}

impl DemoProvider {
    fn authorize(&self, query: &str, headers: &HeaderMap) -> Response {
        let request = match self.parse_request(query, headers) {
            Ok(request) => request,
            Err(why) => return self.refuse(&why),
        };
        let session = self.session(headers);
        match self.decide(&request, session.clone()) {
            Decision::Answer(session) => self.answer(&request, session),
            Decision::LoginRequired => {
                self.send_error(&request.target, AuthorizationError::LoginRequired, "Nobody is signed in here")
            }
            Decision::Ask => {
                let choice = ChoicePage {
                    query,
                    to: &request.target.uri,
                    people: self.hinted_first(request.login_hint.as_deref()),
                    signed_in: session.as_ref().map(|session| &*session.person),
                    scopes: &request.scopes,
                };
                self.pages.render(request.target.language, StatusCode::OK, &choice)
            }
        }
    }

    fn decide(&self, request: &Request, session: Option<Session>) -> Decision {
        let now = self.settings.clock.now();
        if self.settings.selection == PersonSelection::ByLoginHint
            && let Some(person) = request.login_hint.as_deref().and_then(|hint| self.person(hint))
        {
            return Decision::Answer(Session { person: Arc::clone(person), since: now });
        }
        // Core §3.1.2.1: a session older than max_age counts as none.
        let is_fresh =
            |session: &Session| request.max_age.is_none_or(|age| (now - session.since).whole_seconds() <= age);
        match (request.prompt, session.filter(is_fresh)) {
            (Prompt::Unspecified | Prompt::Never, Some(session)) => Decision::Answer(session),
            (Prompt::Never, None) => Decision::LoginRequired,
            (Prompt::Unspecified, None) | (Prompt::Always, _) => Decision::Ask,
        }
    }

    fn answer(&self, request: &Request, session: Session) -> Response {
        let code = random::token();
        let grant = Grant {
            session,
            redirect_uri: request.target.uri.clone(),
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            scopes: request.scopes.clone(),
        };
        let until = self.settings.clock.now() + CODE_LIFETIME;
        self.store().codes.insert(code.clone(), Code::Unused(Box::new(grant)), until);
        self.send_code(&request.target, &code)
    }

    fn parse_request(&self, query: &str, headers: &HeaderMap) -> Result<Request, RequestError> {
        let parameters = Parameters::parse(query.as_bytes());
        let language = language(headers, parameters.get("ui_locales"));
        Request::check(&parameters, &self.settings, language)
    }

    fn refuse(&self, why: &RequestError) -> Response {
        match why {
            RequestError::ShowPage(what, language) => {
                self.pages.render(*language, StatusCode::BAD_REQUEST, &TroublePage { what: *what })
            }
            RequestError::Redirect(target, error, why) => self.send_error(target, *error, why),
        }
    }

    fn foreign_form(&self, headers: &HeaderMap) -> Response {
        let page = TroublePage { what: Trouble::ForeignForm };
        self.pages.render(language(headers, None), StatusCode::FORBIDDEN, &page)
    }

    fn hinted_first(&self, hint: Option<&str>) -> Vec<&Person> {
        let mut people: Vec<&Person> = self.people.iter().map(|person| &**person).collect();
        people.sort_by_key(|person| hint != Some(&person.username));
        people
    }

    fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.store().sessions.get(&self.session_id(headers)?, self.settings.clock.now()).cloned()
    }

    /// Stores the session under a new id, and ends the one before.
    fn start_session(&self, headers: &HeaderMap, session: Session) -> HeaderValue {
        self.sign_out(headers);
        let id = random::token();
        let until = session.since + SESSION_LIFETIME;
        self.store().sessions.insert(id.clone(), session, until);
        self.cookie(id, SESSION_LIFETIME)
    }

    fn sign_out(&self, headers: &HeaderMap) {
        if let Some(id) = self.session_id(headers) {
            self.store().sessions.remove(&id, self.settings.clock.now());
        }
    }

    /// Whether a form was sent from our own page. A browser sends one of two headers for this. A client that sends
    /// neither is not a browser, and has only its own cookies.
    fn is_same_origin(&self, headers: &HeaderMap) -> bool {
        if let Some(site) = headers.get("sec-fetch-site") {
            return site == "same-origin";
        }
        headers.get(ORIGIN).is_none_or(|origin| origin == self.settings.issuer.as_str())
    }

    /// The session's id, if the browser sent one.
    fn session_id(&self, headers: &HeaderMap) -> Option<String> {
        let own = self.settings.site.session_cookie();
        cookies(headers).find(|(name, _)| *name == own).map(|(_, id)| id.to_owned())
    }

    fn cookie(&self, id: String, lifetime: Duration) -> HeaderValue {
        let cookie = Cookie::build((self.settings.site.session_cookie(), id))
            .path("/")
            .secure(true)
            .http_only(true)
            .same_site(SameSite::Lax)
            .max_age(lifetime)
            .to_string();
        // Our own characters only, so it always fits a header.
        HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

/// The language of a page: one that the request asks for, else one that the browser asks for.
fn language(headers: &HeaderMap, ui_locales: Option<&str>) -> Language {
    negotiate(&Language::ALL, ui_locales, &accepted_languages(headers))
}

fn with_cookie(mut response: Response, cookie: &HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie.clone());
    response
}
