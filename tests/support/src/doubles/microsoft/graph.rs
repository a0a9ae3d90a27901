//! Microsoft Graph: the groups of the person, two a page.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::header::{AUTHORIZATION, LOCATION};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::{Graph, Shared};
use crate::provider::Fields;

/// How many groups a page has.
const PAGE: usize = 2;
/// Each of these lets a person read their own groups.
const PERMISSIONS: [&str; 2] = ["User.Read", "GroupMember.Read.All"];

/// Below the version in its address.
const PATH: &str = "/me/transitiveMemberOf/microsoft.graph.group";

pub async fn groups(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery, headers: HeaderMap) -> Response {
    let query = query.unwrap_or_default();
    let mut state = shared.state.lock().unwrap();
    state.received.graph.push(format!("/v1.0{PATH}?{query}"));
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = header(AUTHORIZATION.as_str()).strip_prefix("Bearer ").unwrap_or_default();
    let Some(scopes) = state.tokens.get(token) else {
        return error(StatusCode::UNAUTHORIZED, "InvalidAuthenticationToken", "Access token is missing or malformed.");
    };
    if !scopes.split(' ').any(|scope| PERMISSIONS.contains(&scope)) {
        let words = "Insufficient privileges to complete the operation.";
        return error(StatusCode::FORBIDDEN, "Authorization_RequestDenied", words);
    }
    if state.behaviour.graph == Graph::Broken {
        return error(StatusCode::SERVICE_UNAVAILABLE, "ServiceNotAvailable", "Please try again.");
    }
    // The list of one type alone is an advanced query.
    let asked = Fields::read(query.as_bytes());
    if header("consistencylevel") != "eventual" || asked.get("$count") != Some("true") {
        return error(StatusCode::BAD_REQUEST, "Request_UnsupportedQuery", "Unsupported query.");
    }
    let own = shared.origin.lock().unwrap().clone();
    let at = |origin: &str, from: usize| {
        format!("{origin}/graph/v1.0{PATH}?$count=true&$select=id&$top=999&$skiptoken={from}")
    };
    if state.behaviour.graph == Graph::Redirects && !asked.has("$skiptoken") {
        return (StatusCode::FOUND, [(LOCATION, at(&own, 0))]).into_response();
    }
    let from: usize = asked.get("$skiptoken").map_or(0, |token| token.parse().unwrap());
    let page = state.behaviour.groups.iter().skip(from).take(PAGE);
    let listed: Vec<Value> = page.map(|id| json!({ "@odata.type": "#microsoft.graph.group", "id": id })).collect();
    let mut answer = json!({ "@odata.context": "…#groups(id)", "@odata.count": state.behaviour.groups.len() });
    answer["value"] = json!(listed);
    let origin = match state.behaviour.graph {
        Graph::OtherServer => "http://localhost:9",
        Graph::Good | Graph::Endless | Graph::Broken | Graph::Redirects => &own,
    };
    let is_last = from + PAGE >= state.behaviour.groups.len() && state.behaviour.graph != Graph::Endless;
    if !is_last {
        answer["@odata.nextLink"] = json!(at(origin, from + PAGE));
    }
    Json(answer).into_response()
}

fn error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
}
