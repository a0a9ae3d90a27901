//! Which names and passwords are accepted, how attempts count, and what a check costs.

use std::sync::Mutex;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::base::ids::AccountId;
use crate::base::secret::Secret;
use crate::passwords::{Cost, Pepper, QUEUE_FULL};
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};
use crate::signin::identify::password::Credentials;
use crate::signin::link::LinkProof;
use crate::store::{Database, NewLink, Store};
use crate::upstream::Availability;
use crate::upstream::attempt::recording_gate::RecordingGate;

/// Lets every attempt through, and fills the pool so that the attempt's hash has no place.
fn filling_gate(passwords: &LocalPasswords) -> RecordingGate {
    let (passwords, end) = (passwords.clone(), Mutex::new(None));
    RecordingGate::open_after(Box::new(move || {
        let (sender, ended) = std::sync::mpsc::channel::<()>();
        *end.lock().unwrap() = Some(sender);
        let (passwords, filled) = (passwords.clone(), passwords.clone());
        tokio::spawn(async move { passwords.run(move || _ = ended.recv()).await });
        Box::pin(async move {
            while filled.has_room() {
                tokio::task::yield_now().await;
            }
        })
    }))
}

struct Fixture {
    _folder: TempDir,
    store: Store,
    own: LocalAccounts,
}

