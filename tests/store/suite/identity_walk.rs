//! Identities by what they are: the filters, and a walk that reads a bounded number of rows.

use vestibule::accounts::{AccountRef, Actor, IfMissing};
use vestibule::signin::identify::IdentityKey;
use vestibule::signin::link::LinkProof;
use vestibule::store::{IdentityFilter, IdentityWalk, MAX_READ};

use super::{Fixture, Login, Rules, key, name};

fn at(provider: &str, subject: &str) -> IdentityKey {
    IdentityKey { provider: provider.parse().unwrap(), ..key(subject) }
}

async fn walk(fixture: &Fixture, filter: &IdentityFilter, after: Option<&IdentityKey>) -> IdentityWalk {
    fixture.store.walk_identities(filter, after, 50).await.unwrap()
}

fn subjects(walk: &IdentityWalk) -> Vec<&str> {
    walk.found.iter().map(|identity| identity.key.subject.as_str()).collect()
}

pub async fn identities_are_found_by_provider_proof_last_use_and_being_the_only_way(fixture: &Fixture) {
    let root = Actor::Operator { user: "root".to_owned() };
    for subject in ["1", "2"] {
        let rules = Rules { new_account: Some(name(&format!("dee{subject}"))), ..Rules::default() };
        let login = Login { identity: key(subject), rules, ..fixture.login() };
        login.enter(&fixture.store).await.unwrap();
    }
    let accounts = vestibule::accounts::Accounts::new(fixture.store.clone(), fixture.clock());
    let dee = AccountRef::Name(name("dee1"));
    accounts.link(&root, (&at("lab", "3"), "sub"), &dee, IfMissing::Refuse).await.unwrap();
    let all = IdentityFilter::default();
    let found = walk(fixture, &all, None).await;
    assert_eq!((subjects(&found), &found.next, found.stopped), (vec!["3", "1", "2"], &None, false));
    assert_eq!(found.found[1].username, name("dee1"));
    let today = fixture.now().date();
    let filters = [
        (IdentityFilter { provider: Some("lab".parse().unwrap()), ..all.clone() }, vec!["3"]),
        (IdentityFilter { provider: Some("gone".parse().unwrap()), ..all.clone() }, vec![]),
        (IdentityFilter { proof: Some(LinkProof::Admin), ..all.clone() }, vec!["3"]),
        (IdentityFilter { proof: Some(LinkProof::Founding), ..all.clone() }, vec!["1", "2"]),
        // Nobody has used the third one.
        (IdentityFilter { unused_since: Some(today), ..all.clone() }, vec!["3"]),
        (IdentityFilter { unused_since: today.next_day(), ..all.clone() }, vec!["3", "1", "2"]),
        (IdentityFilter { only_way: true, ..all.clone() }, vec!["2"]),
        (IdentityFilter { only_way: true, proof: Some(LinkProof::Admin), ..all.clone() }, vec![]),
    ];
    for (filter, expected) in filters {
        assert_eq!(subjects(&walk(fixture, &filter, None).await), expected, "{filter:?}");
    }
}

pub async fn a_walk_along_the_identities_stops_after_so_many_rows_and_goes_on_without_a_gap(fixture: &Fixture) {
    fixture.account("1", "dee").await;
    let more = MAX_READ + 100;
    // Their providers sort before the last one.
    fixture
        .run_sql(&format!(
            "INSERT INTO identity (provider, issuer, subject, account_id, created_at, proof) \
             WITH RECURSIVE numbers (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM numbers WHERE x < {more}) \
             SELECT 'a' || CAST(x AS TEXT), issuer, subject, account_id, created_at, 'before' FROM identity, numbers"
        ))
        .await;
    let (mut after, mut seen, mut pages) = (None, Vec::new(), 0);
    loop {
        let page = walk(fixture, &IdentityFilter::default(), after.as_ref()).await;
        assert!(page.found.len() == 50 || page.next.is_none());
        assert!(!page.stopped);
        seen.extend(page.found.into_iter().map(|identity| identity.key));
        pages += 1;
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert_eq!((seen.len(), pages), (more as usize + 1, 43));
    assert_eq!(seen.iter().map(IdentityKey::tag).collect::<std::collections::BTreeSet<_>>().len(), seen.len());
    // A rare one is not found within one walk.
    let rare = IdentityFilter { proof: Some(LinkProof::Founding), ..IdentityFilter::default() };
    let first = walk(fixture, &rare, None).await;
    assert_eq!((first.found.len(), first.stopped), (0, true));
    assert_eq!(first.next.as_ref(), Some(&seen[MAX_READ as usize - 1]));
    let second = walk(fixture, &rare, first.next.as_ref()).await;
    assert_eq!((subjects(&second), &second.next, second.stopped), (vec!["1"], &None, false));
}
