//! The audit log holds personal values only in columns of their own, and an erased person is nowhere in it.

use std::collections::BTreeSet;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, SqliteConnection};
use support::provider::{Behaviour, Person};
use support::{FormOrigin, TestConfig, TestServer};
use vestibule::accounts::{AccountRef, Accounts, Actor, EntryPosition, IfExists, IfMissing, ImportMode, ListEntry};
use vestibule::base::role::Role;
use vestibule::base::secret::Secret;
use vestibule::passwords::LocalPasswords;
use vestibule::signin::identify::IdentityKey;
use vestibule::store::Event;

use super::passwords::{PASSWORD, enter_password, fail_logins};

/// In every name, subject and address of the person.
const MARK: &str = "zelda";
const NEW_PASSWORD: &str = "seven purple elephants dance";
/// Each column of the two tables, except for the personal values.
const APART: &str = "SELECT concat_ws('|', event, actor, actor_account, app, provider, account_id, target, cause, \
                     detail, network) FROM audit UNION ALL SELECT coalesce(detail, '') FROM reference_code";
const PERSONAL: &str = "SELECT personal FROM audit WHERE personal IS NOT NULL UNION ALL \
                        SELECT personal FROM reference_code WHERE personal IS NOT NULL";
const DIGESTS: &str = "SELECT hex(personal_digest) FROM audit \
                       WHERE event NOT IN ('account_removed', 'account_erased') UNION ALL \
                       SELECT hex(personal_digest) FROM reference_code";

async fn texts(connection: &mut SqliteConnection, query: &'static str) -> Vec<String> {
    sqlx::query_scalar(query).fetch_all(connection).await.unwrap()
}

fn names_person(text: &str) -> bool {
    text.to_lowercase().contains(MARK)
}

fn named(name: &str) -> AccountRef {
    AccountRef::Name(name.parse().unwrap())
}

/// The person's sign-ins and refusals, and what they do themselves. They have an account with a password, `zelda`, and
/// another one by the university. Returns the code of a refusal.
async fn act_as_person(server: &TestServer) -> String {
    server.add_user(MARK, PASSWORD).await;
    let refused = server.browser().sign_in("/auth/meet?room=board&provider=uni").await;
    server.browser().sign_in("/auth/notes?provider=uni").await;
    fail_logins(&server.browser(), MARK, 5).await;
    assert_eq!(enter_password(&server.browser(), MARK, PASSWORD).await.status, 429);
    server.release(MARK, "local").await;
    let browser = server.browser();
    enter_password(&browser, MARK, PASSWORD).await;
    let fields = [("username", MARK), ("old", PASSWORD), ("new", NEW_PASSWORD), ("again", NEW_PASSWORD)];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(browser.post("/account/password", &fields, FormOrigin::OurPage).await.status, 303);
    assert_eq!(browser.post("/logout", &[], FormOrigin::OurPage).await.status, 200);
    refused.reference_code()
}

/// Every operation of an admin on the account `zelda`.
async fn operate(server: &TestServer, accounts: &Accounts, root: &Actor, passwords: &LocalPasswords) {
    let (person, group) = (named(MARK), "choir".into());
    let key =
        IdentityKey { provider: "uni".parse().unwrap(), issuer: "https://zelda.example".into(), subject: MARK.into() };
    accounts.add_to_group(root, &person, &group).await.unwrap();
    accounts.remove_from_group(root, &person, &group).await.unwrap();
    accounts.link(root, (&key, "sub"), &person, IfMissing::Refuse).await.unwrap();
    accounts.unlink(root, &key).await.unwrap();
    accounts.give_role(root, &person, Role::Viewer).await.unwrap();
    accounts.take_role(root, &person).await.unwrap();
    let address = "zelda@example.edu".parse().unwrap();
    accounts.add_address(root, &person, &address).await.unwrap();
    accounts.remove_address(root, &person, &address).await.unwrap();
    accounts.disable(root, &person).await.unwrap();
    enter_password(&server.browser(), MARK, NEW_PASSWORD).await;
    accounts.enable(root, &person).await.unwrap();
    let password = Secret::new(PASSWORD.to_owned());
    accounts.set_password(root, passwords, &person, &password).await.unwrap();
    let hash = format!("$1$saltsalt${}", "A".repeat(22));
    let entry = ListEntry {
        place: EntryPosition::Line(1),
        name: MARK.to_owned(),
        hash,
        groups: vec!["staff".to_owned()],
        email: None,
    };
    let mut import = accounts.import(root, passwords, IfExists::ReplacePassword, ImportMode::Write);
    import.take(&[entry]).await.unwrap();
    assert_eq!(import.end().await.unwrap().replaced, 1);
    accounts.rename(root, &person, &"zelda-3".parse().unwrap()).await.unwrap();
    accounts.rename(root, &named("zelda-3"), &MARK.parse().unwrap()).await.unwrap();
    let key = IdentityKey { issuer: "https://mona.example".into(), subject: "mona".into(), ..key };
    accounts.link(root, (&key, "sub"), &named(OTHER), IfMissing::MakeAccount).await.unwrap();
    let merged = accounts.merge(root, &person, &named(OTHER), &|_| None).await.unwrap();
    accounts.undo_merge(root, &merged.operation).await.unwrap();
}

