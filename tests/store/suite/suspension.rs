//! Suspended providers: no login ends there, no session counts, and a resumed provider revives none.

use vestibule::accounts::{Actor, Change, RemoveMethodError, SuspensionEffect, UsableMethods};
use vestibule::base::ids::{AccountId, LoginId, ProviderId, SessionBinding};
use vestibule::signin::account::Profile;
use vestibule::signin::identify::{IdentityKey, ProviderSession, SettingsFingerprint};
use vestibule::signin::link::request::{Freshness, ProvingMethod};
use vestibule::store::{
    AdditionEnd, AskedLogin, AuditQuery, Event, LinkAnswer, LinkChoice, LinkProofToKeep, MethodToAdd, ProofEnd,
    ReplayKey, SingleUse, UsableProviders,
};

use super::{FOUNDING, Fixture, Login, MINUTE, Outcome, Rules, key, name};

fn root() -> Actor {
    Actor::Operator { user: "root".to_owned() }
}

fn uni() -> ProviderId {
    "uni".parse().unwrap()
}

fn key_at_lab(subject: &str) -> IdentityKey {
    IdentityKey { provider: "lab".parse().unwrap(), ..key(subject) }
}

impl Fixture {
    async fn suspend(&self, provider: &str) -> SuspensionEffect {
        let usable = UsableProviders { enabled: &[uni(), "lab".parse().unwrap()], local_passwords: None };
        let done = self.accounts().suspend(&root(), &provider.parse().unwrap(), Some("a leak".into()), usable).await;
        let done = done.unwrap();
        assert_eq!(done.change, Change::Done);
        done.effect
    }

    async fn resume(&self, provider: &str) -> Change {
        self.accounts().resume(&root(), &provider.parse().unwrap()).await.unwrap().change
    }

    pub async fn link_to(&self, identity: &IdentityKey, account: &AccountId) {
        let mut transaction = self.store.begin().await.unwrap();
        transaction.link(identity, account, FOUNDING).await.unwrap();
        transaction.commit().await.unwrap();
    }
}

// C27
pub async fn a_suspended_provider_ends_logins_and_sessions_and_resuming_revives_none(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    fixture.link_to(&key_at_lab("1"), &dee.id).await;
    let session = fixture.login().enter(&fixture.store).await.unwrap();
    let at_lab = Login { identity: key_at_lab("1"), ..fixture.login() };
    let other = at_lab.enter(&fixture.store).await.unwrap();
    let live = |id| async move { fixture.store.live_session(id, fixture.now()).await.unwrap().is_some() };

    let effect = fixture.suspend("uni").await;
    assert_eq!(effect, SuspensionEffect { links: 1, sessions: 1, accounts_without_other_method: 0 });
    assert!(!live(session).await && live(other).await);
    let login = fixture.login();
    assert_eq!(login.end(&fixture.store).await, (Outcome::ProviderSuspended("uni".into()), None));
    let first = Login {
        identity: key("new"),
        rules: Rules { new_account: Some(name("new")), ..Rules::default() },
        ..fixture.login()
    };
    assert_eq!(first.end(&fixture.store).await.0, Outcome::ProviderSuspended("uni".into()));
    assert!(Login { id: Some(LoginId::fresh(fixture.now())), ..at_lab }.enter(&fixture.store).await.is_some());
    // A second time, by anybody, changes nothing.
    let usable = UsableProviders { enabled: &[], local_passwords: None };
    let again = fixture.accounts().suspend(&root(), &uni(), None, usable).await.unwrap();
    assert_eq!(again.change, Change::Already);
    let suspended = fixture.store.suspended_providers().await.unwrap();
    let [only] = suspended.as_slice() else { panic!("{suspended:?}") };
    assert_eq!((only.by.as_deref(), only.why.as_deref(), only.at), (Some("cli:root"), Some("a leak"), fixture.now()));

    assert_eq!([fixture.resume("uni").await, fixture.resume("uni").await], [Change::Done, Change::Already]);
    assert!(!live(session).await, "it stays ended");
    assert!(login.enter(&fixture.store).await.is_some());
    for event in [Event::ProviderSuspended, Event::ProviderResumed] {
        let query = AuditQuery { event: Some(event), limit: 10, ..AuditQuery::default() };
        let rows = fixture.store.audit_list(&query).await.unwrap();
        let [row] = rows.as_slice() else { panic!("{rows:?}") };
        assert_eq!((&row.entry.provider, row.entry.actor.as_deref()), (&Some(uni()), Some("cli:root")));
    }
}

/// The row alone ends sessions and logins, at each instance: here it was written by another program. Sessions that an
/// ending login left behind are removed by the maintenance, or else when the provider is resumed.
pub async fn a_login_of_a_cached_account_ends_at_a_suspended_provider(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let sessions =
        [fixture.login().enter(&fixture.store).await.unwrap(), fixture.login().enter(&fixture.store).await.unwrap()];
    let suspend = "INSERT INTO suspended_provider (provider, suspended_at) VALUES ('uni', 1)";
    fixture.run_sql(suspend).await;
    assert_eq!(fixture.login().end(&fixture.store).await.0, Outcome::ProviderSuspended("uni".into()));
    assert!(fixture.store.live_session(sessions[0], fixture.now()).await.unwrap().is_none());
    let account = fixture.store.account_by_name(&name("dee")).await.unwrap().unwrap().id;
    assert!(fixture.store.sessions_of(&account, None, fixture.now()).await.unwrap().is_empty());
    let mut transaction = fixture.store.begin().await.unwrap();
    assert!(transaction.lock_session(sessions[0], &account).await.unwrap().is_none());
    assert!(transaction.signed_in_with(sessions[0], &account).await.unwrap().is_none());
    drop(transaction);

    assert_eq!(fixture.resume("uni").await, Change::Done);
    for session in sessions {
        assert!(fixture.store.live_session(session, fixture.now()).await.unwrap().is_none(), "revived");
    }
    let _session = fixture.login().enter(&fixture.store).await.unwrap();
    fixture.run_sql(suspend).await;
    assert_eq!(fixture.store.end_suspended_sessions().await.unwrap(), 1);
    assert_eq!(fixture.store.end_suspended_sessions().await.unwrap(), 0);
}

