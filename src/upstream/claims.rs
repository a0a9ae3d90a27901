//! Reads claims one by one: from an ID token, userinfo or a webhook.

use serde_json::{Map, Value};

use crate::base::ids::ProviderId;
use crate::base::strict_json::{JsonError, Members};
use crate::signin::identify::{DECIDING_CLAIMS, RuleViolation};

/// The claims of an unsigned answer, from userinfo or a webhook.
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
    members.get("sub")?;
    let mut claims = described(members, provider, answer);
    keep_unreadable(members, "email_verified", &mut claims);
    Ok(claims)
}

/// The claims of an ID token whose signature was checked.
///
/// `auth_time` decides only a login that demands a fresh proof. If it can't be read, it becomes an empty list, which
/// such a login refuses.
///
/// # Errors
/// C15: a claim that decides can't be read.
pub fn id_token_claims(members: &Members<'_>, provider: &ProviderId) -> Result<Map<String, Value>, RuleViolation> {
    for name in DECIDING_CLAIMS {
        members.get(name).map_err(|why| {
            RuleViolation::new("C15", "claims of the ID token", format!("a readable `{name}`"), why.to_string())
        })?;
    }
    let mut claims = described(members, provider, "the ID token");
    keep_unreadable(members, "auth_time", &mut claims);
    Ok(claims)
}

/// The claims, each read separately. An unreadable claim is left out, and a warning names the first one (security rule
/// C15).
fn described(members: &Members<'_>, provider: &ProviderId, answer: &'static str) -> Map<String, Value> {
    let (mut claims, mut unreadable) = (Map::new(), 0);
    for name in members.names() {
        match members.get(name) {
            Ok(Some(value)) => drop(claims.insert(name.to_owned(), value)),
            Ok(None) => {}
            Err(why) => {
                unreadable += 1;
                if unreadable == 1 {
                    let claim: String = name.chars().take(60).collect();
                    tracing::warn!(
                        %provider, ?claim, error = %why, cause = "claim_ignored",
                        "a claim of {answer} is unreadable and left out"
                    );
                }
            }
        }
    }
    if unreadable > 1 {
        let cause = "claim_ignored";
        tracing::warn!(%provider, unreadable, cause, "several claims of this answer are unreadable and left out");
    }
    claims
}

/// A claim that decides must not count as absent if it can't be read.
fn keep_unreadable(members: &Members<'_>, name: &str, claims: &mut Map<String, Value>) {
    if members.get(name).is_err() {
        claims.insert(name.to_owned(), Value::Array(Vec::new()));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::id_token_claims;
    use crate::base::readable_json::readable;
    use crate::base::strict_json::Members;
    use crate::signin::identify::{DECIDING_CLAIMS, RuleViolation};

    fn read(claims: &[u8]) -> Result<Value, RuleViolation> {
        let text = String::from_utf8(readable(claims).into_owned()).unwrap();
        id_token_claims(&Members::read_signed(&text).unwrap(), &"uni".parse().unwrap()).map(Value::Object)
    }

    // C15
    #[test]
    fn a_broken_claim_that_only_describes_is_left_out_of_an_id_token() {
        let deep = format!("{{\"sub\":\"ada\",\"o\":{}{}}}", "[".repeat(300), "]".repeat(300));
        for (claims, left) in [
            (&b"{\"sub\":\"ada\",\"name\":\"\\ud83d\"}"[..], json!({ "sub": "ada" })),
            (b"{\"sub\":\"ada\",\"name\":\"J\xfcrgen\"}", json!({ "sub": "ada" })),
            (b"{\"sub\":\"ada\",\"name\":\"a\tb\"}", json!({ "sub": "ada", "name": "a\tb" })),
            (b"{\"sub\":\"ada\",\"o\":1e999}", json!({ "sub": "ada" })),
            (b"{\"sub\":\"ada\",\"auth_time\":1e999}", json!({ "sub": "ada", "auth_time": [] })),
            (deep.as_bytes(), json!({ "sub": "ada" })),
        ] {
            assert_eq!(read(claims).unwrap(), left);
        }
    }

    // C15
    #[test]
    fn a_claim_that_decides_is_never_read_from_broken_bytes() {
        for name in DECIDING_CLAIMS {
            for broken in ["1e999", "\"a\\ud800\"", "[\"a\\ud800\"]"] {
                let why = read(format!("{{\"{name}\":{broken}}}").as_bytes()).unwrap_err();
                assert_eq!((why.rule, why.expected), ("C15", format!("a readable `{name}`")), "{broken}");
            }
        }
    }
}