fn cheap(passes: u32) -> HashingSettings {
    let cost = Cost::new(1, passes, 1).unwrap();
    HashingSettings { cost, pepper: None, former_pepper: None, at_once: 1, queue: 1 }
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        Self { _folder: folder, own: own(&store, cheap(1)), store }
    }

    async fn account(&self, name: &str, password: &str) -> AccountId {
        let hashed = self.own.passwords.hash(&Secret::new(password.into())).await.unwrap();
        let mut transaction = self.store.begin().await.unwrap();
        let account = transaction.make_account(&name.parse().unwrap()).await.unwrap().unwrap().id;
        transaction.set_password(&account, hashed.as_str()).await.unwrap();
        transaction.commit().await.unwrap();
        account
    }

    /// Waits until a later account's password is rehashed. By then every earlier rehash is done.
    async fn wait_for_a_later_rehash(&self, dearer: &LocalAccounts) {
        let later = self.account("later", "correct horse").await;
        let before = self.hash_of(&later).await;
        while self.hash_of(&later).await == before {
            assert!(check(dearer, "later", "correct horse").await.0.is_ok());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn hash_of(&self, account: &AccountId) -> String {
        self.store.password_of(account).await.unwrap().unwrap().hash.unwrap()
    }
}

async fn hashed_with(store: &Store, settings: HashingSettings, password: &str) -> String {
    let passwords = LocalPasswords::new("local".parse().unwrap(), &settings, store.clone());
    passwords.hash(&Secret::new(password.to_owned())).await.unwrap().as_str().to_owned()
}

fn own(store: &Store, settings: HashingSettings) -> LocalAccounts {
    LocalAccounts::new(
        LocalPasswords::new("local".parse().unwrap(), &settings, store.clone()),
        Arc::new(settings),
        Clock::system(),
    )
}

/// The module's answer, and the accounts that it asked the password for.
async fn check(
    own: &LocalAccounts,
    name: &str,
    password: &str,
) -> (Result<ExternalIdentity, NotAccepted>, Vec<String>) {
    let typed = Credentials::parse(name.into(), Secret::new(password.into())).unwrap();
    let gate = RecordingGate::open();
    let answer = own.check(&Attempt::new(&typed, &gate)).await;
    (answer, gate.accounts())
}

// C21
#[tokio::test]
async fn the_right_password_proves_the_account_itself() {
    let fixture = Fixture::new().await;
    let grace = fixture.account("Grace", "correct horse").await;
    let (answer, asked) = check(&fixture.own, "grace", "correct horse").await;
    let identity = answer.unwrap();
    assert_eq!(identity.key, fixture.own.passwords.identity(&grace));
    assert_eq!((identity.key.issuer.as_str(), identity.key.subject.as_str()), (ISSUER, grace.as_str()));
    assert_eq!(identity.claims["preferred_username"], "Grace");
    assert!(identity.auth_time.is_some());
    assert_eq!(asked, [grace.as_str()]);
    assert_eq!(fixture.own.health().availability(), Availability::Answering);
}

// C43
#[tokio::test]
async fn every_spelling_of_a_name_counts_for_the_same_account() {
    let fixture = Fixture::new().await;
    let grace = fixture.account("Grace", "correct horse").await;
    for name in ["grace", "GRACE", " grace ", "ｇｒａｃｅ", "gra\u{ad}ce"] {
        let (answer, asked) = check(&fixture.own, name, "wrong").await;
        assert_eq!(answer, Err(refused(grace.as_str())), "{name}");
        assert_eq!(asked, [grace.as_str()], "{name}");
    }
    for name in ["nobody", "NOBODY", "ｎobody "] {
        let (answer, asked) = check(&fixture.own, name, "wrong").await;
        assert_eq!((answer, asked), (Err(NotAccepted::Unknown), vec!["nobody".to_owned()]), "{name}");
    }
}

// C42
#[tokio::test]
async fn an_unknown_name_and_an_account_without_a_password_cost_a_hash_too() {
    let fixture = Fixture::new().await;
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.make_account(&"ada".parse().unwrap()).await.unwrap();
    transaction.commit().await.unwrap();
    let grace = fixture.account("grace", "correct horse").await;
    let full = own(&fixture.store, HashingSettings { queue: 0, ..cheap(1) });
    for name in ["grace", "ada", "nobody", "DOMAIN\\nobody", &"x".repeat(200)] {
        // The gate takes the pool's only place, so the refusal shows that every name asks for a hash.
        let gate = filling_gate(&full.passwords);
        let typed = Credentials::parse(name.into(), Secret::new("correct horse".into())).unwrap();
        assert_eq!(full.check(&Attempt::new(&typed, &gate)).await, Err(NotAccepted::Busy(QUEUE_FULL)), "{name}");
        // The pool is full before the gate is asked now, so nothing is looked up.
        assert_eq!(check(&full, name, "correct horse").await, (Err(NotAccepted::Busy(QUEUE_FULL)), vec![]), "{name}");
        drop(gate);
        while !full.passwords.has_room() {
            tokio::task::yield_now().await;
        }
    }
    for name in ["ada", "nobody", "DOMAIN\\nobody"] {
        assert_eq!(check(&fixture.own, name, "correct horse").await.0, Err(NotAccepted::Unknown), "{name}");
    }
    assert_eq!(check(&fixture.own, "grace", "correct hoarse").await.0, Err(refused(grace.as_str())));
}

// C43
#[tokio::test]
async fn the_password_of_a_throttled_account_is_not_checked() {
    let fixture = Fixture::new().await;
    let grace = fixture.account("grace", "correct horse").await;
    let typed = Credentials::parse("grace".into(), Secret::new("correct horse".into())).unwrap();
    let (gate, held) = (RecordingGate::shut(40), Throttled { seconds: 40, by: ThrottledBy::Account });
    assert_eq!(fixture.own.check(&Attempt::new(&typed, &gate)).await, Err(NotAccepted::Throttled(held)));
    assert_eq!(gate.accounts(), [grace.as_str()]);
}

#[tokio::test]
async fn an_outdated_hash_is_replaced_after_the_login() {
    let fixture = Fixture::new().await;
    let grace = fixture.account("grace", "correct horse").await;
    let before = fixture.hash_of(&grace).await;
    let dearer = own(&fixture.store, cheap(2));
    assert!(check(&dearer, "grace", "wrong").await.0.is_err());
    assert_eq!(fixture.hash_of(&grace).await, before);
    assert!(check(&dearer, "grace", "correct horse").await.0.is_ok());
    let rehashed = async {
        while fixture.hash_of(&grace).await == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), rehashed).await.unwrap();
    let after = fixture.hash_of(&grace).await;
    assert!(after.starts_with(&dearer.passwords.current_prefix()), "{after}");
    assert!(check(&dearer, "grace", "correct horse").await.0.is_ok());
    assert_eq!(fixture.hash_of(&grace).await, after, "it is rehashed only once");
}

#[tokio::test]
async fn a_dry_run_rehashes_nothing() {
    let fixture = Fixture::new().await;
    let grace = fixture.account("grace", "correct horse").await;
    let (dearer, before) = (own(&fixture.store, cheap(2)), fixture.hash_of(&grace).await);
    let typed = Credentials::parse("grace".into(), Secret::new("correct horse".into())).unwrap();
    let gate = RecordingGate::open();
    assert!(dearer.check(&Attempt::dry_run(&typed, &gate)).await.is_ok());
    fixture.wait_for_a_later_rehash(&dearer).await;
    assert_eq!(fixture.hash_of(&grace).await, before);
}

