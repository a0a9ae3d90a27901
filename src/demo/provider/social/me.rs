//! The API that says whose an access token is. No specification names its members.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;

use super::super::scopes::Scopes;
use super::super::{DemoProvider, Person};

pub async fn me(State(provider): State<Arc<DemoProvider>>, headers: HeaderMap) -> Response {
    match provider.token_grant(&headers) {
        Ok(grant) => ([(CACHE_CONTROL, "no-store")], Json(Me::new(&grant.person, &grant.scopes))).into_response(),
        Err(why) => why.into_response(),
    }
}

/// A person, as far as the scopes allow.
#[derive(Debug, Serialize)]
struct Me<'a> {
    id: u64,
    login: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<Email<'a>>,
}

#[derive(Debug, Serialize)]
struct Email<'a> {
    address: &'a str,
    verified: bool,
}

impl<'a> Me<'a> {
    fn new(person: &'a Person, scopes: &Scopes) -> Self {
        let email = || Email { address: &person.email, verified: person.email_verified };
        Self {
            id: person.id,
            login: &person.username,
            name: scopes.contains("profile").then_some(&person.name),
            email: scopes.contains("email").then(email),
        }
    }
}
