//! Tells whether a provider still has the settings under which a person signed in.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base::secret::sha256;

/// A hash of the settings that decide who signs in at a provider, and which claims and groups they get. A session
/// keeps the groups and the e-mail address of its sign-in, so it is valid only under the same settings (security rule
/// C27).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsFingerprint(String);

impl SettingsFingerprint {
    /// The fingerprint of these settings: names and values, without secrets.
    #[must_use]
    pub fn of(settings: &Value) -> Self {
        Self(URL_SAFE_NO_PAD.encode(sha256(settings.to_string().as_bytes())))
    }
}
