//! `vestibule preset register`, at a server that answers as Mastodon's documentation of `POST /api/v1/apps` shows.

use std::os::unix::fs::PermissionsExt as _;
use std::sync::{Arc, Mutex};

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use axum::{Form, Json, Router};
use serde_json::json;
use support::doubles::Loopback;

use super::installation::Installation;

const CLIENT_ID: &str = "TWhM-tNSuncnqN7DBJmoyeLnk6K3iJJ71KKXxgL1hPM";
const CLIENT_SECRET: &str = "ZEaFUFmF0umgBX1qKJDjaU99Q31lDkOU8NutzTOoliw";

type Parameters = Vec<(String, String)>;
type Answer = fn() -> Response;

/// An instance, and the parameters of each registration.
struct Instance {
    served: Loopback,
    registrations: Arc<Mutex<Vec<Parameters>>>,
}

impl Instance {
    async fn start() -> Self {
        Self::answering(|| Json(client()).into_response()).await
    }

    async fn answering(answer: Answer) -> Self {
        let registrations: Arc<Mutex<Vec<Parameters>>> = Arc::default();
        let seen = Arc::clone(&registrations);
        let apps = post(async move |Form(parameters): Form<Parameters>| {
            seen.lock().unwrap().push(parameters);
            answer()
        });
        Self { served: Loopback::serve(Router::new().route("/api/v1/apps", apps)).await, registrations }
    }

    fn registrations(&self) -> Vec<Parameters> {
        self.registrations.lock().unwrap().clone()
    }

    /// A config without a client id, a secret and an app.
    fn config(&self, more: &str) -> Installation {
        Installation::with_config(&format!(
            "[server]\npublic_url = \"https://auth.example.org\"\n[[provider]]\nkind = \"mastodon\"\nhost = \
             \"social.example.org\"\ntoken_url = \"{}/oauth/token\"\nallow_private = true\n{more}",
            self.served.origin
        ))
    }
}

/// The answer of the documentation.
fn client() -> serde_json::Value {
    json!({
        "id": "563419", "name": "Test Application", "website": null, "scopes": ["profile"],
        "redirect_uri": "https://auth.example.org/callback/mastodon",
        "redirect_uris": ["https://auth.example.org/callback/mastodon"],
        "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET, "client_secret_expires_at": 0,
    })
}

const REGISTER: [&str; 3] = ["preset", "register", "mastodon"];