#[tokio::test]
async fn a_password_changed_while_it_is_rehashed_stays_changed() {
    let fixture = Fixture::new().await;
    let grace = fixture.account("grace", "correct horse").await;
    let (before, other) = (fixture.hash_of(&grace).await, hashed_with(&fixture.store, cheap(1), "another").await);
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.set_password(&grace, &other).await.unwrap();
    transaction.commit().await.unwrap();
    fixture.own.passwords.rehash(grace.clone(), Secret::new("correct horse".into()), before);
    fixture.wait_for_a_later_rehash(&own(&fixture.store, cheap(2))).await;
    assert_eq!(fixture.hash_of(&grace).await, other);
}

#[tokio::test]
async fn an_unusable_hash_refuses_only_its_own_account() {
    let fixture = Fixture::new().await;
    fixture.account("ada", "correct horse").await;
    let grace = fixture.account("grace", "correct horse").await;
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.set_password(&grace, "no hash at all").await.unwrap();
    transaction.commit().await.unwrap();
    let why = RefusalReason::NotChecked;
    let not_checked = NotAccepted::Refused { why, subject: Some(Subject::from(grace.as_str())) };
    assert_eq!(check(&fixture.own, "grace", "correct horse").await.0, Err(not_checked));
    assert!(check(&fixture.own, "ada", "correct horse").await.0.is_ok());
}

#[tokio::test]
async fn an_unreachable_database_is_not_a_wrong_password() {
    let fixture = Fixture::new().await;
    fixture.account("grace", "correct horse").await;
    fixture.store.close().await;
    let answer = check(&fixture.own, "grace", "correct horse").await.0.unwrap_err();
    assert!(matches!(answer, NotAccepted::NotAvailable(_)), "{answer}");
    assert!(matches!(fixture.own.health().availability(), Availability::Silent { .. }));
}

/// The findings of the probe, one a line.
async fn findings_of(own: &LocalAccounts) -> String {
    let mut findings = Vec::new();
    own.probe(&mut |finding| findings.push(finding.to_string())).await;
    findings.join("\n")
}

#[tokio::test]
async fn the_probe_counts_the_passwords_and_measures_one_sign_in() {
    let fixture = Fixture::new().await;
    let findings = findings_of(&fixture.own).await;
    assert!(
        findings.contains("WARN provider local: no account has a password → vestibule user add NAME"),
        "{findings}"
    );
    assert!(findings.contains("1 MiB; 1 at once take 1 MiB, 1 more may wait"), "{findings}");
    let grace = fixture.account("grace", "correct horse").await;
    let findings = findings_of(&fixture.own).await;
    assert!(
        findings.contains("accounts with a password: 1") && findings.contains("not linked to this provider: 1"),
        "{findings}"
    );
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.link(&fixture.own.passwords.identity(&grace), &grace, NewLink::of(LinkProof::Admin)).await.unwrap();
    let pepper = Pepper::new(Secret::new("p".repeat(32)));
    let peppered =
        hashed_with(&fixture.store, HashingSettings { pepper: pepper.clone(), ..cheap(1) }, "correct horse").await;
    transaction.set_password(&grace, &peppered).await.unwrap();
    transaction.commit().await.unwrap();
    let findings = findings_of(&fixture.own).await;
    assert!(
        findings.contains("BAD  provider local: passwords made with another pepper than the config names: 1"),
        "{findings}"
    );
    assert!(!findings.contains("not linked"), "{findings}");
    for settings in [
        HashingSettings { pepper: pepper.clone(), ..cheap(1) },
        HashingSettings { pepper: Pepper::new(Secret::new("q".repeat(32))), former_pepper: pepper, ..cheap(1) },
    ] {
        let findings = findings_of(&own(&fixture.store, settings.clone())).await;
        assert!(!findings.contains("BAD") && !findings.contains("WARN"), "{findings}");
        assert_eq!(
            findings.contains("hashed with other settings than the config's: 1"),
            settings.former_pepper.is_some(),
            "{findings}"
        );
    }
}
