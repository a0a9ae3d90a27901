//! The end of a login: the same outcome whether the person is new, returns, or is in the account cache.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use tokio::task::JoinSet;
use tower_sessions::session::Id;
use vestibule::base::ids::{AppId, Group, LinkRequestId, LoginId};
use vestibule::base::mail_address::MailAddress;
use vestibule::base::username::Username;
use vestibule::signin::account::{Account, Profile};
use vestibule::signin::identify::{ExternalIdentity, IdentityKey, PasswordGeneration, SettingsFingerprint};
use vestibule::signin::link::request::NotConfirmed;
use vestibule::signin::remembered_profile::{RememberedParts, RememberedProfile};
use vestibule::store::{
    AuditEntry, AuditQuery, EndingLogin, Event, LinkAnswer, LoginEnd, ReplayKey, SessionToOpen, SingleUse, Store,
};

use super::{Fixture, HOUR, MINUTE, Rules, key, name};

/// A login of the subject `1`, and the rules that decide it.
#[derive(Clone)]
pub struct Login {
    pub app: Option<AppId>,
    pub identity: IdentityKey,
    pub id: Option<LoginId>,
    pub session: Option<SessionToOpen>,
    pub password: Option<PasswordGeneration>,
    pub profile: Profile,
    pub subject_source: &'static str,
    pub rules: Rules,
    pub answer: Option<LinkAnswer>,
    pub now: time::OffsetDateTime,
    pub address: Option<MailAddress>,
}

/// How a login ended, without the session's id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Granted(Username, BTreeSet<Group>),
    Denied,
    Refused(&'static str),
    Replayed,
    PasswordChanged,
    OtherSubjectSource(String),
    NoNameFree,
    Asked(LinkRequestId),
    NotConfirmed(NotConfirmed),
    ProviderSuspended(String),
}

impl Fixture {
    pub fn login(&self) -> Login {
        Login {
            app: Some("notes".parse().unwrap()),
            identity: key("1"),
            id: Some(LoginId::fresh(self.now())),
            session: Some(SessionToOpen { expires_at: self.now() + HOUR, replaces: None, agent: None }),
            password: None,
            profile: Profile::default(),
            subject_source: "sub",
            rules: Rules::default(),
            answer: None,
            now: self.now(),
            address: None,
        }
    }

    /// How many sign-ins and refusals the audit holds.
    pub async fn audit_count(&self) -> i64 {
        let rows = self.store.audit_list(&AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap();
        rows.iter().map(|row| row.count).sum()
    }

    async fn is_spent(&self, login: &Login) -> bool {
        self.store.first_use(ReplayKey::Login(login.id.unwrap())).await.unwrap().is_some()
    }
}

impl Login {
    pub fn replaces(mut self, old: Id) -> Self {
        self.session = self.session.map(|session| SessionToOpen { replaces: Some(old), ..session });
        self
    }

    pub async fn end(&self, store: &Store) -> (Outcome, Option<Id>) {
        let remembered = RememberedProfile::of(&self.profile, RememberedParts { name: true, email: true });
        let expires_at = self.now + 10 * MINUTE;
        let ending = EndingLogin {
            app: self.app.as_ref(),
            identity: &ExternalIdentity {
                auth_time: Some(self.now),
                password: self.password,
                ..ExternalIdentity::new(self.identity.clone(), serde_json::Map::new())
            },
            profile: &self.profile,
            remembered: &remembered,
            settings: &SettingsFingerprint::default(),
            subject_source: self.subject_source,
            client_id: Some("vestibule"),
            reauthenticated: false,
            network: Some("192.0.2.0/24"),
            now: self.now,
            single_use: self.id.map(|id| SingleUse { key: ReplayKey::Login(id), expires_at }),
            answer: self.answer,
            session: self.session,
            authoritative_address: self.address.as_ref(),
        };
        match store.end_login(&ending, &self.rules).await.unwrap() {
            LoginEnd::SignedIn { session, outcome: Ok((username, groups)), .. } => {
                (Outcome::Granted(username, groups), session)
            }
            LoginEnd::SignedIn { session, outcome: Err(_), .. } => (Outcome::Denied, session),
            LoginEnd::Refused(why) => (Outcome::Refused(why), None),
            LoginEnd::Replayed { .. } => (Outcome::Replayed, None),
            LoginEnd::PasswordChanged => (Outcome::PasswordChanged, None),
            LoginEnd::NoNameFree => (Outcome::NoNameFree, None),
            LoginEnd::Asked(secret) => (Outcome::Asked(secret.id()), None),
            LoginEnd::ProviderSuspended(provider) => (Outcome::ProviderSuspended(provider.into()), None),
            LoginEnd::NotConfirmed(why) => (Outcome::NotConfirmed(why), None),
            LoginEnd::OtherSubjectSource { former } => (Outcome::OtherSubjectSource(former), None),
        }
    }

