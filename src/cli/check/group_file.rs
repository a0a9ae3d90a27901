//! A group's file, where Galène keeps it: the keys in it, beside ours.

use std::path::Path;

use serde_json::Value;
use time::OffsetDateTime;

use crate::base::clock::when;
use crate::base::ids::KeyId;
use crate::signer::rotation::{self, Phase};
use crate::signin::arrive::Room;
use crate::store::StoredKey;
use crate::upstream::probe::Speaker;

const EXPORT: &str = "vestibule key export --galene, or `vestibule key push`";

/// Compares `authKeys` with the keys that are published now.
pub fn look(folder: &Path, room: &Room, ours: &[StoredKey], now: OffsetDateTime, to: &mut Speaker<'_>) {
    let path = folder.join(format!("{}.json", room.as_str()));
    let file = match std::fs::read(&path).map(|bytes| serde_json::from_slice::<Value>(&bytes)) {
        Ok(Ok(file)) => file,
        Ok(Err(why)) => return to.wrong(format!("{} is no JSON: {why}", path.display()), "mend the file"),
        Err(why) => return to.wrong(format!("{} can't be read: {why}", path.display()), "look at --groups"),
    };
    let theirs = match file.get("authKeys") {
        Some(Value::Array(keys)) if !keys.is_empty() => keys,
        Some(Value::Array(_) | Value::Null) | None => return to.wrong("its file has no authKeys", EXPORT),
        Some(_) => return to.wrong("authKeys of its file is no list", EXPORT),
    };
    let mut all_there = true;
    for key in ours {
        if let Some(why) = missing(key, theirs, now) {
            all_there = false;
            to.wrong(why, EXPORT);
        }
    }
    for key in theirs {
        if let Some((what, mend)) = odd(key, ours) {
            to.warn(what, mend);
        }
    }
    if all_there && !ours.is_empty() {
        to.good(format!("its file has our keys: {}", ours.len()));
    }
}

/// Why Galène can't check tokens of this key of ours.
fn missing(ours: &StoredKey, theirs: &[Value], now: OffsetDateTime) -> Option<String> {
    let kid = &ours.kid;
    let when = match rotation::phase(ours, now) {
        Phase::Published => format!("which signs from {}", when(ours.active_at)),
        Phase::Active => "which signs now: every token is refused".to_owned(),
        Phase::Retired => "whose last tokens are still about".to_owned(),
        Phase::Gone => return None,
    };
    let Some(found) = theirs.iter().find(|key| text(key, "kid") == Some(kid.as_str())) else {
        return Some(format!("its file lacks our key {kid}, {when}"));
    };
    let public: Value = serde_json::from_str(&ours.public_jwk).unwrap_or_default();
    if text(found, "alg") != text(&public, "alg") {
        return Some(format!("key {kid} of its file has no \"alg\": \"{}\", so Galène skips it", ours.algorithm));
    }
    let differs = ["kty", "crv", "x", "y", "n", "e"].into_iter().find(|member| found.get(member) != public.get(member));
    differs.map(|member| format!("key {kid} of its file has another `{member}` than ours, {when}"))
}

/// What stands there and is not ours.
fn odd(key: &Value, ours: &[StoredKey]) -> Option<(String, &'static str)> {
    match text(key, "kid") {
        None => Some(("a key of its file has no kid, and our tokens name one".to_owned(), EXPORT)),
        Some(kid) if ours.iter().all(|key| key.kid != KeyId::from(kid.to_owned())) => {
            let what = format!("key {kid} of its file is none of ours: whoever has it lets people in");
            Some((what, "take it out, unless it is meant"))
        }
        Some(_) => None,
    }
}

fn text<'v>(key: &'v Value, member: &str) -> Option<&'v str> {
    key.get(member).and_then(Value::as_str)
}
