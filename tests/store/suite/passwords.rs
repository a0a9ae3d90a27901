//! Local passwords: finding, changing, removing and counting them.

use vestibule::base::ids::{AccountId, Issuer};
use vestibule::store::{HashFilter, PasswordCount, SessionOrigin};

use super::{Fixture, HOUR, ISSUER, key, name};

impl Fixture {
    async fn set_password(&self, account: &AccountId, hash: &str) {
        let mut admin = self.store.begin().await.unwrap();
        admin.set_password(account, hash).await.unwrap();
        admin.commit().await.unwrap();
    }

    async fn hash_of(&self, account: &AccountId) -> Option<String> {
        self.store.password_of(account).await.unwrap().unwrap().hash
    }
}

pub async fn a_password_is_found_by_the_folded_name_of_its_account(fixture: &Fixture) {
    let dee = fixture.account("1", "Dee").await;
    let found = fixture.store.password_by_name("dee").await.unwrap().unwrap();
    assert_eq!((found.account, found.username, found.hash), (dee.id.clone(), name("Dee"), None));
    fixture.set_password(&dee.id, "$first").await;
    fixture.set_password(&dee.id, "$second").await;
    let found = fixture.store.password_by_name("dee").await.unwrap().unwrap();
    assert_eq!((found.account, found.hash.as_deref()), (dee.id.clone(), Some("$second")));
    assert_eq!(fixture.store.password_by_name("Dee").await.unwrap(), None, "the query expects the folded name");
    assert_eq!(fixture.store.password_by_name("").await.unwrap(), None);
    let mut admin = fixture.store.begin().await.unwrap();
    assert!(admin.remove_password(&dee.id).await.unwrap());
    assert!(!admin.remove_password(&dee.id).await.unwrap());
    admin.commit().await.unwrap();
    assert_eq!(fixture.hash_of(&dee.id).await, None);
}

pub async fn a_password_changed_meanwhile_is_not_overwritten(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    fixture.set_password(&dee.id, "$first").await;
    assert!(fixture.store.rehash(&dee.id, "$first", "$first anew").await.unwrap());
    assert!(!fixture.store.rehash(&dee.id, "$first", "$too late").await.unwrap());
    assert_eq!(fixture.hash_of(&dee.id).await.as_deref(), Some("$first anew"));
    // A rehash keeps the password's generation.
    let first = fixture.store.password_of(&dee.id).await.unwrap().unwrap().generation;
    let mut own = fixture.store.begin().await.unwrap();
    assert!(own.change_password(&dee.id, first, "$second").await.unwrap());
    assert!(!own.change_password(&dee.id, first, "$too late").await.unwrap());
    own.commit().await.unwrap();
    assert_eq!(fixture.hash_of(&dee.id).await.as_deref(), Some("$second"));
    let unknown = AccountId::fresh();
    assert!(!fixture.store.rehash(&unknown, "$second", "$of nobody").await.unwrap());
    let mut admin = fixture.store.begin().await.unwrap();
    assert!(admin.set_password(&unknown, "$of nobody").await.unwrap_err().is_conflict());
}

// C26
pub async fn a_removed_account_leaves_nothing_and_frees_its_name(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    fixture.set_password(&dee.id, "$hash").await;
    let mut admin = fixture.store.begin().await.unwrap();
    admin.add_to_group(&dee.id, &"staff".into()).await.unwrap();
    let session = admin
        .open_session(&fixture.signed_in(&dee, "1"), fixture.now() + HOUR, SessionOrigin::default())
        .await
        .unwrap();
    let hers = admin
        .open_session(&fixture.signed_in(&ada, "2"), fixture.now() + HOUR, SessionOrigin::default())
        .await
        .unwrap();
    admin.commit().await.unwrap();
    let mut admin = fixture.store.begin().await.unwrap();
    let removed = admin.remove_account(&dee.id).await.unwrap().unwrap();
    assert_eq!((removed.identities, removed.sessions), (1, 1));
    assert_eq!(admin.remove_account(&dee.id).await.unwrap(), None);
    admin.commit().await.unwrap();
    assert_eq!(fixture.store.account(&dee.id).await.unwrap(), None);
    assert_eq!(fixture.store.account_by_identity(&key("1")).await.unwrap(), None);
    assert_eq!(fixture.store.password_by_name("dee").await.unwrap(), None);
    assert_eq!(fixture.store.live_session(session, fixture.now()).await.unwrap(), None);
    assert!(fixture.store.live_session(hers, fixture.now()).await.unwrap().is_some());
    let again = fixture.account("1", "dee").await;
    assert_ne!(again.id, dee.id);
    assert_eq!((again.groups.len(), fixture.hash_of(&again.id).await), (0, None));
}

// C25
pub async fn all_sessions_of_an_account_end_except_the_current_one(fixture: &Fixture) {
    let (dee, ada) = (fixture.account("1", "dee").await, fixture.account("2", "ada").await);
    let mut login = fixture.store.begin().await.unwrap();
    let mut open = Vec::new();
    for (account, subject) in [(&dee, "1"), (&dee, "1"), (&dee, "1"), (&ada, "2")] {
        open.push(
            login
                .open_session(&fixture.signed_in(account, subject), fixture.now() + HOUR, SessionOrigin::default())
                .await
                .unwrap(),
        );
    }
    assert_eq!(login.end_other_sessions_of(&dee.id, open[1]).await.unwrap(), 2);
    login.commit().await.unwrap();
    let mut alive = Vec::new();
    for session in open {
        alive.push(fixture.store.live_session(session, fixture.now()).await.unwrap().is_some());
    }
    assert_eq!(alive, [false, true, false, true]);
}

pub async fn passwords_are_counted_by_their_hash_settings(fixture: &Fixture) {
    let keys = ["AAAA+/AA".to_owned(), "BBBBBBBB".to_owned()];
    let hashes = HashFilter { prefix: "$argon2id$v=19$m=8,t=1,p=1,keyid=AAAA+/AA$", keys: &keys };
    let count =
        async || fixture.store.count_passwords(&key("1").provider, &Issuer::from(ISSUER), hashes).await.unwrap();
    assert_eq!(count().await, PasswordCount { all: 0, matching: 0, other_keys: 0, unlinked: 0 });
    let made =
        ["m=8,t=1,p=1,keyid=AAAA+/AA", "m=9,t=1,p=1,keyid=BBBBBBBB", "m=8,t=1,p=1,keyid=CCCCCCCC", "m=8,t=1,p=1"];
    for (number, made) in made.into_iter().enumerate() {
        let account = fixture.account(&number.to_string(), "dee").await;
        fixture.set_password(&account.id, &format!("$argon2id$v=19${made}$salt$hash")).await;
    }
    let mut admin = fixture.store.begin().await.unwrap();
    let alone = admin.make_account(&name("alone")).await.unwrap().unwrap();
    admin.commit().await.unwrap();
    fixture.set_password(&alone.id, "$2b$12$…").await;
    assert_eq!(count().await, PasswordCount { all: 5, matching: 1, other_keys: 1, unlinked: 1 });
}
