//! What every visitor can request: headers, languages, odd requests, the key set, and the scripts for apps.

use reqwest::Method;
use serde_json::Value;
use support::provider::Answer;
use support::{FormOrigin, Page, TestServer};

fn has_security_headers(page: &Page) {
    let what = format!("{} {}", page.url, page.status);
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{what}");
    assert_eq!(page.header("cross-origin-opener-policy"), "same-origin", "{what}");
    assert!(page.header("content-security-policy").contains("default-src 'none'"), "{what}");
    let redirects = page.status.is_redirection();
    assert_eq!(page.header("referrer-policy"), if redirects { "no-referrer" } else { "same-origin" }, "{what}");
}

fn is_html_page(page: &Page) {
    has_security_headers(page);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{}", page.url);
    assert_eq!(page.header("cache-control"), "no-store");
    let policy = page.header("content-security-policy");
    for directive in ["style-src 'self'", "base-uri 'none'", "frame-ancestors 'none'", "form-action"] {
        assert!(policy.contains(directive), "{directive}: {policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    for inline in ["<style", " style=", " onclick=", " onload=", "javascript:"] {
        assert!(!page.body.contains(inline), "{inline} in {}", page.url);
    }
    assert!(!page.heading().is_empty());
}

#[tokio::test]
async fn every_answer_has_security_headers_and_every_page_a_heading() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    for path in
        ["/auth/notes", "/auth/notes?state=%20", "/auth/nobody", "/callback/uni", "/logout", "/", "/%00", "/a/b"]
    {
        is_html_page(&browser.go(path).await);
    }
    server.behave(|uni| uni.answer = Answer::Error("server_error".into()));
    is_html_page(&browser.sign_in("/auth/notes?provider=uni").await);
    for path in ["/auth/notes?provider=uni", "/auth/notes?prompt=none", "/healthz", "/readyz", "/vestibule.js"] {
        has_security_headers(&browser.go(path).await);
    }
}

#[tokio::test]
async fn unusual_methods_addresses_and_forms_get_a_page_that_is_never_blank() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for method in ["OPTIONS", "PUT", "DELETE", "PATCH", "PROPFIND"] {
        for path in
            ["/auth/notes", "/auth", "/callback/uni", "/logout", "/.well-known/jwks.json", "/healthz", "/vestibule.js"]
        {
            let page = browser.ask(Method::from_bytes(method.as_bytes()).unwrap(), path, &[]).await;
            if (method, path) == ("OPTIONS", "/auth/notes") {
                // A CORS preflight of an app's page.
                assert_eq!((page.status.as_u16(), page.body.as_str()), (204, ""));
                assert_eq!(page.header("access-control-allow-origin"), "");
                continue;
            }
            assert_eq!(page.status, 405, "{method} {path}");
            is_html_page(&page);
            assert!(page.header("allow").contains("GET"), "{method} {path}: {}", page.header("allow"));
            assert!(page.cookies_set().is_empty());
        }
    }
    let typed = [("username", "ada"), ("password", "sesame")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    for (fields, from, status) in [
        (&[][..], FormOrigin::OurPage, 400),
        (&typed[..1], FormOrigin::OurPage, 400),
        (&typed, FormOrigin::OurPage, 400), // no provider there checks passwords
        (&typed, FormOrigin::AnotherSite, 403),
    ] {
        for path in ["/auth/notes", "/auth"] {
            let page = browser.post(path, fields, from).await;
            assert_eq!(page.status, status, "{path}");
            is_html_page(&page);
        }
    }
    for path in
        ["/auth/%FF", "/callback/%FF", "/static/%FF", "/auth/NOTES", "/auth/", "//evil.example/x", "/administration"]
    {
        let page = browser.go(path).await;
        assert_eq!((page.status.as_u16(), page.heading()), (404, "There is nothing at this address.".into()), "{path}");
        is_html_page(&page);
    }
    for (path, status) in [("/auth/notes", 303), ("/logout", 200), ("/nowhere", 404), ("/healthz", 200)] {
        let page = browser.ask(Method::HEAD, path, &[]).await;
        assert_eq!((page.status.as_u16(), page.body.as_str()), (status, ""), "{path}");
    }
    let large = [("state".to_owned(), "x".repeat(70_000))];
    let page = browser.post("/callback/uni", &large, FormOrigin::AnotherSite).await;
    assert!(page.status.is_client_error());
    is_html_page(&page);
    let json = [("content-type", "application/json")];
    is_html_page(&browser.ask(Method::POST, "/callback/uni", &json).await);
}

