//! A whole sign-in: start, provider, callback, token, and a second app that needs no second login.

use serde_json::json;
use support::provider::{Person, Quirk};
use support::{Log, TestServer};
use time::Duration;

use vestibule::base::clock::Clock;
use vestibule::base::urls::query;
use vestibule::store::Event;

const NOTES: &str = "https://notes.example.org/signed-in";
const MATHS: &str = "https://meet.example.org/r/maths/";

#[tokio::test]
async fn a_plain_app_gets_the_documented_token() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes?state=st%26te&nonce=n-once").await;
    let delivery = page.delivery_at(NOTES);
    assert_eq!(delivery.get("state"), Some("st&te"));
    assert_eq!(delivery.get("iss"), Some(server.base.as_str()));
    assert_eq!(delivery.0.len(), 3, "{delivery:?}");
    let (header, claims) = server.verify_token(delivery.get("token").unwrap()).await;
    // C28
    assert_eq!(header["alg"], "ES256");
    assert_eq!(header["typ"], "login+jwt");
    let known = ["sub", "jti", "iat", "exp", "auth_time"];
    let mut rest = claims.as_object().unwrap().clone();
    rest.retain(|name, _| !known.contains(&name.as_str()));
    let expected = json!({
        "iss": server.base, "aud": NOTES, "nonce": "n-once", "idp": "uni", "permissions": ["read"],
        "preferred_username": "ada", "name": "Ada Lovelace", "email": "ada@example.edu", "email_verified": true,
        "groups": [],
    });
    assert_eq!(json!(rest), expected);
    let seconds = |name: &str| claims[name].as_i64().unwrap();
    assert_eq!(seconds("exp") - seconds("iat"), 60);
    assert!((server.now().unix_timestamp() - seconds("iat")).abs() < 5);
    assert!((server.now().unix_timestamp() - seconds("auth_time")).abs() < 5);
    assert_eq!(claims["sub"].as_str().unwrap().len(), 26);
    assert!(claims["jti"].as_str().unwrap().len() >= 22);
}

#[tokio::test]
async fn galene_gets_its_own_form_of_token_in_the_query() {
    let server = TestServer::start().await;
    let room = "https://galene.example.org:8443/group/maths/";
    let page = server.browser().sign_in("/auth/galene?room=maths").await;
    // C34: the redirect ends in an empty fragment although the token is in the query.
    assert!(page.header("location").ends_with('#'));
    let (header, claims) = server.verify_token(&page.token_at(room)).await;
    assert_eq!(header["typ"], "JWT");
    let keys: Vec<_> = claims.as_object().unwrap().keys().map(String::as_str).collect();
    let mut expected =
        ["aud", "auth_time", "exp", "iat", "idp", "iss", "jti", "name", "permissions", "room", "sub"].to_vec();
    expected.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!((&claims["sub"], &claims["aud"], &claims["room"]), (&json!("ada"), &json!(room), &json!("maths")));
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 120);
    assert!(claims["permissions"].as_array().unwrap().contains(&json!("op")));
    assert!(!claims["permissions"].as_array().unwrap().contains(&json!("admin")));
}

// C28, C34, C52
#[tokio::test]
async fn only_the_registration_decides_where_and_how_a_token_is_delivered() {
    let address = "https://notes.example.org/in?from=vestibule";
    let server = TestServer::with(|config| {
        let notes = config.app("notes");
        notes.set("locations", &format!("[\"{address}\", \"{NOTES}\"]"));
        notes.set_text("delivery", "query").set_text("token_parameter", "jwt").set_text("lifetime", "30s");
        notes.set_text("audience", "https://notes.example.org/behind");
    })
    .await;
    let browser = server.browser();
    let asked = query(&[("location", address), ("token_parameter", "x"), ("delivery", "fragment")]);
    let page = browser.sign_in(&format!("/auth/notes?{asked}")).await;
    let to = page.redirect_target();
    let rest = to.strip_prefix(&format!("{address}&jwt=")).unwrap().strip_suffix('#').unwrap();
    let (_, claims) = server.verify_token(rest.split_once('&').unwrap().0).await;
    assert_eq!(claims["aud"], "https://notes.example.org/behind");
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 30);
    let delivery = browser.go(&format!("/auth/notes?{}", query(&[("location", NOTES)]))).await.delivery_at(NOTES);
    assert!(delivery.has("jwt") && !delivery.has("token"));
    let page = browser.go("/auth/notes").await;
    assert_eq!(page.status, 400);
    assert!(page.text().contains("it has several addresses"));
}

#[tokio::test]
async fn a_second_app_and_a_second_room_need_no_second_login() {
    let server = TestServer::start().await;
    let browser = server.browser();
    let first = browser.sign_in("/auth/notes").await.token_at(NOTES);
    let second = browser.go("/auth/meet?room=maths").await.token_at(MATHS);
    let third = browser.go("/auth/meet?room=seminars%2Fa").await.token_at("https://meet.example.org/r/seminars/a/");
    assert_eq!(server.uni.received().authorize.len(), 1);
    let mut seen = Vec::new();
    for token in [first, second, third] {
        let (_, claims) = server.verify_token(&token).await;
        seen.push((claims["jti"].clone(), claims["aud"].clone(), claims["sub"].clone()));
    }
    assert!(seen[0].0 != seen[1].0 && seen[1].0 != seen[2].0);
    assert!(seen.iter().all(|(_, _, sub)| *sub == seen[0].2));
    assert_eq!(seen[2].1, "https://meet.example.org/r/seminars/a/");
    let again = server.browser().go("/auth/meet?room=maths").await;
    assert!(again.redirect_target().starts_with(server.uni.issuer()), "another browser has no session");
}

