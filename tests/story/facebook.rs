//! Signing in with Facebook. The double behaves as Facebook's documentation says.

use serde_json::{Value, json};
use support::doubles::{FacebookRefusal, FakeFacebook};
use support::{Log, Page, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";

async fn facebook(version: &str) -> (FakeFacebook, TestServer) {
    let facebook = FakeFacebook::start().await;
    let server = TestServer::with(|config| _ = config.only_preset("facebook", &facebook.config(version))).await;
    (facebook, server)
}

async fn sign_in(server: &TestServer) -> Value {
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.verify_token(&token).await.1
}

async fn detail(server: &TestServer, page: &Page) -> String {
    server.explain(&page.reference_code()).await.unwrap().detail.unwrap()
}

// C4, C22: scopes by commas, a challenge, the proof; no member says that the address is verified.
#[tokio::test]
async fn a_person_signs_in_and_the_address_is_never_verified() {
    let (facebook, server) = facebook("v24.0").await;
    let claims = sign_in(&server).await;
    let read = ["preferred_username", "name", "email", "email_verified"].map(|name| claims[name].clone());
    assert_eq!(read, [json!("Ada Lovelace"), json!("Ada Lovelace"), json!("ada@example.org"), json!(false)]);
    let [request] = &facebook.authorization_requests()[..] else { panic!("one request") };
    assert_eq!(request.get("scope"), Some("public_profile,email"));
    assert_eq!(request.get("code_challenge_method"), Some("S256"));
}

// docs/provider-facts.md: the address is missing, and not null, if the person declines.
#[tokio::test]
async fn a_person_without_an_address_gets_in() {
    let (facebook, server) = facebook("v24.0").await;
    facebook.behave(|facebook| facebook.email = None);
    let claims = sign_in(&server).await;
    assert_eq!([&claims["email"], &claims["email_verified"]], [&Value::Null, &Value::Null]);
}

// "Securing Graph API Requests": every request to the API has the proof.
#[tokio::test]
async fn the_requests_of_the_config_have_the_proof_too() {
    let (facebook, server) = facebook("v24.0").await;
    server.reconfigure(|config| {
        let me = facebook.config("v24.0")[2].1.replace("/me", "/me?fields=email");
        config.provider("facebook").set("calls", &format!("{{ more = {me} }}")).set_text("email", "more.email");
    });
    assert_eq!(sign_in(&server).await["email"], json!("ada@example.org"));
}

// A wrong proof is refused, and the error is an object. Its words are in the log, and no proof is.
#[tokio::test]
async fn a_wrong_proof_is_refused_in_facebooks_own_words() {
    let (log, (_facebook, server)) = (Log::open(), facebook("v24.0").await);
    // A parameter that comes twice counts as wrong.
    server.reconfigure(|config| {
        let facebook = config.provider("facebook");
        facebook.set("userinfo_params", "{ appsecret_proof = \"00\" }");
    });
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.status, 400);
    let words = "status 400; it says: Invalid appsecret_proof provided in the API argument (code 100)";
    let line = log.line(&page.reference_code());
    assert!(line.contains(words), "{line}");
}

// C56
#[tokio::test]
async fn an_error_that_repeats_the_token_and_the_proof_carries_neither_into_the_log() {
    let (log, (facebook, server)) = (Log::open(), facebook("v24.0").await);
    facebook.behave(|facebook| facebook.echoes = true);
    let page = server.browser().sign_in("/auth/notes").await;
    let expected = "it says: Unexpected [left out] with [left out] (code 2)";
    let line = log.line(&page.reference_code());
    assert!(line.contains(expected), "{line}");
    assert!(detail(&server, &page).await.contains(expected));
}

// docs/provider-facts.md: a wrong secret has the code 1, and an unknown client id 101.
#[tokio::test]
async fn a_wrong_secret_and_a_wrong_client_id_are_our_mistake_and_check_names_them() {
    for (key, wrong, words) in [
        ("client_secret", "another-secret-in-a-file", "OAuthException: Error validating client secret. (code 1)"),
        ("client_id", FakeFacebook::UNKNOWN_CLIENT, "OAuthException: Error validating application. "),
    ] {
        let (_facebook, server) = facebook("v24.0").await;
        server.reconfigure(|config| _ = config.provider("facebook").set_text(key, wrong));
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.heading(), "Facebook can\u{2019}t be used right now.");
        let refusal = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(refusal.row.entry.cause.as_deref(), Some("client_rejected"));
        assert!(refusal.detail.unwrap().contains(words), "{key}");
        let found = findings(&server).await;
        let refused = format!("client secret: refused: {words}");
        assert!(found.iter().any(|found| found.contains(&refused)), "{found:?}");
    }
}

