//! Attacks by another site, which posts or links to Vestibule in the browser of a signed-in person.

use support::{FormOrigin, TestServer};

// C53: the page that posts an answer again posts it only to a callback.
#[tokio::test]
async fn another_site_cannot_sign_anybody_out_through_a_reposted_callback() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await;
    let session = browser.session().expect("signed in");
    // Anybody can get a valid state.
    let attacker = server.browser();
    let provider: url::Url = attacker.go("/auth/notes").await.redirect_target().parse().unwrap();
    let state = provider.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    let fields = [("state".to_owned(), state), ("code".to_owned(), "x".to_owned())];
    for path in ["/callback/..%2Flogout", "/callback/uni%2F..%2F..%2Flogout", "/callback/%2E%2E%2Flogout"] {
        let page = browser.post(path, &fields, FormOrigin::AnotherSite).await;
        assert_eq!(page.status, 404, "{path}: {}", page.text());
        assert!(!page.body.contains("<form"), "{path}");
    }
    assert_eq!(browser.session(), Some(session));
}

// C33: an address that the app no longer registers may belong to somebody else.
#[tokio::test]
async fn no_page_links_to_an_address_that_the_app_no_longer_registers() {
    let server = TestServer::start().await;
    for changed in ["locations", "enabled"] {
        let browser = server.browser();
        let callback = browser.callback_url("/auth/notes?state=s").await;
        server.reconfigure(|config| {
            let notes = config.app("notes");
            notes.set("locations", "[\"https://notes.example.org/moved\"]");
            notes.set("enabled", if changed == "enabled" { "false" } else { "true" });
        });
        let page = browser.go(&callback).await;
        assert_eq!(page.link("Return to Notes"), "https://notes.example.org/", "{changed}: {}", page.text());
        server.reconfigure(|config| {
            let notes = config.app("notes");
            notes.set("locations", "[\"https://notes.example.org/signed-in\"]").set("enabled", "true");
        });
    }
}
