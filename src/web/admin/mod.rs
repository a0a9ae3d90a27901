//! `/admin`: the pages of people with a role.
//!
//! Each handler begins with [`enter`], which gives it what the person's role may do (rule R4).

pub mod accounts;
mod change_form;
pub mod changes;
pub mod identities;
pub mod invitation;
pub mod merge;
mod merge_form;
pub mod providers;
pub mod request_link;
pub mod requests;
pub mod search;
pub mod sessions;

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::account::sign_in_again::after_form;
use super::account::view::{exact, shortened};
use super::browser::Browser;
use super::pages::{AdminNotice, AdminStartPage, HolderRow, Page, RequestRow};
use super::refusal::refusal_response;
use super::response::{PageResponse, page, see_other};
use super::security_headers::Policy;
use crate::accounts::{AccountError, AdminSession, NotAllowed, RoleConfig};
use crate::admin::{Entrance, ViewerAccess};
use crate::base::ids::AccessRequestId;
use crate::base::urls::{
    ACCOUNT, ADMIN, ADMIN_IDENTITIES, ADMIN_PROVIDERS, ADMIN_REQUEST, ADMIN_SEARCH, own_auth_path, query,
};
use crate::broker::{Cause, Context, SignedIn};
use crate::signin::arrive::{MAX_RETURN_TO_LENGTH, Prompt};
use crate::store::{AccessRequest, StoreError};

/// The name of the parameter that says what was done.
const NOTICE: &str = "notice";
const ID: &str = "id";

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let access = match enter(&web, &browser, ADMIN).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match start_page(&browser, &access).await {
        Ok(start) => respond(&web, &browser, &start, Some(ADMIN)),
        Err(why) => failed(&web, &browser, why).await,
    }
}

async fn start_page(browser: &Browser, access: &ViewerAccess) -> Result<AdminStartPage, StoreError> {
    let requests = access.waiting_access_requests().await?;
    let holders = access.role_holders().await?.into_iter().map(|holder| HolderRow {
        href: accounts::path(&holder.account, None),
        username: holder.username.to_string(),
        role: holder.role,
        given_on: holder.given_at.into(),
        is_disabled: holder.is_disabled,
    });
    Ok(AdminStartPage {
        username: access.username.to_string(),
        role: access.role,
        search_action: ADMIN_SEARCH.to_owned(),
        identities_href: ADMIN_IDENTITIES.to_owned(),
        requests: requests.into_iter().map(|request| request_row(browser, request)).collect(),
        holders: holders.collect(),
        account_href: ACCOUNT.to_owned(),
        providers_href: ADMIN_PROVIDERS.to_owned(),
    })
}

fn request_row(browser: &Browser, request: AccessRequest) -> RequestRow {
    let provider = browser.config.provider(&request.provider);
    RequestRow {
        href: request_path(&request.id, None),
        name: request.profile.name.map_or_else(|| exact(request.subject.as_str()), |name| shortened(&name)),
        provider_name: provider.map_or_else(|| request.provider.to_string(), |provider| provider.name.clone()),
        first_on: request.first_at.into(),
    }
}

fn request_path(id: &AccessRequestId, notice: Option<AdminNotice>) -> String {
    path_with(ADMIN_REQUEST, &id.to_string(), notice)
}

fn path_with(path: &str, id: &str, notice: Option<AdminNotice>) -> String {
    let notice = notice.map(|notice| (NOTICE, notice.as_str()));
    let parameters: Vec<_> = [(ID, id)].into_iter().chain(notice).collect();
    format!("{path}?{}", query(&parameters))
}

/// What the role of this browser's person may do. Otherwise the response asks them to sign in, and leads back to
/// `back`; to somebody without a role there is no such page.
async fn enter(web: &Web, browser: &Browser, back: &str) -> Result<Box<ViewerAccess>, Response> {
    access_or(web, browser, || sign_in(back)).await
}

/// The same for a person who sent a form.
async fn enter_by_form(web: &Web, browser: &Browser, back: &str) -> Result<Box<ViewerAccess>, Response> {
    access_or(web, browser, || after_form(Prompt::Login, back)).await
}

async fn access_or(
    web: &Web,
    browser: &Browser,
    sign_in: impl Fn() -> Response,
) -> Result<Box<ViewerAccess>, Response> {
    let person = match web.broker.signed_in(&browser.config, &browser.visitor).await {
        Ok(Some(SignedIn { person, .. })) => person,
        Ok(None) => return Err(sign_in()),
        Err(refusal) => return Err(refusal_response(web, browser, refusal).await),
    };
    let Some(session) = browser.visitor.session else { return Err(sign_in()) };
    let config = Arc::clone(&browser.config) as Arc<dyn RoleConfig>;
    let (account, network) = (person.account.id, browser.visitor.network.clone());
    match web.admin.enter(AdminSession { account, session, network, config }).await {
        Ok(Entrance::Open(access)) => Ok(access),
        Ok(Entrance::NoRole) => Err(not_found(web, browser).await),
        Ok(Entrance::SignInAgain) => Err(sign_in()),
        Err(why) => Err(failed(web, browser, why).await),
    }
}

