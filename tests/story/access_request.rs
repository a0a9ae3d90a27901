//! A person without an account asks to be let in: the request, the admin's decision, and what the person sees next.

use std::time::Duration;

use serde_json::json;
use support::provider::Person;
use support::{Browser, FormOrigin, Page, TestConfig, TestServer};
use vestibule::accounts::{AccountError, AccountRef, Accounts, Actor, IfMissing};
use vestibule::signin::link::LinkProof;
use vestibule::signin::link::access_request::{AccessState, RequestText};
use vestibule::store::{AccessRequest, Event};

use super::link::{press, somebody};

const NOTES: &str = "https://notes.example.org/signed-in";
const QUESTION: &str = "Are you already here?";
const FORM: &str = "Ask to be let in";
const SENT: &str = "Your request was sent.";
const WAITING: &str = "Your request is waiting.";
const REFUSED: &str = "You were not let in.";
const CONFIRMATION: &str = "Open ada with Example Lab too?";
const OVER: &str = "This question was answered already, or it waited too long.";
const DAY: Duration = Duration::from_hours(24);

/// People come from the university. The lab is new, and its people may ask to be let in.
async fn server() -> TestServer {
    server_with(|config| _ = config.provider("lab").set("ask", "[\"prove\", \"new\", \"request\"]")).await
}

async fn server_with(change: impl FnOnce(&mut TestConfig)) -> TestServer {
    let server = TestServer::with(|config| {
        config.add_lab();
        config.provider("lab").set_text("first_login", "ask");
        change(config);
    })
    .await;
    server.lab.behave(|lab| lab.person = somebody("al"));
    server.browser().sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    server
}

async fn sign_in(server: &TestServer) -> (Browser, Page) {
    let browser = server.browser();
    let page = browser.sign_in("/auth/notes?provider=lab&state=s").await;
    assert_eq!((page.status.as_u16(), browser.session()), (200, None), "{}", page.body);
    (browser, page)
}

async fn send(browser: &Browser, form: &Page, message: &str) -> Page {
    let fields = [("message".to_owned(), message.to_owned())];
    browser.post(&super::link::action(form, "/link/request"), &fields, FormOrigin::OurPage).await
}

/// Signs in at the lab, and asks with this message.
async fn ask(server: &TestServer, message: &str) -> (Browser, Page) {
    let (browser, page) = sign_in(server).await;
    let words = if page.heading() == QUESTION { FORM } else { "Write another message" };
    let form = browser.go(&page.link(words)).await;
    assert_eq!((form.status.as_u16(), form.heading()), (200, FORM.to_owned()));
    let sent = send(&browser, &form, message).await;
    (browser, sent)
}

async fn requests(server: &TestServer) -> Vec<AccessRequest> {
    server.broker.store().access_requests(100).await.unwrap()
}

fn accounts(server: &TestServer) -> (Accounts, Actor) {
    let root = Actor::Operator { user: "root".to_owned() };
    (Accounts::new(server.broker.store().clone(), server.clock()), root)
}

fn note(text: &str) -> RequestText {
    RequestText::parse(text).unwrap()
}

// L2, L10
#[tokio::test]
async fn a_person_who_asks_gets_a_reference_and_sees_at_each_sign_in_that_the_request_waits() {
    let server = server().await;
    let (browser, sent) = ask(&server, "I teach maths.\r\nDee").await;
    assert_eq!((sent.status.as_u16(), sent.heading()), (200, SENT.to_owned()));
    assert_eq!(browser.session(), None);
    let all = requests(&server).await;
    let [request] = &all[..] else { panic!("{all:?}") };
    assert_eq!((request.message.as_str(), request.count), ("I teach maths. Dee", 1));
    assert_eq!(
        (request.app.as_ref().unwrap().as_str(), request.subject.as_str(), request.state),
        ("notes", "al", AccessState::Waiting)
    );
    assert_eq!(request.wished.as_ref().map(vestibule::base::username::Username::as_str), Some("ada"));
    assert_eq!(request.profile.email.as_ref().unwrap().address, "ada@example.edu");
    assert!(sent.text().contains(request.id.as_str()), "{}", sent.text());
    // The reference and the message are also on the page of each later sign-in.
    let (again, waiting) = sign_in(&server).await;
    assert_eq!(waiting.heading(), WAITING);
    for text in [request.id.as_str(), "I teach maths. Dee"] {
        assert!(waiting.text().contains(text), "{}", waiting.text());
    }
    assert!(!waiting.has_link("Continue with Example University"));
    assert!(waiting.link("Return to Notes").starts_with(NOTES));
    let other = press(&again, &waiting, "/link/dismiss").await;
    assert!(again.follow(other).await.has_link("Continue with Example University"));
    let rows = server.audit().await;
    let row = rows.iter().find(|row| row.entry.event == Event::AccessRequested).unwrap();
    assert_eq!((row.entry.target.as_ref().unwrap().as_str(), &row.entry.detail), (request.id.as_str(), &None));
}

