//! `/admin/invitation`: makes the person who has the address an admin.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{enter_by_form, failed, parameter, respond};
use crate::accounts::AccountError;
use crate::base::parameters::Parameters;
use crate::base::urls::{ACCOUNT, ADMIN, ADMIN_INVITATION, admin_invitation_path, own_auth_path};
use crate::broker::SignedIn;
use crate::signin::account::Account;
use crate::signin::arrive::Prompt;
use crate::web::Web;
use crate::web::account::sign_in_again::after_form;
use crate::web::browser::Browser;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};
use crate::web::pages::InvitationPage;
use crate::web::refusal::refusal_response;
use crate::web::response::see_other;

const CODE: &str = "code";

/// Opening the address uses nothing up: programs that scan mails open addresses, too.
pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let code = parameter(&browser, CODE).unwrap_or_default();
    match owner(&web, &browser, code, |back| see_other(&own_auth_path(&[("return_to", back)]))).await {
        Ok(account) => respond_about(&web, &browser, &account, code).await,
        Err(response) => response,
    }
}

/// The person of this browser's session. Otherwise the response asks them to sign in, and leads back.
async fn owner(
    web: &Web,
    browser: &Browser,
    code: &str,
    sign_in: impl Fn(&str) -> Response,
) -> Result<Account, Response> {
    match web.broker.signed_in(&browser.config, &browser.visitor).await {
        Ok(Some(SignedIn { person, .. })) => Ok(person.account),
        Ok(None) => Err(sign_in(&admin_invitation_path(code))),
        Err(refusal) => Err(refusal_response(web, browser, refusal).await),
    }
}

async fn respond_about(web: &Web, browser: &Browser, account: &Account, code: &str) -> Response {
    let is_valid = match web.admin.is_invitation(code).await {
        Ok(is_valid) => is_valid,
        Err(why) => return failed(web, browser, why).await,
    };
    let page = InvitationPage {
        username: account.username.to_string(),
        is_valid,
        code: code.to_owned(),
        action: ADMIN_INVITATION.to_owned(),
        account_href: ACCOUNT.to_owned(),
    };
    respond(web, browser, &page, None)
}

/// The button of that page.
pub struct AcceptInvitation {
    code: String,
}

impl FormFields for AcceptInvitation {
    const NAMES: &'static [&'static str] = &[CODE];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [code] = required_values(form, [CODE]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form without an invitation",
        })?;
        Ok(Self { code })
    }
}

pub async fn accept(State(web): State<Arc<Web>>, sent: OwnForm<AcceptInvitation>) -> Response {
    let OwnForm { browser, fields: AcceptInvitation { code }, .. } = sent;
    let account = match owner(&web, &browser, &code, |back| after_form(Prompt::AsNeeded, back)).await {
        Ok(account) => account,
        Err(response) => return response,
    };
    let (session, network) = (browser.visitor.session, browser.visitor.network.clone());
    match web.admin.accept_invitation(&account.id, session, network, &code).await {
        Ok(_) => enter_by_form(&web, &browser, ADMIN).await.map_or_else(|response| response, |_| see_other(ADMIN)),
        Err(AccountError::Store(why)) => failed(&web, &browser, why).await,
        Err(_) => respond_about(&web, &browser, &account, &code).await,
    }
}
