//! Finds a private key in a PEM text (RFC 7468).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use x509_parser::pem::Pem;

use crate::config::reader::Fault;

/// A private key of a type that signs.
pub enum PrivateKey {
    /// 2048 bits or more.
    Rsa(RsaKeyPair),
    /// On the curve P-256.
    Ec(EcKeyPair),
}

/// The command that makes a key.
pub const NEW_KEY: &str = "`openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256` prints a new one";

/// The labels of PKCS#8 (RFC 5208), PKCS#1 (RFC 8017) and SEC1 (RFC 5915).
const PKCS8: &str = "PRIVATE KEY";
const PKCS1: &str = "RSA PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";

/// RFC 7518 §3.3.
const MIN_RSA_BITS: u32 = 2048;

/// Reads the only private key in the text. OpenSSL writes parameters before a key of SEC1, and some services put a
/// certificate beside a key: these are ignored.
///
/// # Errors
/// What the text holds instead, and the fix. Quotes nothing of it (security rule C56).
pub fn read(text: &str) -> Result<PrivateKey, Fault> {
    // A key that was copied out of a YAML file is indented.
    let text: String = text.lines().flat_map(|line| [line.trim(), "\n"]).collect();
    if text.starts_with('{') {
        return Err(Fault::new("holds JSON, and must hold a private key in PEM").fix("convert the JWK to PEM"));
    }
    if text.contains("ENCRYPTED") {
        let fault = Fault::new("holds a key that a passphrase protects");
        return Err(fault.fix("remove the passphrase by `openssl pkey -in FILE -out KEY.pem`, and chmod 600 KEY.pem"));
    }
    let blocks: Vec<Pem> = Pem::iter_from_buffer(text.as_bytes()).collect::<Result<_, _>>().map_err(|_| damaged())?;
    let mut keys = blocks.iter().filter(|block| [PKCS8, PKCS1, SEC1].contains(&block.label.as_str()));
    match (keys.next(), keys.next()) {
        (Some(key), None) => private_key(key),
        (Some(_), Some(_)) => Err(Fault::new("holds several private keys").fix("leave only one of them")),
        (None, _) => Err(no_key(&blocks)),
    }
}

pub fn damaged() -> Fault {
    Fault::new("holds a damaged key").fix("copy the key into it once more")
}

fn no_key(blocks: &[Pem]) -> Fault {
    let has = |label: &str| blocks.iter().any(|block| block.label.contains(label));
    if has("OPENSSH") {
        let fault = Fault::new("holds a key in OpenSSH's own format");
        return fault.fix("convert a copy of it by `ssh-keygen -p -m PEM -f COPY`");
    }
    if has("PUBLIC KEY") || has("CERTIFICATE") {
        return Fault::new("holds the public half of a key").fix("name the file with the private key");
    }
    let fault = Fault::new("holds no private key in PEM, which begins with -----BEGIN PRIVATE KEY-----");
    fault.fix(NEW_KEY)
}

fn private_key(block: &Pem) -> Result<PrivateKey, Fault> {
    let unsupported = || Fault::new("holds a key that is neither RSA nor EC on the curve P-256").fix(NEW_KEY);
    // The crate reads a single block without headers.
    let (label, base64) = (&block.label, STANDARD.encode(&block.contents));
    let pem = format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n");
    if let Ok(pair) = RsaKeyPair::from_pem(&pem) {
        let bits = pair.key_len() * 8;
        let weak = format!("holds an RSA key of {bits} bits, and RS256 needs {MIN_RSA_BITS} (RFC 7518 §3.3)");
        return if bits < MIN_RSA_BITS { Err(Fault::new(weak).fix(NEW_KEY)) } else { Ok(PrivateKey::Rsa(pair)) };
    }
    match EcKeyPair::from_pem(&pem, None) {
        Ok(pair) if pair.curve() == EcCurve::P256 => Ok(PrivateKey::Ec(pair)),
        Ok(_) => Err(unsupported()),
        Err(_) if label == PKCS8 => Err(unsupported()),
        Err(_) => Err(damaged()),
    }
}
