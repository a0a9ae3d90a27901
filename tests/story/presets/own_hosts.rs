//! Presets with a host of the operator's own.

use support::{Log, TestServer};

// C19: docs/config.md, `allow_private`. A name is looked up where the client of each preset is tested.
#[tokio::test]
async fn nobody_signs_in_at_a_private_address_unless_the_config_allows_it() {
    for (kind, is_openid) in [("github-enterprise", false), ("gitlab", true), ("mastodon", false)] {
        for (host, allowed, words) in [
            ("10.0.0.1", "false", "10.0.0.1, address: a private address; `allow_private` permits it"),
            ("127.0.0.1:9", "true", "127.0.0.1:9, connect: "),
        ] {
            let log = Log::open();
            let server = TestServer::with(|config| {
                config.only_preset(kind, &[]).set_text("host", host).set("allow_private", allowed);
            })
            .await;
            let browser = server.browser();
            let mut page = browser.go("/auth/notes").await;
            // Without metadata, the first request of ours is for the token.
            if !is_openid {
                let to = page.redirect_target();
                let state = to.split(['?', '&']).find(|part| part.starts_with("state=")).unwrap();
                page = browser.go(&format!("/callback/{kind}?code=c0de&{state}")).await;
            }
            assert_eq!(page.status, 503, "{kind}: {}", page.text());
            assert!(browser.session().is_none());
            let line = log.line(&page.reference_code());
            assert!(line.contains(words), "{kind}: {line}");
        }
    }
}
