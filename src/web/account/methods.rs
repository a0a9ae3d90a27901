//! `/account/methods/remove`: asks before a sign-in method is removed, and removes it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::sign_in_again::after_form;
use super::{fresh_sender, own_path, sign_in};
use crate::base::parameters::Parameters;
use crate::base::urls::{ACCOUNT, METHOD_REMOVAL, own_auth_path, query};
use crate::broker::{Cause, Context, MethodRemoval, OwnMethod, Refusal, WhyStays};
use crate::signin::arrive::Prompt;
use crate::signin::identify::IdentityKey;
use crate::web::Web;
use crate::web::browser::Browser;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};
use crate::web::pages::{Done, MethodRemovalPage, StaysKind};
use crate::web::refusal::refusal_response;
use crate::web::response::{PageResponse, page, see_other};
use crate::web::security_headers::Policy;

/// The name of the parameter and of the field.
const METHOD: &str = "method";

/// The page that asks before this method is removed.
pub fn path(key: &IdentityKey) -> String {
    path_of(&key.tag())
}

fn path_of(tag: &str) -> String {
    format!("{METHOD_REMOVAL}?{}", query(&[(METHOD, tag)]))
}

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    match try_show(&web, &browser).await {
        Ok(response) => response,
        Err(refusal) => refusal_response(&web, &browser, refusal).await,
    }
}

async fn try_show(web: &Web, browser: &Browser) -> Result<Response, Refusal> {
    let tag = browser.query.pairs().iter().find(|(name, _)| name == METHOD).map(|(_, value)| value.as_str());
    let tag = tag.unwrap_or_default();
    let Some(signed_in) = web.broker.signed_in(&browser.config, &browser.visitor).await? else { return Ok(sign_in()) };
    let found = web.broker.own_method(&browser.config, &signed_in, tag).await?;
    let Some(OwnMethod { identity, stays }) = found else {
        return Err(Cause::PageNotFound.refuse(Context::default()));
    };
    let profile = identity.profile.unwrap_or_default();
    let provider = browser.config.provider(&identity.key.provider);
    let own_path = path_of(tag);
    let page_data = MethodRemovalPage {
        provider_name: provider.map_or_else(|| identity.key.provider.to_string(), |provider| provider.name.clone()),
        says: profile.name.or(profile.email.map(|email| email.address)),
        linked_on: identity.created_at.into(),
        stays: stays.map(|why| match why {
            WhyStays::Last => StaysKind::Last,
            WhyStays::InUse => StaysKind::InUse,
        }),
        action: METHOD_REMOVAL.to_owned(),
        method: tag.to_owned(),
        account_href: ACCOUNT.to_owned(),
        sign_in_href: own_auth_path(&[("prompt", "login"), ("return_to", &own_path)]),
    };
    let (status, policy, page_path) = (StatusCode::OK, Policy::Form, Some(own_path.as_str()));
    Ok(page(web, browser, &PageResponse { status, page: &page_data, policy, page_path }))
}

/// The button of that page.
pub struct RemoveMethod {
    tag: String,
}

impl FormFields for RemoveMethod {
    const NAMES: &'static [&'static str] = &[METHOD];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [tag] = required_values(form, [METHOD]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form whose sign-in method is not UTF-8",
            FieldError::Missing => "a form that does not name one sign-in method",
        })?;
        Ok(Self { tag })
    }
}

pub async fn remove(State(web): State<Arc<Web>>, sent: OwnForm<RemoveMethod>) -> Response {
    let OwnForm { browser, fields: RemoveMethod { tag }, .. } = sent;
    if let Err(response) = fresh_sender(&web, &browser, &path_of(&tag)).await {
        return response;
    }
    match try_remove(&web, &browser, &tag).await {
        Ok(response) => response,
        Err(refusal) => refusal_response(&web, &browser, refusal).await,
    }
}

async fn try_remove(web: &Web, browser: &Browser, tag: &str) -> Result<Response, Refusal> {
    let (config, visitor) = (&browser.config, &browser.visitor);
    let Some(signed_in) = web.broker.signed_in(config, visitor).await? else {
        return Ok(after_form(Prompt::AsNeeded, ACCOUNT));
    };
    // A second press finds nothing to remove.
    let Some(method) = web.broker.own_method(config, &signed_in, tag).await? else {
        return Ok(see_other(&own_path(Done::MethodRemoved)));
    };
    Ok(match web.broker.remove_own_method(config, &signed_in, &method.identity.key, visitor).await? {
        MethodRemoval::Removed => see_other(&own_path(Done::MethodRemoved)),
        // The page says why.
        MethodRemoval::Stays(_) => see_other(&path_of(tag)),
        MethodRemoval::NotSignedIn => after_form(Prompt::AsNeeded, ACCOUNT),
    })
}
