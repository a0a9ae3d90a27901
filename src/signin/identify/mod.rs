//! The person whom a provider attests, and the rules for its answer: one function per rule, each with its source.
//!
//! An error names the broken rule by its number on the security page of the docs, with what was expected and what came.
//! It never holds a nonce, a code or a token (security rule C56).

mod claim_path;
mod claims;
mod issuers;
mod jws;
pub mod password;
mod profile;
mod settings_fingerprint;
mod subject_claims;
mod token_claims;
mod userinfo;

pub use claim_path::{ClaimPath, Nested, place_in_list};
pub use claims::{
    ClaimsRefused, DECIDING_CLAIMS, DemandedProof, ExpectedClaims, ExpectedNonce, NO_TIME, NoncePresence,
    PROMPT_IGNORED, ProofDemand, Reauth, check_claims, decides,
};
pub use issuers::{IssParameter, Issuers, issuer_agrees};
pub use jws::{Algorithm, Jws, TokenKind};
pub use profile::{DroppedClaim, DroppedPart, GroupMap, MappedProfile, profile, read_verified_text};
pub use settings_fingerprint::SettingsFingerprint;
pub use subject_claims::{InvalidSubjectClaims, MAX_SUBJECT_LENGTH, SubjectClaims, subject_fault};
pub use token_claims::{SKEW, truncate_seconds};
pub use userinfo::{ExpectedUserinfo, check_userinfo, merge_userinfo};

use std::borrow::Cow;
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::base::redaction::Redaction;
use crate::base::secret::sha256;

/// The person whom a provider attests. The key is (provider, issuer, subject), compared byte for byte (security rule
/// C21).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    pub key: IdentityKey,
    /// All claims of the provider. They serve templates and mappings, and never find an account.
    pub claims: Map<String, Value>,
    /// A name that nobody has signed. It is only shown, and only if the claims have none (security rule C76).
    pub unsigned_name: Option<String>,
    /// When the person proved who they are at the provider, if it says so.
    pub auth_time: Option<OffsetDateTime>,
    /// The local password that was compared, if a local password proved the person.
    pub password: Option<PasswordGeneration>,
    /// What a later sign-out at the provider needs.
    pub provider_session: ProviderSession,
    /// What the provider was sent. It may repeat that in the name of a claim, and the log shows names (security rule
    /// C56).
    pub secrets: Arc<Redaction>,
    /// The names of claims that were left out because their value is the typed password (security rule C56).
    pub left_out: Vec<String>,
    /// Claims of one answer that another answer contradicts. The log warns about them.
    pub dropped: Vec<DroppedClaim>,
}

/// What to do about a claim that is left out because its value is the typed password.
pub const RETURNED_PASSWORD_FIX: &str = "let the provider never return the password; a person whose password is also \
                                         the value of a claim has to choose another";

impl ExternalIdentity {
    /// An identity without a session at the provider, and without the time when the person proved who they are.
    #[must_use]
    pub fn new(key: IdentityKey, claims: Map<String, Value>) -> Self {
        Self {
            key,
            claims,
            unsigned_name: None,
            auth_time: None,
            password: None,
            provider_session: ProviderSession::default(),
            secrets: Arc::default(),
            left_out: Vec::new(),
            dropped: Vec::new(),
        }
    }
}

/// The person's session at the provider, as far as the provider names it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSession {
    /// `sid` of OpenID Connect (Front-Channel Logout 1.0 §3), `SessionIndex` of SAML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Tells the provider who signs out (RP-Initiated Logout 1.0 §2).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logout_hint: Option<String>,
}

impl ProviderSession {
    /// Whether the provider names no session.
    #[must_use]
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// Counts the passwords that an account has had. It rises when a password is set, changed or removed, and stays when
/// the same password is hashed again. A login holds the generation that it compared. If the account has another one
/// before the session opens, the login is refused (security rule C25).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordGeneration(i64);

impl PasswordGeneration {
    /// The generation as read from the database, by the statement that also read the hash.
    #[must_use]
    pub fn stored(number: i64) -> Self {
        Self(number)
    }

    #[must_use]
    pub fn number(self) -> i64 {
        self.0
    }
}

/// The key of an external identity.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdentityKey {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
}

impl IdentityKey {
    /// Names the identity in addresses and forms. It reveals nothing, and gives no access.
    #[must_use]
    pub fn tag(&self) -> String {
        let parts = serde_json::json!([self.provider, self.issuer, self.subject]).to_string();
        let hash = sha256(parts.as_bytes());
        let (beginning, _) = hash.split_at(16);
        URL_SAFE_NO_PAD.encode(beginning)
    }
}

/// How much of a provider's text an error shows, in characters.
const MAX_SHOWN: usize = 200;

/// A rule that a provider's answer breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {what}: expected {}, got {}", beginning(.expected), beginning(.got))]
pub struct RuleViolation {
    /// `C12`, as on the security page.
    pub rule: &'static str,
    pub what: Cow<'static, str>,
    pub expected: String,
    /// The provider's text is not cut here: in a part of a text, a part of a secret could not be recognised (C56).
    pub got: String,
}

fn beginning(text: &str) -> &str {
    text.char_indices().nth(MAX_SHOWN).map_or(text, |(end, _)| text.split_at(end).0)
}

impl RuleViolation {
    pub fn new(
        rule: &'static str,
        what: impl Into<Cow<'static, str>>,
        expected: impl Into<String>,
        got: impl Into<String>,
    ) -> Self {
        // The provider wrote parts of it, so it must fit on one line of the log.
        let plain = |text: String| text.chars().filter(|c| !c.is_control()).collect();
        Self { rule, what: what.into(), expected: plain(expected.into()), got: plain(got.into()) }
    }

    /// The same without these secrets: a provider may repeat in an answer what it was sent (security rule C56).
    #[must_use]
    pub fn without(self, secrets: &Redaction) -> Self {
        Self { got: secrets.quote(&self.got, MAX_SHOWN), ..self }
    }
}

#[cfg(test)]
mod tests;
