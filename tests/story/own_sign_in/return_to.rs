//! Where a sign-in without an app may lead: only to a page of ours.

use support::TestServer;
use vestibule::base::urls::query;

use super::{end_of_sign_in, sign_in};
use crate::passwords::{PASSWORD, local_accounts_only};

/// Values of `return_to` that would lead elsewhere, or might.
const HOSTILE: [&str; 35] = [
    "https://evil.example/",
    "HTTPS://evil.example",
    "https:evil.example",
    "https:/evil.example",
    "http://localhost@evil.example/",
    "javascript:alert(1)",
    "data:text/html,x",
    "account",
    "../account",
    "?a=b",
    "#account",
    "@evil.example",
    "evil.example",
    " /account",
    "\t/account",
    "//evil.example",
    "///evil.example",
    "////evil.example/..",
    "//localhost/account",
    "//evil.example:80@localhost/",
    "/\\evil.example",
    "\\/evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/\n/evil.example",
    "/\r\nLocation: https://evil.example",
    "/\u{0}/evil.example",
    "/..//evil.example",
    "/../%2fevil.example",
    "/.//evil.example",
    "/a/../..//evil.example",
    "/%2e%2e//evil.example",
    "/%2f/evil.example",
    "/%5cevil.example",
    "/account#fragment",
];

// C35
#[tokio::test]
async fn a_hostile_return_to_is_refused_before_and_within_a_session() {
    let server = TestServer::with_two_providers().await;
    let signed_in = server.browser();
    sign_in(&signed_in, "/auth?provider=uni").await;
    for given in HOSTILE {
        for (browser, more) in [(&server.browser(), ""), (&signed_in, ""), (&server.browser(), "&provider=uni")] {
            let page = browser.go(&format!("/auth?{}{more}", query(&[("return_to", given)]))).await;
            assert_eq!((page.status.as_u16(), page.heading()), (400, "This link is not right.".into()), "{given:?}");
            assert!(page.header("location").is_empty() && page.header("refresh").is_empty(), "{given:?}");
            assert!(page.cookies_set().is_empty(), "{given:?}");
            assert!(page.text().contains("For the developer `return_to` is not a path of this server: "), "{given:?}");
            assert!(!page.body.contains("evil"), "{given:?}");
            // The way on leaves the bad value out.
            assert_eq!(page.link("Sign in"), "/auth");
        }
    }
    assert!(server.uni.received().authorize.len() == 1, "no provider was asked");
}

// C35
#[tokio::test]
async fn a_hostile_return_to_checks_no_password() {
    let server = local_accounts_only().await;
    let browser = server.browser();
    let fields = [("username", "grace"), ("password", PASSWORD)].map(|(k, v)| (k.to_owned(), v.to_owned()));
    for given in HOSTILE {
        let to = format!("/auth?{}", query(&[("return_to", given)]));
        let page = browser.post(&to, &fields, support::FormOrigin::OurPage).await;
        assert_eq!((page.status.as_u16(), page.header("location"), browser.session()), (400, "", None), "{given:?}");
    }
}

#[tokio::test]
async fn a_path_of_ours_is_kept_with_its_query_in_every_step() {
    let server = TestServer::start().await;
    for (given, to) in [
        ("/account?tab=methods&back=%2Faccount%3Fa%3Db", "/account?tab=methods&back=%2Faccount%3Fa%3Db"),
        ("/link/caf\u{e9}?name=\u{e9}", "/link/caf%C3%A9?name=%C3%A9"),
        ("/link/../account", "/account"),
        ("", "/account"),
    ] {
        let start = format!("/auth?{}", query(&[("return_to", given)]));
        let browser = server.browser();
        assert_eq!(sign_in(&browser, &start).await, to);
        assert_eq!(browser.go(&start).await.redirect_target(), to);
    }
    // A path that starts another sign-in works like a link to it.
    let browser = server.browser();
    let page = browser.sign_in("/auth?return_to=%2Fauth%2Fnotes%3Fstate%3Ds").await;
    assert_eq!(page.delivery_at("https://notes.example.org/signed-in").get("state"), Some("s"));
}

#[tokio::test]
async fn each_parameter_may_occur_once_and_has_a_limit() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let long = |length: usize| format!("return_to=%2F{}", "a".repeat(length - 1));
    for (parameters, reason) in [
        ("return_to=%2Fa&return_to=%2Fa", "`return_to` was given more than once"),
        ("return_to=&return_to=%2Fa", "`return_to` was given more than once"),
        (&long(513), "`return_to` is longer than 512 bytes"),
        ("return_to=%2F%FF", "`return_to` is not UTF-8"),
        ("prompt=none", "`prompt` is `login` or `select_account` here"),
        ("prompt=consent", "`prompt` is `login` or `select_account` here"),
        ("prompt=login&prompt=login", "`prompt` was given more than once"),
        ("provider=nobody", "`provider` names no provider of this server"),
        ("provider=No%20body", "`provider` names no provider of this server"),
        ("provider=uni&provider=uni", "`provider` was given more than once"),
    ] {
        let page = browser.go(&format!("/auth?{parameters}")).await;
        assert_eq!((page.status.as_u16(), page.header("location")), (400, ""), "{parameters}");
        assert!(page.text().contains(reason), "{parameters}: {}", page.text());
        assert!(!page.text().contains("the app"), "{}", page.text());
    }
    assert_eq!(sign_in(&browser, &format!("/auth?{}", long(512))).await.len(), 512);
    // Hints that can't be used, and names that are not ours, count as not sent.
    let begun = server.browser();
    let page =
        begun.go("/auth?login_hint=%FF&ui_locales=a&ui_locales=b&location=https%3A%2F%2Fevil.example&x=%FF").await;
    assert_eq!(end_of_sign_in(&begun, page).await, "/account");
    assert_eq!(server.uni.received().authorize.last().unwrap().get("login_hint"), None);
}
