//! Which keys of a set can be used, and which of them may check a token.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use josekit::jwk::Jwk;
use josekit::jwk::alg::ec::EcCurve;
use josekit::jws::{ES256, JwsSigner as _};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::key_set::read;
use super::super::rsa_numbers::InvalidNumbers;
use super::{Algorithm, KeyIssuers, ProviderKey, SignatureFault, signing_key};
use crate::base::ids::Issuer;

const MESSAGE: &[u8] = b"header.claims";

static PAIRS: LazyLock<[Jwk; 3]> = LazyLock::new(|| [0; 3].map(|_| Jwk::generate_ec_key(EcCurve::P256).unwrap()));

/// The public half of a pair, with additional members.
fn key(pair: usize, more: Value) -> Value {
    let (x, y) = (PAIRS[pair].parameter("x"), PAIRS[pair].parameter("y"));
    let mut key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y });
    let Value::Object(more) = more else { panic!("an object") };
    key.as_object_mut().unwrap().extend(more);
    key
}

fn signed_by(pair: usize) -> Vec<u8> {
    ES256.signer_from_jwk(&PAIRS[pair]).unwrap().sign(MESSAGE).unwrap()
}

/// Whether one of the keys made the signature.
fn check_signature(
    keys: &[ProviderKey],
    key: (Algorithm, Option<&str>),
    message: &[u8],
    signature: &[u8],
) -> Result<(), SignatureFault> {
    signing_key(keys, key, message, signature).map(|_| ())
}

