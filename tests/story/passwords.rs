//! Signing in with a name and a password: the form, and its refusals.

use support::{Browser, FormOrigin, Log, Page, TestConfig, TestServer};
use vestibule::store::{AuditRow, Event};

pub const NOTES: &str = "https://notes.example.org/signed-in";
pub const PASSWORD: &str = "correct horse battery staple";

pub async fn with_grace(config: fn(&mut TestConfig)) -> TestServer {
    let server = TestServer::with(config).await;
    server.stop_clock();
    server.add_user("Grace", PASSWORD).await;
    server
}

pub async fn local_accounts_only() -> TestServer {
    with_grace(TestConfig::passwords_without_uni).await
}

/// Opens the sign-in page, and sends the name and the password.
pub async fn enter_password(browser: &Browser, name: &str, password: &str) -> Page {
    let page = browser.go("/auth/notes").await;
    browser.submit_password(&page, name, password).await
}

pub async fn fail_logins(browser: &Browser, name: &str, times: usize) {
    for _ in 0..times {
        assert_eq!(enter_password(browser, name, "a wrong password").await.status, 403);
    }
}

#[tokio::test]
async fn a_password_signs_in_like_a_provider_and_keeps_the_parameters_of_the_start() {
    let server = with_grace(TestConfig::add_passwords).await;
    let browser = server.browser();
    let page = browser.go("/auth/notes?state=s&nonce=n&login_hint=grace").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Sign in to Notes".into()));
    assert!(page.has_link("Continue with Example University") && page.text().contains("or with a password"));
    assert!(page.body.contains("value=\"grace\""), "the hint");
    let page = browser.submit_password(&page, "grace", "not hers").await;
    assert_eq!((page.status.as_u16(), page.url.contains("state=s")), (403, true));
    assert!(page.text().contains("Name or password is not right."), "{}", page.text());
    assert!(page.body.contains("value=\"grace\"") && !page.body.contains("not hers"), "{}", page.body);
    assert!(page.has_link("Continue with Example University"));

    let page = browser.submit_password(&page, "grace", PASSWORD).await;
    assert_eq!(page.delivery_at(NOTES).get("state"), Some("s"));
    let (_, claims) = server.verify_token(&page.token_at(NOTES)).await;
    assert_eq!((&claims["nonce"], &claims["idp"]), (&"n".into(), &"local".into()));
    assert_eq!(claims["amr"], serde_json::json!(["pwd"]));
    assert!(browser.session().is_some());
    browser.sign_in("/auth/notes").await.token_at(NOTES);
}

#[tokio::test]
async fn the_form_names_all_providers_that_check_passwords() {
    let page = local_accounts_only().await.browser().go("/auth/notes").await;
    assert!(page.text().contains("Use the name and password of your account on this site."), "{}", page.text());
    let hook = |config: &mut TestConfig| config.add_webhook("http://127.0.0.1:9/");
    for (language, words) in [
        ("en", "Use the name and password you have at Example Table."),
        ("de", "Verwenden Sie den Namen und das Passwort, die Sie bei Example Table haben."),
        ("fr", "Utilisez le nom et le mot de passe que vous avez chez Example Table."),
    ] {
        let page = TestServer::with(hook).await.browser().with_language(language).go("/auth/notes").await;
        assert!(page.text().contains(words), "{}", page.text());
    }
    let three = |config: &mut TestConfig| {
        for (id, name) in [("one", "One"), ("two", "Two"), ("three", "Three")] {
            config.add_webhook("http://127.0.0.1:9/");
            config.provider("hook").set_text("id", id).set_text("name", name);
        }
    };
    for (language, words) in [
        ("en", "Use the name and password you have at One, Two or Three."),
        ("de", "Verwenden Sie den Namen und das Passwort, die Sie bei One, Two oder Three haben."),
        ("fr", "Utilisez le nom et le mot de passe que vous avez chez One, Two ou Three."),
    ] {
        let server = TestServer::with(three).await;
        let page = server.browser().with_language(language).go("/auth/notes").await;
        assert!(page.text().contains(words), "{}", page.text());
        let page = server.browser().with_language(language).go("/auth/notes?provider=two").await;
        assert!(page.text().contains("Two") && !page.text().contains("One"), "{}", page.text());
    }
    let both = TestServer::with(|config| {
        config.add_webhook("http://127.0.0.1:9/");
        config.add_passwords();
    });
    let page = both.await.browser().go("/auth/notes").await;
    let words = "Use the name and password of your account on this site, or those you have at Example Table.";
    assert!(page.text().contains(words), "{}", page.text());
}