#[tokio::test]
async fn pages_speak_the_visitors_language_before_and_after_the_provider() {
    let server = TestServer::with_two_providers().await;
    let heading = async |accept: &'static str, path: &str| {
        let page = server.browser().with_language(accept).go(path).await;
        assert_eq!(page.header("vary"), "accept-language, cookie");
        (page.header("content-language").to_owned(), page.heading())
    };
    assert_eq!(heading("fr-CH, en;q=0.5", "/nowhere").await.0, "fr");
    assert_eq!(heading("de", "/auth/notes").await.0, "de");
    assert_eq!(heading("de", "/auth/notes?ui_locales=fr").await.0, "fr");
    assert_eq!(heading("tlh", "/auth/notes?ui_locales=xx%20de-AT").await.0, "de");
    assert_eq!(heading("", "/nowhere").await, ("en".into(), "There is nothing at this address.".into()));

    server.behave(|uni| uni.answer = Answer::Denied("no".into()));
    let browser = server.browser().with_language("de");
    let page = browser.sign_in("/auth/notes?provider=uni&ui_locales=fr").await;
    assert_eq!(page.header("content-language"), "fr");
    assert!(page.body.contains("<html lang=\"fr\""));
    assert_eq!(server.uni.received().authorize[0].get("ui_locales"), Some("fr"));
    let page = server.browser().with_language("de").sign_in("/auth/notes?provider=uni").await;
    assert_eq!(page.header("content-language"), "de");
    // A page of a GET request links to itself in the other languages.
    let page = browser.go("/auth/notes?state=s").await;
    let french = browser.go(&format!("/auth/notes{}", page.link("Français"))).await;
    assert_eq!((french.header("content-language"), french.has_link("Deutsch")), ("fr", true));
    assert!(french.links()[0].1.contains("state=s"));
    // The links repeat only what a start reads: a quotation mark takes five bytes on the page.
    let long = format!("/auth/notes?state=s&{}&login_hint={}", "'".repeat(3_000), "%27".repeat(1_000));
    let page = browser.go(&long).await;
    assert!(page.link("Français").ends_with("&state=s"), "{}", page.link("Français"));
    assert!(page.body.len() < 10_000, "{}", page.body.len());
    for path in ["/logout", "/account/password"] {
        let page = server.browser().go(&format!("{path}?{}", "'".repeat(3_000))).await;
        assert!(page.body.len() < 10_000, "{path}: {}", page.body.len());
    }
}

// C30
#[tokio::test]
async fn the_key_set_is_public_and_cacheable_and_has_no_private_parts() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.go("/.well-known/jwks.json").await;
    assert_eq!(page.header("access-control-allow-origin"), "*");
    assert!(page.header("cache-control").starts_with("public, max-age="));
    let keys: Value = serde_json::from_str(&page.body).unwrap();
    let keys = keys["keys"].as_array().unwrap();
    assert!(!keys.is_empty());
    for key in keys {
        let names: Vec<_> = key.as_object().unwrap().keys().map(String::as_str).collect();
        assert!(["d", "p", "q", "k"].iter().all(|private| !names.contains(private)), "{names:?}");
        assert!(["alg", "kid", "kty", "use", "x", "y"].iter().all(|public| names.contains(public)), "{names:?}");
    }
    let tag = page.header("etag").to_owned();
    let page = browser.ask(Method::GET, "/.well-known/jwks.json", &[("if-none-match", &tag)]).await;
    assert_eq!((page.status.as_u16(), page.body.as_str(), page.header("etag")), (304, "", tag.as_str()));
    assert_eq!(page.header("access-control-allow-origin"), "*");
    let page = browser.ask(Method::GET, "/.well-known/jwks.json", &[("if-none-match", "\"x\"")]).await;
    assert_eq!(page.status, 200);
}

#[tokio::test]
async fn the_scripts_for_apps_can_be_imported_from_any_origin() {
    let server = TestServer::start().await;
    let browser = server.browser();
    for (path, kind) in
        [("/vestibule.js", "text/javascript"), ("/verify.js", "text/javascript"), ("/vestibule.d.ts", "text/plain")]
    {
        let page = browser.go(path).await;
        assert_eq!((page.status.as_u16(), page.header("access-control-allow-origin")), (200, "*"), "{path}");
        assert!(page.header("content-type").starts_with(kind), "{path}");
        assert_eq!(page.header("cross-origin-resource-policy"), "cross-origin");
        let again = browser.ask(Method::GET, path, &[("if-none-match", page.header("etag"))]).await;
        assert_eq!(again.status, 304);
    }
    assert!(browser.go("/vestibule.js").await.body.len() < 3 * 1024);
    let page = browser.go("/nowhere").await;
    let sheet = page.body.split_once("rel=\"stylesheet\" href=\"").unwrap().1.split_once('"').unwrap().0.to_owned();
    let sheet = browser.go(&sheet).await;
    assert_eq!((sheet.status.as_u16(), sheet.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(sheet.header("access-control-allow-origin").is_empty());
}

// An image of the operator is at our origin, so it runs nothing.
#[tokio::test]
async fn the_icon_of_a_provider_is_an_image_that_runs_no_script() {
    let folder = tempfile::tempdir().unwrap();
    let icon = folder.path().join("icon.svg");
    std::fs::write(&icon, "<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>").unwrap();
    let server = TestServer::with(|config| _ = config.provider("uni").set_text("icon", icon.to_str().unwrap())).await;
    let browser = server.browser();
    let image = browser.go("/brand/icon/uni").await;
    assert_eq!((image.status.as_u16(), image.header("content-type")), (200, "image/svg+xml"));
    assert_eq!(image.header("x-content-type-options"), "nosniff");
    let policy = image.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && policy.contains("sandbox"), "{policy}");
    for path in ["/brand/icon/lab", "/brand/icon/nobody", "/brand/icon/%2e%2e", "/brand/icon/UNI"] {
        assert_eq!(browser.go(path).await.status.as_u16(), 404, "{path}");
    }
}
