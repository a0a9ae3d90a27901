//! `/admin/account/session`: ends one session of an account.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{ID, accounts, enter_by_form, noticed};
use crate::accounts::{AccountRef, NotAllowed};
use crate::base::ids::{AccountId, Sid};
use crate::base::parameters::Parameters;
use crate::base::role::Role;
use crate::web::Web;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};

/// The button beside a session.
pub struct EndOneSession {
    id: AccountId,
    sid: Sid,
}

impl FormFields for EndOneSession {
    const NAMES: &'static [&'static str] = &[ID, "sid"];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, sid] = required_values(form, [ID, "sid"]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name one account and one session",
        })?;
        let sid = sid.parse().map_err(|_| "a form with something that is no id of a session")?;
        Ok(Self { id: AccountId::stored(id), sid })
    }
}

/// If the session has ended, or belongs to another account, nothing happens.
pub async fn end(State(web): State<Arc<Web>>, sent: OwnForm<EndOneSession>) -> Response {
    let OwnForm { browser, fields: EndOneSession { id, sid }, .. } = sent;
    let access = match enter_by_form(&web, &browser, &accounts::path(&id, None)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let account = AccountRef::Id(id.clone());
    let done = match access.helpdesk() {
        Some(helpdesk) => helpdesk.end_one_session(&account, &sid).await.map(drop),
        None => Err(NotAllowed::RoleNeeded(Role::Helpdesk).into()),
    };
    noticed(&web, &browser, done, |notice| accounts::path(&id, Some(notice))).await
}
