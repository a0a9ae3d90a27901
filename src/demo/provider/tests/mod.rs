//! Tests of the providers' rules, over HTTP without a socket.

mod authorize;
mod languages;
mod social;
mod token;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::Value;
use time::OffsetDateTime;
use tower::ServiceExt as _;

use super::{Person, PersonSelection, Settings, Site, people, router};
use crate::base::clock::Clock;
use crate::base::secret::{Secret, sha256};
use crate::base::urls::query;

const ISSUER: &str = "http://127.0.0.1:9000";
const REDIRECT_URI: &str = "http://localhost:8080/callback/uni";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
const START_TIME: i64 = 1_800_000_000;

/// A provider, and one browser in front of it.
struct TestProvider {
    router: Router,
    people: Vec<Person>,
    clock: Arc<AtomicI64>,
    cookie: Option<String>,
}

struct TestResponse {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl TestProvider {
    fn new(selection: PersonSelection) -> Self {
        Self::at(Site::University, selection)
    }

    fn at(site: Site, selection: PersonSelection) -> Self {
        let clock = Arc::new(AtomicI64::new(START_TIME));
        let clock_value = Arc::clone(&clock);
        let settings = Settings {
            site,
            issuer: ISSUER.into(),
            client_id: "vesti:bule".into(),
            client_secret: Secret::new("s e%cret".into()),
            redirect_uris: vec![REDIRECT_URI.into(), format!("{REDIRECT_URI}?x=1")],
            people: people(site),
            selection,
            clock: Clock::from_fn(move || {
                OffsetDateTime::from_unix_timestamp(clock_value.load(Ordering::Relaxed)).unwrap()
            }),
        };
        Self { people: people(site), router: router(settings).unwrap(), clock, cookie: None }
    }

    fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn send(&mut self, mut request: Request<Body>) -> TestResponse {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(COOKIE, cookie.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(set) = parts.headers.get(SET_COOKIE) {
            self.cookie = Some(set.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        TestResponse { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&mut self, path: &str) -> TestResponse {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn authorize(&mut self, parameters: &[(&str, &str)]) -> TestResponse {
        self.get(&format!("/authorize?{}", query(parameters))).await
    }

    /// Presses a button on the page of choices.
    async fn press(&mut self, parameters: &[(&str, &str)], button: (&str, &str)) -> TestResponse {
        let request = Request::post(format!("/sign-in?{}", query(parameters)))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(query(&[button]).into()).unwrap()).await
    }

    async fn code(&mut self, parameters: &[(&str, &str)]) -> String {
        self.press(parameters, ("person", "ada")).await.parameter("code").unwrap()
    }

    async fn token(&mut self, form: &[(&str, &str)]) -> TestResponse {
        let request = Request::post("/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, basic());
        self.send(request.body(query(form).into()).unwrap()).await
    }

    async fn userinfo(&mut self, token: &str) -> TestResponse {
        let request = Request::get("/userinfo").header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

impl TestResponse {
    fn location(&self) -> &str {
        self.headers.get(LOCATION).map(|to| to.to_str().unwrap()).unwrap_or_default()
    }

    /// One parameter of the authorization response.
    fn parameter(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(self.location()).ok()?;
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(|value| value.to_str().unwrap()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

fn basic() -> String {
    format!("Basic {}", STANDARD.encode("vesti%3Abule:s+e%25cret"))
}

/// A valid request, with `changes`: another value, or none.
fn request<'a>(challenge: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut asked = vec![
        ("client_id", "vesti:bule"),
        ("redirect_uri", REDIRECT_URI),
        ("response_type", "code"),
        ("scope", "openid profile email groups"),
        ("state", "st&te"),
        ("nonce", "n-once"),
        ("code_challenge", challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        asked.retain(|(known, _)| known != name);
        asked.push((name, value));
    }
    asked
}

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(sha256(VERIFIER.as_bytes()))
}

fn redemption(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT_URI),
        ("code_verifier", VERIFIER),
    ]
}
