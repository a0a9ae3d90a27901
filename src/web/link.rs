//! `/link`: asks at a first login whether the person has an account, and does what they answer.
//!
//! The parameter `a` names the request. It gives no access: the cookie of the request does. Each POST reads the state
//! of its step from the database, so that no step can be left out (rule L10).

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::begin::departure_response;
use super::browser::{self, Browser};
use super::callback::finished_response;
use super::link_address::{NOTICE, QUESTION, REQUEST, VIEW, notice_named, page_path};
use super::link_request::{missing, parameter, respond, tag};
use super::own_form::{FormFields, OwnForm};
use super::pages::{
    AccessOffer, LinkConfirmation, LinkQuestion, MethodLine, NewIdentity, NoticeKind, ProofChoices, Search, SignInForm,
    row,
};
use super::refusal::with_retry_after;
use super::response::{PageResponse, page_in, see_other};
use super::security_headers::Policy;
use super::sign_in_form::NameAndPassword;
use super::sign_in_page::{FormError, password_source, provider_choices};
use super::{Web, access_request};
use crate::base::ids::{LinkRequestTag, ProviderId};
use crate::base::parameters::Parameters;
use crate::base::urls::{
    ACCOUNT, LINK, LINK_BACK, LINK_CONFIRM, LINK_DISMISS, LINK_NEW, LINK_PASSWORD, LINK_PROVE, LINK_REQUEST, link_path,
};
use crate::broker::{
    AfterBack, BeginOutcome, Cause, Context, LinkNotice, LinkPage, LinkStep, LinkView, PasswordProof, ProvedSide,
    Refusal, RequestOffer,
};
use crate::store::LinkChoice;

/// `GET /link`
pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let shown = async {
        let tag = tag(&browser).ok_or_else(missing)?;
        link_page(&web, &browser, &tag, None).await
    };
    respond(&web, &browser, shown.await).await
}

/// `GET /link/prove`: to a provider of the person's account. Changes nothing: a login is only a cookie.
pub async fn prove(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let begun = async {
        let tag = tag(&browser).ok_or_else(missing)?;
        let provider = parameter(&browser, "provider").and_then(|id| id.parse::<ProviderId>().ok());
        let provider = provider.ok_or_else(|| Cause::PageNotFound.refuse(Context::default()))?;
        web.broker.begin_proof(&browser.config, &tag, &provider, &browser.visitor).await
    };
    let response = match begun.await {
        Ok(BeginOutcome::Challenge { to, pending }) => {
            let mut response = departure_response(&web, &browser, to);
            browser::add_cookies(response.headers_mut(), browser::pending_cookies(&pending));
            Ok(response)
        }
        // `begin_proof` only sends to a provider.
        Ok(BeginOutcome::Deliver(_) | BeginOutcome::OwnPage(_) | BeginOutcome::Choose(_)) => {
            Err(Cause::PageNotFound.refuse(Context::default()))
        }
        Err(refusal) => Err(refusal),
    };
    respond(&web, &browser, response).await
}

/// `POST /link/password`
pub async fn prove_with_password(State(web): State<Arc<Web>>, sent: OwnForm<ProofPassword>) -> Response {
    let OwnForm { browser, fields: ProofPassword(NameAndPassword { name, password }), .. } = sent;
    let proved = async {
        let tag = tag(&browser).ok_or_else(missing)?;
        let typed = (name.clone(), password);
        match web.broker.prove_with_password(&browser.config, &tag, typed, &browser.visitor).await? {
            PasswordProof::Done(notice) => Ok(see_other(&page_path(&tag, notice))),
            PasswordProof::Rejected(refusal) => {
                let refusal = web.broker.report(*refusal, &browser.visitor).await;
                let error = FormError {
                    status: row(refusal.cause.public()).status,
                    name,
                    retry_after_seconds: refusal.cause.retry_after_seconds(),
                    code: refusal.code().to_string(),
                };
                let page = link_page(&web, &browser, &tag, Some(error)).await?;
                Ok(with_retry_after(page, &refusal))
            }
        }
    };
    let proved = proved.await;
    respond(&web, &browser, proved).await
}

/// The form of a name and a password, which prove an account.
pub struct ProofPassword(NameAndPassword);

impl FormFields for ProofPassword {
    const NAMES: &'static [&'static str] = NameAndPassword::NAMES;

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        NameAndPassword::read(form).map(Self)
    }
}

/// A form that is only a button.
pub struct Press;

impl FormFields for Press {
    const NAMES: &'static [&'static str] = &[];

    fn read(_: &Parameters) -> Result<Self, &'static str> {
        Ok(Self)
    }
}

/// `POST /link/confirm`
pub async fn confirm(State(web): State<Arc<Web>>, OwnForm { browser, .. }: OwnForm<Press>) -> Response {
    answer(&web, &browser, LinkChoice::LinkToProved).await
}

/// `POST /link/new`
pub async fn make_account(State(web): State<Arc<Web>>, OwnForm { browser, .. }: OwnForm<Press>) -> Response {
    answer(&web, &browser, LinkChoice::MakeAccount).await
}

async fn answer(web: &Web, browser: &Browser, choice: LinkChoice) -> Response {
    let finished = async {
        let tag = tag(browser).ok_or_else(missing)?;
        web.broker.answer_link(&browser.config, &tag, choice, &browser.visitor).await
    };
    let finished = finished.await;
    finished_response(web, browser, finished).await
}

/// `POST /link/back`
pub async fn go_back(State(web): State<Arc<Web>>, OwnForm { browser, .. }: OwnForm<Press>) -> Response {
    let asked = async {
        let tag = tag(&browser).ok_or_else(missing)?;
        Ok(match web.broker.drop_proof(&browser.config, &tag, &browser.visitor).await? {
            AfterBack::Question => see_other(&page_path(&tag, None)),
            AfterBack::OwnPage => see_other(ACCOUNT),
        })
    };
    let asked = asked.await;
    respond(&web, &browser, asked).await
}

