//! What an admin does, and the row that each act leaves.

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::base::secret::MasterKey;
use crate::signer::rotation::{Rotation, Schedule};
use crate::signin::identify::IdentityKey;
use crate::store::{AuditQuery, AuditRow, Database, Provisioned};

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    admin: Admin,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        let admin = Admin::new(store.clone(), Clock::system(), "cli:root");
        Self { _folder: folder, store, admin }
    }

    async fn account(&self, subject: &str, name: &str) -> Account {
        let mut login = self.store.begin().await.unwrap();
        let made = login.provision(&key(subject), &name.parse().unwrap(), None).await.unwrap();
        login.commit().await.unwrap();
        let Provisioned::Made { account, .. } = made else { panic!("{made:?}") };
        account
    }

    /// The audit, oldest first, as far as it can be compared.
    async fn audit(&self) -> Vec<(Event, String)> {
        let query = AuditQuery { limit: 100, ..AuditQuery::default() };
        let rows: Vec<AuditRow> = self.store.audit_list(&query).await.unwrap();
        assert!(rows.iter().all(|row| row.entry.actor.as_deref() == Some("cli:root")));
        rows.into_iter().rev().map(|row| (row.entry.event, row.entry.detail.unwrap_or_default())).collect()
    }
}

fn key(subject: &str) -> IdentityKey {
    IdentityKey { provider: "uni".parse().unwrap(), issuer: "https://i".into(), subject: subject.into() }
}

fn whom(name: &str) -> Whom {
    Whom::Name(name.parse().unwrap())
}

// C54
#[tokio::test]
async fn every_change_leaves_its_row_and_what_was_so_before_leaves_none() {
    let bench = Bench::new().await;
    bench.account("1", "dee").await;
    let (admin, staff) = (&bench.admin, "staff".into());
    assert_eq!(admin.rename(&whom("DEE"), &"eve".parse().unwrap()).await.unwrap().before.as_str(), "dee");
    for change in [Change::Done, Change::WasSoBefore] {
        assert_eq!(admin.add_to_group(&whom("eve"), &staff).await.unwrap().change, change);
    }
    for change in [Change::Done, Change::WasSoBefore] {
        assert_eq!(admin.remove_from_group(&whom("eve"), &staff).await.unwrap().change, change);
    }
    for change in [Change::Done, Change::WasSoBefore] {
        assert_eq!(admin.disable(&whom("eve")).await.unwrap().change, change);
    }
    for change in [Change::Done, Change::WasSoBefore] {
        assert_eq!(admin.enable(&whom("eve")).await.unwrap().change, change);
    }
    let expected = [
        (Event::AccountRenamed, "dee → eve"),
        (Event::GroupAdded, "eve: staff"),
        (Event::GroupRemoved, "eve: staff"),
        (Event::AccountDisabled, "eve; 0 sessions ended"),
        (Event::AccountEnabled, "eve"),
    ];
    assert_eq!(bench.audit().await, expected.map(|(event, detail)| (event, detail.to_owned())));
}

#[tokio::test]
async fn an_account_that_is_not_there_or_a_name_that_is_taken_changes_nothing() {
    let bench = Bench::new().await;
    bench.account("1", "dee").await;
    bench.account("2", "Ada").await;
    let missing = bench.admin.disable(&whom("eve")).await.unwrap_err();
    assert!(missing.to_string().contains("\"eve\"") && missing.to_string().contains("user list"), "{missing}");
    let taken = bench.admin.rename(&whom("dee"), &"ADA".parse().unwrap()).await.unwrap_err();
    assert!(matches!(taken, AdminError::NameTaken { by, .. } if by.as_str() == "Ada"));
    // Neither does one that looks like another's, or mixes alphabets.
    let rename = async |to: &str| bench.admin.rename(&whom("dee"), &to.parse().unwrap()).await.unwrap_err().to_string();
    bench.account("3", "coco").await;
    let looks = rename("сосо").await;
    assert!(looks.contains("it looks like the account \"coco\", whose name is written in other letters"), "{looks}");
    let mixed = rename("аda").await;
    assert!(mixed.contains("mixes Cyrillic and Latin; choose another, or set usernames"), "{mixed}");
    assert_eq!(bench.audit().await, []);
    let admin = bench.admin.clone().in_scripts(crate::base::lookalike::Scripts::Mixed);
    admin.rename(&whom("dee"), &"дee".parse().unwrap()).await.unwrap();
}