    /// Ends the login; gives its session if the person may enter.
    pub async fn enter(&self, store: &Store) -> Option<Id> {
        match self.end(store).await {
            (Outcome::Granted(..), session) => session,
            (_, session) => {
                assert_eq!(session, None);
                None
            }
        }
    }
}

/// What changes between a person's last login and this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Nothing,
    Renamed,
    JoinedGroup,
    JoinedBarredGroup,
    LeftGroup,
    Disabled,
    Unlinked,
    OtherPassword,
    SameLogin,
}

const CHANGES: [Change; 9] = [
    Change::Nothing,
    Change::Renamed,
    Change::JoinedGroup,
    Change::JoinedBarredGroup,
    Change::LeftGroup,
    Change::Disabled,
    Change::Unlinked,
    Change::OtherPassword,
    Change::SameLogin,
];

/// What the account cache holds when the login ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CacheState {
    /// The person signed in through this process before.
    Cached,
    /// The person signed in, but not through this process.
    Uncached,
    /// The person signed in through this process, and through another one after the change.
    OtherProcess,
}

// C3, C25, C27, C37
pub async fn a_login_ends_the_same_whether_the_account_is_cached_or_not(fixture: &Fixture) {
    let granted = |name: &str, groups: &[&str]| {
        Outcome::Granted(name.parse().unwrap(), groups.iter().map(|group| (*group).into()).collect())
    };
    for (number, change) in CHANGES.into_iter().enumerate() {
        for (place, cache) in
            [CacheState::Cached, CacheState::Uncached, CacheState::OtherProcess].into_iter().enumerate()
        {
            let case = format!("{change:?} {cache:?}");
            let (subject, called) = (format!("{number}-{place}"), format!("dee{number}{place}"));
            let account = fixture.account(&subject, &called).await;
            let mut admin = fixture.store.begin().await.unwrap();
            admin.add_to_group(&account.id, &"staff".into()).await.unwrap();
            admin.set_password(&account.id, "$first").await.unwrap();
            admin.commit().await.unwrap();
            let (here, elsewhere) = (fixture.reopen().await, fixture.reopen().await);
            let compared = here.password_of(&account.id).await.unwrap().unwrap().generation;
            let rules = Rules { barred: Some("barred".into()), ..Rules::default() };
            let login = Login { identity: key(&subject), password: Some(compared), rules, ..fixture.login() };

            let first = if cache == CacheState::Uncached { &elsewhere } else { &here };
            let (end, old) = login.end(first).await;
            assert_eq!(end, granted(&called, &["staff"]), "{case}");
            change.make(&elsewhere, &account, &subject).await;
            if cache == CacheState::OtherProcess {
                Login { id: Some(LoginId::fresh(fixture.now())), ..login.clone() }.end(&elsewhere).await;
            }
            let audit_count = fixture.audit_count().await;

            let id = if change == Change::SameLogin { login.id } else { Some(LoginId::fresh(fixture.now())) };
            let late = Login { id, ..login }.replaces(old.unwrap());
            let (end, session) = late.end(&here).await;
            let expected = match change {
                Change::Nothing => granted(&called, &["staff"]),
                Change::Renamed => granted(&format!("renamed{number}{place}"), &["staff"]),
                Change::JoinedGroup => granted(&called, &["3:abc", "staff"]),
                Change::JoinedBarredGroup => Outcome::Denied,
                Change::LeftGroup => granted(&called, &[]),
                Change::Disabled => Outcome::Refused("disabled"),
                Change::Unlinked => Outcome::Refused("unknown"),
                Change::OtherPassword => Outcome::PasswordChanged,
                Change::SameLogin => Outcome::Replayed,
            };
            assert_eq!(end, expected, "{case}");

            let signs_in = matches!(expected, Outcome::Granted(..) | Outcome::Denied);
            assert_eq!(session.is_some(), signs_in, "{case}");
            assert_eq!(fixture.audit_count().await - audit_count, i64::from(signs_in), "{case}: audited");
            assert_eq!(fixture.is_spent(&late).await, signs_in || change == Change::SameLogin, "{case}");
            let alive = async |id| fixture.store.live_session(id, fixture.now()).await.unwrap().is_some();
            if let Some(session) = session {
                assert!(
                    alive(session).await && !alive(old.unwrap()).await,
                    "{case}: the new session in place of the old"
                );
            }
            here.close().await;
            elsewhere.close().await;
        }
    }
}