#[tokio::test]
async fn two_tabs_and_a_reload_each_keep_their_own_start() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let (one, two) = (browser.go("/auth/notes?state=one").await, browser.go("/auth/notes?state=two").await);
    let one = browser.submit_password(&one, "grace", "wrong, alas").await;
    let one = browser.go(&one.form_action()).await;
    assert_eq!(browser.submit_password(&two, "grace", PASSWORD).await.delivery_at(NOTES).get("state"), Some("two"));
    assert_eq!(browser.submit_password(&one, "grace", PASSWORD).await.delivery_at(NOTES).get("state"), Some("one"));
}

// C42
#[tokio::test]
async fn an_unknown_name_a_wrong_password_and_a_disabled_account_look_alike() {
    let server = local_accounts_only().await;
    server.add_user("clara", PASSWORD).await;
    server.disable("clara").await;
    let looks = async |name: &str, password: &str| {
        let page = enter_password(&server.browser(), name, password).await;
        let (status, headers, body) = page.without_reference_code();
        (status.as_u16(), headers, body.replace(name, "NAME"))
    };
    let unknown = looks("hodge", PASSWORD).await;
    assert_eq!(unknown.0, 403);
    assert!(!unknown.1.iter().any(|(name, _)| name == "set-cookie"));
    for (name, password) in [("grace", "a wrong password"), ("clara", PASSWORD), ("clara", "a wrong password")] {
        assert_eq!(looks(name, password).await, unknown, "{name}");
    }
}

// C41
#[tokio::test]
async fn an_empty_or_malformed_name_or_password_is_not_sent_to_a_provider() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    for (name, password) in [("grace", ""), ("grace", "a\0b"), ("grace", &"x".repeat(1025)), ("", PASSWORD)] {
        assert_eq!(enter_password(&browser, name, password).await.status, 403, "{name}");
    }
    assert!(
        server.audit().await.iter().all(|row| row.entry.cause.is_none()),
        "a try without a provider is not counted"
    );
    let long = PASSWORD.to_owned() + &"ä".repeat(1024 - PASSWORD.chars().count());
    server.add_user("long", &long).await;
    assert_eq!(enter_password(&browser, "long", &long[..long.len() - 2]).await.status, 403);
    assert_eq!(enter_password(&browser, "long", &long).await.status, 303);
}

// C53
#[tokio::test]
async fn a_form_from_another_site_cannot_sign_a_person_in() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let fields = [("username", "grace"), ("password", PASSWORD)].map(|(k, v)| (k.to_owned(), v.to_owned()));
    let page = browser.post("/auth/notes", &fields, FormOrigin::AnotherSite).await;
    assert_eq!((page.status.as_u16(), browser.session()), (403, None));
    let page = browser.go(&page.link("Start again here")).await;
    browser.submit_password(&page, "grace", PASSWORD).await.token_at(NOTES);
}

// C56: people type their password where the name belongs
#[tokio::test]
async fn the_audit_records_refusals_but_never_what_was_typed() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let page = enter_password(&browser, "grace", "a wrong password").await;
    enter_password(&browser, PASSWORD, PASSWORD).await;
    fail_logins(&browser, "grace", 4).await;
    enter_password(&browser, "grace", PASSWORD).await;
    let rows = server.audit().await;
    let refusals: Vec<_> = rows
        .iter()
        .filter_map(|row| Some((row.entry.cause.clone()?, row.entry.account.is_some(), row.count)))
        .collect();
    let expect = |cause: &str, account, count| (cause.to_owned(), account, count);
    assert_eq!(
        refusals,
        [expect("throttled", true, 1), expect("password_refused", false, 1), expect("password_refused", true, 5)]
    );
    assert!(!format!("{rows:?}").contains("horse") && !format!("{rows:?}").contains("wrong password\""), "{rows:?}");
    let explained = server.explain(&page.reference_code()).await.unwrap();
    assert_eq!(explained.detail.as_deref(), Some("the password is wrong"));
    assert_eq!(explained.row.entry.provider.unwrap().as_str(), "local");
    for file in ["vestibule.db", "vestibule.db-wal"] {
        let bytes = std::fs::read(server.database().with_file_name(file)).unwrap();
        assert!(!bytes.windows(13).any(|bytes| bytes == b"correct horse"), "{file}");
    }
}

// C56: a typed name may be a password, so it is named only if an account has that name
#[tokio::test]
async fn a_wait_names_the_account_and_the_command_that_ends_it() {
    let server = local_accounts_only().await;
    let explained = async |name: &str| {
        let browser = server.browser();
        fail_logins(&browser, name, 5).await;
        let page = enter_password(&browser, name, PASSWORD).await;
        assert_eq!(page.status, 429);
        server.explain(&page.reference_code()).await.unwrap()
    };
    let known = explained("Grace ").await;
    assert!(known.row.entry.account.is_some());
    let detail = known.detail.unwrap();
    assert!(detail.ends_with("; `vestibule user release Grace` ends the wait"), "{detail}");

    let unknown = explained(PASSWORD).await;
    assert_eq!(unknown.row.entry.account, None);
    let detail = unknown.detail.unwrap();
    assert!(
        !detail.contains("horse") && detail.contains("`vestibule user release --name NAME` ends the wait"),
        "{detail}"
    );
}

