//! The end of a login of somebody known: all of it in one statement, or nothing.

use time::OffsetDateTime;
use tokio::task::JoinSet;
use tower_sessions::session::Id;
use vestibule::base::ids::LoginId;
use vestibule::signin::permit::Account;
use vestibule::store::{AuditEntry, AuditQuery, Event, KnownEnd, KnownLogin, Opens, SignedIn, Spends, Store};

use super::{Bench, HOUR, MINUTE, key};

impl Bench {
    async fn come_back(&self, login: LoginId, account: &Account, replaced: Option<Id>) -> Option<Id> {
        self.coming_back(login, account, replaced).await
    }

    /// The same, to be run beside others.
    fn coming_back(
        &self,
        login: LoginId,
        account: &Account,
        replaced: Option<Id>,
    ) -> impl Future<Output = Option<Id>> + Send + use<> {
        let (store, signed_in, now) = (self.store.clone(), self.signed_in(account, "1"), self.now());
        let account = account.clone();
        async move { end(&store, login, (&signed_in, &account), replaced, now).await }
    }

    async fn nothing_was_written(&self, login: LoginId) {
        assert_eq!(self.store.spent(login).await.unwrap(), None);
        let all = AuditQuery { limit: 10, ..AuditQuery::default() };
        assert_eq!(self.store.audit_list(&all).await.unwrap(), []);
    }
}

async fn end(
    store: &Store,
    login: LoginId,
    (signed_in, account): (&SignedIn, &Account),
    replaced: Option<Id>,
    now: OffsetDateTime,
) -> Option<Id> {
    let known = KnownLogin {
        app: &"notes".parse().unwrap(),
        signed_in,
        account,
        network: Some("192.0.2.0/24"),
        password: None,
        spends: Some(Spends { login, until: now + 10 * MINUTE }),
        opens: Some(Opens { until: now + HOUR, replaced }),
    };
    store.end_known_login(&known).await.unwrap().and_then(|end| end.session)
}

pub async fn what_leaves_no_session_is_written_down_and_leaves_none(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let (app, signed_in) = ("notes".parse().unwrap(), bench.signed_in(&dee, "1"));
    let end = async || {
        let known = KnownLogin {
            app: &app,
            signed_in: &signed_in,
            account: &dee,
            network: None,
            password: None,
            spends: None,
            opens: None,
        };
        bench.store.end_known_login(&known).await.unwrap()
    };
    assert_eq!((end().await, end().await), (Some(KnownEnd { session: None }), Some(KnownEnd { session: None })));
    let all = AuditQuery { limit: 10, ..AuditQuery::default() };
    assert_eq!(bench.store.audit_list(&all).await.unwrap().len(), 2);
    let mut transaction = bench.store.begin().await.unwrap();
    assert_eq!(transaction.disable(&dee.id, "cli:root").await.unwrap(), 0, "sessions");
    transaction.commit().await.unwrap();
    assert_eq!(end().await, None, "C27: switched off a moment ago");
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

// C27
pub async fn a_known_login_ends_nothing_once_the_account_is_not_what_was_seen(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let first = LoginId::fresh(bench.now());
    assert!(bench.come_back(first, &dee, None).await.is_some());
    let seen = async || bench.store.tied_as_seen(&key("1")).await.unwrap().unwrap();
    let change = async |what: &str| {
        let mut admin = bench.store.begin().await.unwrap();
        match what {
            "name" => _ = admin.rename(&dee.id, &"dora".parse().unwrap()).await.unwrap(),
            "group" => _ = admin.add_to_group(&dee.id, &"3:abc".into()).await.unwrap(),
            "another group" => _ = admin.add_to_group(&dee.id, &"staff".into()).await.unwrap(),
            _ => _ = admin.remove_from_group(&dee.id, &"staff".into()).await.unwrap(),
        }
        admin.commit().await.unwrap();
    };
    for what in ["name", "group", "another group", "one group less"] {
        let before = seen().await;
        change(what).await;
        let late = LoginId::fresh(bench.now());
        assert_eq!(bench.come_back(late, &before, None).await, None, "{what}");
        assert_eq!(bench.store.spent(late).await.unwrap(), None, "{what}");
        let now = seen().await;
        assert!(now != before && now == bench.store.tied(&key("1")).await.unwrap().unwrap(), "{what}: asked anew");
        assert!(bench.come_back(late, &now, None).await.is_some(), "{what}");
    }
}

/// Both databases count and order what was seen as we do.
pub async fn a_known_login_is_one_statement_whatever_alphabet_names_are_in(bench: &Bench) {
    let dee = bench.account("1", "dée𐐨").await;
    let mut admin = bench.store.begin().await.unwrap();
    for group in ["B", "a", "z", "Ünï", "ｇ", "😀x"] {
        admin.add_to_group(&dee.id, &group.into()).await.unwrap();
    }
    admin.commit().await.unwrap();
    let seen = bench.store.tied(&key("1")).await.unwrap().unwrap();
    assert_eq!(seen.groups.len(), 6);
    assert!(bench.come_back(LoginId::fresh(bench.now()), &seen, None).await.is_some());
}

// C3, C27
pub async fn known_logins_that_end_at_once_each_get_their_own_answer(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let logins: Vec<LoginId> = (0..50).map(|_| LoginId::fresh(bench.now())).collect();
    // One in ten was spent before, and one in ten ends twice.
    for login in logins.iter().step_by(10) {
        bench.come_back(*login, &dee, None).await.unwrap();
    }
    let mut crowd = JoinSet::new();
    for (at, login) in logins.iter().enumerate() {
        for _ in 0..=usize::from(at % 10 == 5) {
            let (login, ending) = (*login, bench.coming_back(*login, &dee, None));
            crowd.spawn(async move { (login, ending.await) });
        }
    }
    let ended = crowd.join_all().await;
    assert_eq!(ended.len(), 55);
    for (at, login) in logins.iter().enumerate() {
        let sessions = ended.iter().filter(|(of, session)| of == login && session.is_some()).count();
        assert_eq!(sessions, usize::from(at % 10 != 0), "login {at}");
        assert!(bench.store.spent(*login).await.unwrap().is_some());
    }
    for (_, session) in &ended {
        let Some(session) = session else { continue };
        assert!(bench.store.signed_in(*session, bench.now()).await.unwrap().is_some());
    }
    let rows = bench.store.audit_list(&AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap();
    assert_eq!(rows.len(), 50, "one row a login");
}

pub async fn who_hangs_up_takes_nobody_elses_login_along(bench: &Bench) {
    let dee = bench.account("1", "dee").await;
    let mut crowd: Vec<_> =
        (0..9).map(|_| tokio::spawn(bench.coming_back(LoginId::fresh(bench.now()), &dee, None))).collect();
    tokio::task::yield_now().await;
    crowd.remove(0).abort();
    for other in crowd {
        assert!(other.await.unwrap().is_some());
    }
}
