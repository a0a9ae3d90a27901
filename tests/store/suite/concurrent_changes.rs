//! A session depends on a link, an account, a password, or an earlier session. Each may change during a login.

use std::cell::Cell;
use std::time::Duration;

use tokio::task::JoinSet;
use tower_sessions::session::Id;
use vestibule::base::ids::{AccountId, LoginId};
use vestibule::signin::account::Account;
use vestibule::signin::identify::PasswordGeneration;
use vestibule::store::{SessionOrigin, Store, Transaction};

use super::{BY_ADMIN, Fixture, HOUR, Login, Outcome, key};

/// A change after which a login must open no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Unlink,
    Disable,
    Remove,
    SetPassword,
    RemovePassword,
}

/// `Remove` comes last because it cannot be undone.
const CHANGES: [Change; 5] =
    [Change::Unlink, Change::Disable, Change::SetPassword, Change::RemovePassword, Change::Remove];

impl Change {
    /// Writes what the admin commands write.
    async fn write(self, admin: &mut Transaction, account: &AccountId) {
        match self {
            Self::Unlink => _ = admin.unlink(&key("1")).await.unwrap(),
            Self::Disable => _ = admin.disable(account, "cli:root").await.unwrap(),
            Self::Remove => _ = admin.remove_account(account).await.unwrap(),
            Self::SetPassword => {
                admin.set_password(account, "$second").await.unwrap();
                admin.end_sessions_of(account).await.unwrap();
            }
            Self::RemovePassword => {
                assert!(admin.remove_password(account).await.unwrap());
                admin.end_sessions_of(account).await.unwrap();
            }
        }
    }

    async fn commit(self, store: Store, account: AccountId) {
        let mut admin = store.begin().await.unwrap();
        self.write(&mut admin, &account).await;
        admin.commit().await.unwrap();
    }
}

impl Fixture {
    async fn account_with_password(&self, subject: &str) -> (Account, PasswordGeneration) {
        let account = self.account(subject, "dee").await;
        let mut admin = self.store.begin().await.unwrap();
        admin.set_password(&account.id, "$first").await.unwrap();
        admin.commit().await.unwrap();
        let generation = self.generation(&account).await;
        (account, generation)
    }

    async fn generation(&self, account: &Account) -> PasswordGeneration {
        self.store.password_of(&account.id).await.unwrap().unwrap().generation
    }

    /// The transaction of a login step by step, up to its session; `None` if the account or the password changed.
    async fn open_session_stepwise(&self, login: &mut Transaction, compared: PasswordGeneration) -> Option<Id> {
        let account =
            login.account_by_identity(&key("1")).await.unwrap().filter(|account| account.disabled.is_none())?;
        if !login.has_password(&account.id, compared).await.unwrap() {
            return None;
        }
        Some(
            login
                .open_session(&self.signed_in(&account, "1"), self.now() + HOUR, SessionOrigin::default())
                .await
                .unwrap(),
        )
    }

    async fn end_login(&self, password: Option<PasswordGeneration>) -> Option<Id> {
        Login { password, ..self.login() }.enter(&self.store).await
    }

    async fn is_alive(&self, session: Id) -> bool {
        self.store.live_session(session, self.now()).await.unwrap().is_some()
    }

    async fn undo(&self, change: Change, account: &Account) {
        if change == Change::Remove {
            return;
        }
        let mut admin = self.store.begin().await.unwrap();
        admin.link(&key("1"), &account.id, BY_ADMIN).await.unwrap();
        admin.enable(&account.id).await.unwrap();
        admin.set_password(&account.id, "$first").await.unwrap();
        admin.commit().await.unwrap();
    }
}

/// Long enough for a statement that waits for no lock.
async fn short_pause() {
    tokio::time::sleep(Duration::from_millis(200)).await;
}

