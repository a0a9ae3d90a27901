//! `POST /auth/{app}` with JSON: Galène's authorisation-server protocol. The app's own page sends a name and a
//! password, and gets a token or a status. No cookie is read or set.

use std::sync::Arc;

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    CONTENT_TYPE, HeaderMap, HeaderValue, ORIGIN, VARY,
};
use http::{HeaderName, StatusCode};

use super::Web;
use super::browser::{Browser, PathName};
use super::media_type::{MediaType, media_type};
use super::own_form::{BodyError, OwnForm};
use super::pages::row;
use super::refusal::with_retry_after;
use super::sign_in_form;
use crate::base::ids::AppId;
use crate::base::readable_json::readable;
use crate::base::secret::Secret;
use crate::base::strict_json::Members;
use crate::broker::{Cause, Context, Refusal, TokenRequest, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::Location;
use crate::signin::identify::password::Credentials;
use crate::signin::send::SignedToken;

/// How long a browser may keep the answer to a preflight, in seconds.
const PREFLIGHT_MAX_AGE: HeaderValue = HeaderValue::from_static("600");

/// The sign-in page posts a form here, and an app posts JSON.
pub async fn post(State(web): State<Arc<Web>>, PathName(app): PathName, request: Request) -> Response {
    match media_type(request.headers()) {
        MediaType::Form => match OwnForm::from_request(request, &web).await {
            Ok(form) => sign_in_form::post(&web, &app, form).await,
            Err(response) => response,
        },
        MediaType::Json => answer_json(&web, &app, request).await,
        MediaType::Other => refuse_media_type(&web, &app, request).await,
    }
}

/// The preflight of a cross-origin POST of JSON (Fetch §3.2.2). Only the app's own pages may post, and without cookies.
pub async fn preflight(State(web): State<Arc<Web>>, PathName(app): PathName, browser: Browser) -> Response {
    let mut response = match app_of_page(&browser, &app) {
        Ok(_) => StatusCode::NO_CONTENT.into_response(),
        Err(refusal) => refusal_response(&web, &browser, *refusal).await,
    };
    let headers = response.headers_mut();
    if allow_app_to_read(&browser, &app, headers) {
        headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("POST"));
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("content-type"));
        headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE);
    }
    response
}

async fn answer_json(web: &Arc<Web>, app: &str, mut request: Request) -> Response {
    let Ok(browser) = request.extract_parts_with_state::<Browser, _>(web).await;
    let mut response = match answer(web, app, &browser, Bytes::from_request(request, &()).await).await {
        Ok(SignedToken(token)) => ([(CONTENT_TYPE, "application/jwt")], token.expose().clone()).into_response(),
        Err(refusal) => return refuse(web, &browser, app, refusal).await,
    };
    allow_app_to_read(&browser, app, response.headers_mut());
    response
}

/// Reports a refusal, and answers with JSON that a page of the app can read.
pub async fn refuse(web: &Web, browser: &Browser, app: &str, refusal: Refusal) -> Response {
    let mut response = refusal_response(web, browser, refusal).await;
    allow_app_to_read(browser, app, response.headers_mut());
    response
}

async fn refuse_media_type(web: &Arc<Web>, app: &str, mut request: Request) -> Response {
    let Ok(browser) = request.extract_parts_with_state::<Browser, _>(web).await;
    let context = app.parse().ok().and_then(|app: AppId| browser.config.app(&app).map(Context::of_app));
    let cause = Cause::BadRequest("a body that is neither a form nor JSON, by its Content-Type");
    web.broker.report(cause.refuse(context.unwrap_or_default()), &browser.visitor).await;
    let mut response = json(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type");
    allow_app_to_read(&browser, app, response.headers_mut());
    response
}

async fn answer(
    web: &Web,
    app: &str,
    browser: &Browser,
    body: Result<Bytes, BytesRejection>,
) -> Result<SignedToken, Refusal> {
    let app = app_of_page(browser, app).map_err(|refusal| *refusal)?;
    let bad_request = |what| Cause::BadRequest(what).refuse(Context::of_app(&app));
    let body = body.map_err(|why| {
        bad_request(match BodyError::of(&why) {
            BodyError::TooLarge => "JSON of more than 64 KiB",
            BodyError::CutShort => "JSON that ended before its announced length",
            BodyError::NotHttp => "JSON in a body that is not valid HTTP",
        })
    })?;
    let AuthserverRequest { location, username, password } = AuthserverRequest::read(&body).map_err(bad_request)?;
    let location = Location::of_page(&location, &app).map_err(|why| Cause::Start(why).refuse(Context::of_app(&app)))?;
    // C41: an empty name or password is refused like a wrong one.
    let typed = Credentials::parse(username, password)
        .map_err(|why| Cause::InvalidCredentials(why).refuse(Context::of_app(&app)))?;
    let visitor = Visitor { network: browser.visitor.network.clone(), ..Visitor::default() };
    web.broker.issue_token(&browser.config, &app, TokenRequest { location, typed }, &visitor).await
}

/// What Galène's page posts. We ignore other members.
struct AuthserverRequest {
    location: String,
    username: String,
    password: Secret<String>,
}

impl AuthserverRequest {
    fn read(body: &[u8]) -> Result<Self, &'static str> {
        // A broken member that we don't read hides no other (security rule C15).
        let body = readable(body);
        let members = Members::read(&body).map_err(|_| "a body that is not a JSON object")?;
        let text = |name| match members.get(name) {
            Ok(Some(serde_json::Value::String(text))) => Ok(text),
            Ok(Some(_) | None) => Err("JSON without `location`, `username` and `password` as strings"),
            Err(why) if why.is_repeated_name() => Err("JSON that names `location`, `username` or `password` twice"),
            Err(_) => Err("JSON whose `location`, `username` or `password` can't be read"),
        };
        Ok(Self { location: text("location")?, username: text("username")?, password: Secret::new(text("password")?) })
    }
}

