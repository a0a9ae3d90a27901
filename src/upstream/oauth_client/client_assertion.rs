//! `private_key_jwt`: proves our client's identity by a signed assertion (RFC 7523 §2.2, OpenID Connect Core §9).

use std::sync::Arc;

use serde_json::json;
use time::OffsetDateTime;

use super::client_key::ClientKey;
use crate::base::random;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;

/// RFC 7523 §2.2.
pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How long an assertion is valid, in seconds. It is sent at once.
const LIFETIME: i64 = 60;

/// What it takes to make assertions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssertionSettings {
    pub key: Arc<ClientKey>,
    pub audience: AssertionAudience,
}

/// Whom an assertion names as its recipient.
///
/// The default is the issuer. draft-ietf-oauth-rfc7523bis §4 and FAPI 2.0 §5.3.2.1 demand it alone, and the tests of
/// OpenID's certification try whether a server accepts it. The draft forbids the token endpoint's address: a client
/// that sends its assertion elsewhere could send it to an attacker, whose metadata named another provider's endpoint.
/// RFC 7523 §3 and OpenID Connect Core §9 suggested that address, and some servers accept nothing else: login.gov, and
/// Okta in 2023 (facile-it/php-openid-client#25). We send an assertion only to the address that it then names, so that
/// attack fails here. A list of both was refused by Entra (panva/openid-client#348), and the draft forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AssertionAudience {
    #[default]
    Issuer,
    TokenEndpoint,
}

impl AssertionSettings {
    /// A fresh assertion of the client `client_id` for one request.
    ///
    /// # Errors
    /// When OpenSSL refuses the key.
    pub fn assertion(
        &self,
        client_id: &str,
        audience: &str,
        now: OffsetDateTime,
    ) -> Result<Secret<String>, UpstreamError> {
        let now = now.unix_timestamp();
        let claims = json!({
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "jti": random::token(),
            "iat": now,
            "exp": now + LIFETIME,
        });
        self.key.signed(&claims)
    }
}
