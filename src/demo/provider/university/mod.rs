//! What only the university has: OpenID Connect's metadata, keys, ID tokens and userinfo.

mod claims;
mod id_token;
mod keys;
mod metadata;
mod userinfo;

pub use id_token::Tokens;
#[cfg(test)]
pub use id_token::at_hash;
pub use keys::SigningKey;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::{DemoProvider, Person};

/// The three people of the university.
pub fn people() -> Vec<Person> {
    let person = |id, username: &str, name: &str, group: &str, note| Person {
        id,
        username: username.into(),
        name: name.into(),
        email: format!("{username}@example.edu"),
        email_verified: true,
        groups: vec![group.into()],
        note: Some(note),
    };
    vec![
        person(1815, "ada", "Ada Lovelace", "urn:uni:staff", "note-staff"),
        person(2048, "ben", "Ben Okafor", "urn:uni:student", "note-student"),
        person(4096, "dee", "Dee Sørensen", "urn:uni:guest", "note-guest"),
    ]
}

/// The addresses that only OpenID Connect has.
pub fn routes(issuer: &str, key: &SigningKey) -> Router<Arc<DemoProvider>> {
    let (metadata, keys) = (metadata::document(issuer), key.jwks());
    Router::new()
        .route("/.well-known/openid-configuration", get(|| async { metadata::public_json(metadata) }))
        .route("/jwks", get(|| async { metadata::public_json(keys) }))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
}