// C25
pub async fn a_suspension_counts_what_it_affects_and_a_method_there_does_not_count(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    fixture.link_to(&key_at_lab("1"), &dee.id).await;
    let max = fixture.account("2", "max").await;
    let local = IdentityKey { provider: "local".parse().unwrap(), ..key("max") };
    fixture.link_to(&local, &max.id).await;
    let eve = fixture.account("3", "eve").await;
    fixture.accounts().disable(&root(), &vestibule::accounts::AccountRef::Id(eve.id)).await.unwrap();
    let session = fixture.login().enter(&fixture.store).await.unwrap();

    let (lab, by_password): (ProviderId, ProviderId) = ("lab".parse().unwrap(), "local".parse().unwrap());
    let only_at_uni = async |enabled: &[ProviderId]| {
        let usable = UsableProviders { enabled, local_passwords: Some(&by_password) };
        fixture.accounts().suspension_effect(&root(), &uni(), usable).await.unwrap().accounts_without_other_method
    };
    let all = [uni(), lab.clone(), by_password.clone()];
    assert_eq!(only_at_uni(&all).await, 1, "max has no password, and a disabled account does not count");
    assert_eq!(only_at_uni(&[uni(), by_password.clone()]).await, 2, "the lab is disabled");
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.set_password(&max.id, "$hash").await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(only_at_uni(&all).await, 0);
    assert!(fixture.store.suspended_providers().await.unwrap().is_empty(), "counting writes nothing");
    let uses = fixture.store.provider_uses(fixture.now()).await.unwrap();
    let at_uni = uses[&uni()];
    assert_eq!((at_uni.links, at_uni.sessions, at_uni.last_sign_in), (3, 1, Some(fixture.now().date())));
    assert_eq!((uses[&lab].links, uses[&lab].sessions), (1, 0));

    fixture.suspend("lab").await;
    assert_eq!(only_at_uni(&all).await, 1, "the lab is suspended");
    let usable = UsableMethods { is_usable: &|_| true, local_password: None };
    let owner = Actor::Owner { session: Some(session), network: None };
    let last = fixture.accounts().remove_method(&owner, &dee.id, &key("1"), usable).await;
    assert!(matches!(last, Err(RemoveMethodError::LastMethod)), "{last:?}");
}

// L5
pub async fn no_account_is_proved_or_extended_by_a_suspended_provider(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let session = fixture.login().enter(&fixture.store).await.unwrap();
    let single_use =
        || SingleUse { key: ReplayKey::Login(LoginId::fresh(fixture.now())), expires_at: fixture.now() + 10 * MINUTE };
    let rules = Rules { asks: true, new_account: Some(name("wished")), ..Rules::default() };
    let first = || Login { identity: key_at_lab("new"), rules: rules.clone(), ..fixture.login() };
    let (Outcome::Asked(request), None) = first().end(&fixture.store).await else { panic!("asked") };
    let by = key("1");
    let proof = || LinkProofToKeep {
        request,
        by: &by,
        subject_source: "sub",
        method: ProvingMethod::Redirect { auth_time: Some(fixture.now()) },
        password: None,
        single_use: Some(single_use()),
        now: fixture.now(),
    };
    fixture.suspend("uni").await;
    assert_eq!(fixture.store.prove_account(&proof()).await.unwrap(), ProofEnd::ProviderSuspended);
    fixture.resume("uni").await;
    assert_eq!(fixture.store.prove_account(&proof()).await.unwrap(), ProofEnd::Proved);
    // Neither side of a confirmation may be suspended.
    let answer = Some(LinkAnswer { request, choice: LinkChoice::LinkToProved });
    for provider in ["uni", "lab"] {
        fixture.suspend(provider).await;
        let confirmed = Login { id: None, answer, ..first() }.end(&fixture.store).await.0;
        assert_eq!(confirmed, Outcome::ProviderSuspended(provider.to_owned()));
        fixture.resume(provider).await;
    }

    let login = AskedLogin {
        profile: Profile::default(),
        settings: SettingsFingerprint::default(),
        auth_time: None,
        provider_session: ProviderSession::default(),
        wished: None,
        suggested: None,
    };
    fixture.suspend("lab").await;
    let added = key_at_lab("added");
    let method = MethodToAdd {
        identity: &added,
        login: &login,
        destination: "{}",
        session: SessionBinding::of(session.0),
        account: &dee.id,
        by: &by,
        freshness: Freshness::AuthTime,
        single_use: Some(single_use()),
        now: fixture.now(),
    };
    let end = fixture.store.ask_to_add(method).await.unwrap();
    assert!(matches!(end, AdditionEnd::ProviderSuspended), "{end:?}");
}
