//! Maps the claims of a provider to the profile that we keep.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::{ClaimPath, ExternalIdentity, RuleViolation};
use crate::base::ids::Group;
use crate::base::invisible::is_invisible;
use crate::signin::account::{Email, Profile};

/// Which claim holds a provider's groups, and to which of our groups they map.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMap {
    pub claim: Option<ClaimPath>,
    /// The provider's value → our group. A value without a row is dropped (security rule C31).
    pub local: BTreeMap<String, Group>,
}

impl GroupMap {
    /// The claim that holds the groups.
    #[must_use]
    pub fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        self.claim.as_ref()?.find(claims)
    }
}

/// The profile of a person, and what was left out of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedProfile {
    pub profile: Profile,
    /// Claims that are left out: descriptive ones that can't be read, and those that another answer contradicts. The
    /// log warns about them.
    pub dropped: Vec<DroppedClaim>,
    /// The name of the claim for groups, if it is missing.
    pub without_groups: Option<String>,
}

/// A claim that is left out, or some entries of one. Never holds its value.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DroppedClaim {
    pub claim: String,
    pub why: &'static str,
    pub part: DroppedPart,
}

/// How much of a claim is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DroppedPart {
    Claim,
    /// Some entries of a list. The others count.
    Entries,
}

/// "`name` is not text and is left out"
impl fmt::Display for DroppedClaim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match self.part {
            DroppedPart::Claim => "and is left out",
            DroppedPart::Entries => "and these entries are left out; the others count",
        };
        write!(f, "`{}` {} {end}", self.claim, self.why)
    }
}

/// Maps the standard claims (OpenID Connect Core §5.1) and the groups.
///
/// # Errors
/// C15: `email_verified` decides beside an `email`, so another type than true or false is a refusal then. All other
/// claims only describe.
pub fn profile(identity: &ExternalIdentity, groups: &GroupMap) -> Result<MappedProfile, RuleViolation> {
    let claims = &identity.claims;
    let verified = email_verified(claims)?;
    let mut reader = Reader { claims, dropped: identity.dropped.clone() };
    let email = reader.address("email").map(|address| Email { address, verified });
    if !has_address(claims) {
        reader.unused_email_verified();
    }
    // The username template also reads a number.
    if !claims.get("preferred_username").is_some_and(Value::is_number) {
        reader.text("preferred_username");
    }
    match claims.get("auth_time") {
        Some(Value::Number(_)) if identity.auth_time.is_none() => {
            reader.drop_claim("auth_time", "is in the future or not a valid date", DroppedPart::Claim);
        }
        None | Some(Value::Null | Value::Number(_)) => {}
        Some(_) => reader.drop_claim("auth_time", "is not a number of seconds", DroppedPart::Claim),
    }
    // Map the groups before any limit: a list may hold thousands of groups, and the config may map three of them.
    let (mut mapped, mut without_groups) = (BTreeSet::new(), None);
    match (&groups.claim, groups.find(claims)) {
        (Some(claim), Some(value)) => {
            let provider_groups = reader.texts(claim.as_str(), value);
            mapped.extend(provider_groups.into_iter().filter_map(|group| groups.local.get(group).cloned()));
        }
        (claim, _) => without_groups = claim.as_ref().map(|claim| claim.as_str().to_owned()),
    }
    let amr = reader.methods();
    let name = reader.shown("name").or_else(|| {
        let unsigned = identity.unsigned_name.as_ref()?;
        let claims = Map::from_iter([("name".to_owned(), Value::from(unsigned.as_str()))]);
        Reader { claims: &claims, dropped: Vec::new() }.shown("name")
    });
    let profile = Profile { name, email, groups: mapped, amr };
    Ok(MappedProfile { profile, dropped: reader.dropped, without_groups })
}

/// Whether the claims have an `email`: a text that is not empty.
pub(super) fn has_address(claims: &Map<String, Value>) -> bool {
    claims.get("email").and_then(Value::as_str).is_some_and(|address| !address.is_empty())
}

/// C15: `email_verified` decides which rules the address meets. Without an address, it decides nothing.
pub(super) fn email_verified(claims: &Map<String, Value>) -> Result<bool, RuleViolation> {
    match claims.get("email_verified").filter(|_| has_address(claims)) {
        None | Some(Value::Null) => Ok(false),
        Some(Value::Bool(verified)) => Ok(*verified),
        Some(_) => {
            Err(RuleViolation::new("C15", "type of a claim", "`email_verified` as true or false", "another type"))
        }
    }
}

