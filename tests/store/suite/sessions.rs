//! How long a session lives, and what ends it.

use std::time::Duration;

use tower_sessions::SessionStore as _;
use tower_sessions::session::{Id, Record};
use vestibule::signin::account::Account;
use vestibule::store::{Lifetimes, SessionLogin, SessionOrigin};

use super::{Fixture, HOUR, MINUTE};

const LIFETIMES: Lifetimes = Lifetimes { idle: Duration::from_hours(1), absolute: Duration::from_hours(3) };

impl Fixture {
    async fn session(&self, account: &Account) -> Id {
        let mut login = self.store.begin().await.unwrap();
        let end = LIFETIMES.end(self.now(), self.now());
        let id = login.open_session(&self.signed_in(account, "1"), end, SessionOrigin::default()).await.unwrap();
        login.commit().await.unwrap();
        id
    }

    async fn is_live(&self, session: Id) -> bool {
        self.store.live_session(session, self.now()).await.unwrap().is_some()
    }

    async fn touch_session(&self, session: Id) -> bool {
        let live = self.store.live_session(session, self.now()).await.unwrap().unwrap();
        self.store.touch(&live, LIFETIMES, self.now()).await.unwrap()
    }
}

// C39
pub async fn a_session_lives_until_it_expires(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let session = fixture.session(&dee).await;
    let live = fixture.store.live_session(session, fixture.now()).await.unwrap().unwrap();
    assert_eq!((live.account, live.signed_in), (dee.clone(), fixture.signed_in(&dee, "1")));
    fixture.advance_clock(Duration::from_secs(3_599));
    assert!(fixture.is_live(session).await);
    fixture.advance_clock(Duration::from_secs(1));
    assert!(!fixture.is_live(session).await);
    assert!(fixture.store.load(&session).await.unwrap().is_none());
    assert!(!fixture.is_live(Id(7)).await);
}

// C39
pub async fn a_used_session_is_prolonged_but_not_beyond_its_absolute_lifetime(fixture: &Fixture) {
    let session = fixture.session(&fixture.account("1", "dee").await).await;
    for _ in 0..5 {
        fixture.advance_clock(30 * MINUTE);
        fixture.touch_session(session).await;
        assert!(fixture.is_live(session).await);
    }
    fixture.advance_clock(30 * MINUTE);
    assert!(!fixture.is_live(session).await, "the absolute lifetime of three hours is over");
}

// C39
pub async fn a_session_from_the_future_begins_at_its_first_use(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let (now, month) = (fixture.now(), time::Duration::days(30));
    let signed_in = SessionLogin { started_at: now + month, ..fixture.signed_in(&dee, "1") };
    let mut login = fixture.store.begin().await.unwrap();
    let session =
        login.open_session(&signed_in, now + month + time::Duration::hours(1), SessionOrigin::default()).await.unwrap();
    login.commit().await.unwrap();
    let read_before = fixture.store.live_session(session, now).await.unwrap().unwrap();
    assert!(fixture.touch_session(session).await);
    let later = now + time::Duration::minutes(2);
    assert!(!fixture.store.touch(&read_before, LIFETIMES, later).await.unwrap(), "another request corrected it");
    let live = fixture.store.live_session(session, now).await.unwrap().unwrap();
    assert_eq!((live.signed_in.started_at, live.expires_at), (now, now + time::Duration::hours(1)));
    for _ in 0..5 {
        fixture.advance_clock(30 * MINUTE);
        fixture.touch_session(session).await;
    }
    fixture.advance_clock(30 * MINUTE);
    assert!(!fixture.is_live(session).await, "the absolute lifetime of three hours is over");
}

pub async fn a_session_in_use_is_written_once_per_twentieth_of_its_idle_time(fixture: &Fixture) {
    let session = fixture.session(&fixture.account("1", "dee").await).await;
    let mut written = 0;
    for _ in 0..60 {
        fixture.advance_clock(Duration::from_secs(30));
        written += u32::from(fixture.touch_session(session).await);
    }
    assert_eq!(written, 10, "one write each three minutes, for half an hour");
}