#[tokio::test]
async fn to_ask_again_counts_up_and_replaces_the_message() {
    let server = server().await;
    ask(&server, "first").await;
    ask(&server, "second").await;
    let all = requests(&server).await;
    assert_eq!(all.iter().map(|it| (it.message.as_str(), it.count)).collect::<Vec<_>>(), [("second", 2)]);
    // Another identity has a request of its own.
    server.lab.behave(|lab| lab.person = somebody("second"));
    ask(&server, "").await;
    assert_eq!(requests(&server).await.len(), 2);
}

// L10
#[tokio::test]
async fn a_second_press_sends_nothing_and_a_waiting_person_can_still_answer_differently() {
    let server = server().await;
    let (browser, page) = sign_in(&server).await;
    let form = browser.go(&page.link(FORM)).await;
    assert_eq!(send(&browser, &form, "once").await.heading(), SENT);
    assert_eq!(send(&browser, &form, "twice").await.heading(), OVER);
    assert_eq!(requests(&server).await[0].count, 1);
    let (browser, waiting) = sign_in(&server).await;
    let question = browser.go(&waiting.link("Give another answer")).await;
    assert_eq!(question.heading(), QUESTION);
    let confirmation = browser.sign_in(&question.link("Continue with Example University")).await;
    assert_eq!(confirmation.heading(), CONFIRMATION);
    press(&browser, &confirmation, "/link/confirm").await.token_at(NOTES);
    let request = requests(&server).await.remove(0);
    assert_eq!((request.state, request.decided_by), (AccessState::Linked, None));
    assert!(request.decided_at.is_some() && request.account.is_some());
}

#[tokio::test]
async fn a_person_who_is_let_in_gets_an_account_of_their_own() {
    let server = server().await;
    ask(&server, "please").await;
    let id = requests(&server).await[0].id.clone();
    let (accounts, root) = accounts(&server);
    // Ada's name is taken, and her account stays hers (L1).
    let taken = accounts.let_in(&root, &id, None).await.unwrap_err();
    assert!(matches!(taken, AccountError::NameTaken { .. }), "{taken}");
    assert_eq!(requests(&server).await[0].state, AccessState::Waiting);
    let done = accounts.let_in(&root, &id, Some(&"al".parse().unwrap())).await.unwrap();
    assert_eq!(done.account.username.as_str(), "al");
    let delivery = server.browser().sign_in("/auth/notes?provider=lab").await;
    let (_, claims) = server.verify_token(delivery.delivery_at(NOTES).get("token").unwrap()).await;
    assert_eq!(claims["preferred_username"], json!("al"));
    let linked = server.broker.store().identities_of(&done.account.id).await.unwrap();
    assert_eq!(
        (linked.len(), linked[0].proof, linked[0].linked_by.as_deref()),
        (1, LinkProof::Admin, Some("cli:root"))
    );
    let twice = accounts.refuse_access(&root, &id, &note("no")).await.unwrap_err().to_string();
    assert!(twice.contains("was decided before, by cli:root at ") && twice.contains("linked to an account"), "{twice}");
    let events: Vec<_> = server.audit().await.into_iter().map(|row| row.entry.event).collect();
    assert!(events.contains(&Event::AccessRequestDecided) && events.contains(&Event::IdentityLinked));
}

// C25
#[tokio::test]
async fn a_request_that_is_linked_to_an_account_opens_it_and_ends_its_sessions() {
    let server = server().await;
    let elsewhere = server.browser();
    elsewhere.sign_in("/auth/notes?provider=uni").await.token_at(NOTES);
    ask(&server, "it is me, Ada").await;
    let (accounts, root) = accounts(&server);
    let (id, ada) = (requests(&server).await[0].id.clone(), AccountRef::Name("ada".parse().unwrap()));
    let done = accounts.link_requester(&root, &id, &ada).await.unwrap();
    assert!(done.sessions_ended >= 1, "{done:?}");
    assert_eq!(elsewhere.go("/auth/notes").await.heading(), "Sign in to Notes");
    server.browser().sign_in("/auth/notes?provider=lab").await.token_at(NOTES);
    let proofs = server.broker.store().identities_of(&done.account.id).await.unwrap();
    assert_eq!(proofs.iter().map(|linked| linked.proof).collect::<Vec<_>>(), [LinkProof::Founding, LinkProof::Admin]);
}

