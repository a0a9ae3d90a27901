//! The audit: rows, counts, and reference codes.

use vestibule::base::ids::ReferenceCode;
use vestibule::store::{AuditDetail, AuditEntry, AuditQuery, AuditRow, Event};

use super::{Fixture, MINUTE};

fn refusal(fixture: &Fixture, network: &str) -> AuditEntry {
    AuditEntry {
        app: Some("galene".parse().unwrap()),
        provider: Some("uni".parse().unwrap()),
        cause: Some("not_permitted".into()),
        detail: Some("needs group staff; has none".into()),
        code: Some(ReferenceCode::fresh()),
        network: Some(network.into()),
        ..AuditEntry::new(fixture.now(), Event::Refused)
    }
}

async fn all(fixture: &Fixture) -> Vec<AuditRow> {
    fixture.store.audit_list(&AuditQuery { limit: 1_000, ..AuditQuery::default() }).await.unwrap()
}

pub async fn each_sign_in_leaves_an_audit_row(fixture: &Fixture) {
    let entry = AuditEntry { app: Some("notes".parse().unwrap()), ..AuditEntry::new(fixture.now(), Event::SignedIn) };
    fixture.store.audit(&entry).await.unwrap();
    fixture.store.audit(&entry).await.unwrap();
    let rows = all(fixture).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.entry == entry && row.count == 1));
}

pub async fn repeated_refusals_share_one_row_a_minute(fixture: &Fixture) {
    let mut codes = Vec::new();
    for _ in 0..25 {
        let entry = refusal(fixture, "192.0.2.0/24");
        fixture.store.audit(&entry).await.unwrap();
        codes.extend(entry.code);
    }
    let rows = all(fixture).await;
    assert_eq!((rows.len(), rows[0].count), (1, 25));
    for code in &codes[..20] {
        assert_eq!(fixture.store.explain(code).await.unwrap().unwrap().row.count, 25);
    }
    assert_eq!(fixture.store.explain(&codes[20]).await.unwrap(), None);

    fixture.advance_clock(MINUTE);
    fixture.store.audit(&refusal(fixture, "192.0.2.0/24")).await.unwrap();
    assert_eq!(all(fixture).await.len(), 2);
}

pub async fn coalesced_refusals_are_added_to_the_row_of_their_kind(fixture: &Fixture) {
    let first = refusal(fixture, "192.0.2.0/24");
    fixture.store.audit(&first).await.unwrap();
    let last = AuditEntry { code: None, at: first.at + time::Duration::microseconds(5), ..first.clone() };
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.audit_times(&last, 40).await.unwrap();
    transaction.audit_times(&AuditEntry { code: None, ..first.clone() }, 2).await.unwrap();
    transaction.commit().await.unwrap();
    let rows = all(fixture).await;
    assert_eq!((rows.len(), rows[0].count), (1, 43));
    assert_eq!((rows[0].entry.at, rows[0].last_at), (first.at, last.at));
}

pub async fn refusals_of_another_kind_get_another_row(fixture: &Fixture) {
    let first = refusal(fixture, "192.0.2.0/24");
    let other_cause = AuditEntry { cause: Some("provider_denied".into()), ..first.clone() };
    let other_app = AuditEntry { app: None, ..first.clone() };
    for entry in [&first, &other_cause, &other_app, &refusal(fixture, "198.51.100.0/24")] {
        fixture.store.audit(entry).await.unwrap();
    }
    assert_eq!(all(fixture).await.len(), 4);
}

pub async fn a_reference_code_is_explained_with_its_own_facts(fixture: &Fixture) {
    let first = refusal(fixture, "192.0.2.0/24");
    let second = AuditEntry {
        detail: Some("needs group op; has staff".into()),
        code: Some(ReferenceCode::fresh()),
        ..first.clone()
    };
    fixture.store.audit(&first).await.unwrap();
    fixture.store.audit(&second).await.unwrap();
    let explained = fixture.store.explain(second.code.as_ref().unwrap()).await.unwrap().unwrap();
    assert_eq!(explained.detail.as_deref(), second.detail.as_deref());
    assert_eq!((explained.at, explained.row.count), (fixture.now(), 2));
    assert_eq!(explained.row.entry, AuditEntry { code: None, ..first });
    assert_eq!(fixture.store.explain(&ReferenceCode::fresh()).await.unwrap(), None);
}

pub async fn the_audit_of_one_account_is_listed_newest_first(fixture: &Fixture) {
    let dee = fixture.account("1", "dee").await;
    for event in [Event::AccountDisabled, Event::AccountEnabled, Event::SignedIn] {
        let entry = AuditEntry { account: Some(dee.id.clone()), ..AuditEntry::new(fixture.now(), event) };
        fixture.store.audit(&entry).await.unwrap();
        fixture.store.audit(&AuditEntry::new(fixture.now(), event)).await.unwrap();
    }
    let mut query = AuditQuery { account: Some(dee.id), limit: 2, ..AuditQuery::default() };
    let rows = fixture.store.audit_list(&query).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.entry.event).collect::<Vec<_>>(), [Event::SignedIn, Event::AccountEnabled]);
    query.before = Some(rows[1].id);
    assert_eq!(fixture.store.audit_list(&query).await.unwrap()[0].entry.event, Event::AccountDisabled);
}

pub async fn control_characters_in_an_audit_detail_are_removed(fixture: &Fixture) {
    let said = format!("said \0\u{1b}[31m\nno\u{202e} {}", "x".repeat(9_000));
    let detail = Some(AuditDetail::new().personal("said", said));
    fixture.store.audit(&AuditEntry { detail, ..AuditEntry::new(fixture.now(), Event::Refused) }).await.unwrap();
    let kept = all(fixture).await.remove(0).entry.detail.unwrap();
    assert!(kept.starts_with("said [31mno xxx") && kept.len() <= 2_000);
}
