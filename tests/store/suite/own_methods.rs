//! The owner of an account removes a sign-in method. The last one that works stays.

use tower_sessions::session::Id;
use vestibule::accounts::{Actor, Change, MethodRemoved, RemoveMethodError, UsableMethods};
use vestibule::base::ids::{AccountId, SessionBinding};
use vestibule::signin::account::Profile;
use vestibule::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};
use vestibule::signin::link::request::{Freshness, NotConfirmed};
use vestibule::store::{AdditionEnd, AskedLogin, LinkAnswer, LinkChoice, MethodToAdd};

use super::{FOUNDING, Fixture, Login, Outcome, key};

impl Fixture {
    pub async fn remove_method(
        &self,
        session: Option<Id>,
        account: &AccountId,
        subject: &str,
        unusable: &[&str],
    ) -> Result<MethodRemoved, RemoveMethodError> {
        let is_usable = |key: &IdentityKey| !unusable.contains(&key.subject.as_str());
        let usable = UsableMethods { is_usable: &is_usable, local_password: None };
        let owner = Actor::Owner { session, network: None };
        self.accounts().remove_method(&owner, account, &key(subject), usable).await
    }

    /// An account with these identities besides `1`.
    async fn account_with(&self, more: &[&str]) -> AccountId {
        let account = self.account("1", "dee").await.id;
        for subject in more {
            let mut transaction = self.store.begin().await.unwrap();
            transaction.link(&key(subject), &account, FOUNDING).await.unwrap();
            transaction.commit().await.unwrap();
        }
        account
    }

    async fn session_of(&self, subject: &str) -> Id {
        Login { identity: key(subject), ..self.login() }.enter(&self.store).await.unwrap()
    }

    async fn subjects(&self, account: &AccountId) -> Vec<String> {
        let identities = self.store.identities_of(account).await.unwrap();
        let mut subjects: Vec<_> = identities.into_iter().map(|it| it.key.subject.as_str().to_owned()).collect();
        subjects.sort_unstable();
        subjects
    }
}

// C25
pub async fn an_owner_removes_a_method_but_neither_the_last_one_nor_the_one_in_use(fixture: &Fixture) {
    let dee = fixture.account_with(&["2", "3"]).await;
    let (session, other) = (fixture.session_of("1").await, fixture.session_of("2").await);
    let version = fixture.store.account(&dee).await.unwrap().unwrap().version;

    let without = fixture.remove_method(None, &dee, "2", &[]).await;
    assert!(matches!(without, Err(RemoveMethodError::NotSignedIn)), "{without:?}");
    let in_use = fixture.remove_method(Some(session), &dee, "1", &[]).await;
    assert!(matches!(in_use, Err(RemoveMethodError::SignedInWithIt)), "{in_use:?}");
    // Methods of providers that are switched off don't count.
    let last = fixture.remove_method(Some(session), &dee, "1", &["2", "3"]).await;
    assert!(matches!(last, Err(RemoveMethodError::LastMethod)), "{last:?}");
    assert_eq!(fixture.subjects(&dee).await, ["1", "2", "3"]);

    let removed = fixture.remove_method(Some(session), &dee, "2", &["3"]).await.unwrap();
    assert_eq!((removed.change, removed.sessions_ended), (Change::Done, 1));
    let live = |id| fixture.store.live_session(id, fixture.now());
    assert!(live(session).await.unwrap().is_some() && live(other).await.unwrap().is_none());
    assert_eq!(fixture.store.account(&dee).await.unwrap().unwrap().version, version + 1);
    let again = fixture.remove_method(Some(session), &dee, "2", &[]).await.unwrap();
    assert_eq!(again.change, Change::Already);

    // A session of somebody else removes nothing here.
    let max = fixture.account("max", "max").await.id;
    let foreign = fixture.session_of("max").await;
    let refused = fixture.remove_method(Some(foreign), &dee, "3", &[]).await;
    assert!(matches!(refused, Err(RemoveMethodError::NotSignedIn)), "{refused:?}");
    let elsewhere = fixture.remove_method(Some(foreign), &max, "3", &[]).await.unwrap();
    assert_eq!((elsewhere.change, fixture.subjects(&dee).await), (Change::Already, vec!["1".into(), "3".into()]));
}

/// Two browsers, each signed in by one of the two methods, remove the method of the other.
pub async fn two_removals_at_once_leave_a_method(fixture: &Fixture) {
    let dee = fixture.account_with(&["2"]).await;
    for _ in 0..10 {
        let (one, two) = (fixture.session_of("1").await, fixture.session_of("2").await);
        let (first, second) = tokio::join!(
            fixture.remove_method(Some(one), &dee, "2", &[]),
            fixture.remove_method(Some(two), &dee, "1", &[]),
        );
        let left = fixture.subjects(&dee).await;
        assert_eq!(left.len(), 1, "{first:?} {second:?}");
        assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
        let gone = if left[0] == "1" { "2" } else { "1" };
        let mut transaction = fixture.store.begin().await.unwrap();
        transaction.link(&key(gone), &dee, FOUNDING).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

// L5, L7
pub async fn a_method_is_added_only_while_the_session_that_asked_is_live(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let [session, other] = [fixture.session_of("1").await, fixture.session_of("1").await];
    let login = AskedLogin {
        profile: Profile::default(),
        settings: SettingsFingerprint::default(),
        auth_time: None,
        provider_session: ProviderSession::default(),
        wished: None,
        suggested: None,
    };
    let (identity, by) = (key("new"), key("1"));
    let method = MethodToAdd {
        identity: &identity,
        login: &login,
        destination: "{}",
        session: SessionBinding::of(session.0),
        account: &dee.id,
        by: &by,
        freshness: Freshness::AuthTime,
        single_use: None,
        now: fixture.now(),
    };
    let AdditionEnd::Asked(secret) = fixture.store.ask_to_add(method).await.unwrap() else { panic!("asked") };
    let answer = LinkAnswer { request: secret.id(), choice: LinkChoice::LinkToProved };
    let confirm = |session| {
        let login = Login { id: None, identity: key("new"), answer: Some(answer), ..fixture.login() };
        async move { login.replaces(session).end(&fixture.store).await.0 }
    };
    let over = Outcome::NotConfirmed(NotConfirmed::RequestOver);
    assert_eq!(confirm(other).await, over);
    // Only the session's own end is tested here: the account has not changed.
    let without = fixture.store.end_session(session).await.unwrap();
    assert!(without);
    assert_eq!(confirm(session).await, over);
    assert_eq!(fixture.subjects(&dee.id).await, ["1"]);
}
