//! `/admin/search`: finds accounts, and refusals by their reference codes.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{accounts, change_form, enter, failed, parameter, providers, respond};
use crate::accounts::{AccountError, AccountRef};
use crate::admin::{AdminError, FoundAccount, FoundRefusal, SearchPage, ViewerAccess};
use crate::base::ids::Group;
use crate::base::urls::{ADMIN, ADMIN_SEARCH, query};
use crate::broker::LiveConfig;
use crate::store::StoreError;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::pages::{AdminSearchPage, ChangeKind, FoundLine, Mend, MendKind, RefusalLine};
use crate::web::response::see_other;

const QUERY: &str = "q";
const AFTER: &str = "after";
/// The most groups that the page of a refusal offers.
const MOST_GROUPS: usize = 8;

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let text = parameter(&browser, QUERY).unwrap_or_default().trim();
    let own_path = path(text, None);
    let access = match enter(&web, &browser, &own_path).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match access.search(text, parameter(&browser, AFTER)).await {
        Ok(found) => match mends(&browser.config, &access, found.refusal.as_ref()).await {
            Ok(mends) => respond(&web, &browser, &search_page(&browser.config, text, found, mends), Some(&own_path)),
            Err(why) => failed(&web, &browser, why).await,
        },
        Err(AdminError::Store(why)) => failed(&web, &browser, why).await,
        // Nothing to look for, or the next page of another search.
        Err(_) => see_other(ADMIN),
    }
}

fn path(text: &str, after: Option<&str>) -> String {
    let after = after.map(|after| (AFTER, after));
    let parameters: Vec<_> = [(QUERY, text)].into_iter().chain(after).collect();
    format!("{ADMIN_SEARCH}?{}", query(&parameters))
}

fn search_page(config: &LiveConfig, text: &str, found: SearchPage, mends: Vec<Mend>) -> AdminSearchPage {
    AdminSearchPage {
        query: text.to_owned(),
        search_action: ADMIN_SEARCH.to_owned(),
        refusal: found.refusal.map(|refusal| refusal_line(config, refusal, mends)),
        accounts: found.accounts.into_iter().map(found_line).collect(),
        next_href: found.next.map(|next| path(text, Some(&next))),
        is_incomplete: !found.complete,
        admin_href: ADMIN.to_owned(),
    }
}

fn refusal_line(config: &LiveConfig, refusal: FoundRefusal, mends: Vec<Mend>) -> RefusalLine {
    RefusalLine {
        code: refusal.code.to_string(),
        at: refusal.at.into(),
        cause: refusal.cause,
        app_name: refusal.app.map(|app| view::app_name(config, &app)),
        provider_name: refusal.provider.map(|provider| view::provider_name(config, &provider)),
        mends,
    }
}

/// The pages that mend the cause of a refusal. Only what the viewer may do.
async fn mends(
    config: &LiveConfig,
    access: &ViewerAccess,
    refusal: Option<&FoundRefusal>,
) -> Result<Vec<Mend>, StoreError> {
    let Some(FoundRefusal { cause: Some(cause), app, provider, account, .. }) = refusal else { return Ok(Vec::new()) };
    let account = match account {
        Some(id) => match access.account(&AccountRef::Id(id.clone())).await {
            Ok(account) => Some(account),
            Err(AccountError::Store(why)) => return Err(why),
            // It was removed since then.
            Err(_) => None,
        },
        None => None,
    };
    let (name, group) = (|text: &dyn std::fmt::Display| text.to_string(), String::new());
    Ok(match (cause.as_str(), account, provider) {
        ("not_permitted", Some(account), _) if access.admin().is_some() => {
            let app = app.as_ref().and_then(|app| config.app(app));
            let wanted = app.iter().flat_map(|app| &app.rules).flat_map(|rule| rule.groups.iter().flatten());
            let wanted: BTreeSet<&Group> = wanted.filter(|group| !account.groups.contains(*group)).collect();
            let join = |group: &Group| Mend {
                kind: MendKind::Join,
                name: name(&account.username),
                group: group.to_string(),
                href: change_form::path(&account.id, account.version, ChangeKind::Join, group.as_str()),
            };
            wanted.into_iter().take(MOST_GROUPS).map(join).collect()
        }
        ("account_disabled", Some(account), _) if account.disabled.is_some() && access.helpdesk().is_some() => {
            let href = accounts::path(&account.id, None);
            vec![Mend { kind: MendKind::Enable, name: name(&account.username), group, href }]
        }
        ("provider_suspended", _, Some(provider)) if access.admin().is_some() => {
            let href = providers::path(provider, None);
            vec![Mend { kind: MendKind::Resume, name: view::provider_name(config, provider), group, href }]
        }
        _ => Vec::new(),
    })
}

fn found_line(account: FoundAccount) -> FoundLine {
    FoundLine {
        href: accounts::path(&account.id, None),
        username: account.username.to_string(),
        name: account.name.map(|name| view::shortened(&name)),
        email: account.email.map(|email| view::shortened(&email)),
        is_disabled: account.disabled,
        last_used: account.last_sign_in.as_deref().and_then(view::day),
    }
}
