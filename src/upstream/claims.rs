//! Reads claims one by one: from an ID token, userinfo or a webhook.

use std::borrow::Borrow;

use serde_json::{Map, Value};

use crate::base::ids::ProviderId;
use crate::base::redaction::Redaction;
use crate::base::strict_json::{JsonError, Members};
use crate::signin::identify::{DECIDING_CLAIMS, RuleViolation, TokenKind};

/// The claims of an unsigned answer, from userinfo or a webhook. `secrets`: what was sent there, for the log.
///
/// `email_verified` decides beside an `email`, so it must not count as absent if it can't be read. It becomes an empty
/// list, which [`crate::signin::identify::profile`] refuses if there is an `email`.
///
/// # Errors
/// Why `sub` can't be read.
pub fn readable_claims<R: Borrow<Redaction>>(
    members: &Members<'_>,
    (provider, answer): (&ProviderId, &'static str),
    secrets: impl FnOnce() -> R,
) -> Result<Map<String, Value>, JsonError> {
    read_each(members, (provider, answer), secrets, |name| match name {
        "sub" => Unreadable::Refuse,
        "email_verified" => Unreadable::BecomesEmptyList,
        _ => Unreadable::LeaveOut,
    })
    .map_err(|(_, why)| why)
}

/// The members of an API's answer. They decide nothing, so one that can't be read is left out.
pub fn api_claims<R: Borrow<Redaction>>(
    members: &Members<'_>,
    (provider, answer): (&ProviderId, &'static str),
    secrets: impl FnOnce() -> R,
) -> Map<String, Value> {
    read_each(members, (provider, answer), secrets, |_| Unreadable::LeaveOut).unwrap_or_default()
}

/// The claims of a token whose signature was checked. `secrets`: as for [`readable_claims`].
///
/// In an ID token, `auth_time` decides only a login that demands a proof. In both kinds, `email_verified` decides only
/// beside an `email`. If one of them can't be read, it becomes an empty list, which is refused where it decides.
///
/// # Errors
/// C15: a claim that decides can't be read.
pub fn signed_claims<R: Borrow<Redaction>>(
    members: &Members<'_>,
    (provider, kind): (&ProviderId, TokenKind),
    secrets: impl FnOnce() -> R,
) -> Result<Map<String, Value>, RuleViolation> {
    let answer = match kind {
        TokenKind::IdToken => "the ID token",
        TokenKind::Userinfo => "userinfo",
    };
    let unreadable = |name: &str| match (kind, name) {
        (TokenKind::IdToken, "auth_time") | (TokenKind::IdToken | TokenKind::Userinfo, "email_verified") => {
            Unreadable::BecomesEmptyList
        }
        // They bind an ID token to its login. In userinfo, nothing reads them.
        (TokenKind::Userinfo, "nonce" | "at_hash") => Unreadable::LeaveOut,
        (TokenKind::IdToken | TokenKind::Userinfo, name) if DECIDING_CLAIMS.contains(&name) => Unreadable::Refuse,
        (TokenKind::IdToken | TokenKind::Userinfo, _) => Unreadable::LeaveOut,
    };
    read_each(members, (provider, answer), secrets, unreadable)
        .map_err(|(name, why)| kind.broken("C15", "claims", format!("a readable `{name}`"), why.to_string()))
}

/// What happens to a claim that can't be read.
enum Unreadable {
    Refuse,
    /// It must not count as absent.
    BecomesEmptyList,
    LeaveOut,
}

/// Reads each claim once. A warning names the first one that can't be read (security rule C15), and `answer`. Of
/// `secrets`, it shows none (security rule C56).
///
/// # Errors
/// The first claim to refuse, in the order of their names.
fn read_each<'m, R: Borrow<Redaction>>(
    members: &'m Members<'_>,
    (provider, answer): (&ProviderId, &'static str),
    secrets: impl FnOnce() -> R,
    unreadable: impl Fn(&str) -> Unreadable,
) -> Result<Map<String, Value>, (&'m str, JsonError)> {
    let (mut claims, mut count, mut first) = (Map::new(), 0, None);
    for name in members.names() {
        let why = match members.get(name) {
            Ok(value) => {
                claims.extend(value.map(|value| (name.to_owned(), value)));
                continue;
            }
            Err(why) => why,
        };
        match unreadable(name) {
            Unreadable::Refuse => return Err((name, why)),
            Unreadable::BecomesEmptyList => drop(claims.insert(name.to_owned(), Value::Array(Vec::new()))),
            Unreadable::LeaveOut => {}
        }
        count += 1;
        first.get_or_insert((name, why));
    }
    if let Some((name, why)) = first {
        let claim = secrets().borrow().quote_name(name, 60);
        tracing::warn!(
            %provider, error = %why, cause = "claim_ignored", "the claim {claim} of {answer} is unreadable and left out"
        );
    }
    if count > 1 {
        let (unreadable, cause) = (count, "claim_ignored");
        tracing::warn!(%provider, unreadable, cause, "several claims of this answer are unreadable and left out");
    }
    Ok(claims)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use support::Log;

    use super::{readable_claims, signed_claims};
    use crate::base::readable_json::readable;
    use crate::base::redaction::Redaction;
    use crate::base::strict_json::Members;
    use crate::signin::identify::{DECIDING_CLAIMS, RuleViolation, TokenKind};

    fn read(claims: &[u8]) -> Result<Value, RuleViolation> {
        let text = String::from_utf8(readable(claims).into_owned()).unwrap();
        let (members, uni) = (Members::read_signed(&text).unwrap(), "uni".parse().unwrap());
        signed_claims(&members, (&uni, TokenKind::IdToken), Redaction::default).map(Value::Object)
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
            (b"{\"sub\":\"ada\",\"email_verified\":1e999}", json!({ "sub": "ada", "email_verified": [] })),
            (deep.as_bytes(), json!({ "sub": "ada" })),
        ] {
            assert_eq!(read(claims).unwrap(), left);
        }
    }

    // C56: a server may make a name of what it was sent.
    #[test]
    fn the_name_of_an_unreadable_claim_carries_no_secret_into_the_log() {
        let log = Log::open();
        let names = ["s3cr3t-t0ken", "not S3CR3T-T0KEN", "s3cr3t%2Dt0ken", "czNjcjN0LXQwa2Vu", "shoe\\nsize"];
        for name in names {
            let claims = format!(r#"{{"sub":"ada","{name}":1e999}}"#);
            let (members, uni) = (Members::read(claims.as_bytes()).unwrap(), "uni".parse().unwrap());
            let read = readable_claims(&members, (&uni, "userinfo"), || Redaction::of(["s3cr3t-t0ken"])).unwrap();
            assert_eq!(Value::Object(read), json!({ "sub": "ada" }));
        }
        let text = log.text();
        assert_eq!(text.matches("the claim (left out").count(), names.len() - 1, "{text}");
        assert!(text.contains(r#"the claim "shoe\nsize" of userinfo is unreadable"#), "{text}");
        assert!(!text.to_lowercase().contains("t0ken") && !text.contains("czNj"), "{text}");
    }

    // C15
    #[test]
    fn a_claim_that_decides_is_never_read_from_broken_bytes() {
        // `email_verified` decides only beside an `email`. It becomes an empty list, which is refused there.
        for name in DECIDING_CLAIMS.into_iter().filter(|name| *name != "email_verified") {
            for broken in ["1e999", "\"a\\ud800\"", "[\"a\\ud800\"]"] {
                let why = read(format!("{{\"{name}\":{broken}}}").as_bytes()).unwrap_err();
                assert_eq!((why.rule, why.expected), ("C15", format!("a readable `{name}`")), "{broken}");
            }
        }
    }
}
