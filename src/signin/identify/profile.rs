//! What of a provider's claims we keep, in our own words.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::Broken;
use crate::base::ids::Group;
use crate::signin::permit::{Email, Profile};

/// Which claim holds a provider's groups, and which of them mean something here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupMap {
    pub claim: Option<String>,
    /// Their value → our group; what is not named is dropped (security rule C31).
    pub local: BTreeMap<String, Group>,
}

/// Maps the standard claims (OpenID Connect Core §5.1) and the groups.
///
/// # Errors
/// C15: a claim of the wrong JSON type is a refusal, never "absent".
pub fn profile(claims: &Map<String, Value>, groups: &GroupMap) -> Result<Profile, Broken> {
    let verified = match claims.get("email_verified") {
        None => false,
        Some(Value::Bool(verified)) => *verified,
        Some(_) => return Err(wrong_type("email_verified", "true or false")),
    };
    let email = text(claims, "email")?.map(|address| Email { address, verified });
    text(claims, "preferred_username")?;
    let theirs = match &groups.claim {
        Some(claim) => list(claims, claim)?,
        None => Vec::new(),
    };
    let mapped: BTreeSet<Group> = theirs.iter().filter_map(|theirs| groups.local.get(theirs).cloned()).collect();
    Ok(Profile { name: text(claims, "name")?, email, groups: mapped, amr: list(claims, "amr")? })
}

fn text(claims: &Map<String, Value>, name: &str) -> Result<Option<String>, Broken> {
    match claims.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => bounded(name, text).map(Some),
        Some(_) => Err(wrong_type(name, "text")),
    }
}

/// Longest text that is kept of a person, in bytes, and most texts in a list: they go into the session, and some into the
/// address that a token travels in.
const LONGEST: usize = 1024;
const MOST: usize = 1000;

fn bounded(name: &str, text: &str) -> Result<String, Broken> {
    if text.len() > LONGEST {
        let got = format!("{} bytes", text.len());
        return Err(Broken::new("C15", "size of a claim", format!("`{name}` of at most {LONGEST} bytes"), got));
    }
    Ok(text.to_owned())
}

fn list(claims: &Map<String, Value>, name: &str) -> Result<Vec<String>, Broken> {
    let Some(value) = claims.get(name) else { return Ok(Vec::new()) };
    let items = value.as_array().filter(|items| items.len() <= MOST);
    let texts: Option<Vec<&str>> = items.and_then(|items| items.iter().map(Value::as_str).collect());
    let texts = texts.ok_or_else(|| wrong_type(name, "a list of at most a thousand texts"))?;
    texts.into_iter().map(|text| bounded(name, text)).collect()
}

fn wrong_type(name: &str, expected: &str) -> Broken {
    Broken::new("C15", "type of a claim", format!("`{name}` as {expected}"), "another type")
}
