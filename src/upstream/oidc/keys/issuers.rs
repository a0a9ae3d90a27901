//! The issuers that a key set names for a key. Not of the standard: a few providers name there whose tokens a key may
//! sign.

use serde_json::Value;

use super::{ProviderKey, candidates};
use crate::base::ids::Issuer;
use crate::base::strict_json::Members;
use crate::signin::identify::{Algorithm, RuleViolation, TokenKind};
use crate::upstream::oidc::own_rules::OwnRules;

/// Whose tokens the key that made a signature may sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyIssuers {
    /// The set names no issuer for it.
    Any,
    /// The set lists the key once for each of them.
    Only(Vec<Issuer>),
}

impl KeyIssuers {
    /// The issuers of `signer` and of every equal key that could have been taken for this token.
    pub fn of(signer: &ProviderKey, keys: &[ProviderKey], (algorithm, kid): (Algorithm, Option<&str>)) -> Self {
        if signer.issuer.is_none() {
            return Self::Any;
        }
        let equal = candidates(keys, algorithm, kid).filter(|key| key.jwk == signer.jwk);
        equal.map(|key| key.issuer.clone()).collect::<Option<_>>().map_or(Self::Any, Self::Only)
    }

    /// Checks that the key may sign a token of this issuer.
    ///
    /// # Errors
    /// C14: it may sign those of other issuers only.
    pub fn check(&self, own: &dyn OwnRules, issuer: &Issuer, kind: TokenKind) -> Result<(), RuleViolation> {
        match self {
            Self::Only(issuers) if !issuers.iter().any(|one| own.key_may_sign(one, issuer)) => {
                let others = issuers.iter().map(Issuer::as_str).collect::<Vec<_>>().join(" and ");
                Err(kind.broken("C14", "signature", format!("by a key for {issuer}"), format!("one for {others}")))
            }
            Self::Any | Self::Only(_) => Ok(()),
        }
    }
}

/// The issuer that the set names for a key. One that can't be read fits no issuer.
pub(super) fn read(key: &Members<'_>) -> Option<Issuer> {
    match key.get("issuer") {
        Ok(None) => None,
        Ok(Some(Value::String(issuer))) => Some(issuer.into()),
        Ok(Some(_)) | Err(_) => Some(String::new().into()),
    }
}
