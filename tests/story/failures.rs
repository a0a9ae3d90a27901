//! No dead ends: for each failure of a sign-in, the page, the way on that works, and what the admin reads.

use support::provider::{Answer, ClaimDefect, Defect, Person, TokenEndpoint};
use support::{Log, Page, TestServer};
use time::Duration;

const NOTES: &str = "https://notes.example.org/signed-in";
const MATHS: &str = "https://meet.example.org/r/maths/";

/// Checks the page, its log line, and, if a provider answered, what `explain` finds.
async fn assert_failure(server: &TestServer, log: &Log, page: &Page, status: u16, heading: &str, expected: &[&str]) {
    assert_eq!((page.status.as_u16(), page.heading().as_str()), (status, heading));
    let line = log.line(&page.reference_code());
    for word in expected {
        assert!(line.contains(word), "{word}: {line}");
    }
    let answered =
        page.url.contains("/callback/") && !line.contains("login_replayed") || line.contains("not_permitted");
    let explained = server.explain(&page.reference_code()).await;
    assert_eq!(explained.is_some(), answered, "{line}");
    if let Some(explained) = explained {
        assert!(expected.contains(&explained.row.entry.cause.as_deref().unwrap()), "{explained:?}");
        let detail = explained.detail.unwrap();
        assert!(line.contains(&detail), "the log says the same: {line}");
        assert!(!page.body.contains(&detail), "the page does not: {}", page.text());
    }
    assert!(!page.body.contains(expected[0]), "{}", page.text());
    assert_eq!(page.header("retry-after").is_empty(), status != 503);
}

// Row 1
#[tokio::test]
async fn an_expired_login_starts_again_with_the_same_room_and_state() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let callback = browser.callback_url("/auth/meet?room=maths&state=kept&nonce=too").await;
    server.advance_clock(Duration::seconds(660));
    let page = browser.go(&callback).await;
    assert_failure(&server, &log, &page, 400, "This sign-in took too long.", &["login_expired", "came 6"]).await;
    let delivery = browser.sign_in(&page.link("Start again")).await.delivery_at(MATHS);
    assert_eq!(delivery.get("state"), Some("kept"));
    assert_eq!(server.verify_token(delivery.get("token").unwrap()).await.1["nonce"], "too");
}

// Row 2
#[tokio::test]
async fn a_replayed_callback_offers_a_way_on_with_and_without_a_session() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes?state=s").await;
    browser.go(&callback).await.token_at(NOTES);
    let page = browser.go(&callback).await;
    assert_failure(&server, &log, &page, 400, "You are already signed in.", &["login_replayed", "finished before, at"])
        .await;
    let delivery = browser.go(&page.link("Continue to Notes")).await.delivery_at(NOTES);
    assert_eq!((delivery.get("state"), delivery.has("token")), (Some("s"), true));

    browser.delete_cookies(|name| name == "__Host-vestibule");
    let page = browser.go(&callback).await;
    assert_failure(&server, &log, &page, 400, "This sign-in is already finished.", &["login_replayed"]).await;
    browser.sign_in(&page.link("Start again")).await.token_at(NOTES);

    browser.delete_cookies(|_| true);
    let page = browser.go(&callback).await;
    assert_failure(&server, &log, &page, 400, "This sign-in is already finished.", &["login_replayed"]).await;
    assert_eq!(page.link("Start again"), "https://notes.example.org/");
    assert_eq!(server.uni.received().token.len(), 2);
}

// Row 4
#[tokio::test]
async fn a_lost_cookie_offers_a_new_start_and_explains_how_to_allow_cookies() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    browser.delete_cookies(|_| true);
    let page = browser.go(&callback).await;
    let heading = "This sign-in began in another browser, or cookies are blocked.";
    assert_failure(&server, &log, &page, 400, heading, &["login_missing", "notes", "uni"]).await;
    assert!(page.text().contains("How to allow cookies"));
    assert_eq!(page.link("Start again here"), "https://notes.example.org/");
}

