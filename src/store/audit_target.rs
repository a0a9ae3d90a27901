//! What a row of the audit log is about, beside an account.

use serde::Serialize;

use crate::base::ids::{AccessRequestId, Group, KeyId};

/// The id of what an operation is about, if that is not the account: the id of a signing key or of an
/// access request, or a group. It is never a
/// personal value, and stays when those are erased.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct AuditTarget(String);

impl AuditTarget {
    pub(super) fn stored(text: String) -> Self {
        Self(text)
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&KeyId> for AuditTarget {
    fn from(key: &KeyId) -> Self {
        Self(key.to_string())
    }
}

impl From<&AccessRequestId> for AuditTarget {
    fn from(request: &AccessRequestId) -> Self {
        Self(request.to_string())
    }
}

impl From<&Group> for AuditTarget {
    fn from(group: &Group) -> Self {
        Self(group.to_string())
    }
}
