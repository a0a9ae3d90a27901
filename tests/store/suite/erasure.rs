//! An account's personal values are erased from the audit log; the rows and the digests of the values stay.

use vestibule::accounts::{AccountError, AccountRef, Actor};
use vestibule::base::ids::{AccountId, ReferenceCode};
use vestibule::store::{AuditDetail, AuditEntry, AuditQuery, Event};

use super::Fixture;

fn refusal(fixture: &Fixture, account: &AccountId, cause: &str) -> AuditEntry {
    AuditEntry {
        account: Some(account.clone()),
        cause: Some(cause.to_owned()),
        detail: Some(AuditDetail::new().personal("said", "dee").text("; fix")),
        code: Some(ReferenceCode::fresh()),
        ..AuditEntry::new(fixture.now(), Event::Refused)
    }
}

/// The details, oldest first.
async fn details(fixture: &Fixture) -> Vec<String> {
    let rows = fixture.store.audit_list(&AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap();
    rows.into_iter().rev().map(|row| row.entry.detail.map_or_else(String::new, |detail| detail.to_string())).collect()
}

pub async fn an_erased_account_loses_its_personal_values_and_keeps_its_rows(fixture: &Fixture) {
    let (dee, eve) = (fixture.account("1", "dee").await, fixture.account("2", "eve").await);
    let by_dee = AuditEntry { actor_account: Some(dee.id.clone()), ..refusal(fixture, &eve.id, "by dee") };
    let of_dee = refusal(fixture, &dee.id, "of dee");
    let old = refusal(fixture, &dee.id, "of dee");
    for entry in [&of_dee, &by_dee, &refusal(fixture, &eve.id, "of eve"), &old] {
        fixture.store.audit(entry).await.unwrap();
    }
    // As an older version wrote them: the whole text is one column.
    let insert = "INSERT INTO audit (first_at, last_at, event, account_id, detail) VALUES (1, 1, 'signed_in',";
    fixture.run_sql(&format!("{insert} '{}', 'dee {{said}}')", dee.id)).await;
    fixture.run_sql(&format!("{insert} '{}', 'eve {{said}}')", eve.id)).await;
    let update = "UPDATE reference_code SET personal = NULL, personal_digest = NULL, detail = 'dee' WHERE code =";
    fixture.run_sql(&format!("{update} '{}'", old.code.as_ref().unwrap().as_str())).await;
    assert_eq!(details(fixture).await, ["dee; fix", "dee; fix", "dee; fix", "dee {said}", "eve {said}"]);

    let root = Actor::Operator { user: "root".to_owned() };
    let by_id = AccountRef::Id(dee.id.clone());
    let erased = fixture.accounts().erase(&root, &by_id).await.unwrap();
    assert_eq!((erased.rows_erased, erased.identities, erased.username), (3, 1, Some(dee.username)));
    let row = "1 identity and 0 sessions removed with it; personal values erased in 3 rows";
    assert_eq!(details(fixture).await, ["(erased); fix", "(erased); fix", "dee; fix", "", "eve {said}", row]);
    for (entry, expected) in [(&of_dee, Some("(erased); fix")), (&by_dee, Some("(erased); fix")), (&old, None)] {
        let explained = fixture.store.explain(entry.code.as_ref().unwrap()).await.unwrap().unwrap();
        assert_eq!(explained.detail.as_deref(), expected);
    }
    // Only the rows of older versions have no digest.
    fixture.run_sql("DELETE FROM audit WHERE personal_digest IS NOT NULL").await;
    assert_eq!(details(fixture).await, ["", "eve {said}"]);

    let again = fixture.accounts().erase(&root, &by_id).await;
    assert!(matches!(again, Err(AccountError::NoSuchAccount(_))), "{again:?}");
}

/// Refusals are written some time after they were counted.
pub async fn a_refusal_of_an_erased_account_brings_no_personal_value_back(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let refusal = refusal(fixture, &dee.id, "late");
    let root = Actor::Operator { user: "root".to_owned() };
    fixture.accounts().erase(&root, &AccountRef::Id(dee.id)).await.unwrap();
    fixture.store.audit(&refusal).await.unwrap();
    assert_eq!(details(fixture).await.last().unwrap(), "(erased); fix");
    let explained = fixture.store.explain(refusal.code.as_ref().unwrap()).await.unwrap().unwrap();
    assert_eq!(explained.detail.as_deref(), Some("(erased); fix"));
}

pub async fn an_account_that_was_removed_before_is_erased_by_its_id(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    let (root, by_id) = (Actor::Operator { user: "root".to_owned() }, AccountRef::Id(dee.id));
    fixture.accounts().remove(&root, &by_id).await.unwrap();
    let erased = fixture.accounts().erase(&root, &by_id).await.unwrap();
    assert_eq!((erased.rows_erased, erased.username), (1, None));
    let expected = [
        "(erased); 1 identity and 0 sessions removed with it",
        "it was removed before; personal values erased in 1 row",
    ];
    assert_eq!(details(fixture).await, expected);
}