/// `POST /link/dismiss`: on to the choice of another sign-in.
pub async fn dismiss(State(web): State<Arc<Web>>, OwnForm { browser, .. }: OwnForm<Press>) -> Response {
    let dismissed = async {
        let tag = tag(&browser).ok_or_else(missing)?;
        let (destination, left) = web.broker.dismiss_link(&browser.config, &tag, &browser.visitor).await?;
        let mut response = see_other(&destination.start_path());
        browser::add_cookies(response.headers_mut(), browser::expire_link_request(&tag));
        if let Some(left) = left {
            browser::add_cookies(response.headers_mut(), browser::left_identity_cookie(&left));
        }
        Ok(response)
    };
    let dismissed = dismissed.await;
    respond(&web, &browser, dismissed).await
}

/// The page of the request's next step. `error`: what to show after a rejected form.
async fn link_page(
    web: &Web,
    browser: &Browser,
    tag: &LinkRequestTag,
    error: Option<FormError>,
) -> Result<Response, Refusal> {
    let view = match parameter(browser, VIEW) {
        Some(QUESTION) => LinkView::Question,
        Some(_) | None => LinkView::NextStep,
    };
    let (page, notice) = web.broker.link_page(&browser.config, tag, view, &browser.visitor).await?;
    let identity = access_request::identity(&page.provider, &page.profile);
    // The answer redirects to the app, and Chromium checks that against `form-action`.
    let destination = &page.options.destination;
    let policy = match destination.app() {
        Some(app) => Policy::SignIn(app.addresses.reached_by_forms()),
        None => Policy::Form,
    };
    let language = browser.language_about(Some(destination.preferences()));
    let status = error.as_ref().map_or(StatusCode::OK, |error| error.status);
    let own_path = page_path(tag, None);
    // After a POST, a GET of the page's address shows another page.
    let page_path = error.is_none().then_some(own_path.as_str());
    Ok(match &page.step {
        LinkStep::Confirm(proved) => {
            let page_data = confirmation(tag, identity, proved);
            page_in(web, browser, language, &PageResponse { status, page: &page_data, policy, page_path })
        }
        LinkStep::Waiting(request) => access_request::waiting(web, browser, &page, request),
        LinkStep::Refused(request) => access_request::refused(web, browser, &page, request),
        LinkStep::Answer { may_prove, may_make_account, request } => {
            let notice = notice.or_else(|| parameter(browser, NOTICE).and_then(notice_named));
            let proof = may_prove.then(|| proof_choices(browser, &page, error));
            let page_data = LinkQuestion {
                app_name: destination.app().map(|app| app.name.clone()),
                room: destination.room().map(|room| room.as_str().to_owned()),
                identity,
                notice: notice.map(notice_kind),
                proof,
                new_action: may_make_account.then(|| link_path(LINK_NEW, tag, &[])),
                request: match request {
                    RequestOffer::No => None,
                    RequestOffer::Yes => Some(AccessOffer::Open { href: link_path(LINK_REQUEST, tag, &[]) }),
                    RequestOffer::Full => Some(AccessOffer::Full),
                },
                dismiss_action: link_path(LINK_DISMISS, tag, &[]),
            };
            page_in(web, browser, language, &PageResponse { status, page: &page_data, policy, page_path })
        }
    })
}

/// The sign-in methods of the app. They are the same for all people (rule L2).
fn proof_choices(browser: &Browser, page: &LinkPage, error: Option<FormError>) -> ProofChoices {
    let tag = &page.tag;
    let search = Search {
        query: String::new(),
        action: LINK.to_owned(),
        hidden: vec![(REQUEST.to_owned(), tag.to_string())],
        full_list_href: page_path(tag, None),
    };
    let (choices, search) = provider_choices(browser, &page.options, search, |provider| {
        link_path(LINK_PROVE, tag, &[("provider", provider.as_str())])
    });
    let form = password_source(&page.options).map(|password_source| {
        let (name, notice, code) = match error {
            Some(error) => (error.name.clone(), Some(error.notice(page_path(tag, None))), Some(error.code)),
            None => (String::new(), None, None),
        };
        let action = link_path(LINK_PASSWORD, tag, &[]);
        SignInForm { action, name, notice, code, change_password_href: None, password_source }
    });
    ProofChoices { choices, search, form }
}

fn confirmation(tag: &LinkRequestTag, identity: NewIdentity, proved: &ProvedSide) -> LinkConfirmation {
    let methods = proved.methods.iter().map(|(linked, provider)| {
        let profile = linked.profile.clone().unwrap_or_default();
        MethodLine {
            provider_name: match provider {
                Some(provider) => provider.name.clone(),
                None => linked.key.provider.to_string(),
            },
            says: profile.name.or(profile.email.map(|email| email.address)),
            since: linked.created_at.into(),
        }
    });
    LinkConfirmation {
        account_name: proved.username.to_string(),
        identity,
        methods: methods.collect(),
        confirm_action: link_path(LINK_CONFIRM, tag, &[]),
        back_action: link_path(LINK_BACK, tag, &[]),
    }
}

const fn notice_kind(notice: LinkNotice) -> NoticeKind {
    match notice {
        LinkNotice::NoAccount => NoticeKind::NoAccount,
        LinkNotice::NotFresh => NoticeKind::NotFresh,
        LinkNotice::AccountDisabled => NoticeKind::AccountDisabled,
        LinkNotice::ProofLost => NoticeKind::ProofLost,
    }
}