/// Whether the command succeeds, and all its output.
async fn register(installation: Installation, more: &[&'static str]) -> (Installation, bool, String) {
    let command = [&REGISTER, more].concat();
    let ran = tokio::task::spawn_blocking(move || {
        let (success, output) = installation.run_with_variables(&[], &command);
        (installation, success, output)
    });
    let (installation, success, output) = ran.await.unwrap();
    assert!(!output.contains(CLIENT_SECRET), "C56: {output}");
    (installation, success, output)
}

// C56
#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_registered_and_its_secret_goes_into_a_file_for_its_owner_only() {
    let instance = Instance::start().await;
    let options = ["--client-name", "Example Wiki", "--website", "https://wiki.example.org/"];
    let (installation, success, output) = register(instance.config(""), &options).await;
    assert!(success, "{output}");
    let parameters = [
        ("client_name", "Example Wiki"),
        ("redirect_uris", "https://auth.example.org/callback/mastodon"),
        ("scopes", "profile"),
        ("website", "https://wiki.example.org/"),
    ];
    let parameters: Parameters = parameters.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    assert_eq!(instance.registrations(), [parameters]);
    let secret = installation.path("mastodon.secret");
    assert_eq!(std::fs::read_to_string(&secret).unwrap(), format!("{CLIENT_SECRET}\n"));
    assert_eq!(std::fs::metadata(&secret).unwrap().permissions().mode() & 0o777, 0o600);
    let lines = format!(
        "# Write in the [[provider]] mastodon of vestibule.toml:\nclient_id = \"{CLIENT_ID}\"\nclient_secret_file = \
         \"mastodon.secret\"\n"
    );
    assert!(output.contains(&lines), "{output}");
    assert!(output.contains("vestibule check --config vestibule.toml"), "{output}");

    // The printed lines complete the provider.
    installation.configure(&lines);
    installation.configure(
        "[[app]]\nid = \"notes\"\nkind = \"plain\"\nname = \"Notes\"\nurl = \"https://notes.example.org/\"\n\
         [[app.allow]]\n",
    );
    let checked = tokio::task::spawn_blocking(move || installation.stdout(&["check", "--offline"])).await.unwrap();
    assert!(checked.contains("vestibule.toml is valid: providers 1, apps 1"), "{checked}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_exists_is_never_overwritten_and_nothing_is_registered() {
    let instance = Instance::start().await;
    let installation = instance.config("id = \"art\"\nclient_secret_file = \"mine\"\nscopes = [\"read:accounts\"]\n");
    let (installation, success, output) = register(installation, &[]).await;
    assert!(success && output.contains("client_secret_file = \"mine\""), "{output}");
    assert!(output.contains("https://auth.example.org/callback/art"), "{output}");
    assert!(instance.registrations()[0].contains(&("scopes".to_owned(), "read:accounts".to_owned())));

    std::fs::write(installation.path("mine"), "the secret in use").unwrap();
    let (installation, success, output) = register(installation, &[]).await;
    assert!(!success && output.contains("mine can't be made: "), "{output}");
    assert!(output.contains("it may hold the secret of a client in use: move it away, or let "), "{output}");
    assert_eq!(std::fs::read_to_string(installation.path("mine")).unwrap(), "the secret in use");
    assert_eq!(instance.registrations().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_without_a_client_has_an_error_that_says_what_to_do_and_leaves_no_file() {
    let cases: [(Answer, &str); 7] = [
        (
            || {
                let body = json!({ "error": "Validation failed: Redirect URI must be an absolute URI." });
                (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
            },
            "/api/v1/apps registers nothing: its status is 422; it says: Validation failed: Redirect URI must be an \
             absolute URI.; change what it names",
        ),
        (|| StatusCode::NOT_FOUND.into_response(), "its status is 404; check that `host` names the server"),
        (|| StatusCode::TOO_MANY_REQUESTS.into_response(), "its status is 429; wait some minutes"),
        (|| StatusCode::BAD_GATEWAY.into_response(), "its status is 502; try again later"),
        (
            || (StatusCode::FOUND, [(header::LOCATION, "https://www.example.org/")]).into_response(),
            "its status is 302, a redirect to www.example.org, which is not followed; write in `host` the host",
        ),
        (
            || ([(header::CONTENT_TYPE, "text/html")], "<html>Welcome</html>").into_response(),
            "answers with no client: it does not begin as an object; it says that it is text/html; check that `host`",
        ),
        (
            || Json(json!({ "client_id": null, "client_secret": CLIENT_SECRET })).into_response(),
            "answers with no client: it has no `client_id`; check that `host`",
        ),
    ];
    for (answer, expected) in cases {
        let instance = Instance::answering(answer).await;
        let (installation, success, output) = register(instance.config(""), &[]).await;
        assert!(!success && output.contains(expected), "{output}\n{expected}");
        assert_eq!(installation.files(), ["vestibule.toml"]);
        assert_eq!(instance.registrations().len(), 1, "it is asked once");
    }
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn a_private_address_is_refused_unless_the_config_allows_it() {
    let instance = Instance::start().await;
    let host: &'static str = instance.served.origin.trim_start_matches("http://").to_owned().leak();
    let options = ["--host", host, "--public-url", "https://auth.example.org", "--config", "none.toml"];
    let (installation, success, output) = register(Installation::new(), &options).await;
    assert!(!success && output.contains("can't be asked (address: a private address; "), "{output}");
    assert!(output.contains("or add allow_private = true if this one is meant"), "{output}");
    assert_eq!(installation.files(), ["uni.secret", "vestibule.toml"]);
    assert_eq!(instance.registrations().len(), 0);

    let options = ["--host", "social.invalid", "--provider", "social"];
    let (_, success, output) = register(Installation::new(), &options).await;
    let expected = "https://social.invalid/api/v1/apps can't be asked (resolve: ";
    assert!(!success && output.contains(expected), "{output}");
    assert!(output.contains("check that the name in `host` is right"), "{output}");
}

#[test]
fn what_the_config_and_the_options_lack_is_said_with_the_option_that_adds_it() {
    let two = "[[provider]]\nkind = \"mastodon\"\nhost = \"a.example\"\n[[provider]]\nid = \"art\"\nkind = \
               \"mastodon\"\nhost = \"b.example\"\n";
    let wrong = "[[provider]]\nkind = \"mastodon\"\nhost = \"https://a.example/\"\n";
    for (config, options, expected) in [
        ("", &[][..], "vestibule.toml names no provider of kind \"mastodon\" to register at; name its host: --host "),
        ("", &["--host", "a.example"], "vestibule.toml has no public_url; say at which address browsers reach "),
        ("", &["--host", "https://a.example"], "must be a host without a scheme; write \"a.example\""),
        (two, &[], "several providers of kind \"mastodon\"; name one: --provider mastodon, or art"),
        (wrong, &[], "vestibule.toml:3: [provider.mastodon] `host` must be a host without a scheme"),
        ("[[provider", &[], "not TOML"),
        (
            "[[provider]]\nid = \"uni\"\nkind = \"oidc\"\n",
            &["--host", "a.example", "--provider", "uni"],
            "the provider uni of vestibule.toml is not of kind \"mastodon\"; give the new one another id",
        ),
    ] {
        let installation = Installation::with_config(config);
        let refused = installation.failure(&[&REGISTER, options].concat());
        assert!(refused.contains(expected), "{refused}");
        assert_eq!(installation.files(), ["vestibule.toml"]);
    }
    let refused = Installation::new().failure(&["preset", "register", "google"]);
    assert!(refused.starts_with("Google has no way to register a client from here; do it in a browser: "), "{refused}");
    let refused = Installation::new().failure(&["preset", "register", "mastodan"]);
    assert!(refused.contains("there is no preset \"mastodan\""), "{refused}");
}
