//! The Galène conference server, whose stock client reads `?token=` and whose server checks `sub`, `aud` and `exp`.

use crate::signin::arrive::{ErrorReturn, Kind, SubjectClaim};

pub const KIND: Kind = Kind {
    name: "galene",
    token_type: "JWT",
    subject: SubjectClaim::Username,
    // Its page takes every return without a token for "go to the portal": an error sent there would loop.
    error_return: ErrorReturn::Never,
    expand,
    takes_username,
};

/// The words that a rule may give.
pub const PERMISSIONS: [&str; 4] = ["op", "present", "observe", "record"];

/// Galène neither expands nor validates permissions, so a rule's word becomes the list that the word means there.
///
/// `record` is a word of its own, as Galène honours it even where the group forbids recording. `admin` opens the
/// group's administration to the bearer and is never given by a rule.
fn expand(permission: &str) -> Option<Vec<String>> {
    let words: &[&str] = match permission {
        "op" => &["op", "present", "message", "caption", "token"],
        "present" => &["present", "message"],
        "observe" => &[],
        "record" => &["record"],
        _ => return None,
    };
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

/// What Galène answers with a bare "not authorised": RFC-less, read from its own check of `sub`.
fn takes_username(name: &str) -> Result<(), &'static str> {
    if name.contains('\\') {
        return Err("Galène takes no \\ in a name");
    }
    if name.split('/').any(|segment| matches!(segment, "" | "." | "..")) {
        return Err("Galène takes no / at either end of a name, no // and no . or .. between slashes");
    }
    Ok(())
}
