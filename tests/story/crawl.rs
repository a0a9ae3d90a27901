//! Finds every form of `/account` and `/admin` by their links and forms, as an admin sees them. No other site can send
//! one of them, and no page shows a hostile text as anything but text.

use std::collections::{BTreeMap, BTreeSet};

use support::provider::Person;
use support::{Browser, Form, Page, TestServer};
use vestibule::accounts::IfMissing;
use vestibule::base::role::Role;
use vestibule::signin::identify::IdentityKey;
use vestibule::store::Event;

use super::admin::{accounts, ask_as_al, enter, named, root, with_ada};

/// The actions that the crawl must find. A page that no longer leads to one of them would hide its forms.
const ACTIONS: [&str; 10] = [
    "/account/methods/remove",
    "/account/sessions/end",
    "/account/sessions/end-others",
    "/admin/account",
    "/admin/account/change",
    "/admin/account/session",
    "/admin/invitation",
    "/admin/request",
    "/admin/request/link",
    "/logout",
];
/// What a person types into a field, by the field's name and the `act` of its form.
const TYPED: [(&str, &str, &str); 5] = [
    ("value", "join", "choir"),
    ("value", "link", "lab:new"),
    ("value", "rename", "eve"),
    ("account", "", "dee"),
    ("q", "", "dee"),
];
/// More pages than there are.
const MANY_PAGES: usize = 300;

/// All pages that links and forms lead to, and the forms on them that are posted.
#[derive(Default)]
struct Crawl {
    pages: Vec<Page>,
    posts: Vec<Form>,
}

impl Crawl {
    async fn of(browser: &Browser, starts: &[&str]) -> Self {
        let mut crawl = Self::default();
        let mut seen = BTreeSet::new();
        let mut next: Vec<String> = starts.iter().map(|start| (*start).to_owned()).collect();
        while let Some(path) = next.pop() {
            if !seen.insert(shape(&path)) {
                continue;
            }
            assert!(seen.len() < MANY_PAGES, "too many pages: {seen:?}");
            let page = browser.go(&path).await;
            if page.status.is_redirection() {
                next.extend(Some(page.redirect_target()).filter(|to| is_ours(to)));
                continue;
            }
            assert_eq!(page.status.as_u16(), 200, "{path}: {}", page.text());
            next.extend(page.links().into_iter().map(|(_, to)| to).filter(|to| is_ours(to)));
            for form in page.forms() {
                if form.is_post {
                    crawl.posts.push(form);
                } else {
                    next.push(typed(&form));
                }
            }
            crawl.pages.push(page);
        }
        crawl
    }
}

fn is_ours(path: &str) -> bool {
    // Languages and sign-ins have stories of their own.
    ["/account", "/admin", "/logout"].iter().any(|start| path.starts_with(start)) && !path.contains("ui_locales")
}

/// The path of a page that a form without a change leads to.
fn typed(form: &Form) -> String {
    let of = |name: &str| form.fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let value = |(name, value): &(String, String)| {
        let typed = TYPED.iter().find(|(field, act, _)| field == name && *act == of("act"));
        let text = typed.filter(|_| value.is_empty()).map_or(value.as_str(), |(_, _, text)| text);
        (name.clone(), text.to_owned())
    };
    let pairs: Vec<_> = form.fields.iter().map(value).collect();
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    format!("{}?{}", form.action, vestibule::base::urls::query(&pairs))
}

/// Two addresses of one shape lead to the same page.
fn shape(path: &str) -> String {
    path.split_once('#').map_or(path, |(path, _)| path).to_owned()
}

/// Ada is an admin and is signed in twice. Dee has a group, two identities and a session. Al asks to be let in.
async fn everything() -> (TestServer, Browser) {
    let (server, ada) = with_ada(Some(Role::Admin)).await;
    super::admin::add_dee(&server).await;
    ask_as_al(&server).await;
    let (staff, lab) = ("staff".into(), |subject: &str| lab_identity(&server, subject));
    accounts(&server).add_to_group(&root(), &named("dee"), &staff).await.unwrap();
    for (subject, name) in [("dee", "dee"), ("ada", "ada")] {
        let key = lab(subject);
        accounts(&server).link(&root(), (&key, "sub"), &named(name), IfMissing::Refuse).await.unwrap();
    }
    server.behave(|uni| uni.person = Person::new("dee").with("preferred_username", "dee"));
    server.browser().sign_in("/auth/notes?provider=uni").await;
    server.behave(|_| ());
    server.browser().sign_in("/auth/notes?provider=uni").await;
    enter(&ada).await;
    (server, ada)
}

fn lab_identity(server: &TestServer, subject: &str) -> IdentityKey {
    let config = server.broker.config();
    let lab = config.provider(&"lab".parse().unwrap()).unwrap();
    IdentityKey { provider: lab.id.clone(), issuer: lab.module.issuer().clone(), subject: subject.into() }
}

