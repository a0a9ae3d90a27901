//! The sessions of an account, as its owner and admins see them.

use std::time::Duration;

use tower_sessions::session::Id;
use vestibule::accounts::{AccountError, AccountRef, Actor, Change};
use vestibule::base::ids::Sid;
use vestibule::base::user_agent::UserAgent;
use vestibule::signin::account::Account;
use vestibule::store::{
    AuditQuery, Database, Event, Lifetimes, SessionLogin, SessionOrigin, SessionRow, SessionToOpen,
};

use super::{Fixture, HOUR, MINUTE};

const LIFETIMES: Lifetimes = Lifetimes { idle: HOUR, absolute: Duration::from_hours(3) };

impl Fixture {
    async fn rows(&self, account: &Account) -> Vec<SessionRow> {
        self.store.sessions_of(&account.id, None, self.now()).await.unwrap()
    }

    async fn opened(&self, account: &Account, subject: &str) -> Id {
        let mut login = self.store.begin().await.unwrap();
        let (signed_in, end) = (self.signed_in(account, subject), self.now() + HOUR);
        let id = login.open_session(&signed_in, end, SessionOrigin::default()).await.unwrap();
        login.commit().await.unwrap();
        id
    }

    async fn sid_of(&self, account: &Account, session: Id) -> Sid {
        let rows = self.store.sessions_of(&account.id, Some(session), self.now()).await.unwrap();
        rows.into_iter().find(|row| row.is_current).unwrap().sid
    }

    fn bytes(&self, hex: &str) -> String {
        match &self.database {
            Database::Sqlite { .. } => format!("x'{hex}'"),
            Database::Postgres(_) => format!("'\\x{hex}'::bytea"),
        }
    }
}

fn owner(session: Id) -> Actor {
    Actor::Owner { session: Some(session), network: None }
}

pub async fn each_session_has_a_public_id_and_the_browser_of_its_login(fixture: &Fixture) {
    let agent = Some(UserAgent::read("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"));
    let dee = fixture.account("1", "dee").await;
    let mut login = fixture.login();
    login.session = Some(SessionToOpen { agent, ..login.session.unwrap() });
    // The first login is a transaction of several statements, the others are one statement.
    for _ in 0..3 {
        login.id = fixture.login().id;
        login.enter(&fixture.store).await.unwrap();
    }
    let rows = fixture.rows(&dee).await;
    assert_eq!(rows.len(), 3);
    for row in &rows {
        assert_eq!((row.agent, row.network.as_deref()), (agent, Some("192.0.2.0/24")));
        assert_eq!((row.signed_in.started_at, row.is_current), (fixture.now(), false));
        assert_eq!(rows.iter().filter(|other| other.sid == row.sid).count(), 1, "{rows:?}");
    }
    fixture.advance_clock(HOUR);
    assert_eq!(fixture.rows(&dee).await, [], "ended sessions are not listed");
}

// C37
pub async fn a_session_under_a_new_id_keeps_its_public_id(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let first = fixture.opened(&dee, "1").await;
    let before = fixture.rows(&dee).await;
    fixture.advance_clock(MINUTE);
    let mut own = fixture.store.begin().await.unwrap();
    let held = own.lock_session(first, &dee.id).await.unwrap().unwrap();
    let second = own.replace_session_id(&held, before[0].expires_at).await.unwrap().unwrap();
    own.commit().await.unwrap();
    assert_ne!(first, second);
    assert_eq!(fixture.rows(&dee).await, before);
    assert!(fixture.store.live_session(first, fixture.now()).await.unwrap().is_none());
}

pub async fn sessions_of_an_older_binary_get_a_public_id(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    fixture.opened(&dee, "1").await;
    let copied = format!(
        "INSERT INTO session (id_hash, account_id, provider, data, expires_at) \
         SELECT {}, account_id, provider, data, expires_at FROM session",
        fixture.bytes("01")
    );
    fixture.run_sql(&copied).await;
    let returned = format!(
        "INSERT INTO returning_login (at, provider, issuer, subject, account_id, account_snapshot, session_id_hash, \
         session_data, session_expires_at, app) SELECT s.started_at, i.provider, i.issuer, i.subject, a.id, \
         length(a.username) || ':' || a.username, {}, s.data, s.expires_at, 'notes' FROM session s \
         JOIN account a ON a.id = s.account_id JOIN identity i ON i.account_id = a.id WHERE s.sid IS NOT NULL",
        fixture.bytes("02")
    );
    fixture.run_sql(&returned).await;
    let rows = fixture.rows(&dee).await;
    assert_eq!((rows.len(), rows.iter().filter(|row| row.agent.is_none()).count()), (3, 3));
    assert!(rows.iter().all(|row| row.signed_in.started_at == fixture.now()));
    assert_eq!(fixture.rows(&dee).await, rows, "the public ids stay");
}

