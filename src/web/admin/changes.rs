//! `/admin/account/change`: says what a change of an account would do, and does it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::change_form::{ChangeForm, Wanted};
use super::{
    accounts, enter, enter_by_form, failed, not_found, noticed, noticed_before_form, respond, within_return_to,
};
use crate::accounts::{AccountDetails, AccountError, AccountRef, Change, Identity, NotAllowed};
use crate::admin::ViewerAccess;
use crate::base::role::Role;
use crate::base::urls::ADMIN_CHANGE;
use crate::broker::LiveConfig;
use crate::signin::app::SubjectClaim;
use crate::signin::identify::IdentityKey;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::own_form::{FormFields as _, OwnForm};
use crate::web::pages::{AdminChangePage, AdminNotice, ChangeKind, ChangedIdentity, MethodLeft};
use crate::web::response::see_other;

/// Whether a change is only tried.
#[derive(Clone, Copy)]
enum Mode {
    DryRun,
    Write,
}

/// What a change does, or would do.
struct Effect {
    change: Change,
    sessions_ended: u64,
}

/// An account whose change can be tried.
struct Prepared {
    account: AccountDetails,
    wanted: Wanted,
    /// The other sign-in methods of the account, if one is to be unlinked.
    left: Vec<MethodLeft>,
}

/// Says what the change would do: does the same within a transaction that is rolled back.
pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let Ok(form) = ChangeForm::read(&browser.query) else { return not_found(&web, &browser).await };
    let access = match enter(&web, &browser, &way_back(&form)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let prepared = match prepare(&web, &browser, &access, &form).await {
        Ok(prepared) => prepared,
        Err(response) => return response,
    };
    match run(&access, &form, &prepared.wanted, Mode::DryRun).await {
        Ok(effect) => {
            let path = form.path();
            respond(&web, &browser, &change_page(&browser.config, form, prepared, &effect), Some(&path))
        }
        Err(why) => {
            let path = |notice| accounts::path(&form.id, Some(notice));
            noticed_before_form(&web, &browser, why, &way_back(&form), path).await
        }
    }
}

