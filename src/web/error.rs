//! A refusal as a page with a way on.

use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::Browser;
use super::guard::Policy;
use super::pages::{self, RefusalKind, Way, WayKind};
use super::reply::{Paged, page_in, retry_after};
use crate::base::urls::auth_path;
use crate::broker::{Cause, Context, Public, Refusal};
use crate::signin::arrive::{LoginRequest, Prompt};

/// Seconds after which trying again may help.
const TRY_AGAIN: u16 = 10;

/// Draws a refusal. The cause stays in the log; the code leads there.
pub async fn refused(web: &Web, browser: &Browser, refusal: Refusal) -> Response {
    let public = refusal.cause.public();
    let still_here = match public {
        Public::AlreadySignedIn => matches!(web.broker.who(browser.visitor.session).await, Ok(Some(_))),
        _ => false,
    };
    let (status, kind) = face(public, still_here);
    let Context { app, request, provider, account } = &refusal.context;
    let shown = pages::Refusal {
        kind,
        app_name: app.as_ref().map(|app| app.name.clone()),
        provider_name: provider.as_ref().map(|(_, name)| name.clone()),
        account_name: account.as_ref().map(|(_, username)| username.clone()),
        room: request.as_ref().and_then(|request| request.location.room()).map(|room| room.as_str().to_owned()),
        ways: ways(web, kind, &refusal.context),
        developer: developer(&refusal.cause),
        code: Some(refusal.code.to_string()),
    };
    let language = browser.language_about(web, request.as_ref());
    let response = page_in(web, language, &Paged { status, page: &shown, policy: Policy::Reading, here: None });
    if status == StatusCode::SERVICE_UNAVAILABLE { retry_after(response, TRY_AGAIN) } else { response }
}

/// The status and the page of what a visitor may learn.
fn face(public: Public, still_here: bool) -> (StatusCode, RefusalKind) {
    match public {
        Public::LinkNotRight => (StatusCode::BAD_REQUEST, RefusalKind::LinkNotRight),
        Public::NoSuchApp => (StatusCode::NOT_FOUND, RefusalKind::LinkNotRight),
        Public::NotFound => (StatusCode::NOT_FOUND, RefusalKind::NotFound),
        Public::OddRequest => (StatusCode::BAD_REQUEST, RefusalKind::OddRequest),
        Public::WaitedTooLong => (StatusCode::BAD_REQUEST, RefusalKind::WaitedTooLong),
        Public::AlreadySignedIn if still_here => (StatusCode::BAD_REQUEST, RefusalKind::AlreadySignedIn),
        Public::AlreadySignedIn => (StatusCode::BAD_REQUEST, RefusalKind::AlreadyFinished),
        Public::BegunElsewhere => (StatusCode::BAD_REQUEST, RefusalKind::BegunElsewhere),
        Public::NotOurs => (StatusCode::BAD_REQUEST, RefusalKind::NotOurs),
        Public::Denied => (StatusCode::BAD_REQUEST, RefusalKind::Denied),
        Public::NotAnswering => (StatusCode::SERVICE_UNAVAILABLE, RefusalKind::NotAnswering),
        Public::NotTrusted => (StatusCode::BAD_REQUEST, RefusalKind::NotTrusted),
        Public::CantBeUsed => (StatusCode::SERVICE_UNAVAILABLE, RefusalKind::CantBeUsed),
        Public::AccountSwitchedOff => (StatusCode::FORBIDDEN, RefusalKind::AccountSwitchedOff),
        Public::ProviderSwitchedOff => (StatusCode::FORBIDDEN, RefusalKind::ProviderSwitchedOff),
        Public::AppSwitchedOff => (StatusCode::FORBIDDEN, RefusalKind::AppSwitchedOff),
        Public::NotPermitted => (StatusCode::FORBIDDEN, RefusalKind::NotPermitted),
        Public::NotSetUp => (StatusCode::FORBIDDEN, RefusalKind::NotSetUp),
        Public::NoName => (StatusCode::BAD_REQUEST, RefusalKind::NoName),
        Public::OurTrouble => (StatusCode::SERVICE_UNAVAILABLE, RefusalKind::OurTrouble),
    }
}

/// What the app's developer has to mend: in a start alone, where nothing is secret.
fn developer(cause: &Cause) -> Option<String> {
    match cause {
        Cause::Start(why) => Some(why.to_string()),
        Cause::UnknownApp(_) | Cause::LocationGone => Some(cause.to_string()),
        _ => None,
    }
}

/// The ways on, the likeliest first. With the parameters of the start where they are known, else to the app itself.
fn ways(web: &Web, kind: RefusalKind, context: &Context) -> Vec<Way> {
    let Some(app) = &context.app else { return Vec::new() };
    let again = |change: fn(LoginRequest) -> LoginRequest| match &context.request {
        Some(request) => auth_path(&app.id, &change(request.clone()).parameters()),
        None => app.url.to_string(),
    };
    let same = || again(|request| request);
    let site = web.broker.site();
    let this = context.provider.as_ref().map(|(id, _)| id);
    let others = site.offered(app).iter().any(|provider| Some(&provider.id) != this);
    let another_way = || {
        let href = again(|request| LoginRequest { provider: None, ..request });
        (others && context.request.is_some()).then(|| Way::other(WayKind::AnotherWay, href))
    };
    let another_account = || {
        let href = again(|request| LoginRequest { provider: None, prompt: Prompt::SelectAccount, ..request });
        Way::primary(WayKind::UseAnotherAccount, href)
    };
    let go_on = || Way::primary(WayKind::Continue, again(LoginRequest::as_needed)).named(&app.name);
    let back = || Way::other(WayKind::Return, web.broker.way_back(app, context.request.as_ref())).named(&app.name);
    let ways = match kind {
        RefusalKind::WaitedTooLong | RefusalKind::AlreadyFinished => {
            [Some(Way::primary(WayKind::StartAgain, same())), None, None]
        }
        RefusalKind::AlreadySignedIn => [Some(go_on()), None, None],
        RefusalKind::BegunElsewhere => [Some(Way::primary(WayKind::StartAgainHere, same())), None, None],
        RefusalKind::Denied
        | RefusalKind::NotAnswering
        | RefusalKind::NotTrusted
        | RefusalKind::CantBeUsed
        | RefusalKind::NoName => [Some(Way::primary(WayKind::TryAgain, same())), another_way(), Some(back())],
        RefusalKind::AccountSwitchedOff | RefusalKind::NotPermitted | RefusalKind::NotSetUp => {
            [Some(another_account()), None, Some(back())]
        }
        RefusalKind::ProviderSwitchedOff => [another_way(), None, Some(back())],
        RefusalKind::OurTrouble => [Some(Way::primary(WayKind::TryAgain, same())), None, Some(back())],
        RefusalKind::AppSwitchedOff | RefusalKind::LinkNotRight => [None, None, Some(back())],
        RefusalKind::NotOurs => [Some(Way::primary(WayKind::SignIn, same()).named(&app.name)), None, None],
        RefusalKind::NotFound | RefusalKind::NotOurButton | RefusalKind::OddRequest => [None, None, None],
    };
    ways.into_iter().flatten().collect()
}
