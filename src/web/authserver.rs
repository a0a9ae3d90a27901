//! `POST /auth/{app}` as JSON: Galène's authorisation-server protocol. A page of the app's own sends what was typed, and
//! gets a token or a status; no cookie is read or set.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderName, StatusCode};

use super::Web;
use super::browser::{Browser, Named};
use super::media_type::{MediaType, media_type};
use super::password;
use super::reply::retry_after;
use crate::base::ids::AppId;
use crate::base::secret::Secret;
use crate::base::strict_json::Members;
use crate::broker::{Authorisation, Cause, Context, Public, Refusal, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::Location;
use crate::signin::identify::password::Typed;
use crate::signin::send::SignedToken;

/// Seconds after which trying again may help.
const TRY_AGAIN: u32 = 10;
/// How long a browser may keep what a preflight was told.
const PREFLIGHT_KEPT: HeaderValue = HeaderValue::from_static("600");

/// A form is a person's, at the sign-in page; JSON is an app's.
pub async fn by_content(
    web: State<Arc<Web>>,
    app: Named,
    browser: Browser,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    match media_type(&browser.headers) {
        MediaType::Form => password::by_form(web, app, browser, body).await,
        MediaType::Json => by_json(&web, &app.0, &browser, body).await,
        MediaType::Other => {
            let odd = Cause::OddRequest("a body that is neither a form nor JSON, by its Content-Type");
            let context = app.0.parse().ok().and_then(|app: AppId| browser.site.app(&app).map(Context::of_app));
            let _told_to_the_log = odd.refuse(context.unwrap_or_default());
            let mut response = said(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
            response_is_open(&browser, &app.0, response.headers_mut());
            response
        }
    }
}

/// What a browser asks before a page of another origin may post JSON (Fetch §3.2.2): the app's own pages may, without
/// credentials, and no others.
pub async fn preflight(Named(app): Named, browser: Browser) -> Response {
    let answer = heard(&browser, &app).map(|_| StatusCode::NO_CONTENT.into_response());
    let mut response = answer.unwrap_or_else(|refusal| refused(&refusal));
    let headers = response.headers_mut();
    if response_is_open(&browser, &app, headers) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_KEPT);
    }
    response
}

async fn by_json(web: &Web, app: &str, browser: &Browser, body: Result<Bytes, BytesRejection>) -> Response {
    let mut response = match answer(web, app, browser, body).await {
        Ok(SignedToken(token)) => ([(CONTENT_TYPE, "application/jwt")], token.expose().clone()).into_response(),
        Err(refusal) => refused(&refusal),
    };
    response_is_open(browser, app, response.headers_mut());
    response
}

async fn answer(
    web: &Web,
    app: &str,
    browser: &Browser,
    body: Result<Bytes, BytesRejection>,
) -> Result<SignedToken, Refusal> {
    let app = heard(browser, app).map_err(|refusal| *refusal)?;
    let odd = |what| Cause::OddRequest(what).refuse(Context::of_app(&app));
    let body = body.map_err(|_| odd("JSON that is too large, or broke off"))?;
    let Posted { location, username, password } = Posted::read(&body).map_err(odd)?;
    let location = Location::of_page(&location, &app).map_err(|why| Cause::Start(why).refuse(Context::of_app(&app)))?;
    // C41: an empty name or password is a refusal like any other.
    let typed = Typed::parse(username, password).map_err(|why| Cause::Unusable(why).refuse(Context::of_app(&app)))?;
    let visitor = Visitor { network: browser.visitor.network.clone(), ..Visitor::default() };
    web.broker.authorise(&browser.site, &app, Authorisation { location, typed }, &visitor).await
}

/// What Galène's page posts; further members mean nothing to us.
struct Posted {
    location: String,
    username: String,
    password: Secret<String>,
}

impl Posted {
    fn read(body: &[u8]) -> Result<Self, &'static str> {
        let members = Members::read(body).map_err(|_| "a body that is not a JSON object")?;
        let text = |name| match members.get(name) {
            Ok(Some(serde_json::Value::String(text))) => Ok(text),
            Ok(Some(_) | None) => Err("JSON without `location`, `username` and `password` as texts"),
            Err(_) => Err("JSON that names `location`, `username` or `password` twice, or with broken characters"),
        };
        Ok(Self { location: text("location")?, username: text("username")?, password: Secret::new(text("password")?) })
    }
}

fn heard(browser: &Browser, app: &str) -> Result<Arc<App>, Box<Refusal>> {
    let app: AppId = app.parse().map_err(|_| Box::new(Cause::NoSuchPage.refuse(Context::default())))?;
    browser.site.app_of_page(&app, origin(&browser.headers))
}