// C25
pub async fn a_login_opens_no_session_after_the_password_it_checked_was_changed(fixture: &Fixture) {
    let (dee, first) = fixture.account_with_password("1").await;
    assert!(fixture.end_login(Some(first)).await.is_some());
    assert!(fixture.store.rehash(&dee.id, "$first", "$first anew").await.unwrap());
    assert!(fixture.end_login(Some(first)).await.is_some(), "a rehash keeps the password");
    let mut own = fixture.store.begin().await.unwrap();
    assert!(own.change_password(&dee.id, first, "$second").await.unwrap());
    own.commit().await.unwrap();
    assert_eq!(fixture.end_login(Some(first)).await, None);
    assert!(fixture.end_login(None).await.is_some(), "a login without a password is not affected");

    let second = fixture.generation(&dee).await;
    let mut admin = fixture.store.begin().await.unwrap();
    assert!(admin.remove_password(&dee.id).await.unwrap());
    admin.set_password(&dee.id, "$first").await.unwrap();
    admin.commit().await.unwrap();
    for earlier in [first, second] {
        assert_eq!(fixture.end_login(Some(earlier)).await, None, "a generation is never reused");
    }
    let mut late = fixture.store.begin().await.unwrap();
    assert_eq!(
        fixture.open_session_stepwise(&mut late, second).await,
        None,
        "the step-by-step login opens no session either"
    );
}

// C25, C27
pub async fn a_change_of_the_account_during_a_login_ends_the_session_that_it_opens(fixture: &Fixture) {
    let (dee, _) = fixture.account_with_password("1").await;
    for change in CHANGES {
        let mut login = fixture.store.begin().await.unwrap();
        let compared = fixture.generation(&dee).await;
        let session = fixture.open_session_stepwise(&mut login, compared).await.unwrap();
        let changing = tokio::spawn(change.commit(fixture.store.clone(), dee.id.clone()));
        short_pause().await;
        login.commit().await.unwrap();
        changing.await.unwrap();
        assert!(!fixture.is_alive(session).await, "{change:?}");
        fixture.undo(change, &dee).await;
    }
}

// C25
pub async fn a_link_or_unlink_during_a_login_ends_the_session_that_it_opens(fixture: &Fixture) {
    let (dee, compared) = fixture.account_with_password("1").await;
    for links in [true, false] {
        let mut login = fixture.store.begin().await.unwrap();
        let session = fixture.open_session_stepwise(&mut login, compared).await.unwrap();
        let (store, dee) = (fixture.store.clone(), dee.id.clone());
        let admin = tokio::spawn(async move {
            let mut admin = store.begin().await.unwrap();
            if links {
                admin.link(&key("2"), &dee, BY_ADMIN).await.unwrap();
            } else {
                admin.unlink(&key("2")).await.unwrap();
            }
            admin.commit().await.unwrap();
        });
        short_pause().await;
        login.commit().await.unwrap();
        admin.await.unwrap();
        assert!(!fixture.is_alive(session).await, "links: {links}");
    }
}

pub async fn simultaneous_password_changes_by_admins_never_deadlock(fixture: &Fixture) {
    let (dee, _) = fixture.account_with_password("1").await;
    let mut admins = JoinSet::new();
    for admin in 0..4 {
        let (store, dee) = (fixture.store.clone(), dee.id.clone());
        admins.spawn(async move {
            for time in 0..10 {
                let mut transaction = store.begin().await.unwrap();
                transaction.link(&key("1"), &dee, BY_ADMIN).await.unwrap();
                transaction.set_password(&dee, &format!("${admin} {time}")).await.unwrap();
                transaction.end_sessions_of(&dee).await.unwrap();
                transaction.commit().await.unwrap();
            }
        });
    }
    while let Some(done) = admins.join_next().await {
        done.unwrap();
    }
}

// C25, C27
pub async fn a_login_waits_for_a_pending_change_of_its_account_and_opens_no_session(fixture: &Fixture) {
    let (dee, _) = fixture.account_with_password("1").await;
    for change in CHANGES {
        let compared = fixture.generation(&dee).await;
        let mut admin = fixture.store.begin().await.unwrap();
        change.write(&mut admin, &dee.id).await;
        let late = async {
            let mut login = fixture.store.begin().await.unwrap();
            let session = fixture.open_session_stepwise(&mut login, compared).await;
            login.commit().await.unwrap();
            session
        };
        let committed = async {
            short_pause().await;
            admin.commit().await.unwrap();
        };
        let (session, at_once, ()) = tokio::join!(late, fixture.end_login(Some(compared)), committed);
        assert_eq!((session, at_once), (None, None), "{change:?}");
        fixture.undo(change, &dee).await;
    }
}

