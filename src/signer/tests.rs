//! Tests of signing keys and their rotation, with a clock that the test sets.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::jwk::Jwk;
use josekit::jws::{ES256, JwsVerifier as _};
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::rotation::{JWKS_MAX_AGE, KEY_REFRESH_INTERVAL, Phase, Rotated, phase};
use super::*;
use crate::store::Database;

const LIFETIME: Duration = Duration::from_mins(2);

struct Fixture {
    _folder: tempfile::TempDir,
    store: Store,
    master: MasterKey,
    schedule: Schedule,
    seconds: Arc<AtomicI64>,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let seconds = Arc::new(AtomicI64::new(1_795_348_800));
        let store = Store::open(&Database::file(folder.path().join("v.db")), clock(&seconds)).await.unwrap();
        let schedule = Schedule::for_tokens_of(LIFETIME);
        Self { _folder: folder, store, master: MasterKey::fresh(), schedule, seconds }
    }

    async fn signer(&self) -> Signer {
        self.opened(&self.master).await.unwrap()
    }

    async fn opened(&self, master: &MasterKey) -> Result<Signer, SignerError> {
        Signer::open(&self.store, master, &self.schedule, clock(&self.seconds)).await
    }

    async fn rotate(&self, how: Rotation) -> Rotated {
        let mut transaction = self.store.begin().await.unwrap();
        let now = clock(&self.seconds).now();
        let rotated = rotation::rotate(&mut transaction, &self.master, &self.schedule, how, now).await.unwrap();
        transaction.commit().await.unwrap();
        rotated
    }

    fn wait(&self, time: Duration) {
        self.seconds.fetch_add(i64::try_from(time.as_secs()).unwrap(), Ordering::SeqCst);
    }
}

fn clock(seconds: &Arc<AtomicI64>) -> Clock {
    let seconds = Arc::clone(seconds);
    Clock::from_fn(move || OffsetDateTime::from_unix_timestamp(seconds.load(Ordering::SeqCst)).unwrap())
}

fn claims() -> TokenClaims {
    let body = json!({ "iss": "https://auth.example.org", "iat": 1_795_348_800, "exp": 1_795_348_860 });
    let Value::Object(body) = body else { unreachable!() };
    TokenClaims { app: "notes".parse().unwrap(), token_type: "login+jwt", body }
}

fn keys(jwks: &Jwks) -> Vec<Map<String, Value>> {
    let set: Value = serde_json::from_str(&jwks.json).unwrap();
    set["keys"].as_array().unwrap().iter().map(|key| key.as_object().unwrap().clone()).collect()
}

fn kids(jwks: &Jwks) -> Vec<String> {
    keys(jwks).iter().map(|key| key["kid"].as_str().unwrap().to_owned()).collect()
}

