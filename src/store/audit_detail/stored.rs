//! A detail as the database has it: a template, its personal values as JSON, and the digest of the JSON.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{AuditDetail, escaped, rendered};
use crate::base::random;
use crate::base::secret::sha256;

/// The columns `detail`, `personal` and `personal_digest`.
#[derive(Debug, Clone, Default)]
pub struct StoredDetail {
    pub template: Option<String>,
    /// `None`: there are none, or they were erased.
    pub personal: Option<String>,
    /// `None`: an older version wrote the row, and its template is a plain text.
    pub digest: Option<[u8; 32]>,
}

#[derive(Serialize, Deserialize)]
struct Personal {
    /// Without it, the digest of a few names could be found by trying all names.
    salt: String,
    values: BTreeMap<String, String>,
}

impl StoredDetail {
    /// Every detail gets a digest, also one without personal values: an operation that erases an account's values can
    /// then tell it from a text of an older version.
    #[must_use]
    pub fn of(detail: Option<&AuditDetail>) -> Self {
        let Some(AuditDetail { template, values, .. }) = detail else { return Self::default() };
        let values = values.as_ref().filter(|values| !values.is_empty());
        let Some(values) = values else {
            return Self { template: Some(template.clone()), personal: None, digest: Some(digest_of(None)) };
        };
        let salt = URL_SAFE_NO_PAD.encode(random::bytes::<16>());
        let personal = Personal { salt, values: values.clone() };
        // Texts: JSON can hold them all.
        let personal = serde_json::to_string(&personal).unwrap_or_default();
        Self { template: Some(template.clone()), digest: Some(digest_of(Some(&personal))), personal: Some(personal) }
    }

    /// The detail that was stored.
    ///
    /// # Errors
    /// When another program changed the JSON.
    pub fn read(self) -> Result<Option<AuditDetail>, serde_json::Error> {
        let Self { template, personal, digest } = self;
        let Some(template) = template else { return Ok(None) };
        let Some(digest) = digest else {
            let (text, template) = (template.clone(), escaped(&template));
            return Ok(Some(AuditDetail { text, template, values: Some(BTreeMap::new()) }));
        };
        let values = match personal {
            Some(json) => Some(serde_json::from_str::<Personal>(&json)?.values),
            None => (digest == digest_of(None)).then(BTreeMap::new),
        };
        Ok(Some(AuditDetail { text: rendered(&template, values.as_ref()), template, values }))
    }
}

/// The digest of no personal values is that of an empty text.
fn digest_of(personal: Option<&str>) -> [u8; 32] {
    sha256(personal.unwrap_or_default().as_bytes())
}
