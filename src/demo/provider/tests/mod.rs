//! The university's rules, each a sentence, asked over HTTP without a socket.

mod at_the_door;
mod at_the_token;

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

use super::{Asking, Settings, people, router};
use crate::base::clock::Clock;
use crate::base::secret::{Secret, sha256};
use crate::base::urls::query;

const ISSUER: &str = "http://127.0.0.1:9000";
const BACK: &str = "http://localhost:8080/callback/uni";
const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
const BEGAN: i64 = 1_800_000_000;

/// A university, and one browser in front of it.
struct Scene {
    router: Router,
    clock: Arc<AtomicI64>,
    cookie: Option<String>,
}

struct Seen {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Scene {
    fn new(asking: Asking) -> Self {
        let clock = Arc::new(AtomicI64::new(BEGAN));
        let told = Arc::clone(&clock);
        let settings = Settings {
            issuer: ISSUER.into(),
            client_id: "vesti:bule".into(),
            client_secret: Secret::new("s e%cret".into()),
            redirect_uris: vec![BACK.into(), format!("{BACK}?x=1")],
            people: people(),
            asking,
            clock: Clock::turned_by(move || OffsetDateTime::from_unix_timestamp(told.load(Ordering::Relaxed)).unwrap()),
        };
        Self { router: router(settings).unwrap(), clock, cookie: None }
    }

    fn later(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    async fn send(&mut self, mut request: Request<Body>) -> Seen {
        if let Some(cookie) = &self.cookie {
            request.headers_mut().insert(COOKIE, cookie.parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        if let Some(set) = parts.headers.get(SET_COOKIE) {
            self.cookie = Some(set.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        let body = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
        Seen { status: parts.status, headers: parts.headers, body }
    }

    async fn get(&mut self, path: &str) -> Seen {
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    async fn authorize(&mut self, parameters: &[(&str, &str)]) -> Seen {
        self.get(&format!("/authorize?{}", query(parameters))).await
    }

    /// Presses a button on the page of choices.
    async fn press(&mut self, parameters: &[(&str, &str)], button: (&str, &str)) -> Seen {
        let request = Request::post(format!("/sign-in?{}", query(parameters)))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send(request.body(query(&[button]).into()).unwrap()).await
    }

    async fn code(&mut self, parameters: &[(&str, &str)]) -> String {
        self.press(parameters, ("person", "ada")).await.answered("code").unwrap()
    }

    async fn token(&mut self, form: &[(&str, &str)]) -> Seen {
        let request = Request::post("/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(AUTHORIZATION, basic());
        self.send(request.body(query(form).into()).unwrap()).await
    }

    async fn userinfo(&mut self, token: &str) -> Seen {
        let request = Request::get("/userinfo").header(AUTHORIZATION, format!("Bearer {token}"));
        self.send(request.body(Body::empty()).unwrap()).await
    }
}

impl Seen {
    fn location(&self) -> &str {
        self.headers.get(LOCATION).map(|to| to.to_str().unwrap()).unwrap_or_default()
    }

    /// One parameter of the authorization response.
    fn answered(&self, name: &str) -> Option<String> {
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

/// A request in which nothing is wrong, then `changes`: another value, or none.
fn request<'a>(challenge: &'a str, changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut asked = vec![
        ("client_id", "vesti:bule"),
        ("redirect_uri", BACK),
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
    vec![("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK), ("code_verifier", VERIFIER)]
}
