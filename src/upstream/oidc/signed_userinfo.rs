//! Userinfo as a signed JWT (OpenID Connect Core §5.3.2), verified as an ID token is.

use serde_json::{Map, Value};

use super::Oidc;
use super::discovery::ProviderMetadata;
use super::keys::KeyIssuers;
use super::own_rules::OwnRules;
use crate::base::ids::{Issuer, ProviderId};
use crate::base::redaction::Redaction;
use crate::signin::identify::{Algorithm, ExpectedUserinfo, Issuers, Jws, RuleViolation, TokenKind, check_userinfo};
use crate::upstream::UpstreamError;
use crate::upstream::claims::signed_claims;
use crate::upstream::settings::IssuerOrigin;

impl Oidc {
    /// The claims of a signed answer. `issuer`: that of the ID token. `redaction`: what was sent for the answer.
    ///
    /// # Errors
    /// C10, C11, C12, C14, C15, C16, C18, as for an ID token. No claim is read before the signature was checked.
    pub(super) async fn signed_userinfo(
        &self,
        compact: &[u8],
        (current, issuer): (&ProviderMetadata, &Issuer),
        redaction: &Redaction,
    ) -> Result<Map<String, Value>, UpstreamError> {
        let jws = read(compact, &self.settings.algorithms)?;
        let key_issuers = self.check_signature(&jws, current).await?;
        let own = &*self.settings.own;
        // The issuer of many tenants in the config is a pattern, which no token has.
        let is_pattern = own.issuer_origin() == IssuerOrigin::Tenant;
        let issuers = if is_pattern { Issuers::one(issuer) } else { self.settings.issuers() };
        let client_id = self.settings.client.client_id.as_str();
        let expected = ExpectedUserinfo { issuers, client_id, now: self.clock.now() };
        Ok(claims(&jws, &self.id, &expected, (own, &key_issuers), redaction)?)
    }
}

fn read(compact: &[u8], allowed: &[Algorithm]) -> Result<Jws, RuleViolation> {
    let kind = TokenKind::Userinfo;
    let compact = std::str::from_utf8(compact)
        .map_err(|why| kind.broken("C16", "shape", "three parts", format!("bytes that are not text: {why}")))?;
    Jws::read(compact, allowed, kind)
}

/// The claims of a JWT whose signature was checked.
fn claims(
    jws: &Jws,
    provider: &ProviderId,
    expected: &ExpectedUserinfo<'_>,
    (own, key_issuers): (&dyn OwnRules, &KeyIssuers),
    redaction: &Redaction,
) -> Result<Map<String, Value>, RuleViolation> {
    let claims = signed_claims(&jws.claims()?, (provider, jws.kind), || redaction)?;
    check_userinfo(&claims, expected)?;
    key_issuers.check(own, expected.issuers.configured, jws.kind)?;
    Ok(claims)
}

#[cfg(test)]
mod tests;
