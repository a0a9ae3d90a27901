//! How long a session holds, and what ends it.

use std::time::Duration;

use tower_sessions::SessionStore as _;
use tower_sessions::session::{Id, Record};
use vestibule::signin::account::Account;
use vestibule::store::Lifetimes;

use super::{Bench, HOUR, MINUTE};

const LIFETIMES: Lifetimes = Lifetimes { idle: Duration::from_hours(1), absolute: Duration::from_hours(3) };

impl Bench {
    async fn session(&self, account: &Account) -> Id {
        let mut login = self.store.begin().await.unwrap();
        let end = LIFETIMES.end(self.now(), self.now());
        let id = login.open_session(&self.signed_in(account, "1"), end).await.unwrap();
        login.commit().await.unwrap();
        id
    }

    async fn holds(&self, session: Id) -> bool {
        self.store.signed_in(session, self.now()).await.unwrap().is_some()
    }

    async fn use_it(&self, session: Id) -> bool {
        let live = self.store.signed_in(session, self.now()).await.unwrap().unwrap();
        self.store.touch(&live, LIFETIMES, self.now()).await.unwrap()
    }
}

// C39
pub async fn a_session_holds_until_it_runs_out(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let session = bench.session(&dee).await;
    let live = bench.store.signed_in(session, bench.now()).await.unwrap().unwrap();
    assert_eq!((live.account, live.signed_in), (dee.clone(), bench.signed_in(&dee, "1")));
    bench.wait(Duration::from_secs(3_599));
    assert!(bench.holds(session).await);
    bench.wait(Duration::from_secs(1));
    assert!(!bench.holds(session).await);
    assert!(bench.store.load(&session).await.unwrap().is_none());
    assert!(!bench.holds(Id(7)).await);
}

// C39
pub async fn a_session_that_is_used_lasts_but_not_for_ever(bench: &Bench) {
    let session = bench.session(&bench.account("1", "dee").await).await;
    for _ in 0..5 {
        bench.wait(30 * MINUTE);
        bench.use_it(session).await;
        assert!(bench.holds(session).await);
    }
    bench.wait(30 * MINUTE);
    assert!(!bench.holds(session).await, "three hours are over, however much it was used");
}

pub async fn using_a_session_writes_once_in_a_twentieth_of_its_idle_time(bench: &Bench) {
    let session = bench.session(&bench.account("1", "dee").await).await;
    let mut written = 0;
    for _ in 0..60 {
        bench.wait(Duration::from_secs(30));
        written += u32::from(bench.use_it(session).await);
    }
    assert_eq!(written, 10, "half an hour holds ten times three minutes");
}

// C37
pub async fn a_session_that_was_ended_is_dead(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let (old, other) = (bench.session(&dee).await, bench.session(&dee).await);
    let mut login = bench.store.begin().await.unwrap();
    assert!(login.end_session(old).await.unwrap());
    let new = login.open_session(&bench.signed_in(&dee, "1"), bench.now() + HOUR).await.unwrap();
    login.commit().await.unwrap();
    assert_ne!(old, new);
    assert!(!bench.holds(old).await && bench.holds(new).await && bench.holds(other).await);
    assert!(bench.store.end_session(new).await.unwrap());
    assert!(!bench.store.end_session(new).await.unwrap());
    assert!(!bench.holds(new).await);
}

// C27, C39
pub async fn disabling_an_account_ends_its_sessions(bench: &Bench) {
    let (dee, ada) = (bench.account("1", "dee").await, bench.account("2", "ada").await);
    let (of_dee, of_ada) = (bench.session(&dee).await, bench.session(&ada).await);
    let mut admin = bench.store.begin().await.unwrap();
    assert_eq!(admin.disable(&dee.id, "cli:root").await.unwrap(), 1);
    admin.commit().await.unwrap();
    assert!(!bench.holds(of_dee).await && bench.holds(of_ada).await);
    assert!(bench.store.load(&of_dee).await.unwrap().is_none());
    let disabled = bench.store.account(&dee.id).await.unwrap().unwrap().disabled.unwrap();
    assert_eq!((disabled.by.as_str(), disabled.at), ("cli:root", bench.now()));
}

// C27
pub async fn a_session_that_slipped_in_while_the_account_was_off_stays_dead(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let mut admin = bench.store.begin().await.unwrap();
    admin.disable(&dee.id, "cli:root").await.unwrap();
    admin.commit().await.unwrap();
    let late = bench.session(&dee).await;
    assert!(!bench.holds(late).await);
    let mut admin = bench.store.begin().await.unwrap();
    admin.enable(&dee.id).await.unwrap();
    admin.commit().await.unwrap();
    assert!(!bench.holds(late).await);
    assert_eq!(bench.store.account(&dee.id).await.unwrap().unwrap().disabled, None);
    let next = bench.session(&dee).await;
    assert!(bench.holds(next).await);
}

pub async fn the_session_crate_finds_what_a_login_opened(bench: &Bench) {
    let session = bench.session(&bench.account("1", "dee").await).await;
    let record = bench.store.load(&session).await.unwrap().unwrap();
    assert_eq!((record.id, record.expiry_date), (session, bench.now() + HOUR));
    assert_eq!(record.data.keys().collect::<Vec<_>>(), ["signed_in"]);
    bench.store.delete(&session).await.unwrap();
    assert!(!bench.holds(session).await);
}

pub async fn the_session_crate_keeps_loads_and_deletes_records(bench: &Bench) {
    let record = || Record { id: Id(7), data: [("a".to_owned(), 1.into())].into(), expiry_date: bench.now() + HOUR };
    let (mut first, mut second) = (record(), record());
    bench.store.create(&mut first).await.unwrap();
    bench.store.create(&mut second).await.unwrap();
    assert_ne!(first.id, second.id, "an id that is taken is never handed out again");
    first.data.insert("b".into(), "c".into());
    bench.store.save(&first).await.unwrap();
    assert_eq!(bench.store.load(&first.id).await.unwrap(), Some(first.clone()));
    bench.store.delete(&first.id).await.unwrap();
    bench.store.save(&first).await.unwrap();
    assert_eq!(bench.store.load(&first.id).await.unwrap(), None, "what has ended is not written back");
    assert_eq!(bench.store.load(&second.id).await.unwrap(), Some(second));
}
