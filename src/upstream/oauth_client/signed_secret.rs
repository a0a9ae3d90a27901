//! A client secret that is a JWT of ours. Some providers want one that we sign, with a short life, in place of a fixed
//! text. It is sent as `client_secret`.

use std::sync::Arc;

use serde_json::json;
use time::OffsetDateTime;

use super::client_key::ClientKey;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;

/// How long a secret is valid, in seconds. It is sent at once, and the provider's clock may differ.
const LIFETIME: i64 = 300;

/// What it takes to make secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedSecret {
    pub key: Arc<ClientKey>,
    /// Whom a secret names as its issuer: the owner of the key.
    pub issuer: String,
    /// Whom it names as its recipient.
    pub audience: &'static str,
    /// The likely causes if the provider refuses it, and what to do.
    pub fix: &'static str,
}

impl SignedSecret {
    /// A fresh secret of the client `client_id` for one request.
    ///
    /// # Errors
    /// When OpenSSL refuses the key.
    pub fn secret(&self, client_id: &str, now: OffsetDateTime) -> Result<Secret<String>, UpstreamError> {
        let now = now.unix_timestamp();
        let claims = json!({
            "iss": self.issuer,
            "sub": client_id,
            "aud": self.audience,
            "iat": now,
            "exp": now + LIFETIME,
        });
        self.key.signed(&claims)
    }
}
