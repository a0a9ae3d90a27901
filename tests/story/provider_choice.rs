//! Several providers: the choice page, their availability, and the rules for groups, domains and accounts.

use serde_json::json;
use support::TestServer;
use support::provider::{DiscoveryEndpoint, Person, TokenEndpoint};
use time::Duration;

const NOTES: &str = "https://notes.example.org/signed-in";

#[tokio::test]
async fn providers_are_links_on_one_page_and_the_last_used_comes_first() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    let page = browser.go("/auth/notes?state=s&login_hint=ada").await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Sign in to Notes".into()));
    let ways: Vec<_> = page.links().into_iter().map(|(words, _)| words).collect();
    assert_eq!(ways[..2], ["Continue with Example University", "Continue with Example Lab"]);
    assert!(browser.login_cookies().is_empty(), "a choice is not a login yet");

    let delivery = browser.sign_in(&page.link("Continue with Example Lab")).await.delivery_at(NOTES);
    assert_eq!(delivery.get("state"), Some("s"));
    assert_eq!(server.lab.received().authorize[0].get("login_hint"), Some("ada"));
    let page = browser.go("/auth/notes?prompt=select_account").await;
    assert_eq!(page.links()[0].0, "Continue with Example Lab used last time");
    assert_eq!(page.links()[1].0, "Continue with Example University");
    assert!(page.text().contains("Sign in with the account you want to use"));
}

#[tokio::test]
async fn seven_or_more_providers_get_a_search_that_keeps_the_other_parameters() {
    let names =
        [("a", "Aalto"), ("b", "Universität Ulm"), ("c", "KTH"), ("d", "TU Wien"), ("e", "Bern"), ("f", "Genève")];
    let server = TestServer::with(|config| config.add_providers(&names)).await;
    let browser = server.browser();
    let page = browser.go("/auth/notes?state=s").await;
    assert!(page.body.contains("type=\"search\""));
    let page = browser.go("/auth/notes?state=s&find=UNIV").await;
    let found: Vec<_> = page.links().into_iter().map(|(words, _)| words).take(2).collect();
    assert_eq!(found, ["Continue with Example University", "Continue with Universität Ulm"]);
    assert!(page.link("Continue with Universität Ulm").contains("state=s"));
    let all = browser.go(&page.link("Show all")).await;
    assert!(all.has_link("Continue with TU Wien") && all.body.contains("name=\"state\" value=\"s\""));
    let none = browser.go("/auth/notes?state=s&find=Hogwarts").await;
    assert!(none.text().contains("No name here contains “Hogwarts”"));
    let six = TestServer::with(|config| config.add_providers(&names[..5])).await;
    assert!(!six.browser().go("/auth/notes").await.body.contains("type=\"search\""));
}

#[tokio::test]
async fn a_silent_provider_is_marked_and_recovers_by_itself() {
    let server = TestServer::with_two_providers().await;
    server.uni.stop().await;
    server.broker.config().refresh().await;
    let browser = server.browser();
    let page = browser.go("/auth/notes").await;
    assert!(page.body.contains("silent"));
    let silent = page.link("Example University is not answering. Try again");
    let page = browser.go(&silent).await;
    assert_eq!((page.status.as_u16(), page.heading()), (503, "Example University is not answering.".into()));
    server.uni.restart().await;
    server.advance_clock(Duration::seconds(10));
    // As the service does every ten seconds while one is silent.
    server.broker.config().refresh().await;
    assert!(browser.go("/auth/notes").await.has_link("Continue with Example University"));
    browser.sign_in(&silent).await.token_at(NOTES);
}

#[tokio::test]
async fn a_recovered_provider_signs_people_in_before_the_next_refresh() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Broken);
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes").await;
    assert_eq!(page.status, 503);
    server.behave(|_| ());
    server.advance_clock(Duration::seconds(6));
    browser.sign_in(&page.link("Try again")).await.token_at(NOTES);
}

#[tokio::test]
async fn a_silent_provider_is_asked_less_and_less_often_but_recovers_at_once() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Broken);
    let mut asked = Vec::new();
    // As the service does for half an hour.
    for second in (0..1800).step_by(10) {
        server.broker.config().refresh().await;
        if server.uni.received().discovery > asked.len() {
            asked.push(second);
        }
        server.advance_clock(Duration::seconds(10));
    }
    assert_eq!(asked[..2], [0, 10], "a second try follows soon");
    assert!(asked.len() <= 13, "{asked:?}");
    assert!(asked.windows(2).all(|two| two[1] - two[0] <= 310), "{asked:?}");
    assert!(asked.last().unwrap() + 310 >= 1800, "never given up: {asked:?}");
    server.behave(|_| ());
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
}

