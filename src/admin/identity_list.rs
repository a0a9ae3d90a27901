//! Lists identities by what they are, one page at a time.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::{Admin, AdminError};
use crate::accounts::Identity;
use crate::signin::identify::IdentityKey;
use crate::store::IdentityFilter;

/// Some identities, in the order of their keys.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdentityPage {
    pub identities: Vec<Identity>,
    /// The next page begins after this. `None`: this is the last page.
    pub next: Option<String>,
    /// Whether the page ends because enough rows were read, and not because it is full.
    pub stopped: bool,
}

impl Admin {
    /// Identities that fit the filter. `after` is `next` of the page before.
    ///
    /// # Errors
    /// When `after` is no such text, or the database fails.
    pub async fn identity_page(
        &self,
        filter: &IdentityFilter,
        after: Option<&str>,
        limit: u32,
    ) -> Result<IdentityPage, AdminError> {
        let after = after.map(|after| key_of(after).ok_or(AdminError::CursorOfAnotherSearch)).transpose()?;
        let walk = self.store.walk_identities(filter, after.as_ref(), limit).await?;
        Ok(IdentityPage {
            identities: walk.found.into_iter().map(Identity::from).collect(),
            next: walk.next.map(|key| cursor(&key)),
            stopped: walk.stopped,
        })
    }
}

fn cursor(IdentityKey { provider, issuer, subject }: &IdentityKey) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::json!([provider, issuer, subject]).to_string())
}

fn key_of(cursor: &str) -> Option<IdentityKey> {
    let json = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let [provider, issuer, subject]: [String; 3] = serde_json::from_slice(&json).ok()?;
    Some(IdentityKey {
        provider: provider.parse().ok()?,
        issuer: issuer.as_str().into(),
        subject: subject.as_str().into(),
    })
}