pub async fn apply(State(web): State<Arc<Web>>, sent: OwnForm<ChangeForm>) -> Response {
    let OwnForm { browser, fields: form, .. } = sent;
    let access = match enter_by_form(&web, &browser, &way_back(&form)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let prepared = match prepare(&web, &browser, &access, &form).await {
        Ok(prepared) => prepared,
        Err(response) => return response,
    };
    // The operation checks the version, so the account has the identities that were counted here.
    if access.admin().is_some() && prepared.is_last() && !form.is_sure {
        return see_other(&form.path());
    }
    let done = run(&access, &form, &prepared.wanted, Mode::Write).await;
    noticed(&web, &browser, done, |notice| accounts::path(&form.id, Some(notice))).await
}

/// Where a sign-in leads that is needed first.
fn way_back(form: &ChangeForm) -> String {
    within_return_to(form.path(), || accounts::path(&form.id, None))
}

/// What the page of the account says if the value of the form can't be used.
const fn unusable(kind: ChangeKind) -> AdminNotice {
    match kind {
        ChangeKind::Join => AdminNotice::BadGroup,
        ChangeKind::Link => AdminNotice::BadIdentity,
        // The account no longer has it.
        ChangeKind::Leave | ChangeKind::Unlink => AdminNotice::ChangedMeanwhile,
        ChangeKind::Rename => AdminNotice::BadName,
    }
}

async fn prepare(web: &Web, browser: &Browser, access: &ViewerAccess, form: &ChangeForm) -> Result<Prepared, Response> {
    let read = async {
        let account = access.account(&AccountRef::Id(form.id.clone())).await?;
        let has_password = access.has_password(&account).await?;
        Ok((account, has_password))
    };
    let (account, has_password) = match read.await {
        Ok(read) => read,
        Err(AccountError::Store(why)) => return Err(failed(web, browser, why).await),
        Err(_) => return Err(not_found(web, browser).await),
    };
    let Some(wanted) = form.wanted(&browser.config, &account) else {
        return Err(see_other(&accounts::path(&form.id, Some(unusable(form.kind)))));
    };
    let left = match &wanted {
        Wanted::Unlink(key) => methods_left(&browser.config, &account, has_password, key),
        Wanted::Join(_) | Wanted::Leave(_) | Wanted::Link { .. } | Wanted::Rename(_) => Vec::new(),
    };
    Ok(Prepared { account, wanted, left })
}

fn methods_left(
    config: &LiveConfig,
    account: &AccountDetails,
    has_password: bool,
    without: &IdentityKey,
) -> Vec<MethodLeft> {
    let local = config.local_password_of(&account.id);
    let works = |key: &IdentityKey| config.accepts(key) && (has_password || Some(key) != local.as_ref());
    let others = account.identities.iter().flatten().filter(|identity| identity.key() != *without);
    let left = |identity: &Identity| MethodLeft {
        provider_name: view::provider_name(config, &identity.provider),
        subject: view::exact(identity.subject.as_str()),
        works: works(&identity.key()),
    };
    others.map(left).collect()
}

impl Prepared {
    /// Whether no sign-in method of the account works after the change.
    fn is_last(&self) -> bool {
        matches!(self.wanted, Wanted::Unlink(_)) && !self.left.iter().any(|method| method.works)
    }
}

async fn run(access: &ViewerAccess, form: &ChangeForm, wanted: &Wanted, mode: Mode) -> Result<Effect, AccountError> {
    let Some(admin) = access.admin() else { return Err(NotAllowed::RoleNeeded(Role::Admin).into()) };
    let (changes, account) = (admin.changes(form.version), AccountRef::Id(form.id.clone()));
    let changes = match mode {
        Mode::DryRun => changes.as_dry_run(),
        Mode::Write => changes,
    };
    let without_sessions = |change| Effect { change, sessions_ended: 0 };
    Ok(match wanted {
        Wanted::Join(group) => without_sessions(changes.join(&account, group).await?.change),
        Wanted::Leave(group) => without_sessions(changes.leave(&account, group).await?.change),
        Wanted::Link { key, subject_source } => {
            let linked = changes.link_identity(&account, key, subject_source).await?;
            Effect { change: linked.change, sessions_ended: linked.sessions_ended }
        }
        Wanted::Unlink(key) => {
            let unlinked = changes.unlink_identity(key).await?;
            Effect { change: Change::Done, sessions_ended: unlinked.sessions_ended }
        }
        Wanted::Rename(name) => without_sessions(changes.change_name(&account, name).await?.change),
    })
}

fn change_page(config: &LiveConfig, form: ChangeForm, prepared: Prepared, effect: &Effect) -> AdminChangePage {
    let is_last = prepared.is_last();
    let Prepared { account, wanted, left } = prepared;
    let identity = match &wanted {
        Wanted::Link { key, .. } | Wanted::Unlink(key) => Some(changed_identity(config, &account, key)),
        Wanted::Join(_) | Wanted::Leave(_) | Wanted::Rename(_) => None,
    };
    let knows_names = |app: &crate::signin::app::App| app.kind.subject == SubjectClaim::Username;
    let apps = match &wanted {
        Wanted::Rename(_) => config.enabled_apps().into_iter().filter(|app| knows_names(app)).collect(),
        Wanted::Join(_) | Wanted::Leave(_) | Wanted::Link { .. } | Wanted::Unlink(_) => Vec::new(),
    };
    AdminChangePage {
        kind: form.kind,
        username: account.username.to_string(),
        version: form.version,
        identity,
        is_so_already: effect.change == Change::Already,
        sessions_ended: effect.sessions_ended,
        left,
        is_last,
        apps: apps.into_iter().map(|app| app.name.clone()).collect(),
        action: ADMIN_CHANGE.to_owned(),
        account_href: accounts::path(&form.id, None),
        id: form.id.to_string(),
        value: form.value,
    }
}

fn changed_identity(config: &LiveConfig, account: &AccountDetails, key: &IdentityKey) -> ChangedIdentity {
    let linked = account.identities.iter().flatten().find(|identity| identity.key() == *key);
    let name = linked.and_then(|identity| identity.profile.as_ref()?.name.as_deref());
    ChangedIdentity {
        provider_name: view::provider_name(config, &key.provider),
        issuer: view::exact(key.issuer.as_str()),
        subject: view::exact(key.subject.as_str()),
        name_there: name.map(view::shortened),
    }
}
