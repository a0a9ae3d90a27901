//! Signing in with Microsoft: the preset, at a double of Microsoft.

mod groups;
mod tenants;

use serde_json::{Value, json};
use support::doubles::{FakeMicrosoft, MicrosoftBehaviour};
use support::{CLIENT_SECRET, Log, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const TENANT: &str = FakeMicrosoft::TENANT;

/// A server whose only provider is Microsoft's preset, with these keys. `authority`: whose metadata it reads.
async fn server(microsoft: &FakeMicrosoft, authority: &str, keys: &[(&'static str, &str)]) -> TestServer {
    TestServer::with(|config| {
        let table = config.only_preset("microsoft", &[]);
        table.set_text("discovery_url", &microsoft.metadata(authority)).set_text("graph_url", &microsoft.graph());
        for (key, value) in keys {
            table.set(key, value);
        }
    })
    .await
}

/// With one tenant.
async fn server_of_one_tenant(microsoft: &FakeMicrosoft, keys: &[(&'static str, &str)]) -> TestServer {
    let tenant = format!("\"{TENANT}\"");
    server(microsoft, TENANT, &[&[("tenant", tenant.as_str())], keys].concat()).await
}

/// The claims of the token that an app gets.
async fn claims(server: &TestServer) -> Value {
    let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.verify_token(&token).await.1
}

/// Why a sign-in is refused, and the heading of its page.
async fn refusal(server: &TestServer) -> (String, String) {
    let (log, browser) = (Log::open(), server.browser());
    let page = browser.sign_in("/auth/notes").await;
    assert!(browser.session().is_none());
    (log.line(&page.reference_code()), page.heading())
}

fn set(claims: Value) -> impl FnOnce(&mut MicrosoftBehaviour) {
    move |microsoft| microsoft.claims = claims.as_object().unwrap().clone()
}

// C4, C5
#[tokio::test]
async fn a_person_of_one_tenant_signs_in_with_a_challenge_that_the_metadata_do_not_mention() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server_of_one_tenant(&microsoft, &[]).await;
    let claims = claims(&server).await;
    assert_eq!([&claims["name"], &claims["preferred_username"]], [&json!("Ada Lovelace"), &json!("ada")]);
    let received = microsoft.received();
    let (request, token) = (&received.authorize[0], &received.token[0]);
    assert_eq!(request.get("code_challenge_method"), Some("S256"));
    assert_eq!(request.get("scope"), Some("openid profile email"));
    assert!(token.form.has("code_verifier") && !token.headers.contains_key("authorization"));
    // A person of another tenant has another issuer.
    microsoft.behave(FakeMicrosoft::OTHER_TENANT, |_| ());
    let (line, heading) = refusal(&server).await;
    assert_eq!(heading, "Microsoft’s answer could not be trusted.");
    assert!(line.contains("C12: `iss` of the ID token"), "{line}");
}

// C22
#[tokio::test]
async fn an_address_that_an_admin_of_another_tenant_chose_is_not_verified() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server(&microsoft, "common", &[("tenants", "\"any\"")]).await;
    server.reconfigure(|config| {
        config.app("notes").allow(&["email_domains = [\"example.org\"]\npermissions = [\"read\"]"]);
    });
    for (edov, admitted) in [
        (Value::Null, false),
        (json!(false), false),
        (json!("0"), false),
        (json!("1"), true),
        (json!("true"), true),
        (json!(true), true),
    ] {
        let victim = json!({ "email": "boss@example.org", "email_verified": true, "xms_edov": edov });
        microsoft.behave(FakeMicrosoft::OTHER_TENANT, set(victim));
        let page = server.browser().sign_in("/auth/notes").await;
        if admitted {
            page.token_at(NOTES);
        } else {
            assert_eq!(page.heading(), "You are signed in as ada, but not expected in Notes.", "{edov}");
        }
    }
}

#[tokio::test]
async fn a_person_who_presses_cancel_can_try_again() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server_of_one_tenant(&microsoft, &[]).await;
    microsoft.behave(TENANT, |microsoft| microsoft.cancels = true);
    let (line, heading) = refusal(&server).await;
    assert_eq!(heading, "You did not finish signing in with Microsoft.");
    assert!(line.contains("the provider answered access_denied"), "{line}");
}

#[tokio::test]
async fn the_log_has_microsofts_code_for_a_wrong_secret_and_for_a_wrong_redirect_address() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server_of_one_tenant(&microsoft, &[]).await;
    for (code, secret, redirect) in [
        ("AADSTS7000215", "another", None),
        ("AADSTS500112", CLIENT_SECRET, Some("https://auth.example.org/callback/ms".to_owned())),
    ] {
        microsoft.behave(TENANT, |microsoft| (microsoft.secret, microsoft.redirect) = (secret.to_owned(), redirect));
        let (line, heading) = refusal(&server).await;
        assert_eq!(heading, "Microsoft can’t be used right now.");
        assert!(line.contains("client_rejected") && line.contains(code), "{line}");
    }
}

// C13
#[tokio::test]
async fn a_person_who_should_sign_in_again_needs_the_claim_auth_time() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server_of_one_tenant(&microsoft, &[]).await;
    let again = "/auth/notes?prompt=login";
    let page = server.browser().sign_in(again).await;
    assert_eq!(page.heading(), "Microsoft does not say when you last signed in there.");
    microsoft.behave(TENANT, set(json!({ "auth_time": server.now().unix_timestamp() + 1 })));
    server.browser().sign_in(again).await.token_at(NOTES);
    // Microsoft refuses a hint beside the choice of an account.
    server.browser().sign_in("/auth/notes?prompt=select_account&login_hint=ada").await.token_at(NOTES);
    assert!(!microsoft.received().authorize[2].has("login_hint"));
}
