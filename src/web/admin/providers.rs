//! `/admin/providers`: what depends on each provider. `/admin/provider`: suspends one, or resumes it.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{ID, enter, enter_by_form, failed, not_found, notice, noticed, parameter, path_with, respond};
use crate::accounts::NotAllowed;
use crate::admin::ViewerAccess;
use crate::base::ids::ProviderId;
use crate::base::parameters::Parameters;
use crate::base::role::Role;
use crate::base::urls::{ADMIN, ADMIN_PROVIDER, ADMIN_PROVIDERS};
use crate::broker::LiveConfig;
use crate::store::{ProviderUse, StoreError, Suspension, UsableProviders};
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::own_form::{FieldError, FormFields, OwnForm, required_values};
use crate::web::pages::{
    AdminNotice, AdminProviderPage, AdminProvidersPage, Day, MethodState, ProviderAct, ProviderRow, SuspendedRow,
};

const ACT: &str = "act";
const WHY: &str = "why";
/// The most characters of a reason.
const MAX_WHY: usize = 500;

/// The page of a provider.
pub fn path(id: &ProviderId, notice: Option<AdminNotice>) -> String {
    path_with(ADMIN_PROVIDER, id.as_str(), notice)
}

pub async fn list(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let access = match enter(&web, &browser, ADMIN_PROVIDERS).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match rows(&browser.config, &access).await {
        Ok(providers) => {
            let page = AdminProvidersPage { providers, admin_href: ADMIN.to_owned() };
            respond(&web, &browser, &page, Some(ADMIN_PROVIDERS))
        }
        Err(why) => failed(&web, &browser, why).await,
    }
}

/// The providers of the config in its order, and then those that only the database has.
async fn rows(config: &LiveConfig, access: &ViewerAccess) -> Result<Vec<ProviderRow>, StoreError> {
    let (uses, suspensions) = (access.provider_uses().await?, access.suspensions().await?);
    let configured: Vec<&ProviderId> = config.providers().map(|provider| &provider.id).collect();
    let others: BTreeSet<&ProviderId> = uses.keys().chain(suspensions.iter().map(|it| &it.provider)).collect();
    let others = others.into_iter().filter(|id| !configured.contains(id));
    let row = |id: &ProviderId| {
        let suspension = suspensions.iter().find(|it| it.provider == *id);
        row(config, id, uses.get(id).copied().unwrap_or_default(), suspension)
    };
    Ok(configured.iter().copied().chain(others).map(row).collect())
}

fn row(config: &LiveConfig, id: &ProviderId, of_provider: ProviderUse, suspension: Option<&Suspension>) -> ProviderRow {
    ProviderRow {
        href: path(id, None),
        id: id.to_string(),
        name: view::provider_name(config, id),
        state: match config.provider(id) {
            Some(provider) if provider.enabled => MethodState::On,
            Some(_) => MethodState::Off,
            None => MethodState::Gone,
        },
        links: of_provider.links,
        sessions: of_provider.sessions,
        last_sign_in: of_provider.last_sign_in.map(Day::from),
        suspended: suspension.map(|it| SuspendedRow {
            since: it.at.into(),
            by: it.by.clone(),
            why: it.why.as_deref().map(view::shortened),
        }),
    }
}

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let id = parameter(&browser, ID).and_then(|id| id.parse::<ProviderId>().ok());
    let Some(id) = id else { return not_found(&web, &browser).await };
    let own_path = path(&id, None);
    let access = match enter(&web, &browser, &own_path).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match provider_page(&browser, &access, &id).await {
        Ok(Some(shown)) => respond(&web, &browser, &shown, Some(&own_path)),
        Ok(None) => not_found(&web, &browser).await,
        Err(why) => failed(&web, &browser, why).await,
    }
}

/// `None`: neither the config nor the database has this provider.
async fn provider_page(
    browser: &Browser,
    access: &ViewerAccess,
    id: &ProviderId,
) -> Result<Option<AdminProviderPage>, StoreError> {
    let config = &browser.config;
    let rows = rows(config, access).await?;
    let Some(provider) = rows.into_iter().find(|row| row.id == id.as_str()) else { return Ok(None) };
    let (enabled, local) = usable(config);
    let usable = UsableProviders { enabled: &enabled, local_passwords: local.as_ref() };
    let act = if provider.suspended.is_some() { ProviderAct::Resume } else { ProviderAct::Suspend };
    Ok(Some(AdminProviderPage {
        without_other: access.effect_of_suspension(id, usable).await?.accounts_without_other_method,
        is_own: access.provider == *id,
        provider,
        notice: notice(browser),
        act: access.admin().map(|_| act),
        action: ADMIN_PROVIDER.to_owned(),
        providers_href: ADMIN_PROVIDERS.to_owned(),
    }))
}

/// The providers that are on, and the one that checks local passwords.
fn usable(config: &LiveConfig) -> (Vec<ProviderId>, Option<ProviderId>) {
    let enabled = config.providers().filter(|provider| provider.enabled).map(|provider| provider.id.clone());
    (enabled.collect(), config.local_provider().map(|provider| provider.id.clone()))
}

/// The button on the page of a provider.
pub struct ChangeProvider {
    id: ProviderId,
    act: ProviderAct,
    why: Option<String>,
}

impl FormFields for ChangeProvider {
    const NAMES: &'static [&'static str] = &[ID, ACT, WHY];

    fn read(form: &Parameters) -> Result<Self, &'static str> {
        let [id, act] = required_values(form, [ID, ACT]).map_err(|error| match error {
            FieldError::NotUtf8 => "a form that is not UTF-8",
            FieldError::Missing => "a form that does not name one provider and one operation",
        })?;
        let act = ProviderAct::ALL.into_iter().find(|known| known.as_str() == act);
        let why = form.pairs().iter().find(|(name, _)| name == WHY).map(|(_, why)| why.trim());
        Ok(Self {
            id: id.parse().map_err(|_| "a form with something that is no id of a provider")?,
            act: act.ok_or("a form with an unknown operation")?,
            why: why.filter(|why| !why.is_empty()).map(|why| why.chars().take(MAX_WHY).collect()),
        })
    }
}

pub async fn change(State(web): State<Arc<Web>>, sent: OwnForm<ChangeProvider>) -> Response {
    let OwnForm { browser, fields: ChangeProvider { id, act, why }, .. } = sent;
    let access = match enter_by_form(&web, &browser, &path(&id, None)).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match provider_page(&browser, &access, &id).await {
        Ok(Some(_)) => {}
        Ok(None) => return not_found(&web, &browser).await,
        Err(why) => return failed(&web, &browser, why).await,
    }
    let (enabled, local) = usable(&browser.config);
    let usable = UsableProviders { enabled: &enabled, local_passwords: local.as_ref() };
    let done = match (access.admin(), act) {
        (Some(admin), ProviderAct::Suspend) => admin.stop_provider(&id, why, usable).await.map(drop),
        (Some(admin), ProviderAct::Resume) => admin.start_provider(&id).await.map(drop),
        (None, _) => Err(NotAllowed::RoleNeeded(Role::Admin).into()),
    };
    noticed(&web, &browser, done, |notice| path(&id, Some(notice))).await
}
