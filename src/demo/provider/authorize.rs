//! The university's door: who is there, and may the service know?

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::header::{ORIGIN, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use cookie::{Cookie, SameSite};
use time::Duration;

use super::answer::Refusal;
use super::memory::{CODE_LIVES, Code, Grant, SESSION_LIVES, Session};
use super::pages::{Choice, Front, Trouble};
use super::request::{Parameters, Prompt, Request, Unanswerable};
use super::{Asking, Person, University};
use crate::base::random;
use crate::web::cookies::cookies;

/// `GET /authorize`.
pub async fn by_query(
    State(university): State<Arc<University>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    university.authorize(&query.unwrap_or_default(), &headers)
}

/// `POST /authorize`: the same request as a form (OpenID Connect Core §3.1.2.1).
pub async fn by_form(State(university): State<Arc<University>>, headers: HeaderMap, body: Bytes) -> Response {
    university.authorize(&String::from_utf8_lossy(&body), &headers)
}

/// `POST /sign-in`: what was pressed on the page of choices. The request stands in its query, as it came.
pub async fn chosen(
    State(university): State<Arc<University>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !university.made_on_own_page(&headers) {
        return university.trouble(StatusCode::FORBIDDEN, "This choice was not made on our own page.");
    }
    let request = match university.checked(&query.unwrap_or_default()) {
        Ok(request) => request,
        Err(why) => return university.refuse(&why),
    };
    let pressed = Parameters::read(&body);
    let Some(person) = pressed.get("person").and_then(|username| university.person(username)) else {
        return university.send_refusal(&request.back, Refusal::AccessDenied, "The person chose not to sign in");
    };
    let session = Session { person: Arc::clone(person), since: university.settings.clock.now() };
    let cookie = university.remember(&headers, session.clone());
    with_cookie(university.answer(&request, session), &cookie)
}

/// `GET /` and `GET /logout`: who is signed in here, and a button to sign out.
pub async fn front(State(university): State<Arc<University>>, headers: HeaderMap) -> Response {
    let session = university.session(&headers);
    university.pages.show(StatusCode::OK, &Front { signed_in: session.as_ref().map(|session| &*session.person) })
}

/// `POST /logout`.
pub async fn sign_out(State(university): State<Arc<University>>, headers: HeaderMap) -> Response {
    if !university.made_on_own_page(&headers) {
        return university.trouble(StatusCode::FORBIDDEN, "This choice was not made on our own page.");
    }
    university.forget(&headers);
    let page = university.pages.show(StatusCode::OK, &Front { signed_in: None });
    with_cookie(page, &cookie(String::new(), Duration::ZERO))
}

/// What a request leads to.
enum Step {
    Answer(Session),
    Ask,
    LoginRequired,
}

impl University {
    fn authorize(&self, asked: &str, headers: &HeaderMap) -> Response {
        let request = match self.checked(asked) {
            Ok(request) => request,
            Err(why) => return self.refuse(&why),
        };
        let session = self.session(headers);
        match self.decide(&request, session.clone()) {
            Step::Answer(session) => self.answer(&request, session),
            Step::LoginRequired => {
                self.send_refusal(&request.back, Refusal::LoginRequired, "Nobody is signed in at the university")
            }
            Step::Ask => {
                let choice = Choice {
                    asked,
                    to: &request.back.uri,
                    people: self.hinted_first(request.login_hint.as_deref()),
                    signed_in: session.as_ref().map(|session| &*session.person),
                    scopes: request.scopes,
                };
                self.pages.show(StatusCode::OK, &choice)
            }
        }
    }

    fn decide(&self, request: &Request, session: Option<Session>) -> Step {
        let now = self.settings.clock.now();
        if self.settings.asking == Asking::TheHint
            && let Some(person) = request.login_hint.as_deref().and_then(|hint| self.person(hint))
        {
            return Step::Answer(Session { person: Arc::clone(person), since: now });
        }
        // Core §3.1.2.1: a session older than max_age counts as none.
        let fresh = |session: &Session| request.max_age.is_none_or(|age| (now - session.since).whole_seconds() <= age);
        match (request.prompt, session.filter(fresh)) {
            (Prompt::Unsaid | Prompt::Never, Some(session)) => Step::Answer(session),
            (Prompt::Never, None) => Step::LoginRequired,
            (Prompt::Unsaid, None) | (Prompt::Always, _) => Step::Ask,
        }
    }

    fn answer(&self, request: &Request, session: Session) -> Response {
        let code = random::token();
        let grant = Grant {
            session,
            redirect_uri: request.back.uri.clone(),
            challenge: request.challenge.clone(),
            nonce: request.nonce.clone(),
            scopes: request.scopes,
        };
        let until = self.settings.clock.now() + CODE_LIVES;
        self.memory().codes.put(code.clone(), Code::Unused(Box::new(grant)), until);
        self.send_code(&request.back, &code)
    }

    fn checked(&self, asked: &str) -> Result<Request, Unanswerable> {
        Request::check(&Parameters::read(asked.as_bytes()), &self.settings)
    }

    fn refuse(&self, why: &Unanswerable) -> Response {
        match why {
            Unanswerable::Here(why) => self.trouble(StatusCode::BAD_REQUEST, why),
            Unanswerable::There(back, refusal, why) => self.send_refusal(back, *refusal, why),
        }
    }

    fn hinted_first(&self, hint: Option<&str>) -> Vec<&Person> {
        let mut people: Vec<&Person> = self.people.iter().map(|person| &**person).collect();
        people.sort_by_key(|person| hint != Some(&person.username));
        people
    }

    fn trouble(&self, status: StatusCode, what: &'static str) -> Response {
        self.pages.show(status, &Trouble { what })
    }

    fn session(&self, headers: &HeaderMap) -> Option<Session> {
        self.memory().sessions.get(&ticket(headers)?, self.settings.clock.now()).cloned()
    }

    /// Remembers who signed in under a new id; the one before is dead.
    fn remember(&self, headers: &HeaderMap, session: Session) -> HeaderValue {
        self.forget(headers);
        let id = random::token();
        let until = session.since + SESSION_LIVES;
        self.memory().sessions.put(id.clone(), session, until);
        cookie(id, SESSION_LIVES)
    }

    fn forget(&self, headers: &HeaderMap) {
        if let Some(id) = ticket(headers) {
            self.memory().sessions.take(&id, self.settings.clock.now());
        }
    }

    /// Whether a form was sent from our own page. A browser says so in one of two headers; what sends neither is no
    /// browser, and carries nobody's cookies but its own.
    fn made_on_own_page(&self, headers: &HeaderMap) -> bool {
        if let Some(site) = headers.get("sec-fetch-site") {
            return site == "same-origin";
        }
        headers.get(ORIGIN).is_none_or(|origin| origin == self.settings.issuer.as_str())
    }
}

/// Cookies ignore ports, so that of another service on this machine must not bear the same name.
const COOKIE_NAME: &str = "__Host-example-university";

/// The session's id, where the browser brought one.
fn ticket(headers: &HeaderMap) -> Option<String> {
    cookies(headers).find(|(name, _)| *name == COOKIE_NAME).map(|(_, id)| id.to_owned())
}

fn cookie(id: String, lives: Duration) -> HeaderValue {
    let cookie = Cookie::build((COOKIE_NAME, id))
        .path("/")
        .secure(true)
        .http_only(true)
        .same_site(SameSite::Lax)
        .max_age(lives)
        .to_string();
    // Our own characters only, so it always fits a header.
    HeaderValue::try_from(cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn with_cookie(mut response: Response, cookie: &HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie.clone());
    response
}
