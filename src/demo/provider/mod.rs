//! "Example University": a small OpenID provider that follows the specification, for the demo and the benchmark.
//!
//! | call | what happens | where |
//! | --- | --- | --- |
//! | `GET /.well-known/openid-configuration`, `/jwks` | its metadata and its public key | `metadata`,
//! `keys` |
//! | `GET`, `POST /authorize` | checks the request; goes straight back, or shows the people to choose from | `request`,
//! `authorize` |
//! | `POST /sign-in` | the choice on that page; the session it makes serves the next request | `authorize` |
//! | `POST /token` | a code, once, for an access token and a signed ID token | `token` |
//! | `GET`, `POST /userinfo` | the same claims again, for an access token | `userinfo` |
//! | `GET`, `POST /logout` | ends the session here | `authorize` |
//!
//! All state is in memory and bounded: if it is full, the oldest entry is removed.

mod answer;
mod authorize;
mod claims;
mod keys;
mod metadata;
mod pages;
mod request;
mod store;
mod token;
mod userinfo;

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::base::clock::Clock;
use crate::base::secret::Secret;

use keys::SigningKey;
use pages::Pages;
use store::MemoryStore;

/// How the university is set up: one client, a few people.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Its address, such as `http://127.0.0.1:9000`: no slash at its end.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: Secret<String>,
    /// Where answers may go, compared character by character (RFC 9700 §2.1).
    pub redirect_uris: Vec<String>,
    pub people: Vec<Person>,
    pub selection: PersonSelection,
    pub clock: Clock,
}

/// How the university learns who signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonSelection {
    /// A page shows the people, and one is chosen.
    ByPage,
    /// A `login_hint` that names one of the people is trusted and answered at once, so that a plain HTTP client
    /// can sign in: for a benchmark.
    ByLoginHint,
}

/// Somebody who can sign in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The claim `sub`.
    pub subject: String,
    /// The claim `preferred_username`, also what a `login_hint` may name.
    pub username: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    pub groups: Vec<String>,
    /// One line for the page of choices, such as "staff: may moderate".
    pub note: String,
}

/// The three people of the demo.
#[must_use]
pub fn people() -> Vec<Person> {
    let person = |subject: &str, username: &str, name: &str, group: &str, note: &str| Person {
        subject: subject.into(),
        username: username.into(),
        name: name.into(),
        email: format!("{username}@example.edu"),
        email_verified: true,
        groups: vec![group.into()],
        note: note.into(),
    };
    vec![
        person("u-1815", "ada", "Ada Lovelace", "urn:uni:staff", "Staff: may moderate"),
        person("u-2048", "ben", "Ben Okafor", "urn:uni:student", "Student: may speak in every room"),
        person("u-4096", "dee", "Dee Sørensen", "urn:uni:guest", "Guest student: one room stays closed"),
    ]
}

/// Why the university could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("no signing key could be created")]
    Key(#[from] josekit::JoseError),
    #[error("a page's template does not parse")]
    Page(#[from] minijinja::Error),
}

/// The whole provider, with a new signing key. Making the key takes a fifth of a second.
///
/// # Errors
/// When no key can be made.
pub fn router(settings: Settings) -> Result<Router, SetupError> {
    let key = SigningKey::generate()?;
    let provider = DemoProvider {
        metadata: metadata::document(&settings.issuer),
        jwks: key.jwks(),
        key,
        pages: Pages::load()?,
        store: Mutex::new(MemoryStore::empty()),
        people: settings.people.iter().cloned().map(Arc::new).collect(),
        settings,
    };
    Ok(Router::new()
        .route("/", get(authorize::front_page))
        .route("/.well-known/openid-configuration", get(metadata::configuration))
        .route("/jwks", get(metadata::jwks))
        .route("/authorize", get(authorize::get_authorize).post(authorize::post_authorize))
        .route("/sign-in", post(authorize::post_sign_in))
        .route("/logout", get(authorize::front_page).post(authorize::post_logout))
        .route("/token", post(token::token))
        .route("/userinfo", get(userinfo::userinfo).post(userinfo::userinfo))
        .route("/university.css", get(pages::stylesheet))
        .route("/university.svg", get(pages::crest))
        .route("/post.js", get(pages::script))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(Arc::new(provider)))
}

/// What every handler shares.
struct DemoProvider {
    settings: Settings,
    people: Vec<Arc<Person>>,
    key: SigningKey,
    metadata: String,
    jwks: String,
    pages: Pages,
    store: Mutex<MemoryStore>,
}

impl DemoProvider {
    fn store(&self) -> MutexGuard<'_, MemoryStore> {
        // Every change of the memory is one insertion or removal: a panic in between leaves it whole.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn person(&self, username: &str) -> Option<&Arc<Person>> {
        self.people.iter().find(|person| person.username == username)
    }
}
