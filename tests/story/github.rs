//! Signing in with GitHub. The double behaves as GitHub's documentation says.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use support::doubles::{FakeGithub, GithubPerson};
use support::{Log, Page, TestServer};
use tokio::sync::Barrier;
use tokio::time::timeout;

const NOTES: &str = "https://notes.example.org/signed-in";

async fn github(more: &[(&'static str, &str)]) -> (FakeGithub, TestServer) {
    let github = FakeGithub::start().await;
    let server = TestServer::with(|config| {
        let table = config.only_preset("github", &github.config());
        for (key, value) in more {
            table.set(key, value);
        }
    })
    .await;
    (github, server)
}

async fn claims_of(server: &TestServer, page: &Page) -> Value {
    server.verify_token(&page.token_at(NOTES)).await.1
}

async fn sign_in(server: &TestServer) -> Value {
    claims_of(server, &server.browser().sign_in("/auth/notes").await).await
}

async fn detail(server: &TestServer, page: &Page) -> String {
    server.explain(&page.reference_code()).await.unwrap().detail.unwrap()
}

fn ada() -> GithubPerson {
    GithubPerson::new(583_231, "ada")
}

// C4: "Authorizing OAuth apps": S256 alone, and the secret in the form. Without a mapping of groups, none is asked for.
#[tokio::test]
async fn a_person_signs_in_and_no_right_is_asked_for_that_nobody_uses() {
    let (github, server) = github(&[]).await;
    github.behave(|github| github.person = ada().with_email("ada@example.org", true, true).in_organization(1, "acme"));
    let claims = sign_in(&server).await;
    let read = ["preferred_username", "email", "email_verified", "groups"].map(|name| claims[name].clone());
    assert_eq!(read, [json!("ada"), json!("ada@example.org"), json!(true), json!([])]);
    let [request] = &github.authorization_requests()[..] else { panic!("one request") };
    assert_eq!(request.get("scope"), Some("read:user user:email"));
    assert_eq!(github.api_requests(), ["/user", "/user/emails?per_page=100"]);
}

// "Authorizing OAuth apps": "By default, the response takes the following form", a form, unless `Accept` asks for JSON.
#[tokio::test]
async fn a_token_answer_is_asked_for_as_json_and_read_as_a_form_too() {
    let (github, server) = github(&[]).await;
    sign_in(&server).await;
    github.behave(|github| github.always_form = true);
    sign_in(&server).await;
    assert!(github.token_requests().iter().all(|(_, accept)| accept == "application/json"));
}

// docs/provider-facts.md: GitHub answers errors with status 200.
#[tokio::test]
async fn an_error_with_status_200_is_an_error_in_githubs_own_words() {
    let (github, server) = github(&[]).await;
    let browser = server.browser();
    let callback = browser.callback_url("/auth/notes").await;
    let code = callback.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap();
    for always_form in [false, true] {
        github.behave(|github| github.always_form = always_form);
        let browser = server.browser();
        let own = browser.callback_url("/auth/notes").await;
        let own_code = own.split(['?', '&']).find(|part| part.starts_with("code=")).unwrap();
        let page = browser.go(&own.replace(own_code, code)).await;
        assert_eq!(page.status, 400);
        let words = "bad_verification_code: The code passed is incorrect or expired. (status 200)";
        assert!(detail(&server, &page).await.contains(words));
    }
    server.reconfigure(|config| _ = config.provider("github").set_text("client_secret", "another-secret-in-the-file"));
    let log = Log::open();
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "GitHub can\u{2019}t be used right now.");
    let line = log.line(&page.reference_code());
    assert!(line.contains("incorrect_client_credentials: The client_id and/or client_secret passed are"), "{line}");
}

// C8: since April 2026, `iss` comes with every return, though GitHub is no OpenID provider.
#[tokio::test]
async fn an_iss_of_another_server_is_refused_on_success_and_disregarded_on_an_error() {
    let (github, server) = github(&[]).await;
    for cancels in [false, true] {
        github.behave(|github| (github.iss, github.cancels) = ("https://github.example/login/oauth", cancels));
        let page = server.browser().sign_in("/auth/notes").await;
        assert_eq!(page.status, 400);
        assert!(detail(&server, &page).await.contains("C8: `iss` of the answer"));
    }
}

// "Troubleshooting authorization request errors": access_denied.
#[tokio::test]
async fn a_person_who_cancels_reads_so_and_the_log_has_githubs_words() {
    let (log, (github, server)) = (Log::open(), github(&[]).await);
    github.behave(|github| github.cancels = true);
    let page = server.browser().sign_in("/auth/notes").await;
    assert_eq!(page.heading(), "You did not finish signing in with GitHub.");
    let line = log.line(&page.reference_code());
    assert!(
        line.contains("access_denied: ") && line.contains("The user has denied your application access."),
        "{line}"
    );
}

// C15: ids are numbers, and one beyond 2^53 is no other one's neighbour.
#[tokio::test]
async fn two_ids_that_are_one_floating_point_number_are_two_people() {
    let (github, server) = github(&[]).await;
    github.behave(|github| github.person = GithubPerson::new(9_007_199_254_740_993, "ada"));
    let first = sign_in(&server).await;
    github.behave(|github| github.person = GithubPerson::new(9_007_199_254_740_992, "ben"));
    let second = sign_in(&server).await;
    assert_ne!(first["sub"], second["sub"]);
}

// docs/provider-facts.md: a login may be renamed, and taken by somebody else.
#[tokio::test]
async fn a_renamed_person_keeps_the_account_and_the_next_holder_of_the_login_gets_another() {
    let (github, server) = github(&[]).await;
    let before = sign_in(&server).await;
    github.behave(|github| github.person = GithubPerson::new(583_231, "ada-lovelace"));
    assert_eq!(sign_in(&server).await["sub"], before["sub"]);
    github.behave(|github| github.person = GithubPerson::new(999, "ada"));
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(page.text().contains("ada-2"), "{}", page.text());
}

// C22: `GET /user` has `email: null`; `GET /user/emails` has them all, and `primary` and `verified` as booleans.
#[tokio::test]
async fn the_address_is_the_primary_one_and_counts_as_verified_only_if_github_says_so() {
    let (github, server) = github(&[]).await;
    let others = || ada().with_email("other@example.org", false, true).with_email("more@example.org", false, true);
    for (person, address, verified) in [
        (others().with_email("main@example.org", true, true), json!("main@example.org"), json!(true)),
        (others().with_email("main@example.org", true, false), json!("main@example.org"), json!(false)),
        (others(), Value::Null, Value::Null),
        (ada(), Value::Null, Value::Null),
    ] {
        github.behave(|github| github.person = person);
        let claims = sign_in(&server).await;
        assert_eq!([&claims["email"], &claims["email_verified"]], [&address, &verified]);
    }
}

const MAPPED: (&str, &str) =
    ("groups", "{ acme = \"members\", \"acme:staff\" = \"staff\", \"org#7\" = \"seven\", \"team#150\" = \"late\" }");

/// Somebody in 150 teams. The last one is on the second page.
fn busy() -> GithubPerson {
    let person = ada().in_organization(1, "Acme").in_organization(7, "renamed-once");
    (1..=150).fold(person, |person, id| {
        let slug = if id == 3 { "staff".to_owned() } else { format!("team-{id}") };
        person.in_team(id, &slug, (1, "Acme"))
    })
}

// "List teams for the authenticated user": pages of at most 100, with the header `Link`.
#[tokio::test]
async fn organisations_and_teams_of_all_pages_are_groups_by_name_and_by_id() {
    let (github, server) = github(&[MAPPED]).await;
    for no_links in [false, true] {
        github.behave(|github| (github.person, github.no_links) = (busy(), no_links));
        let mut groups = sign_in(&server).await["groups"].as_array().unwrap().clone();
        groups.sort_by_key(ToString::to_string);
        assert_eq!(groups, ["late", "members", "seven", "staff"], "{no_links}");
    }
    let scope = "read:user user:email read:org";
    assert!(github.authorization_requests().iter().all(|request| request.get("scope") == Some(scope)));
    let asked = github.api_requests();
    let lists = |of: &str| asked.iter().filter(|request| request.starts_with(of)).count();
    assert_eq!([lists("/user/orgs?per_page=100&page="), lists("/user/teams?per_page=100&page=")], [2, 4]);
}

// C56: the access token goes only to the addresses of the config, whatever address a header names.
#[tokio::test]
async fn the_next_page_is_asked_for_at_githubs_own_api_though_the_link_names_another_server() {
    let (github, server) = github(&[MAPPED]).await;
    let other = FakeGithub::start().await;
    github.behave(|github| (github.person, github.links_to) = (busy(), other.origin().to_owned()));
    let groups = sign_in(&server).await["groups"].clone();
    assert!(groups.as_array().unwrap().contains(&json!("late")), "{groups}");
    assert_eq!(other.api_requests(), Vec::<String>::new());
}

// C19: a redirect that is followed would lead to a good answer, and the access token with it.
#[tokio::test]
async fn a_list_is_asked_for_at_the_address_of_the_config_and_never_where_a_redirect_leads() {
    let (github, server) = github(&[MAPPED]).await;
    for (list, what) in [("orgs", "the list of organisations"), ("teams", "the list of teams")] {
        github.behave(|github| (github.person, github.moved_list) = (busy(), Some(list)));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        let words = format!("{what} at 127.0.0.1 answers with status 302, a redirect, which is not followed");
        assert_eq!(page.heading(), "GitHub does not say in which groups you are.");
        assert!(browser.session().is_none());
        let detail = detail(&server, &page).await;
        assert!(detail.starts_with(&words), "{detail}");
    }
    let asked = github.api_requests();
    assert!(asked.iter().all(|request| !request.contains("moved")), "{asked:?}");
}

#[tokio::test]
async fn a_team_of_an_organisation_named_like_an_id_is_not_that_organisation() {
    let (github, server) = github(&[MAPPED]).await;
    github.behave(|github| github.person = ada().in_organization(5, "org").in_team(6, "7", (5, "org")));
    assert_eq!(sign_in(&server).await["groups"], json!([]));
}

// A right that is missing without a word would look like a decision of the operator.
#[tokio::test]
async fn a_list_that_does_not_come_is_a_refusal_with_its_cause_or_a_warning() {
    let (log, (github, server)) = (Log::open(), github(&[MAPPED]).await);
    for (list, status, what) in [("orgs", 403, "the list of organisations"), ("teams", 502, "the list of teams")] {
        github.behave(|github| (github.person, github.broken_list) = (busy(), Some((list, status))));
        let browser = server.browser();
        let page = browser.sign_in("/auth/notes").await;
        assert_eq!(
            (page.status.as_u16(), page.heading()),
            (503, "GitHub does not say in which groups you are.".into())
        );
        assert!(browser.session().is_none());
        let refusal = server.explain(&page.reference_code()).await.unwrap();
        assert_eq!(refusal.row.entry.cause.as_deref(), Some("groups_unknown"));
        let words = format!("{what} at 127.0.0.1 answers with status {status}; it says: Although you appear");
        let detail = refusal.detail.unwrap();
        assert!(detail.starts_with(&words) && detail.contains("groups_required"), "{detail}");
    }
    server.reconfigure(|config| _ = config.provider("github").set("groups_required", "false"));
    github.behave(|github| (github.person, github.broken_list) = (busy(), Some(("teams", 502))));
    let mut groups = sign_in(&server).await["groups"].as_array().unwrap().clone();
    groups.sort_by_key(ToString::to_string);
    assert_eq!(groups, ["members", "seven"]);
    let text = log.text();
    assert!(text.contains("a person signs in without some of their groups"), "{text}");
}

// C16, C31
#[tokio::test]
async fn an_entry_that_cannot_be_read_gives_no_group_and_refuses_nobody() {
    let (log, (github, server)) = (Log::open(), github(&[MAPPED]).await);
    github.behave(|github| {
        github.person = busy();
        github.odd_entries = vec![json!({ "id": 7 }), json!({ "login": 7, "id": 7 }), json!(7), Value::Null];
    });
    let mut groups = sign_in(&server).await["groups"].as_array().unwrap().clone();
    groups.sort_by_key(ToString::to_string);
    assert_eq!(groups, ["late", "members", "seven", "staff"]);
    let text = log.text();
    for words in [
        "the list of organisations has 4 entries that can't be read",
        "the list of teams has 4 entries that can't be read",
        "its `login` is missing or can't be read",
    ] {
        assert_eq!(text.matches(words).count(), 1, "{words}: {text}");
    }
    // The entries alone give nothing.
    github.behave(|github| (github.person, github.odd_entries) = (ada(), vec![json!({ "login": "acme", "id": "1" })]));
    assert_eq!(sign_in(&server).await["groups"], json!([]));
}

#[tokio::test]
async fn all_requests_to_the_api_are_made_at_the_same_time() {
    let (github, server) = github(&[MAPPED]).await;
    github.behave(|github| github.together = Some(Arc::new(Barrier::new(4))));
    let browser = server.browser();
    let signed_in = timeout(Duration::from_secs(8), browser.sign_in("/auth/notes"));
    signed_in.await.expect("each request waits for the three others").token_at(NOTES);
}

#[tokio::test]
async fn a_call_that_fails_is_named_as_the_config_names_it() {
    let (github, server) = github(&[("scopes", "[\"read:user\"]")]).await;
    let words = "the call emails at 127.0.0.1 answers with status 403; it says: You need the user:email scope.";
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(detail(&server, &page).await.starts_with(words));
    // Of several, the first in the order of their names.
    let emails = github.config().into_iter().find(|(key, _)| *key == "calls").unwrap().1;
    let address = emails.split('"').nth(1).unwrap().to_owned();
    server.reconfigure(|config| {
        let calls = format!("{{ z = \"{address}\", b = \"{address}\", emails = \"{address}\" }}");
        config.provider("github").set("calls", &calls);
    });
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(detail(&server, &page).await.starts_with("the call b at 127.0.0.1 answers with status 403"));
}

#[tokio::test]
async fn a_list_that_is_too_long_to_read_is_not_cut_in_silence() {
    let (github, server) = github(&[MAPPED]).await;
    let many = (1..=1001).fold(ada(), |person, id| person.in_organization(id, &format!("org-{id}")));
    github.behave(|github| github.person = many);
    let page = server.browser().sign_in("/auth/notes").await;
    let words = "the list of organisations has more than 1000 entries";
    assert!(detail(&server, &page).await.starts_with(words));
}

// An operator's own scopes take precedence, and GitHub then refuses the lists.
#[tokio::test]
async fn a_token_without_the_right_to_read_organisations_is_refused_visibly() {
    let (_github, server) = github(&[MAPPED, ("scopes", "[\"read:user\", \"user:email\"]")]).await;
    let page = server.browser().sign_in("/auth/notes").await;
    assert!(detail(&server, &page).await.contains("status 403; it says: You need the read:org scope."));
}
