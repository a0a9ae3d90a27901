//! The answers of a provider's API, and the members that a path leads to.

use std::borrow::Cow;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::mapped_claims::MAPPED_CLAIMS;
use crate::base::ids::{ProviderId, Subject};
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::strict_json::{JsonError, Members, value_of};
use crate::signin::identify::{ClaimPath, MAX_SUBJECT_LENGTH, Nested, RuleViolation, place_in_list, subject_fault};
use crate::upstream::UpstreamError;
use crate::upstream::answer_words::error_note;
use crate::upstream::claims::api_claims;

/// The bodies of the answers, in a readable form.
pub struct Bodies<'b> {
    userinfo: Cow<'b, [u8]>,
    calls: Vec<(&'b str, Cow<'b, [u8]>)>,
}

/// The answers. Each member is parsed only when it is read.
pub struct Answers<'b> {
    userinfo: Members<'b>,
    calls: Vec<(&'b str, &'b RawValue)>,
}

impl<'b> Bodies<'b> {
    /// `calls`: each call's name and the body of its answer.
    pub fn new(userinfo: &'b [u8], calls: &'b [(String, Vec<u8>)]) -> Self {
        let calls = calls.iter().map(|(name, body)| (name.as_str(), readable(body))).collect();
        Self { userinfo: readable(userinfo), calls }
    }

    /// Reads the bodies as JSON.
    ///
    /// # Errors
    /// When userinfo is no object, or the answer of a call is no JSON.
    pub fn read(&self) -> Result<Answers<'_>, UpstreamError> {
        let unusable = |what: &str, why: &str| UpstreamError::AnswerUnusable(format!("{what} is not JSON: {why}"));
        let userinfo = Members::read(&self.userinfo).map_err(|why| unusable("userinfo", &why.to_string()))?;
        let mut calls = Vec::with_capacity(self.calls.len());
        for (name, body) in &self.calls {
            // serde_json quotes no text of a whole value.
            let raw = serde_json::from_slice::<&RawValue>(body)
                .map_err(|why| unusable(&format!("the answer of the call {name}"), &why.to_string()))?;
            calls.push((*name, raw));
        }
        Ok(Answers { userinfo, calls })
    }
}

impl<'b> Answers<'b> {
    /// The claims that no mapping sets: they serve groups and the username template, and decide nothing else.
    pub fn claims(&self, provider: &ProviderId, secrets: &Redaction) -> Map<String, Value> {
        let mut claims = api_claims(&self.userinfo, (provider, "userinfo"), || secrets);
        for (name, raw) in &self.calls {
            claims.remove(*name);
            match value_of(raw) {
                Ok(value) => claims.extend(value.map(|value| ((*name).to_owned(), value))),
                Err(why) => tracing::warn!(
                    %provider, error = %why, cause = "claim_ignored",
                    "the answer of the call {name} is unreadable and gives no claim"
                ),
            }
        }
        claims.retain(|name, _| !MAPPED_CLAIMS.contains(&name.as_str()));
        claims
    }

    /// The value at a path; `None` if it is missing or null.
    ///
    /// # Errors
    /// When a name on the way comes twice, or it can't be read.
    pub fn value(&self, path: &ClaimPath) -> Result<Option<Value>, JsonError> {
        self.raw(path)?.map_or(Ok(None), value_of)
    }

    /// The subject: text, or a whole number as its digits. Never through a floating-point number, which has 53 bits.
    /// `secrets`: an answer without a subject may be an error, whose words reach the log.
    ///
    /// # Errors
    /// C15, C16: it is missing, empty, or something else.
    pub fn subject(&self, path: &ClaimPath, secrets: &Redaction) -> Result<Subject, RuleViolation> {
        let refused = |rule: &'static str, got: String| {
            RuleViolation::new(rule, "the subject", format!("text or a whole number at `{path}`"), got)
        };
        let raw = self.raw(path).map_err(|why| refused("C16", why.to_string()))?;
        let raw = raw.ok_or_else(|| refused("C15", format!("none{}", error_note(&self.userinfo, secrets))))?;
        if is_whole_number(raw.get()) {
            return Ok(raw.get().into());
        }
        match value_of(raw).map_err(|why| refused("C16", why.to_string()))? {
            Some(Value::String(text)) => match subject_fault(&text) {
                None => Ok(text.as_str().into()),
                Some(got) => Err(refused("C15", got)),
            },
            Some(Value::Number(_)) => Err(refused("C15", "another number".to_owned())),
            Some(_) => Err(refused("C15", "another type".to_owned())),
            None => Err(refused("C15", "none".to_owned())),
        }
    }

    /// The bytes at a path; `None` if they are missing or null.
    pub fn raw(&self, path: &ClaimPath) -> Result<Option<&'b RawValue>, JsonError> {
        path.find_from(&|name| Ok(self.member(name)?.filter(|raw| !is_null(raw))))
    }

    /// The answer of a call takes precedence: the config names it.
    fn member(&self, name: &str) -> Result<Option<&'b RawValue>, JsonError> {
        match self.calls.iter().find(|(call, _)| *call == name) {
            Some((_, raw)) => Ok(Some(raw)),
            None => self.userinfo.raw(name),
        }
    }
}

