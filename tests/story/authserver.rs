//! Galène's page sends its user's name and password as JSON, and gets a token or a status. Other origins are refused.

use std::net::Ipv4Addr;

use reqwest::header::{CONTENT_TYPE, HeaderMap, ORIGIN};
use reqwest::{Client, Method};
use serde_json::{Value, json};
use support::{FakeWebhook, Log, TestConfig, TestServer, Verdict};
use time::Duration;

const PAGE: &str = "https://galene.example.org:8443";
const MATHS: &str = "https://galene.example.org:8443/group/maths/";
const RIGHT: &str = "correct horse battery";

/// The operator's own table of users: Dee and Max.
fn verdict_for(name: &str, password: &str) -> Verdict {
    match (name, password) {
        ("dee" | "max", RIGHT) => Verdict::accepted(name),
        ("slow", _) => Verdict::NoAnswer,
        ("dee" | "max", _) => Verdict::refused(),
        _ => Verdict::unknown(),
    }
}

/// A server whose conference asks a webhook.
struct Fixture {
    server: TestServer,
    webhook: FakeWebhook,
    client: Client,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

impl Fixture {
    async fn start() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut TestConfig)) -> Self {
        let webhook = FakeWebhook::start(verdict_for).await;
        let server = TestServer::with(|config| {
            config.add_webhook(webhook.url());
            config.app("galene").set("authserver", "[\"hook\"]");
            change(config);
        })
        .await;
        let here = std::net::SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let client = Client::builder().no_proxy().resolve("localhost", here).build().unwrap();
        Self { server, webhook, client }
    }

    async fn send(&self, method: Method, app: &str, headers: &[(&str, &str)], body: impl Into<String>) -> Answer {
        let url = format!("{}/auth/{app}", self.server.base);
        let request = headers.iter().fold(self.client.request(method, url), |request, (k, v)| request.header(*k, *v));
        let response = request.body(body.into()).send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = Answer { status, headers, body: response.text().await.unwrap() };
        // No answer sets a cookie, and none may be cached.
        assert_eq!((answer.header("set-cookie"), answer.header("cache-control")), (None, Some("no-store")));
        answer
    }

    async fn post(&self, body: Value) -> Answer {
        self.send(Method::POST, "galene", &JSON, body.to_string()).await
    }

    async fn post_password(&self, name: &str, password: &str) -> Answer {
        self.post(request_body(MATHS, name, password)).await
    }
}

const JSON: [(&str, &str); 2] = [("content-type", "application/json"), ("origin", PAGE)];

fn request_body(location: &str, username: &str, password: &str) -> Value {
    json!({ "location": location, "username": username, "password": password })
}

// C51, C52
#[tokio::test]
async fn a_right_password_gives_the_page_a_token_for_its_group() {
    let fixture = Fixture::start().await;
    for (href, room) in [
        (MATHS.to_owned(), MATHS),
        (format!("{MATHS}?token=&x=https://evil.example/#y"), MATHS),
        (format!("{PAGE}/group/m%61ths/"), MATHS),
    ] {
        let answer = fixture.post(request_body(&href, "dee", RIGHT)).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/jwt")), "{}", answer.body);
        let (header, claims) = fixture.server.verify_token(&answer.body).await;
        assert_eq!(header["typ"], "JWT");
        assert_eq!((&claims["sub"], &claims["aud"], &claims["room"]), (&json!("dee"), &json!(room), &json!("maths")));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
        assert_eq!((&claims["idp"], &claims["amr"]), (&json!("hook"), &json!(["pwd"])));
        assert!(claims["permissions"].as_array().unwrap().contains(&json!("op")));
    }
    let signed_in: Vec<_> = fixture.server.audit().await.into_iter().map(|row| row.entry.event.as_str()).collect();
    assert_eq!(signed_in, ["signed_in"; 3]);
}

// C41, C42, C51
#[tokio::test]
async fn every_refusal_looks_the_same() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.post_password("dee", RIGHT).await.status, 200);
    fixture.server.disable("dee").await;
    let secret = format!("{PAGE}/group/secret/");
    let refusals = [
        fixture.post_password("dee", RIGHT).await,
        fixture.post_password("max", "wrong").await,
        fixture.post_password("nobody", "wrong").await,
        fixture.post_password("nobody", RIGHT).await,
        fixture.post_password("", "").await,
        fixture.post_password("max", "").await,
        fixture.post_password("", RIGHT).await,
        fixture.post_password("max", "nul\0").await,
        fixture.post_password("max", &"x".repeat(1025)).await,
        fixture.post(request_body(&secret, "max", RIGHT)).await,
    ];
    let plain = |answer: &Answer| {
        let mut headers = answer.headers.clone();
        headers.remove("date");
        (answer.status, headers, answer.body.clone())
    };
    for answer in &refusals {
        assert_eq!((answer.status, answer.body.as_str()), (403, r#"{"error":"refused"}"#));
        assert_eq!(plain(answer), plain(&refusals[0]));
    }
    assert_eq!(fixture.webhook.requests(), 6, "an empty or impossible password reaches no module");
}

// C51
#[tokio::test]
async fn no_opinion_is_answered_only_if_configured_and_counts_against_nobody() {
    let log = Log::open();
    let fixture = Fixture::with(|config| {
        config.app("galene").set_text("authserver_unknown", "no_opinion");
    })
    .await;
    for _ in 0..12 {
        let answer = fixture.post_password("only-in-galene", "whatever").await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""));
    }
    let warned = |text: &str| text.lines().any(|line| !line.contains("DEBUG") && line.contains("no opinion"));
    assert!(!warned(&log.text()), "an unknown name is usual there and needs no warning: {}", log.text());
    assert_eq!(fixture.post_password("max", "wrong").await.status, 403);
    assert_eq!(fixture.post_password("", "").await.status, 403);
}

