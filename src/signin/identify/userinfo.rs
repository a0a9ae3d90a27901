//! The claims of userinfo: for whom a signed answer is, and how they join those of an ID token (OpenID Connect Core
//! §5.3).

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::profile::has_address;
use super::{DroppedClaim, DroppedPart, ExternalIdentity, Issuers, RuleViolation, TokenKind, token_claims};

/// What a signed answer must say.
#[derive(Debug)]
pub struct ExpectedUserinfo<'l> {
    pub issuers: Issuers<'l>,
    pub client_id: &'l str,
    pub now: OffsetDateTime,
}

/// Checks the claims of a signed answer: it must be by one of these issuers and for us. Core §5.3.2 recommends `iss`
/// and `aud`. We require both: without them, the answer to another client would pass. [`merge_userinfo`] checks `sub`.
///
/// # Errors
/// C12, C15, with what was expected and what came.
pub fn check_userinfo(claims: &Map<String, Value>, expected: &ExpectedUserinfo<'_>) -> Result<(), RuleViolation> {
    const KIND: TokenKind = TokenKind::Userinfo;
    token_claims::issuer(claims, expected.issuers, KIND)?;
    token_claims::audience(claims, expected.client_id, KIND)?;
    token_claims::times(claims, expected.now, KIND)
}

/// The claims that have a meaning only together (OpenID Connect Core §5.1).
const ADDRESS: [&str; 2] = ["email", "email_verified"];

/// Adds the claims of userinfo, if it is about the same person (OpenID Connect Core §5.3.2).
///
/// # Errors
/// C17. Then no claim of userinfo is kept.
pub fn merge_userinfo(identity: &mut ExternalIdentity, userinfo: Map<String, Value>) -> Result<(), RuleViolation> {
    match userinfo.get("sub") {
        // Not the subject of the key: that may have other claims, too.
        Some(sub @ Value::String(_)) if identity.claims.get("sub") == Some(sub) => {}
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
