//! Signed userinfo: what it must say, and that nothing but the provider's own bytes is accepted.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsSigner as _};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;

use super::super::key_set;
use super::super::keys::{KeyIssuers, signing_key};
use super::super::own_rules::OwnRules;
use super::{claims, read};
use crate::base::ids::Issuer;
use crate::base::redaction::Redaction;
use crate::signin::identify::{Algorithm, ExpectedUserinfo, Issuers, RuleViolation};

const ALIAS: &str = "https://alias.example.edu";

const NOON: OffsetDateTime = time::macros::datetime!(2026-03-01 12:00 UTC);

static PAIR: LazyLock<Jwk> = LazyLock::new(|| Jwk::generate_ec_key(EcCurve::P256).unwrap());

fn signed(claims: &str) -> String {
    let [header, claims] = [r#"{"alg":"ES256"}"#, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    let text = format!("{header}.{claims}");
    let signature = ES256.signer_from_jwk(&PAIR).unwrap().sign(text.as_bytes()).unwrap();
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// A provider whose keys each sign for one issuer.
#[derive(Debug)]
struct OneIssuerForEachKey;

impl OwnRules for OneIssuerForEachKey {
    fn key_may_sign(&self, key_issuer: &Issuer, issuer: &Issuer) -> bool {
        key_issuer == issuer
    }
}

/// The claims of a JWT, if the key made its signature. Panics if it did not and the JWT can be read.
fn accepted(compact: &[u8]) -> Result<Map<String, Value>, RuleViolation> {
    accepted_from(compact, &Value::Null)
}

/// As [`accepted`], with a key for this issuer.
fn accepted_from(compact: &[u8], key_issuer: &Value) -> Result<Map<String, Value>, RuleViolation> {
    let jws = read(compact, &[Algorithm::Rs256, Algorithm::Es256])?;
    let (x, y) = (PAIR.parameter("x"), PAIR.parameter("y"));
    let keys = json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y, "issuer": key_issuer }] });
    let keys = key_set::read(keys.to_string().as_bytes()).unwrap();
    let (key, message) = ((jws.algorithm, jws.kid.as_deref()), jws.signed.as_bytes());
    let signer = signing_key(&keys, key, message, &jws.signature)
        .map_err(|why| jws.kind.broken("C14", "signature", "valid", format!("{why:?}")))?;
    let key_issuers = KeyIssuers::of(signer, &keys, key);
    let issuer = Issuer::from("https://sso.example.edu");
    let issuers = Issuers { configured: &issuer, aliases: &[Issuer::from(ALIAS)] };
    let expected = ExpectedUserinfo { issuers, client_id: "vestibule", now: NOON };
    let signed_by = (&OneIssuerForEachKey as &dyn OwnRules, &key_issuers);
    claims(&jws, &"uni".parse().unwrap(), &expected, signed_by, &Redaction::of(["t0ken"]))
}