/// What `vestibule check` finds.
async fn findings(server: &TestServer) -> Vec<String> {
    let module = server.broker.config().provider(&"facebook".parse().unwrap()).unwrap().module.clone();
    let mut found = Vec::new();
    module.probe(&mut |finding| found.push(finding.to_string())).await;
    found
}

// docs/provider-facts.md: a code that was used, or made up, has the code 100.
#[tokio::test]
async fn a_code_that_facebook_refuses_is_the_codes_fault_and_shows_check_that_the_secret_is_right() {
    let (_facebook, server) = facebook("v24.0").await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let code = callback.split(['?', '&', '#']).find(|part| part.starts_with("code=")).unwrap();
    let page = browser.go(&callback.replace(code, "code=made-up")).await;
    assert_eq!(page.status, 400);
    let words = "the provider does not accept its own code: OAuthException: This authorization code has been used.";
    assert!(detail(&server, &page).await.starts_with(words));
    let found = findings(&server).await;
    let accepted = "client secret: accepted; a made-up code was refused";
    assert!(found.iter().any(|found| found.contains(accepted)), "{found:?}");
}

// Paths without a version are refused.
#[tokio::test]
async fn an_error_of_the_api_that_is_an_object_is_named_in_the_log() {
    let (log, (facebook, server)) = (Log::open(), facebook("v24.0").await);
    server.reconfigure(|config| {
        let me = facebook.config("v24.0")[2].1.replace("/v24.0", "");
        config.provider("facebook").set("userinfo_url", &me);
    });
    let page = server.browser().sign_in("/auth/notes").await;
    let line = log.line(&page.reference_code());
    assert!(line.contains("Unsupported request without a version that is still supported (code 2635)"), "{line}");
}

// docs/provider-facts.md: `error_reason`, or `error_code` with and without `error_message`.
#[tokio::test]
async fn each_shape_of_a_refusal_has_its_page_and_its_words_in_the_log() {
    let (log, (facebook, server)) = (Log::open(), facebook("v24.0").await);
    let no = "You did not finish signing in with Facebook.";
    for (refusal, heading, words) in [
        (FacebookRefusal::Cancelled, no, "access_denied: \"Permissions error\""),
        (FacebookRefusal::NumberAlone, no, "the provider answered error_code-200"),
        (
            FacebookRefusal::NumberAndMessage,
            "Facebook can\u{2019}t be used right now.",
            "error_code-1349048: \"Can't load URL: The domain of this URL isn't included in the app's domains.",
        ),
    ] {
        facebook.behave(|facebook| facebook.refusal = Some(refusal));
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.heading(), heading);
        let line = log.line(&page.reference_code());
        assert!(line.contains(words), "{line}");
    }
}

// "App-scoped IDs": a new client makes a stranger of everybody, so nobody takes over an account by chance.
#[tokio::test]
async fn another_client_id_makes_strangers_of_people() {
    let (_facebook, server) = facebook("v24.0").await;
    let before = sign_in(&server).await;
    assert_eq!(sign_in(&server).await["sub"], before["sub"]);
    server.reconfigure(|config| _ = config.provider("facebook").set_text("client_id", "another-app"));
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(page.text().contains("Ada Lovelace-2"), "{}", page.text());
}

// A browser keeps the fragment of an address through redirects to addresses that have none (RFC 9110 §10.2.2). The
// address of an app always has one, so what Facebook appends never reaches an app.
#[tokio::test]
async fn what_facebook_appends_to_our_address_never_reaches_the_app() {
    let (_facebook, server) = facebook("v24.0").await;
    for delivery in ["fragment", "query"] {
        server.reconfigure(|config| _ = config.app("notes").set_text("delivery", delivery));
        let browser = server.browser();
        let callback = browser.callback_url("/auth/notes").await;
        assert!(callback.ends_with("#_=_"), "{callback}");
        let to = browser.go(&callback).await.redirect_target();
        let (_, fragment) = to.split_once('#').expect("the app's address has a fragment of its own");
        assert_ne!(fragment, "_=_", "{delivery}");
        assert_eq!(fragment.is_empty(), delivery == "query");
    }
}