// C51
#[tokio::test]
async fn only_well_formed_json_is_accepted() {
    let fixture = Fixture::start().await;
    let good = request_body(MATHS, "dee", RIGHT).to_string();
    for kind in
        [None, Some("text/plain"), Some("multipart/form-data; boundary=x"), Some("text/plain; application/json")]
    {
        let kind: Vec<_> = kind.into_iter().map(|kind| ("content-type", kind)).collect();
        let answer = fixture.send(Method::POST, "galene", &kind, good.clone()).await;
        assert_eq!((answer.status, answer.body.as_str()), (415, r#"{"error":"unsupported_media_type"}"#), "{kind:?}");
    }
    let twice = good.replace('{', "{\"password\":\"x\",");
    let long = format!("{}{}", good, " ".repeat(70_000));
    for bad in ["", "{", "[]", "null", "\"x\"", "{}", &twice, &long, &good.replace(&format!("\"{RIGHT}\""), "7")] {
        let answer = fixture.send(Method::POST, "galene", &JSON, bad).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, r#"{"error":"malformed"}"#), "{bad:.60}");
    }
    for elsewhere in ["https://evil.example/group/maths/", "https://galene.example.org:8443/group/maths", PAGE, ""] {
        let answer = fixture.post(request_body(elsewhere, "dee", RIGHT)).await;
        assert_eq!((answer.status, answer.body.as_str()), (400, r#"{"error":"malformed"}"#), "{elsewhere}");
    }
    assert_eq!(fixture.webhook.requests(), 0);
    let parameters = [("content-type", "Application/JSON ; charset=\"utf-8\"")];
    assert_eq!(fixture.send(Method::POST, "galene", &parameters, good.clone()).await.status, 200);
    let more = good.replace('{', "{\"captcha\":[1],");
    assert_eq!(fixture.send(Method::POST, "galene", &JSON, more).await.status, 200, "unknown members mean nothing");
    assert_eq!(fixture.send(Method::POST, "unknown", &JSON, good).await.status, 404);
}

// C51
#[tokio::test]
async fn a_page_of_another_origin_is_refused_before_any_provider_is_asked() {
    let fixture = Fixture::start().await;
    let asks = [("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
    let preflight = async |app: &str, origin: &str| {
        let headers = [&asks[..], &[("origin", origin)]].concat();
        fixture.send(Method::OPTIONS, app, &headers, "").await
    };
    let own = preflight("galene", PAGE).await;
    assert_eq!((own.status, own.body.as_str()), (204, ""));
    assert_eq!(own.header("access-control-allow-origin"), Some(PAGE));
    assert_eq!(own.header("access-control-allow-methods"), Some("POST"));
    assert_eq!(own.header("access-control-allow-headers"), Some("content-type"));
    assert!(own.header("access-control-max-age").is_some());
    assert_eq!(own.header("access-control-allow-credentials"), None);
    assert_eq!(own.header("vary"), Some("origin"));
    let good = request_body(MATHS, "dee", RIGHT).to_string();
    for foreign in [
        "https://galene.example.org",
        "http://galene.example.org:8443",
        "https://galene.example.org:8443.evil.example",
        "https://evil.example",
        "https://notes.example.org",
        "null",
        "",
        "*",
    ] {
        let answer = preflight("galene", foreign).await;
        assert_eq!(answer.status, 403, "{foreign}");
        let refused = [("content-type", "application/json"), ("origin", foreign)];
        let refused = fixture.send(Method::POST, "galene", &refused, good.clone()).await;
        assert_eq!((refused.status, refused.body.as_str()), (403, r#"{"error":"refused"}"#), "{foreign}");
        for answer in [answer, refused] {
            assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control-")), "{foreign}");
            assert_eq!(answer.header("vary"), Some("origin"));
        }
    }
    assert_eq!(preflight("unknown", PAGE).await.status, 404);
    assert_eq!(fixture.webhook.requests(), 0);
    // The page can read every answer. Clients that are not browsers send no `Origin`.
    for (password, status) in [("wrong", 403), (RIGHT, 200)] {
        let answer = fixture.post_password("dee", password).await;
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, Some(PAGE)));
        assert_eq!((answer.header("access-control-allow-credentials"), answer.header("vary")), (None, Some("origin")));
    }
    for (kind, status) in [("application/json", 400), ("text/json", 415)] {
        let broken = fixture.send(Method::POST, "galene", &[("content-type", kind), JSON[1]], "{").await;
        assert_eq!((broken.status, broken.header("access-control-allow-origin")), (status, Some(PAGE)));
        assert_eq!(broken.header("vary"), Some("origin"));
    }
    let answer = fixture.send(Method::POST, "galene", &JSON[..1], good).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, None));
}

// C42, C43
#[tokio::test]
async fn too_many_tries_are_429_for_any_name_and_any_password() {
    let fixture = Fixture::start().await;
    for name in ["max", "nobody"] {
        for _ in 0..5 {
            assert_eq!(fixture.post_password(name, "wrong").await.status, 403);
        }
        let (wrong, right) = (fixture.post_password(name, "wrong").await, fixture.post_password(name, RIGHT).await);
        for answer in [&wrong, &right] {
            assert_eq!((answer.status, answer.body.as_str()), (429, r#"{"error":"throttled"}"#), "{name}");
            assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
            assert_eq!(answer.header("access-control-allow-origin"), Some(PAGE));
        }
        assert_eq!(fixture.post_password(&name.to_uppercase(), RIGHT).await.status, 429, "{name}");
    }
    fixture.server.advance_clock(Duration::seconds(30));
    assert_eq!(fixture.post_password("max", RIGHT).await.status, 200);
}

#[tokio::test]
async fn an_unreachable_provider_is_503_and_never_accepts() {
    let mut fixture = Fixture::start().await;
    fixture.webhook.stop().await;
    let answer = fixture.post_password("dee", RIGHT).await;
    assert_eq!((answer.status, answer.body.as_str()), (503, r#"{"error":"unavailable"}"#));
    assert!(answer.header("retry-after").is_some());
}

// C27, C51
#[tokio::test]
async fn a_disabled_app_and_a_disabled_or_unlisted_provider_refuse() {
    let fixture = Fixture::start().await;
    let refused = async |state: &str| {
        let answer = fixture.post_password("dee", RIGHT).await;
        assert_eq!((answer.status, answer.body.as_str()), (403, r#"{"error":"refused"}"#), "{state}");
    };
    fixture.server.reconfigure(|config| _ = config.app("galene").set("enabled", "false"));
    refused("the app is off").await;
    fixture.server.reconfigure(|config| {
        config.app("galene").set("enabled", "true");
        config.provider("hook").set("enabled", "false");
    });
    refused("the provider is off").await;
    fixture.server.reconfigure(|config| {
        config.provider("hook").set("enabled", "true");
        config.app("galene").unset("authserver");
    });
    refused("no provider is listed").await;
    assert_eq!(fixture.webhook.requests(), 0);
    let plain = fixture.send(Method::POST, "notes", &[("content-type", "application/json")], "{}").await;
    assert_eq!(plain.status, 400);
    fixture.server.reconfigure(|config| _ = config.app("galene").set("authserver", "[\"hook\"]"));
    assert_eq!(fixture.post_password("dee", RIGHT).await.status, 200);
}

// C53: another site's page can neither use a session here nor begin one
#[tokio::test]
async fn a_browser_session_has_no_effect_on_the_authserver() {
    let fixture = Fixture::start().await;
    let browser = fixture.server.browser();
    browser.sign_in("/auth/notes?provider=uni").await;
    let session = format!("__Host-vestibule={}", browser.session().unwrap());
    let headers = [&JSON[..], &[("cookie", session.as_str())]].concat();
    let answer = fixture.send(Method::POST, "galene", &headers, request_body(MATHS, "ada", "x").to_string()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.headers.get_all(CONTENT_TYPE).iter().count(), 1);
    assert_eq!(answer.headers.get(ORIGIN), None);
}

// C43: a module that takes longer for a wrong password would reveal it by its delay
#[tokio::test]
async fn a_client_that_disconnects_early_still_counts_as_a_try() {
    let fixture = Fixture::start().await;
    let asked = json!({ "location": MATHS, "username": "slow", "password": "a guess" });
    for times in 1..=5 {
        tokio::select! {
            answer = fixture.post(asked.clone()) => panic!("it never answers: {}", answer.status),
            () = until("the webhook gets the request", || fixture.webhook.requests() == times) => {}
        }
        until("Vestibule closes its request", || fixture.webhook.hang_ups() == times).await;
    }
    assert_eq!(fixture.post(asked).await.status, 429);
    assert_eq!(fixture.webhook.requests(), 5);
}

async fn until(what: &str, holds: impl Fn() -> bool) {
    let late = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while !holds() {
        assert!(std::time::Instant::now() < late, "{what}: not within a minute");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_person_who_should_be_asked_gets_no_token_and_the_log_says_why() {
    let log = Log::open();
    let fixture = Fixture::with(|config| _ = config.provider("hook").set_text("first_login", "ask")).await;
    let answer = fixture.post_password("dee", RIGHT).await;
    assert_eq!((answer.status, answer.body.as_str()), (403, r#"{"error":"refused"}"#));
    assert!(log.text().contains("first_login = \"ask\", but this sign-in shows no page"), "{}", log.text());
    assert!(fixture.server.broker.store().account_by_name(&"dee".parse().unwrap()).await.unwrap().is_none());
}
