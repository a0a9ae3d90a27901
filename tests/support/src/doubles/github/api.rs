//! The REST API.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shares;
use axum::http::header::{AUTHORIZATION, LINK, LOCATION};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::person::{GithubPerson, GithubTeam, organization};
use super::{Shared, State};
use crate::provider::Fields;

pub async fn user(Shares(shared): Shares<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut state = shared.lock().unwrap();
    with_scope(&mut state, (&uri, &headers), "read:user", |_, person| Json(person.user()).into_response())
}

pub async fn emails(Shares(shared): Shares<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut state = shared.lock().unwrap();
    with_scope(&mut state, (&uri, &headers), "user:email", |_, person| Json(person.emails.clone()).into_response())
}

pub async fn organizations(Shares(shared): Shares<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut state = shared.lock().unwrap();
    with_scope(&mut state, (&uri, &headers), "read:org", |state, person| {
        page(state, &uri, "orgs", person.organizations.iter().map(organization).collect())
    })
}

pub async fn teams(Shares(shared): Shares<Arc<Shared>>, uri: Uri, headers: HeaderMap) -> Response {
    let mut state = shared.lock().unwrap();
    with_scope(&mut state, (&uri, &headers), "read:org", |state, person| {
        page(state, &uri, "teams", person.teams.iter().map(GithubTeam::entry).collect())
    })
}

/// Answers a request whose access token has the scope.
fn with_scope(
    state: &mut State,
    (uri, headers): (&Uri, &HeaderMap),
    scope: &str,
    answer: impl FnOnce(&State, &GithubPerson) -> Response,
) -> Response {
    state.api.push(uri.to_string());
    let token = headers.get(AUTHORIZATION).and_then(|sent| sent.to_str().ok()?.strip_prefix("Bearer "));
    match token.and_then(|token| state.tokens.get(token)).cloned() {
        None => (StatusCode::UNAUTHORIZED, Json(json!({"message": "Bad credentials"}))).into_response(),
        Some((_, scopes)) if !scopes.iter().any(|granted| granted == scope) => {
            (StatusCode::FORBIDDEN, Json(json!({"message": format!("You need the {scope} scope.")}))).into_response()
        }
        Some((person, _)) => answer(state, &person),
    }
}

/// "Using pagination in the REST API": the header `Link` names the next page.
fn page(state: &State, uri: &Uri, list: &str, entries: Vec<Value>) -> Response {
    if let Some((_, status)) = state.behaviour.broken_list.filter(|(broken, _)| *broken == list) {
        let message = Json(json!({"message": "Although you appear to have the correct authorization credentials, the \
                                              organization has enabled OAuth App access restrictions"}));
        return (StatusCode::from_u16(status).unwrap(), message).into_response();
    }
    let entries: Vec<_> = state.behaviour.odd_entries.iter().cloned().chain(entries).collect();
    let sent = Fields::read(uri.query().unwrap_or_default().as_bytes());
    if state.behaviour.moved_list == Some(list) && !sent.has("moved") {
        return (StatusCode::FOUND, [(LOCATION, format!("{uri}&moved=1"))]).into_response();
    }
    let number = |name: &str, default: usize| sent.get(name).map_or(default, |value| value.parse().unwrap());
    let (size, page) = (number("per_page", 30).min(100), number("page", 1));
    let rest = entries.len().saturating_sub(page * size);
    let shown: Vec<_> = entries.into_iter().skip((page - 1) * size).take(size).collect();
    if rest == 0 || state.behaviour.no_links {
        return Json(shown).into_response();
    }
    let (path, next) = (uri.path(), page + 1);
    let link = format!("<{}{path}?per_page={size}&page={next}>; rel=\"next\"", state.behaviour.links_to);
    ([(LINK, link)], Json(shown)).into_response()
}
