//! An app that exchanges a name and a password for a token, as Galène's page does.

use std::sync::Arc;
use std::time::{Duration, Instant};

use josekit::jws::alg::ecdsa::EcdsaJwsVerifier;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use vestibule::base::clock::Clock;

use crate::Failed;
use crate::http_client::http_client;
use crate::load::CompletedLogins;
use crate::login_client::{claims_of, published_key};

/// The address of the room that everybody enters.
pub const ROOM: &str = "http://127.0.0.1:9/group/maths/";

/// The number of people.
pub const PEOPLE: usize = 100;

/// The prefix of the webhook's usernames, which distinguishes them from local accounts.
pub const WEBHOOK_PREFIX: &str = "hooked-";

pub fn name(number: usize) -> String {
    format!("person-{}", number % PEOPLE)
}

pub fn password(number: usize) -> String {
    format!("the password of person {}", number % PEOPLE)
}

/// Requests tokens, and verifies them. Cloning is cheap.
#[derive(Clone)]
pub struct TokenClient(Arc<Inner>);

struct Inner {
    http: reqwest::Client,
    at: String,
    /// The `iss` of tokens.
    issuer: String,
    key: EcdsaJwsVerifier,
}

impl TokenClient {
    pub async fn connect(at: String, keys: &str) -> Result<Self, Failed> {
        let http = http_client()?;
        let key = published_key(&http, keys).await?;
        Ok(Self(Arc::new(Inner { issuer: origin(&at)?, http, at, key })))
    }

    /// Sends a right password from its owner's known network, and verifies the token.
    pub async fn token(&self, number: usize) -> Result<(), Failed> {
        let answer = self.ask(&name(number), &password(number), number % PEOPLE).await?;
        if answer.status() != StatusCode::OK {
            return Err(format!("{} for a right password", answer.status()).into());
        }
        let claims = claims_of(&answer.text().await?, &self.0.key)?;
        let claim = |name: &str| claims.get(name).and_then(Value::as_str);
        let named = claim("sub").is_some_and(|sub| sub.trim_start_matches(WEBHOOK_PREFIX) == name(number));
        let number_of = |name: &str| claims.get(name).and_then(Value::as_i64);
        let in_time = number_of("exp") > Some(Clock::system().now().unix_timestamp());
        let right = named && in_time && claim("aud") == Some(ROOM) && claim("iss") == Some(&self.0.issuer);
        if right { Ok(()) } else { Err(format!("a token with wrong claims: {claims}").into()) }
    }

    /// The status for a wrong password, with a new name from a new network.
    pub async fn wrong_password(&self, number: usize) -> Result<StatusCode, Failed> {
        Ok(self.ask(&format!("stranger-{number}"), "a wrong password", number).await?.status())
    }

    async fn ask(&self, name: &str, password: &str, number: usize) -> Result<reqwest::Response, Failed> {
        let [a, b, c] = [number >> 16, number >> 8, number].map(|part| part % 250 + 1);
        let asked = json!({ "location": ROOM, "username": name, "password": password });
        let request = self.0.http.post(&self.0.at).header("x-forwarded-for", format!("{a}.{b}.{c}.7")).json(&asked);
        Ok(request.send().await?)
    }
}

fn origin(at: &str) -> Result<String, Failed> {
    Ok(url::Url::parse(at)?.origin().ascii_serialization())
}

/// Requests without a pause, `at_once` at a time. Each task has its own people, so no account has two tries at once,
/// which would be throttled.
pub async fn saturated<F>(
    at_once: usize,
    people: usize,
    duration: Duration,
    turn: impl Fn(usize) -> F + Clone + Send + 'static,
) -> Result<CompletedLogins, Failed>
where
    F: Future<Output = Result<(), Failed>> + Send,
{
    let begun = Instant::now();
    let mut tasks = JoinSet::new();
    for first in 0..at_once.min(people) {
        let turn = turn.clone();
        tasks.spawn(async move {
            let mut took = Vec::new();
            for number in (first..people).step_by(at_once).cycle() {
                let start = Instant::now();
                turn(number).await?;
                took.push(start.elapsed());
                if begun.elapsed() >= duration {
                    break;
                }
            }
            Ok::<_, Failed>(took)
        });
    }
    let took = tasks.join_all().await.into_iter().collect::<Result<Vec<_>, _>>()?.concat();
    Ok(CompletedLogins { durations: took, elapsed: begun.elapsed() })
}