impl Change {
    async fn make(self, store: &Store, account: &Account, subject: &str) {
        let mut admin = store.begin().await.unwrap();
        match self {
            Self::Nothing | Self::SameLogin => {}
            Self::Renamed => {
                let to = name(&account.username.as_str().replace("dee", "renamed"));
                admin.rename(&account.id, &to).await.unwrap();
            }
            Self::JoinedGroup => _ = admin.add_to_group(&account.id, &"3:abc".into()).await.unwrap(),
            Self::JoinedBarredGroup => _ = admin.add_to_group(&account.id, &"barred".into()).await.unwrap(),
            Self::LeftGroup => _ = admin.remove_from_group(&account.id, &"staff".into()).await.unwrap(),
            Self::Disabled => _ = admin.disable(&account.id, "cli:root").await.unwrap(),
            Self::Unlinked => _ = admin.unlink(&key(subject)).await.unwrap(),
            Self::OtherPassword => admin.set_password(&account.id, "$second").await.unwrap(),
        }
        admin.commit().await.unwrap();
    }
}

pub async fn a_first_login_makes_an_account_by_the_rules_or_is_refused(fixture: &Fixture) {
    let login = fixture.login();
    assert_eq!(login.end(&fixture.store).await, (Outcome::Refused("unknown"), None));
    assert!(fixture.audit_count().await == 0 && !fixture.is_spent(&login).await);

    let rules = Rules { new_account: Some(name("dee")), ..Rules::default() };
    let (end, session) = Login { rules: rules.clone(), ..login.clone() }.end(&fixture.store).await;
    assert_eq!(end, Outcome::Granted(name("dee"), BTreeSet::new()));
    let live = fixture.store.live_session(session.unwrap(), fixture.now()).await.unwrap().unwrap();
    assert_eq!(fixture.store.account_by_identity(&key("1")).await.unwrap(), Some(live.account));

    // A local password needs an account that has it; a new account has none.
    let compared = Some(PasswordGeneration::stored(1));
    let second = Login { identity: key("2"), password: compared, rules: rules.clone(), ..fixture.login() };
    assert_eq!(second.end(&fixture.store).await.0, Outcome::PasswordChanged);
    assert_eq!(fixture.store.account_by_name(&name("dee-2")).await.unwrap(), None, "no account is made");

    let mut admin = fixture.store.begin().await.unwrap();
    for taken in vestibule::signin::link::candidates(&name("dee")) {
        admin.make_account(&taken).await.unwrap();
    }
    admin.commit().await.unwrap();
    let third = Login { identity: key("3"), rules, ..fixture.login() };
    assert_eq!(third.end(&fixture.store).await.0, Outcome::NoNameFree);
    assert_eq!(fixture.audit_count().await, 1);
}

pub async fn a_login_without_a_session_is_audited(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let login = Login { id: None, session: None, ..fixture.login() };
    for _ in 0..2 {
        assert_eq!(login.end(&fixture.store).await, (Outcome::Granted(name("dee"), BTreeSet::new()), None));
    }
    assert_eq!(fixture.audit_count().await, 2);
    let dee = fixture.store.account_by_identity(&key("1")).await.unwrap().unwrap();
    let mut admin = fixture.store.begin().await.unwrap();
    assert_eq!(admin.disable(&dee.id, "cli:root").await.unwrap(), 0, "sessions");
    admin.commit().await.unwrap();
    assert_eq!(login.end(&fixture.store).await.0, Outcome::Refused("disabled"), "C27");
}

