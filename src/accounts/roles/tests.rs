//! The rules about roles, R2 to R6, operation by operation.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;

use crate::accounts::{
    AccountError, AccountRef, Accounts, Actor, AdminSession, Change, IfMissing, NotAllowed, RoleConfig,
};
use crate::base::clock::Clock;
use crate::base::ids::{AccountId, ProviderId, Sid};
use crate::base::role::Role;
use crate::signin::account::Profile;
use crate::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};
use crate::signin::link::LinkProof;
use crate::store::{AuditQuery, Database, Event, NewLink, Provisioned, SessionLogin, SessionOrigin, Store};

/// Gives the role admin to the subject `granted`.
struct TestRoles;

impl RoleConfig for TestRoles {
    fn role_of(&self, key: &IdentityKey) -> Option<Role> {
        (key.subject.as_str() == "granted").then_some(Role::Admin)
    }

    fn admits_admins(&self, provider: &ProviderId) -> bool {
        provider.as_str() == "uni"
    }

    fn fresh(&self) -> Duration {
        Duration::from_mins(5)
    }

    fn idle(&self) -> Duration {
        Duration::from_mins(30)
    }
}

struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    accounts: Accounts,
    root: Actor,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        let accounts = Accounts::new(store.clone(), Clock::system());
        Self { _folder: folder, store, accounts, root: Actor::Operator { user: "root".to_owned() } }
    }

    async fn account(&self, name: &str) -> AccountId {
        let mut login = self.store.begin().await.unwrap();
        let made = login.provision(&key("uni", name), &name.parse().unwrap(), NewLink::of(LinkProof::Founding)).await;
        login.commit().await.unwrap();
        let Provisioned::Made { account, .. } = made.unwrap() else { panic!("the name is taken") };
        account.id
    }

    /// An account with a role, signed in `ago`, and in the admin pages now.
    async fn actor(&self, name: &str, role: Option<Role>, ago: Duration) -> Actor {
        let account = self.account(name).await;
        if let Some(role) = role {
            self.accounts.give_role(&self.root, &AccountRef::Id(account.clone()), role).await.unwrap();
        }
        self.session(&account, name, "uni", Some(Clock::system().now() - ago)).await
    }

    async fn session(&self, account: &AccountId, name: &str, by: &str, auth_time: Option<OffsetDateTime>) -> Actor {
        let now = Clock::system().now();
        let IdentityKey { provider, issuer, subject } = key(by, name);
        let signed_in = SessionLogin {
            account: account.clone(),
            provider,
            issuer,
            subject,
            profile: Profile::default(),
            settings: SettingsFingerprint::default(),
            auth_time,
            started_at: now,
            provider_session: ProviderSession::default(),
            reauthenticated: true,
        };
        let mut login = self.store.begin().await.unwrap();
        let origin = SessionOrigin { network: None, agent: None };
        let session = login.open_session(&signed_in, now + Duration::from_hours(1), origin).await.unwrap();
        login.commit().await.unwrap();
        self.store.touch_admin_session(session, now).await.unwrap();
        Actor::Admin(AdminSession { account: account.clone(), session, network: None, config: Arc::new(TestRoles) })
    }
}

fn key(provider: &str, subject: &str) -> IdentityKey {
    IdentityKey { provider: provider.parse().unwrap(), issuer: "https://uni.example".into(), subject: subject.into() }
}

fn named(name: &str) -> AccountRef {
    AccountRef::Name(name.parse().unwrap())
}

/// The result of each operation on an account, by the name of the operation: `None` if it was allowed.
async fn attempts(fixture: &Fixture, actor: &Actor, target: &AccountRef) -> Vec<(&'static str, Option<NotAllowed>)> {
    fn refused<T>(result: Result<T, AccountError>) -> Option<NotAllowed> {
        match result {
            Err(AccountError::NotAllowed(why)) => Some(why),
            Err(why) => panic!("{why}"),
            Ok(_) => None,
        }
    }
    let (accounts, group, other) = (&fixture.accounts, "choir".into(), key("lab", "another"));
    let new_name = "somebody-else".parse().unwrap();
    vec![
        ("end sessions", refused(accounts.end_other_sessions(actor, target).await)),
        (
            "end one session",
            refused(accounts.end_session_of(actor, target, &Sid::fresh(OffsetDateTime::UNIX_EPOCH)).await),
        ),
        ("disable", refused(accounts.disable(actor, target).await)),
        ("enable", refused(accounts.enable(actor, target).await)),
        ("add to a group", refused(accounts.add_to_group(actor, target, &group).await)),
        ("remove from a group", refused(accounts.remove_from_group(actor, target, &group).await)),
        ("link", refused(accounts.link(actor, (&other, "sub"), target, IfMissing::Refuse).await)),
        ("rename", refused(accounts.rename(actor, target, &new_name).await)),
        ("give a role", refused(accounts.give_role(actor, target, Role::Viewer).await)),
        ("take the role", refused(accounts.take_role(actor, target).await)),
        ("remove", refused(accounts.remove(actor, target).await)),
        ("erase", refused(accounts.erase(actor, target).await)),
    ]
}

