//! Pushes our public keys to Galène's groups: when a server starts, and whenever the keys or the config change.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::accounts::Actor;
use crate::admin::{Admin, PushedKeys};
use crate::base::clock::Clock;
use crate::base::ids::AppId;
use crate::broker::Broker;
use crate::config::GaleneApi;
use crate::upstream::galene::Galene;

/// How often the server checks whether the keys have changed. A new key waits minutes before it signs.
const CHECK_INTERVAL: Duration = Duration::from_secs(10);
/// The pause after a push that failed.
const RETRY_DELAY: time::Duration = time::Duration::seconds(30);

/// The last push to each app.
#[derive(Default)]
struct PushedKeySets(HashMap<AppId, LastPush>);

/// The last push to one app, and its result.
struct LastPush {
    /// The `ETag` of the pushed set of keys.
    etag: String,
    api: Arc<GaleneApi>,
    /// When to try again, and why the push failed.
    failed: Option<(time::OffsetDateTime, String)>,
}

/// Runs until it is aborted. Sign-ins don't wait for it. A failed push is logged and tried again.
pub async fn keep_pushing(broker: Arc<Broker>, clock: Clock) {
    let admin = Admin::new(broker.store().clone(), clock.clone());
    let mut pushed_key_sets = PushedKeySets::default();
    loop {
        let (live, etag) = (broker.config(), broker.signer().jwks().etag.clone());
        let due = |api: &&Arc<GaleneApi>| {
            live.app(&api.app).is_some_and(|app| app.enabled) && pushed_key_sets.is_due(api, &etag, clock.now())
        };
        let mut pushing = JoinSet::new();
        for api in live.galene_apis.iter().filter(due).cloned() {
            let admin = admin.clone();
            pushing.spawn(async move {
                let result = push(&admin, &api).await;
                (api, result)
            });
        }
        while let Some(pushed) = pushing.join_next().await {
            if let Ok((api, result)) = pushed {
                pushed_key_sets.record(&api, &etag, result, clock.now());
            }
        }
        tokio::time::sleep(CHECK_INTERVAL).await;
    }
}

async fn push(admin: &Admin, api: &GaleneApi) -> Result<PushedKeys, String> {
    let galene = Galene::new(api.url.clone(), api.ca.as_deref()).map_err(|why| why.to_string())?;
    let done =
        admin.push_keys(&Actor::Server, &galene, api, &api.rooms, |_| ()).await.map_err(|why| why.to_string())?;
    let failures = done.failures();
    if failures.is_empty() { Ok(done) } else { Err(failures.join("; ")) }
}

impl PushedKeySets {
    fn is_due(&self, api: &Arc<GaleneApi>, etag: &str, now: time::OffsetDateTime) -> bool {
        match self.0.get(&api.app) {
            Some(last) if last.etag == etag && Arc::ptr_eq(&last.api, api) => {
                last.failed.as_ref().is_some_and(|(retry_at, _)| *retry_at <= now)
            }
            Some(_) | None => true,
        }
    }

    fn record(
        &mut self,
        api: &Arc<GaleneApi>,
        etag: &str,
        result: Result<PushedKeys, String>,
        now: time::OffsetDateTime,
    ) {
        let before = self.0.remove(&api.app).and_then(|last| last.failed);
        let failed = match result {
            Ok(done) => {
                tracing::info!(app = %api.app, groups = done.rooms.len(), keys = done.keys.len(),
                    "Galène has our keys");
                None
            }
            Err(why) => {
                // Logged once, until the reason changes or a push succeeds.
                if before.is_none_or(|(_, logged)| logged != why) {
                    tracing::warn!(cause = "key_push_failed", app = %api.app, error = why,
                        "Galène did not take our keys; the push is tried again");
                }
                Some((now + RETRY_DELAY, why))
            }
        };
        let last = LastPush { etag: etag.to_owned(), api: Arc::clone(api), failed };
        self.0.insert(api.app.clone(), last);
    }
}
