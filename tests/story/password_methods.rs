//! A person adds a sign-in method of a provider that checks passwords on their own page.

use support::{Browser, FakeWebhook, FormOrigin, Page, TestServer, Verdict};

const ADD: &str = "/account/methods/add";

/// The directory has one person, `ada.l`, who may be the person of the university.
async fn server() -> (TestServer, FakeWebhook) {
    let directory = FakeWebhook::start(|name, password| match (name, password) {
        ("ada.l", "right") => Verdict::accepted("7"),
        ("ada.l", _) => Verdict::refused(),
        _ => Verdict::unknown(),
    })
    .await;
    let server = TestServer::with(|config| config.add_webhook(directory.url())).await;
    (server, directory)
}

async fn signed_in(server: &TestServer) -> Browser {
    let browser = server.browser();
    browser.sign_in("/auth/notes?provider=uni").await;
    browser
}

async fn type_password(browser: &Browser, password: &str, from: FormOrigin) -> Page {
    let fields = [("username".to_owned(), "ada.l".to_owned()), ("password".to_owned(), password.to_owned())];
    browser.post(ADD, &fields, from).await
}

/// The page that asks.
async fn asked(browser: &Browser) -> Page {
    let sent = type_password(browser, "right", FormOrigin::OurPage).await;
    browser.go(&sent.redirect_target()).await
}

async fn confirm(browser: &Browser, asked: &Page) -> Page {
    browser.post(&asked.url.replace("/link?", "/link/confirm?"), &[], FormOrigin::OurPage).await
}

async fn methods(server: &TestServer) -> usize {
    let ada = server.broker.store().account_by_name(&"ada".parse().unwrap()).await.unwrap().unwrap();
    server.broker.store().identities_of(&ada.id).await.unwrap().len()
}

// L8
#[tokio::test]
async fn a_person_adds_a_method_by_a_password() {
    let (server, _directory) = server().await;
    let (browser, elsewhere) = (signed_in(&server).await, signed_in(&server).await);
    assert!(browser.go(ADD).await.body.contains("name=\"password\""));
    let asked = asked(&browser).await;
    assert_eq!((asked.heading(), methods(&server).await), ("Open ada with Example Table too?".to_owned(), 1));
    let added = confirm(&browser, &asked).await;
    assert_eq!(added.redirect_target(), "/account?done=method-added");
    assert_eq!((methods(&server).await, elsewhere.go("/account").await.status.as_u16()), (2, 303));
    // A second press links nothing more, and the same password is known from now on.
    assert_eq!(confirm(&browser, &asked).await.status.as_u16(), 400);
    let known = type_password(&browser, "right", FormOrigin::OurPage).await;
    assert_eq!(known.redirect_target(), "/account?done=method-known");
    assert_eq!(methods(&server).await, 2);
}

// C43, C53
#[tokio::test]
async fn a_password_of_another_page_or_a_wrong_one_adds_nothing() {
    let (server, directory) = server().await;
    server.stop_clock();
    let browser = signed_in(&server).await;
    assert_eq!(type_password(&browser, "right", FormOrigin::AnotherSite).await.status.as_u16(), 403);
    assert_eq!(directory.requests(), 0);
    let wrong = type_password(&browser, "wrong", FormOrigin::OurPage).await;
    assert_eq!(wrong.status.as_u16(), 403);
    assert!(wrong.text().contains("Name or password is not right."), "{}", wrong.text());
    assert!(wrong.body.contains("value=\"ada.l\"") && !wrong.body.contains("\"wrong\""), "{}", wrong.body);
    for _ in 0..9 {
        type_password(&browser, "wrong", FormOrigin::OurPage).await;
    }
    let asked = directory.requests();
    let throttled = type_password(&browser, "right", FormOrigin::OurPage).await;
    assert_eq!((throttled.status.as_u16(), directory.requests()), (429, asked));
    assert_eq!(methods(&server).await, 1);
}

// L7, C23
#[tokio::test]
async fn a_password_adds_a_method_only_in_the_session_that_sent_it() {
    let (server, directory) = server().await;
    let (browser, other) = (signed_in(&server).await, signed_in(&server).await);
    let asked = asked(&browser).await;
    let (name, secret) = browser.cookies().into_iter().find(|(name, _)| name.contains("-ask-")).unwrap();
    other.set_cookie(&name, &secret);
    assert_eq!(confirm(&other, &asked).await.status.as_u16(), 400);
    // Without a session, and in one that is not fresh, nobody is asked.
    let requests = directory.requests();
    let nobody = type_password(&server.browser(), "right", FormOrigin::OurPage).await;
    assert_eq!(nobody.redirect_target(), "/account/sign-in?return_to=%2Faccount");
    server.advance_clock(time::Duration::minutes(6));
    let old = type_password(&browser, "right", FormOrigin::OurPage).await.redirect_target();
    assert!(old.starts_with("/account/sign-in?prompt=login") && old.ends_with("methods%2Fadd"), "{old}");
    assert_eq!(directory.requests(), requests);
    assert_eq!(methods(&server).await, 1);
}

#[tokio::test]
async fn a_password_of_another_account_is_not_added() {
    let (server, _directory) = server().await;
    let browser = signed_in(&server).await;
    // The account `ada-2` has this identity.
    let stranger = server.browser();
    let page = stranger.go("/auth/notes").await;
    stranger.submit_password(&page, "ada.l", "right").await;
    let refused = type_password(&browser, "right", FormOrigin::OurPage).await;
    assert_eq!(refused.heading(), "Your sign-in with Example Table belongs to another account by now.");
    assert_eq!(methods(&server).await, 1);
}

// Only an admin links identities of such a provider.
#[tokio::test]
async fn a_password_of_a_provider_whose_identities_only_admins_link_is_not_asked_for() {
    let (server, directory) = server().await;
    server.reconfigure(|config| _ = config.provider("hook").set_text("first_login", "refuse"));
    let browser = signed_in(&server).await;
    assert!(!browser.go(ADD).await.body.contains("name=\"password\""));
    assert_eq!(type_password(&browser, "right", FormOrigin::OurPage).await.status.as_u16(), 400);
    assert_eq!(directory.requests(), 0);
    server.reconfigure(support::TestConfig::add_passwords);
    assert!(!browser.go(ADD).await.body.contains("name=\"password\""), "a local password belongs to its account");
}