/// An account that stays. No row about it may name the erased person.
const OTHER: &str = "mona";

#[tokio::test]
async fn an_erased_person_is_nowhere_in_the_audit_and_every_row_stays() {
    let server = TestServer::with(TestConfig::add_passwords).await;
    server.behave(|uni: &mut Behaviour| {
        let person = Person::new("sub-zelda").with("preferred_username", MARK).with("name", "Zelda");
        uni.person = person.with("email", "zelda@example.edu").with("email_verified", true);
    });
    let accounts = Accounts::new(server.broker.store().clone(), server.clock());
    let root = Actor::Operator { user: "root".to_owned() };
    let code = act_as_person(&server).await;
    let config = server.broker.config();
    let passwords = config.provider(&"local".parse().unwrap()).unwrap().module.local_passwords().unwrap();
    operate(&server, &accounts, &root, passwords).await;
    server.broker.write_coalesced_audit().await.unwrap();

    let events: BTreeSet<&str> = server.audit().await.iter().map(|row| row.entry.event.as_str()).collect();
    let missing: Vec<_> = Event::NAMES.iter().copied().filter(|name| !events.contains(name)).collect();
    let elsewhere = [
        "account_removed",
        "account_erased",
        // Their rows hold no personal value.
        "session_ended",
        "sessions_ended",
        "account_exported",
        "link_asked",
        "access_requested",
        "access_request_decided",
        "admin_invited",
        "key_published",
        "key_removed",
        "keys_pushed",
        "keys_not_pushed",
        "provider_suspended",
        "provider_resumed",
    ];
    assert_eq!(missing, elsewhere, "these are not among the person's rows");

    let mut database = SqliteConnectOptions::new().filename(server.database()).read_only(true).connect().await.unwrap();
    let (apart, personal) = (texts(&mut database, APART).await, texts(&mut database, PERSONAL).await);
    assert_eq!(apart.iter().filter(|text| names_person(text)).collect::<Vec<_>>(), [""; 0]);
    assert!(personal.iter().filter(|text| names_person(text)).count() > 15, "{personal:#?}");
    let digests = texts(&mut database, DIGESTS).await;
    let explained = server.explain(&code).await.unwrap();
    assert!(names_person(&explained.detail.unwrap()) && names_person(explained.row.entry.detail.as_ref().unwrap()));

    // One of the two accounts was removed before.
    let other = accounts.details(&named(OTHER)).await.unwrap().id;
    let ids: BTreeSet<_> = server.audit().await.into_iter().filter_map(|row| row.entry.account).collect();
    let ids: BTreeSet<_> = ids.into_iter().filter(|id| *id != other).collect();
    assert_eq!(ids.len(), 2);
    accounts.remove(&root, &named(MARK)).await.unwrap();
    for id in ids {
        let erased = accounts.erase(&root, &AccountRef::Id(id)).await.unwrap();
        assert!(erased.rows_erased > 0, "{erased:?}");
    }
    let texts_now = [texts(&mut database, APART).await, texts(&mut database, PERSONAL).await].concat();
    assert_eq!(texts_now.iter().filter(|text| names_person(text)).collect::<Vec<_>>(), [""; 0]);
    assert_eq!(texts(&mut database, DIGESTS).await, digests, "the rows and their digests stay");
    let explained = server.explain(&code).await.unwrap().detail;
    assert_eq!(explained.as_deref(), Some("(erased); username_suffixed: wished (erased), given (erased)"));
}
