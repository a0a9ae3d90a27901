//! Tests of the operations on accounts, and of the audit rows that they write.

use std::collections::BTreeSet;

use super::*;
use crate::base::ids::{Group, ProviderId};
use crate::base::secret::{MasterKey, Purpose, Secret};
use crate::passwords::{Cost, HashingSettings, LocalPasswords};
use crate::signin::account::Account;
use crate::signin::challenge::throttle::FAILURES_EXPIRE_AFTER;
use crate::signin::identify::IdentityKey;
use crate::signin::link::LinkProof;
use crate::store::{
    AuditEntry, AuditQuery, Database, Event, FailureCount, Lifetimes, NewLink, Provisioned, ThrottleKeys,
    ThrottleSubject, transaction_statements_of_this_thread,
};

struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    accounts: Accounts,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        let accounts = Accounts::new(store.clone(), Clock::system());
        Self { _folder: folder, store, accounts }
    }

    async fn account(&self, subject: &str, name: &str) -> Account {
        let mut login = self.store.begin().await.unwrap();
        let made =
            login.provision(&key(subject), &name.parse().unwrap(), NewLink::of(LinkProof::Founding)).await.unwrap();
        login.commit().await.unwrap();
        let Provisioned::Made { account, .. } = made else { panic!("{made:?}") };
        account
    }

    /// The audit log, oldest first.
    async fn rows(&self) -> Vec<AuditEntry> {
        let query = AuditQuery { limit: 100, ..AuditQuery::default() };
        self.store.audit_list(&query).await.unwrap().into_iter().rev().map(|row| row.entry).collect()
    }

    async fn audit(&self) -> Vec<(Event, String)> {
        let rows = self.rows().await;
        assert!(rows.iter().all(|row| row.actor.as_deref() == Some("cli:root")));
        rows.into_iter().map(|row| (row.event, row.detail.as_deref().unwrap_or_default().to_owned())).collect()
    }
}

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

fn key(subject: &str) -> IdentityKey {
    IdentityKey { provider: "uni".parse().unwrap(), issuer: "https://i".into(), subject: subject.into() }
}

fn named(name: &str) -> AccountRef {
    AccountRef::Name(name.parse().unwrap())
}

// C54
#[tokio::test]
async fn every_change_writes_one_audit_row_and_an_operation_without_change_writes_none() {
    let fixture = Fixture::new().await;
    fixture.account("1", "dee").await;
    let (accounts, staff) = (&fixture.accounts, "staff".into());
    assert_eq!(accounts.rename(&root(), &named("DEE"), &"eve".parse().unwrap()).await.unwrap().before.as_str(), "dee");
    for change in [Change::Done, Change::Already] {
        assert_eq!(accounts.add_to_group(&root(), &named("eve"), &staff).await.unwrap().change, change);
    }
    for change in [Change::Done, Change::Already] {
        assert_eq!(accounts.remove_from_group(&root(), &named("eve"), &staff).await.unwrap().change, change);
    }
    for change in [Change::Done, Change::Already] {
        assert_eq!(accounts.disable(&root(), &named("eve")).await.unwrap().change, change);
    }
    for change in [Change::Done, Change::Already] {
        assert_eq!(accounts.enable(&root(), &named("eve")).await.unwrap().change, change);
    }
    let expected = [
        (Event::AccountRenamed, "dee → eve"),
        (Event::GroupAdded, "eve: staff"),
        (Event::GroupRemoved, "eve: staff"),
        (Event::AccountDisabled, "eve; 0 sessions ended"),
        (Event::AccountEnabled, "eve"),
    ];
    assert_eq!(fixture.audit().await, expected.map(|(event, detail)| (event, detail.to_owned())));
}

