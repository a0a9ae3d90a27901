//! The end of a login of somebody known: all of it in one statement, or nothing.

use tower_sessions::session::Id;
use vestibule::base::ids::LoginId;
use vestibule::signin::permit::Account;
use vestibule::store::{AuditEntry, AuditQuery, Event, KnownLogin};

use super::{Bench, HOUR, MINUTE, key};

impl Bench {
    async fn come_back(&self, login: LoginId, account: &Account, replaced: Option<Id>) -> Option<Id> {
        let known = KnownLogin {
            login,
            app: &"notes".parse().unwrap(),
            signed_in: &self.signed_in(account, "1"),
            spent_until: self.now() + 10 * MINUTE,
            session_until: self.now() + HOUR,
            replaced,
            network: Some("192.0.2.0/24"),
        };
        self.store.end_known_login(&known).await.unwrap()
    }

    async fn nothing_was_written(&self, login: LoginId) {
        assert_eq!(self.store.spent(login).await.unwrap(), None);
        let all = AuditQuery { limit: 10, ..AuditQuery::default() };
        assert_eq!(self.store.audit_list(&all).await.unwrap(), []);
    }
}

// C3, C37
pub async fn somebody_known_gets_a_session_in_one_statement(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let (first, second) = (LoginId::fresh(bench.now()), LoginId::fresh(bench.now()));
    assert_eq!(bench.store.tied(&key("1")).await.unwrap().as_ref(), Some(&dee));
    let old = bench.come_back(first, &dee, None).await.unwrap();
    let new = bench.come_back(second, &dee, Some(old)).await.unwrap();

    assert_eq!(bench.store.signed_in(old, bench.now()).await.unwrap(), None);
    let live = bench.store.signed_in(new, bench.now()).await.unwrap().unwrap();
    assert_eq!((live.signed_in, live.expires_at), (bench.signed_in(&dee, "1"), bench.now() + HOUR));
    assert_eq!(bench.store.spent(second).await.unwrap(), Some(bench.now()));
    let entry = AuditEntry {
        app: Some("notes".parse().unwrap()),
        provider: Some("uni".parse().unwrap()),
        account: Some(dee.id.clone()),
        network: Some("192.0.2.0/24".into()),
        ..AuditEntry::new(bench.now(), Event::SignedIn)
    };
    let rows = bench.store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.entry == entry), "{rows:?}");
}

// C3
pub async fn a_known_login_that_was_spent_writes_nothing_more(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let login = LoginId::fresh(bench.now());
    let session = bench.come_back(login, &dee, None).await.unwrap();
    assert_eq!(bench.come_back(login, &dee, Some(session)).await, None);
    assert!(bench.store.signed_in(session, bench.now()).await.unwrap().is_some(), "the session it would replace stays");
}

// C27
pub async fn a_known_login_ends_nothing_once_the_account_is_off_or_untied(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let (off, untied) = (LoginId::fresh(bench.now()), LoginId::fresh(bench.now()));
    let mut admin = bench.store.begin().await.unwrap();
    admin.disable(&dee.id, "cli:root").await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!(bench.come_back(off, &dee, None).await, None);
    bench.nothing_was_written(off).await;

    let mut admin = bench.store.begin().await.unwrap();
    admin.enable(&dee.id).await.unwrap();
    admin.unlink(&key("1")).await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!(bench.come_back(untied, &dee, None).await, None);
    bench.nothing_was_written(untied).await;
}
