//! A person's change of their own password.

use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use time::Duration;

use super::*;
use crate::signin::identify::password::{Held, HeldBy};
use crate::signin::permit::Profile;
use crate::store::{AuditQuery, Database, SignedIn, Store};
use crate::upstream::attempt::Gate;
use crate::upstream::password::Cost;
use crate::upstream::password::settings::Settings;

const OLD: &str = "correct horse battery staple";
const NEW: &str = "purple elephants dance";

/// Holds nobody, until it is shut.
struct Door(AtomicBool);

#[async_trait]
impl Gate for Door {
    async fn pass(&self, _: &str) -> Result<(), Held> {
        if self.0.load(Ordering::SeqCst) { Err(Held { seconds: 10, by: HeldBy::Account }) } else { Ok(()) }
    }
}

struct Bench {
    _folder: tempfile::TempDir,
    store: Store,
    keeper: Keeper,
    door: Door,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        let cost = Cost::new(1, 1, 1).unwrap();
        let settings = Settings { cost, pepper: None, former_pepper: None, at_once: 1, queue: 4 };
        let keeper = Keeper::new("local".parse().unwrap(), &settings, store.clone());
        let admin = Admin::new(store.clone(), Clock::system(), "cli:root");
        let name = "grace".parse().unwrap();
        admin.add_user(&keeper, &name, &BTreeSet::new(), &Secret::new(OLD.into())).await.unwrap();
        Self { _folder: folder, store, keeper, door: Door(AtomicBool::new(false)) }
    }

    async fn session(&self) -> LiveSession {
        let account = self.store.account_by_name(&"grace".parse().unwrap()).await.unwrap().unwrap();
        let (key, now) = (self.keeper.identity(&account.id), Clock::system().now());
        let signed_in = SignedIn {
            account: account.id.clone(),
            provider: key.provider,
            issuer: key.issuer,
            subject: key.subject,
            profile: Profile::default(),
            auth_time: Some(now),
            started_at: now,
        };
        let mut login = self.store.begin().await.unwrap();
        let id = login.open_session(&signed_in, now + Duration::HOUR).await.unwrap();
        login.commit().await.unwrap();
        self.store.signed_in(id, now).await.unwrap().unwrap()
    }

    async fn alive(&self, session: &LiveSession) -> bool {
        self.store.signed_in(session.id, Clock::system().now()).await.unwrap().is_some()
    }

    async fn change(&self, session: &LiveSession, old: &str, new: &str) -> Result<OwnChanged, NotChanged> {
        let typed = Typed::parse("grace".into(), Secret::new(old.into())).unwrap();
        let old = Attempt::new(&typed, &self.door);
        let new = &Secret::new(new.to_owned());
        change_own(&self.keeper, &Clock::system(), OwnChange { session, old, new, network: Some("192.0.2.0/24") }).await
    }

    async fn opens_with(&self, password: &str) -> bool {
        let kept = self.store.password_of_name("grace").await.unwrap().unwrap().hash.unwrap();
        matches!(self.keeper.compare(&Secret::new(password.into()), &kept).await, Ok(Compared::Same(_)))
    }

    async fn last_event(&self) -> AuditEntry {
        let query = AuditQuery { limit: 1, ..AuditQuery::default() };
        self.store.audit_list(&query).await.unwrap().remove(0).entry
    }
}

// C25
#[tokio::test]
async fn whoever_changes_their_own_password_stays_and_all_their_other_sessions_end() {
    let bench = Bench::new().await;
    let (here, elsewhere) = (bench.session().await, bench.session().await);
    let changed = bench.change(&here, OLD, NEW).await.unwrap();
    assert_eq!((changed.change, changed.sessions_ended), (Change::Done, 1));
    assert!(bench.alive(&here).await && !bench.alive(&elsewhere).await);
    assert!(bench.opens_with(NEW).await && !bench.opens_with(OLD).await);
    let entry = bench.last_event().await;
    assert_eq!((entry.event, entry.account, entry.actor), (Event::PasswordChanged, Some(here.account.id), None));
    assert_eq!(entry.detail.as_deref(), Some("grace; 1 other sessions ended"));
}

#[tokio::test]
async fn a_session_alone_changes_no_password() {
    let bench = Bench::new().await;
    let (here, elsewhere) = (bench.session().await, bench.session().await);
    let wrong = bench.change(&here, "correct hoarse", NEW).await.unwrap_err();
    assert!(matches!(wrong, NotChanged::Old(NotAccepted::Refused { why: Wrong::Password, .. })), "{wrong}");
    // C43
    bench.door.0.store(true, Ordering::SeqCst);
    let held = bench.change(&here, OLD, NEW).await.unwrap_err();
    assert!(matches!(held, NotChanged::Old(NotAccepted::Held(_))), "{held}");
    assert!(bench.opens_with(OLD).await && bench.alive(&elsewhere).await);
    assert_eq!(bench.last_event().await.event, Event::PasswordSet);
}

#[tokio::test]
async fn a_new_password_is_weighed_before_anything_is_done() {
    let bench = Bench::new().await;
    let here = bench.session().await;
    for weak in ["eleven char", "password1234"] {
        let refused = bench.change(&here, OLD, weak).await.unwrap_err();
        assert!(matches!(refused, NotChanged::New(Unfit::Weak(_))), "{weak}: {refused}");
    }
    let long = bench.change(&here, OLD, &"x".repeat(1_025)).await.unwrap_err();
    assert!(matches!(long, NotChanged::New(Unfit::Unusable(Unusable::TooLong))), "{long}");
    assert!(bench.opens_with(OLD).await);
}

#[tokio::test]
async fn the_old_password_once_more_changes_nothing() {
    let bench = Bench::new().await;
    let (here, elsewhere) = (bench.session().await, bench.session().await);
    assert_eq!(bench.change(&here, OLD, OLD).await.unwrap().change, Change::WasSoBefore);
    assert!(bench.alive(&elsewhere).await);
}

#[tokio::test]
async fn an_account_without_a_password_gets_none_this_way() {
    let bench = Bench::new().await;
    let here = bench.session().await;
    let mut admin = bench.store.begin().await.unwrap();
    assert!(admin.remove_password(&here.account.id).await.unwrap());
    admin.commit().await.unwrap();
    assert!(matches!(bench.change(&here, OLD, NEW).await, Err(NotChanged::NoPassword)));
}
