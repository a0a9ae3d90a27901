//! `/admin/request`: one access request, and the decision about it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{ID, enter, enter_by_form, failed, not_found, notice, noticed, parameter, request_path, respond};
use crate::accounts::NotAllowed;
use crate::admin::ViewerAccess;
use crate::base::ids::AccessRequestId;
use crate::base::parameters::Parameters;
use crate::base::role::Role;
use crate::base::urls::{ADMIN, ADMIN_REQUEST, ADMIN_REQUEST_LINK};
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::store::AccessRequest;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};
use crate::web::pages::{AdminNotice, AdminRequestPage, DecisionKind};
use crate::web::response::see_other;

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let Some(id) = parameter(&browser, ID).and_then(|id| id.parse::<AccessRequestId>().ok()) else {
        return not_found(&web, &browser).await;
    };
    let own_path = request_path(&id, None);
    let access = match enter(&web, &browser, &own_path).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match access.access_request(&id).await {
        Ok(Some(request)) => respond(&web, &browser, &request_page(&browser, &access, request), Some(&own_path)),
        Ok(None) => not_found(&web, &browser).await,
        Err(why) => failed(&web, &browser, why).await,
    }
}

fn request_page(browser: &Browser, access: &ViewerAccess, request: AccessRequest) -> AdminRequestPage {
    let config = &browser.config;
    let waits = request.state == AccessState::Waiting;
    let may = |decision: &DecisionKind| match decision {
        DecisionKind::LetIn => access.admin().is_some() && request.wished.is_some(),
        DecisionKind::LetProve | DecisionKind::Refuse => access.helpdesk().is_some(),
    };
    let decisions = if waits { DecisionKind::ALL.into_iter().filter(may).collect() } else { Vec::new() };
    AdminRequestPage {
        link_action: (waits && access.admin().is_some()).then(|| ADMIN_REQUEST_LINK.to_owned()),
        decisions,
        id: request.id.to_string(),
        provider_name: view::provider_name(config, &request.provider),
        subject: view::exact(request.subject.as_str()),
        name: request.profile.name.map(|name| view::shortened(&name)),
        email: request.profile.email.map(|email| view::shortened(&email.address)),
        wished: request.wished.map(|name| name.to_string()),
        message: request.message.to_string(),
        app_name: request.app.map(|app| view::app_name(config, &app)),
        first_on: request.first_at.into(),
        count: request.count,
        waits,
        notice: notice(browser),
        action: ADMIN_REQUEST.to_owned(),
        admin_href: ADMIN.to_owned(),
    }
}

/// A button on the page of a request.
pub struct Decide {
    id: AccessRequestId,
    decision: DecisionKind,
    /// `None`: it is too long.
    note: Option<RequestText>,
}

impl FormFields for Decide {
    const NAMES: &'static [&'static str] = &[ID, "decision", "note"];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, decision, note] = required_values(form, [ID, "decision", "note"]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name one request and one decision",
        })?;
        let decision = DecisionKind::ALL.into_iter().find(|known| known.as_str() == decision);
        Ok(Self {
            id: id.parse().map_err(|_| "a form with something that is no id of a request")?,
            decision: decision.ok_or("a form with an unknown decision")?,
            note: RequestText::parse(&note).ok(),
        })
    }
}

pub async fn decide(State(web): State<Arc<Web>>, sent: OwnForm<Decide>) -> Response {
    let OwnForm { browser, fields: Decide { id, decision, note }, .. } = sent;
    let access = match enter_by_form(&web, &browser, &request_path(&id, None)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    let done = match (decision, access.helpdesk(), access.admin()) {
        (DecisionKind::LetProve, Some(helpdesk), _) => helpdesk.let_prove(&id).await.map(drop),
        (DecisionKind::LetIn, _, Some(admin)) => admin.let_in(&id).await.map(drop),
        (DecisionKind::Refuse, Some(helpdesk), _) => match note.filter(|note| !note.is_empty()) {
            Some(note) => helpdesk.refuse_access(&id, &note).await.map(drop),
            None => return see_other(&request_path(&id, Some(AdminNotice::NoName))),
        },
        _ => Err(NotAllowed::RoleNeeded(Role::Helpdesk).into()),
    };
    noticed(&web, &browser, done, |notice| request_path(&id, Some(notice))).await
}
