//! The search of accounts: which texts find them, and that each change of an account changes what finds it.

use vestibule::accounts::{AccountRef, Actor};
use vestibule::admin::{Admin, AdminError, Matched, SearchPage};
use vestibule::signin::account::{Account, Email, Profile};

use super::{BY_ADMIN, Fixture, HOUR, Login, Rules, key, key_at, name};

fn profile(name: &str, address: &str) -> Profile {
    let email = (!address.is_empty()).then(|| Email { address: address.to_owned(), verified: true });
    Profile { name: Some(name.to_owned()).filter(|name| !name.is_empty()), email, ..Profile::default() }
}

impl Fixture {
    pub fn admin(&self) -> Admin {
        Admin::new(self.store.clone(), self.clock())
    }

    async fn page(&self, text: &str) -> SearchPage {
        self.admin().search(text, None, 50).await.unwrap()
    }

    /// The usernames that a text finds.
    async fn found(&self, text: &str) -> Vec<String> {
        self.page(text).await.accounts.iter().map(|account| account.username.to_string()).collect()
    }

    async fn signs_in(&self, subject: &str, username: &str, profile: Profile) -> Account {
        let rules = Rules { new_account: Some(name(username)), ..Rules::default() };
        let login = Login { identity: key(subject), profile, rules, ..self.login() };
        login.enter(&self.store).await.unwrap();
        self.store.account_by_identity(&key(subject)).await.unwrap().unwrap()
    }
}

pub async fn an_account_is_found_by_the_beginning_of_its_names_and_addresses(fixture: &Fixture) {
    let maria = fixture.signs_in("1", "mg", profile("María Garcia Müller", "M.Garcia@Example.org")).await;
    fixture.signs_in("2", "Straße", profile("100% O'Neil_\\", "\u{10ffff}@example.com")).await;
    for text in
        ["mg", "M", "maría g", "GARCIA  MU\u{308}LLER", "müller, mar", "m.garcia@", "@example.org", "@EXAMPLE.o"]
    {
        assert!(fixture.found(text).await.contains(&"mg".to_owned()), "{text}");
    }
    assert_eq!(fixture.found("strasse").await, ["Straße"]);
    assert_eq!(fixture.found("@example").await, ["Straße", "mg"]);
    assert_eq!(fixture.found("\u{10ffff}").await, ["Straße"]);
    assert_eq!(fixture.found("o'neil_\\").await, ["Straße"]);
    // Characters of LIKE and of SQL are letters like others.
    for text in
        ["%", "_g", "m%", "m_", "arcia", "mgx", "garcia maria", "' OR 1=1 --", "maria", "*", "\u{10ffff}\u{10ffff}"]
    {
        assert_eq!(fixture.found(text).await, [""; 0], "{text}");
    }
    assert_eq!(fixture.found("100%").await, ["Straße"]);
    let found = fixture.page("garcia").await;
    let [account] = found.accounts.as_slice() else { panic!("{found:?}") };
    assert_eq!((&account.id, account.disabled, found.complete, found.next), (&maria.id, false, true, None));
    assert_eq!(account.matched, Matched::Term { term: "garcia müller maría".to_owned() });
    assert_eq!(account.last_sign_in, Some(fixture.now().date().to_string()));
    let known = (account.name.as_deref(), account.email.as_deref());
    assert_eq!(known, (Some("María Garcia Müller"), Some("M.Garcia@Example.org")));
    let empty = fixture.admin().search(" ,", None, 50).await;
    assert!(matches!(empty, Err(AdminError::EmptySearch)), "{empty:?}");
}

