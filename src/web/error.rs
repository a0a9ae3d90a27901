//! A refusal as a page with a way on.

use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::guard::Policy;
use super::pages::{self, Way, WayKind};
use super::reply::{Paged, page_in, retry_after};
use crate::base::urls::{LOGOUT, auth_path};
use crate::broker::{Cause, Context, Public, Refusal, Site};
use crate::signin::arrive::{LoginRequest, Prompt};

/// Seconds after which trying again may help.
const TRY_AGAIN: u32 = 10;

/// Draws a refusal. The cause stays in the log; the code leads there.
pub async fn refused(web: &Web, browser: &Browser, refusal: Refusal) -> Response {
    let kind = match refusal.cause.public() {
        Public::AlreadySignedIn if !is_signed_in(web, browser).await => Public::AlreadyFinished,
        public => public,
    };
    let status = status(kind);
    let Context { app, request, provider, account, .. } = &refusal.context;
    let shown = pages::Refusal {
        kind,
        app_name: app.as_ref().map(|app| app.name.clone()),
        provider_name: provider.as_ref().map(|(_, name)| name.clone()),
        account_name: account.as_ref().map(|(_, username)| username.clone()),
        room: request.as_ref().and_then(|request| request.location.room()).map(|room| room.as_str().to_owned()),
        ways: ways(&browser.site, kind, &refusal.context),
        developer: developer(&refusal.cause),
        code: Some(refusal.code.to_string()),
    };
    let language = browser.language_about(request.as_ref());
    let mut response =
        page_in(web, browser, language, &Paged { status, page: &shown, policy: Policy::Reading, here: None });
    let offers_another = shown.ways.iter().any(|way| way.kind == WayKind::UseAnotherAccount);
    if let Some(left) = web.broker.refused_identity(&refusal.context).filter(|_| offers_another) {
        browser::set(response.headers_mut(), browser::leaves(&left));
    }
    if status == StatusCode::SERVICE_UNAVAILABLE { retry_after(response, TRY_AGAIN) } else { response }
}

async fn is_signed_in(web: &Web, browser: &Browser) -> bool {
    matches!(web.broker.who(&browser.site, browser.visitor.session).await, Ok(Some(_)))
}

pub(super) fn status(public: Public) -> StatusCode {
    match public {
        Public::LinkNotRight
        | Public::LinkNotUsable
        | Public::OddRequest
        | Public::WaitedTooLong
        | Public::DroppedForNewer
        | Public::ProviderChanged
        | Public::AlreadySignedIn
        | Public::AlreadyFinished
        | Public::BegunElsewhere
        | Public::NotOurs
        | Public::Denied
        | Public::NotTrusted
        | Public::NoName
        | Public::NameUnfit => StatusCode::BAD_REQUEST,
        Public::AccountSwitchedOff
        | Public::PasswordNotRight
        | Public::ProviderSwitchedOff
        | Public::AppSwitchedOff
        | Public::NotPermitted
        | Public::NotSetUp
        | Public::NotOurButton => StatusCode::FORBIDDEN,
        Public::TooManyTries => StatusCode::TOO_MANY_REQUESTS,
        Public::NoSuchApp | Public::NotFound => StatusCode::NOT_FOUND,
        Public::NotAnswering | Public::CantBeUsed | Public::OurTrouble => StatusCode::SERVICE_UNAVAILABLE,
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
fn ways(site: &Site, kind: Public, context: &Context) -> Vec<Way> {
    let Some(app) = &context.app else {
        // The one other form of ours.
        return if kind == Public::NotOurButton { vec![Way::primary(WayKind::SignOut, LOGOUT)] } else { Vec::new() };
    };
    let again = |change: fn(LoginRequest) -> LoginRequest| match &context.request {
        Some(request) => auth_path(&app.id, &change(request.clone()).parameters()),
        None => app.url.to_string(),
    };
    let same = || again(|request| request);
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
    let back = || Way::other(WayKind::Return, site.way_back(app, context.request.as_ref())).named(&app.name);
    let ways = match kind {
        Public::WaitedTooLong | Public::DroppedForNewer | Public::ProviderChanged | Public::AlreadyFinished => {
            [Some(Way::primary(WayKind::StartAgain, same())), None, None]
        }
        Public::AlreadySignedIn => [Some(go_on()), None, None],
        Public::BegunElsewhere => [Some(Way::primary(WayKind::StartAgainHere, same())), None, None],
        Public::Denied
        | Public::PasswordNotRight
        | Public::TooManyTries
        | Public::NotAnswering
        | Public::NotTrusted
        | Public::CantBeUsed
        | Public::NoName
        | Public::NameUnfit => [Some(Way::primary(WayKind::TryAgain, same())), another_way(), Some(back())],
        Public::AccountSwitchedOff | Public::NotPermitted | Public::NotSetUp => {
            [Some(another_account()), None, Some(back())]
        }
        Public::ProviderSwitchedOff => [another_way(), None, Some(back())],
        Public::OurTrouble => [Some(Way::primary(WayKind::TryAgain, same())), None, Some(back())],
        Public::AppSwitchedOff | Public::LinkNotRight | Public::LinkNotUsable | Public::NoSuchApp => {
            [None, None, Some(back())]
        }
        Public::NotOurs => [Some(Way::primary(WayKind::SignIn, same()).named(&app.name)), None, None],
        Public::NotOurButton => [Some(Way::primary(WayKind::StartAgainHere, same())), None, Some(back())],
        Public::NotFound | Public::OddRequest => [None, None, None],
    };
    ways.into_iter().flatten().collect()
}
