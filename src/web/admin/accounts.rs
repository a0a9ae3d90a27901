//! `/admin/account`: one account, and what admins do to it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{
    ID, change_form, enter, enter_by_form, failed, merge_form, not_found, notice, noticed, parameter, path_with,
    respond,
};
use crate::accounts::{AccountDetails, AccountError, AccountRef, Identity};
use crate::admin::ViewerAccess;
use crate::base::ids::{AccountId, Group};
use crate::base::parameters::Parameters;
use crate::base::role::Role;
use crate::base::urls::{ADMIN, ADMIN_ACCOUNT, ADMIN_CHANGE, ADMIN_MERGE, ADMIN_SESSION_END};
use crate::broker::LiveConfig;
use crate::store::AuditRow;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};
use crate::web::pages::{
    AdminAccountPage, AdminAct, AdminMethod, AdminNotice, AuditLine, ChangeForms, ChangeKind, GroupLink,
};

/// The page of an account.
pub fn path(id: &AccountId, notice: Option<AdminNotice>) -> String {
    path_with(ADMIN_ACCOUNT, id.as_str(), notice)
}

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let Some(id) = parameter(&browser, ID).map(|id| AccountId::stored(id.to_owned())) else {
        return not_found(&web, &browser).await;
    };
    let own_path = path(&id, None);
    let access = match enter(&web, &browser, &own_path).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let page = async { account_page(&browser, &access, access.account(&AccountRef::Id(id)).await?).await };
    match page.await {
        Ok(account) => respond(&web, &browser, &account, Some(&own_path)),
        Err(AccountError::Store(why)) => failed(&web, &browser, why).await,
        Err(_) => not_found(&web, &browser).await,
    }
}

async fn account_page(
    browser: &Browser,
    access: &ViewerAccess,
    account: AccountDetails,
) -> Result<AdminAccountPage, AccountError> {
    let config = &browser.config;
    let role = access.role_of(&account, config.as_ref()).await?;
    let sessions = access.sessions(&AccountRef::Id(account.id.clone()), config.lifetimes).await?;
    let history = access.history(&account).await?;
    let may_change = access.admin().is_some() && role.is_none() && account.username != access.username;
    Ok(AdminAccountPage {
        id: account.id.to_string(),
        username: account.username.to_string(),
        role,
        groups: account.groups.iter().map(ToString::to_string).collect(),
        is_disabled: account.disabled.is_some(),
        notice: notice(browser),
        methods: account
            .identities
            .iter()
            .flatten()
            .map(|identity| AdminMethod {
                unlink_href: may_change.then(|| unlink_path(&account, identity)),
                ..method(config, identity)
            })
            .collect(),
        sessions: sessions.iter().map(|session| view::session_entry(config, session)).collect(),
        history: history.into_iter().map(|row| audit_line(config, row)).collect(),
        acts: acts(access, &account, role),
        action: ADMIN_ACCOUNT.to_owned(),
        changes: may_change.then(|| change_forms(&account)),
        merges: access.merges(&account.id).await?.iter().map(|it| merge_form::line(access, &account.id, it)).collect(),
        end_session_action: acts(access, &account, role)
            .contains(&AdminAct::EndSessions)
            .then(|| ADMIN_SESSION_END.to_owned()),
        admin_href: ADMIN.to_owned(),
    })
}

pub fn method(config: &LiveConfig, identity: &Identity) -> AdminMethod {
    let shown = view::method(config, identity);
    AdminMethod {
        provider_name: shown.provider_name,
        state: shown.state,
        subject: view::exact(identity.subject.as_str()),
        name_there: shown.name_there,
        email_there: shown.email_there,
        proof: shown.proof,
        linked_on: shown.linked_on,
        last_used: shown.last_used,
        unlink_href: None,
    }
}

fn unlink_path(account: &AccountDetails, identity: &Identity) -> String {
    change_form::path(&account.id, account.version, ChangeKind::Unlink, &identity.key().tag())
}