/// The origin of the page that asks, which is nobody's where it was given twice, or holds what no origin holds.
fn origin(headers: &HeaderMap) -> Option<&str> {
    let mut stated = headers.get_all(ORIGIN).iter();
    match (stated.next(), stated.next()) {
        (None, _) => None,
        (Some(only), None) => Some(only.to_str().unwrap_or("null")),
        (Some(_), Some(_)) => Some("null"),
    }
}

/// Lets a page of the app's read the answer, whatever it says: else it could tell the person nothing but that it
/// failed.
fn response_is_open(browser: &Browser, app: &str, answer: &mut HeaderMap) -> bool {
    answer.insert(VARY, HeaderValue::from_static("origin"));
    let Some(app) = app.parse().ok().and_then(|app: AppId| browser.site.app(&app)) else { return false };
    let Some(stated) = origin(&browser.headers).filter(|origin| app.addresses.origins().contains(*origin)) else {
        return false;
    };
    let Ok(stated) = HeaderValue::from_str(stated) else { return false };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, stated);
    answer.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    true
}

/// Every refusal of a person is one and the same, byte for byte (security rule C42); the code that leads to the cause
/// stands in the log alone.
fn refused(refusal: &Refusal) -> Response {
    if matches!(refusal.cause, Cause::NoOpinion) {
        return StatusCode::NO_CONTENT.into_response();
    }
    match refusal.cause.public() {
        Public::TooManyTries => {
            let seconds = refusal.cause.seconds_to_wait().unwrap_or(TRY_AGAIN);
            retry_after(said(StatusCode::TOO_MANY_REQUESTS, "throttled"), seconds)
        }
        Public::NotAnswering | Public::CantBeUsed | Public::OurTrouble => {
            retry_after(said(StatusCode::SERVICE_UNAVAILABLE, "unavailable"), TRY_AGAIN)
        }
        Public::NoSuchApp | Public::NotFound => said(StatusCode::NOT_FOUND, "not_found"),
        Public::LinkNotRight | Public::LinkNotUsable | Public::OddRequest => said(StatusCode::BAD_REQUEST, "malformed"),
        Public::PasswordNotRight
        | Public::AccountSwitchedOff
        | Public::ProviderSwitchedOff
        | Public::AppSwitchedOff
        | Public::NotPermitted
        | Public::NotSetUp
        | Public::NotOurButton
        | Public::NotTrusted
        | Public::NoName
        | Public::NameUnfit
        | Public::WaitedTooLong
        | Public::DroppedForNewer
        | Public::ProviderChanged
        | Public::AlreadySignedIn
        | Public::AlreadyFinished
        | Public::BegunElsewhere
        | Public::NotOurs
        | Public::Denied => said(StatusCode::FORBIDDEN, "refused"),
    }
}

fn said(status: StatusCode, error: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{{\"error\":\"{error}\"}}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::Posted;

    // C16, C51
    #[test]
    fn what_is_posted_says_each_thing_once_and_as_text() {
        let good = r#"{"location":"l","username":"u","password":"p","groups":["x"],"more":{"a":[1]}}"#;
        // What is not read may be anything (security rule C15).
        let odd = r#"{"location":"l","username":"u","password":"p","odd":1,"odd":"\ud800","large":1e999}"#;
        assert!(Posted::read(format!("\u{feff}{odd}").as_bytes()).is_ok());
        let posted = Posted::read(good.as_bytes()).ok().unwrap();
        assert_eq!(
            (posted.location.as_str(), posted.username.as_str(), posted.password.expose().as_str()),
            ("l", "u", "p")
        );
        for bad in [
            "",
            "null",
            "[]",
            r#"["l","u","p"]"#,
            r#"{"location":"l","username":"u"}"#,
            r#"{"location":"l","username":"u","password":null}"#,
            r#"{"location":"l","username":1,"password":"p"}"#,
            r#"{"location":["l"],"username":"u","password":"p"}"#,
            r#"{"location":"l","username":"u","password":"p","password":"q"}"#,
            r#"{"location":"l","username":"u","password":"p","p\u0061ssword":"p"}"#,
            r#"{"Location":"l","username":"u","password":"p"}"#,
            r#"{"location":"l","username":"u","password":"p"} {}"#,
            r#"{"location":"l","username":"u","password":"\ud800"}"#,
            r#"{"location":"l","username":"u","password":"p",}"#,
            "location=l&username=u&password=p",
        ] {
            assert!(Posted::read(bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(Posted::read(b"{\"location\":\"l\",\"username\":\"\xff\",\"password\":\"p\"}").is_err());
    }
}
