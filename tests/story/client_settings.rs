//! The keys of an OAuth client that change its requests.

use support::TestServer;

const NOTES: &str = "https://notes.example.org/signed-in";

#[tokio::test]
async fn configured_parameters_are_sent_and_ours_take_precedence() {
    let server = TestServer::with(|config| {
        let uni = config.provider("uni");
        uni.set("auth_params", r#"{ hd = "example.org", prompt = "consent", "a b" = "c&d" }"#);
        uni.set("token_params", r#"{ resource = "https://api.example.org" }"#).set_text("scope_separator", ",");
    })
    .await;
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    server.browser().sign_in("/auth/notes?prompt=select_account").await.token_at(NOTES);
    let received = server.uni.received();
    let [first, second] = received.authorize.as_slice() else { panic!("{:?}", received.authorize) };
    assert_eq!(first.get("scope"), Some("openid,profile,email"));
    assert_eq!([first.get("hd"), first.get("prompt"), first.get("a b")], ["example.org", "consent", "c&d"].map(Some));
    assert_eq!(second.get("prompt"), Some("select_account"));
    assert_eq!(received.token[0].form.get("resource"), Some("https://api.example.org"));
}

// C4, C5
#[tokio::test]
async fn a_login_without_a_challenge_sends_no_verifier_and_one_with_a_challenge_always_does() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let begun = browser.callback_url("/auth/notes").await;
    server.reconfigure(|config| {
        config.provider("uni").set("pkce", "false");
    });
    browser.go(&begun).await.token_at(NOTES);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    let received = server.uni.received();
    let [with, without] = received.authorize.as_slice() else { panic!("{:?}", received.authorize) };
    assert!(with.has("code_challenge") && !without.has("code_challenge") && !without.has("code_challenge_method"));
    let [with, without] = received.token.as_slice() else { panic!("{:?}", received.token) };
    assert!(with.form.has("code_verifier") && !without.form.has("code_verifier"));
}
