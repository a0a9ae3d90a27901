//! `GET /auth/{app}`: a sign-in starts.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use http::StatusCode;

use super::Web;
use super::browser::{self, Browser, Named};
use super::error::refused;
use super::guard::Policy;
use super::pages::{Choice, MANY, Note, Search, SignIn, narrowed};
use super::reply::{Paged, deliver, page, see_other};
use crate::base::ids::AppId;
use crate::base::urls::auth_path;
use crate::broker::{self, Begun, Cause, Context};
use crate::signin::arrive::{LoginRequest, Prompt, StartRefused};
use crate::upstream::Standing;

/// The parameter of the search field.
const FIND: &str = "find";

pub async fn begin(State(web): State<Arc<Web>>, Named(app): Named, browser: Browser) -> Response {
    let Ok(app) = app.parse::<AppId>() else {
        return refused(&web, &browser, Cause::NoSuchPage.refuse(Context::default())).await;
    };
    let Ok(query) = &browser.query else {
        let context = web.broker.site().app(&app).map(Context::of_app).unwrap_or_default();
        return refused(&web, &browser, Cause::Start(StartRefused::NotUtf8).refuse(context)).await;
    };
    match web.broker.begin(&app, query, &browser.visitor).await {
        Ok(Begun::Deliver(delivery)) => deliver(&delivery),
        Ok(Begun::Challenge { to, pending }) => {
            let mut response = see_other(&to);
            browser::set(response.headers_mut(), browser::begun(&pending));
            response
        }
        Ok(Begun::Choose(choice)) => choose(&web, &browser, &choice),
        Err(refusal) => refused(&web, &browser, refusal).await,
    }
}

fn choose(web: &Web, browser: &Browser, choice: &broker::Choice) -> Response {
    let request = &choice.request;
    let all: Vec<Choice> = choice.offers.iter().map(|offer| option(choice, offer)).collect();
    let path = auth_path(&choice.app.id, &[]);
    let (choices, search) = if all.len() >= MANY {
        let typed = browser.query.iter().flatten().find(|(name, _)| name == FIND).map_or("", |(_, value)| value);
        let hidden = request.parameters().into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
        let whole = auth_path(&choice.app.id, &request.parameters());
        let search = Search { query: typed.to_owned(), action: path, hidden: hidden.collect(), all: whole };
        (narrowed(all, typed), Some(search))
    } else {
        (all, None)
    };
    let note = match request.prompt {
        Prompt::Login => Some(Note::Again),
        Prompt::SelectAccount => Some(Note::AnotherAccount { account_name: None }),
        Prompt::AsNeeded | Prompt::None => None,
    };
    let shown = SignIn {
        app_name: choice.app.name.clone(),
        room: request.location.room().map(|room| room.as_str().to_owned()),
        choices,
        search,
        note,
    };
    let (status, here) = (StatusCode::OK, Some(browser.here.as_str()));
    page(web, browser, &Paged { status, page: &shown, policy: Policy::Form, here })
}

fn option(choice: &broker::Choice, offer: &broker::Offer) -> Choice {
    let request = LoginRequest { provider: Some(offer.provider.id.clone()), ..choice.request.clone() };
    Choice {
        name: offer.provider.name.clone(),
        href: auth_path(&choice.app.id, &request.parameters()),
        icon: None,
        used_last: offer.last_used,
        answering: !matches!(offer.standing, Standing::Silent { .. }),
    }
}