pub async fn an_account_is_found_by_its_id_and_by_a_subject_at_any_issuer(fixture: &Fixture) {
    let dee = fixture.account("u:1", "dee").await;
    let mut admin = fixture.store.begin().await.unwrap();
    for issuer in ["https://a.example.org", "https://z.example.org"] {
        let ann = admin.make_account(&name(&issuer[8..9])).await.unwrap().unwrap();
        admin.link(&key_at(issuer, "u:1"), &ann.id, BY_ADMIN).await.unwrap();
    }
    // This name has the form of a subject.
    admin.make_account(&name("uni:U:1")).await.unwrap().unwrap();
    admin.commit().await.unwrap();
    let by_id = fixture.page(&dee.id.as_str().to_uppercase()).await;
    assert_eq!((by_id.accounts[0].username.as_str(), &by_id.accounts[0].matched), ("dee", &Matched::Id));
    let by_subject = fixture.page("uni:u:1").await;
    let mut found: Vec<_> = by_subject.accounts.iter().map(|account| account.username.as_str()).collect();
    found.sort_unstable();
    assert_eq!(found, ["a", "dee", "uni:U:1", "z"]);
    assert_eq!(by_subject.accounts[0].matched, Matched::Subject);
    for text in ["uni:u", "other:u:1", "uni:", ":", "uni:u:1x"] {
        let exact = fixture.page(text).await.accounts.into_iter().filter(|it| it.matched == Matched::Subject);
        assert_eq!(exact.count(), 0, "{text}");
    }
}

pub async fn search_pages_continue_after_the_last_term_and_name_an_account_once(fixture: &Fixture) {
    for number in 0..7 {
        let (subject, username) = (number.to_string(), format!("anna-{number}"));
        fixture.signs_in(&subject, &username, profile("Anna Annasdottir", &format!("anna-{number}@example.org"))).await;
    }
    let first = fixture.page("anna").await;
    assert_eq!((first.accounts.len(), first.next), (7, None));
    let (mut pages, mut after, mut seen) = (0, None, std::collections::BTreeSet::new());
    loop {
        let page = fixture.admin().search("ANNA", after.as_deref(), 5).await.unwrap();
        let ids: std::collections::BTreeSet<_> = page.accounts.iter().map(|account| account.id.clone()).collect();
        assert_eq!(ids.len(), page.accounts.len());
        assert!(!ids.is_empty());
        seen.extend(ids);
        pages += 1;
        after = page.next;
        if after.is_none() {
            break;
        }
        let other = fixture.admin().search("bert", after.as_deref(), 5).await;
        assert!(matches!(other, Err(AdminError::CursorOfAnotherSearch)), "{other:?}");
    }
    // Each account has the terms anna-N, anna-N@…, "anna annasdottir" and "annasdottir anna".
    assert_eq!((pages, seen.len()), (6, 7));
    let broken = fixture.admin().search("anna", Some("x"), 5).await;
    assert!(matches!(broken, Err(AdminError::CursorOfAnotherSearch)), "{broken:?}");
}

pub async fn what_finds_an_account_follows_each_change_of_it(fixture: &Fixture) {
    let (accounts, root) = (fixture.accounts(), Actor::Operator { user: "root".to_owned() });
    let dee = fixture.signs_in("1", "dee", profile("Dee Dean", "dee@example.org")).await;
    let by_id = AccountRef::Id(dee.id.clone());
    // Logins with another profile, and with less of it.
    fixture.signs_in("1", "dee", profile("Deborah Dean", "deb@example.com")).await;
    for (text, count) in [("dee dean", 0), ("dean d", 1), ("dee@", 0), ("@example.org", 0), ("deb@", 1), ("dee", 1)] {
        assert_eq!(fixture.found(text).await.len(), count, "{text}");
    }
    fixture.signs_in("1", "dee", profile("Deborah Dean", "")).await;
    assert_eq!(fixture.found("deb@").await, [""; 0]);

    accounts.rename(&root, &by_id, &name("debbie")).await.unwrap();
    assert_eq!((fixture.found("dee").await, fixture.found("debbie").await), (vec![], vec!["debbie".to_owned()]));

    // A second identity, whose name is partly the same.
    let mut admin = fixture.store.begin().await.unwrap();
    admin.link(&key("2"), &dee.id, BY_ADMIN).await.unwrap();
    admin.commit().await.unwrap();
    fixture.signs_in("2", "-", profile("Dean Deborah", "second@example.net")).await;
    assert_eq!(fixture.found("second@").await, ["debbie"]);
    // Its owner removes it; an admin links it again, and unlinks it.
    let first = Login { profile: profile("Deborah Dean", ""), ..fixture.login() };
    let session = first.enter(&fixture.store).await;
    fixture.remove_method(session, &dee.id, "2", &[]).await.unwrap();
    assert_eq!(fixture.found("second@").await, [""; 0]);
    let mut admin = fixture.store.begin().await.unwrap();
    admin.link(&key("2"), &dee.id, BY_ADMIN).await.unwrap();
    admin.commit().await.unwrap();
    fixture.signs_in("2", "-", profile("Dean Deborah", "second@example.net")).await;
    accounts.unlink(&root, &key("2")).await.unwrap();
    assert_eq!((fixture.found("second@").await, fixture.found("dean").await), (vec![], vec!["debbie".to_owned()]));
    accounts.unlink(&root, &key("1")).await.unwrap();
    assert_eq!((fixture.found("dean").await, fixture.found("debbie").await), (vec![], vec!["debbie".to_owned()]));

    accounts.remove(&root, &by_id).await.unwrap();
    assert_eq!(fixture.found("debbie").await, [""; 0]);
    fixture.run_sql("INSERT INTO search_terms (term, account) SELECT 'x', id FROM account").await;
    assert_eq!(fixture.found("x").await, [""; 0], "no account is left");
}