/// Leads to a sign-in that authenticates the person again: the pages open only after one.
fn sign_in(back: &str) -> Response {
    see_other(&own_auth_path(&[("prompt", Prompt::Login.as_parameter().unwrap_or_default()), ("return_to", back)]))
}

async fn not_found(web: &Web, browser: &Browser) -> Response {
    refusal_response(web, browser, Cause::PageNotFound.refuse(Context::default())).await
}

async fn failed(web: &Web, browser: &Browser, why: StoreError) -> Response {
    refusal_response(web, browser, Cause::Store(why).refuse(Context::default())).await
}

fn respond<P: Page>(web: &Web, browser: &Browser, shown: &P, page_path: Option<&str>) -> Response {
    page(web, browser, &PageResponse { status: StatusCode::OK, page: shown, policy: Policy::Form, page_path })
}

fn parameter<'b>(browser: &'b Browser, name: &str) -> Option<&'b str> {
    browser.query.pairs().iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
}

fn notice(browser: &Browser) -> Option<AdminNotice> {
    let named = parameter(browser, NOTICE)?;
    AdminNotice::ALL.into_iter().find(|notice| notice.as_str() == named)
}

/// What a person sees of an operation that failed.
enum Shown {
    Notice(AdminNotice),
    /// The person signs in again, and then tries it again.
    SignIn,
    NotFound,
    Failed(StoreError),
}

/// What the page says of the result of an operation. An error that no sentence explains gets a page of its own.
async fn noticed<T>(
    web: &Web,
    browser: &Browser,
    result: Result<T, AccountError>,
    path: impl Fn(AdminNotice) -> String,
) -> Response {
    let Err(why) = result else { return see_other(&path(AdminNotice::Done)) };
    match shown(why) {
        Shown::Notice(notice) => see_other(&path(notice)),
        Shown::SignIn => after_form(Prompt::Login, &path(AdminNotice::Done).replace("&notice=done", "")),
        Shown::NotFound => not_found(web, browser).await,
        Shown::Failed(why) => failed(web, browser, why).await,
    }
}

/// The same for a dry run that failed before the person sent the form that acts. A sign-in leads back to `back`.
async fn noticed_before_form(
    web: &Web,
    browser: &Browser,
    why: AccountError,
    back: &str,
    path: impl Fn(AdminNotice) -> String,
) -> Response {
    match shown(why) {
        Shown::Notice(notice) => see_other(&path(notice)),
        Shown::SignIn => sign_in(back),
        Shown::NotFound => not_found(web, browser).await,
        Shown::Failed(why) => failed(web, browser, why).await,
    }
}

fn shown(why: AccountError) -> Shown {
    Shown::Notice(match why {
        AccountError::NotAllowed(NotAllowed::NotSignedIn | NotAllowed::NotFresh) | AccountError::NotSignedIn => {
            return Shown::SignIn;
        }
        AccountError::NotAllowed(NotAllowed::RoleNeeded(_)) => AdminNotice::RoleNeeded,
        AccountError::NotAllowed(NotAllowed::OwnAccount) => AdminNotice::OwnAccount,
        AccountError::NotAllowed(NotAllowed::LastAdmin) => AdminNotice::LastAdmin,
        AccountError::NotAllowed(NotAllowed::HolderOfRole | NotAllowed::CommandLineOnly) | AccountError::HasRole(_) => {
            AdminNotice::HolderOfRole
        }
        AccountError::NameTaken { .. } | AccountError::NoSuggestedName => AdminNotice::NameTaken,
        AccountError::Scripts(_) => AdminNotice::BadName,
        AccountError::AccessRequestDecided { .. } => AdminNotice::DecidedBefore,
        AccountError::IdentityOfAnother { .. } => AdminNotice::IdentityTaken,
        AccountError::OtherVersion { .. } | AccountError::NoSuchIdentity => AdminNotice::ChangedMeanwhile,
        AccountError::SameAccount => AdminNotice::SameAccount,
        AccountError::AccountDisabled(_) => AdminNotice::MergeDisabled,
        AccountError::Merged { .. } => AdminNotice::Merged,
        AccountError::UndoneBefore(_) | AccountError::UndoExpired { .. } | AccountError::NoSuchOperation(_) => {
            AdminNotice::UndoOver
        }
        AccountError::LaterOperation { .. } => AdminNotice::UndoLater,
        AccountError::Store(why) => return Shown::Failed(why),
        AccountError::NoSuchAccount(_)
        | AccountError::NoSuchAccessRequest(_)
        | AccountError::NoSuchInvitation
        | AccountError::PasswordPolicy(_)
        | AccountError::HashFailed(_) => return Shown::NotFound,
    })
}

/// `path`, if a sign-in can lead back to it.
fn within_return_to(path: String, otherwise: impl Fn() -> String) -> String {
    if path.len() <= MAX_RETURN_TO_LENGTH { path } else { otherwise() }
}
