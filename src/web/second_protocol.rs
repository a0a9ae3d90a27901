//! A second redirecting protocol, made for these tests: it uses the parts of the `Protocol` trait that OpenID Connect
//! does not use.
//!
//! It starts with a form that posts itself. Its handle travels as `RelayState`, in at most 80 bytes. Its answer comes
//! by POST, with its own parameter names and its own refusals. Each identity has the issuer of its tenant, and a
//! session at the provider.

mod federation;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE};
use http::{HeaderMap, Method, Request, StatusCode};
use tower::ServiceExt as _;
use url::form_urlencoded;

use self::federation::{FEDERATION, Federation};
use super::{Web, WebSettings, router};
use crate::base::clock::Clock;
use crate::base::ids::ProviderId;
use crate::base::secret::MasterKey;
use crate::broker::{Broker, LiveConfig};
use crate::config::{self, Environment};
use crate::signer::Signer;
use crate::signer::rotation::Schedule;
use crate::signin::identify::ProviderSession;
use crate::store::{AuditQuery, Database, Store};
use crate::upstream::{KINDS, LoginModule};

const NOTES: &str = "https://notes.example.org/signed-in";

/// Vestibule with this one provider, and a browser.
struct Fixture {
    router: Router,
    broker: Arc<Broker>,
    jar: BTreeMap<String, String>,
    _folder: tempfile::TempDir,
}

/// What the browser gets.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

/// Whether the browser sends our cookies. A form from another site comes without them.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cookies {
    Sent,
    Withheld,
}

const CONFIG: &str = r#"
[server]
public_url = "http://localhost:8080"
[[provider]]
id = "fed"
kind = "oidc"
name = "Federation"
issuer = "https://federation.example.net"
client_id = "vestibule"
client_auth = "none"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
locations = ["https://notes.example.org/signed-in"]
[[app.allow]]
permissions = ["read"]
"#;

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, master) = (Clock::system(), MasterKey::fresh());
        let config = config::read(CONFIG, &folder.path().join("vestibule.toml"), &Environment::default(), &KINDS);
        let config = config.unwrap();
        let store = Store::open(&Database::file(folder.path().join("vestibule.db")), clock.clone()).await.unwrap();
        let schedule = Schedule::for_tokens_of(config.apps[0].lifetime);
        let signer = Signer::open(&store, &master, &schedule, clock.clone()).await.unwrap();
        let id: ProviderId = "fed".parse().unwrap();
        let federation: Arc<dyn LoginModule> = Arc::new(Federation { id: id.clone(), issuer: FEDERATION.into() });
        let live = LiveConfig::new(&config, &store, &clock).unwrap().with_module(&id, &federation);
        let broker = Arc::new(Broker::new(live, Arc::new(store), Arc::new(signer), &master, clock));
        let web = Web::new(Arc::clone(&broker), WebSettings::new(&config).unwrap()).unwrap();
        Self { router: router(Arc::new(web)), broker, jar: BTreeMap::new(), _folder: folder }
    }

    async fn go(&mut self, to: &str) -> Answer {
        self.send(Method::GET, to, Cookies::Sent, Body::empty()).await
    }

    async fn submit(&mut self, fields: &[(&str, &str)], cookies: Cookies) -> Answer {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send(Method::POST, "/callback/fed", cookies, Body::from(form)).await
    }

    async fn send(&mut self, method: Method, to: &str, cookies: Cookies, body: Body) -> Answer {
        let form = "application/x-www-form-urlencoded";
        let mut request = Request::builder().method(method).uri(to).header(CONTENT_TYPE, form);
        if cookies == Cookies::Sent {
            let pairs: Vec<_> = self.jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(COOKIE, pairs.join("; "));
        }
        let answer = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        for cookie in parts.headers.get_all(SET_COOKIE) {
            let (pair, _) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.jar.insert(name.to_owned(), value.to_owned());
        }
        let body = String::from_utf8(to_bytes(body, 1 << 20).await.unwrap().to_vec()).unwrap();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Starts a login, and returns the request id and the handle from its form.
    async fn started(&mut self) -> (String, String) {
        let page = self.go("/auth/notes?prompt=login").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        (page.field("Request"), page.field("RelayState"))
    }
}

impl Answer {
    /// The value of a hidden field.
    fn field(&self, name: &str) -> String {
        let (_, rest) = self.body.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        rest.split_once('"').unwrap().0.to_owned()
    }

    fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.headers[LOCATION].to_str().unwrap()
    }
}

fn assertion<'a>(request: &'a str, handle: &'a str, tenant: &'a str) -> [(&'a str, &'a str); 5] {
    let [person, index] = [("Person", "ada"), ("Index", "session-7")];
    [("RelayState", handle), ("InResponseTo", request), ("Tenant", tenant), person, index]
}

const TENANT: &str = "https://federation.example.net/tenant-1";

#[tokio::test]
async fn a_login_by_another_protocol_gives_a_token_and_a_valid_session() {
    let mut fixture = Fixture::new().await;
    let page = fixture.go("/auth/notes").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("action=\"https://federation.example.net/sso\""), "{}", page.body);
    let policy = page.headers[CONTENT_SECURITY_POLICY].to_str().unwrap();
    assert!(policy.contains("script-src 'self'") && !policy.contains("form-action"), "{policy}");
    let (request, handle) = (page.field("Request"), page.field("RelayState"));
    assert_eq!(handle.len(), 80);

    // C38: the answer comes from another site, without our cookies. Our page sends it once more.
    let answer = assertion(&request, &handle, TENANT);
    let again = fixture.submit(&answer, Cookies::Withheld).await;
    assert_eq!((again.status, again.field("Tenant").as_str()), (StatusCode::OK, TENANT));
    let again = fixture.submit(&[answer.as_slice(), &[("vestibule_reposted", "1")]].concat(), Cookies::Sent).await;
    assert!(again.location().starts_with(&format!("{NOTES}#token=")), "{}", again.location());

    // The session is valid, though its issuer is not the configured one.
    let session = fixture.jar["__Host-vestibule"].parse().unwrap();
    let live = fixture.broker.store().live_session(session, fixture.broker.clock().now()).await.unwrap().unwrap();
    assert_eq!(live.signed_in.issuer.as_str(), TENANT);
    let expected = ProviderSession { id: Some("session-7".into()), logout_hint: Some("ada".into()) };
    assert_eq!(live.signed_in.provider_session, expected);
    assert!(fixture.go("/auth/notes").await.location().starts_with(&format!("{NOTES}#token=")));

    // C3
    let replayed = fixture.submit(&answer, Cookies::Sent).await;
    assert_eq!(replayed.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn another_protocol_refuses_by_its_own_words_and_rules() {
    let mut fixture = Fixture::new().await;
    for (status, code) in [
        ("Cancelled", StatusCode::BAD_REQUEST),
        ("UnknownRequester", StatusCode::SERVICE_UNAVAILABLE),
        ("Overloaded", StatusCode::SERVICE_UNAVAILABLE),
    ] {
        let (request, handle) = fixture.started().await;
        let page = fixture.submit(&[("RelayState", &handle), ("Status", status), ("Words", "no")], Cookies::Sent).await;
        assert_eq!(page.status, code, "{status}");
        // C3: a refusal ends the login.
        let late = fixture.submit(&assertion(&request, &handle, TENANT), Cookies::Sent).await;
        assert_eq!(late.status, StatusCode::BAD_REQUEST, "{status}");
    }
    let (request, handle) = fixture.started().await;
    let (_, other) = fixture.started().await;
    let neither = [("RelayState", handle.as_str()), ("", ""), ("", ""), ("", ""), ("", "")];
    for (why, answer, heading) in [
        (
            "a foreign tenant",
            assertion(&request, &handle, "https://elsewhere.example/tenant-1"),
            "could not be trusted",
        ),
        ("the answer to another request", assertion(&request, &other, TENANT), "could not be trusted"),
        ("a handle of OAuth", [("state", handle.as_str()); 5], "can’t be finished"),
        ("neither an assertion nor a status", neither, "can’t be finished"),
    ] {
        let page = fixture.submit(&answer, Cookies::Sent).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{why}");
        assert!(page.body.contains(heading), "{why}: {}", page.body);
    }
    assert!(!fixture.jar.contains_key("__Host-vestibule"));
    let all = AuditQuery { limit: 100, ..AuditQuery::default() };
    let rows = fixture.broker.store().audit_list(&all).await.unwrap();
    let details: Vec<_> = rows.into_iter().filter_map(|row| row.entry.detail).collect();
    for words in ["the provider answered Cancelled: \"no\"", "refuses our request: UnknownRequester", "T2: `Tenant`"] {
        assert!(details.iter().any(|detail| detail.contains(words)), "{words}: {details:?}");
    }
}