// C25, C27, C39: the account is in this instance's cache, and the other instance disables it
pub async fn an_account_disabled_at_another_instance_gets_no_session_and_no_token(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let (here, elsewhere) = (fixture.reopen().await, fixture.reopen().await);
    let with_session = || fixture.login();
    let token_alone = || Login { id: None, session: None, ..fixture.login() };
    // The first login writes the profile.
    with_session().enter(&here).await.unwrap();
    for login in [with_session(), token_alone()] {
        assert!(matches!(login.end(&here).await.0, Outcome::Granted(..)), "the account is now cached");
        let mut admin = elsewhere.begin().await.unwrap();
        admin.disable(&dee.id, "cli:root").await.unwrap();
        admin.commit().await.unwrap();
        assert_eq!(here.disabled_account(&key("1")).await.unwrap(), None, "the cache is not updated yet");
        let audited = fixture.audit_count().await;
        let late = Login { id: login.id.map(|_| LoginId::fresh(fixture.now())), ..login };
        assert_eq!(late.end(&here).await, (Outcome::Refused("disabled"), None));
        assert_eq!(fixture.audit_count().await, audited, "no sign-in is audited");
        let disabled = here.disabled_account(&key("1")).await.unwrap();
        assert_eq!(disabled.map(|account| account.id), Some(dee.id.clone()), "the cache is now updated");
        let mut admin = elsewhere.begin().await.unwrap();
        admin.enable(&dee.id).await.unwrap();
        admin.commit().await.unwrap();
    }
    here.close().await;
    elsewhere.close().await;
}

// C25
pub async fn no_session_outlives_the_password_that_opened_it(fixture: &Fixture) {
    let (dee, _) = fixture.account_with_password("1").await;
    let (opened, ended) = (Cell::new(0), Cell::new(0));
    let changes = async {
        for number in 0..10 {
            // On any machine, each password but the last may open a session.
            let before = opened.get();
            while opened.get() == before && ended.get() < 3 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let mut admin = fixture.store.begin().await.unwrap();
            admin.set_password(&dee.id, &format!("${number}")).await.unwrap();
            admin.end_sessions_of(&dee.id).await.unwrap();
            admin.commit().await.unwrap();
        }
    };
    let logins = async |stores: &[Store]| {
        let mut sessions = Vec::new();
        for _ in 0..30 {
            for store in stores {
                let had = sessions.len();
                let compared = fixture.generation(&dee).await;
                tokio::task::yield_now().await;
                let login = Login { password: Some(compared), ..fixture.login() };
                if let Some(session) = login.enter(store).await {
                    sessions.push((session, compared));
                }
                let mut login = store.begin().await.unwrap();
                if let Some(session) = fixture.open_session_stepwise(&mut login, compared).await {
                    sessions.push((session, compared));
                }
                login.commit().await.unwrap();
                opened.set(opened.get() + sessions.len() - had);
            }
        }
        ended.set(ended.get() + 1);
        sessions
    };
    let (here, there) = ([fixture.store.clone()], [fixture.reopen().await]);
    let (one, other, more, ()) = tokio::join!(logins(&here), logins(&there), logins(&here), changes);
    let last = fixture.generation(&dee).await;
    let sessions = [one, other, more].concat();
    assert!(sessions.iter().any(|(_, compared)| *compared != last), "some sessions should have an earlier password");
    for (session, compared) in sessions {
        assert!(!fixture.is_alive(session).await || compared == last, "{compared:?}");
    }
}