// Row 5
#[tokio::test]
async fn a_denial_at_the_provider_offers_another_try_another_provider_or_a_return() {
    let (log, server) = (Log::open(), TestServer::with_two_providers().await);
    let browser = server.browser();
    server.behave(|uni| uni.answer = Answer::Denied("I\r\nwould rather\u{7} not".into()));
    let page = browser.sign_in("/auth/notes?provider=uni&state=s").await;
    let heading = "You did not finish signing in with Example University.";
    assert_failure(&server, &log, &page, 400, heading, &["provider_denied", "access_denied", "Iwould rather not"])
        .await;
    // C33: the app learns of the denial only when the person returns.
    let delivery = page.link("Return to Notes");
    let delivery = support::provider::Fields::read(delivery.strip_prefix(&format!("{NOTES}#")).unwrap().as_bytes());
    assert_eq!((delivery.get("error"), delivery.get("state")), (Some("access_denied"), Some("s")));
    let choice = browser.go(&page.link("Another way to sign in")).await;
    assert!(choice.has_link("Continue with Example Lab"));
    server.behave(|_| ());
    browser.sign_in(&page.link("Try again")).await.token_at(NOTES);
}

// Row 5: anybody can send a person to a callback with an error text of their own
#[tokio::test]
async fn error_texts_of_a_provider_are_quoted_in_log_and_audit() {
    let (log, server) = (Log::open(), TestServer::start().await);
    for (answer, expected) in [
        (
            Answer::Denied("no code=V-AAAAAAAA cause=\"none\"".into()),
            r#"the provider answered access_denied: "no code=V-AAAAAAAA cause=\"none\"""#,
        ),
        (Answer::Denied("\u{202e}no\u{2028}WARN".into()), r#"access_denied: "\u{202e}no\u{2028}WARN""#),
        (Answer::Error("x cause=\"none\"".into()), r#"the provider answered "x cause=\"none\"""#),
    ] {
        server.behave(|uni| uni.answer = answer);
        let page = server.browser().sign_in("/auth/notes").await;
        assert!(log.line(&page.reference_code()).contains(expected), "{}", log.line(&page.reference_code()));
        let detail = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        assert!(detail.contains(expected) && !detail.contains(['\u{202e}', '\u{2028}']), "{detail:?}");
    }
}

// Row 5 for an app that gets no errors: its page would start the sign-in again.
#[tokio::test]
async fn return_to_galene_leads_to_its_front_page_without_an_error() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.answer = Answer::Denied("no".into()));
    let page = server.browser().sign_in("/auth/galene?room=maths").await;
    assert_eq!(page.link("Return to Conference"), "https://galene.example.org:8443/#");
}

// Rows 6 and 8
#[tokio::test]
async fn the_log_distinguishes_an_unreachable_provider_from_one_that_rejects_the_client() {
    let silent = "Example University is not answering.";
    let unusable = "Example University can’t be used right now.";
    let place = "provider.uni.client_secret";
    for (endpoint, answer, heading, expected) in [
        (TokenEndpoint::Broken, Answer::Code, silent, ["provider_unreachable", "127.0.0.1"]),
        (TokenEndpoint::Refuses(400, "invalid_scope"), Answer::Code, unusable, ["client_rejected", "registration"]),
        (TokenEndpoint::Good, Answer::Error("server_error".into()), silent, ["provider_unreachable", "server_error"]),
        (TokenEndpoint::InvalidClient, Answer::Code, unusable, ["client_rejected", place]),
        // Auth0's answer to a wrong secret.
        (TokenEndpoint::Refuses(401, "access_denied"), Answer::Code, unusable, ["client_rejected", place]),
        (
            TokenEndpoint::Good,
            Answer::Error("unauthorized_client".into()),
            unusable,
            ["client_rejected", "registration"],
        ),
        // Entra's answer to an unregistered scope.
        (TokenEndpoint::Good, Answer::Error("invalid_resource".into()), unusable, ["client_rejected", "registration"]),
    ] {
        let (log, server) = (Log::open(), TestServer::with_two_providers().await);
        let browser = server.browser();
        server.behave(|uni| (uni.token, uni.answer) = (endpoint, answer.clone()));
        let page = browser.sign_in("/auth/notes?provider=uni").await;
        assert_failure(&server, &log, &page, 503, heading, &expected).await;
        assert!(page.has_link("Another way to sign in") && browser.session().is_none());
        server.behave(|_| ());
        browser.sign_in(&page.link("Try again")).await.token_at(NOTES);
    }
}