fn checked(keys: &[Value], kid: Option<&str>, pair: usize) -> Result<(), SignatureFault> {
    let keys = read(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
    check_signature(&keys, (Algorithm::Es256, kid), MESSAGE, &signed_by(pair))
}

// C14
#[test]
fn the_same_key_listed_twice_is_one_key() {
    let once = key(0, json!({ "kid": "a", "use": "sig" }));
    let twice = [once.clone(), once.clone(), key(0, json!({ "kid": "a", "use": "sig", "x5t": "odd" }))];
    assert_eq!(read(json!({ "keys": twice }).to_string().as_bytes()).unwrap().len(), 1);
    for kid in [Some("a"), None] {
        assert_eq!(checked(&twice, kid, 0), Ok(()));
        assert_ne!(checked(&twice, kid, 1), Ok(()));
    }
    // Two keys with the same `kid`: either may have signed.
    let both = [once, key(1, json!({ "kid": "a" }))];
    assert_eq!((checked(&both, Some("a"), 0), checked(&both, Some("a"), 1)), (Ok(()), Ok(())));
}

// C11, C14
#[test]
fn null_counts_as_absent_and_unused_members_may_be_invalid() {
    for more in [
        json!({ "use": null, "alg": null, "kid": null, "key_ops": null, "x5c": null }),
        json!({ "key_ops": "verify", "x5c": 1, "x5t": [], "exp": "never", "iat": {} }),
        json!({ "kid": 7, "key_ops": ["verify"] }),
        json!({ "kid": "" }),
        // Programs write an empty list for a key without `key_ops`.
        json!({ "kid": "a", "key_ops": [] }),
    ] {
        assert_eq!(checked(&[key(0, more.clone())], Some("a"), 0), Ok(()), "{more}");
    }
    for more in [
        json!({ "key_ops": ["encrypt", "wrapKey"] }),
        json!({ "use": "enc" }),
        json!({ "alg": "RS256" }),
        json!({ "alg": "ECDH-ES" }),
        json!({ "use": 1 }),
    ] {
        assert_eq!(checked(&[key(0, more.clone())], None, 0), Err(SignatureFault::NoKey), "{more}");
    }
}

// C14: the signature decides, so a number may be spelt in any base64. The log names one that can't be read.
#[test]
fn a_number_of_a_key_may_be_spelt_in_any_base64() {
    let x = PAIRS[0].parameter("x").unwrap().as_str().unwrap().to_owned();
    for spelt in [format!("{x}="), format!("{}\r\n {}", &x[..20], &x[20..]), x.replace('-', "+").replace('_', "/")] {
        assert_eq!(checked(&[key(0, json!({ "x": spelt, "kid": "a" }))], Some("a"), 0), Ok(()), "{spelt}");
    }
    let cut = json!({ "keys": [key(0, json!({ "x": "AA", "kid": "a" }))] }).to_string();
    let result = check_signature(&read(cut.as_bytes()).unwrap(), (Algorithm::Es256, Some("a")), MESSAGE, &signed_by(0));
    assert_eq!(result, Err(SignatureFault::InvalidKey(InvalidNumbers::Other)));
    let broken = read(json!({ "keys": [key(0, json!({ "x": "!", "kid": "a" }))] }).to_string().as_bytes()).unwrap();
    assert_eq!(broken.skipped_in_words(), "; 1 skipped: key 1 (kid \"a\"): its `x` is not base64url");
}

// C14
#[test]
fn an_rsa_key_whose_numbers_can_not_be_used_is_reported_with_the_reason() {
    let checked = |n: &[u8], e: &[u8]| {
        let key = json!({ "kty": "RSA", "kid": "a", "n": URL_SAFE_NO_PAD.encode(n), "e": URL_SAFE_NO_PAD.encode(e) });
        let keys = read(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
        check_signature(&keys, (Algorithm::Rs256, Some("a")), MESSAGE, &[1; 256])
    };
    let e = [1, 0, 1];
    assert_eq!(checked(&[0xc1; 256], &e), Err(SignatureFault::Invalid));
    for (n, e, why) in [
        (&[0xc1; 128][..], &e[..], InvalidNumbers::Short(1024)),
        (&[0xc1; 8000], &e, InvalidNumbers::Long(64_000)),
        (&[0xc1; 256], b"", InvalidNumbers::Exponent),
        (&[0xc1; 256], b"\0", InvalidNumbers::Exponent),
        (&[0xc1; 256], &[0xff; 256], InvalidNumbers::LargeExponent),
    ] {
        assert_eq!(checked(n, e), Err(SignatureFault::InvalidKey(why)));
    }
}

// C11
#[test]
fn a_key_with_the_tokens_kid_for_another_use_is_reported_as_such() {
    for more in [json!({ "use": "enc" }), json!({ "alg": "ES384" }), json!({ "key_ops": ["sign"] })] {
        let mut named = key(0, more.clone());
        named["kid"] = json!("a");
        assert_eq!(checked(&[named], Some("a"), 0), Err(SignatureFault::OtherUse), "{more}");
    }
    assert_eq!(checked(&[key(0, json!({ "kid": "a", "use": "", "alg": "" }))], Some("a"), 0), Ok(()));
}

// C16: a key that can't be used is skipped, and the log says why
#[test]
fn a_skipped_key_is_reported_with_place_kid_and_reason() {
    let twice = key(0, json!({ "kid": "b" })).to_string().replacen('{', "{\"kty\":\"EC\",", 1);
    let set = format!(
        "{{\"keys\":[{},{twice},{},{{\"kty\":\"AKP\"}},7,{}]}}",
        key(0, json!({ "kid": "a", "use": 7 })),
        json!({ "kty": "EC", "crv": "P-256", "x": "AA" }),
        key(0, json!({})),
    );
    let read = read(set.as_bytes()).unwrap();
    let messages: Vec<_> = read.skipped.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages[..4],
        [
            "key 1 (kid \"a\"): its `use` is not text",
            "key 2 (kid \"b\"): its `kty` can't be read (a member named twice)",
            "key 3: its `y` is missing",
            "key 4: its `kty` \"AKP\" is not supported",
        ]
    );
    assert!(messages[4].starts_with("key 5: it is not a JSON object"), "{messages:?}");
    assert_eq!((read.len(), read.skipped.iter().filter(|skipped| skipped.why.is_malformed()).count()), (1, 4));
    assert_eq!(read.skipped_in_words(), "; 5 skipped: key 1 (kid \"a\"): its `use` is not text");
}

// C11, C20
#[test]
fn keys_with_the_tokens_kid_come_first_then_keys_without_one_and_others_never() {
    let (named, other, nameless) = (key(0, json!({ "kid": "a" })), key(1, json!({ "kid": "b" })), key(2, json!({})));
    let all = [nameless, other, named];
    assert_eq!(checked(&all, Some("a"), 0), Ok(()));
    assert_eq!(checked(&all, Some("a"), 2), Ok(()));
    assert_eq!(checked(&all, Some("a"), 1), Err(SignatureFault::Invalid));
    assert_eq!(checked(&all, Some("new"), 2), Ok(()));
    assert_eq!(checked(&all, Some("new"), 0), Err(SignatureFault::NoKey), "newer keys may hold it");
    for pair in 0..3 {
        assert_eq!(checked(&all, None, pair), Ok(()));
    }
    assert_eq!(checked(&all[..1], None, 0), Err(SignatureFault::NoKey));
}

// C16
#[test]
fn an_invalid_key_does_not_hide_a_valid_one() {
    let good = key(0, json!({ "kid": "a" })).to_string();
    for invalid in [
        "null",
        "[]",
        "1e999",
        r#"{"kty":"oct","k":"c2VjcmV0","kid":"a"}"#,
        r#"{"kty":"EC","crv":"P-999","x":"AA","y":"AA","kid":"a"}"#,
        r#"{"kty":"EC","crv":"P-256","x":"AA","y":"AA","kid":"a"}"#,
        r#"{"kty":"RSA","n":"!","e":"AQAB","kid":"a"}"#,
        r#"{"kty":"RSA","n":1,"e":"AQAB"}"#,
        r#"{"kty":"EC","kty":"EC"}"#,
    ] {
        for keys in [format!("[{invalid},{good}]"), format!("[{good},{invalid}],\"a\":1,\"a\":2")] {
            let keys = read(format!("{{\"keys\":{keys}}}").as_bytes()).unwrap();
            let found = check_signature(&keys, (Algorithm::Es256, Some("a")), MESSAGE, &signed_by(0));
            assert_eq!(found, Ok(()), "{invalid}");
        }
    }
    // A repeated member makes a key invalid, and a repeated list makes the set invalid.
    let twice = good.replacen('{', r#"{"kid":"b","#, 1);
    assert!(read(format!("{{\"keys\":[{twice}]}}").as_bytes()).unwrap().is_empty());
    assert_eq!(read(br#"{"keys":[],"keys":[]}"#).unwrap_err(), "`keys` can't be read (a member named twice)");
    assert_eq!(read(b"{}").unwrap_err(), "`keys` is missing");
    assert_eq!(read(br#"{"keys":{}}"#).unwrap_err(), "`keys` is not a list");
    assert!(read(b"\xef\xbb\xbf{\"keys\":[]}").unwrap().is_empty());
}

// C19: a large set is cheap to read, since a key's verifier is made only when a token needs the key.
#[test]
fn a_verifier_is_made_only_when_a_token_needs_its_key() {
    let keys: Vec<Value> = (0..1_000).map(|number| key(number % 3, json!({ "kid": number.to_string() }))).collect();
    let keys = read(json!({ "keys": keys }).to_string().as_bytes()).unwrap();
    assert!(keys.len() == 1_000 && keys.iter().all(|key| key.verifiers.get().is_none()));
    assert_eq!(
        check_signature(&keys, (Algorithm::Es256, Some("7")), MESSAGE, &signed_by(0)),
        Err(SignatureFault::Invalid)
    );
    assert_eq!(
        check_signature(&keys, (Algorithm::Rs256, Some("7")), MESSAGE, &signed_by(0)),
        Err(SignatureFault::OtherUse)
    );
    assert_eq!(keys.iter().filter(|key| key.verifiers.get().is_some()).count(), 1);
    // Copies of a key share its verifier.
    assert!(keys[7].clone().verifiers.get().is_some());
    // For a token without `kid`, only a limited number of keys is tried.
    assert_eq!(check_signature(&keys, (Algorithm::Es256, None), MESSAGE, b"no signature"), Err(SignatureFault::NoKey));
    assert!(keys.iter().filter(|key| key.verifiers.get().is_some()).count() <= super::MAX_TRIED + 1);
}

/// A listed key: its pair, and its members `kid`, `use` and `alg`.
#[derive(Debug, Clone)]
struct Listed {
    pair: usize,
    kid: Option<&'static str>,
    usage: Option<&'static str>,
    algorithm: Option<&'static str>,
}

fn listed() -> impl Strategy<Value = Listed> {
    let kid = proptest::option::of(proptest::sample::select(vec!["a", "b"]));
    let usage = proptest::option::of(proptest::sample::select(vec!["sig", "enc"]));
    let algorithm = proptest::option::of(proptest::sample::select(vec!["ES256", "RS256", "ECDH-ES"]));
    (0..3_usize, kid, usage, algorithm).prop_map(|(pair, kid, usage, algorithm)| Listed { pair, kid, usage, algorithm })
}

proptest! {
    // C10, C11, C14: the oracle applies the rule to the list, and verifies no signature.
    #[test]
    fn a_signature_is_valid_exactly_if_an_eligible_key_made_it(
        set in proptest::collection::vec(listed(), 0..6),
        kid in proptest::option::of(proptest::sample::select(vec!["a", "b", "c"])),
        signer in 0..3_usize,
    ) {
        let eligible = |key: &Listed| {
            key.usage != Some("enc")
                && matches!(key.algorithm, None | Some("ES256"))
                && (kid.is_none() || key.kid.is_none() || key.kid == kid)
        };
        let valid = set.iter().any(|key| eligible(key) && key.pair == signer);
        let keys: Vec<Value> = set
            .iter()
            .map(|it| key(it.pair, json!({ "kid": it.kid, "use": it.usage, "alg": it.algorithm })))
            .collect();
        prop_assert_eq!(checked(&keys, kid, signer) == Ok(()), valid);
    }

    // C16
    #[test]
    fn arbitrary_bytes_verify_nothing_and_never_cause_a_panic(
        bytes: Vec<u8>,
        text in "\\{\"keys\":\\[\\{\"kty\":\"(RSA|EC|OKP)\",\"[nexy]\":\"[A-Za-z0-9_=-]{0,40}\",\
                 \"crv\":\"P-256\",\"y\":\"[A-Za-z0-9_-]{0,50}\"\\}\\]\\}",
    ) {
        prop_assert!(read(&bytes).is_err());
        let keys = read(text.as_bytes()).unwrap();
        for algorithm in Algorithm::ALL {
            prop_assert_ne!(check_signature(&keys, (algorithm, None), MESSAGE, &bytes), Ok(()));
        }
    }
}

/// Whose tokens the key may sign that made the signature with the first pair.
fn issuers(listed: &[Value], kid: Option<&str>) -> KeyIssuers {
    let keys = read(json!({ "keys": listed }).to_string().as_bytes()).unwrap();
    let token = (Algorithm::Es256, kid);
    KeyIssuers::of(signing_key(&keys, token, MESSAGE, &signed_by(0)).unwrap(), &keys, token)
}

fn only(issuers: &[&str]) -> KeyIssuers {
    KeyIssuers::Only(issuers.iter().map(|issuer| Issuer::from(*issuer)).collect())
}

// C14
#[test]
fn a_key_names_the_issuer_whose_tokens_it_may_sign_and_an_unreadable_name_fits_none() {
    for (issuer, read_as) in [
        (json!("https://sso.example.edu"), only(&["https://sso.example.edu"])),
        (json!(null), KeyIssuers::Any),
        (json!(["https://sso.example.edu"]), only(&[""])),
        (json!(7), only(&[""])),
    ] {
        assert_eq!(issuers(&[key(0, json!({ "kid": "a", "issuer": issuer }))], Some("a")), read_as, "{issuer}");
    }
    let twice = json!({ "keys": [key(0, json!({}))] })
        .to_string()
        .replace("\"kty\"", "\"issuer\":\"a\",\"issuer\":\"b\",\"kty\"");
    assert_eq!(read(twice.as_bytes()).unwrap()[0].issuer, Some(Issuer::from("")));
}

// C14
#[test]
fn a_key_that_is_listed_for_several_issuers_may_sign_for_each_of_them() {
    let of = |pair, kid: &str, issuer: Value| key(pair, json!({ "kid": kid, "issuer": issuer }));
    let [one, two] = ["https://one.example", "https://two.example"];
    let both = [of(0, "a", json!(one)), of(0, "a", json!(two)), of(0, "a", json!(one))];
    assert_eq!(issuers(&both, Some("a")), only(&[one, two]));
    assert_eq!(issuers(&both, None), only(&[one, two]));
    assert_eq!(issuers(&[of(0, "a", json!(one)), of(0, "a", json!(null))], Some("a")), KeyIssuers::Any);
    // Another key, and another `kid`, say nothing about this one.
    assert_eq!(issuers(&[of(0, "a", json!(one)), of(1, "a", json!(two))], Some("a")), only(&[one]));
    assert_eq!(issuers(&[of(0, "a", json!(one)), of(0, "b", json!(two))], Some("a")), only(&[one]));
    assert_eq!(issuers(&[of(0, "a", json!(one)), of(0, "b", json!(two))], None), only(&[one, two]));
}
