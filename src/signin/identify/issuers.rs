//! Which issuer an answer comes from (RFC 9207).

use std::fmt;

use super::RuleViolation;
use crate::base::ids::Issuer;

/// The issuer of a provider in the config, and the others that it writes in its place.
#[derive(Debug, Clone, Copy)]
pub struct Issuers<'i> {
    /// The one in the key of every identity.
    pub configured: &'i Issuer,
    /// Exact texts. They relax the security rules C8, C12 and C19.
    pub aliases: &'i [Issuer],
}

impl<'i> Issuers<'i> {
    /// One issuer without others in its place.
    #[must_use]
    pub fn one(issuer: &'i Issuer) -> Self {
        Self { configured: issuer, aliases: &[] }
    }

    /// Whether this text is one of them, byte for byte.
    #[must_use]
    pub fn contain(&self, text: &str) -> bool {
        [self.configured].into_iter().chain(self.aliases).any(|issuer| issuer.as_str() == text)
    }
}

/// `https://a.example or https://b.example`
impl fmt::Display for Issuers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.configured.as_str())?;
        self.aliases.iter().try_for_each(|alias| write!(f, " or {}", alias.as_str()))
    }
}

/// Rejects an answer that another issuer may have produced (mix-up).
///
/// RFC 9207 §2.4: compare as plain strings; refuse an answer without `iss` if the metadata promises it.
///
/// # Errors
/// C8, if `iss` is another or is missing.
pub fn issuer_agrees(expected: Issuers<'_>, promised: IssParameter, iss: Option<&str>) -> Result<(), RuleViolation> {
    let broken = |got| Err(RuleViolation::new("C8", "`iss` of the answer", expected.to_string(), got));
    match (iss, promised) {
        (Some(iss), _) if expected.contain(iss) => Ok(()),
        (Some(iss), _) => broken(iss),
        (None, IssParameter::Required) => broken("none, though the metadata promises it"),
        (None, IssParameter::Optional) => Ok(()),
    }
}

/// Whether every answer must carry `iss`: the provider's metadata says so (RFC 9207 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssParameter {
    Required,
    Optional,
}