/// Everything that a form of these pages can change, but the row of a refusal.
async fn state(server: &TestServer) -> String {
    let store = server.broker.store();
    let rows = server.audit().await;
    let rows: Vec<_> = rows.iter().map(|row| row.entry.event).filter(|event| *event != Event::Refused).collect();
    let mut accounts_now = Vec::new();
    for name in ["ada", "dee"] {
        let sessions =
            accounts(server).sessions(&root(), &named(name), server.broker.config().lifetimes).await.unwrap();
        let sids: Vec<_> = sessions.sessions.into_iter().map(|session| session.sid).collect();
        accounts_now.push((accounts(server).details(&named(name)).await.unwrap(), sids));
    }
    let roles = store.role_holders().await.unwrap();
    format!("{rows:?} {accounts_now:?} {roles:?} {:?}", store.waiting_access_requests(9).await.unwrap())
}

// C53
#[tokio::test]
async fn no_form_that_a_crawl_finds_can_be_sent_by_another_site() {
    let (server, ada) = everything().await;
    let invited = accounts(&server).invite_admin(&root()).await.unwrap();
    let invitation = format!("/admin/invitation?code={}", invited.secret.expose());
    let crawl = Crawl::of(&ada, &["/account", "/admin", &invitation]).await;
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    crawl.posts.iter().for_each(|form| *found.entry(form.action.as_str()).or_default() += 1);
    let missing: Vec<_> = ACTIONS.iter().filter(|action| !found.contains_key(*action)).collect();
    assert!(missing.is_empty(), "not found: {missing:?} among {found:?}");
    let before = state(&server).await;
    let foreign = [("Sec-Fetch-Site", "cross-site"), ("Origin", "https://evil.example")];
    for form in &crawl.posts {
        for headers in [&foreign[..], &foreign[1..], &[("Origin", "null")], &[("Sec-Fetch-Site", "same-site")], &[]] {
            let answer = ada.post_with(&form.action, &form.fields, headers).await;
            assert_eq!(answer.status.as_u16(), 403, "{form:?} {headers:?}: {}", answer.text());
        }
    }
    assert_eq!(state(&server).await, before);
    // The same forms act, if one of our pages sends them.
    let join = crawl.posts.iter().find(|form| form.fields.contains(&("act".into(), "join".into()))).unwrap();
    let answer = ada.post_with(&join.action, &join.fields, &[("Sec-Fetch-Site", "same-origin")]).await;
    assert!(answer.redirect_target().ends_with("notice=done"), "{}", answer.redirect_target());
    assert_ne!(state(&server).await, before);
}

/// What providers and people may send.
const MARKUP: &str = "<script>alert(1)</script>\"'&";
const RIGHT_TO_LEFT: &str = "\u{202e}\u{2066}gnp\u{200b}";
const SUBJECT: &str = "a/../b?c#d\n<script>alert(2)</script>\r\n\u{202e}é";
/// Our limit for a page of admins, with its stylesheet.
const LARGEST_PAGE: usize = 40 * 1024 - 10 * 1024;

#[tokio::test]
async fn no_admin_page_shows_a_hostile_profile_as_anything_but_text() {
    let (server, ada) = everything().await;
    let long = format!("{MARKUP}{RIGHT_TO_LEFT}{}", "ä".repeat(2048));
    let person = |sub: &str, name: &str| {
        let person = Person::new(sub).with("preferred_username", name).with("name", long.as_str());
        person.with("email", format!("{name}@{MARKUP}.example")).with("email_verified", true)
    };
    server.behave(|uni| uni.person = person(SUBJECT, "mallory"));
    let visit = server.browser().sign_in("/auth/notes?provider=uni").await;
    assert!(visit.status.is_redirection(), "{}", visit.text());
    server.lab.behave(|lab| lab.person = person(&format!("{SUBJECT}2"), "eve"));
    let eve = server.browser();
    let question = eve.sign_in("/auth/notes?provider=lab").await;
    let form = eve.go(&question.link("Ask to be let in")).await;
    let message = [("message".to_owned(), format!("{MARKUP}{RIGHT_TO_LEFT}"))];
    eve.post(&super::link::action(&form, "/link/request"), &message, support::FormOrigin::OurPage).await;
    server.behave(|_| ());
    let mallory = super::admin::id(&server, "mallory").await;
    accounts(&server).add_to_group(&root(), &named("mallory"), &MARKUP.into()).await.unwrap();
    let account = format!("/admin/account?id={mallory}");
    let crawl = Crawl::of(&ada, &["/admin", &account, "/admin/search?q=mallory", "/admin/search?q=%3Cscript%3E"]).await;
    let shows = |text: &str| crawl.pages.iter().filter(|page| page.text().contains(text)).count();
    assert!(shows("alert(1)") >= 5 && shows("alert(2)") >= 4, "{} {}", shows("alert(1)"), shows("alert(2)"));
    for page in &crawl.pages {
        assert!(!page.body.contains("<script>"), "{}", page.url);
        let hidden = page.body.find(['\u{202e}', '\u{200b}', '\r']);
        assert!(hidden.is_none(), "{}: {:?}", page.url, hidden.map(|at| &page.body[at.saturating_sub(80)..at]));
        assert!(page.body.len() < LARGEST_PAGE, "{}: {}", page.url, page.body.len());
        assert!(page.header("content-security-policy").starts_with("default-src 'none'"), "{}", page.url);
    }
}
