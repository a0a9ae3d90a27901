//! A fake webhook: an operator's own check of names and passwords.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running webhook. It ends when it is dropped.
pub struct FakeWebhook {
    url: String,
    shared: Arc<Shared>,
    serving: JoinHandle<()>,
}

/// The webhook's answer to a name and a password.
pub enum Verdict {
    Json(u16, Value),
    /// A status without a body.
    Status(u16),
    NoAnswer,
}

struct Shared {
    verdict_for: fn(&str, &str) -> Verdict,
    requests: AtomicUsize,
    hang_ups: AtomicUsize,
}

impl FakeWebhook {
    /// Starts on a free port. `verdict_for` gets the name and the password of each request.
    pub async fn start(verdict_for: fn(&str, &str) -> Verdict) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let shared = Arc::new(Shared { verdict_for, requests: 0.into(), hang_ups: 0.into() });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, serving }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// The number of requests.
    pub fn requests(&self) -> usize {
        self.shared.requests.load(Ordering::SeqCst)
    }

    /// The number of clients that closed their connection before the answer.
    pub fn hang_ups(&self) -> usize {
        self.shared.hang_ups.load(Ordering::SeqCst)
    }

    /// Stops listening.
    pub async fn stop(&mut self) {
        self.serving.abort();
        assert!((&mut self.serving).await.unwrap_err().is_cancelled());
    }
}

impl Drop for FakeWebhook {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Verdict {
    pub fn accepted(subject: &str) -> Self {
        let claims = json!({ "preferred_username": subject, "name": "A Person" });
        Self::Json(200, json!({ "subject": subject, "claims": claims }))
    }

    pub fn refused() -> Self {
        Self::Json(403, json!({ "refused": "wrong" }))
    }

    /// Refused, with the subject of the name.
    pub fn refused_for(subject: &str) -> Self {
        Self::Json(403, json!({ "refused": "password", "subject": subject }))
    }

    pub fn unknown() -> Self {
        Self::Json(404, json!({ "unknown": true }))
    }
}

async fn answer(State(shared): State<Arc<Shared>>, Json(request): Json<Value>) -> Response {
    shared.requests.fetch_add(1, Ordering::SeqCst);
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    let status = |status: u16| StatusCode::from_u16(status).unwrap();
    match (shared.verdict_for)(text("username"), text("password")) {
        Verdict::Json(code, body) => (status(code), Json(body)).into_response(),
        Verdict::Status(code) => status(code).into_response(),
        Verdict::NoAnswer => {
            let _hang_up_counter = HangUpCounter(Arc::clone(&shared));
            std::future::pending().await
        }
    }
}

/// Counts a hang-up when it is dropped: the server drops a pending answer when the connection ends.
struct HangUpCounter(Arc<Shared>);

impl Drop for HangUpCounter {
    fn drop(&mut self) {
        self.0.hang_ups.fetch_add(1, Ordering::SeqCst);
    }
}