fn app_of_page(browser: &Browser, app: &str) -> Result<Arc<App>, Box<Refusal>> {
    let app: AppId = app.parse().map_err(|_| Box::new(Cause::PageNotFound.refuse(Context::default())))?;
    browser.config.app_of_page(&app, origin(&browser.headers))
}

/// The origin of the page that sent the request. A header that came twice or is not ASCII counts as `null`, which is
/// the origin of no app.
fn origin(headers: &HeaderMap) -> Option<&str> {
    let mut stated = headers.get_all(ORIGIN).iter();
    match (stated.next(), stated.next()) {
        (None, _) => None,
        (Some(only), None) => Some(only.to_str().unwrap_or("null")),
        (Some(_), Some(_)) => Some("null"),
    }
}

/// Lets a page of the app read the response, even a refusal. Without these headers, the page could only say that
/// something failed.
fn allow_app_to_read(browser: &Browser, app: &str, answer: &mut HeaderMap) -> bool {
    answer.insert(VARY, HeaderValue::from_static("origin"));
    let Some(app) = app.parse().ok().and_then(|app: AppId| browser.config.app(&app)) else { return false };
    let Some(stated) = origin(&browser.headers).filter(|origin| app.addresses.origins().contains(*origin)) else {
        return false;
    };
    let Ok(stated) = HeaderValue::from_str(stated) else { return false };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, stated);
    answer.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
    true
}

/// Reports a refusal and answers with it. Every refusal of a person is the same, byte for byte (security rule C42).
/// Only the log has the code that leads to the cause.
async fn refusal_response(web: &Web, browser: &Browser, refusal: Refusal) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    if matches!(refusal.cause, Cause::NoOpinion) {
        return StatusCode::NO_CONTENT.into_response();
    }
    let row = row(refusal.cause.public()).json;
    with_retry_after(json(row.status(), row.error()), &refusal)
}

fn json(status: StatusCode, error: &'static str) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], format!("{{\"error\":\"{error}\"}}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::AuthserverRequest;

    // C16, C51
    #[test]
    fn a_request_has_each_member_once_and_as_a_string() {
        let good = r#"{"location":"l","username":"u","password":"p","groups":["x"],"more":{"a":[1]}}"#;
        // Members that are not read may hold anything (security rule C15).
        let other_members = r#"{"location":"l","username":"u","password":"p","odd":1,"odd":"\ud800","large":1e999}"#;
        assert!(AuthserverRequest::read(format!("\u{feff}{other_members}").as_bytes()).is_ok());
        let posted = AuthserverRequest::read(good.as_bytes()).ok().unwrap();
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
            assert!(AuthserverRequest::read(bad.as_bytes()).is_err(), "{bad}");
        }
        for (bad, why) in [
            (r#"{"location":"l","username":"u","username":"v","password":"p"}"#, "twice"),
            (r#"{"location":"l","username":"\ud800","password":"p"}"#, "can't be read"),
        ] {
            let refused = AuthserverRequest::read(bad.as_bytes()).err().unwrap();
            assert_eq!(refused.rsplit_once("`password` ").map(|(_, why)| why), Some(why), "{bad}");
        }
        for odd in [&b"\"odd\":\"\xfc\","[..], b"\"o\xfcdd\":1,", b"\"odd\":\"a\tb\","] {
            let body = [b"{", odd, &good.as_bytes()[1..], b"\0"].concat();
            assert!(AuthserverRequest::read(&body).is_ok(), "{odd:?}");
        }
        assert!(AuthserverRequest::read(b"{\"location\":\"l\",\"username\":\"\xff\",\"password\":\"p\"}").is_err());
    }
}
