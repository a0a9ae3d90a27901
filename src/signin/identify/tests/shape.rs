//! The outer shape of an ID token, and what its header may say.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::base::secret::Hash;
use crate::signin::identify::{Algorithm, Jws, RuleViolation, TokenKind};

const DEFAULT: [Algorithm; 3] = [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa];
const CLAIMS: &str = r#"{"sub":"ada"}"#;

fn token(header: &str, claims: &str) -> String {
    let [header, claims, signature] = [header.as_bytes(), claims.as_bytes(), b"sig"].map(|p| URL_SAFE_NO_PAD.encode(p));
    format!("{header}.{claims}.{signature}")
}

/// The subject, after the form of header and claims was checked.
fn read(token: &str) -> Result<Option<Value>, RuleViolation> {
    let jws = Jws::read(token, &DEFAULT, TokenKind::IdToken)?;
    Ok(jws.claims()?.get("sub").unwrap())
}

/// The rule that refuses the token; `None` if the token is read.
fn refused(token: &str) -> Option<&'static str> {
    read(token).err().map(|broken| broken.rule)
}

#[test]
fn a_plain_header_is_read() {
    let jws =
        Jws::read(&token(r#"{"alg":"ES256","kid":"one","typ":"JWT"}"#, CLAIMS), &DEFAULT, TokenKind::IdToken).unwrap();
    assert_eq!((jws.algorithm, jws.kid.as_deref()), (Algorithm::Es256, Some("one")));
    assert_eq!(jws.claims().unwrap().get("sub"), Ok(Some(json!("ada"))));
    let text = token(r#"{"alg":"ES256","kid":"one","typ":"JWT"}"#, CLAIMS);
    assert_eq!((jws.signed.as_str(), jws.signature.as_slice()), (text.rsplit_once('.').unwrap().0, &b"sig"[..]));
    assert_eq!(Jws::read(&token(r#"{"alg":"RS256"}"#, CLAIMS), &DEFAULT, TokenKind::IdToken).unwrap().kid, None);
}

// C10
#[test]
fn only_an_algorithm_on_the_providers_list_is_accepted() {
    for name in
        ["none", "None", "nOnE", "HS256", "HS384", "HS512", "RS384", "PS256", "ES512", "ES256K", "rs256", "", "RS256 "]
    {
        assert_eq!(refused(&token(&format!(r#"{{"alg":"{name}"}}"#), CLAIMS)), Some("C10"), "{name}");
    }
    assert_eq!(refused(&token("{}", CLAIMS)), Some("C10"));
    assert!(Jws::read(&token(r#"{"alg":"ES256"}"#, CLAIMS), &[Algorithm::Rs256], TokenKind::IdToken).is_err());
    assert!(Jws::read(&token(r#"{"alg":"PS512"}"#, CLAIMS), &[Algorithm::Ps512], TokenKind::IdToken).is_ok());
    let broken = Jws::read(&token(r#"{"alg":"HS256"}"#, CLAIMS), &DEFAULT, TokenKind::IdToken).unwrap_err();
    let fix = "HS256; have the provider sign with one of these";
    assert_eq!((broken.expected.as_str(), broken.got.as_str()), ("RS256 or ES256 or EdDSA", fix));
    let broken = Jws::read(&token(r#"{"alg":"PS256"}"#, CLAIMS), &DEFAULT, TokenKind::IdToken).unwrap_err();
    assert_eq!(broken.got, "PS256; have the provider sign with one of these, or add it to `algorithms`");
}

// C10
#[test]
fn unsupported_algorithms_are_unknown_and_each_other_one_has_its_own_name_and_hash() {
    for name in ["none", "HS256", "HS384", "HS512", "ES256K", "Ed448", "ed25519", "rs256"] {
        assert_eq!(Algorithm::from_name(name), None, "{name}");
    }
    // RFC 9864 §2.2
    assert_eq!(Algorithm::from_name("Ed25519"), Some(Algorithm::EdDsa));
    assert_eq!(
        Jws::read(&token(r#"{"alg":"Ed25519"}"#, CLAIMS), &DEFAULT, TokenKind::IdToken).unwrap().algorithm,
        Algorithm::EdDsa
    );
    for algorithm in Algorithm::ALL {
        assert_eq!(Algorithm::from_name(algorithm.as_str()), Some(algorithm));
        let bits = algorithm.as_str().trim_start_matches(char::is_alphabetic);
        let expected = match bits {
            "256" => Hash::Sha256,
            "384" => Hash::Sha384,
            _ => Hash::Sha512,
        };
        assert_eq!(format!("{:?}", algorithm.hash()), format!("{expected:?}"), "{algorithm:?}");
    }
}

// C11
#[test]
fn a_critical_header_is_refused_and_a_key_in_the_header_is_ignored() {
    for crit in [r#"["exp"]"#, r#"["b64"]"#, "[]", "1"] {
        let header = format!(r#"{{"alg":"RS256","crit":{crit},"exp":1,"b64":false}}"#);
        assert_eq!(refused(&token(&header, CLAIMS)), Some("C11"), "{crit}");
    }
    // These headers are ignored: the key comes from the provider's own set, and only `kid` helps to choose it.
    let header =
        r#"{"alg":"RS256","jwk":{"kty":"RSA"},"jku":"https://evil.example","x5u":"https://evil.example","x5c":["AA"]}"#;
    let jws = Jws::read(&token(header, CLAIMS), &DEFAULT, TokenKind::IdToken).unwrap();
    assert_eq!(jws.kid, None);
}

// C15
#[test]
fn a_header_of_the_wrong_type_is_refused_and_does_not_count_as_missing() {
    for header in [r#"{"alg":256}"#, r#"{"alg":["RS256"]}"#] {
        assert_eq!(refused(&token(header, CLAIMS)), Some("C15"), "{header}");
    }
    assert_eq!(refused(&token(r#"{"alg":null}"#, CLAIMS)), Some("C10"));
    // These headers choose no algorithm and name no kind of token.
    for members in
        [r#""kid":null,"typ":null,"crit":null"#, r#""kid":1,"typ":1"#, r#""kid":"","typ":"""#, r#""kid":[],"typ":{}"#]
    {
        let jws = Jws::read(&token(&format!(r#"{{"alg":"RS256",{members}}}"#), CLAIMS), &DEFAULT, TokenKind::IdToken)
            .unwrap();
        assert_eq!(jws.kid, None, "{members}");
    }
}

// C16
#[test]
fn duplicate_members_and_trailing_data_are_refused() {
    let alg = r#"{"alg":"RS256"}"#;
    for (header, claims) in [
        (r#"{"alg":"RS256","alg":"RS256"}"#, CLAIMS),
        (r#"{"alg":"RS256","odd":1,"odd":1}"#, CLAIMS),
        (r#"{"alg":"RS256","\u0061lg":"none"}"#, CLAIMS),
        (alg, r#"{"sub":"ada","sub":"mallory"}"#),
        (alg, r#"{"sub":"ada","s\u0075b":"mallory"}"#),
        (alg, r#"{"odd":{"a":1,"a":2}}"#),
        (alg, r#"{"odd":[{"a":1,"a":2}]}"#),
        (alg, r#"{"odd":1,"odd":1e999}"#),
        (alg, "{\"sub\":\"ada\"}\0"),
        (alg, "\u{feff}{\"sub\":\"ada\"}"),
        ("{\"alg\":\"RS256\"}\0", CLAIMS),
        (alg, r#"{"sub":"ada"}{}"#),
        (alg, r#"{"sub":"ada"} x"#),
        (alg, r#"[{"sub":"ada"}]"#),
        (alg, "null"),
        (alg, ""),
        (r#"{"alg":"RS256"}{"#, CLAIMS),
    ] {
        assert_eq!(refused(&token(header, claims)), Some("C16"), "{header} {claims}");
    }
}

// C15
#[test]
fn a_token_with_a_broken_unused_member_is_accepted() {
    for member in [r#""odd":"\ud800""#, r#""odd":1e999"#, r#""\ud800":1"#, "\"odd\":\"a\tb\""] {
        let (header, claims) = (format!(r#"{{"alg":"RS256",{member}}}"#), format!(r#"{{"sub":"ada",{member}}}"#));
        assert_eq!(read(&token(&header, &claims)).unwrap(), Some(json!("ada")), "{member}");
    }
    let latin = b"{\"alg\":\"RS256\",\"odd\":\"\xfc\"}";
    assert_eq!(
        read(&format!("{}.{}.c2ln", URL_SAFE_NO_PAD.encode(latin), URL_SAFE_NO_PAD.encode(CLAIMS))).unwrap(),
        Some(json!("ada"))
    );
    // What decides is never read from broken bytes.
    for (header, rule) in [
        (r#"{"alg":"RS256\ud800"}"#, "C15"),
        (r#"{"alg":"RS256","crit":"\ud800"}"#, "C11"),
        (r#"{"alg":"RS256","crit":1e999}"#, "C11"),
        (r#"{"alg":"RS256","typ":"at+jwt\ud800"}"#, "C18"),
    ] {
        assert_eq!(refused(&token(header, CLAIMS)), Some(rule), "{header}");
    }
}

// C16
#[test]
fn only_canonical_base64url_in_three_parts_is_a_token() {
    let good = token(r#"{"alg":"RS256"}"#, CLAIMS);
    assert_eq!(refused(&good), None);
    let parts: Vec<&str> = good.split('.').collect();
    let header = parts[0];
    let with = |claims: &str, signature: &str| format!("{header}.{claims}.{signature}");
    // Two letters hold one byte and four bits that must be zero (RFC 4648 §3.5).
    let spaced = URL_SAFE_NO_PAD.encode(r#"{"sub":"ada" }"#);
    assert_eq!(spaced.len() % 4, 3);
    let loose = format!("{}{}", &spaced[..spaced.len() - 1], char::from(spaced.as_bytes()[spaced.len() - 1] + 1));
    for bad in [
        with(&URL_SAFE.encode(r#"{"sub":"ada" }"#), parts[2]),
        with(&STANDARD.encode(r#"{"sub":"ada?>"}"#), "++//"),
        with(&loose, parts[2]),
        with(parts[1], "AB"),
        with(parts[1], "A"),
        with(parts[1], "s ig"),
        with(&format!("{}\n", parts[1]), parts[2]),
        format!("{good}."),
        format!("{good}.{}", parts[2]),
        format!("{header}.{}", parts[1]),
        format!(" {good}"),
        String::new(),
        "..".into(),
    ] {
        assert_eq!(refused(&bad), Some("C16"), "{bad:?}");
    }
    let encrypted = Jws::read("eyJhbGciOiJSU0EtT0FFUCJ9.a.b.c.d", &DEFAULT, TokenKind::IdToken).unwrap_err();
    assert_eq!(encrypted.got, "five: it is encrypted, which is not supported; have the provider sign it only");
}

// C18
#[test]
fn a_token_of_another_kind_is_not_an_id_token() {
    for kind in [
        "logout+jwt",
        "at+jwt",
        "login+jwt",
        "application/at+jwt",
        "application/x/jwt",
        "dpop+jwt",
        "text/jwt",
        "jose+json",
    ] {
        let header = format!(r#"{{"alg":"RS256","typ":"{kind}"}}"#);
        assert_eq!(refused(&token(&header, CLAIMS)), Some("C18"), "{kind}");
    }
    // RFC 7515 §4.1.9
    for kind in ["JWT", "jwt", "application/jwt", "Application/JWT", "JOSE", "jose"] {
        assert_eq!(refused(&token(&format!(r#"{{"alg":"RS256","typ":"{kind}"}}"#), CLAIMS)), None);
    }
}

// C16
#[test]
fn cty_is_ignored_and_a_nested_token_is_refused() {
    let header = r#"{"alg":"RS256","cty":"JWT"}"#;
    assert_eq!(read(&token(header, CLAIMS)).unwrap(), Some(json!("ada")));
    let broken = read(&token(header, &token(header, CLAIMS))).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "C16: claims of the ID token: expected a JSON object, got a nested JWT, which is not supported"
    );
    // C56: a name is no secret, and no value is shown.
    let broken = read(&token(header, r#"{"sub":"ada","sub":"eve"}"#)).unwrap_err();
    assert_eq!(
        broken.to_string(),
        "C16: claims of the ID token: expected a JSON object, got a member named twice: \"sub\""
    );
    // A part of a long name could be a part of a secret.
    let long = "s3cr3t-".repeat(20);
    let broken = read(&token(header, &format!(r#"{{"{long}":1,"{long}":2}}"#))).unwrap_err();
    assert!(broken.to_string().ends_with("got a member named twice: a name of 140 characters"), "{broken}");
}

proptest::proptest! {
    // C16
    #[test]
    fn arbitrary_text_is_refused_and_never_panics(
        text in "\\PC*",
        parts in "[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,40}\\.[A-Za-z0-9_-]{0,9}",
    ) {
        proptest::prop_assert!(read(&text).is_err());
        proptest::prop_assert!(read(&parts).is_err());
    }
}