impl Nested for &RawValue {
    type Error = JsonError;

    fn step(self, name: &str) -> Result<Option<Self>, JsonError> {
        let text = self.get();
        let found = if text.starts_with('{') {
            Members::read(text.as_bytes())?.raw(name)?
        } else {
            let list = serde_json::from_str::<Vec<Self>>(text).unwrap_or_default();
            place_in_list(name).and_then(|place| list.get(place).copied())
        };
        Ok(found.filter(|raw| !is_null(raw)))
    }
}

fn is_null(raw: &RawValue) -> bool {
    raw.get() == "null"
}

/// JSON has no leading zeros, so equal numbers have equal digits.
fn is_whole_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    (1..=MAX_SUBJECT_LENGTH).contains(&text.len()) && !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::Bodies;
    use crate::base::redaction::Redaction;
    use crate::signin::identify::ClaimPath;

    fn subject(userinfo: &str, path: &str) -> Result<String, String> {
        let bodies = Bodies::new(userinfo.as_bytes(), &[]);
        let answers = bodies.read().map_err(|why| why.to_string())?;
        let subject = answers.subject(&ClaimPath::parse(path).unwrap(), &Redaction::of(["t0ken"]));
        subject.map(|subject| subject.as_str().to_owned()).map_err(|why| why.to_string())
    }

    // C15
    #[test]
    fn a_subject_is_text_or_the_digits_of_a_whole_number() {
        for (userinfo, path, expected) in [
            (r#"{"id":"ada"}"#, "id", "ada"),
            (r#"{"id":583231}"#, "id", "583231"),
            // Beyond 2^53 and 2^64: a floating-point number would make one person of many.
            (r#"{"id":9007199254740993}"#, "id", "9007199254740993"),
            (r#"{"id":123456789012345678901234567890}"#, "id", "123456789012345678901234567890"),
            (r#"{"id":0}"#, "id", "0"),
            (r#"{"data":{"id":"7","name":1}}"#, "data.id", "7"),
            (r#"{"data":[{"id":1},{"id":2}]}"#, "data.1.id", "2"),
            (r#"{"data":{"id":"7"},"data.id":"8"}"#, "data.id", "8"),
            (r#"{"data":{"id":"7"},"data.id":null}"#, "data.id", "7"),
            // A name on the path may hold dots.
            (r#"{"social.example/user":{"id":"7"}}"#, "social.example/user.id", "7"),
            (r#"{"a":{"b":{"id":"7"}},"a.b":{"id":"8"}}"#, "a.b.id", "8"),
            (r#"{"a":{"b":{"id":"7"}},"a.b":{"name":"8"}}"#, "a.b.id", "7"),
            (r#"{"id":"\u00e9"}"#, "id", "é"),
        ] {
            assert_eq!(subject(userinfo, path), Ok(expected.to_owned()), "{userinfo}");
        }
        let refused = |got: &str| Err(format!("C15: the subject: expected text or a whole number at `id`, got {got}"));
        for (userinfo, got) in [
            ("{}", "none"),
            (r#"{"id":null}"#, "none"),
            (r#"{"id":""}"#, "a text of 0 bytes"),
            (r#"{"id":1.0}"#, "another number"),
            (r#"{"id":1e3}"#, "another number"),
            (r#"{"id":true}"#, "another type"),
            (r#"{"id":{"a":1}}"#, "another type"),
            (r#"{"id":["a"]}"#, "another type"),
            // As Slack and Facebook write errors with status 200.
            (r#"{"ok":false,"error":"invalid_auth"}"#, "none; it says: invalid_auth"),
            (r#"{"error":{"message":"t0ken expired","code":190}}"#, "none; it says: [left out] expired (code 190)"),
            (r#"{"title":"Dr"}"#, "none"),
        ] {
            assert_eq!(subject(userinfo, "id"), refused(got), "{userinfo}");
        }
        let long = format!(r#"{{"id":"{}"}}"#, "a".repeat(256));
        assert_eq!(subject(&long, "id"), refused("a text of 256 bytes"));
    }

    // C16
    #[test]
    fn a_name_that_comes_twice_on_the_way_to_the_subject_is_refused() {
        for (userinfo, path) in [
            (r#"{"id":"a","id":"b"}"#, "id"),
            (r#"{"data":{"id":"a"},"data":{"id":"b"}}"#, "data.id"),
            (r#"{"data":{"id":"a","id":"b"}}"#, "data.id"),
            ("{\"id\":\"a\\ud800\"}", "id"),
        ] {
            let why = subject(userinfo, path).unwrap_err();
            assert!(why.starts_with("C16: the subject"), "{userinfo}: {why}");
        }
        // Nothing reads the other names.
        assert_eq!(subject(r#"{"x":1,"x":2,"id":"a"}"#, "id"), Ok("a".to_owned()));
    }

    #[test]
    fn answers_of_calls_join_the_claims_and_mapped_names_never_do() {
        let userinfo = r#"{"id":1,"login":"ada","email_verified":true,"sub":"root","amr":["x"],"emails":"spoofed"}"#;
        let calls = [("emails".to_owned(), br#"[{"email":"ada@example.org","primary":true}]"#.to_vec())];
        let bodies = Bodies::new(userinfo.as_bytes(), &calls);
        let answers = bodies.read().unwrap();
        let claims = answers.claims(&"social".parse().unwrap(), &Redaction::default());
        let emails = json!([{ "email": "ada@example.org", "primary": true }]);
        assert_eq!(Value::Object(claims), json!({ "id": 1, "login": "ada", "emails": emails }));
        let first = answers.value(&ClaimPath::parse("emails.0.email").unwrap()).unwrap();
        assert_eq!(first, Some(json!("ada@example.org")));
        for broken in [r#"{"a":1} {"b":2}"#, "<p>", "", r#"{"a":1},"id":{"b":2}"#] {
            let calls = [("emails".to_owned(), broken.as_bytes().to_vec())];
            assert!(Bodies::new(b"{}", &calls).read().is_err(), "{broken}");
            assert!(Bodies::new(broken.as_bytes(), &[]).read().is_err(), "{broken}");
        }
    }

    // C16
    #[test]
    fn the_log_names_the_call_whose_answer_cannot_be_read_as_a_claim() {
        let log = support::Log::open();
        let calls = [("teams".to_owned(), br#"[{"name":"a","name":"b"}]"#.to_vec())];
        let bodies = Bodies::new(br#"{"id":1}"#, &calls);
        let claims = bodies.read().unwrap().claims(&"social".parse().unwrap(), &Redaction::default());
        assert_eq!(Value::Object(claims), json!({ "id": 1 }));
        let text = log.text();
        assert!(text.contains("claim_ignored") && text.contains("the call teams is unreadable"), "{text}");
    }

    /// Objects and lists in each other, with dots in names.
    fn object() -> impl Strategy<Value = Value> {
        let name = "[ab0](\\.[ab0]){0,1}";
        let members = move |value: BoxedStrategy<Value>| prop::collection::btree_map(name, value, 0..4);
        let leaf = prop_oneof![Just(Value::Null), any::<u8>().prop_map(Value::from)].boxed();
        let value = leaf.prop_recursive(4, 30, 4, move |value| {
            prop_oneof![
                members(value.clone()).prop_map(|members| Value::Object(members.into_iter().collect())),
                prop::collection::vec(value, 0..3).prop_map(Value::Array),
            ]
        });
        members(value.boxed()).prop_map(|members| Value::Object(members.into_iter().collect()))
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(userinfo: Vec<u8>, call: Vec<u8>, path in "[a-z.0-9]{1,9}") {
            let calls = [("a".to_owned(), call)];
            let bodies = Bodies::new(&userinfo, &calls);
            if let (Ok(answers), Some(path)) = (bodies.read(), ClaimPath::parse(&path)) {
                let _ = (answers.subject(&path, &Redaction::default()), answers.value(&path));
            }
        }

        // The groups of a person are found by `ClaimPath::find`.
        #[test]
        fn a_path_leads_to_the_same_value_here_and_in_the_claims(userinfo in object(), path in "[ab0](\\.[ab0]){0,4}") {
            let path = ClaimPath::from(path);
            let body = userinfo.to_string();
            let bodies = Bodies::new(body.as_bytes(), &[]);
            let answers = bodies.read().unwrap();
            let claims = userinfo.as_object().unwrap();
            prop_assert_eq!(answers.value(&path).unwrap(), path.find(claims).cloned(), "{} in {}", path, body);
        }

        // The oracle is serde_json with the number's own text.
        #[test]
        fn each_number_is_a_subject_of_its_own(one: u128, other: u128) {
            let read = |number: u128| subject(&format!("{{\"id\":{number}}}"), "id").unwrap();
            prop_assert_eq!(read(one), one.to_string());
            prop_assert_eq!(read(one) == read(other), one == other);
        }
    }
}