/// The claims of a JWT with these members after `iss` and `aud`.
fn with(members: &str) -> Result<Map<String, Value>, RuleViolation> {
    accepted(signed(&format!(r#"{{"iss":"https://sso.example.edu","aud":"vestibule",{members}}}"#)).as_bytes())
}

// C12
#[test]
fn signed_userinfo_needs_no_times_and_obeys_those_it_has() {
    let now = NOON.unix_timestamp();
    assert_eq!(with(r#""sub":"ada""#).unwrap()["sub"], "ada");
    for good in [
        format!(r#""exp":{},"iat":{},"nbf":{}"#, now - 59, now + 60, now + 60),
        r#""exp":null,"iat":null,"nbf":null"#.to_owned(),
        r#""exp":1e300"#.to_owned(),
    ] {
        assert!(with(&good).is_ok(), "{good}");
    }
    for (bad, what) in [
        (format!(r#""exp":{}"#, now - 60), "`exp` of userinfo"),
        (format!(r#""iat":{}"#, now + 61), "`iat` of userinfo"),
        (format!(r#""nbf":{}"#, now + 61), "`nbf` of userinfo"),
    ] {
        let broken = with(&bad).unwrap_err();
        assert_eq!((broken.rule, &*broken.what), ("C12", what), "{broken}");
    }
}

// C12
#[test]
fn signed_userinfo_is_by_the_issuer_and_for_our_client() {
    for (members, what) in [
        (json!({ "aud": "vestibule" }), "`iss` of userinfo"),
        (json!({ "iss": null, "aud": "vestibule" }), "`iss` of userinfo"),
        (json!({ "iss": "https://sso.example.edu/", "aud": "vestibule" }), "`iss` of userinfo"),
        (json!({ "iss": "https://sso.example.edu" }), "`aud` of userinfo"),
        (json!({ "iss": "https://sso.example.edu", "aud": [] }), "`aud` of userinfo"),
        (json!({ "iss": "https://sso.example.edu", "aud": ["another"] }), "`aud` of userinfo"),
        (json!({ "iss": "https://sso.example.edu", "aud": ["another", "vestibule"] }), "`azp` of userinfo"),
        (json!({ "iss": "https://sso.example.edu", "aud": "vestibule", "azp": "another" }), "`azp` of userinfo"),
    ] {
        let broken = accepted(signed(&members.to_string()).as_bytes()).unwrap_err();
        assert_eq!((broken.rule, &*broken.what), ("C12", what), "{members}");
    }
    let both = json!({ "iss": "https://sso.example.edu", "aud": ["another", "vestibule"], "azp": "vestibule" });
    assert!(accepted(signed(&both.to_string()).as_bytes()).is_ok());
    let by_alias = json!({ "iss": ALIAS, "aud": "vestibule" });
    assert!(accepted(signed(&by_alias.to_string()).as_bytes()).is_ok());
}

// C14
#[test]
fn signed_userinfo_needs_a_key_that_may_sign_for_its_issuer() {
    let compact = signed(r#"{"iss":"https://sso.example.edu","aud":"vestibule","sub":"ada"}"#);
    for (key_issuer, accepted) in [
        (Value::Null, true),
        (json!("https://sso.example.edu"), true),
        (json!("https://other.example.edu"), false),
        (json!(7), false),
    ] {
        let read = accepted_from(compact.as_bytes(), &key_issuer);
        let expected = "C14: signature of userinfo: expected by a key for https://sso.example.edu, got one for ";
        match read {
            Ok(_) => assert!(accepted, "{key_issuer}"),
            Err(why) => assert!(!accepted && why.to_string().starts_with(expected), "{key_issuer}: {why}"),
        }
    }
}

// C15, C16
#[test]
fn a_claim_of_signed_userinfo_that_decides_is_never_read_from_broken_bytes() {
    for name in ["sub", "exp", "iat", "nbf", "azp"] {
        for broken in ["1e999", "\"a\\ud800\""] {
            let why = with(&format!(r#""{name}":{broken}"#)).unwrap_err();
            assert_eq!((why.rule, why.expected), ("C15", format!("a readable `{name}`")), "{broken}");
        }
    }
    for text in [r#""exp":"1""#, r#""iat":[]"#, r#""nbf":true"#] {
        assert_eq!(with(text).unwrap_err().rule, "C15", "{text}");
    }
    for twice in [r#""sub":"ada","sub":"eve""#, r#""aud":"vestibule""#, r#""odd":{"a":1,"a":2}"#] {
        assert_eq!(with(twice).unwrap_err().to_string().split(": expected").next(), Some("C16: claims of userinfo"));
    }
    // What only describes is left out. `email_verified` is then neither true nor false.
    let read = with(r#""sub":"ada","name":"\ud83d","nonce":1e999,"at_hash":1e999,"email_verified":1e999"#).unwrap();
    let kept = json!({ "iss": "https://sso.example.edu", "aud": "vestibule", "sub": "ada", "email_verified": [] });
    assert_eq!(Value::Object(read), kept);
}

// C56
#[test]
fn the_name_of_an_unreadable_claim_of_signed_userinfo_does_not_carry_the_access_token_into_the_log() {
    let log = support::Log::open();
    assert!(with(r#""sub":"ada","for t0ken":1e999"#).is_ok());
    let text = log.text();
    assert!(text.contains("the claim (left out") && !text.contains("t0ken"), "{text}");
}

proptest! {
    // C14, C16
    #[test]
    fn arbitrary_bytes_are_never_accepted_as_signed_userinfo(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        header in ".{0,20}|\\{\"alg\":\"(ES256|RS256|none|HS256)\"\\}",
        payload in ".{0,20}|\\{\"sub\":\"ada\"\\}",
        signature in proptest::collection::vec(any::<u8>(), 0..70),
    ) {
        prop_assert!(accepted(&bytes).is_err());
        let parts = [header.as_bytes(), payload.as_bytes(), &signature].map(|part| URL_SAFE_NO_PAD.encode(part));
        prop_assert!(accepted(parts.join(".").as_bytes()).is_err());
    }

    // C14, C16
    #[test]
    fn signed_userinfo_with_any_byte_changed_is_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut compact =
            signed(r#"{"iss":"https://sso.example.edu","aud":"vestibule","sub":"ada"}"#).into_bytes();
        prop_assert!(accepted(&compact).is_ok());
        let place = at.index(compact.len());
        prop_assume!(compact[place] != byte);
        compact[place] = byte;
        prop_assert!(accepted(&compact).is_err(), "{place}");
    }
}
