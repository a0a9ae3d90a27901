//! `/admin/account/merge` and `/admin/account/undo`: say what a merge of two accounts or its undoing would do, and do
//! it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::merge_form::{INTO, MergeForm, OPERATION, UndoForm, VERSION};
use super::{ID, accounts, enter, enter_by_form, not_found, noticed, noticed_before_form, respond};
use crate::accounts::{AccountError, AccountRef, MergeUndone, Merged, MovedIdentity, NotAllowed};
use crate::admin::ViewerAccess;
use crate::base::ids::AccountId;
use crate::base::role::Role;
use crate::base::urls::{ADMIN_MERGE, ADMIN_UNDO};
use crate::broker::LiveConfig;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::own_form::{FormFields as _, OwnForm};
use crate::web::pages::{AdminMergePage, AdminNotice, MergeKind, MovedMethod};
use crate::web::response::see_other;

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let Ok(form) = MergeForm::read(&browser.query) else { return not_found(&web, &browser).await };
    let access = match enter(&web, &browser, &form.way_back()).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let tried = async {
        let admin = access.admin().ok_or(NotAllowed::RoleNeeded(Role::Admin))?;
        let into = target(&access, &form.into).await?;
        admin.trying_to_merge().merge_into(&form.from(), form.version, &into, browser.config.as_ref()).await
    };
    match tried.await {
        Ok(merged) => {
            let path = form.path();
            respond(&web, &browser, &merge_page(&browser.config, &form, &merged), Some(&path))
        }
        Err(AccountError::NoSuchAccount(_)) => see_other(&accounts::path(&form.id, Some(AdminNotice::NoAccount))),
        Err(why) => {
            let path = |notice| accounts::path(&form.id, Some(notice));
            noticed_before_form(&web, &browser, why, &form.way_back(), path).await
        }
    }
}

pub async fn merge(State(web): State<Arc<Web>>, sent: OwnForm<MergeForm>) -> Response {
    let OwnForm { browser, fields: form, .. } = sent;
    let access = match enter_by_form(&web, &browser, &form.way_back()).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    if !form.is_sure {
        return see_other(&form.path());
    }
    let done = async {
        let admin = access.admin().ok_or(NotAllowed::RoleNeeded(Role::Admin))?;
        // The page named the account by its id: another one may have the name by now.
        let into = AccountRef::Id(AccountId::stored(form.into.clone()));
        admin.merging().merge_into(&form.from(), form.version, &into, browser.config.as_ref()).await
    };
    let done = done.await;
    let stays = AccountId::stored(form.into.clone());
    let shown = if done.is_ok() { &stays } else { &form.id };
    noticed(&web, &browser, done, |notice| accounts::path(shown, Some(notice))).await
}

pub async fn show_undo(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let Ok(form) = UndoForm::read(&browser.query) else { return not_found(&web, &browser).await };
    let access = match enter(&web, &browser, &form.path()).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let tried = async {
        let admin = access.admin().ok_or(NotAllowed::RoleNeeded(Role::Admin))?;
        admin.trying_to_merge().undo(&form.operation).await
    };
    match tried.await {
        Ok(undone) => {
            let path = form.path();
            respond(&web, &browser, &undo_page(&browser.config, &form, &undone), Some(&path))
        }
        Err(why) => {
            let path = |notice| accounts::path(&form.id, Some(notice));
            noticed_before_form(&web, &browser, why, &form.path(), path).await
        }
    }
}

pub async fn undo(State(web): State<Arc<Web>>, sent: OwnForm<UndoForm>) -> Response {
    let OwnForm { browser, fields: form, .. } = sent;
    let access = match enter_by_form(&web, &browser, &form.path()).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let done = match access.admin() {
        Some(admin) => admin.merging().undo(&form.operation).await,
        None => Err(NotAllowed::RoleNeeded(Role::Admin).into()),
    };
    noticed(&web, &browser, done, |notice| accounts::path(&form.id, Some(notice))).await
}

/// The account that an admin typed: by its username, or by its id.
async fn target(access: &ViewerAccess, typed: &str) -> Result<AccountRef, AccountError> {
    let typed = typed.trim();
    if let Ok(name) = typed.parse() {
        match access.account(&AccountRef::Name(name)).await {
            Ok(found) => return Ok(AccountRef::Id(found.id)),
            Err(AccountError::NoSuchAccount(_)) => {}
            Err(why) => return Err(why),
        }
    }
    Ok(AccountRef::Id(access.account(&AccountRef::Id(AccountId::stored(typed.to_owned()))).await?.id))
}

fn merge_page(config: &LiveConfig, form: &MergeForm, merged: &Merged) -> AdminMergePage {
    AdminMergePage {
        kind: MergeKind::Merge,
        from: merged.from.username.to_string(),
        into: merged.into.username.to_string(),
        moved: merged.identities.iter().map(|identity| method(config, identity)).collect(),
        left: Vec::new(),
        groups: merged.groups_gained.iter().map(ToString::to_string).collect(),
        addresses: merged.addresses_gained.iter().map(|it| it.address.to_string()).collect(),
        password_unused: merged.password_unused,
        sessions_ended: merged.sessions_ended,
        undo_until: Some(merged.undo_until.into()),
        action: ADMIN_MERGE.to_owned(),
        fields: vec![
            (ID.to_owned(), form.id.to_string()),
            (VERSION.to_owned(), form.version.to_string()),
            (INTO.to_owned(), merged.into.id.to_string()),
        ],
        account_href: accounts::path(&form.id, None),
    }
}

fn undo_page(config: &LiveConfig, form: &UndoForm, undone: &MergeUndone) -> AdminMergePage {
    AdminMergePage {
        kind: MergeKind::Undo,
        from: undone.from.username.to_string(),
        into: undone.into.username.to_string(),
        moved: undone.identities.iter().map(|identity| method(config, identity)).collect(),
        left: undone.identities_left.iter().map(|identity| method(config, identity)).collect(),
        groups: undone.groups_lost.iter().map(ToString::to_string).collect(),
        addresses: undone.addresses_lost.iter().map(|it| it.address.to_string()).collect(),
        password_unused: false,
        sessions_ended: undone.sessions_ended,
        undo_until: None,
        action: ADMIN_UNDO.to_owned(),
        fields: vec![(ID.to_owned(), form.id.to_string()), (OPERATION.to_owned(), form.operation.to_string())],
        account_href: accounts::path(&form.id, None),
    }
}

fn method(config: &LiveConfig, identity: &MovedIdentity) -> MovedMethod {
    MovedMethod {
        provider_name: view::provider_name(config, &identity.provider),
        subject: identity.subject.to_string(),
    }
}
