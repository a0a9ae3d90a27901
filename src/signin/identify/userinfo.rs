//! Adds the claims of userinfo to those of an ID token (OpenID Connect Core §5.3.2).

use serde_json::{Map, Value};

use super::profile::has_address;
use super::{DroppedClaim, DroppedPart, ExternalIdentity, RuleViolation};

/// The claims that have a meaning only together (OpenID Connect Core §5.1).
const ADDRESS: [&str; 2] = ["email", "email_verified"];

/// Adds the claims of userinfo, if it is about the same person (OpenID Connect Core §5.3.2).
///
/// # Errors
/// C17. Then no claim of userinfo is kept.
pub fn merge_userinfo(identity: &mut ExternalIdentity, userinfo: Map<String, Value>) -> Result<(), RuleViolation> {
    match userinfo.get("sub") {
        Some(Value::String(sub)) if sub == identity.key.subject.as_str() => {}
        other => {
            let got = match other {
                None | Some(Value::Null) => "none",
                Some(Value::String(_)) => "another",
                Some(_) => "another type",
            };
            return Err(RuleViolation::new("C17", "`sub` of userinfo", "that of the ID token", got));
        }
    }
    let (address, others): (Map<_, _>, Map<_, _>) =
        userinfo.into_iter().filter(|(_, value)| !value.is_null()).partition(|(name, _)| ADDRESS.contains(&&**name));
    for (name, value) in others {
        identity.claims.entry(name).or_insert(value);
    }
    merge_address(identity, address);
    Ok(())
}

/// `email_verified` belongs to the `email` of the same answer. So both come from the answer that has an `email`: from
/// the ID token if both have another one.
fn merge_address(identity: &mut ExternalIdentity, userinfo: Map<String, Value>) {
    let id_token: Map<_, _> = ADDRESS.iter().filter_map(|name| identity.claims.remove_entry(*name)).collect();
    let is_same = id_token.get("email") == userinfo.get("email");
    let (kept, left_out, why) = match (has_address(&id_token), has_address(&userinfo)) {
        (true, true) if !is_same => (id_token, userinfo, "of userinfo is not for the `email` of the ID token"),
        (true, false) => (id_token, userinfo, "of userinfo came without an `email`"),
        (false, true) => (userinfo, id_token, "of the ID token came without an `email`"),
        (true, true) | (false, false) => (userinfo.into_iter().chain(id_token).collect(), Map::new(), ""),
    };
    let lost = left_out.into_iter().filter(|(name, value)| kept.get(name) != Some(value));
    let dropped = lost.map(|(claim, _)| DroppedClaim { claim, why, part: DroppedPart::Claim });
    identity.dropped.extend(dropped);
    identity.claims.extend(kept);
}
