//! Hooks that return the typed password.

use serde_json::{Value, json};

use super::{hook, not_available, read_json};
use crate::base::secret::Secret;
use crate::signin::identify::password::{Credentials, NotAccepted, RefusalReason};
use crate::upstream::attempt::Attempt;
use crate::upstream::attempt::recording_gate::RecordingGate;

// C56
#[test]
fn a_hook_that_returns_the_typed_password_as_the_subject_signs_nobody_in() {
    let log = support::Log::open();
    let why = not_available(read_json(200, &json!({ "subject": "correct horse" })));
    let words = "`subject` is the typed password, which must not be stored; have the hook answer as \
                 examples/webhook/README.md says";
    assert_eq!((why.phase, why.why.as_str()), ("answer", words));
    let refused = NotAccepted::Refused { why: RefusalReason::NameOrPassword, subject: None };
    assert_eq!(read_json(403, &json!({ "refused": "wrong", "subject": "correct horse" })), Err(refused));
    let text = log.text();
    assert!(text.contains("counted for no account: `subject` is the typed password") && !text.contains("horse"));
}

// C56
#[test]
fn a_claim_that_is_the_typed_password_is_left_out_and_named() {
    let log = support::Log::open();
    let claims = json!({
        "preferred_username": "correct horse", "amr": ["correct horse"], "correct horse": 1, "name": "Correct Horse"
    });
    let identity = read_json(200, &json!({ "subject": "4711", "claims": claims, "groups": ["correct horse"] }));
    let left = json!({ "sub": "4711", "name": "Correct Horse", "groups": ["correct horse"] });
    assert_eq!(Value::Object(identity.unwrap().claims), left);
    let text = log.text();
    assert_eq!(text.matches("is the typed password and left out").count(), 1, "{text}");
    assert!(text.contains("the claim \"amr\"") && !text.contains("horse"), "{text}");
}

// A directory may allow such a password. The name is no secret.
#[test]
fn a_password_that_is_also_the_typed_name_does_not_stop_a_sign_in() {
    for (name, password) in
        [("ada", "ada"), ("Ada", "ada"), ("ada@example.org", "ada"), ("ada", "ADA"), ("EXAMPLE\\ada", "ada")]
    {
        let typed = Credentials::parse(name.to_owned(), Secret::new(password.to_owned())).unwrap();
        let (gate, body) = (RecordingGate::open(), json!({ "subject": password, "claims": { "name": password } }));
        let answer = http::Response::new(body.to_string().into_bytes());
        let identity = hook(None).read(&answer, &Attempt::new(&typed, &gate)).unwrap();
        assert_eq!((identity.key.subject.as_str(), &identity.claims["name"]), (password, &json!(password)), "{name}");
    }
}