#[tokio::test]
async fn each_change_raises_the_version_of_the_account_once_and_an_operation_without_change_keeps_it() {
    let fixture = Fixture::new().await;
    let (accounts, actor, dee) = (&fixture.accounts, &root(), &named("dee"));
    let cost = Cost::new(1, 1, 1).unwrap();
    let settings = HashingSettings { cost, pepper: None, former_pepper: None, at_once: 1, queue: 1 };
    let passwords = LocalPasswords::new("local".parse().unwrap(), &settings, fixture.store.clone());
    let [first, second] = ["correct horse battery staple", "seven purple elephants dance"];
    let [first, second] = [first, second].map(|text| Secret::new(text.to_owned()));
    let (staff, name) = ("staff".into(), "dee".parse().unwrap());
    accounts.create(actor, &passwords, &name, &[Group::from("tutors")].into(), &first).await.unwrap();
    let version = async || accounts.details(dee).await.unwrap().version;
    let mut expected = 1;
    assert_eq!(version().await, expected, "an account begins with this version, whatever it is made with");
    for round in [1, 0] {
        accounts.add_to_group(actor, dee, &staff).await.unwrap();
        expected += round;
        assert_eq!(version().await, expected, "a group");
    }
    for round in [1, 0] {
        accounts.link(actor, (&key("2"), "sub"), dee, IfMissing::Refuse).await.unwrap();
        expected += round;
        assert_eq!(version().await, expected, "a link");
    }
    for round in [1, 0] {
        accounts.disable(actor, dee).await.unwrap();
        expected += round;
        assert_eq!(version().await, expected, "disabled");
    }
    accounts.enable(actor, dee).await.unwrap();
    accounts.remove_from_group(actor, dee, &staff).await.unwrap();
    accounts.unlink(actor, &key("2")).await.unwrap();
    accounts.set_password(actor, &passwords, dee, &second).await.unwrap();
    accounts.rename(actor, dee, &"DEE".parse().unwrap()).await.unwrap();
    assert_eq!(version().await, expected + 5);
    // A sign-in is no change.
    let stored = fixture.store.password_of(&accounts.details(dee).await.unwrap().id).await.unwrap().unwrap();
    fixture.store.rehash(&stored.account, &stored.hash.unwrap(), "$other").await.unwrap();
    assert_eq!(version().await, expected + 5);
}

#[tokio::test]
async fn a_dry_run_reports_the_change_and_changes_nothing() {
    let fixture = Fixture::new().await;
    let dee = fixture.account("1", "dee").await;
    let (dry, before) = (fixture.accounts.clone().as_dry_run(), fixture.accounts.details(&named("dee")).await.unwrap());
    let id = &AccountRef::Id(dee.id);
    assert_eq!(dry.rename(&root(), id, &"eve".parse().unwrap()).await.unwrap().account.username.as_str(), "eve");
    assert_eq!(dry.add_to_group(&root(), id, &"staff".into()).await.unwrap().change, Change::Done);
    assert_eq!(dry.disable(&root(), id).await.unwrap().change, Change::Done);
    assert_eq!(dry.link(&root(), (&key("2"), "sub"), id, IfMissing::Refuse).await.unwrap().change, Change::Done);
    assert_eq!(dry.unlink(&root(), &key("1")).await.unwrap().account.username.as_str(), "dee");
    assert_eq!(dry.remove(&root(), id).await.unwrap().identities, 1);
    assert_eq!(fixture.accounts.details(&named("dee")).await.unwrap(), before);
    assert_eq!(fixture.audit().await, []);
}