fn decoded(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The `kid` that signed, after the signature was verified against the JWKS.
fn verified(signer: &Signer) -> String {
    let token = signer.sign(&claims()).unwrap().0.expose().clone();
    let (protected, signature) = token.rsplit_once('.').unwrap();
    let (header, body) = protected.split_once('.').unwrap();
    let header = decoded(header);
    assert_eq!(decoded(body), Value::Object(claims().body));
    assert_eq!((&header["alg"], &header["typ"]), (&json!("ES256"), &json!("login+jwt")));
    let kid = header["kid"].as_str().unwrap().to_owned();
    let key = keys(&signer.jwks()).into_iter().find(|key| key["kid"] == kid.as_str()).expect("C28: kid in the JWKS");
    let verifier = ES256.verifier_from_jwk(&Jwk::from_map(key).unwrap()).unwrap();
    verifier.verify(protected.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    kid
}

// C28
#[tokio::test]
async fn a_token_is_verified_by_the_key_that_its_kid_names() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    assert_eq!(vec![verified(&signer)], kids(&signer.jwks()));
}

// C28, C30
#[tokio::test]
async fn the_private_half_is_never_published_and_never_readable_at_rest() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    let [key] = keys(&signer.jwks()).try_into().unwrap();
    let names: BTreeSet<_> = key.keys().map(String::as_str).collect();
    assert_eq!(names, BTreeSet::from(["alg", "crv", "kid", "kty", "use", "x", "y"]));
    let stored = fixture.store.keys().await.unwrap().remove(0);
    assert!(!stored.sealed.windows(3).any(|window| window == br#""d""#));
    assert!(!Jwks::export_galene(&[stored]).contains(r#""d""#));
}

#[tokio::test]
async fn the_kid_is_the_thumbprint_of_the_key() {
    let fixture = Fixture::new().await;
    let [key] = keys(&fixture.signer().await.jwks()).try_into().unwrap();
    let members = format!(r#"{{"crv":"P-256","kty":"EC","x":{},"y":{}}}"#, key["x"], key["y"]);
    let sum = crate::base::secret::sha256(members.as_bytes());
    assert_eq!(key["kid"], json!(URL_SAFE_NO_PAD.encode(sum)));
}

#[tokio::test]
async fn the_etag_changes_with_the_keys_and_only_then() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    let before = signer.jwks();
    signer.refresh().await.unwrap();
    assert_eq!(before, signer.jwks());
    fixture.rotate(Rotation::Scheduled).await;
    signer.refresh().await.unwrap();
    assert_ne!(before.etag, signer.jwks().etag);
}

// C30
#[tokio::test]
async fn a_new_key_is_published_before_it_signs_and_the_old_one_until_its_last_token_expired() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    let old = verified(&signer);
    let Rotated::Done { new, .. } = fixture.rotate(Rotation::Scheduled).await else {
        panic!("no rotation is under way")
    };
    signer.refresh().await.unwrap();
    assert_eq!(kids(&signer.jwks()).len(), 2);

    fixture.wait(JWKS_MAX_AGE + Duration::from_secs(59));
    assert_eq!(verified(&signer), old, "not every verifier knows the new key yet");
    fixture.wait(Duration::from_secs(1));
    assert_eq!(verified(&signer), new.as_str(), "the clock alone decides");

    fixture.wait(LIFETIME + JWKS_MAX_AGE);
    signer.refresh().await.unwrap();
    assert!(kids(&signer.jwks()).contains(&old), "the old key's last token may still be valid");
    fixture.wait(KEY_REFRESH_INTERVAL);
    signer.refresh().await.unwrap();
    assert_eq!(kids(&signer.jwks()), [new.as_str()]);
    assert_eq!(fixture.store.keys().await.unwrap().len(), 1);
    verified(&signer);
}

#[tokio::test]
async fn a_second_rotation_waits_for_the_first() {
    let fixture = Fixture::new().await;
    fixture.signer().await;
    let Rotated::Done { new, signs_from, .. } = fixture.rotate(Rotation::Scheduled).await else { panic!("the first") };
    assert_eq!(fixture.rotate(Rotation::Scheduled).await, Rotated::InProgress { waiting: new, signs_from });
    fixture.wait(JWKS_MAX_AGE + KEY_REFRESH_INTERVAL);
    assert!(matches!(fixture.rotate(Rotation::Scheduled).await, Rotated::Done { .. }));
    assert_eq!(fixture.store.keys().await.unwrap().len(), 3);
}

#[tokio::test]
async fn keys_from_a_time_when_the_clock_was_ahead_do_not_hold_up_a_rotation() {
    let (year, fixture) = (Duration::from_hours(365 * 24), Fixture::new().await);
    let set_back = || fixture.seconds.fetch_sub(i64::try_from(year.as_secs()).unwrap(), Ordering::SeqCst);
    let lead = JWKS_MAX_AGE + KEY_REFRESH_INTERVAL;
    // The first start, with a clock that is a year ahead.
    fixture.wait(year);
    let signer = fixture.signer().await;
    let first = verified(&signer);
    set_back();
    assert_eq!(verified(&signer), first);
    let Rotated::Done { new, signs_from, retired, removed } = fixture.rotate(Rotation::Scheduled).await else {
        panic!("it would take a year")
    };
    assert_eq!(signs_from, clock(&fixture.seconds).now() + lead);
    assert_eq!((retired.len(), retired[0].as_str(), removed.len()), (1, first.as_str(), 0));
    signer.refresh().await.unwrap();
    assert_eq!(verified(&signer), first, "until every verifier knows the new key");
    fixture.wait(lead);
    assert_eq!(verified(&signer), new.as_str());
    fixture.wait(LIFETIME + lead);
    signer.refresh().await.unwrap();
    assert_eq!(kids(&signer.jwks()), [new.as_str()]);

    // A rotation while the clock is a year ahead.
    fixture.wait(year);
    let Rotated::Done { new: never_signed, .. } = fixture.rotate(Rotation::Scheduled).await else { panic!("done") };
    set_back();
    signer.refresh().await.unwrap();
    assert_eq!(verified(&signer), new.as_str());
    let Rotated::Done { new: next, retired, removed, .. } = fixture.rotate(Rotation::Scheduled).await else {
        panic!("it would take a year")
    };
    assert_eq!((retired, removed), (vec![new], vec![never_signed]));
    fixture.wait(lead);
    signer.refresh().await.unwrap();
    assert_eq!(verified(&signer), next.as_str());
}

#[tokio::test]
async fn the_first_key_signs_at_once() {
    let fixture = Fixture::new().await;
    let Rotated::Done { new, signs_from, .. } = fixture.rotate(Rotation::Scheduled).await else { panic!("the first") };
    assert_eq!(signs_from, clock(&fixture.seconds).now());
    assert_eq!(verified(&fixture.signer().await), new.as_str());
}

#[tokio::test]
async fn a_rotation_now_removes_the_old_keys_at_once() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    let lost = verified(&signer);
    fixture.rotate(Rotation::Scheduled).await;
    let Rotated::Done { new, removed, .. } = fixture.rotate(Rotation::Now).await else {
        panic!("a rotation now never waits")
    };
    assert_eq!(removed.len(), 2);
    signer.refresh().await.unwrap();
    assert_eq!(kids(&signer.jwks()), [new.as_str()]);
    assert_eq!(verified(&signer), new.as_str());
    assert_ne!(lost, new.as_str());
}

#[tokio::test]
async fn several_instances_agree_on_the_key_that_signs() {
    let fixture = Fixture::new().await;
    let (one, other) = (fixture.signer().await, fixture.signer().await);
    assert_eq!(verified(&one), verified(&other));
    fixture.rotate(Rotation::Scheduled).await;
    fixture.wait(KEY_REFRESH_INTERVAL);
    one.refresh().await.unwrap();
    other.refresh().await.unwrap();
    assert_eq!(one.jwks(), other.jwks());
    fixture.wait(JWKS_MAX_AGE);
    assert_eq!(verified(&one), verified(&other));
}

#[tokio::test]
async fn an_instance_whose_clock_is_behind_can_sign() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    fixture.seconds.fetch_sub(30, Ordering::SeqCst);
    verified(&signer);
}

#[tokio::test]
async fn a_wrong_master_key_is_reported_with_the_fix_and_a_lost_one_can_be_replaced() {
    let mut fixture = Fixture::new().await;
    let old = verified(&fixture.signer().await);
    fixture.master = MasterKey::fresh();
    let refused = fixture.opened(&fixture.master).await.unwrap_err();
    let SignerError::WrongMasterKey { kid, .. } = &refused else { panic!("{refused}") };
    assert_eq!(kid.as_str(), old);
    assert!(refused.to_string().contains("vestibule key rotate --now"), "{refused}");
    assert!(matches!(fixture.rotate(Rotation::Now).await, Rotated::Done { .. }));
    assert_ne!(verified(&fixture.signer().await), old);
}

// C30
#[tokio::test]
async fn a_removed_key_is_no_longer_used_even_by_a_server_that_cannot_open_the_new_one() {
    let mut fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    let old = verified(&signer);
    signer.ready().unwrap();
    fixture.master = MasterKey::fresh();
    let Rotated::Done { new, .. } = fixture.rotate(Rotation::Now).await else { panic!("done") };
    let why = signer.refresh().await.unwrap_err();
    assert!(matches!(why, SignerError::MasterKeyChanged { .. }), "{why}");
    assert_eq!(kids(&signer.jwks()), [new.as_str()], "{old} is no longer published");
    for why in [signer.sign(&claims()).unwrap_err(), signer.ready().unwrap_err()] {
        assert!(why.to_string().contains("restart it with the master key that belongs to this database"), "{why}");
        assert!(!why.to_string().contains("--now"), "the command that was just run is not a fix: {why}");
    }
    // As after a restart.
    assert_eq!(verified(&fixture.signer().await), new.as_str());
}

#[tokio::test]
async fn a_scheduled_rotation_under_another_master_key_is_refused_and_changes_nothing() {
    let fixture = Fixture::new().await;
    let signer = fixture.signer().await;
    let before = fixture.store.keys().await.unwrap();
    let mut transaction = fixture.store.begin().await.unwrap();
    let now = clock(&fixture.seconds).now();
    let other = MasterKey::fresh();
    let refused = rotation::rotate(&mut transaction, &other, &fixture.schedule, Rotation::Scheduled, now).await;
    assert!(matches!(refused, Err(SignerError::WrongMasterKey { .. })));
    transaction.commit().await.unwrap();
    assert_eq!(fixture.store.keys().await.unwrap(), before);
    signer.refresh().await.unwrap();
    verified(&signer);
}

#[tokio::test]
async fn a_sealed_key_cannot_be_swapped_for_another() {
    let fixture = Fixture::new().await;
    fixture.signer().await;
    fixture.rotate(Rotation::Scheduled).await;
    let [one, mut other] = <[StoredKey; 2]>::try_from(fixture.store.keys().await.unwrap()).unwrap();
    other.sealed = one.sealed;
    let mut transaction = fixture.store.begin().await.unwrap();
    transaction.remove_key(&other.kid).await.unwrap();
    transaction.put_key(&other).await.unwrap();
    transaction.commit().await.unwrap();
    assert!(matches!(fixture.opened(&fixture.master).await, Err(SignerError::WrongMasterKey { .. })));
}

#[tokio::test]
async fn the_export_for_galene_holds_all_published_keys() {
    let fixture = Fixture::new().await;
    fixture.signer().await;
    fixture.rotate(Rotation::Scheduled).await;
    let exported: Value = serde_json::from_str(&Jwks::export_galene(&fixture.store.keys().await.unwrap())).unwrap();
    let exported = exported.as_array().unwrap();
    assert_eq!(exported.len(), 2);
    assert!(exported.iter().all(|key| key["alg"] == "ES256" && key["kid"].is_string() && key["kty"] == "EC"));
}

#[tokio::test]
async fn each_phase_begins_at_its_time() {
    let fixture = Fixture::new().await;
    fixture.signer().await;
    let start = clock(&fixture.seconds).now();
    fixture.rotate(Rotation::Scheduled).await;
    let [one, other] = <[StoredKey; 2]>::try_from(fixture.store.keys().await.unwrap()).unwrap();
    let (old, new) = if one.retired_at.is_some() { (one, other) } else { (other, one) };
    let lead = JWKS_MAX_AGE + KEY_REFRESH_INTERVAL;
    assert_eq!((phase(&new, start), phase(&new, start + lead)), (Phase::Published, Phase::Active));
    assert_eq!((phase(&old, start), phase(&old, start + lead)), (Phase::Active, Phase::Retired));
    assert_eq!(phase(&old, start + 2 * lead + LIFETIME), Phase::Gone);
}
