//! Reads the claims of an unsigned answer: from userinfo or a webhook.

use serde_json::{Map, Value};

use crate::base::ids::ProviderId;
use crate::base::strict_json::{JsonError, Members};

/// The claims, each read separately. An unreadable claim that only describes the person is left out, and a
/// warning names the first one (security rule C15).
///
/// `email_verified` decides, so it must not count as absent if it can't be read. It becomes an empty list, which
/// [`crate::signin::identify::profile`] refuses if it uses this claim.
///
/// # Errors
/// Why `sub` can't be read.
pub fn readable_claims(
    members: &Members<'_>,
    provider: &ProviderId,
    answer: &'static str,
) -> Result<Map<String, Value>, JsonError> {
    let (mut claims, mut unreadable) = (Map::new(), 0);
    for name in members.names() {
        match members.get(name) {
            Ok(Some(value)) => drop(claims.insert(name.to_owned(), value)),
            Ok(None) => {}
            Err(why) if name == "sub" => return Err(why),
            Err(why) => {
                if name == "email_verified" {
                    claims.insert(name.to_owned(), Value::Array(Vec::new()));
                }
                unreadable += 1;
                if unreadable == 1 {
                    let claim: String = name.chars().take(60).collect();
                    tracing::warn!(%provider, ?claim, error = %why, "a claim of {answer} is unreadable and left out");
                }
            }
        }
    }
    if unreadable > 1 {
        tracing::warn!(%provider, unreadable, "several claims of this answer are unreadable and left out");
    }
    Ok(claims)
}
