//! Identities, accounts, names and groups.

use std::collections::BTreeSet;

use vestibule::base::secret::sha256;
use vestibule::signin::account::Email;
use vestibule::store::{AccountQuery, Database, LinkOutcome, NewLink, Provisioned, RenameOutcome, SessionOrigin};

use super::{BY_ADMIN, FOUNDING, Fixture, HOUR, ISSUER, Login, Outcome, Rules, key, key_at, name};

pub async fn an_identity_leads_to_its_account_and_to_no_other(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let mut login = fixture.store.begin().await.unwrap();
    assert_eq!(login.account_by_identity(&key("1")).await.unwrap().unwrap(), dee);
    assert_eq!(login.account_by_identity(&key("2")).await.unwrap().unwrap(), ada);
    assert_eq!(login.account_by_identity(&key("3")).await.unwrap(), None);
    assert_eq!(fixture.store.account(&dee.id).await.unwrap(), Some(dee.clone()));
    let linked = fixture.store.identities_of(&dee.id).await.unwrap();
    assert_eq!(linked.len(), 1);
    assert_eq!((&linked[0].key, linked[0].client_id.as_deref()), (&key("1"), Some("vestibule")));
    assert_eq!(fixture.store.identities(10).await.unwrap().len(), 2);
}

// C21
pub async fn subjects_that_differ_only_in_case_are_two_people(fixture: &Fixture) {
    let (small, large) = (fixture.account("dee", "dee").await, fixture.account("DEE", "dee").await);
    assert_ne!(small.id, large.id);
    let mut login = fixture.store.begin().await.unwrap();
    assert_eq!(login.account_by_identity(&key("dee")).await.unwrap().unwrap().id, small.id);
    assert_eq!(login.account_by_identity(&key("DEE")).await.unwrap().unwrap().id, large.id);
    assert_eq!(login.account_by_identity(&key("Dee")).await.unwrap(), None);
}

// C21
pub async fn subjects_are_compared_byte_for_byte(fixture: &Fixture) {
    fixture.account("straße\u{e9}", "dee").await;
    fixture.account("a\0b", "ada").await;
    let mut login = fixture.store.begin().await.unwrap();
    for other in ["strasse\u{e9}", "straßee\u{301}", "straße\u{e9} ", " straße\u{e9}", "a", "a\0", "a\0B"] {
        assert_eq!(login.account_by_identity(&key(other)).await.unwrap(), None, "{other:?}");
    }
    let slashed = format!("{ISSUER}/");
    assert_eq!(login.account_by_identity(&key_at(&slashed, "a\0b")).await.unwrap(), None);
    let mut elsewhere = key("a\0b");
    elsewhere.provider = "school".parse().unwrap();
    assert_eq!(login.account_by_identity(&elsewhere).await.unwrap(), None);
    assert!(login.account_by_identity(&key("a\0b")).await.unwrap().is_some());
}