#[tokio::test]
async fn a_clock_set_back_does_not_delay_the_refresh_of_a_provider() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Broken);
    assert_eq!(server.browser().go("/auth/notes").await.status, 503);
    server.behave(|_| ());
    // NTP does this soon after the start of a machine whose clock was ahead and whose network came late.
    server.advance_clock(-Duration::hours(3));
    server.broker.config().refresh().await;
    assert_eq!(server.browser().go("/auth/notes").await.status, 303);
    let asked = server.uni.received().discovery;
    server.advance_clock(-Duration::hours(3));
    server.broker.config().refresh().await;
    assert_eq!(server.uni.received().discovery, asked + 1, "cached metadata do not live hours longer");
}

#[tokio::test]
async fn a_clock_set_back_does_not_delay_sign_ins() {
    let server = TestServer::start().await;
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Broken);
    assert_eq!(server.browser().go("/auth/notes").await.status, 503);
    server.behave(|_| ());
    server.advance_clock(-Duration::hours(3));
    assert_eq!(server.browser().go("/auth/notes").await.status, 303);
}

#[tokio::test]
async fn a_provider_that_fails_a_login_is_marked_silent_until_it_answers_again() {
    let server = TestServer::with_two_providers().await;
    let (browser, uni) = (server.browser(), "/auth/notes?provider=uni");
    browser.sign_in(uni).await.token_at(NOTES);
    let left_hanging = async || {
        let callback = browser.callback_url(&format!("{uni}&prompt=login")).await;
        server.uni.stop().await;
        assert_eq!(browser.go(&callback).await.status, 503);
    };
    left_hanging().await;
    let others = server.browser();
    let silent = "Example University is not answering. Try again";
    assert!(others.go("/auth/notes").await.has_link(silent));
    server.uni.restart().await;
    server.broker.config().refresh().await;
    assert!(others.go("/auth/notes").await.has_link("Continue with Example University"));

    left_hanging().await;
    assert!(others.go("/auth/notes").await.has_link(silent));
    server.uni.restart().await;
    browser.sign_in(&format!("{uni}&prompt=login")).await.token_at(NOTES);
    assert!(
        others.go("/auth/notes").await.has_link("Continue with Example University"),
        "a successful login also marks the provider as answering"
    );
}

#[tokio::test]
async fn a_connection_closed_during_a_login_triggers_one_refresh_and_only_that_marks_a_provider_silent() {
    let server = TestServer::with_two_providers().await;
    let (browser, others) = (server.browser(), server.browser());
    browser.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    let (answers, silent) = ("Continue with Example University", "Example University is not answering. Try again");
    let asked = || server.uni.received().discovery;
    let before = asked();
    server.advance_clock(Duration::minutes(2));
    server.behave(|uni| uni.token = TokenEndpoint::HangsUp);
    // The cause may be one person's code.
    for _ in 0..5 {
        assert_eq!(server.browser().sign_in("/auth/notes?provider=uni").await.status, 503);
        assert!(others.go("/auth/notes").await.has_link(answers));
    }
    for _ in 0..5 {
        server.broker.config().refresh().await;
    }
    assert_eq!(asked(), before + 1, "one refresh for any number of closed connections");
    assert!(others.go("/auth/notes").await.has_link(answers));
    assert_eq!(server.browser().sign_in("/auth/notes?provider=uni").await.status, 503);
    server.broker.config().refresh().await;
    assert_eq!(asked(), before + 1, "the next refresh waits");
    server.advance_clock(Duration::minutes(2));
    server.behave(|uni| uni.discovery = DiscoveryEndpoint::Broken);
    server.broker.config().refresh().await;
    assert!(others.go("/auth/notes").await.has_link(silent));
}

