//! What only the social network has: OAuth 2.0 with the liberties that well-known networks take. It publishes no
//! metadata, its token answer is a form, and its API has members of its own.

mod me;

use std::sync::Arc;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::store::Grant;
use super::{DemoProvider, Person};
use crate::base::urls;

/// The three people of the social network. One of them, Ben, is also at the university. The network has checked the
/// e-mail addresses of two of them.
pub fn people() -> Vec<Person> {
    let person = |id, username: &str, name: &str, email_verified, note| Person {
        id,
        username: username.into(),
        name: name.into(),
        email: format!("{username}@makers.example"),
        email_verified,
        groups: Vec::new(),
        note: Some(note),
    };
    vec![
        person(583_231, "mia", "Mia Tanaka", true, "note-verified"),
        // Larger than 2^53: a reader that takes it for a floating-point number gets another person.
        person(9_007_199_254_740_993, "leo", "Léo Martin", false, "note-unverified"),
        person(7_301, "benny", "Ben Okafor", true, "note-both"),
    ]
}

/// The address of the API.
pub fn routes() -> Router<Arc<DemoProvider>> {
    Router::new().route("/me", get(me::me))
}

/// The token answer: a form instead of JSON (RFC 6749 §5.1), and commas between the scopes instead of spaces (§3.3).
pub fn token_answer(grant: &Grant, access_token: &str) -> Response {
    let scope = grant.scopes.joined(",");
    let form = urls::query(&[("access_token", access_token), ("scope", &scope), ("token_type", "bearer")]);
    ([(CONTENT_TYPE, "application/x-www-form-urlencoded")], form).into_response()
}
