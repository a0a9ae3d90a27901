//! `/admin/search`: finds accounts, and refusals by their reference codes.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use super::{accounts, enter, failed, parameter, respond};
use crate::admin::{AdminError, FoundAccount, FoundRefusal, SearchPage};
use crate::base::urls::{ADMIN, ADMIN_SEARCH, query};
use crate::broker::LiveConfig;
use crate::web::Web;
use crate::web::account::view;
use crate::web::browser::Browser;
use crate::web::pages::{AdminSearchPage, FoundLine, RefusalLine};
use crate::web::response::see_other;

const QUERY: &str = "q";
const AFTER: &str = "after";

pub async fn show(State(web): State<Arc<Web>>, browser: Browser) -> Response {
    let text = parameter(&browser, QUERY).unwrap_or_default().trim();
    let own_path = path(text, None);
    let access = match enter(&web, &browser, &own_path).await {
        Ok(access) => access,
        Err(response) => return response,
    };
    match access.search(text, parameter(&browser, AFTER)).await {
        Ok(found) => respond(&web, &browser, &search_page(&browser.config, text, found), Some(&own_path)),
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

fn search_page(config: &LiveConfig, text: &str, found: SearchPage) -> AdminSearchPage {
    AdminSearchPage {
        query: text.to_owned(),
        search_action: ADMIN_SEARCH.to_owned(),
        refusal: found.refusal.map(|refusal| refusal_line(config, refusal)),
        accounts: found.accounts.into_iter().map(found_line).collect(),
        next_href: found.next.map(|next| path(text, Some(&next))),
        is_incomplete: !found.complete,
        admin_href: ADMIN.to_owned(),
    }
}

fn refusal_line(config: &LiveConfig, refusal: FoundRefusal) -> RefusalLine {
    RefusalLine {
        code: refusal.code.to_string(),
        at: refusal.at.into(),
        cause: refusal.cause,
        app_name: refusal.app.map(|app| view::app_name(config, &app)),
        provider_name: refusal.provider.map(|provider| view::provider_name(config, &provider)),
    }
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
