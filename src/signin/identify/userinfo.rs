//! The claims of userinfo: whom they are about, and for whom a signed answer is (OpenID Connect Core §5.3).

use serde_json::{Map, Value};
use time::OffsetDateTime;

use super::{ExternalIdentity, RuleViolation, TokenKind, token_claims};
use crate::base::ids::Issuer;

/// What a signed answer must say.
#[derive(Debug)]
pub struct ExpectedUserinfo<'l> {
    pub issuer: &'l Issuer,
    pub client_id: &'l str,
    pub now: OffsetDateTime,
}

/// Checks the claims of a signed answer: it must be by this issuer and for us. Core §5.3.2 recommends `iss` and `aud`.
/// We require both: without them, the answer to another client would pass. [`merge_userinfo`] checks `sub`.
///
/// # Errors
/// C12, C15, with what was expected and what came.
pub fn check_userinfo(claims: &Map<String, Value>, expected: &ExpectedUserinfo<'_>) -> Result<(), RuleViolation> {
    const KIND: TokenKind = TokenKind::Userinfo;
    token_claims::issuer(claims, expected.issuer, KIND)?;
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
    // `email_verified` belongs to the `email` of the same answer. So take both from one answer, unless the `email` of
    // both answers is the same.
    let has_address = ADDRESS.iter().any(|name| identity.claims.contains_key(*name));
    let address_differs = has_address && identity.claims.get("email") != userinfo.get("email");
    for (name, value) in userinfo.into_iter().filter(|(_, value)| !value.is_null()) {
        if !(address_differs && ADDRESS.contains(&name.as_str())) {
            identity.claims.entry(name).or_insert(value);
        }
    }
    Ok(())
}