// Row 8
#[tokio::test]
async fn a_refused_secret_that_basic_authentication_encodes_suggests_client_secret_post() {
    let encoded = "set client_auth = \\\"client_secret_post\\\"";
    for (secret, method, hint) in [
        ("s3cr3t/of+us=", "client_secret_basic", true),
        ("s3cr3t/of+us=", "client_secret_post", false),
        ("s3cr3t-of_us.", "client_secret_basic", false),
    ] {
        let (log, server) = (
            Log::open(),
            TestServer::with(|config| {
                config.provider("uni").set_text("client_secret", secret).set_text("client_auth", method);
            })
            .await,
        );
        server.behave(|uni| uni.token = TokenEndpoint::InvalidClient);
        let page = server.browser().sign_in("/auth/notes").await;
        let line = log.line(&page.reference_code());
        assert!(line.contains("client_rejected") && !line.contains(secret), "{line}");
        assert_eq!(line.contains(encoded) || line.contains(&encoded.replace('\\', "")), hint, "{line}");
    }
}

// Row 6, before the redirect to the provider
#[tokio::test]
async fn a_provider_that_is_down_is_logged_with_its_host_and_the_phase() {
    let (log, server) = (Log::open(), TestServer::start().await);
    server.uni.stop().await;
    let browser = server.browser();
    let page = browser.go("/auth/notes").await;
    let host = server.uni.issuer().trim_start_matches("http://").to_owned();
    let expected = ["provider_unreachable", &host, "connect", "since"];
    assert_failure(&server, &log, &page, 503, "Example University is not answering.", &expected).await;
    assert!(page.cookies_set().is_empty());
}

// Row 7
#[tokio::test]
async fn a_refused_answer_offers_another_try() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    server.behave(|uni| uni.defect = Some(Defect::Claim(ClaimDefect::AudOther)));
    let page = browser.sign_in("/auth/notes").await;
    let heading = "Example University’s answer could not be trusted.";
    assert_failure(&server, &log, &page, 400, heading, &["answer_refused", "C12", "vestibule", "another"]).await;
    assert!(!page.has_link("Another way to sign in"), "there is none");
    server.behave(|_| ());
    browser.sign_in(&page.link("Try again")).await.token_at(NOTES);
}

// Row 11
#[tokio::test]
async fn a_person_refused_in_a_room_stays_signed_in_and_may_use_another_account() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let page = browser.sign_in("/auth/meet?room=board&state=s").await;
    let expected = ["not_permitted", "tried meet.allow[1], meet.allow[2]", "needs group staff; has none"];
    assert_failure(&server, &log, &page, 403, "You are signed in as ada, but not expected in board.", &expected).await;
    assert!(page.link("Return to Meetings").starts_with("https://meet.example.org/r/board/#error=access_denied"));
    browser.go("/auth/notes").await.token_at(NOTES);
    // With a session, no provider is asked. The reference code still explains as much as before.
    let asked = server.uni.received().authorize.len();
    let page = browser.go("/auth/meet?room=board").await;
    assert_failure(&server, &log, &page, 403, "You are signed in as ada, but not expected in board.", &expected).await;
    assert_eq!(server.uni.received().authorize.len(), asked);
    assert!(log.line(&page.reference_code()).contains("provider=\"uni\""), "{}", log.line(&page.reference_code()));
    let entry = server.explain(&page.reference_code()).await.unwrap().row.entry;
    assert_eq!(entry.provider, Some("uni".parse().unwrap()));
    assert!(entry.account.is_some() && entry.network.is_some());
    // Repeats ask no provider, so the repeats of a minute share one row.
    let rows = server.audit().await.len();
    for _ in 0..30 {
        browser.go("/auth/meet?room=board").await;
    }
    assert_eq!(server.audit().await.len(), rows);
    server.behave(|uni| uni.person = Person::new("grace").with("preferred_username", "grace"));
    let page = browser.sign_in(&page.link("Use another account")).await;
    assert_eq!(page.heading(), "You are signed in as grace, but not expected in board.");
    assert_eq!(server.uni.received().authorize.pop().unwrap().get("prompt"), Some("select_account"));
}

