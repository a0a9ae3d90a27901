//! Subjects of several claims, for a provider whose `sub` is unique only together with another claim.

use serde_json::{Map, Value};

use super::RuleViolation;
use crate::base::ids::Subject;

/// Longest subject, in bytes (OpenID Connect Core §2).
pub const MAX_SUBJECT_LENGTH: usize = 255;

/// Why a text can't name a person: its length, or that it is blank. A provider that sends white space has no value for
/// this person, and would have none for others.
#[must_use]
pub fn subject_fault(text: &str) -> Option<String> {
    if !(1..=MAX_SUBJECT_LENGTH).contains(&text.len()) {
        return Some(format!("a text of {} bytes", text.len()));
    }
    text.trim().is_empty().then(|| "white space alone".to_owned())
}

/// Between two claims in a subject.
const SEPARATOR: char = ':';

/// The names of the claims that together are the subject. `sub` is always among them: so other claims can only tell
/// more people apart, and never make one person of two.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SubjectClaims {
    /// Empty if `sub` is the only one.
    names: Vec<String>,
}

/// Why these claims can't be a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum InvalidSubjectClaims {
    WithoutSub,
    Twice(String),
}

impl SubjectClaims {
    /// `sub` alone, as the standard has it.
    pub const SUB: Self = Self { names: Vec::new() };

    /// The claims with these names, in this order.
    ///
    /// # Errors
    /// When `sub` is not among them, or one is named twice.
    pub fn new(names: Vec<String>) -> Result<Self, InvalidSubjectClaims> {
        if !names.iter().any(|name| name == "sub") {
            return Err(InvalidSubjectClaims::WithoutSub);
        }
        let twice = names.iter().zip(1..).find(|(name, after)| names.iter().skip(*after).any(|other| other == *name));
        if let Some((name, _)) = twice {
            return Err(InvalidSubjectClaims::Twice(name.clone()));
        }
        Ok(if names.len() == 1 { Self::SUB } else { Self { names } })
    }

    /// The names, if there is any beside `sub`.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The subject of the person with these claims of an ID token.
    ///
    /// # Errors
    /// C15: a claim is missing, is not text, or could be mistaken for two.
    pub fn subject(&self, claims: &Map<String, Value>) -> Result<Subject, RuleViolation> {
        let sub = text(claims, "sub")?;
        let Some((last, before)) = self.names.split_last() else { return Ok(sub.into()) };
        let mut subject = String::new();
        for name in before {
            let part = text(claims, name)?;
            // Otherwise `a:b` and `c` would be the same as `a` and `b:c`.
            if part.contains(SEPARATOR) {
                return Err(refused(name, format!("text without `{SEPARATOR}`"), "text with it"));
            }
            subject.extend([part, ":"]);
        }
        subject.push_str(text(claims, last)?);
        if subject.len() > MAX_SUBJECT_LENGTH {
            let (expected, got) = (format!("at most {MAX_SUBJECT_LENGTH} bytes"), format!("{} bytes", subject.len()));
            return Err(RuleViolation::new("C15", "the claims of `subject_claims` together", expected, got));
        }
        Ok(subject.as_str().into())
    }
}

fn text<'c>(claims: &'c Map<String, Value>, name: &str) -> Result<&'c str, RuleViolation> {
    match claims.get(name) {
        Some(Value::String(text)) => match subject_fault(text) {
            None => Ok(text),
            Some(got) => Err(refused(name, "a text of 1 to 255 bytes", got)),
        },
        Some(_) => Err(refused(name, "text", "another type")),
        None => Err(refused(name, "text", "none")),
    }
}

fn refused(name: &str, expected: impl Into<String>, got: impl Into<String>) -> RuleViolation {
    RuleViolation::new("C15", format!("`{name}` of the ID token"), expected, got)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::{InvalidSubjectClaims, SubjectClaims};

    fn claims(text: Value) -> Map<String, Value> {
        let Value::Object(claims) = text else { panic!("an object") };
        claims
    }

    fn names(names: &[&str]) -> Result<SubjectClaims, InvalidSubjectClaims> {
        SubjectClaims::new(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn subject(of: &SubjectClaims, text: Value) -> Result<String, String> {
        let subject = of.subject(&claims(text));
        subject.map(|subject| subject.as_str().to_owned()).map_err(|why| why.to_string())
    }

    // C21
    #[test]
    fn sub_is_always_among_the_claims_of_a_subject() {
        assert_eq!(names(&["sub"]), Ok(SubjectClaims::SUB));
        assert_eq!(names(&["tid", "oid"]), Err(InvalidSubjectClaims::WithoutSub));
        assert_eq!(names(&["tid", "sub", "tid"]), Err(InvalidSubjectClaims::Twice("tid".to_owned())));
    }

    // C15
    #[test]
    fn each_claim_of_a_subject_is_text_and_only_the_last_one_has_colons() {
        let two = names(&["https://slack.com/team_id", "sub"]).unwrap();
        let with = |team: Value| json!({ "https://slack.com/team_id": team, "sub": "U0:7" });
        assert_eq!(subject(&two, with(json!("T1"))).as_deref(), Ok("T1:U0:7"));
        let refused = |expected: &str, got: &str| {
            Err(format!("C15: `https://slack.com/team_id` of the ID token: expected {expected}, got {got}"))
        };
        for (team, expected, got) in [
            (json!(1), "text", "another type"),
            (json!(null), "text", "another type"),
            (json!(["T1"]), "text", "another type"),
            (json!(""), "a text of 1 to 255 bytes", "a text of 0 bytes"),
            (json!(" \t"), "a text of 1 to 255 bytes", "white space alone"),
            (json!("T1:U"), "text without `:`", "text with it"),
        ] {
            assert_eq!(subject(&two, with(team)), refused(expected, got));
        }
        assert_eq!(subject(&two, json!({ "sub": "U" })), refused("text", "none"));
        let long = json!({ "https://slack.com/team_id": "t".repeat(200), "sub": "u".repeat(55) });
        let why = subject(&two, long).unwrap_err();
        assert!(why.ends_with("together: expected at most 255 bytes, got 256 bytes"), "{why}");
        assert_eq!(subject(&SubjectClaims::SUB, json!({ "sub": "a:b" })).as_deref(), Ok("a:b"));
    }

    proptest! {
        // C21
        #[test]
        fn two_people_never_have_one_subject(
            one in ("[a:]{1,4}", "[a:]{1,4}", "[a:]{1,4}"), other in ("[a:]{1,4}", "[a:]{1,4}", "[a:]{1,4}"),
        ) {
            let of = names(&["x", "sub", "y"]).unwrap();
            let of = |(x, sub, y): &(String, String, String)| subject(&of, json!({ "x": x, "sub": sub, "y": y }));
            if let (Ok(first), Ok(second)) = (of(&one), of(&other)) {
                prop_assert_eq!(first == second, one == other);
            }
        }
    }
}