/// Reads `email_verified` as text, for a provider that writes it so: `"true"` and `"false"`, and nothing else. This
/// relaxes security rule C15.
pub fn read_verified_text(claims: &mut Map<String, Value>) {
    let Some(claim) = claims.get_mut("email_verified") else { return };
    match claim.as_str() {
        Some("true") => *claim = Value::Bool(true),
        Some("false") => *claim = Value::Bool(false),
        Some(_) | None => {}
    }
}

/// Longest text of a profile, in bytes. It goes into the session, and some texts go into the token and so into an
/// address.
const MAX_TEXT_LENGTH: usize = 1024;
/// Most methods in `amr`, and the longest, in bytes. The registered ones (RFC 8176 §2) have up to six characters; some
/// providers send URIs. All of them go into an address, and proxies refuse a long one.
const MAX_METHODS: usize = 16;
const MAX_METHOD_LENGTH: usize = 100;

/// Control characters, and characters that change the text direction. Joiners stay: names in Persian or Hindi need
/// them.
fn is_misleading(c: char) -> bool {
    is_invisible(c) && !matches!(c, '\u{200c}' | '\u{200d}')
}

/// Reads descriptive claims. One that can't be read is left out and listed.
struct Reader<'c> {
    claims: &'c Map<String, Value>,
    dropped: Vec<DroppedClaim>,
}

impl<'c> Reader<'c> {
    fn drop_claim(&mut self, claim: &str, why: &'static str, part: DroppedPart) {
        let claim = claim.chars().filter(|c| !is_invisible(*c)).take(60).collect();
        self.dropped.push(DroppedClaim { claim, why, part });
    }

    /// Lists an `email_verified` of another type that came without an `email`.
    fn unused_email_verified(&mut self) {
        if !matches!(self.claims.get("email_verified"), None | Some(Value::Null | Value::Bool(_))) {
            self.drop_claim("email_verified", "is not true or false", DroppedPart::Claim);
        }
    }

    fn text(&mut self, name: &str) -> Option<&'c str> {
        match self.claims.get(name)? {
            Value::Null => None,
            Value::String(text) if text.len() <= MAX_TEXT_LENGTH => Some(text),
            Value::String(_) => {
                self.drop_claim(name, "is longer than 1024 bytes", DroppedPart::Claim);
                None
            }
            _ => {
                self.drop_claim(name, "is not text", DroppedPart::Claim);
                None
            }
        }
    }

    /// A text that people read, without characters that break a line or change the text direction.
    fn shown(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let visible: String =
            text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_misleading(*c)).collect();
        Some(visible.trim().to_owned()).filter(|visible| !visible.is_empty())
    }

    /// An address. One with a misleading character is left out: without the character it would be another address.
    fn address(&mut self, name: &str) -> Option<String> {
        let text = self.text(name).filter(|text| !text.is_empty())?;
        if text.contains(is_misleading) {
            self.drop_claim(name, "holds a control or direction character", DroppedPart::Claim);
            return None;
        }
        Some(text.to_owned())
    }

    /// Reads a list of texts. A single text counts as a list of one.
    fn texts(&mut self, name: &str, value: &'c Value) -> Vec<&'c str> {
        match value {
            Value::String(one) => vec![one],
            Value::Array(items) => {
                let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                if texts.len() < items.len() {
                    self.drop_claim(name, "has entries that are not text,", DroppedPart::Entries);
                }
                texts
            }
            _ => {
                self.drop_claim(name, "is neither text nor a list of texts", DroppedPart::Claim);
                Vec::new()
            }
        }
    }

    fn methods(&mut self) -> Vec<String> {
        let Some(value) = self.claims.get("amr").filter(|value| !value.is_null()) else { return Vec::new() };
        let texts = self.texts("amr", value);
        let (count, short) = (texts.len(), texts.into_iter().filter(|text| text.len() <= MAX_METHOD_LENGTH));
        let mut kept: Vec<String> = short.map(str::to_owned).collect();
        if kept.len() < count {
            self.drop_claim("amr", "has entries of more than 100 bytes", DroppedPart::Entries);
        }
        if kept.len() > MAX_METHODS {
            self.drop_claim("amr", "has entries beyond the first 16", DroppedPart::Entries);
            kept.truncate(MAX_METHODS);
        }
        kept
    }
}
