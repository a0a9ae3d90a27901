//! What a key may be used for.

use serde_json::Value;

use super::KeyError;
use crate::signin::identify::Algorithm;

/// The purpose of a key: `use` and `alg` together (RFC 7517 §4.2, §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Usage {
    AnySignature,
    SignatureBy(Algorithm),
    Other,
}

impl Usage {
    /// RFC 7517 §4.2, §4.4; null and an empty text are absent.
    pub fn of(usage: Option<&Value>, algorithm: Option<&Value>) -> Result<Self, KeyError> {
        match usage {
            None => {}
            Some(Value::String(usage)) if usage.is_empty() || usage == "sig" => {}
            Some(Value::String(_)) => return Ok(Self::Other),
            Some(_) => return Err(KeyError::not_text("use")),
        }
        match algorithm {
            None => Ok(Self::AnySignature),
            Some(Value::String(name)) if name.is_empty() => Ok(Self::AnySignature),
            Some(Value::String(name)) => Ok(Algorithm::from_name(name).map_or(Self::Other, Self::SignatureBy)),
            Some(_) => Err(KeyError::not_text("alg")),
        }
    }

    pub fn allows(self, algorithm: Algorithm) -> bool {
        match self {
            Self::AnySignature => true,
            Self::SignatureBy(one) => one == algorithm,
            Self::Other => false,
        }
    }
}

/// Whether `key_ops` lists operations, but not the one that checks a signature (RFC 7517 §4.3). An empty list is
/// absent: programs write it for a key without `key_ops`.
pub fn forbids_verification(operations: Option<&Value>) -> bool {
    let Some(Value::Array(operations)) = operations else { return false };
    !operations.is_empty() && !operations.iter().any(|one| one == "verify")
}
