//! `/admin/request/link`: links the person of an access request to an account, after a page has named both.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::accounts::method;
use super::{
    ID, enter, enter_by_form, not_found, notice, noticed, noticed_before_form, parameter, path_with, request_path,
    respond, within_return_to,
};
use crate::accounts::{AccessLinked, AccountDetails, AccountError, AccountRef, NotAllowed};
use crate::admin::ViewerAccess;
use crate::base::ids::{AccessRequestId, AccountId};
use crate::base::parameters::Parameters;
use crate::base::role::Role;
use crate::base::urls::{ADMIN_REQUEST_LINK, query};
use crate::store::AccessRequest;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};
use crate::web::pages::{AdminNotice, AdminRequestLinkPage};
use crate::web::response::see_other;

/// The field with the name or the id of an account.
const ACCOUNT: &str = "account";
const VERSION: &str = "version";

/// Says whom the button would link. Nothing is proposed: the admin has named the account.
pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let Some(id) = parameter(&browser, ID).and_then(|id| id.parse::<AccessRequestId>().ok()) else {
        return not_found(&web, &browser).await;
    };
    let named = parameter(&browser, ACCOUNT).unwrap_or_default().trim();
    let parameters = [(ID, id.to_string()), (ACCOUNT, named.to_owned())];
    let own_path = format!("{ADMIN_REQUEST_LINK}?{}", query(&parameters.each_ref().map(|(k, v)| (*k, v.as_str()))));
    let back = within_return_to(own_path.clone(), || request_path(&id, None));
    let access = match enter(&web, &browser, &back).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match try_link(&access, &id, named).await {
        Ok(Some(tried)) => respond(&web, &browser, &link_page(&browser, tried), Some(&own_path)),
        Ok(None) => see_other(&request_path(&id, Some(AdminNotice::NoAccount))),
        Err(why) => noticed_before_form(&web, &browser, why, &back, |notice| request_path(&id, Some(notice))).await,
    }
}

/// A link that was tried and rolled back.
struct Tried {
    request: AccessRequest,
    account: AccountDetails,
    linked: AccessLinked,
}

/// `None`: no account has this name or id.
async fn try_link(access: &ViewerAccess, id: &AccessRequestId, named: &str) -> Result<Option<Tried>, AccountError> {
    let Some(admin) = access.admin() else { return Err(NotAllowed::RoleNeeded(Role::Admin).into()) };
    let Some(account) = find(access, named).await? else { return Ok(None) };
    let request = access.access_request(id).await?.ok_or_else(|| AccountError::NoSuchAccessRequest(id.clone()))?;
    let changes = admin.changes(account.version).as_dry_run();
    let linked = changes.link_person(id, &AccountRef::Id(account.id.clone())).await?;
    Ok(Some(Tried { request, account, linked }))
}

async fn find(access: &ViewerAccess, named: &str) -> Result<Option<AccountDetails>, AccountError> {
    let by_name = named.parse().ok().map(AccountRef::Name);
    for account in by_name.into_iter().chain([AccountRef::Id(AccountId::stored(named.to_owned()))]) {
        match access.account(&account).await {
            Err(AccountError::NoSuchAccount(_)) => {}
            found => return found.map(Some),
        }
    }
    Ok(None)
}

fn link_page(browser: &Browser, tried: Tried) -> AdminRequestLinkPage {
    let Tried { request, account, linked } = tried;
    let config = &browser.config;
    AdminRequestLinkPage {
        request_href: request_path(&request.id, None),
        request: request.id.to_string(),
        provider_name: view::provider_name(config, &request.provider),
        issuer: view::exact(request.issuer.as_str()),
        subject: view::exact(request.subject.as_str()),
        name: request.profile.name.map(|name| view::shortened(&name)),
        email: request.profile.email.map(|email| view::shortened(&email.address)),
        message: request.message.to_string(),
        id: account.id.to_string(),
        username: account.username.to_string(),
        groups: account.groups.iter().map(ToString::to_string).collect(),
        methods: account.identities.iter().flatten().map(|identity| method(config, identity)).collect(),
        version: account.version,
        sessions_ended: linked.sessions_ended,
        notice: notice(browser),
        action: ADMIN_REQUEST_LINK.to_owned(),
    }
}

/// The button of that page.
pub struct LinkPerson {
    id: AccessRequestId,
    account: AccountId,
    version: u64,
}

impl FormFields for LinkPerson {
    const NAMES: &'static [&'static str] = &[ID, ACCOUNT, VERSION];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, account, version] = required_values(form, [ID, ACCOUNT, VERSION]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name one request, one account and its version",
        })?;
        Ok(Self {
            id: id.parse().map_err(|_| "a form with something that is no id of a request")?,
            account: AccountId::stored(account),
            version: version.parse().map_err(|_| "a form with something that is no version")?,
        })
    }
}

pub async fn link(State(web): State<Arc<Web>>, sent: OwnForm<LinkPerson>) -> Response {
    let OwnForm { browser, fields: LinkPerson { id, account, version }, .. } = sent;
    let access = match enter_by_form(&web, &browser, &request_path(&id, None)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let done = match access.admin() {
        Some(admin) => admin.changes(version).link_person(&id, &AccountRef::Id(account.clone())).await.map(drop),
        None => Err(NotAllowed::RoleNeeded(Role::Admin).into()),
    };
    noticed(&web, &browser, done, |notice| match notice {
        // The page shows the account as it is now.
        AdminNotice::ChangedMeanwhile => {
            let again = path_with(ADMIN_REQUEST_LINK, &id.to_string(), Some(notice));
            format!("{again}&{}", query(&[(ACCOUNT, account.as_str())]))
        }
        _ => request_path(&id, Some(notice)),
    })
    .await
}