pub async fn identities_are_counted_by_provider_and_issuer(fixture: &Fixture) {
    assert_eq!(fixture.store.count_by_issuer().await.unwrap(), []);
    for (subject, wished) in [("1", "dee"), ("2", "ada")] {
        fixture.account(subject, wished).await;
    }
    let mut login = fixture.store.begin().await.unwrap();
    login.provision(&key_at("ldap:ou=people,dc=x", "1"), &name("ben"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
    let counted = fixture.store.count_by_issuer().await.unwrap();
    let counted: Vec<_> = counted.iter().map(|it| (it.provider.as_str(), it.issuer.as_str(), it.identities)).collect();
    assert_eq!(counted, [("uni", ISSUER, 2), ("uni", "ldap:ou=people,dc=x", 1)]);
}

pub async fn identities_are_counted_by_the_client_that_they_came_through(fixture: &Fixture) {
    let mut login = fixture.store.begin().await.unwrap();
    for (subject, wished, client) in [("1", "ada", Some("old")), ("2", "ben", Some("old")), ("3", "cy", Some("new"))] {
        login.provision(&key(subject), &name(wished), NewLink { client_id: client, ..FOUNDING }).await.unwrap();
    }
    login.provision(&key("4"), &name("dee"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
    let uni = "uni".parse().unwrap();
    assert_eq!(fixture.store.count_by_other_client(&uni, "new").await.unwrap(), [("old".to_owned(), 2)]);
    assert_eq!(fixture.store.count_by_other_client(&"school".parse().unwrap(), "new").await.unwrap(), []);
}

pub async fn a_taken_name_yields_the_next_free_one_and_names_its_holder(fixture: &Fixture) {
    fixture.account("1", "Dee").await;
    let mut login = fixture.store.begin().await.unwrap();
    let second = login.provision(&key("2"), &name("dee"), FOUNDING).await.unwrap();
    let third = login.provision(&key("3"), &name("ＤＥＥ"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
    let given = |made: Provisioned| match made {
        Provisioned::Made { account, taken_by } => (account.username.to_string(), taken_by.unwrap().to_string()),
        other => panic!("{other:?}"),
    };
    assert_eq!(given(second), ("dee-2".to_owned(), "Dee".to_owned()));
    assert_eq!(given(third), ("ＤＥＥ-3".to_owned(), "Dee".to_owned()));
}

pub async fn a_confusable_name_counts_as_taken_but_finds_no_account(fixture: &Fixture) {
    let coco = fixture.account("1", "coco").await;
    let cyrillic = name("сосо");
    let mut login = fixture.store.begin().await.unwrap();
    let second = login.provision(&key("2"), &cyrillic, FOUNDING).await.unwrap();
    let Provisioned::Made { account, taken_by } = second else { panic!("{second:?}") };
    assert_eq!((account.username.as_str(), taken_by), ("сосо-2", Some(coco.username.clone())));
    assert_eq!(login.make_account(&cyrillic).await.unwrap(), None);
    assert_eq!(login.rename(&account.id, &cyrillic).await.unwrap(), RenameOutcome::Taken { by: coco.username.clone() });
    assert_eq!(login.account_by_name(&cyrillic).await.unwrap(), None);
    assert_eq!(login.holder(&cyrillic).await.unwrap(), Some(coco.username.clone()));
    // ASCII characters are never confusable with each other.
    for other in ["kern", "kem", "xl1", "xll", "lo"] {
        assert!(login.make_account(&name(other)).await.unwrap().is_some(), "{other}");
    }
    // A lunate sigma looks like a `c`, and a Greek iota like an `l`, whichever of two names is the older one.
    for (other, taken_by) in [("\u{3f2}ο\u{3f2}ο", "coco"), ("\u{3f9}ο\u{3f2}ο", "coco"), ("Ιο", "lo")] {
        assert_eq!(login.make_account(&name(other)).await.unwrap(), None, "{other}");
        assert_eq!(login.holder(&name(other)).await.unwrap(), Some(name(taken_by)));
    }
    let renamed = login.rename(&account.id, &name("Ιοο")).await.unwrap();
    assert_eq!(renamed, RenameOutcome::Renamed);
    for other in ["loo", "Ioo", "1oo"] {
        assert_eq!(login.make_account(&name(other)).await.unwrap(), None, "{other}");
        assert_eq!(login.rename(&coco.id, &name(other)).await.unwrap(), RenameOutcome::Taken { by: name("Ιοο") });
    }
    assert_eq!(login.rename(&coco.id, &cyrillic).await.unwrap(), RenameOutcome::Renamed);
    assert_eq!(login.make_account(&name("COCO")).await.unwrap(), None);
    login.commit().await.unwrap();
    assert_eq!(fixture.store.password_by_name("coco").await.unwrap(), None);
    assert_eq!(fixture.store.account_by_name(&cyrillic).await.unwrap().unwrap().id, coco.id);
}

pub async fn a_name_with_all_its_numbers_taken_makes_no_account(fixture: &Fixture) {
    let mut login = fixture.store.begin().await.unwrap();
    for taken in vestibule::signin::link::candidates(&name("dee")) {
        assert!(login.make_account(&taken).await.unwrap().is_some());
    }
    assert_eq!(login.provision(&key("late"), &name("dee"), FOUNDING).await.unwrap(), Provisioned::NoNameFree);
    assert_eq!(login.account_by_identity(&key("late")).await.unwrap(), None);
}

// C22
pub async fn the_same_email_address_never_links_two_people(fixture: &Fixture) {
    let email = Some(Email { address: "dee@example.edu".into(), verified: true });
    let mut accounts = BTreeSet::new();
    for subject in ["1", "2"] {
        let account = fixture.account(subject, "dee").await;
        let mut signed_in = fixture.signed_in(&account, subject);
        signed_in.profile.email.clone_from(&email);
        let mut login = fixture.store.begin().await.unwrap();
        let id = login.open_session(&signed_in, fixture.now() + HOUR, SessionOrigin::default()).await.unwrap();
        login.commit().await.unwrap();
        accounts.insert(fixture.store.live_session(id, fixture.now()).await.unwrap().unwrap().account.id);
    }
    assert_eq!(accounts.len(), 2);
}

// C26
pub async fn an_unlinked_identity_that_returns_gets_a_new_account(fixture: &Fixture) {
    let before = fixture.account("1", "dee").await;
    let mut admin = fixture.store.begin().await.unwrap();
    assert_eq!(admin.unlink(&key("1")).await.unwrap(), Some((before.id.clone(), 0)));
    assert_eq!(admin.unlink(&key("1")).await.unwrap(), None);
    admin.commit().await.unwrap();
    let after = fixture.account("1", "dee").await;
    assert_ne!(before.id, after.id);
    assert_eq!(after.username, name("dee-2"));
}

pub async fn an_identity_of_another_account_cannot_be_linked(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let mut admin = fixture.store.begin().await.unwrap();
    let anothers = LinkOutcome::LinkedToAnother { account: ada.id.clone(), username: ada.username.clone() };
    assert_eq!(admin.link(&key("2"), &dee.id, BY_ADMIN).await.unwrap(), anothers);
    assert_eq!(admin.link(&key("1"), &dee.id, BY_ADMIN).await.unwrap(), LinkOutcome::AlreadyLinked);
    assert_eq!(admin.link(&key("3"), &dee.id, BY_ADMIN).await.unwrap(), LinkOutcome::Linked { sessions_ended: 0 });
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.identities_of(&dee.id).await.unwrap().len(), 2);
    assert_eq!(fixture.store.identities_of(&ada.id).await.unwrap().len(), 1);
}

// C25
pub async fn linking_and_unlinking_end_the_sessions_of_the_account(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let session = async || {
        let mut login = fixture.store.begin().await.unwrap();
        let session = login
            .open_session(&fixture.signed_in(&dee, "1"), fixture.now() + HOUR, SessionOrigin::default())
            .await
            .unwrap();
        login.commit().await.unwrap();
        session
    };
    let before = session().await;
    let mut admin = fixture.store.begin().await.unwrap();
    admin.link(&key("2"), &dee.id, BY_ADMIN).await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.live_session(before, fixture.now()).await.unwrap(), None);
    let between = session().await;
    assert!(fixture.store.live_session(between, fixture.now()).await.unwrap().is_some());
    let mut admin = fixture.store.begin().await.unwrap();
    admin.unlink(&key("2")).await.unwrap();
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.live_session(between, fixture.now()).await.unwrap(), None);
}

pub async fn a_rename_to_a_taken_name_is_refused(fixture: &Fixture) {
    let (dee, _) = (fixture.account("1", "dee").await, fixture.account("2", "Ada").await);
    let mut admin = fixture.store.begin().await.unwrap();
    assert_eq!(admin.rename(&dee.id, &name("ADA")).await.unwrap(), RenameOutcome::Taken { by: name("Ada") });
    assert_eq!(admin.rename(&dee.id, &name("DEE")).await.unwrap(), RenameOutcome::Renamed);
    assert_eq!(admin.account_by_name(&name("dee")).await.unwrap().unwrap().username, name("DEE"));
    assert_eq!(admin.rename(&dee.id, &name("eve")).await.unwrap(), RenameOutcome::Renamed);
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.account_by_name(&name("dee")).await.unwrap(), None);
}

pub async fn groups_are_added_and_removed(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let mut admin = fixture.store.begin().await.unwrap();
    assert!(admin.add_to_group(&dee.id, &"staff".into()).await.unwrap());
    assert!(admin.add_to_group(&dee.id, &"chess".into()).await.unwrap());
    assert!(!admin.add_to_group(&dee.id, &"staff".into()).await.unwrap());
    let groups = admin.account_by_identity(&key("1")).await.unwrap().unwrap().groups;
    assert_eq!(groups, BTreeSet::from(["chess".into(), "staff".into()]));
    assert!(admin.remove_from_group(&dee.id, &"chess".into()).await.unwrap());
    assert!(!admin.remove_from_group(&dee.id, &"chess".into()).await.unwrap());
    admin.commit().await.unwrap();
    let groups = fixture.store.account(&dee.id).await.unwrap().unwrap().groups;
    assert_eq!(groups, BTreeSet::from(["staff".into()]));
}

pub async fn accounts_are_listed_by_name_page_by_page(fixture: &Fixture) {
    for (subject, wished) in [("1", "Cy"), ("2", "ada"), ("3", "Bo")] {
        let account = fixture.account(subject, wished).await;
        let mut admin = fixture.store.begin().await.unwrap();
        admin.add_to_group(&account.id, &"x".into()).await.unwrap();
        admin.add_to_group(&account.id, &"y".into()).await.unwrap();
        admin.commit().await.unwrap();
    }
    let first = fixture.store.accounts(&AccountQuery { after: String::new(), limit: 2 }).await.unwrap();
    let names: Vec<_> = first.iter().map(|account| account.username.as_str()).collect();
    assert_eq!(names, ["ada", "Bo"]);
    assert!(first.iter().all(|account| account.groups.len() == 2));
    let rest = AccountQuery { after: first[1].username.folded(), limit: 2 };
    assert_eq!(fixture.store.accounts(&rest).await.unwrap()[0].username, name("Cy"));
}

// C21, C25
pub async fn an_identity_whose_subject_something_else_gave_signs_nobody_in(fixture: &Fixture) {
    let enter = async |subject_source| {
        let login = Login { subject_source, ..fixture.login() };
        let rules = Rules { new_account: Some(name("dee")), ..Rules::default() };
        Login { rules, ..login }.end(&fixture.store).await.0
    };
    let granted = Outcome::Granted(name("dee"), BTreeSet::new());
    let refused = Outcome::OtherSubjectSource("id".to_owned());
    // The second login of a kind ends in the single statement, and the third one has the account in the cache.
    for _ in 0..3 {
        assert_eq!(enter("id").await, granted);
    }
    for _ in 0..3 {
        assert_eq!(enter("uid").await, refused);
    }
    assert_eq!(enter("id").await, granted);
    let counted = fixture.store.count_by_issuer().await.unwrap();
    assert_eq!((counted.len(), counted[0].subject_source.as_deref()), (1, Some("id")));

    // An admin says that it is the same person.
    let mut admin = fixture.store.begin().await.unwrap();
    let dee = admin.account_by_identity(&key("1")).await.unwrap().unwrap();
    let link = NewLink { subject_source: Some("uid"), ..BY_ADMIN };
    let LinkOutcome::SourceReplaced { sessions_ended: 4 } = admin.link(&key("1"), &dee.id, link).await.unwrap() else {
        panic!("each login opened a session");
    };
    assert_eq!(admin.link(&key("1"), &dee.id, link).await.unwrap(), LinkOutcome::AlreadyLinked);
    admin.commit().await.unwrap();
    let refused = Outcome::OtherSubjectSource("uid".to_owned());
    assert_eq!(enter("id").await, refused, "the digest of the last login stands for the former source");
    assert_eq!(enter("uid").await, granted);
    assert_eq!(enter("id").await, refused);
}

// C21: during a rolling update, an older instance compares the source itself, and its digest is only of the profile
pub async fn a_digest_of_an_older_version_stands_for_no_source(fixture: &Fixture) {
    let login = |subject_source| Login { subject_source, ..fixture.login() };
    fixture.account("1", "dee").await;
    login("id").enter(&fixture.store).await.unwrap();
    let of_profile = sha256(b"{}").into_iter().take(16).map(|byte| format!("{byte:02x}"));
    let of_profile: String = of_profile.collect();
    let literal = match fixture.database {
        Database::Sqlite { .. } => format!("x'{of_profile}'"),
        Database::Postgres(_) => format!("decode('{of_profile}', 'hex')"),
    };
    let older_login = format!("UPDATE identity SET profile_digest = {literal}");
    for _ in 0..2 {
        fixture.run_sql(&older_login).await;
        assert!(login("uid").enter(&fixture.store).await.is_none());
        assert!(login("id").enter(&fixture.store).await.is_some());
    }
}

// C21
pub async fn an_identity_of_unknown_source_takes_that_of_its_next_login(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let login = |subject_source| Login { subject_source, ..fixture.login() };
    assert!(login("id").enter(&fixture.store).await.is_some());
    assert!(login("uid").enter(&fixture.store).await.is_none());

    // An admin may say it before.
    let ada = fixture.account("2", "ada").await;
    let mut admin = fixture.store.begin().await.unwrap();
    let link = NewLink { subject_source: Some("id"), ..BY_ADMIN };
    let confirmed = admin.link(&key("2"), &ada.id, link).await.unwrap();
    assert_eq!(confirmed, LinkOutcome::SourceReplaced { sessions_ended: 0 });
    admin.commit().await.unwrap();
    let login = |subject_source| Login { subject_source, identity: key("2"), ..fixture.login() };
    assert!(login("uid").enter(&fixture.store).await.is_none());
    assert!(login("id").enter(&fixture.store).await.is_some());
}

pub async fn identities_of_a_provider_are_listed_by_issuer(fixture: &Fixture) {
    let uni = "uni".parse().unwrap();
    for (subject, wished) in [("1", "dee"), ("2", "ada")] {
        fixture.account(subject, wished).await;
    }
    let mut login = fixture.store.begin().await.unwrap();
    login.provision(&key_at("urn:other", "1"), &name("ben"), FOUNDING).await.unwrap();
    login.commit().await.unwrap();
    assert_eq!(fixture.store.identities_at(&uni, None, None, 2).await.unwrap().len(), 2);
    assert_eq!(fixture.store.identities_at(&uni, None, None, 9).await.unwrap().len(), 3);
    let other = fixture.store.identities_at(&uni, Some(&"urn:other".into()), None, 9).await.unwrap();
    assert_eq!(other, [key_at("urn:other", "1")]);
    Login { subject_source: "uid", ..fixture.login() }.enter(&fixture.store).await.unwrap();
    let other = fixture.store.identities_at(&uni, None, Some("uid"), 9).await.unwrap();
    assert_eq!(other, [key("1")]);
    assert_eq!(fixture.store.identities_at(&uni, Some(&ISSUER.into()), Some("uid"), 9).await.unwrap(), [key("1")]);
    assert_eq!(fixture.store.identities_at(&uni, Some(&ISSUER.into()), Some("id"), 9).await.unwrap(), []);
}

// C21: the first logins of two people, at two instances with different configs
pub async fn of_two_first_logins_by_different_sources_one_is_refused(fixture: &Fixture) {
    let other_instance = fixture.reopen().await;
    for round in 0..10 {
        let login = |subject_source, who: &str| {
            let rules = Rules { new_account: Some(name(&format!("{who}{round}"))), ..Rules::default() };
            Login { subject_source, rules, identity: key(&format!("s{round}")), ..fixture.login() }
        };
        let (ann, bea) = (login("id", "ann"), login("uid", "bea"));
        let (one, other) = tokio::join!(ann.end(&fixture.store), bea.end(&other_instance));
        let refused = [one.0, other.0].iter().filter(|end| matches!(end, Outcome::OtherSubjectSource(_))).count();
        assert_eq!(refused, 1, "round {round}");
    }
}