#[tokio::test]
async fn an_operation_on_another_version_of_the_account_is_refused_and_changes_nothing() {
    let fixture = Fixture::new().await;
    fixture.account("1", "dee").await;
    let dee = &named("dee");
    let read = fixture.accounts.details(dee).await.unwrap().version;
    let (current, staff) = (fixture.accounts.clone().at_version(read), "staff".into());
    current.add_to_group(&root(), dee, &staff).await.unwrap();
    let audit = fixture.audit().await;
    let refused = [
        current.remove_from_group(&root(), dee, &staff).await.map(|_| ()),
        current.rename(&root(), dee, &"eve".parse().unwrap()).await.map(|_| ()),
        current.disable(&root(), dee).await.map(|_| ()),
        current.link(&root(), (&key("2"), "sub"), dee, IfMissing::Refuse).await.map(|_| ()),
        current.unlink(&root(), &key("1")).await.map(|_| ()),
        current.remove(&root(), dee).await.map(|_| ()),
    ];
    for result in refused {
        assert!(matches!(result, Err(AccountError::OtherVersion { expected, found, .. })
            if expected == read && found == read + 1));
    }
    assert_eq!(fixture.audit().await, audit);
    // The same operations fit the version that the change left.
    let current = fixture.accounts.clone().at_version(read + 1);
    assert_eq!(current.unlink(&root(), &key("1")).await.unwrap().account.username.as_str(), "dee");
    let current = fixture.accounts.clone().at_version(read + 2);
    let linked = current.link(&root(), (&key("2"), "sub"), dee, IfMissing::Refuse).await.unwrap();
    assert_eq!(linked.change, Change::Done);
}

#[tokio::test]
async fn an_operation_with_a_missing_account_or_a_taken_name_changes_nothing() {
    let fixture = Fixture::new().await;
    fixture.account("1", "dee").await;
    fixture.account("2", "Ada").await;
    let missing = fixture.accounts.disable(&root(), &named("eve")).await.unwrap_err();
    assert_eq!(missing.to_string(), "there is no account \"eve\"");
    let taken = fixture.accounts.rename(&root(), &named("dee"), &"ADA".parse().unwrap()).await.unwrap_err();
    assert!(matches!(taken, AccountError::NameTaken { by, .. } if by.as_str() == "Ada"));
    // A name that looks like another account's name, or mixes alphabets, is refused too.
    let rename = async |to: &str| {
        fixture.accounts.rename(&root(), &named("dee"), &to.parse().unwrap()).await.unwrap_err().to_string()
    };
    fixture.account("3", "coco").await;
    let looks = rename("сосо").await;
    assert!(looks.contains("it looks like the account \"coco\", whose name is written in other letters"), "{looks}");
    let mixed = rename("аda").await;
    assert!(mixed.contains("mixes Cyrillic and Latin; choose another, or set usernames"), "{mixed}");
    assert_eq!(fixture.audit().await, []);
    let mixed = fixture.accounts.clone().in_scripts(crate::base::lookalike::Scripts::Mixed);
    mixed.rename(&root(), &named("dee"), &"дee".parse().unwrap()).await.unwrap();
}

// C21
#[tokio::test]
async fn an_identity_moves_to_another_account_only_after_it_was_unlinked() {
    let fixture = Fixture::new().await;
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let refused =
        fixture.accounts.link(&root(), (&key("1"), "sub"), &named("ada"), IfMissing::Refuse).await.unwrap_err();
    assert!(matches!(&refused, AccountError::IdentityOfAnother { account, .. } if *account == dee.id), "{refused}");
    assert_eq!(fixture.accounts.unlink(&root(), &key("1")).await.unwrap().account.id, dee.id);
    assert!(matches!(fixture.accounts.unlink(&root(), &key("1")).await, Err(AccountError::NoSuchIdentity)));
    for change in [Change::Done, Change::Already] {
        let linked = fixture
            .accounts
            .link(&root(), (&key("1"), "sub"), &AccountRef::Id(ada.id.clone()), IfMissing::Refuse)
            .await
            .unwrap();
        assert_eq!((linked.account.id, linked.change), (ada.id.clone(), change));
    }
    let shown = fixture.accounts.details(&named("ada")).await.unwrap();
    assert_eq!(shown.identities.unwrap().len(), 2);
    let events: Vec<_> = fixture.audit().await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(events, [Event::IdentityUnlinked, Event::IdentityLinked]);
}

