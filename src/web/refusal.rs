//! Answers refusals: reports each one once, and responds as its row of the table says.

use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser};
use super::pages::{self, NextStepKind, row};
use super::response::{PageResponse, page_in, retry_after};
use super::security_headers::Policy;
use crate::base::urls::{LINK, LOGOUT, OWN_AUTH, link_path};
use crate::broker::{Cause, Context, KnownDestination, LiveConfig, Public, Refusal, ReportedRefusal};
use crate::signin::arrive::{Destination, Preferences, Prompt};

/// Seconds after which another try may succeed, if a provider or the database does not answer.
const RETRY_SECONDS: u32 = 10;

/// Reports a refusal, and answers with its page. The page shows the code under which the log has the cause.
pub async fn refusal_response(web: &Web, browser: &Browser, refusal: Refusal) -> Response {
    refusal_response_or(web, browser, refusal, Public::ServiceUnavailable).await
}

/// As [`refusal_response`]. If the database fails, it shows the page `unavailable`, which says what was not done.
pub async fn refusal_response_or(web: &Web, browser: &Browser, refusal: Refusal, unavailable: Public) -> Response {
    let refusal = web.broker.report(refusal, &browser.visitor).await;
    let public = match refusal.cause.public() {
        Public::AlreadySignedIn if !is_signed_in(web, browser).await => Public::AlreadyFinished,
        Public::ServiceUnavailable => unavailable,
        public => public,
    };
    let row = row(public);
    let page_data = refusal_page(&browser.config, public, &refusal);
    let language = browser.language_about(refusal.context.destination.preferences());
    let page = PageResponse { status: row.status, page: &page_data, policy: Policy::Reading, page_path: None };
    let mut response = page_in(web, browser, language, &page);
    let offers_another = page_data.next_steps.iter().any(|step| step.kind == NextStepKind::UseAnotherAccount);
    if let Some(left) = web.broker.refused_identity(&refusal.context).filter(|_| offers_another) {
        browser::add_cookies(response.headers_mut(), browser::left_identity_cookie(&left));
    }
    with_retry_after(response, &refusal)
}

/// Adds `Retry-After`, if it helps to wait.
pub fn with_retry_after(response: Response, refusal: &ReportedRefusal) -> Response {
    let unavailable = (response.status() == StatusCode::SERVICE_UNAVAILABLE).then_some(RETRY_SECONDS);
    match refusal.cause.retry_after_seconds().or(unavailable) {
        Some(seconds) => retry_after(response, seconds),
        None => response,
    }
}

async fn is_signed_in(web: &Web, browser: &Browser) -> bool {
    match web.broker.signed_in_username(&browser.config, browser.visitor.session).await {
        Ok(username) => username.is_some(),
        Err(refusal) => {
            web.broker.report(refusal, &browser.visitor).await;
            false
        }
    }
}

/// The page of a refusal, with everything that is known about it.
fn refusal_page(config: &LiveConfig, public: Public, refusal: &ReportedRefusal) -> pages::RefusalPage {
    let Context { destination, provider, account, .. } = &refusal.context;
    let app_name = destination.app().map(|app| app.name.clone());
    let room = destination.request().and_then(|request| request.location.room());
    let row = row(public);
    pages::RefusalPage {
        message: row.message,
        next_steps: row.next_steps(|step| href(step, config, &refusal.context), app_name.as_deref()),
        app_name,
        provider_name: provider.as_ref().map(|(_, name)| name.clone()),
        account_name: account.as_ref().map(|(_, username)| username.clone()),
        room: room.map(|room| room.as_str().to_owned()),
        developer: developer(&refusal.cause),
        code: Some(refusal.code().to_string()),
    }
}

/// What the app's developer has to correct. Only the causes of a bad start are shown, because they hold no secret.
fn developer(cause: &Cause) -> Option<String> {
    match cause {
        Cause::Start(why) => Some(why.to_string()),
        Cause::UnknownApp(_) | Cause::AppRemoved | Cause::LocationRemoved => Some(cause.to_string()),
        _ => None,
    }
}

/// The address of a next step, if it has one: the same start if its parameters are known, else the app itself.
fn href(step: NextStepKind, config: &LiveConfig, context: &Context) -> Option<String> {
    if let Some(link) = &context.link_request
        && step.leads_to_sign_in()
    {
        return Some(link_path(LINK, link, &[]));
    }
    let destination = &context.destination;
    let start = |change: fn(&mut Preferences)| match destination {
        KnownDestination::Unknown => None,
        KnownDestination::App(app) => Some(app.url.to_string()),
        KnownDestination::Start(start) => Some(start.clone().with(change).start_path()),
    };
    match step {
        NextStepKind::StartAgain | NextStepKind::StartAgainHere | NextStepKind::TryAgain | NextStepKind::SignIn => {
            start(|_| ())
        }
        NextStepKind::StartAgainSignedOut => start(|asked| asked.prompt = Prompt::LoginWithoutProof),
        NextStepKind::Continue => start(Preferences::ask_as_needed),
        NextStepKind::ChooseProvider => {
            let this = context.provider.as_ref().map(|(id, _)| id);
            let offered = config.offered_for(destination.start()?);
            let can_choose = offered.iter().any(|provider| Some(&provider.id) != this);
            can_choose.then(|| start(|asked| asked.provider = None)).flatten()
        }
        NextStepKind::UseAnotherAccount => start(Preferences::ask_for_another_account),
        NextStepKind::Return => destination.app().map(|app| config.return_url(app, destination.request())),
        NextStepKind::SignInHere => {
            matches!(destination.start()?, Destination::OwnPage { .. }).then(|| OWN_AUTH.to_owned())
        }
        // Of the refusals whose destination is not known, only that of the logout form has a next step.
        NextStepKind::SignOut => matches!(destination, KnownDestination::Unknown).then(|| LOGOUT.to_owned()),
    }
}

#[cfg(test)]
mod tests;