#[tokio::test]
async fn a_person_who_may_prove_an_account_is_offered_only_that() {
    let server = server_with(|config| _ = config.provider("lab").set("ask", "[\"new\", \"request\"]")).await;
    let (before, question) = sign_in(&server).await;
    ask(&server, "I am Ada").await;
    let (accounts, root) = accounts(&server);
    let id = requests(&server).await[0].id.clone();
    accounts.let_prove(&root, &id).await.unwrap();
    // The page of before makes no account any more.
    assert_eq!(press(&before, &question, "/link/new").await.heading(), OVER);
    let (browser, page) = sign_in(&server).await;
    assert_eq!(page.heading(), QUESTION);
    assert!(!page.has_link(FORM) && !page.body.contains("/link/new"), "{}", page.body);
    let confirmation = browser.sign_in(&page.link("Continue with Example University")).await;
    assert_eq!(confirmation.heading(), CONFIRMATION);
    press(&browser, &confirmation, "/link/confirm").await.token_at(NOTES);
    let request = requests(&server).await.remove(0);
    assert_eq!((request.state, request.decided_by.as_deref()), (AccessState::Linked, Some("cli:root")));
}

#[tokio::test]
async fn a_refused_person_reads_the_note_and_can_ask_again_after_a_day() {
    let server = server().await;
    server.stop_clock();
    let (before, question) = sign_in(&server).await;
    ask(&server, "let me in").await;
    let id = requests(&server).await[0].id.clone();
    let (accounts, root) = accounts(&server);
    accounts.refuse_access(&root, &id, &note("Ask <b>Professor</b> Example.")).await.unwrap();
    let (browser, page) = sign_in(&server).await;
    assert_eq!(page.heading(), REFUSED);
    assert!(page.body.contains("Ask &lt;b&gt;Professor&lt;/b&gt; Example."), "{}", page.body);
    assert!(!page.has_link("Ask again") && !page.has_link("Give another answer"));
    // Nothing that the page does not offer can be done by hand.
    let at = |path: &str| page.url.replace("/link?", &format!("{path}?"));
    assert_eq!(browser.go(&at("/link/request")).await.status.as_u16(), 400);
    assert_eq!(browser.go(&(at("/link/prove") + "&provider=uni")).await.status.as_u16(), 400);
    assert_eq!(browser.go(&(page.url.clone() + "&view=question")).await.heading(), REFUSED);
    assert_eq!(browser.post(&at("/link/new"), &[], FormOrigin::OurPage).await.heading(), OVER);
    assert_eq!(press(&before, &question, "/link/new").await.heading(), OVER);
    let fields = [("message".to_owned(), "again".to_owned())];
    let early = browser.post(&at("/link/request"), &fields, FormOrigin::OurPage).await;
    assert_eq!((early.heading(), requests(&server).await.len()), (OVER.to_owned(), 1));
    server.advance_clock(DAY.try_into().unwrap());
    let (browser, page) = sign_in(&server).await;
    let form = browser.go(&page.link("Ask again")).await;
    assert_eq!(send(&browser, &form, "now?").await.heading(), SENT);
    assert_eq!(sign_in(&server).await.1.heading(), WAITING);
    assert_eq!(requests(&server).await.len(), 2);
}

#[tokio::test]
async fn beyond_the_limit_the_page_does_not_offer_to_ask() {
    let server = server_with(|config| {
        config.provider("lab").set("ask", "[\"request\"]");
        config.set_most_access_requests(1);
    })
    .await;
    server.lab.behave(|lab| lab.person = somebody("late"));
    let (late, question) = sign_in(&server).await;
    let form = late.go(&question.link(FORM)).await;
    server.lab.behave(|lab| lab.person = somebody("al"));
    ask(&server, "the only one").await;
    // A form that was open before, and a new sign-in.
    let page = send(&late, &form, "me too").await;
    let page = late.follow(page).await;
    assert_eq!((page.heading(), page.has_link(FORM)), (QUESTION.to_owned(), false));
    assert!(page.text().contains("too many people are waiting"), "{}", page.text());
    // Who waits already can still change the message.
    ask(&server, "still the only one").await;
    let all = requests(&server).await;
    assert_eq!((all.len(), all[0].count), (1, 2));
}