pub async fn the_session_and_the_audit_hold_the_data_of_the_login(fixture: &Fixture) {
    let rules = Rules { new_account: Some(name("dee")), ..Rules::default() };
    let apps: [Option<AppId>; 3] = [None, Some("notes".parse().unwrap()), None];
    // The step-by-step transaction writes the first login, and the single statement writes the others.
    for app in apps.clone() {
        let login = Login { app, rules: rules.clone(), ..fixture.login() };
        let session = login.enter(&fixture.store).await.unwrap();
        let dee = fixture.store.account_by_identity(&key("1")).await.unwrap().unwrap();
        let live = fixture.store.live_session(session, fixture.now()).await.unwrap().unwrap();
        assert_eq!((live.signed_in, live.expires_at), (fixture.signed_in(&dee, "1"), fixture.now() + HOUR));
        let first_use = fixture.store.first_use(ReplayKey::Login(login.id.unwrap())).await.unwrap();
        assert_eq!(first_use, Some(fixture.now()));
    }
    let dee = fixture.store.account_by_identity(&key("1")).await.unwrap().unwrap();
    let entry = AuditEntry {
        provider: Some("uni".parse().unwrap()),
        account: Some(dee.id),
        network: Some("192.0.2.0/24".into()),
        ..AuditEntry::new(fixture.now(), Event::SignedIn)
    };
    let rows = fixture.store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap();
    let written: Vec<_> = rows.into_iter().map(|row| row.entry).collect();
    assert_eq!(written, apps.map(|app| AuditEntry { app, ..entry.clone() }));
}

/// The rules run once if the single statement suffices, and a second time if the transaction must follow.
pub async fn a_returning_login_is_one_statement_in_any_alphabet(fixture: &Fixture) {
    let dee = fixture.account("1", "dée𐐨").await;
    let mut admin = fixture.store.begin().await.unwrap();
    for group in ["B", "a", "z", "Ünï", "ｇ", "😀x"] {
        admin.add_to_group(&dee.id, &group.into()).await.unwrap();
    }
    admin.commit().await.unwrap();
    let asked = async |store: &Store| {
        let login = fixture.login();
        assert!(login.enter(store).await.is_some());
        login.rules.asked.load(Ordering::SeqCst)
    };
    asked(&fixture.store).await;
    assert_eq!((asked(&fixture.store).await, asked(&fixture.store).await), (1, 1), "after the first login");
    let mut admin = fixture.store.begin().await.unwrap();
    admin.remove_from_group(&dee.id, &"z".into()).await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!((asked(&fixture.store).await, asked(&fixture.store).await), (2, 1), "the cached account is out of date");
}

// C3, C27
pub async fn logins_that_end_together_each_get_their_own_outcome(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let logins: Vec<Login> = (0..50).map(|_| fixture.login()).collect();
    // One in ten was spent before, and one in ten ends twice.
    for login in logins.iter().step_by(10) {
        login.enter(&fixture.store).await.unwrap();
    }
    let mut tasks = JoinSet::new();
    for (at, login) in logins.iter().enumerate() {
        for _ in 0..=usize::from(at % 10 == 5) {
            let (login, store) = (login.clone(), fixture.store.clone());
            tasks.spawn(async move { (at, login.end(&store).await) });
        }
    }
    let ended = tasks.join_all().await;
    assert_eq!(ended.len(), 55);
    for (at, login) in logins.iter().enumerate() {
        let sessions = ended.iter().filter(|(of, (_, session))| *of == at && session.is_some()).count();
        assert_eq!(sessions, usize::from(at % 10 != 0), "login {at}");
        assert!(fixture.is_spent(login).await);
    }
    for (_, (end, session)) in &ended {
        match session {
            Some(session) => assert!(fixture.store.live_session(*session, fixture.now()).await.unwrap().is_some()),
            None => assert_eq!(*end, Outcome::Replayed),
        }
    }
    assert_eq!(fixture.audit_count().await, 50, "one row a login");
}