pub async fn accounts_of_an_older_version_get_their_terms_in_steps(fixture: &Fixture) {
    fixture.signs_in("1", "dee", profile("Dee Dean", "dee@example.org")).await;
    let mut admin = fixture.store.begin().await.unwrap();
    for number in 0..450 {
        admin.make_account(&name(&format!("person-{number:03}"))).await.unwrap().unwrap();
    }
    admin.commit().await.unwrap();
    let before = fixture.admin().search("person", None, 1_000).await.unwrap();
    assert_eq!((before.accounts.len(), before.complete), (450, true));
    fixture.run_sql("DELETE FROM search_terms").await;
    fixture.run_sql("UPDATE account SET has_search_terms = 0").await;

    // Each step is done for good, and a restart begins anew.
    for left in [251, 51, 0] {
        assert!(!fixture.page("dee").await.complete);
        let last = fixture.store.write_missing_search_terms("").await.unwrap();
        assert!(last.is_some());
        let found = fixture.admin().search("person", None, 1_000).await.unwrap().accounts.len();
        let dee = fixture.found("dee").await.len();
        assert_eq!(found + dee, 451 - left);
    }
    assert_eq!(fixture.store.write_missing_search_terms("").await.unwrap(), None);
    assert_eq!(fixture.admin().search("person", None, 1_000).await.unwrap(), before);
    assert_eq!(
        (fixture.found("dean dee").await, fixture.found("@example").await),
        (vec!["dee".into()], vec!["dee".into()])
    );
}

pub async fn simultaneous_profile_changes_of_one_account_leave_the_terms_of_both(fixture: &Fixture) {
    let dee = fixture.signs_in("1", "dee", profile("A", "a@example.org")).await;
    let mut admin = fixture.store.begin().await.unwrap();
    admin.link(&key("2"), &dee.id, BY_ADMIN).await.unwrap();
    admin.commit().await.unwrap();
    let stores = [fixture.store.clone(), fixture.reopen().await];
    // Each round, both identities get the address that the other one had.
    for round in 0..20 {
        let mut tasks = tokio::task::JoinSet::new();
        for (number, store) in stores.clone().into_iter().enumerate() {
            let address = ["a@example.org", "b@example.org"][(round + number) % 2];
            let identity = key(["1", "2"][number]);
            let login = Login { identity, profile: profile("", address), ..fixture.login() };
            tasks.spawn(async move { login.enter(&store).await.is_some() });
        }
        assert_eq!(tasks.join_all().await, [true; 2]);
        for text in ["a@example.org", "b@example.org"] {
            assert_eq!(fixture.found(text).await, ["dee"], "round {round}: {text}");
        }
        fixture.advance_clock(HOUR);
    }
}

pub async fn an_account_is_found_by_an_address_that_an_admin_gave_it(fixture: &Fixture) {
    let (accounts, root) = (fixture.accounts(), Actor::Operator { user: "root".to_owned() });
    fixture.account("1", "dee").await;
    let (dee, address) = (AccountRef::Name(name("dee")), "D.Bell@example.edu".parse().unwrap());
    accounts.add_address(&root, &dee, &address).await.unwrap();
    assert_eq!(fixture.found("d.bell@").await, ["dee"]);
    assert_eq!(fixture.found("@example.edu").await, ["dee"]);
    accounts.remove_address(&root, &dee, &address).await.unwrap();
    assert_eq!(fixture.found("d.bell@").await, [""; 0]);
}
