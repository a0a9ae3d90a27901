//! Signing in with Slack, at a double that behaves as Slack's documentation says.

use serde_json::{Value, json};
use support::doubles::slack::{FakeSlack, person};
use support::provider::{Person, UserinfoEndpoint};
use support::{CLIENT_SECRET, Page, Table, TestServer};

const NOTES: &str = "https://notes.example.org/signed-in";
const TEAM: &str = "https://slack.com/team_id";

/// A server whose only provider is Slack's preset, with changes to its keys.
async fn server(change: impl FnOnce(&mut Table)) -> (TestServer, FakeSlack) {
    let slack = FakeSlack::start().await;
    let server = TestServer::with(|config| {
        let provider = config.only_provider_of_preset("slack");
        slack.configure(provider);
        change(provider);
    })
    .await;
    slack.register(format!("{}/callback/slack", server.base), server.clock());
    slack.sign_in(person("T0123", "U7", "Ada"));
    (server, slack)
}

async fn claims(server: &TestServer) -> Value {
    let page = server.browser().sign_in("/auth/notes").await;
    server.verify_token(&page.token_at(NOTES)).await.1
}

async fn refusal(server: &TestServer) -> (Page, String) {
    let page = server.browser().sign_in("/auth/notes").await;
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    (page, detail)
}

// C4
#[tokio::test]
async fn a_person_signs_in_with_the_secret_in_the_body_a_nonce_and_no_challenge() {
    let (server, slack) = server(|_| ()).await;
    let claims = claims(&server).await;
    let read = ["preferred_username", "name", "email", "email_verified"].map(|name| claims[name].clone());
    assert_eq!(read, [json!("Ada"), json!("Ada"), json!("ada@example.org"), json!(true)]);
    let (asked, sent) = (slack.authorization_requests(), slack.token_requests());
    assert_eq!(asked[0].get("scope"), Some("openid profile email"));
    assert!(asked[0].get("nonce").is_some_and(|nonce| nonce.len() >= 22) && !asked[0].has("code_challenge"));
    assert_eq!(sent[0].form.get("client_secret"), Some(CLIENT_SECRET));
    // With a challenge, Slack refuses the secret.
    server.reconfigure(|config| _ = config.provider("slack").set("pkce", "true"));
    assert!(refusal(&server).await.1.contains("bad_client_secret"));
}

// C21
#[tokio::test]
async fn the_same_id_in_another_workspace_is_another_person() {
    let (server, slack) = server(|_| ()).await;
    let ada = claims(&server).await;
    assert_eq!(claims(&server).await["sub"], ada["sub"]);
    slack.sign_in(person("T9999", "U7", "Eve"));
    let eve = claims(&server).await;
    assert_ne!(eve["sub"], ada["sub"]);
    assert_eq!(eve["preferred_username"], json!("Eve"));
}

// C15, C21
#[tokio::test]
async fn a_workspace_that_is_missing_or_no_plain_text_signs_nobody_in() {
    let (server, slack) = server(|_| ()).await;
    claims(&server).await;
    for (team, got) in [
        (Value::Null, "expected text, got none"),
        (json!(""), "expected a text of 1 to 255 bytes, got a text of 0 bytes"),
        (json!(123), "expected text, got another type"),
        (json!(["T0123"]), "expected text, got another type"),
        (json!("T0123:U7"), "expected text without `:`, got text with it"),
    ] {
        let mut eve = person("", "U7", "Eve");
        eve[TEAM] = team;
        slack.sign_in(eve);
        let (page, detail) = refusal(&server).await;
        assert_eq!((page.status.as_u16(), detail), (400, format!("C15: `{TEAM}` of the ID token: {got}")));
    }
}

// C31
#[tokio::test]
async fn a_rule_may_let_in_one_workspace_alone() {
    let (server, slack) = server(|provider| _ = provider.set("groups", "{ \"T0123\" = \"staff\" }")).await;
    server.reconfigure(|config| _ = config.app("notes").allow(&["groups = [\"staff\"]\npermissions = [\"read\"]"]));
    assert_eq!(claims(&server).await["groups"], json!(["staff"]));
    slack.sign_in(person("T9999", "U8", "Eve"));
    assert_eq!(server.browser().sign_in("/auth/notes").await.status, 403);
}

#[tokio::test]
async fn an_error_with_status_200_is_told_apart_from_a_success() {
    let (server, slack) = server(|_| ()).await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    slack.expire_codes();
    let page = browser.go(&callback).await;
    let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
    assert_eq!((page.status.as_u16(), browser.session()), (400, None));
    assert!(detail.contains("does not accept its own code: invalid_code (status 200)"), "{detail}");
    server.reconfigure(|config| _ = config.provider("slack").set_text("client_secret", "another-secret-of-ours"));
    let (page, detail) = refusal(&server).await;
    assert_eq!(page.status, 503);
    assert!(detail.contains("refuses our credential provider.slack.client_secret: bad_client_secret"), "{detail}");
}

#[tokio::test]
async fn a_person_who_cancels_at_slack_has_said_no() {
    let (server, slack) = server(|_| ()).await;
    slack.cancel();
    let (page, detail) = refusal(&server).await;
    assert_eq!(page.heading(), "You did not finish signing in with Slack.");
    assert_eq!(detail, "the provider answered access_denied");
}

// C17
#[tokio::test]
async fn userinfo_is_compared_with_the_sub_and_not_with_the_whole_subject() {
    let server = TestServer::with(|config| {
        config.provider("uni").set("subject_claims", "[\"tenant\", \"sub\"]").set("userinfo", "true");
    })
    .await;
    let ada = || Person::ada().with("tenant", "t1").with_in_userinfo("name", "Ada L.");
    server.behave(|uni| uni.person = ada());
    claims(&server).await;
    server.behave(|uni| (uni.person, uni.userinfo) = (ada(), UserinfoEndpoint::OtherSub));
    assert!(refusal(&server).await.1.starts_with("C17: "));
}