// C37
pub async fn an_ended_session_is_not_valid(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let (old, other) = (fixture.session(&dee).await, fixture.session(&dee).await);
    let mut login = fixture.store.begin().await.unwrap();
    assert!(login.end_session(old).await.unwrap());
    let new = login
        .open_session(&fixture.signed_in(&dee, "1"), fixture.now() + HOUR, SessionOrigin::default())
        .await
        .unwrap();
    login.commit().await.unwrap();
    assert_ne!(old, new);
    assert!(!fixture.is_live(old).await && fixture.is_live(new).await && fixture.is_live(other).await);
    assert!(fixture.store.end_session(new).await.unwrap());
    assert!(!fixture.store.end_session(new).await.unwrap());
    assert!(!fixture.is_live(new).await);
}

// C27, C39
pub async fn disabling_an_account_ends_its_sessions(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let (of_dee, of_ada) = (fixture.session(&dee).await, fixture.session(&ada).await);
    let mut admin = fixture.store.begin().await.unwrap();
    assert_eq!(admin.disable(&dee.id, "cli:root").await.unwrap(), 1);
    admin.commit().await.unwrap();
    assert!(!fixture.is_live(of_dee).await && fixture.is_live(of_ada).await);
    assert!(fixture.store.load(&of_dee).await.unwrap().is_none());
    let disabled = fixture.store.account(&dee.id).await.unwrap().unwrap().disabled.unwrap();
    assert_eq!((disabled.by.as_str(), disabled.at), ("cli:root", fixture.now()));
}

// C27
pub async fn a_session_opened_while_the_account_was_disabled_never_becomes_valid(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let mut admin = fixture.store.begin().await.unwrap();
    admin.disable(&dee.id, "cli:root").await.unwrap();
    admin.commit().await.unwrap();
    let late = fixture.session(&dee).await;
    assert!(!fixture.is_live(late).await);
    let mut admin = fixture.store.begin().await.unwrap();
    admin.enable(&dee.id).await.unwrap();
    admin.commit().await.unwrap();
    assert!(!fixture.is_live(late).await);
    assert_eq!(fixture.store.account(&dee.id).await.unwrap().unwrap().disabled, None);
    let next = fixture.session(&dee).await;
    assert!(fixture.is_live(next).await);
}

pub async fn the_session_crate_finds_a_session_that_a_login_opened(fixture: &Fixture) {
    let session = fixture.session(&fixture.account("1", "dee").await).await;
    let record = fixture.store.load(&session).await.unwrap().unwrap();
    assert_eq!((record.id, record.expiry_date), (session, fixture.now() + HOUR));
    assert_eq!(record.data.keys().collect::<Vec<_>>(), ["signed_in"]);
    fixture.store.delete(&session).await.unwrap();
    assert!(!fixture.is_live(session).await);
}

pub async fn the_session_crate_keeps_loads_and_deletes_records(fixture: &Fixture) {
    let record = || Record { id: Id(7), data: [("a".to_owned(), 1.into())].into(), expiry_date: fixture.now() + HOUR };
    let (mut first, mut second) = (record(), record());
    fixture.store.create(&mut first).await.unwrap();
    fixture.store.create(&mut second).await.unwrap();
    assert_ne!(first.id, second.id, "an id in use is never assigned again");
    first.data.insert("b".into(), "c".into());
    fixture.store.save(&first).await.unwrap();
    assert_eq!(fixture.store.load(&first.id).await.unwrap(), Some(first.clone()));
    fixture.store.delete(&first.id).await.unwrap();
    fixture.store.save(&first).await.unwrap();
    assert_eq!(fixture.store.load(&first.id).await.unwrap(), None, "an ended session is not written again");
    assert_eq!(fixture.store.load(&second.id).await.unwrap(), Some(second));
}