fn change_forms(account: &AccountDetails) -> ChangeForms {
    let leaving = |group: &Group| GroupLink {
        group: group.to_string(),
        href: change_form::path(&account.id, account.version, ChangeKind::Leave, group.as_str()),
    };
    ChangeForms {
        action: ADMIN_CHANGE.to_owned(),
        merge_action: ADMIN_MERGE.to_owned(),
        version: account.version,
        groups: account.groups.iter().map(leaving).collect(),
    }
}

fn audit_line(config: &LiveConfig, AuditRow { entry, last_at, .. }: AuditRow) -> AuditLine {
    AuditLine {
        at: last_at.into(),
        event: entry.event.as_str(),
        provider_name: entry.provider.as_ref().map(|id| view::provider_name(config, id)),
        by: entry.actor,
    }
}

/// What the page offers. Each operation decides again.
fn acts(access: &ViewerAccess, account: &AccountDetails, role: Option<Role>) -> Vec<AdminAct> {
    let is_admin = access.admin().is_some();
    if access.helpdesk().is_none() || (role.is_some() && !is_admin) {
        return Vec::new();
    }
    let is_own = account.username == access.username;
    let offered = |act: &AdminAct| match act {
        AdminAct::EndSessions => true,
        AdminAct::Disable => account.disabled.is_none() && !is_own,
        AdminAct::Enable => account.disabled.is_some() && role.is_none(),
        AdminAct::GiveViewer => is_admin && !is_own && role != Some(Role::Viewer),
        AdminAct::GiveHelpdesk => is_admin && !is_own && role != Some(Role::Helpdesk),
        AdminAct::GiveAdmin => is_admin && !is_own && role != Some(Role::Admin),
        AdminAct::TakeRole => is_admin && !is_own && role.is_some(),
    };
    AdminAct::ALL.into_iter().filter(offered).collect()
}

/// A button on the page of an account.
pub struct ChangeAccount {
    id: AccountId,
    act: AdminAct,
}

impl FormFields for ChangeAccount {
    const NAMES: &'static [&'static str] = &[ID, "act"];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, act] = required_values(form, [ID, "act"]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name one account and one operation",
        })?;
        let act = AdminAct::ALL.into_iter().find(|known| known.as_str() == act);
        Ok(Self { id: AccountId::stored(id), act: act.ok_or("a form with an unknown operation")? })
    }
}

pub async fn change(State(web): State<Arc<Web>>, sent: OwnForm<ChangeAccount>) -> Response {
    let OwnForm { browser, fields: ChangeAccount { id, act }, .. } = sent;
    let access = match enter_by_form(&web, &browser, &path(&id, None)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let account = AccountRef::Id(id.clone());
    let done = match (act, access.helpdesk(), access.admin()) {
        (AdminAct::EndSessions, Some(helpdesk), _) => helpdesk.end_sessions(&account).await.map(drop),
        (AdminAct::Disable, Some(helpdesk), _) => helpdesk.disable_account(&account).await.map(drop),
        (AdminAct::Enable, Some(helpdesk), _) => helpdesk.enable_account(&account).await.map(drop),
        (AdminAct::GiveViewer, _, Some(admin)) => admin.assign_role(&account, Role::Viewer).await.map(drop),
        (AdminAct::GiveHelpdesk, _, Some(admin)) => admin.assign_role(&account, Role::Helpdesk).await.map(drop),
        (AdminAct::GiveAdmin, _, Some(admin)) => admin.assign_role(&account, Role::Admin).await.map(drop),
        (AdminAct::TakeRole, _, Some(admin)) => admin.withdraw_role(&account).await.map(drop),
        _ => Err(crate::accounts::NotAllowed::RoleNeeded(Role::Helpdesk).into()),
    };
    noticed(&web, &browser, done, |notice| path(&id, Some(notice))).await
}
