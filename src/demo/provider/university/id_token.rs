//! The tokens of OpenID Connect: an access token and a signed ID token (Core §2, §3.1.3.3).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::JoseError;
use serde::Serialize;
use time::OffsetDateTime;

use super::super::Settings;
use super::super::store::{Grant, TOKEN_LIFETIME};
use super::claims::UserClaims;
use super::keys::SigningKey;
use crate::base::secret::sha256;

/// The token answer.
#[derive(Serialize)]
pub struct Tokens<'a> {
    access_token: &'a str,
    token_type: &'static str,
    expires_in: i64,
    scope: String,
    id_token: String,
}

impl<'a> Tokens<'a> {
    /// # Errors
    /// When the ID token can't be signed.
    pub fn new(
        settings: &Settings,
        key: &SigningKey,
        grant: &Grant,
        access_token: &'a str,
        now: OffsetDateTime,
    ) -> Result<Self, JoseError> {
        let issued = now.unix_timestamp();
        let id_token = key.sign(&IdToken {
            iss: &settings.issuer,
            aud: &settings.client_id,
            iat: issued,
            exp: issued + TOKEN_LIFETIME.whole_seconds(),
            auth_time: grant.session.since.unix_timestamp(),
            nonce: grant.nonce.as_deref(),
            at_hash: at_hash(access_token),
            user: UserClaims::new(&grant.session.person, &grant.scopes),
        })?;
        let (expires_in, scope) = (TOKEN_LIFETIME.whole_seconds(), grant.scopes.joined(" "));
        Ok(Self { access_token, token_type: "Bearer", expires_in, scope, id_token })
    }
}

/// OpenID Connect Core §2.
#[derive(Serialize)]
struct IdToken<'a> {
    iss: &'a str,
    aud: &'a str,
    iat: i64,
    exp: i64,
    auth_time: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
    at_hash: String,
    #[serde(flatten)]
    user: UserClaims<'a>,
}

/// Core §3.1.3.6: the left half of the access token's hash.
pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(sha256(access_token.as_bytes()).iter().take(16).copied().collect::<Vec<_>>())
}
