//! Passwords that are guessed where several providers are asked, where an error answers, and where one account has
//! several names: each guess counts (security rule C43), and honest people come in.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::{Json, Router};
use reqwest::StatusCode;
use serde_json::{Value, json};
use support::{Browser, Log, Page, TestConfig, TestServer};
use time::Duration;
use tokio::task::JoinSet;
use vestibule::upstream::Standing;

use crate::passwords::{NOTES, PASSWORD, type_at};

/// Grace's password at the hook, and not at the local accounts.
const AT_THE_HOOK: &str = "another horse, and not a battery";
const WRONG: &str = "a wrong password";

/// What a hook answers to a name and a password.
type Answers = fn(&str, &str) -> Response;

#[derive(Clone)]
struct Hook {
    answers: Answers,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hook {
    async fn serve(answers: Answers) -> (Self, String) {
        let hook = Self { answers, asked: Arc::default() };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new().fallback(answer).with_state(hook.clone());
        // Ends with the test's runtime.
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        (hook, url)
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

async fn answer(State(hook): State<Hook>, Json(asked): Json<Value>) -> Response {
    let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
    hook.asked.lock().unwrap().push(text("password"));
    (hook.answers)(&text("username"), &text("password"))
}

fn yes(subject: &str) -> Response {
    let claims = json!({ "preferred_username": subject });
    Json(json!({ "subject": subject, "claims": claims })).into_response()
}

fn refused() -> Response {
    (StatusCode::FORBIDDEN, Json(json!({ "refused": "wrong" }))).into_response()
}

fn unknown() -> Response {
    (StatusCode::NOT_FOUND, Json(json!({ "unknown": true }))).into_response()
}

fn broken() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

fn knows_grace(name: &str, password: &str) -> Response {
    match (name, password) {
        ("grace", AT_THE_HOOK) => yes("grace-at-the-hook"),
        ("grace", _) => refused(),
        _ => unknown(),
    }
}

/// A server whose form asks the hook first and the local accounts then, where Grace has another password.
async fn two(answers: Answers, on_refused: &'static str) -> (TestServer, Hook) {
    let (hook, url) = Hook::serve(answers).await;
    let server = TestServer::with(|config: &mut TestConfig| {
        config.add_webhook(&url);
        config.only_passwords();
        config.provider("hook").text("on_refused", on_refused);
    })
    .await;
    server.stop_clock();
    server.add_user("Grace", PASSWORD).await;
    (server, hook)
}

async fn alone(answers: Answers) -> (TestServer, Hook) {
    let (hook, url) = Hook::serve(answers).await;
    let server = TestServer::with(|config: &mut TestConfig| {
        config.add_webhook(&url);
        config.only_passwords();
        config.remove_provider("local");
    })
    .await;
    server.stop_clock();
    (server, hook)
}

async fn type_at_provider(browser: &Browser, provider: &str, name: &str, password: &str) -> Page {
    let page = browser.go(&format!("/auth/notes?prompt=login&provider={provider}")).await;
    browser.type_into(&page, name, password).await
}

/// An address in a network of its own.
fn network(number: usize) -> &'static str {
    format!("198.51.{number}.1").leak()
}

// C43
#[tokio::test]
async fn a_yes_of_one_provider_forgives_no_guess_at_another() {
    let (server, hook) = two(knows_grace, "next").await;
    for _ in 0..30 {
        let browser = server.browser();
        for _ in 0..4 {
            type_at(&browser, "grace", WRONG).await;
        }
        type_at(&browser, "grace", PASSWORD).await.token_at(NOTES);
    }
    assert_eq!(hook.asked(), 5, "and 145 guesses were not tried");
    // It is the account there that waits: a person whom the local accounts don't know waits, too.
    let elsewhere = server.browser().at("203.0.113.7");
    let page = type_at_provider(&elsewhere, "hook", "grace", AT_THE_HOOK).await;
    assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"));
    assert_eq!(type_at(&elsewhere, "grace", AT_THE_HOOK).await.status, 429);
    server.wait(Duration::minutes(15));
    type_at_provider(&elsewhere, "hook", "grace", AT_THE_HOOK).await.token_at(NOTES);
}

// C42
#[tokio::test]
async fn a_right_password_of_an_account_that_is_switched_off_leads_on_as_a_wrong_one_does() {
    fn knows_her_password(name: &str, password: &str) -> Response {
        if (name, password) == ("grace", PASSWORD) { yes("grace-at-the-hook") } else { refused() }
    }
    let log = Log::open();
    let (server, hook) = two(knows_her_password, "next").await;
    let at_the_hook = async |password: &str| type_at_provider(&server.browser(), "hook", "grace", password).await;
    at_the_hook(PASSWORD).await.token_at(NOTES);
    server.disable("grace-at-the-hook").await;
    let (right, wrong) = (at_the_hook(PASSWORD).await, at_the_hook(WRONG).await);
    assert_eq!(right.status, 403);
    assert_eq!(right.without_reference_code(), wrong.without_reference_code());
    let line = log.line(&right.code());
    assert!(line.contains("account_disabled") && line.contains("grace-at-the-hook was disabled by cli:root"), "{line}");
    let code = server.explain(&right.code()).await.unwrap();
    assert_eq!(code.row.entry.cause.as_deref(), Some("account_disabled"));
    // The hook's no is not the last word, so her local account is asked.
    type_at(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
    // C43: each of the three counts at the hook.
    for _ in 0..2 {
        assert_eq!(at_the_hook(WRONG).await.status, 403);
    }
    assert_eq!(at_the_hook(PASSWORD).await.status, 429);
    assert_eq!(hook.asked(), 6);
}

// C43
#[tokio::test]
async fn guesses_at_once_count_at_one_provider_whatever_the_next_says() {
    let (server, hook) = two(knows_grace, "next").await;
    let page = server.browser().go("/auth/notes").await;
    let mut crowd = JoinSet::new();
    for number in 0..60 {
        let (browser, page) = (server.browser(), page.clone());
        let password = if number % 3 == 0 { PASSWORD } else { WRONG };
        crowd.spawn(async move { browser.type_into(&page, "grace", password).await.status.as_u16() });
    }
    let statuses = crowd.join_all().await;
    assert!(statuses.iter().all(|status| matches!(status, 303 | 403 | 429)), "{statuses:?}");
    assert!(hook.asked() <= 5, "{}", hook.asked());
}

// C43: a network is known for the account that signed in there, and for no other
#[tokio::test]
async fn a_yes_of_one_provider_makes_no_network_known_at_another() {
    let (server, _hook) = two(knows_grace, "next").await;
    // Each from a network where Grace's local account signed in before.
    for number in 0..5 {
        let browser = server.browser().at(network(number));
        type_at(&browser, "grace", PASSWORD).await.token_at(NOTES);
    }
    let page = type_at_provider(&server.browser().at("198.51.9.1"), "hook", "grace", WRONG).await;
    assert_eq!(page.status, 429, "all five counted as one stranger's");
}

// C43: no lock that somebody's own sign-ins cause
#[tokio::test]
async fn people_of_the_second_provider_are_never_kept_out_by_what_the_first_says_of_their_name() {
    let cases: [(Answers, &'static str); 5] = [
        (knows_grace, "next"),
        (|_, _| unknown(), "next"),
        (|_, _| unknown(), "stop"),
        (|_, _| broken(), "next"),
        (|_, _| broken(), "stop"),
    ];
    for (number, (answers, on_refused)) in cases.into_iter().enumerate() {
        let (server, _hook) = two(answers, on_refused).await;
        for _ in 0..12 {
            type_at(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
            server.wait(Duration::hours(5));
        }
        // Nor by strangers, where they are known.
        for number in 0..8 {
            type_at(&server.browser().at(network(number)), "grace", WRONG).await;
        }
        assert_eq!(type_at(&server.browser().at("203.0.113.7"), "grace", PASSWORD).await.status, 429, "case {number}");
        type_at(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
    }
}

// C42: somebody who signs in at the second provider does not learn whether the first knows the name
#[tokio::test]
async fn a_name_that_the_first_provider_knows_waits_as_one_that_it_does_not() {
    let mut told = Vec::new();
    for answers in [knows_grace, |_: &str, _: &str| unknown()] {
        let (server, _hook) = two(answers, "next").await;
        let mut statuses = Vec::new();
        for _ in 0..6 {
            type_at(&server.browser(), "grace", PASSWORD).await.token_at(NOTES);
        }
        for password in [WRONG, PASSWORD, WRONG] {
            let page = type_at(&server.browser(), "grace", password).await;
            statuses.push((page.status.as_u16(), page.header("retry-after").to_owned()));
        }
        told.push(statuses);
    }
    assert_eq!(told[0][0], (429, "10".to_owned()));
    assert_eq!(told[0], told[1]);
}

// C43: an error after the password was handed over
#[tokio::test]
async fn a_hook_that_breaks_at_each_wrong_password_is_guessed_at_no_oftener_than_another() {
    let (server, hook) = alone(|name, password| match password {
        AT_THE_HOOK => yes(name),
        _ => broken(),
    })
    .await;
    let browser = server.browser();
    let mut statuses = Vec::new();
    for _ in 0..41 {
        statuses.push(type_at(&browser, "grace", WRONG).await.status.as_u16());
    }
    assert_eq!((&statuses[..5], &statuses[5..]), (&[503; 5][..], &[429; 36][..]));
    assert_eq!(type_at(&browser, "grace", AT_THE_HOOK).await.status, 429);
    assert_eq!(hook.asked(), 5);
    let site = server.broker.site();
    let standing = site.provider(&"hook".parse().unwrap()).unwrap().module.standing();
    assert!(!matches!(standing, Standing::Silent { .. }), "one person's password is no sign of it: {standing:?}");
    type_at(&browser, "hodge", AT_THE_HOOK).await.token_at(NOTES);
}

// C43
#[tokio::test]
async fn a_hook_that_is_busy_after_it_had_the_password_counts_and_one_that_is_not_there_does_not() {
    let (server, hook) = alone(|_, _| StatusCode::TOO_MANY_REQUESTS.into_response()).await;
    for _ in 0..9 {
        assert_eq!(type_at(&server.browser(), "grace", WRONG).await.status, 429);
    }
    assert_eq!(hook.asked(), 5);
    let server = TestServer::with(|config| {
        config.add_webhook("http://127.0.0.1:9/");
        config.only_passwords();
        config.remove_provider("local");
    })
    .await;
    for _ in 0..9 {
        assert_eq!(type_at(&server.browser(), "grace", WRONG).await.status, 503);
    }
}

/// One account with many names, which each refusal tells of.
fn many_names(_: &str, password: &str) -> Response {
    match password {
        AT_THE_HOOK => yes("4711"),
        _ => (StatusCode::FORBIDDEN, Json(json!({ "refused": "password", "subject": "4711" }))).into_response(),
    }
}

// C42, C43
#[tokio::test]
async fn all_names_of_an_account_share_one_count_once_the_provider_tells_whose_they_are() {
    let (server, hook) = alone(many_names).await;
    for name in ["grace", "grace@example.org", "DOM\\grace", "g.hopper", "0042"] {
        assert_eq!(type_at(&server.browser(), name, WRONG).await.status, 403, "{name}");
    }
    for (name, password) in [("hopper", WRONG), ("grace.h", AT_THE_HOOK)] {
        assert_eq!(type_at(&server.browser(), name, password).await.status, 403, "{name}");
    }
    let before = hook.asked();
    for name in ["grace", "g.hopper", "0042"] {
        let page = type_at(&server.browser(), name, AT_THE_HOOK).await;
        assert_eq!((page.status.as_u16(), page.header("retry-after")), (429, "10"), "{name}");
    }
    assert_eq!(hook.asked(), before, "names that are known by now are not asked for");
    assert!(server.audit().await.iter().all(|row| row.entry.account.is_none()), "nobody got an account");
    server.wait(Duration::seconds(10));
    type_at(&server.browser(), "another.name", AT_THE_HOOK).await.token_at(NOTES);
}

/// What a visitor can tell one page from another by.
fn told(page: &Page) -> (StatusCode, Vec<(String, String)>, String) {
    page.without_reference_code()
}

// C42: while an account waits, a name that was never seen tells nothing of a password, neither at once nor later
#[tokio::test]
async fn right_and_wrong_look_alike_at_a_new_name_of_an_account_that_waits() {
    let silent: Answers = |_, password| if password == AT_THE_HOOK { yes("4711") } else { refused() };
    for answers in [silent, many_names] {
        let (log, (server, hook)) = (Log::open(), alone(answers).await);
        // Known names of the account, one of which is guessed at from elsewhere.
        let home = || server.browser().at("192.0.2.1");
        type_at(&home(), "grace", AT_THE_HOOK).await.token_at(NOTES);
        for _ in 0..5 {
            assert_eq!(type_at(&server.browser(), "grace", WRONG).await.status, 403);
        }
        assert_eq!(type_at(&server.browser(), "grace", AT_THE_HOOK).await.status, 429, "her usual name says so");
        let mut seen = Vec::new();
        for (name, password) in [("g.hopper", WRONG), ("h.hopper", AT_THE_HOOK)] {
            let mut pages = Vec::new();
            let browser = server.browser();
            for password in [password, WRONG, password, WRONG, password, password] {
                pages.push(type_at(&browser, name, password).await);
            }
            let statuses: Vec<_> = pages.iter().map(|page| page.status.as_u16()).collect();
            assert_eq!(statuses, [403, 403, 403, 403, 403, 429], "{name}");
            let hide = |page: &Page| (told(page).0, told(page).1, told(page).2.replace(name, "NAME"));
            seen.push(pages.iter().map(hide).collect::<Vec<_>>());
            let line = log.line(&pages[0].code());
            assert_eq!(line.contains("the account has to wait"), password == AT_THE_HOOK, "{line}");
        }
        assert_eq!(seen[0], seen[1]);
        assert_eq!(hook.asked(), 6 + 10);
        // She is known at home, where no stranger makes her wait.
        type_at(&home(), "grace", AT_THE_HOOK).await.token_at(NOTES);
        server.wait(Duration::minutes(15));
        type_at(&server.browser(), "h.hopper", AT_THE_HOOK).await.token_at(NOTES);
    }
}

/// Two people whose names are alike: `ada` is one, and each other spelling is the other's.
fn two_of_one_name(name: &str, password: &str) -> Response {
    match (name, password) {
        ("ada", PASSWORD) => yes("1"),
        (other, AT_THE_HOOK) if other != "ada" => yes("2"),
        _ => refused(),
    }
}

fn two_of_one_name_told(name: &str, password: &str) -> Response {
    match (name, password) {
        ("ada", PASSWORD) => yes("1"),
        ("ada", _) => (StatusCode::FORBIDDEN, Json(json!({ "refused": "password", "subject": "1" }))).into_response(),
        _ => yes("2"),
    }
}

/// Spellings that one server or another takes for another name than `ada`.
const SPELLINGS: [&str; 8] = ["Ada", "ADA", "ada ", " ada", "ａｄａ", "a\u{ad}da", "ad\u{e1}", "ada\u{3000}"];

// C43
#[tokio::test]
async fn whoever_has_an_account_whose_name_is_spelt_otherwise_cannot_forgive_guesses() {
    for (answers, known_here) in
        [(two_of_one_name as Answers, true), (two_of_one_name, false), (two_of_one_name_told, true)]
    {
        let (server, hook) = alone(answers).await;
        let home = || server.browser().at("192.0.2.1");
        if known_here {
            type_at(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
        let before = hook.asked();
        let (mut guesses, mut yes) = (0, 0);
        for round in 0..40 {
            let (page, spelling) = (type_at(&server.browser(), "ada", WRONG).await, SPELLINGS[round % SPELLINGS.len()]);
            guesses += usize::from(page.status == 403);
            yes += usize::from(type_at(&server.browser(), spelling, AT_THE_HOOK).await.status == 303);
        }
        assert_eq!(guesses, 5, "{known_here}");
        assert_eq!(hook.asked() - before, guesses + yes);
        // They came in where they were known, and it is the guesses that wait.
        assert!(yes >= 8, "{yes}");
        assert_eq!(type_at(&server.browser(), "ada", PASSWORD).await.status, 429);
        if known_here {
            type_at(&home(), "ada", PASSWORD).await.token_at(NOTES);
        }
    }
}

// C43: a server that takes all spellings for one name
#[tokio::test]
async fn no_spelling_of_a_name_is_a_way_around_its_wait() {
    let (server, hook) = alone(|_, password| if password == AT_THE_HOOK { yes("1") } else { refused() }).await;
    for number in 0..40 {
        let browser = server.browser().at(network(number));
        type_at(&browser, SPELLINGS[number % SPELLINGS.len()], WRONG).await;
    }
    assert_eq!(hook.asked(), 5);
    server.wait(Duration::minutes(15));
    // What their owner mistyped is forgiven with the same spelling.
    let roaming = |number| server.browser().at(network(number));
    for number in 50..60 {
        type_at(&roaming(number), "Ada", AT_THE_HOOK).await.token_at(NOTES);
        assert_eq!(type_at(&roaming(number + 20), "Ada", WRONG).await.status, 403, "{number}");
        server.wait(Duration::seconds(10));
    }
}

// C43
#[tokio::test]
async fn a_name_that_reads_like_another_account_s_subject_is_not_that_account() {
    let (server, _hook) = alone(|name, password| match (name, password) {
        ("4711", PASSWORD) => yes("9"),
        (_, AT_THE_HOOK) => yes("4711"),
        ("4711", _) => refused(),
        _ => (StatusCode::FORBIDDEN, Json(json!({ "refused": "password", "subject": "4711" }))).into_response(),
    })
    .await;
    for number in 0..6 {
        type_at(&server.browser(), &format!("grace-{number}"), WRONG).await;
        type_at(&server.browser(), "4711", PASSWORD).await.token_at(NOTES);
    }
    assert_eq!(type_at(&server.browser(), "grace-0", AT_THE_HOOK).await.status, 429, "five guesses are five");
}

// C43: one name and two people, whom the hook tells apart by the password
#[tokio::test]
async fn a_right_password_forgives_nothing_of_a_name_that_two_people_have() {
    let (server, hook) = alone(|_, password| match password {
        AT_THE_HOOK => yes("1"),
        PASSWORD => yes("2"),
        _ => refused(),
    })
    .await;
    type_at(&server.browser().at("192.0.2.1"), "family", AT_THE_HOOK).await.token_at(NOTES);
    let mut guesses = 0;
    for _ in 0..20 {
        for _ in 0..2 {
            type_at(&server.browser(), "family", PASSWORD).await;
        }
        guesses += usize::from(type_at(&server.browser(), "family", WRONG).await.status == 403);
    }
    assert_eq!(guesses, 5);
    assert!(hook.asked() < 20, "{}", hook.asked());
}

// C43
#[tokio::test]
async fn many_names_of_one_account_at_once_are_no_way_around_the_wait() {
    let (server, _hook) = alone(many_names).await;
    let page = server.browser().go("/auth/notes").await;
    let mut crowd = JoinSet::new();
    for number in 0..40 {
        let (browser, page) = (server.browser().at(network(number)), page.clone());
        let name = format!("name-{number}");
        crowd.spawn(async move { browser.type_into(&page, &name, WRONG).await.status.as_u16() });
    }
    let statuses = crowd.join_all().await;
    assert!(statuses.iter().all(|status| matches!(status, 403 | 429)), "{statuses:?}");
    for number in 0..40 {
        let page = type_at(&server.browser().at(network(number)), &format!("name-{number}"), AT_THE_HOOK).await;
        assert!(matches!(page.status.as_u16(), 403 | 429), "{number}: {}", page.status);
    }
}

// C56
#[tokio::test]
async fn the_log_says_whose_password_was_wrong_if_the_provider_does_and_they_have_no_account() {
    let (log, (server, _hook)) = (Log::open(), alone(many_names).await);
    let page = type_at(&server.browser(), "grace", WRONG).await;
    let told = "the password is wrong; the provider calls them '4711'; they have no account here";
    assert!(log.line(&page.code()).contains(told), "{}", log.line(&page.code()));
    assert_eq!(server.explain(&page.code()).await.unwrap().detail.as_deref(), Some(told));
    assert!(!log.text().contains("grace"), "never what was typed");
    for _ in 0..4 {
        type_at(&server.browser(), "grace", WRONG).await;
    }
    let waits = "`vestibule user release --name=4711` lifts it";
    for (name, status, told) in [("grace", 429, waits), ("g.hopper", 403, "vestibule user release USERNAME")] {
        let page = type_at(&server.browser(), name, AT_THE_HOOK).await;
        assert_eq!(page.status, status);
        assert!(log.line(&page.code()).contains(told), "{}", log.line(&page.code()));
    }
    assert!(server.release_name("4711", "hook").await > 0, "the subject releases all names");
    type_at(&server.browser(), "g.hopper", AT_THE_HOOK).await.token_at(NOTES);
}
