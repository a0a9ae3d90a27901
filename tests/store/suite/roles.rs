//! Roles: of two admins who demote each other at once, one stays.

use std::sync::Arc;
use std::time::Duration;

use time::OffsetDateTime;
use tower_sessions::session::Id;
use vestibule::accounts::{AccountRef, Actor, AdminSession, RoleConfig};
use vestibule::base::ids::{AccountId, ProviderId};
use vestibule::base::role::Role;
use vestibule::signin::account::Profile;
use vestibule::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};
use vestibule::store::{SessionLogin, SessionOrigin};

use super::{Fixture, key};

/// A config without roles.
struct NoRoles;

impl RoleConfig for NoRoles {
    fn role_of(&self, _: &IdentityKey) -> Option<Role> {
        None
    }

    fn admits_admins(&self, _: &ProviderId) -> bool {
        true
    }

    fn fresh(&self) -> Duration {
        Duration::from_mins(5)
    }

    fn idle(&self) -> Duration {
        Duration::from_mins(30)
    }
}

impl Fixture {
    /// An admin, in the admin pages now.
    async fn admin_in_browser(&self, subject: &str, name: &str) -> (Actor, AccountId) {
        let (account, now) = (self.account(subject, name).await.id, self.now());
        let root = Actor::Operator { user: "root".to_owned() };
        self.accounts().give_role(&root, &AccountRef::Id(account.clone()), Role::Admin).await.unwrap();
        let IdentityKey { provider, issuer, subject } = key(subject);
        let signed_in = SessionLogin {
            account: account.clone(),
            provider,
            issuer,
            subject,
            profile: Profile::default(),
            settings: SettingsFingerprint::default(),
            auth_time: Some(now),
            started_at: now,
            provider_session: ProviderSession::default(),
            reauthenticated: false,
        };
        let session = self.open_admin_session(&signed_in, now + Duration::from_hours(1)).await;
        self.store.touch_admin_session(session, now).await.unwrap();
        let config = Arc::new(NoRoles);
        (Actor::Admin(AdminSession { account: account.clone(), session, network: None, config }), account)
    }

    async fn open_admin_session(&self, signed_in: &SessionLogin, until: OffsetDateTime) -> Id {
        let mut login = self.store.begin().await.unwrap();
        let origin = SessionOrigin { network: None, agent: None };
        let session = login.open_session(signed_in, until, origin).await.unwrap();
        login.commit().await.unwrap();
        session
    }
}

// R5
pub async fn two_admins_on_two_connections_leave_one(fixture: &Fixture) {
    for round in 0..10 {
        let (ada, ada_id) = fixture.admin_in_browser(&format!("a{round}"), &format!("ada{round}")).await;
        let (ben, ben_id) = fixture.admin_in_browser(&format!("b{round}"), &format!("ben{round}")).await;
        let (to_ben, to_ada) = (AccountRef::Id(ben_id.clone()), AccountRef::Id(ada_id.clone()));
        let accounts = fixture.accounts();
        let (one, other) = tokio::join!(accounts.take_role(&ada, &to_ben), accounts.disable(&ben, &to_ada));
        assert_eq!(usize::from(one.is_ok()) + usize::from(other.is_ok()), 1, "{one:?} {other:?}");
        let root = Actor::Operator { user: "root".to_owned() };
        for id in [ada_id, ben_id] {
            accounts.take_role(&root, &AccountRef::Id(id)).await.unwrap();
        }
    }
}