// C37
#[tokio::test]
async fn a_password_opens_a_new_session_and_ends_the_old_one() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    enter_password(&browser, "grace", PASSWORD).await.token_at(NOTES);
    let old = browser.session().unwrap();
    let page = browser.go("/auth/notes?prompt=login").await;
    assert!(page.text().contains("asks you to sign in once more"));
    browser.submit_password(&page, "grace", PASSWORD).await.token_at(NOTES);
    assert_ne!(browser.session().unwrap(), old);
    let thief = server.browser();
    thief.set_cookie("__Host-vestibule", &old);
    assert_eq!(thief.go("/auth/notes").await.status, 200, "asked to sign in");
}

#[tokio::test]
async fn a_start_that_names_a_provider_uses_that_provider() {
    let server = with_grace(TestConfig::add_passwords).await;
    let browser = server.browser();
    let page = browser.go("/auth/notes?provider=local").await;
    assert_eq!(page.status, 200);
    assert!(!page.has_link("Continue with Example University") && page.body.contains("type=\"password\""));
    browser.submit_password(&page, "grace", PASSWORD).await.token_at(NOTES);
    let typed = [("username", "grace"), ("password", PASSWORD)].map(|(k, v)| (k.to_owned(), v.to_owned()));
    assert_eq!(browser.post("/auth/notes?provider=uni", &typed, FormOrigin::OurPage).await.status, 400);
}

// C27
#[tokio::test]
async fn a_person_without_a_matching_rule_sees_that_only_after_the_right_password() {
    let server = with_grace(|config| {
        config.passwords_without_uni();
        config.app("notes").allow(&["groups = [\"directors\"]"]);
    })
    .await;
    let browser = server.browser();
    let page = enter_password(&browser, "grace", PASSWORD).await;
    assert_eq!(page.status, 403);
    assert!(page.heading().contains("You are signed in as Grace"), "{}", page.heading());
    assert!(browser.session().is_some());
}

// C42: after many refusals from one network, neither known nor unknown names write a row at once: the response time
// must not reveal whether an account exists
#[tokio::test]
async fn after_many_refusals_known_and_unknown_names_are_recorded_equally_rarely() {
    let server = local_accounts_only().await;
    server.add_user("ada", PASSWORD).await;
    server.disable("ada").await;
    let browser = server.browser();
    for number in 0..20 {
        enter_password(&browser, &format!("made-up-{number}"), PASSWORD).await;
    }
    let rows = async || server.audit().await.iter().filter(|row| row.entry.event == Event::Refused).count();
    assert_eq!(rows().await, 1);
    for (name, password) in [("grace", "a wrong password"), ("ada", PASSWORD), ("hodge", "a wrong password")] {
        let page = enter_password(&browser, name, password).await;
        assert_eq!(page.status, 403);
        assert_eq!(server.explain(&page.reference_code()).await, None, "{name}");
    }
    assert_eq!(rows().await, 1);
    // The counts are written half a minute later, separately for each account.
    server.broker.write_coalesced_audit().await.unwrap();
    let counts: Vec<_> = server.audit().await.into_iter().filter(|row| row.entry.event == Event::Refused).collect();
    let of = |cause: &str, has_account: bool| {
        let is_it =
            |row: &&AuditRow| row.entry.cause.as_deref() == Some(cause) && row.entry.account.is_some() == has_account;
        counts.iter().filter(is_it).map(|row| row.count).sum::<i64>()
    };
    assert_eq!((of("password_refused", false), of("password_refused", true), of("account_disabled", true)), (21, 1, 1));
    // Another network has its own count.
    let page = enter_password(&server.browser().from_address("198.51.100.1"), "grace", "a wrong password").await;
    assert!(server.explain(&page.reference_code()).await.is_some());
}

#[tokio::test]
async fn a_form_for_a_removed_provider_or_one_without_passwords_is_refused_like_such_a_link() {
    let server = with_grace(TestConfig::add_passwords).await;
    let log = Log::open();
    let browser = server.browser();
    let form = browser.go("/auth/notes?provider=local").await;
    for (gone, expected) in [
        ("provider=nope", "the parameter `provider` names no provider of this app"),
        ("provider=uni", "names a provider that takes no password here: start the sign-in again"),
    ] {
        let form = Page { body: form.body.replace("provider=local", gone), ..form.clone() };
        let page = browser.submit_password(&form, "grace", PASSWORD).await;
        assert_eq!((page.status.as_u16(), page.heading()), (400, "This link is not right.".into()), "{gone}");
        let line = log.line(&page.reference_code());
        assert!(line.contains("start_refused") && line.contains(expected), "{line}");
    }
}