fn allowed(attempts: &[(&'static str, Option<NotAllowed>)]) -> Vec<&'static str> {
    attempts.iter().filter(|(_, refused)| refused.is_none()).map(|(name, _)| *name).collect()
}

const SECOND: Duration = Duration::from_secs(1);

// R4, R6
#[tokio::test]
async fn each_role_may_do_what_it_names_to_an_account_without_a_role() {
    let helpdesk = vec!["end sessions", "end one session", "disable", "enable"];
    let more = ["add to a group", "remove from a group", "link", "rename", "give a role", "take the role"];
    let admin: Vec<_> = helpdesk.iter().copied().chain(more).collect();
    let roles =
        [(None, vec![]), (Some(Role::Viewer), vec![]), (Some(Role::Helpdesk), helpdesk), (Some(Role::Admin), admin)];
    for (role, may) in roles {
        let fixture = Fixture::new().await;
        let id = fixture.account("dee").await;
        let actor = fixture.actor("ada", role, SECOND).await;
        assert_eq!(allowed(&attempts(&fixture, &actor, &AccountRef::Id(id)).await), may, "{role:?}");
    }
}

// R3
#[tokio::test]
async fn power_may_be_taken_from_an_account_with_a_role_and_nothing_else() {
    for (role, may) in [
        (Role::Viewer, vec![]),
        (Role::Helpdesk, vec![]),
        (Role::Admin, vec!["end sessions", "end one session", "disable", "give a role", "take the role"]),
    ] {
        for role_of_target in Role::ALL {
            let fixture = Fixture::new().await;
            let actor = fixture.actor("ada", Some(role), SECOND).await;
            let id = fixture.account("dee").await;
            let target = AccountRef::Id(id);
            fixture.accounts.give_role(&fixture.root, &target, role_of_target).await.unwrap();
            let mut done = attempts(&fixture, &actor, &target).await;
            // The role is taken last, so all others met an account with a role.
            done.retain(|(name, _)| !matches!(*name, "remove" | "erase"));
            assert_eq!(allowed(&done), may, "{role} on {role_of_target}");
        }
    }
}

// R2
#[tokio::test]
async fn nobody_raises_or_disables_themselves() {
    let fixture = Fixture::new().await;
    for role in Role::ALL {
        let name = format!("my-{role}");
        let actor = fixture.actor(&name, Some(role), SECOND).await;
        let done = attempts(&fixture, &actor, &named(&name)).await;
        let may = if role == Role::Viewer { vec![] } else { vec!["end sessions", "end one session"] };
        assert_eq!(allowed(&done), may, "{role}");
        assert_eq!(fixture.accounts.role(&id_of(&actor), &TestRoles).await.unwrap(), Some(role));
    }
}

fn id_of(actor: &Actor) -> AccountId {
    let Actor::Admin(session) = actor else { panic!("no admin") };
    session.account.clone()
}

// R6
#[tokio::test]
async fn each_operation_reads_role_session_and_freshness_again() {
    let fixture = Fixture::new().await;
    fixture.account("dee").await;
    let attempt = async |actor: &Actor| match fixture.accounts.end_other_sessions(actor, &named("dee")).await {
        Ok(_) => None,
        Err(AccountError::NotAllowed(why)) => Some(why),
        Err(why) => panic!("{why}"),
    };
    let ada = fixture.actor("ada", Some(Role::Admin), SECOND).await;
    assert_eq!(attempt(&ada).await, None);
    let old = fixture.actor("old", Some(Role::Admin), Duration::from_mins(6)).await;
    assert_eq!(attempt(&old).await, Some(NotAllowed::NotFresh));
    // L6: the provider does not say when it authenticated the person.
    let silent = fixture.session(&id_of(&ada), "ada", "uni", None).await;
    assert_eq!(attempt(&silent).await, Some(NotAllowed::NotFresh));
    // The pages were not used for too long.
    let Actor::Admin(AdminSession { session, .. }) = &ada else { panic!("no admin") };
    fixture.store.touch_admin_session(*session, Clock::system().now() - Duration::from_mins(31)).await.unwrap();
    assert_eq!(attempt(&ada).await, Some(NotAllowed::NotSignedIn));
    fixture.store.touch_admin_session(*session, Clock::system().now()).await.unwrap();
    fixture.accounts.take_role(&fixture.root, &named("ada")).await.unwrap();
    assert_eq!(attempt(&ada).await, Some(NotAllowed::RoleNeeded(Role::Helpdesk)));
    fixture.accounts.give_role(&fixture.root, &named("ada"), Role::Admin).await.unwrap();
    fixture.accounts.disable(&fixture.root, &named("ada")).await.unwrap();
    assert_eq!(attempt(&ada).await, Some(NotAllowed::NotSignedIn));
}

// R7
#[tokio::test]
async fn the_config_gives_a_role_to_the_account_of_a_subject() {
    let fixture = Fixture::new().await;
    fixture.account("dee").await;
    let granted = fixture.account("granted").await;
    let actor = fixture.session(&granted, "granted", "uni", Some(Clock::system().now())).await;
    assert_eq!(fixture.accounts.disable(&actor, &named("dee")).await.unwrap().change, Change::Done);
    assert_eq!(fixture.store.role_holders().await.unwrap(), []);
    // Helpdesk meets an account with a role.
    let helper = fixture.actor("helper", Some(Role::Helpdesk), SECOND).await;
    let refused = fixture.accounts.disable(&helper, &named("granted")).await.unwrap_err();
    assert!(matches!(refused, AccountError::NotAllowed(NotAllowed::RoleNeeded(Role::Admin))), "{refused}");
}

// R5
#[tokio::test]
async fn two_admins_who_demote_each_other_leave_one() {
    let fixture = Fixture::new().await;
    let ada = fixture.actor("ada", Some(Role::Admin), SECOND).await;
    let ben = fixture.actor("ben", Some(Role::Admin), SECOND).await;
    let (to_ben, to_ada) = (named("ben"), named("ada"));
    let (one, other) =
        tokio::join!(fixture.accounts.take_role(&ada, &to_ben), fixture.accounts.take_role(&ben, &to_ada));
    assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1);
    assert_eq!(fixture.store.role_holders().await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_invitation_makes_one_person_an_admin() {
    let fixture = Fixture::new().await;
    let invited = fixture.accounts.invite_admin(&fixture.root).await.unwrap();
    let secret = invited.secret.expose().as_str();
    let ada = fixture.actor("ada", None, SECOND).await;
    let Actor::Admin(AdminSession { session, .. }) = &ada else { panic!("no admin") };
    let owner = Actor::Owner { session: Some(*session), network: None };
    assert!(fixture.accounts.is_invitation(secret).await.unwrap());
    let wrong = fixture.accounts.accept_invitation(&owner, &named("ada"), "another").await.unwrap_err();
    assert!(matches!(wrong, AccountError::NoSuchInvitation));
    let given = fixture.accounts.accept_invitation(&owner, &named("ada"), secret).await.unwrap();
    assert_eq!((given.role, given.before), (Role::Admin, None));
    let again = fixture.accounts.accept_invitation(&owner, &named("ada"), secret).await.unwrap_err();
    assert!(matches!(again, AccountError::NoSuchInvitation));
    assert!(!fixture.accounts.is_invitation(secret).await.unwrap());
    let rows = fixture.store.audit_list(&AuditQuery { limit: 9, ..AuditQuery::default() }).await.unwrap();
    let events: Vec<_> = rows.iter().map(|row| row.entry.event).collect();
    assert!(events.contains(&Event::AdminInvited) && events.contains(&Event::RoleGiven), "{events:?}");
    assert!(!format!("{rows:?}").contains(secret));
    assert!(!format!("{invited:?}").contains(secret));
}