// C21
#[tokio::test]
async fn an_identity_is_linked_moved_by_hand_alone_and_never_taken_over() {
    let bench = Bench::new().await;
    let (dee, ada) = (bench.account("1", "dee").await, bench.account("2", "ada").await);
    let refused = bench.admin.link(&key("1"), &whom("ada"), IfMissing::Refuse).await.unwrap_err();
    assert!(matches!(&refused, AdminError::IdentityOfAnother { account, .. } if *account == dee.id), "{refused}");
    assert_eq!(bench.admin.unlink(&key("1")).await.unwrap().account.id, dee.id);
    assert!(matches!(bench.admin.unlink(&key("1")).await, Err(AdminError::NoSuchIdentity)));
    for change in [Change::Done, Change::WasSoBefore] {
        let linked = bench.admin.link(&key("1"), &Whom::Id(ada.id.clone()), IfMissing::Refuse).await.unwrap();
        assert_eq!((linked.account.id, linked.change), (ada.id.clone(), change));
    }
    let shown = bench.admin.user(&whom("ada")).await.unwrap();
    assert_eq!(shown.identities.unwrap().len(), 2);
    let events: Vec<_> = bench.audit().await.into_iter().map(|(event, _)| event).collect();
    assert_eq!(events, [Event::IdentityUnlinked, Event::IdentityLinked]);
}

#[tokio::test]
async fn a_person_can_be_set_up_before_the_first_login() {
    let bench = Bench::new().await;
    let refused = bench.admin.link(&key("1"), &whom("dee"), IfMissing::Refuse).await;
    assert!(matches!(refused, Err(AdminError::NoSuchAccount(_))));
    let linked = bench.admin.link(&key("1"), &whom("dee"), IfMissing::MakeAccount).await.unwrap();
    assert_eq!(linked.account_made, Change::Done);
    let mut login = bench.store.begin().await.unwrap();
    assert_eq!(login.tied(&key("1")).await.unwrap().unwrap().id, linked.account.id);
}

#[tokio::test]
async fn accounts_are_listed_a_page_at_a_time() {
    let bench = Bench::new().await;
    for name in ["Cy", "ada", "Bo"] {
        bench.account(name, name).await;
    }
    let first = bench.admin.users("", 2).await.unwrap();
    assert_eq!(first.users.iter().map(|user| user.username.as_str()).collect::<Vec<_>>(), ["ada", "Bo"]);
    let last = bench.admin.users(&first.next.unwrap(), 2).await.unwrap();
    assert_eq!((last.users.len(), last.next), (1, None));
}

#[tokio::test]
async fn a_rotation_is_listed_exported_and_written_down() {
    let bench = Bench::new().await;
    let (master, schedule) = (MasterKey::fresh(), Schedule::for_tokens_of(Duration::from_mins(1)));
    let rotate = |how| bench.admin.rotate_keys(&master, &schedule, how);
    assert!(matches!(rotate(Rotation::Now).await.unwrap(), RotatedKeys::Done { .. }));
    assert!(matches!(rotate(Rotation::Gentle).await.unwrap(), RotatedKeys::Done { .. }));
    assert!(matches!(rotate(Rotation::Gentle).await.unwrap(), RotatedKeys::UnderWay { .. }));
    let listed = serde_json::to_value(bench.admin.keys().await.unwrap()).unwrap();
    let mut phases: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["phase"].clone()).collect();
    phases.sort_by_key(ToString::to_string);
    assert_eq!(phases, [json!("active"), json!("published")]);
    assert_eq!(bench.admin.export_galene().await.unwrap().matches("\"kid\"").count(), 2);
    assert!(bench.audit().await.iter().all(|(event, _)| *event == Event::KeyPublished));
}
