//! What a login leaves with the identity: the profile that the provider sent, and the day.

use std::time::Duration;

use vestibule::signin::account::{Email, Profile};
use vestibule::signin::link::LinkProof;
use vestibule::store::LinkedIdentity;

use super::{BY_ADMIN, Fixture, HOUR, Login, key, name};

async fn identity(fixture: &Fixture) -> LinkedIdentity {
    let mut all = fixture.store.identities(10).await.unwrap();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

fn profile(name: &str) -> Profile {
    let email = Some(Email { address: "dee@example.org".to_owned(), verified: true });
    Profile { name: Some(name.to_owned()), email, groups: ["staff".into()].into(), ..Profile::default() }
}

pub async fn a_first_login_keeps_how_the_identity_was_linked_and_what_its_provider_sent(fixture: &Fixture) {
    let first = Login { profile: profile("Dee"), ..fixture.login() };
    let first = Login { rules: super::Rules { new_account: Some(name("dee")), ..first.rules.clone() }, ..first };
    first.enter(&fixture.store).await.unwrap();
    let linked = identity(fixture).await;
    assert_eq!((linked.proof, linked.linked_by), (LinkProof::Founding, None));
    assert_eq!(linked.linked_from.as_deref(), Some("192.0.2.0/24"));
    assert_eq!(linked.last_sign_in, Some(fixture.now().date()));
    let kept = linked.profile.unwrap();
    assert_eq!((kept.name.as_deref(), kept.groups.len()), (Some("Dee"), 1));
    assert_eq!(kept.email.map(|email| email.address).as_deref(), Some("dee@example.org"));
}

pub async fn a_login_with_another_profile_replaces_the_kept_one(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    assert_eq!((identity(fixture).await.profile, identity(fixture).await.last_sign_in), (None, None));
    // The second login of each profile ends in the single statement.
    for sent in ["Dee", "Dee", "Deborah", "Deborah", "Dee"] {
        let login = Login { profile: profile(sent), ..fixture.login() };
        login.enter(&fixture.store).await.unwrap();
        assert_eq!(identity(fixture).await.profile.unwrap().name.as_deref(), Some(sent));
    }
    assert_eq!(fixture.audit_count().await, 5);
}

pub async fn each_day_with_a_login_is_kept_with_the_identity(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let mut day = fixture.now().date();
    for _ in 0..3 {
        fixture.login().enter(&fixture.store).await.unwrap();
        assert_eq!(identity(fixture).await.last_sign_in, Some(day));
        fixture.advance_clock(24 * HOUR);
        day = day.next_day().unwrap();
    }
    // A clock that went back does not change it.
    let earlier = Login { now: fixture.now() - Duration::from_hours(24 * 5), ..fixture.login() };
    earlier.enter(&fixture.store).await.unwrap();
    assert_eq!(identity(fixture).await.last_sign_in, day.previous_day());
}

pub async fn a_refused_login_leaves_nothing_with_the_identity(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let mut admin = fixture.store.begin().await.unwrap();
    admin.disable(&dee.id, "root").await.unwrap();
    admin.commit().await.unwrap();
    let login = Login { profile: profile("Dee"), ..fixture.login() };
    assert_eq!(login.enter(&fixture.store).await, None);
    assert_eq!((identity(fixture).await.profile, identity(fixture).await.last_sign_in), (None, None));
}

pub async fn simultaneous_logins_on_a_new_day_or_with_new_profiles_never_deadlock(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let stores = [fixture.store.clone(), fixture.reopen().await];
    for round in 0..10 {
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..8 {
            let sent = profile(&format!("Dee {round} {}", number % 2));
            let (login, store) = (Login { profile: sent, ..fixture.login() }, stores[number % 2].clone());
            tasks.spawn(async move { login.enter(&store).await.is_some() });
        }
        assert_eq!(tasks.join_all().await, [true; 8]);
        fixture.advance_clock(24 * HOUR);
    }
}

pub async fn an_admins_link_names_the_admin_and_no_sign_in(fixture: &Fixture) {
    let mut admin = fixture.store.begin().await.unwrap();
    let dee = admin.make_account(&name("dee")).await.unwrap().unwrap();
    let link = vestibule::store::NewLink { by: Some("cli:root"), ..BY_ADMIN };
    admin.link(&key("1"), &dee.id, link).await.unwrap();
    admin.commit().await.unwrap();
    let linked = identity(fixture).await;
    assert_eq!((linked.proof, linked.linked_by.as_deref()), (LinkProof::Admin, Some("cli:root")));
    assert_eq!((linked.linked_from, linked.last_sign_in, linked.profile), (None, None, None));
}
