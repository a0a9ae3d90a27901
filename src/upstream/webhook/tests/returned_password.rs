//! Hooks that return the typed password.

use serde_json::{Value, json};

use super::{ada, hook, not_available, read_json};
use crate::base::secret::Secret;
use crate::signin::identify::password::{Credentials, NotAccepted, RefusalReason};
use crate::signin::identify::{GroupMap, profile};
use crate::upstream::attempt::Attempt;
use crate::upstream::attempt::recording_gate::RecordingGate;

// C56
#[test]
fn a_hook_that_returns_the_typed_password_as_the_subject_signs_nobody_in() {
    let log = support::Log::open();
    let why = not_available(read_json(200, &json!({ "subject": "correct horse" })));
    let words = "`subject` is the typed password, which must not be stored; let the hook never return the password; if \
                 it returns a number of the person that is also their password, they have to choose another password";
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
        "preferred_username": "correct horse", "amr": ["correct horse"], "correct horse": 1, "name": "Correct Horses"
    });
    let identity = read_json(200, &json!({ "subject": "4711", "claims": claims, "groups": ["correct horse"] }));
    let left = json!({ "sub": "4711", "name": "Correct Horses", "groups": ["correct horse"] });
    let identity = identity.unwrap();
    assert_eq!(
        (Value::Object(identity.claims), identity.left_out),
        (left, vec!["amr".into(), "preferred_username".into()])
    );
    let text = log.text();
    for claim in ["\"amr\"", "\"preferred_username\"", "(left out: this message contains what the person typed)"] {
        let words = format!("the claim {claim} of the hook's answer is the typed password and left out");
        assert_eq!(text.matches(&words).count(), 1, "{claim}: {text}");
    }
    assert!(!text.contains("horse"), "{text}");
}

// C56: a username is trimmed, and compared without regard to letter case.
#[test]
fn the_typed_password_is_found_with_spaces_around_it_in_other_letter_case_and_at_any_depth() {
    let log = support::Log::open();
    let spellings = ["48151623    ", " 48151623", "48151623\n", "48151623\u{a0}", "４８１５１６２３"];
    let cases = spellings.map(|spelling| ("48151623", spelling)).into_iter().chain([
        ("Zq9-only-exact-77", "ZQ9-ONLY-EXACT-77"),
        ("correct horse", "Correct  Horse"),
        (" spaced ", "spaced"),
    ]);
    for (password, returned) in cases {
        for claim in [json!(returned), json!([returned]), json!({ "deep": [{ "er": returned }] })] {
            let claims = json!({ "preferred_username": claim, "name": "Ada" });
            let left = json!({ "sub": "u1", "name": "Ada" });
            assert_eq!(claims_with_password(password, &claims), left, "{password:?} {claim}");
        }
    }
    assert!(!log.text().contains("48151623") && !log.text().to_lowercase().contains("zq9"), "{}", log.text());
    let padded = json!({ "subject": "Correct Horse " });
    assert_eq!(not_available(read_json(200, &padded)).phase, "answer");
    // Other text stays, also if the password is nothing but spaces.
    for (password, other) in [("48151623", "481516234"), ("   ", ""), ("   ", " ")] {
        let claims = json!({ "preferred_username": other });
        assert_eq!(claims_with_password(password, &claims)["preferred_username"], other, "{password:?}");
    }
}

// C56
#[test]
fn the_log_names_each_claim_that_is_the_typed_password_once() {
    let (log, hook, typed, gate) = (support::Log::open(), hook(None), ada(), RecordingGate::open());
    let read = |claims: Value| {
        let answer = http::Response::new(json!({ "subject": "4711", "claims": claims }).to_string().into_bytes());
        hook.read(&answer, &Attempt::new(&typed, &gate)).unwrap();
        log.text().matches("is the typed password and left out").count()
    };
    for warnings in [1, 1] {
        assert_eq!(read(json!({ "note": "correct horse" })), warnings);
    }
    assert_eq!(read(json!({ "note": "correct horse", "nickname": "correct horse" })), 2);
    // A hook that makes up names does not fill the log.
    for number in 0..100 {
        read(json!({ format!("note-{number}"): "correct horse" }));
    }
    assert_eq!(read(json!({ "website": "correct horse" })), 20);
}

// C56
#[test]
fn a_password_of_digits_that_the_hook_returns_as_a_number_is_left_out() {
    let log = support::Log::open();
    let claims = json!({ "preferred_username": 4_711_020, "amr": [4_711_020], "name": "Ada", "updated_at": 4711 });
    let left = json!({ "sub": "u1", "name": "Ada", "updated_at": 4711 });
    assert_eq!(claims_with_password("4711020", &claims), left);
    assert!(log.text().contains("the claim \"amr\"") && !log.text().contains("4711020"), "{}", log.text());
    // A program may write the same number in another way.
    for (password, written) in [
        ("123456781", "1.23456781e8"),
        ("123456781", "123456781.0"),
        ("-5", "-5.00"),
        ("0042", "42"),
        ("1.50", "1.5"),
        ("12345678901234567890123", "12345678901234567890123"),
    ] {
        let claims =
            serde_json::from_str(&format!("{{\"preferred_username\":{written},\"amr\":[{written}]}}")).unwrap();
        assert_eq!(claims_with_password(password, &claims), json!({ "sub": "u1" }), "{written}");
    }
    for (password, other) in [("123456781", 123_456_782.0), ("inf", 1e300)] {
        let claims = json!({ "preferred_username": other });
        assert_eq!(claims_with_password(password, &claims)["preferred_username"], other, "{password}");
    }
}

#[test]
fn a_password_that_is_the_name_of_a_standard_claim_costs_no_claim() {
    let log = support::Log::open();
    let claims = json!({ "email": "ada@example.org", "name": "Ada", "amr": ["pin"], "email_verified": true });
    let mut all = claims.clone();
    all["sub"] = json!("u1");
    for password in ["email", "name", "sub", "amr", "email_verified"] {
        assert_eq!(claims_with_password(password, &claims), all, "{password}");
    }
    assert!(!log.text().contains("typed password"), "{}", log.text());
}

// C15
#[test]
fn an_email_verified_that_is_the_typed_password_does_not_count_as_absent() {
    for returned in [json!("correct horse"), json!(["correct horse"])] {
        let claims = json!({ "email": "ada@example.org", "email_verified": returned });
        let identity = read_json(200, &json!({ "subject": "4711", "claims": claims })).unwrap();
        assert_eq!(profile(&identity, &GroupMap::default()).unwrap_err().rule, "C15", "{claims}");
        assert_eq!(identity.claims["email_verified"], json!([]));
    }
}

/// What is left of the claims that a hook sends with the subject `u1`.
fn claims_with_password(password: &str, claims: &Value) -> Value {
    let typed = Credentials::parse("ada".to_owned(), Secret::new(password.to_owned())).unwrap();
    let (gate, body) = (RecordingGate::open(), json!({ "subject": "u1", "claims": claims }));
    let answer = http::Response::new(body.to_string().into_bytes());
    Value::Object(hook(None).read(&answer, &Attempt::new(&typed, &gate)).unwrap().claims)
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