pub async fn an_upgrade_gives_open_sessions_a_public_id(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let session = fixture.opened(&dee, "1").await;
    fixture.opened(&dee, "1").await;
    for migration in ["%_000012_%", "%_000026_%"] {
        fixture.run_sql(&format!("DELETE FROM seaql_migrations WHERE version LIKE '{migration}'")).await;
    }
    for column in ["sid", "started_at", "network", "agent"] {
        fixture.run_sql(&format!("ALTER TABLE session DROP COLUMN {column}")).await;
    }
    let upgraded = fixture.reopen().await;
    assert!(upgraded.live_session(session, fixture.now()).await.unwrap().is_some());
    let rows = fixture.rows(&dee).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.sid.as_str().len() == 32), "the migration drew the ids: {rows:?}");
    fixture.login().enter(&upgraded).await.unwrap();
    assert_eq!(fixture.rows(&dee).await.len(), 3);
}

// C39
pub async fn the_last_use_of_a_session_is_told_by_its_end(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let begun = fixture.now();
    let session = fixture.opened(&dee, "1").await;
    let last_used = async || LIFETIMES.last_used(&fixture.rows(&dee).await[0], fixture.now());
    fixture.advance_clock(30 * MINUTE);
    assert_eq!(last_used().await, begun);
    let live = fixture.store.live_session(session, fixture.now()).await.unwrap().unwrap();
    fixture.store.touch(&live, LIFETIMES, fixture.now()).await.unwrap();
    let used = fixture.now();
    fixture.advance_clock(MINUTE);
    assert_eq!(last_used().await, used);
}

// C27
pub async fn only_sessions_of_the_account_are_ended_and_each_once(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let (own, other) = (fixture.opened(&dee, "1").await, fixture.opened(&dee, "1").await);
    let (third, of_ada) = (fixture.opened(&dee, "1").await, fixture.opened(&ada, "2").await);
    let (accounts, by_id) = (fixture.accounts(), AccountRef::Id(dee.id.clone()));
    let is_live = async |session| fixture.store.live_session(session, fixture.now()).await.unwrap().is_some();

    let foreign = fixture.sid_of(&ada, of_ada).await;
    let ended = accounts.end_session_of(&owner(own), &by_id, &foreign).await.unwrap();
    assert_eq!((ended.change, is_live(of_ada).await), (Change::Already, true));

    let sid = fixture.sid_of(&dee, other).await;
    for change in [Change::Done, Change::Already] {
        assert_eq!(accounts.end_session_of(&owner(own), &by_id, &sid).await.unwrap().change, change);
    }
    assert!(!is_live(other).await && is_live(own).await && is_live(third).await);

    // The session that ended may end no other.
    for refused in [
        accounts.end_session_of(&owner(other), &by_id, &sid).await.map(drop),
        accounts.end_other_sessions(&owner(other), &by_id).await.map(drop),
        accounts.end_other_sessions(&owner(of_ada), &by_id).await.map(drop),
        accounts.end_other_sessions(&Actor::Owner { session: None, network: None }, &by_id).await.map(drop),
    ] {
        assert!(matches!(refused, Err(AccountError::NotSignedIn)), "{refused:?}");
    }
    assert!(is_live(own).await && is_live(third).await);

    for ended in [1, 0] {
        assert_eq!(accounts.end_other_sessions(&owner(own), &by_id).await.unwrap().sessions_ended, ended);
    }
    let root = Actor::Operator { user: "root".to_owned() };
    assert_eq!(accounts.sessions(&root, &by_id, LIFETIMES).await.unwrap().sessions.len(), 1);
    assert_eq!(accounts.end_other_sessions(&root, &by_id).await.unwrap().sessions_ended, 1);
    assert!(!is_live(own).await && is_live(of_ada).await);

    let rows = fixture.store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap();
    let events: Vec<Event> = rows.iter().map(|row| row.entry.event).collect();
    assert_eq!(events, [Event::SessionsEnded, Event::SessionsEnded, Event::SessionEnded]);
    assert!(rows.iter().all(|row| row.entry.account.as_ref() == Some(&dee.id)));
    assert_eq!(rows[0].entry.actor.as_deref(), Some("cli:root"));
}

pub async fn the_oldest_sessions_of_an_account_with_too_many_end(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let (month, mut login) = (time::Duration::days(30), fixture.store.begin().await.unwrap());
    let mut opened = Vec::new();
    for at in 0..53 {
        let started_at = fixture.now() + time::Duration::seconds(at);
        let signed_in = SessionLogin { started_at, ..fixture.signed_in(&dee, "1") };
        opened.push(login.open_session(&signed_in, fixture.now() + month, SessionOrigin::default()).await.unwrap());
    }
    for _ in 0..2 {
        let signed_in = fixture.signed_in(&ada, "2");
        login.open_session(&signed_in, fixture.now() + month, SessionOrigin::default()).await.unwrap();
    }
    login.commit().await.unwrap();
    let end = async || fixture.store.end_excess_sessions().await.unwrap();
    assert_eq!((end().await, end().await), (3, 0));
    for (at, session) in opened.into_iter().enumerate() {
        let live = fixture.store.live_session(session, fixture.now()).await.unwrap();
        assert_eq!(live.is_some(), at >= 3, "{at}");
    }
    assert_eq!(fixture.rows(&ada).await.len(), 2);
}
