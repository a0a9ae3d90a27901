//! `/link/request`: a person without an account asks the people who run the site to be let in.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::Browser;
use super::link_address::{page_path, question_path};
use super::link_request::{missing, respond, tag};
use super::own_form::{FieldError, FormFields, OwnForm, required_values};
use super::pages::{AccessPageState, AccessRequestForm, AccessRequestStatus, NewIdentity, NextStep, NextStepKind};
use super::response::{PageResponse, page_in, see_other};
use super::security_headers::Policy;
use crate::base::ids::LinkRequestTag;
use crate::base::parameters::Parameters;
use crate::base::urls::{LINK_DISMISS, LINK_REQUEST, link_path};
use crate::broker::{AccessPage, AskedForAccess, LinkPage, Provider, Refusal};
use crate::signin::account::Profile;
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::signin::link::access_request::{AccessState, MAX_TEXT, RequestText};
use crate::store::AccessRequest;

/// `GET /link/request`
pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let shown = async {
        let tag = tag(&browser).ok_or_else(missing)?;
        let page = web.broker.access_page(&browser.config, &tag, &browser.visitor).await?;
        Ok(form(&web, &browser, &tag, &page, None))
    };
    respond(&web, &browser, shown.await).await
}

/// The form of the message.
pub struct Message(String);

impl FormFields for Message {
    const NAMES: &'static [&'static str] = &["message"];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [message] = required_values(form, ["message"]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form whose message is not UTF-8",
            FieldError::Missing => "a form that does not have exactly one message",
        })?;
        Ok(Self(message))
    }
}

/// `POST /link/request`
pub async fn ask(State(web): State<Arc<Web>>, sent: OwnForm<Message>) -> Response {
    let OwnForm { browser, fields: Message(message), .. } = sent;
    let asked = asked(&web, &browser, message).await;
    respond(&web, &browser, asked).await
}

async fn asked(web: &Web, browser: &Browser, message: String) -> Result<Response, Refusal> {
    let tag = tag(browser).ok_or_else(missing)?;
    let Ok(text) = RequestText::parse(&message) else {
        let page = web.broker.access_page(&browser.config, &tag, &browser.visitor).await?;
        return Ok(form(web, browser, &tag, &page, Some(message)));
    };
    Ok(match web.broker.ask_for_access(&browser.config, &tag, text, &browser.visitor).await? {
        AskedForAccess::Full => see_other(&page_path(&tag, None)),
        AskedForAccess::Waiting(page) => {
            let AccessPage { provider, profile, destination, request } = *page;
            let shown = Shown { destination: &destination, provider: &provider, profile: &profile };
            // The link request is finished, so no step of it is left.
            let page = request.map(|request| AccessRequestStatus {
                next_steps: shown.return_step(browser).into_iter().collect(),
                ..shown.status(AccessPageState::Sent, &request)
            });
            shown.respond(web, browser, &page.ok_or_else(missing)?, None)
        }
    })
}

/// `too_long`: a message that is not accepted.
fn form(web: &Web, browser: &Browser, tag: &LinkRequestTag, page: &AccessPage, too_long: Option<String>) -> Response {
    let waits = page.request.as_ref().filter(|request| request.state == AccessState::Waiting);
    let own_path = link_path(LINK_REQUEST, tag, &[]);
    let status = if too_long.is_some() { StatusCode::BAD_REQUEST } else { StatusCode::OK };
    let form = AccessRequestForm {
        app_name: page.destination.app().map(|app| app.name.clone()),
        identity: identity(&page.provider, &page.profile),
        action: own_path.clone(),
        too_long: too_long.is_some(),
        message: too_long.or_else(|| waits.map(|request| request.message.to_string())).unwrap_or_default(),
        longest: MAX_TEXT,
        back_href: page_path(tag, None),
    };
    let page_path = (!form.too_long).then_some(own_path.as_str());
    let policy = policy(&page.destination);
    let language = browser.language_about(Some(page.destination.preferences()));
    page_in(web, browser, language, &PageResponse { status, page: &form, policy, page_path })
}

