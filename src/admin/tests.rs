//! Tests of account lists, and of listing, rotating and pushing signing keys.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::json;

use super::*;
use crate::accounts::Actor;
use crate::base::ids::KeyId;
use crate::base::secret::{MasterKey, Secret};
use crate::config::GaleneApi;
use crate::config::reader::ConfigSecret;
use crate::signer::rotation::{Rotation, Schedule};
use crate::signin::app::Room;
use crate::store::{AuditQuery, Database, Event};
use crate::upstream::galene::Galene;

struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    admin: Admin,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        let admin = Admin::new(store.clone(), Clock::system());
        Self { _folder: folder, store, admin }
    }
}

#[tokio::test]
async fn accounts_are_listed_a_page_at_a_time() {
    let fixture = Fixture::new().await;
    let mut transaction = fixture.store.begin().await.unwrap();
    for name in ["Cy", "ada", "Bo"] {
        transaction.make_account(&name.parse().unwrap()).await.unwrap();
    }
    transaction.commit().await.unwrap();
    let first = fixture.admin.accounts("", 2).await.unwrap();
    assert_eq!(first.accounts.iter().map(|it| it.username.as_str()).collect::<Vec<_>>(), ["ada", "Bo"]);
    let last = fixture.admin.accounts(&first.next.unwrap(), 2).await.unwrap();
    assert_eq!((last.accounts.len(), last.next), (1, None));
}

#[tokio::test]
async fn a_rotation_is_listed_exported_and_audited() {
    let fixture = Fixture::new().await;
    let (master, schedule) = (MasterKey::fresh(), Schedule::for_tokens_of(Duration::from_mins(1)));
    let root = Actor::Operator { user: "root".to_owned() };
    let rotate = |how| fixture.admin.rotate_keys(&root, &master, &schedule, how);
    assert!(matches!(rotate(Rotation::Now).await.unwrap(), RotatedKeys::Done { .. }));
    assert!(matches!(rotate(Rotation::Scheduled).await.unwrap(), RotatedKeys::Done { .. }));
    assert!(matches!(rotate(Rotation::Scheduled).await.unwrap(), RotatedKeys::InProgress { .. }));
    let listed = serde_json::to_value(fixture.admin.keys().await.unwrap()).unwrap();
    let mut phases: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["phase"].clone()).collect();
    phases.sort_by_key(ToString::to_string);
    assert_eq!(phases, [json!("active"), json!("published")]);
    assert_eq!(fixture.admin.export_galene().await.unwrap().matches("\"kid\"").count(), 2);
    let rows = fixture.store.audit_list(&AuditQuery { limit: 100, ..AuditQuery::default() }).await.unwrap();
    let entries: Vec<_> = rows.iter().map(|row| (row.entry.event, row.entry.actor.as_deref())).collect();
    assert_eq!(entries, [(Event::KeyPublished, Some("cli:root")); 2]);
    for detail in rows.iter().filter_map(|row| row.entry.detail.as_deref()) {
        assert!(detail.contains(" signs from ") && detail.ends_with(" UTC"), "{detail}");
    }
}

/// A Galène server that records the keys that it receives.
async fn galene(received: Arc<Mutex<Vec<String>>>) -> (GaleneApi, Galene) {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url: url::Url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let record = async move |keys: String| {
        received.lock().unwrap().push(keys);
        axum::http::StatusCode::NO_CONTENT
    };
    let router = axum::Router::new().fallback(record);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let password =
        ConfigSecret { value: Secret::new("secret".to_owned()), place: "app.galene_api.password".to_owned() };
    let (username, rooms) = ("root".to_owned(), vec![Room::parse("maths").unwrap()]);
    let api = GaleneApi { app: "galene".parse().unwrap(), url: url.clone(), username, password, rooms, ca: None };
    (api, Galene::new(url, None).unwrap())
}

// C54
#[tokio::test]
async fn the_audit_names_exactly_the_keys_that_are_pushed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
    let (admin, root) = (Admin::new(store.clone(), Clock::system()), Actor::Operator { user: "root".to_owned() });
    let (master, schedule) = (MasterKey::fresh(), Schedule::for_tokens_of(Duration::from_mins(1)));
    for how in [Rotation::Now, Rotation::Scheduled] {
        admin.rotate_keys(&root, &master, &schedule, how).await.unwrap();
    }
    let gone_at = store.keys().await.unwrap().iter().find_map(|key| key.gone_at).unwrap();
    // At the second reading of the clock, one of the keys has expired.
    let readings = AtomicU32::new(0);
    let clock = Clock::from_fn(move || match readings.fetch_add(1, Ordering::SeqCst) {
        0 => gone_at - time::Duration::SECOND,
        _ => gone_at + time::Duration::SECOND,
    });
    let received = Arc::default();
    let (api, galene) = galene(Arc::clone(&received)).await;
    let done = Admin::new(store.clone(), clock).push_keys(&root, &galene, &api, &api.rooms, |_| ()).await.unwrap();
    assert_eq!(done.failures(), [""; 0]);
    let pushed: serde_json::Value = serde_json::from_str(&received.lock().unwrap()[0]).unwrap();
    let pushed: Vec<_> = pushed["keys"].as_array().unwrap().iter().map(|key| key["kid"].as_str().unwrap()).collect();
    let recorded = store.last_push(&api.app).await.unwrap().unwrap().entry.detail.unwrap().to_string();
    assert_eq!(recorded, format!("{} to maths", pushed.join(" ")));
    assert_eq!(done.keys.iter().map(KeyId::as_str).collect::<Vec<_>>(), pushed);
}
