//! The demo's two providers: "Example University", which speaks OpenID Connect by the specification, and "Example
//! Social", which speaks OAuth 2.0 alone, as social networks do. The benchmark uses the university, too.
//!
//! | call | what happens | where |
//! | --- | --- | --- |
//! | `GET`, `POST /authorize` | checks the request; goes straight back, or shows the people to choose from | `request`,
//! `authorize` |
//! | `POST /sign-in` | the choice on that page; the session it makes serves the next request | `authorize` |
//! | `POST /token` | a code, once, for an access token | `token` |
//! | `GET`, `POST /logout` | ends the session here | `authorize` |
//!
//! | only at the university | | |
//! | --- | --- | --- |
//! | `GET /.well-known/openid-configuration`, `/jwks` | its metadata and its public key | `university` |
//! | `GET`, `POST /userinfo` | the claims of the ID token again, for an access token | `university` |
//!
//! | only at Example Social | | |
//! | --- | --- | --- |
//! | `GET /me` | the API that says whose an access token is | `social` |
//!
//! All state is in memory and bounded: if it is full, the oldest entry is removed.

mod answer;
mod authorize;
mod bearer;
mod pages;
mod request;
mod scopes;
mod site;
mod social;
mod store;
mod token;
mod university;

#[cfg(test)]
mod tests;

pub use site::Site;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

use crate::base::clock::Clock;
use crate::base::secret::Secret;

use pages::Pages;
use store::MemoryStore;
use university::SigningKey;

/// How a provider is set up: one client, a few people.
#[derive(Debug, Clone)]
pub struct Settings {
    pub site: Site,
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

/// How a provider learns who signs in.
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
    /// Never changes, and is never given to somebody else.
    pub id: u64,
    /// A name to sign in with, also what a `login_hint` may name.
    pub username: String,
    pub name: String,
    pub email: String,
    pub email_verified: bool,
    /// Only the university has groups.
    pub groups: Vec<String>,
    /// The message beside the person on the page of choices.
    pub note: Option<&'static str>,
}

/// The people of the demo.
#[must_use]
pub fn people(site: Site) -> Vec<Person> {
    match site {
        Site::University => university::people(),
        Site::Social => social::people(),
    }
}

/// Why a provider could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("no signing key could be created")]
    Key(#[from] josekit::JoseError),
    #[error("a page's template or texts do not parse")]
    Page(#[from] minijinja::Error),
}

/// The whole provider. For the university, it makes a signing key, which takes a fifth of a second.
///
/// # Errors
/// When no key can be made.
pub fn router(settings: Settings) -> Result<Router, SetupError> {
    let (protocol, own_routes) = match settings.site {
        Site::University => {
            let key = SigningKey::generate()?;
            let routes = university::routes(&settings.issuer, &key);
            (Protocol::OpenIdConnect(Box::new(key)), routes)
        }
        Site::Social => (Protocol::OAuth2, social::routes()),
    };
    let provider = DemoProvider {
        protocol,
        pages: Pages::load(settings.site)?,
        store: Mutex::new(MemoryStore::empty()),
        people: settings.people.iter().cloned().map(Arc::new).collect(),
        settings,
    };
    Ok(own_routes
        .route("/", get(authorize::front_page))
        .route("/authorize", get(authorize::get_authorize).post(authorize::post_authorize))
        .route("/sign-in", post(authorize::post_sign_in))
        .route("/logout", get(authorize::front_page).post(authorize::post_logout))
        .route("/token", post(token::token))
        .route("/style.css", get(pages::stylesheet))
        .route("/icon.svg", get(pages::icon))
        .route("/post.js", get(pages::script))
        .layer(DefaultBodyLimit::max(16 * 1024))
        .with_state(Arc::new(provider)))
}

/// What an access token comes with, and what it opens.
enum Protocol {
    /// A signed ID token, and userinfo.
    OpenIdConnect(Box<SigningKey>),
    /// Nothing else, and an API.
    OAuth2,
}

/// What every handler shares.
struct DemoProvider {
    settings: Settings,
    people: Vec<Arc<Person>>,
    protocol: Protocol,
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