#[tokio::test]
async fn groups_count_only_as_the_config_maps_them() {
    let server = TestServer::with(|config| {
        config.provider("uni").set_text("groups_claim", "groups").set("groups", "{ \"urn:uni:staff\" = \"staff\" }");
    })
    .await;
    server
        .behave(|uni| uni.person = Person::ada().with("groups", json!(["urn:uni:staff", "admins", "staff-of-others"])));
    let browser = server.browser();
    let token = browser.sign_in("/auth/notes").await.token_at(NOTES);
    // C31
    assert_eq!(server.verify_token(&token).await.1["groups"], json!(["staff"]));
    let token = browser.go("/auth/meet?room=board").await.token_at("https://meet.example.org/r/board/");
    assert_eq!(server.verify_token(&token).await.1["permissions"], json!(["moderate"]));
    let token = browser.go("/auth/meet?room=maths").await.token_at("https://meet.example.org/r/maths/");
    assert_eq!(server.verify_token(&token).await.1["permissions"], json!(["moderate", "speak"]), "rules add up");

    // C31: a local name that the provider happens to use counts for nothing.
    server.behave(|uni| uni.person = Person::ada().with("groups", json!(["staff"])));
    let page = server.browser().sign_in("/auth/meet?room=board").await;
    assert_eq!(page.status, 403);
    // C15: a single string is a list of one, and a long list is mapped before it is cut.
    let many: Vec<_> =
        (0..3000).map(|number| json!(number.to_string())).chain([json!(7), json!("urn:uni:staff")]).collect();
    for groups in [json!("urn:uni:staff"), json!(many)] {
        server.behave(|uni| uni.person = Person::ada().with("groups", groups));
        server.browser().sign_in("/auth/meet?room=board").await.token_at("https://meet.example.org/r/board/");
    }
}

#[tokio::test]
async fn groups_may_be_nested_in_a_claim_and_the_log_warns_once_if_they_are_missing() {
    let server = TestServer::with(|config| {
        config
            .provider("uni")
            .set_text("groups_claim", "realm_access.roles")
            .set("groups", "{ \"editor\" = \"staff\" }");
    })
    .await;
    server.behave(|uni| {
        uni.person = Person::ada().with("realm_access", json!({ "roles": ["editor", "offline_access"] }));
    });
    server.browser().sign_in("/auth/meet?room=board").await.token_at("https://meet.example.org/r/board/");
    let log = support::Log::open();
    server.behave(|uni| uni.person = Person::ada().with("name", json!(1_815_121_018_521_127_i64)));
    for _ in 0..3 {
        server.browser().sign_in("/auth/notes").await.token_at("https://notes.example.org/signed-in");
    }
    let text = log.text();
    let lines_with = |words: &str| text.lines().filter(|line| line.contains(words)).count();
    assert_eq!(lines_with("the provider did not send the claim \"realm_access.roles\" of groups_claim"), 1, "{text}");
    assert_eq!(lines_with("`name` is not text and is left out; sign-ins go on"), 1, "{text}");
    assert!(!text.contains("1815121018521127"), "{text}");
}

#[tokio::test]
async fn a_domain_rule_matches_only_verified_addresses() {
    let server = TestServer::with(|config| {
        config.app("notes").allow(&["email_domains = [\"example.edu\"]"]);
    })
    .await;
    for (email, verified, status) in [
        ("ada@example.edu", json!(true), 303),
        ("ada@example.edu", json!(false), 403),
        ("ada@example.edu", json!("true"), 400),
        ("ada@EXAMPLE.edu", json!(true), 303),
        ("ada@evil-example.edu", json!(true), 403),
        ("ada@example.edu@evil.example", json!(true), 403),
        ("ada@example.edu.evil.example", json!(true), 403),
        ("", json!(true), 403),
    ] {
        let ada = Person::ada().with("email", email).with("email_verified", verified.clone());
        server.behave(|uni| uni.person = ada);
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.status, status, "{email} {verified}");
    }
}

#[tokio::test]
async fn an_account_rule_ignores_case_and_does_not_match_similar_names() {
    let server = TestServer::with(|config| {
        config.app("notes").allow(&["accounts = [\"ADA\"]"]);
    })
    .await;
    server.browser().sign_in("/auth/notes").await.token_at(NOTES);
    // C31: another person with that name at the provider gets another account here.
    server.behave(|uni| uni.person = Person::new("mallory").with("preferred_username", "Ada"));
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.status, 403);
    assert!(page.heading().contains("Ada-2"), "{}", page.heading());
}

// C33: such a start is wrong, whatever `prompt` says
#[tokio::test]
async fn an_unknown_provider_gets_a_page_even_with_prompt_none() {
    let server = TestServer::with_two_providers().await;
    let browser = server.browser();
    for query in ["provider=zz&prompt=none", "provider=zz"] {
        let page = browser.go(&format!("/auth/notes?{query}")).await;
        assert_eq!((page.status.as_u16(), page.heading()), (400, "This link is not right.".into()), "{query}");
        assert!(page.text().contains("the parameter `provider` names no provider of this app"));
    }
}