#[tokio::test]
async fn prompt_login_asks_again_and_prompt_none_shows_no_page() {
    let server = TestServer::start().await;
    let browser = server.browser();
    // C40: no page is shown if nobody is signed in.
    let delivery = browser.go("/auth/notes?prompt=none&state=s").await.delivery_at(NOTES);
    assert_eq!((delivery.get("error"), delivery.get("state")), (Some("login_required"), Some("s")));
    assert_eq!((delivery.get("iss"), delivery.get("token")), (Some(server.base.as_str()), None));
    // C33: an app of kind galene gets no errors: its page would start the sign-in again.
    let left = browser.go("/auth/galene?room=maths&prompt=none").await;
    assert_eq!(left.redirect_target(), "https://galene.example.org:8443/#");

    let first = browser.sign_in("/auth/notes").await;
    first.token_at(NOTES);
    browser.go("/auth/notes?prompt=none").await.token_at(NOTES);
    let log = Log::open();
    let delivery = browser.go("/auth/meet?room=secret&prompt=none").await;
    let delivery = delivery.delivery_at("https://meet.example.org/r/secret/");
    assert_eq!(delivery.get("error"), Some("access_denied"));
    // C54: no page is shown, but the log and the audit have the refusal.
    let log = log.text();
    assert_eq!(log.matches("not_permitted").count(), 1, "{log}");
    let rows = server.audit().await;
    let refused: Vec<_> = rows.iter().filter(|row| row.entry.event == Event::Refused).collect();
    assert_eq!((refused.len(), refused[0].count), (1, 1));
    assert_eq!(refused[0].entry.cause.as_deref(), Some("not_permitted"));
    assert!(refused[0].entry.account.is_some() && refused[0].entry.app.is_some(), "{refused:?}");

    // C13
    let page = browser.sign_in("/auth/notes?prompt=login").await;
    page.token_at(NOTES);
    let asked = server.uni.received().authorize.pop().unwrap();
    assert_eq!((asked.get("prompt"), asked.get("max_age")), (Some("login"), Some("0")));
    // The provider returns the person who is signed in here, so it is asked once more.
    browser.sign_in("/auth/notes?prompt=select_account").await.token_at(NOTES);
    let received = server.uni.received().authorize;
    let asked: Vec<_> = received.iter().skip(2).map(|asked| (asked.get("prompt"), asked.get("max_age"))).collect();
    assert_eq!(asked, [(Some("select_account"), None), (Some("login"), Some("0"))]);
}

// C13
#[tokio::test]
async fn a_reauthentication_with_an_old_auth_time_is_refused() {
    let server = TestServer::start().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes").await.token_at(NOTES);
    let refused = async |words: &str, expected: &str| {
        let page = browser.sign_in("/auth/notes?prompt=login").await;
        assert_eq!((page.status.as_u16(), page.heading().contains(words)), (400, true));
        let why = server.explain(&page.reference_code()).await.unwrap().detail.unwrap();
        assert!(why.contains("C13") && why.contains(expected), "{why}");
    };
    server.behave(|uni| uni.quirk = Some(Quirk::NoAuthTime));
    refused("does not say when you last signed in", "got none").await;
    let now = server.now();
    server.behave(|uni| uni.clock = Clock::from_fn(move || now - Duration::minutes(2)));
    refused("did not ask you to sign in again", "s older; the provider ignored `prompt=login`").await;
    browser.sign_in("/auth/meet?room=maths").await.token_at(MATHS);
}

#[tokio::test]
async fn a_start_that_names_another_provider_goes_there_and_replaces_the_session() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    browser.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    let before = browser.session();
    server
        .lab
        .behave(|lab| lab.person = Person { sub: "bob".into(), ..Person::ada() }.with("preferred_username", "bob"));
    let token = browser.sign_in("/auth/notes?provider=lab").await.token_at(NOTES);
    assert_eq!(server.lab.received().token.len(), 1);
    let (_, claims) = server.verify_token(&token).await;
    assert_eq!(claims["idp"], "lab");
    // C37
    assert_ne!(browser.session(), before);
    let token = browser.go("/auth/notes").await.token_at(NOTES);
    assert_eq!(server.verify_token(&token).await.1["idp"], "lab");
}

#[tokio::test]
async fn an_app_that_requires_state_refuses_a_start_without_it() {
    let server = TestServer::with(|config| {
        config.app("notes").set("require_state", "true");
    })
    .await;
    let browser = server.browser();
    let page = browser.go("/auth/notes").await;
    assert_eq!((page.status.as_u16(), page.heading()), (400, "This link is not right.".into()));
    assert!(page.text().contains("require_state"));
    let delivery = browser.sign_in("/auth/notes?state=x").await.delivery_at(NOTES);
    assert_eq!(delivery.get("state"), Some("x"));
}

#[tokio::test]
async fn a_returning_person_keeps_their_account_and_an_email_address_never_links_an_identity() {
    let server = TestServer::with_two_providers().await;
    let token = server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    let first = server.verify_token(&token).await.1["sub"].clone();
    let token = server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    assert_eq!(server.verify_token(&token).await.1["sub"], first);
    // C21, C22: the same verified address, name and even `sub` at another provider are another account.
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes?provider=lab").await;
    assert_eq!(page.heading(), "Your name here is ada-2.");
    let token = browser.go(&page.link("Continue to Notes")).await.token_at(NOTES);
    let claims = server.verify_token(&token).await.1;
    assert_ne!(claims["sub"], first);
    assert_eq!(claims["email"], "ada@example.edu");
    // C21: another subject at the same provider is another account, even if all else is the same.
    server.behave(|uni| uni.person = Person { sub: "ADA-1815".into(), ..Person::ada() });
    let page = server.browser().sign_in("/auth/notes?provider=uni").await;
    assert_eq!(page.heading(), "Your name here is ada-3.");
}