#[tokio::test]
async fn a_person_can_be_set_up_before_the_first_login() {
    let fixture = Fixture::new().await;
    let refused = fixture.accounts.link(&root(), (&key("1"), "sub"), &named("dee"), IfMissing::Refuse).await;
    assert!(matches!(refused, Err(AccountError::NoSuchAccount(_))));
    let linked =
        fixture.accounts.link(&root(), (&key("1"), "sub"), &named("dee"), IfMissing::MakeAccount).await.unwrap();
    assert_eq!(linked.account_created, Change::Done);
    let mut login = fixture.store.begin().await.unwrap();
    assert_eq!(login.account_by_identity(&key("1")).await.unwrap().unwrap().id, linked.account.id);
}

// C54
#[tokio::test]
async fn the_same_operations_by_two_actors_write_the_same_rows_except_for_the_actor() {
    let owner = Actor::Owner { session: None, network: Some("192.0.2.0/24".to_owned()) };
    let (by_root, by_owner) = (every_operation(&root()).await, every_operation(&owner).await);
    assert_eq!(by_root.len(), 7);
    for (row, same) in by_root.into_iter().zip(by_owner) {
        assert_eq!((row.actor.as_deref(), row.network.as_deref()), (Some("cli:root"), None));
        assert_eq!((same.actor.as_deref(), same.network.as_deref()), (None, Some("192.0.2.0/24")));
        assert_eq!((&row.actor_account, &same.actor_account), (&None, &same.account), "the owner has an account");
        let (at, account, actor) = (row.at, row.account.clone(), Some("cli:root".to_owned()));
        assert_eq!(row, AuditEntry { at, account, actor, actor_account: None, network: None, ..same });
    }
}

/// Performs every operation on one account, and returns the rows of the audit log.
async fn every_operation(actor: &Actor) -> Vec<AuditEntry> {
    let fixture = Fixture::new().await;
    let (accounts, dee, staff) = (&fixture.accounts, named("dee"), "staff".into());
    fixture.account("1", "dee").await;
    accounts.link(actor, (&key("2"), "sub"), &dee, IfMissing::Refuse).await.unwrap();
    accounts.unlink(actor, &key("2")).await.unwrap();
    accounts.add_to_group(actor, &dee, &staff).await.unwrap();
    accounts.remove_from_group(actor, &dee, &staff).await.unwrap();
    accounts.disable(actor, &dee).await.unwrap();
    let by = accounts.details(&dee).await.unwrap().disabled.unwrap().by;
    assert_eq!(by, actor.audit_name().unwrap_or_else(|| "dee".to_owned()));
    accounts.enable(actor, &dee).await.unwrap();
    accounts.remove(actor, &dee).await.unwrap();
    fixture.rows().await
}

// SQLite has one writer, so a long transaction stops every sign-in.
#[tokio::test]
async fn a_release_after_attempts_from_many_networks_runs_few_statements_in_its_transaction() {
    let (fixture, master, now) = (Fixture::new().await, MasterKey::fresh(), Clock::system().now());
    let (mac_key, providers) = (master.mac_key(Purpose::LoginThrottle), ["uni".parse().unwrap()]);
    let dee = fixture.account("1", "dee").await;
    let mut counted = BTreeSet::new();
    for number in 0..200 {
        let network = format!("192.0.{number}.0/24");
        let mut row = AuditEntry::new(now, Event::Refused);
        (row.account, row.network) = (Some(dee.id.clone()), Some(network.clone()));
        fixture.store.audit(&row).await.unwrap();
        let keys = ThrottleKeys::of(&mac_key, ThrottleSubject::TypedName(&providers[0], "dee"), &network);
        if number < 20 {
            counted.extend([keys.this_network, keys.all_networks]);
        }
    }
    let all: Vec<_> = counted.iter().copied().map(FailureCount::of_no_account).collect();
    let count = async || fixture.store.count_failure(&all, FAILURES_EXPIRE_AFTER, now).await.unwrap();
    let left = async || fixture.store.counts_of(&counted, &BTreeSet::new()).await.unwrap().len();
    count().await;
    let before = transaction_statements_of_this_thread();
    let released = fixture.accounts.release(&root(), &named("dee"), &providers, &master).await.unwrap();
    // Two statements for each twelve counts, and the row of the audit.
    assert_eq!((released.forgiven, left().await), (21, 0));
    assert_eq!(transaction_statements_of_this_thread() - before, 5);
    count().await;
    let before = transaction_statements_of_this_thread();
    let released = fixture.accounts.release_name(&root(), "dee", providers.to_vec(), &master).await.unwrap();
    assert_eq!((released.forgiven, left().await), (21, 0));
    assert_eq!(transaction_statements_of_this_thread() - before, 5);
}