#[tokio::test]
async fn a_hostile_message_and_profile_stay_text() {
    let server = server().await;
    let script = "<script>alert(1)</script>\u{202e}\0\u{1b}[31m";
    server.lab.behave(|lab| lab.person = Person::new("evil").with("name", "<img src=x onerror=alert(2)>"));
    let (browser, sent) = ask(&server, script).await;
    assert!(sent.body.contains("&lt;script&gt;alert(1)&lt;/script&gt;[31m"), "{}", sent.body);
    let (_, waiting) = sign_in(&server).await;
    for page in [&sent, &waiting] {
        assert!(!page.body.contains("<script>alert") && !page.body.contains("<img src=x"), "{}", page.body);
    }
    assert_eq!(requests(&server).await[0].message.as_str(), "<script>alert(1)</script>[31m");
    drop(browser);
    // What is too long comes back to be shortened.
    let (browser, page) = sign_in(&server).await;
    let form = browser.go(&page.link("Write another message")).await;
    let long = send(&browser, &form, &format!("</textarea>{}", "ü".repeat(500))).await;
    assert_eq!((long.status.as_u16(), long.heading()), (400, FORM.to_owned()));
    assert!(long.text().contains("longer than 500 characters"), "{}", long.text());
    assert!(long.body.contains("&lt;/textarea&gt;üü"));
    assert_eq!(requests(&server).await[0].count, 1);
    // A form without the field, or with two.
    let action = super::link::action(&form, "/link/request");
    for fields in [vec![], vec![("message".to_owned(), "a".to_owned()); 2]] {
        assert_eq!(browser.post(&action, &fields, FormOrigin::OurPage).await.status.as_u16(), 400);
    }
}

// L10, C53
#[tokio::test]
async fn only_a_post_of_our_own_page_asks_and_only_in_the_browser_that_signed_in() {
    let server = server().await;
    let (browser, page) = sign_in(&server).await;
    let form = browser.go(&page.link(FORM)).await;
    let address = super::link::action(&form, "/link/request");
    browser.go(&(address.clone() + "&message=by-get")).await;
    let foreign = [("Sec-Fetch-Site", "cross-site"), ("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(browser.ask(reqwest::Method::POST, &address, &foreign).await.status.as_u16(), 403);
    let victim = server.browser();
    let fields = [("message".to_owned(), "forged".to_owned())];
    assert_eq!(victim.post(&address, &fields, FormOrigin::OurPage).await.heading(), OVER);
    assert_eq!(victim.go(&address).await.heading(), OVER);
    assert!(requests(&server).await.is_empty());
    assert_eq!(send(&browser, &form, "mine").await.heading(), SENT);
}

#[tokio::test]
async fn a_provider_that_does_not_offer_it_takes_no_request() {
    let server = server_with(|_| ()).await;
    let (browser, page) = sign_in(&server).await;
    assert!(!page.has_link(FORM));
    let address = page.url.replace("/link?", "/link/request?");
    assert_eq!(browser.go(&address).await.status.as_u16(), 400);
    let fields = [("message".to_owned(), "by hand".to_owned())];
    assert_eq!(browser.post(&address, &fields, FormOrigin::OurPage).await.heading(), OVER);
    assert!(requests(&server).await.is_empty());
}

#[tokio::test]
async fn a_request_ends_if_an_admin_links_the_identity_and_goes_with_its_erased_account() {
    let server = server().await;
    let (late, question) = sign_in(&server).await;
    ask(&server, "Ada here").await;
    let (accounts, root) = accounts(&server);
    let request = requests(&server).await.remove(0);
    let ada = AccountRef::Name("ada".parse().unwrap());
    let (key, source) = (request.identity(), request.subject_source.as_str());
    accounts.link(&root, (&key, source), &ada, IfMissing::Refuse).await.unwrap();
    assert_eq!(requests(&server).await[0].state, AccessState::Linked);
    // Another tab can't ask any more.
    let form = late.go(&question.link(FORM)).await;
    assert_eq!(send(&late, &form, "late").await.heading(), OVER);
    accounts.erase(&root, &ada).await.unwrap();
    assert_eq!(requests(&server).await, []);
}

#[tokio::test]
async fn old_requests_are_removed() {
    let server = server().await;
    server.stop_clock();
    ask(&server, "old").await;
    server.advance_clock((DAY * 30).try_into().unwrap());
    server.broker.run_maintenance().await;
    assert_eq!(requests(&server).await.len(), 1);
    server.advance_clock(Duration::from_secs(1).try_into().unwrap());
    server.broker.run_maintenance().await;
    assert_eq!(requests(&server).await, []);
}
