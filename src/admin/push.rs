//! Pushes our public keys to groups of a Galène server.

use serde::Serialize;

use super::{Admin, AdminError};
use crate::accounts::Actor;
use crate::base::ids::{AppId, KeyId};
use crate::config::GaleneApi;
use crate::signer::Jwks;
use crate::signin::app::Room;
use crate::store::{AuditDetail, AuditEntry, AuditRow, Event};
use crate::upstream::galene::{Galene, PushError};

/// The result of a push to an app.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PushedKeys {
    pub app: AppId,
    /// All published keys, including one that does not sign yet.
    pub keys: Vec<KeyId>,
    pub rooms: Vec<PushResult>,
}

/// The result for one group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PushResult {
    pub room: Room,
    /// Why the group does not have the keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<String>,
}

impl PushedKeys {
    /// The reasons of failures. Each is listed once, with the first group that it concerns.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let mut listed: Vec<(&str, String)> = Vec::new();
        for result in &self.rooms {
            let Some(why) = result.failed.as_deref().filter(|why| listed.iter().all(|(known, _)| known != why)) else {
                continue;
            };
            listed.push((why, format!("{}: {why}", result.room.as_str())));
        }
        listed.into_iter().map(|(_, words)| words).collect()
    }
}

impl Admin {
    /// Replaces the keys of these groups by all our public keys, one group after the other. `on_result` gets each
    /// result at once.
    ///
    /// # Errors
    /// When the database fails, or there is no key yet: a group without keys would let nobody in.
    pub async fn push_keys(
        &self,
        actor: &Actor,
        galene: &Galene,
        api: &GaleneApi,
        rooms: &[Room],
        mut on_result: impl FnMut(&PushResult),
    ) -> Result<PushedKeys, AdminError> {
        // The keys are read once, so that the audit log names exactly the keys that are pushed.
        let published = self.published_keys().await?;
        if published.is_empty() {
            return Err(AdminError::NoKeys);
        }
        let set = format!(r#"{{"keys":{}}}"#, Jwks::export_galene(&published));
        let keys = published.into_iter().map(|key| key.kid).collect();
        let mut done = PushedKeys { app: api.app.clone(), keys, rooms: Vec::new() };
        let mut unreachable = None;
        for room in rooms {
            // A server that can't be reached is not asked again for each group.
            let put = match &unreachable {
                Some(why) => Err(PushError::clone(why)),
                None => galene.put_keys(api, room, &set).await,
            };
            if let Err(why @ PushError::Unreachable(_)) = &put {
                unreachable = Some(why.clone());
            }
            let result = PushResult { room: room.clone(), failed: put.err().map(|why| why.to_string()) };
            on_result(&result);
            done.rooms.push(result);
        }
        self.record_push(actor, &done).await?;
        Ok(done)
    }

    /// Writes one audit row. `vestibule serve` pushes after each start, and again until it succeeds, so it skips a row
    /// that repeats the last one.
    async fn record_push(&self, actor: &Actor, done: &PushedKeys) -> Result<(), AdminError> {
        let failures = done.failures();
        let (event, detail) = if failures.is_empty() {
            let rooms = done.rooms.iter().map(|result| &result.room);
            (Event::KeysPushed, AuditDetail::new().facts(" ", &done.keys).text(" to ").facts(", ", rooms))
        } else {
            // They quote the server.
            (Event::KeysNotPushed, AuditDetail::new().personal("failures", failures.join("; ")))
        };
        let row = actor.row(event, self.clock.now());
        let entry = AuditEntry { app: Some(done.app.clone()), detail: Some(detail), ..row };
        // As texts: an older version may have written the last row.
        let same =
            |last: AuditRow| last.entry.event == event && last.entry.detail.as_deref() == entry.detail.as_deref();
        if matches!(actor, Actor::Server) && self.store.last_push(&done.app).await?.is_some_and(same) {
            return Ok(());
        }
        Ok(self.store.audit(&entry).await?)
    }
}