// C25
pub async fn only_a_valid_session_can_continue_under_a_new_id(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let until = fixture.now() + HOUR;
    let open = async || {
        let mut login = fixture.store.begin().await.unwrap();
        let session = login.open_session(&fixture.signed_in(&dee, "1"), until, SessionOrigin::default()).await.unwrap();
        login.commit().await.unwrap();
        session
    };
    let mut own = fixture.store.begin().await.unwrap();
    let first = own.open_session(&fixture.signed_in(&dee, "1"), until, SessionOrigin::default()).await.unwrap();
    assert!(own.lock_session(first, &ada.id).await.unwrap().is_none(), "the session belongs to another account");
    let held = own.lock_session(first, &dee.id).await.unwrap().unwrap();
    let second = own.replace_session_id(&held, until).await.unwrap().unwrap();
    assert_eq!(own.replace_session_id(&held, until).await.unwrap(), None, "its id was replaced before");
    own.commit().await.unwrap();
    assert!(!fixture.is_alive(first).await && fixture.is_alive(second).await);

    fixture.store.end_session(second).await.unwrap();
    let mut own = fixture.store.begin().await.unwrap();
    assert!(own.lock_session(second, &dee.id).await.unwrap().is_none());
    drop(own);

    // An unlink in between waits, and then ends the session that was carried over.
    let third = open().await;
    let mut own = fixture.store.begin().await.unwrap();
    let held = own.lock_session(third, &dee.id).await.unwrap().unwrap();
    let unlinking = tokio::spawn(Change::Unlink.commit(fixture.store.clone(), dee.id.clone()));
    short_pause().await;
    let fourth = own.replace_session_id(&held, until).await.unwrap();
    own.commit().await.unwrap();
    unlinking.await.unwrap();
    assert!(!fixture.is_alive(fourth.unwrap()).await);
    let fifth = open().await;
    let mut own = fixture.store.begin().await.unwrap();
    assert!(own.lock_session(fifth, &dee.id).await.unwrap().is_none(), "its identity is unlinked");
}

// C25
pub async fn logins_beside_changes_of_their_account_never_deadlock(fixture: &Fixture) {
    let (dee, _) = fixture.account_with_password("1").await;
    let mut tasks = JoinSet::new();
    for change in [Change::Unlink, Change::Disable, Change::SetPassword] {
        let (store, dee) = (fixture.store.clone(), dee.clone());
        tasks.spawn(async move {
            for _ in 0..10 {
                change.commit(store.clone(), dee.id.clone()).await;
                let mut admin = store.begin().await.unwrap();
                match change {
                    Change::Unlink => _ = admin.link(&key("1"), &dee.id, BY_ADMIN).await.unwrap(),
                    _ => admin.enable(&dee.id).await.unwrap(),
                }
                admin.commit().await.unwrap();
            }
        });
    }
    // Dee changes the password in two browsers.
    for _ in 0..2 {
        let (store, dee, until) = (fixture.store.clone(), dee.clone(), fixture.now() + HOUR);
        let signed_in = fixture.signed_in(&dee, "1");
        tasks.spawn(async move {
            for _ in 0..10 {
                let mut login = store.begin().await.unwrap();
                let session = login.open_session(&signed_in, until, SessionOrigin::default()).await.unwrap();
                login.commit().await.unwrap();
                let compared = store.password_of(&dee.id).await.unwrap().unwrap().generation;
                let mut own = store.begin().await.unwrap();
                let held = own.lock_session(session, &dee.id).await.unwrap();
                tokio::task::yield_now().await;
                if !own.change_password(&dee.id, compared, "$own").await.unwrap() {
                    continue;
                }
                if let Some(held) = held {
                    own.replace_session_id(&held, until).await.unwrap();
                }
                own.end_sessions_of(&dee.id).await.unwrap();
                own.commit().await.unwrap();
            }
        });
    }
    for _ in 0..60 {
        let compared = fixture.generation(&dee).await;
        fixture.end_login(Some(compared)).await;
        let mut login = fixture.store.begin().await.unwrap();
        fixture.open_session_stepwise(&mut login, compared).await;
        login.commit().await.unwrap();
    }
    tasks.join_all().await;
}
