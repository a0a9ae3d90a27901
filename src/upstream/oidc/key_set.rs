//! Reads the JWK Set of a provider: the usable keys, and the skipped ones.

use std::collections::HashSet;
use std::ops::Deref;

use serde_json::value::RawValue;

use super::keys::{KeyError, ProviderKey};
use crate::base::readable_json::readable;
use crate::base::strict_json::Members;

/// How many skipped keys are kept for the log. A set may hold hundreds of thousands.
const MAX_SKIPPED: usize = 20;

/// The keys of a provider that can be used, and those that were skipped.
#[derive(Debug)]
pub struct KeySet {
    usable: Vec<ProviderKey>,
    /// The first keys that were skipped.
    pub skipped: Vec<SkippedKey>,
    skipped_count: usize,
}

/// A key that can't be used, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key {place}{}: {why}", kid_note(.kid.as_deref()))]
pub struct SkippedKey {
    /// Its place in the list, from 1 on.
    pub place: usize,
    pub kid: Option<String>,
    pub why: KeyError,
}

/// Reads a JWK Set. A key that can't be used is skipped; the others count (RFC 7517 §5).
///
/// # Errors
/// When there is no list of keys, or more than one (security rule C16).
pub fn read(bytes: &[u8]) -> Result<KeySet, String> {
    let bytes = readable(bytes);
    let set = Members::read(&bytes).map_err(|why| format!("it is not a JSON object ({why})"))?;
    let listed = set.raw("keys").map_err(|why| format!("`keys` can't be read ({why})"))?;
    let listed = listed.ok_or("`keys` is missing")?;
    let listed: Vec<&RawValue> = serde_json::from_str(listed.get()).map_err(|_| "`keys` is not a list")?;
    // A key that is listed twice is one key.
    let mut seen = HashSet::new();
    let mut set = KeySet { usable: Vec::new(), skipped: Vec::new(), skipped_count: 0 };
    for (at, raw) in listed.into_iter().enumerate() {
        match ProviderKey::read(raw, &mut seen) {
            Ok(key) => set.usable.extend(key),
            Err(why) => {
                set.skipped_count += 1;
                if set.skipped.len() < MAX_SKIPPED {
                    set.skipped.push(SkippedKey { place: at + 1, kid: kid_of(raw), why });
                }
            }
        }
    }
    Ok(set)
}

/// The `kid` of a skipped key, for the log.
fn kid_of(raw: &RawValue) -> Option<String> {
    Some(Members::read(raw.get().as_bytes()).ok()?.lossy_text("kid")?.chars().take(40).collect())
}

fn kid_note(kid: Option<&str>) -> String {
    kid.map_or_else(String::new, |kid| format!(" (kid {kid:?})"))
}

impl Deref for KeySet {
    type Target = [ProviderKey];

    fn deref(&self) -> &[ProviderKey] {
        &self.usable
    }
}

impl KeySet {
    /// `; 2 skipped: key 1 (kid "a"): its …`. Empty if no key was skipped.
    pub fn skipped_in_words(&self) -> String {
        match self.skipped.as_slice() {
            [] => String::new(),
            [first, ..] => format!("; {} skipped: {first}", self.skipped_count),
        }
    }
}