#[tokio::test]
async fn a_release_forgives_counts_of_an_unlinked_password_and_of_a_name_without_its_spaces() {
    let (fixture, master, now) = (Fixture::new().await, MasterKey::fresh(), Clock::system().now());
    let (mac_key, provider): (_, ProviderId) = (master.mac_key(Purpose::LoginThrottle), "own".parse().unwrap());
    let dee = fixture.account("1", "dee").await;
    let count = async |subject: ThrottleSubject<'_>| {
        let key = ThrottleKeys::of(&mac_key, subject, "").this_network;
        fixture.store.count_failure(&[FailureCount::of_no_account(key)], FAILURES_EXPIRE_AFTER, now).await.unwrap();
    };
    let providers = [provider.clone()];
    // A local password counts under the account's id. This provider has no identity of the account.
    count(ThrottleSubject::Account(&provider, dee.id.as_str())).await;
    let released = fixture.accounts.release(&root(), &named("dee"), &providers, &master).await.unwrap();
    assert_eq!(released.forgiven, 1);
    // The letter case counts at PAM, and the spaces around the name don't.
    count(ThrottleSubject::SentName(&provider, "Dee")).await;
    let released = fixture.accounts.release_name(&root(), " Dee ", providers.to_vec(), &master).await.unwrap();
    assert_eq!(released.forgiven, 1);
}

// C25
#[tokio::test]
async fn the_owner_changes_only_the_password_that_they_proved_and_its_hash_is_not_compared_again() {
    let fixture = Fixture::new().await;
    let cost = Cost::new(1, 1, 1).unwrap();
    let settings = HashingSettings { cost, pepper: None, former_pepper: None, at_once: 1, queue: 1 };
    let passwords = LocalPasswords::new("local".parse().unwrap(), &settings, fixture.store.clone());
    let [old, new] = ["correct horse battery staple", "seven purple elephants dance"];
    let [old, new] = [old, new].map(|text| Secret::new(text.to_owned()));
    fixture.accounts.create(&root(), &passwords, &"dee".parse().unwrap(), &BTreeSet::new(), &old).await.unwrap();
    let dee = fixture.store.account_by_name(&"dee".parse().unwrap()).await.unwrap().unwrap();
    let of_dee = async || fixture.store.password_of(&dee.id).await.unwrap().unwrap();
    let owner = Actor::Owner { session: None, network: None };
    let day = std::time::Duration::from_hours(24);
    let lifetimes = Lifetimes { idle: day, absolute: day };
    let change = async |compared| {
        let change = PasswordChange { account: &dee, compared, old: &old, new: &new, lifetimes };
        fixture.accounts.change_password(&owner, &passwords, change).await
    };
    let first = of_dee().await;
    // A sign-in hashed the same password again. No password matches this hash.
    assert!(fixture.store.rehash(&dee.id, &first.hash.unwrap(), "$no hash").await.unwrap());
    change(first.generation).await.unwrap();
    assert!(of_dee().await.hash.unwrap().starts_with("$argon2id$"));
    assert!(matches!(change(first.generation).await, Err(ChangePasswordError::OldPasswordReplaced)));
    let second = of_dee().await.generation;
    fixture.accounts.disable(&root(), &named("dee")).await.unwrap();
    assert!(matches!(change(second).await, Err(ChangePasswordError::AccountClosed)));
    assert_eq!(fixture.rows().await.iter().filter(|row| row.event == Event::PasswordChanged).count(), 1);
}