// Row 12
#[tokio::test]
async fn if_first_logins_are_refused_an_unknown_person_gets_a_code_and_the_admin_a_command() {
    let log = Log::open();
    let server = TestServer::with(|config| {
        config.provider("uni").set_text("first_login", "refuse");
    })
    .await;
    let browser = server.browser();
    server.behave(|uni| uni.person = Person { sub: "it's \"ada\"".into(), ..Person::ada() });
    let page = browser.sign_in("/auth/notes").await;
    let command = format!(r#"vestibule identity link -- uni {} 'it'\''s "ada"' USERNAME"#, server.uni.issuer());
    assert_failure(&server, &log, &page, 403, "You have no access here yet.", &["identity_unknown", &command]).await;
    assert!(page.text().contains("Send the code below to help@example.org"));
    assert!(!page.body.contains("it's") && browser.session().is_none());
    assert!(browser.sign_in(&page.link("Use another account")).await.status == 403);
}

// Row 13
#[tokio::test]
async fn a_taken_name_gets_the_next_free_number_and_the_page_says_which() {
    let (log, server) = (Log::open(), TestServer::start().await);
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    for (sub, wished, assigned) in [("two", "ADA", "ADA-2"), ("three", "\u{ff41}da", "\u{ff41}da-3")] {
        server.behave(|uni| uni.person = Person::new(sub).with("preferred_username", wished));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes?state=s&prompt=login").await;
        assert_eq!((page.status.as_u16(), page.heading()), (200, format!("Your name here is {assigned}.")));
        assert!(page.text().contains(&format!("The name {wished} was already taken")));
        assert!(browser.session().is_some());
        let answer = browser.go(&page.link("Continue to Notes")).await.delivery_at(NOTES);
        assert_eq!(answer.get("state"), Some("s"));
        assert_eq!(server.verify_token(answer.get("token").unwrap()).await.1["preferred_username"], assigned);
        let line = log.text().lines().rfind(|line| line.contains("username_suffixed")).unwrap().to_owned();
        assert!([wished, assigned].iter().all(|name| line.contains(name)), "{line}");
        let rows = server.audit().await;
        assert!(rows[0].entry.detail.as_ref().unwrap().contains("username_suffixed"));
        server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    }
}

// Row 14
#[tokio::test]
async fn a_sign_in_without_a_usable_name_is_logged_with_the_claims_that_came() {
    let (log, server) = (Log::open(), TestServer::start().await);
    let browser = server.browser();
    let (none, unfit) = (
        "Example University did not give us a name to use.",
        "The name that Example University gave us can’t be a username here.",
    );
    for (person, heading, cause, expected) in [
        (
            Person::new("a").with("email", "Ada L"),
            none,
            "claim_missing",
            "no text in preferred_username, nickname, name; the claims received: ",
        ),
        (Person::new("b").with("preferred_username", "a/b"), unfit, "username_invalid", "a name of 3 characters"),
        (
            Person::new("c").with("name", "Ada L".repeat(16)),
            unfit,
            "username_invalid",
            "a name of 80 characters that can't be a username here: a username has 1 to 64 characters",
        ),
    ] {
        server.behave(|uni| uni.person = person);
        let page = browser.sign_in("/auth/notes").await;
        assert_failure(
            &server,
            &log,
            &page,
            400,
            heading,
            &[cause, "{{ preferred_username or nickname or name }}", expected],
        )
        .await;
        let line = log.line(&page.reference_code());
        assert!(!line.contains("Ada L"), "{line}");
        server.behave(|_| ());
        server.browser().sign_in(&page.link("Use another account")).await.token_at(NOTES);
    }
}
