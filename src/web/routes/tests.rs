//! A request that takes too long gets an answer all the same.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, ORIGIN, RETRY_AFTER};
use http::{HeaderMap, Request, StatusCode};
use support::{FakeWebhook, Log, Verdict};
use tower::ServiceExt as _;

use super::router_with_limit;
use crate::base::clock::Clock;
use crate::base::secret::MasterKey;
use crate::broker::{Broker, LiveConfig};
use crate::config::{self, Environment};
use crate::signer::Signer;
use crate::signer::rotation::Schedule;
use crate::store::{Database, Store};
use crate::upstream::KINDS;
use crate::web::{Web, WebSettings};

const CONFIG: &str = r#"
[server]
public_url = "http://localhost:8080"
[[provider]]
id = "hook"
kind = "webhook"
name = "Hook"
url = "HOOK"
secret = "s"
timeout = "30s"
allow_private = true
[[app]]
id = "meet"
kind = "galene"
name = "Meet"
url = "https://meet.example.org/"
authserver = ["hook"]
[[app.allow]]
rooms = ["*"]
permissions = ["present"]
"#;

/// Vestibule with a webhook that never answers.
struct Fixture {
    router: Router,
    _webhook: FakeWebhook,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn with_limit(limit: Duration) -> Self {
        let webhook = FakeWebhook::start(|_, _| Verdict::NoAnswer).await;
        let folder = tempfile::tempdir().unwrap();
        let (clock, master) = (Clock::system(), MasterKey::fresh());
        let text = CONFIG.replace("HOOK", webhook.url());
        let config = config::read(&text, &folder.path().join("c.toml"), &Environment::default(), &KINDS).unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), clock.clone()).await.unwrap();
        let schedule = Schedule::for_tokens_of(config.apps[0].lifetime);
        let signer = Signer::open(&store, &master, &schedule, clock.clone()).await.unwrap();
        let live = LiveConfig::new(&config, &store, &clock).unwrap();
        let broker = Arc::new(Broker::new(live, Arc::new(store), Arc::new(signer), &master, clock));
        let web = Arc::new(Web::new(broker, WebSettings::new(&config).unwrap()).unwrap());
        Self { router: router_with_limit(web, limit), _webhook: webhook, _folder: folder }
    }

    async fn post(&self, path: &str, content_type: &str, origin: &str, body: &str) -> (StatusCode, HeaderMap, String) {
        let request = Request::post(path).header(CONTENT_TYPE, content_type).header(ORIGIN, origin);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }
}

// RFC 9110 §15.5.9: a browser may send a request again after 408, and this one holds a password.
#[tokio::test]
async fn a_form_that_takes_too_long_gets_a_page_whose_code_is_in_the_log() {
    let (log, fixture) = (Log::open(), Fixture::with_limit(Duration::from_millis(500)).await);
    let form = "application/x-www-form-urlencoded";
    for (path, app) in [("/auth/meet?room=maths", "app=\"meet\""), ("/auth?return_to=%2Flogout", "app=\"\"")] {
        let sent = fixture.post(path, form, "http://localhost:8080", "username=ada&password=horse").await;
        let (status, headers, page) = sent;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(headers.contains_key(RETRY_AFTER) && headers[CONTENT_TYPE].to_str().unwrap().starts_with("text/html"));
        assert!(page.contains(&format!("href=\"{path}\"")), "the way to try again: {page}");
        let code = page.split_once("V-").map(|(_, rest)| rest.chars().take(8).collect::<String>()).unwrap();
        let line = log.line(&format!("V-{code}"));
        assert!(line.contains("request_timed_out") && line.contains(app), "{line}");
    }
}

// C51
#[tokio::test]
async fn a_page_of_the_app_can_read_that_its_request_took_too_long() {
    let fixture = Fixture::with_limit(Duration::from_millis(500)).await;
    let json = r#"{"location":"https://meet.example.org/group/maths/","username":"ada","password":"horse"}"#;
    let (status, headers, body) =
        fixture.post("/auth/meet", "application/json", "https://meet.example.org", json).await;
    assert_eq!((status, body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "{\"error\":\"unavailable\"}"));
    assert_eq!(headers[ACCESS_CONTROL_ALLOW_ORIGIN], "https://meet.example.org");
}