/// The page of a request that waits.
pub fn waiting(web: &Web, browser: &Browser, page: &LinkPage, request: &AccessRequest) -> Response {
    let shown = Shown::of(page);
    let status = AccessRequestStatus {
        form_href: page.answers.request.then(|| link_path(LINK_REQUEST, &page.tag, &[])),
        question_href: (page.answers.prove || page.answers.new).then(|| question_path(&page.tag)),
        ..shown.open_status(browser, &page.tag, AccessPageState::Waiting, request)
    };
    shown.respond(web, browser, &status, Some(&page_path(&page.tag, None)))
}

/// The page of a request that an admin refused.
pub fn refused(web: &Web, browser: &Browser, page: &LinkPage, request: &AccessRequest) -> Response {
    let shown = Shown::of(page);
    let status = AccessRequestStatus {
        form_href: page.answers.request.then(|| link_path(LINK_REQUEST, &page.tag, &[])),
        ..shown.open_status(browser, &page.tag, AccessPageState::Refused, request)
    };
    shown.respond(web, browser, &status, Some(&page_path(&page.tag, None)))
}

/// What all pages of a request show.
struct Shown<'p> {
    destination: &'p Destination<Arc<App>>,
    provider: &'p Provider,
    profile: &'p Profile,
}

impl<'p> Shown<'p> {
    fn of(page: &'p LinkPage) -> Self {
        Self { destination: &page.options.destination, provider: &page.provider, profile: &page.profile }
    }

    fn status(&self, state: AccessPageState, request: &AccessRequest) -> AccessRequestStatus {
        let text = |text: &RequestText| Some(text.to_string()).filter(|text| !text.is_empty());
        AccessRequestStatus {
            state,
            identity: identity(self.provider, self.profile),
            reference: request.id.to_string(),
            asked_on: request.last_at.into(),
            message: text(&request.message),
            note: request.note.as_ref().and_then(text),
            next_steps: Vec::new(),
            form_href: None,
            question_href: None,
            dismiss_action: None,
        }
    }

    /// The page of a person who has signed in again. They can sign in once more, or with another account.
    fn open_status(
        &self,
        browser: &Browser,
        tag: &LinkRequestTag,
        state: AccessPageState,
        request: &AccessRequest,
    ) -> AccessRequestStatus {
        let provider = Some(self.provider.id.clone());
        let again = self.destination.clone().with(|preferences| preferences.provider = provider).start_path();
        let try_again = NextStep::new(NextStepKind::TryAgain, again, None);
        AccessRequestStatus {
            next_steps: std::iter::once(try_again).chain(self.return_step(browser)).collect(),
            dismiss_action: Some(link_path(LINK_DISMISS, tag, &[])),
            ..self.status(state, request)
        }
    }

    fn return_step(&self, browser: &Browser) -> Option<NextStep> {
        match self.destination {
            Destination::App { app, request } => {
                let href = browser.config.return_url(app, Some(request));
                Some(NextStep::new(NextStepKind::Return, href, Some(&app.name)))
            }
            Destination::OwnPage { .. } => None,
        }
    }

    fn respond(&self, web: &Web, browser: &Browser, page: &AccessRequestStatus, page_path: Option<&str>) -> Response {
        let policy = policy(self.destination);
        let language = browser.language_about(Some(self.destination.preferences()));
        page_in(web, browser, language, &PageResponse { status: StatusCode::OK, page, policy, page_path })
    }
}

/// The forms of these pages lead to the app, and Chromium checks that against `form-action`.
fn policy(destination: &Destination<Arc<App>>) -> Policy {
    match destination.app() {
        Some(app) => Policy::SignIn(app.addresses.reached_by_forms()),
        None => Policy::Form,
    }
}

/// What the page shows of the person's identity.
pub fn identity(provider: &Provider, profile: &Profile) -> NewIdentity {
    NewIdentity {
        provider_name: provider.name.clone(),
        name: profile.name.clone(),
        email: profile.email.as_ref().map(|email| email.address.clone()),
    }
}
