//! Which keys are read, what is said of others, and what a signature and the public key hold.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::{ES256, JwsVerifier, RS256};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::ClientKey;
use crate::base::secret::Secret;

fn read(pem: impl Into<String>) -> Result<ClientKey, String> {
    ClientKey::read(&Secret::new(pem.into()), None).map_err(|fault| format!("{fault:?}"))
}

fn text(pem: Vec<u8>) -> String {
    String::from_utf8(pem).unwrap()
}

fn ec() -> EcKeyPair {
    EcKeyPair::generate(EcCurve::P256).unwrap()
}

/// The header and the claims, verified with the public key.
fn verified(key: &ClientKey, token: &str) -> [Value; 2] {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let public = Jwk::from_map(key.public_jwk().as_object().unwrap().clone()).unwrap();
    let verifier: Box<dyn JwsVerifier> = match key.algorithm() {
        "RS256" => Box::new(RS256.verifier_from_jwk(&public).unwrap()),
        _ => Box::new(ES256.verifier_from_jwk(&public).unwrap()),
    };
    verifier.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
    let (header, claims) = signed.split_once('.').unwrap();
    [header, claims].map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
}

#[test]
fn a_key_in_each_form_signs_with_the_algorithm_of_its_type() {
    let (ec, rsa) = (ec(), RsaKeyPair::generate(2048).unwrap());
    let sec1 = text(ec.to_traditional_pem_private_key());
    let indented: String = sec1.lines().flat_map(|line| ["    ", line, "\r\n"]).collect();
    for (pem, algorithm) in [
        (text(ec.to_pem_private_key()), "ES256"),
        (sec1.clone(), "ES256"),
        // What `openssl ecparam -genkey` writes.
        (format!("-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{sec1}"), "ES256"),
        (indented, "ES256"),
        (sec1.trim_end().to_owned(), "ES256"),
        (text(rsa.to_pem_private_key()), "RS256"),
        (text(rsa.to_traditional_pem_private_key()), "RS256"),
    ] {
        let key = read(pem).unwrap();
        let claims = json!({ "iss": "vestibule" });
        let [header, signed] = verified(&key, key.sign(&claims).unwrap().expose());
        assert_eq!((header, signed), (json!({ "alg": algorithm, "typ": "JWT" }), claims));
    }
}

#[test]
fn the_header_and_the_public_key_have_the_configured_kid() {
    let key = ClientKey::read(&Secret::new(text(ec().to_pem_private_key())), Some("key \"1\"".to_owned())).unwrap();
    let [header, _] = verified(&key, key.sign(&json!({})).unwrap().expose());
    assert_eq!(header, json!({ "alg": "ES256", "typ": "JWT", "kid": "key \"1\"" }));
    assert_eq!(key.public_jwk()["kid"], "key \"1\"");
}

// C56
#[test]
fn nothing_of_the_private_key_is_in_debug_output_or_in_the_public_key() {
    for pair in [ec().to_jwk_key_pair(), RsaKeyPair::generate(2048).unwrap().to_jwk_key_pair()] {
        let pem = match pair.key_type() {
            "EC" => text(EcKeyPair::from_jwk(&pair).unwrap().to_pem_private_key()),
            _ => text(RsaKeyPair::from_jwk(&pair).unwrap().to_pem_private_key()),
        };
        let key = read(&pem).unwrap();
        let shown = format!("{key:?} {}", key.public_jwk());
        for name in ["d", "p", "q", "dp", "dq", "qi"] {
            let Some(private) = pair.parameter(name).and_then(Value::as_str) else { continue };
            assert!(!shown.contains(private) && key.public_jwk().get(name).is_none(), "{name}: {shown}");
        }
        let lines: Vec<&str> = pem.lines().filter(|line| !line.starts_with('-')).collect();
        assert!(lines.iter().all(|line| !shown.contains(line)), "{shown}");
    }
}

#[test]
fn a_text_that_holds_no_usable_key_is_explained() {
    let (pair, other) = (ec(), ec());
    let pem = text(pair.to_pem_private_key());
    let cut: String = pem.lines().take(2).collect::<Vec<_>>().join("\n");
    let p384 = EcKeyPair::generate(EcCurve::P384).unwrap();
    for (text, what) in [
        ("s3cret".to_owned(), "holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----"),
        (pair.to_jwk_private_key().to_string(), "holds JSON, and must hold a private key in PEM"),
        (text(pair.to_pem_public_key()), "holds the public half of a key"),
        (pem.replace("PRIVATE", "ENCRYPTED PRIVATE"), "holds a key that a passphrase protects"),
        (pem.replace("KEY-----\nM", "KEY-----\nProc-Type: 4,ENCRYPTED\n\nM"), "holds a key that a passphrase protects"),
        (pem.replace("PRIVATE", "OPENSSH PRIVATE"), "holds a key in OpenSSH's own format"),
        (format!("{pem}{}", text(other.to_pem_private_key())), "holds several private keys"),
        (cut, "holds a damaged key"),
        (pem.replace("PRIVATE", "EC PRIVATE"), "holds a damaged key"),
        (text(p384.to_pem_private_key()), "holds a key that is neither RSA nor EC on the curve P-256"),
        (text(p384.to_traditional_pem_private_key()), "holds a key that is neither RSA nor EC on the curve P-256"),
        (
            text(EdKeyPair::generate(EdCurve::Ed25519).unwrap().to_pem_private_key()),
            "holds a key that is neither RSA nor EC on the curve P-256",
        ),
        (
            text(RsaKeyPair::generate(1024).unwrap().to_pem_private_key()),
            "holds an RSA key of 1024 bits, and RS256 needs 2048 (RFC 7518 §3.3)",
        ),
    ] {
        let message = read(&text).unwrap_err();
        assert!(message.contains(what) && message.contains("fix: Some("), "{what}: {message}");
        // C56
        assert!(text.lines().all(|line| line.is_empty() || !message.contains(line)), "{message}");
    }
}

#[test]
fn a_key_whose_halves_do_not_belong_together_is_damaged() {
    let (mut one, other) = (RsaKeyPair::generate(2048).unwrap().to_jwk_key_pair(), RsaKeyPair::generate(2048).unwrap());
    let modulus = other.to_jwk_public_key().parameter("n").cloned();
    one.set_parameter("n", modulus).unwrap();
    let pem = text(RsaKeyPair::from_jwk(&one).unwrap().to_pem_private_key());
    assert!(read(pem).unwrap_err().contains("holds a damaged key"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]
    #[test]
    fn no_text_makes_the_reader_panic(
        label in "(EC |RSA |)PRIVATE KEY", at in 0_usize..200, byte in any::<u8>(), length in 0_usize..200,
    ) {
        let mut der = ec().to_der_private_key();
        if let Some(changed) = der.get_mut(at) {
            *changed = byte;
        }
        der.truncate(length);
        let base64 = base64::engine::general_purpose::STANDARD.encode(&der);
        let _ = read(format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n"));
    }
}
