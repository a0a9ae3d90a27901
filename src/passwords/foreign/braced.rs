//! Hashes that begin with the name of their scheme in braces, as LDAP servers and Dovecot write them.

use super::{Scheme, UnsupportedHash, argon, bcrypt, derived, galene, read_crypt, salted};

/// `{SSHA256.b64}…`, or Galène's JSON.
pub fn read(text: &str) -> Result<Scheme, UnsupportedHash> {
    let (name, rest) = match text.split_once('}') {
        Some((name, rest)) if !name.contains('"') => (name.trim_start_matches('{'), rest),
        Some(_) | None => return galene::read(text),
    };
    // Case does not matter in such a name (RFC 2307 §5.3). After a dot, Dovecot names the encoding.
    let name = name.to_ascii_uppercase();
    let (name, encoding) = match name.split_once('.') {
        None => (name.as_str(), salted::Encoding::Base64),
        Some((name, "B64" | "BASE64")) => (name, salted::Encoding::Base64),
        Some((name, "HEX")) => (name, salted::Encoding::Hex),
        Some(_) => return Err(UnsupportedHash::Unknown),
    };
    match name {
        "SSHA" | "SSHA256" | "SSHA512" => salted::read(name, rest, encoding).map(Scheme::Salted),
        "PBKDF2" if rest.starts_with("$1$") => derived::pbkdf2_dovecot(rest).map(Scheme::Derived),
        "PBKDF2" | "PBKDF2-SHA1" | "PBKDF2-SHA256" | "PBKDF2-SHA384" | "PBKDF2-SHA512" => {
            derived::pbkdf2_ldap(name, rest).map(Scheme::Derived)
        }
        "PBKDF2_SHA256" => derived::pbkdf2_389(rest).map(Scheme::Derived),
        "ARGON2" | "ARGON2I" | "ARGON2D" | "ARGON2ID" => argon::read(rest).map(Scheme::Argon),
        "BLF-CRYPT" | "BCRYPT" => bcrypt::read(rest).map(Scheme::Bcrypt),
        "CRYPT" | "SHA512-CRYPT" | "SHA256-CRYPT" | "MD5-CRYPT" => read_crypt(rest),
        // Dovecot's `{MD5}` is MD5-crypt. LDAP's is a bare digest.
        "MD5" if rest.starts_with("$1$") => read_crypt(rest),
        _ => Err(unsupported(name)),
    }
}

/// Why another scheme is refused.
fn unsupported(name: &str) -> UnsupportedHash {
    use UnsupportedHash::{Broken, Plaintext, StoredElsewhere, Unknown, Unsalted, UnsupportedScheme};
    match name {
        "SHA" | "SHA1" => Unsalted("{SHA}"),
        "SHA256" => Unsalted("{SHA256}"),
        "SHA384" => Unsalted("{SHA384}"),
        "SHA512" => Unsalted("{SHA512}"),
        "MD5" | "PLAIN-MD5" | "LDAP-MD5" => Unsalted("{MD5}"),
        "PLAIN-MD4" | "NT" | "NTLM" => Unsalted("{NT}"),
        "LM" | "LANMAN" => Broken("{LANMAN}"),
        "SMD5" => Broken("{SMD5}"),
        "DES-CRYPT" => Broken("{DES-CRYPT}"),
        "CLEARTEXT" | "CLEAR" => Plaintext("{CLEARTEXT}"),
        "PLAIN" => Plaintext("{PLAIN}"),
        "CRAM-MD5" | "HMAC-MD5" => UnsupportedScheme("{CRAM-MD5}"),
        "DIGEST-MD5" => UnsupportedScheme("{DIGEST-MD5}"),
        "SCRAM-SHA-1" | "SCRAM-SHA-256" | "SCRAM-SHA-512" => UnsupportedScheme("{SCRAM-SHA-…}"),
        "OTP" | "SKEY" => UnsupportedScheme("a list of one-time passwords"),
        "SSHA384" => UnsupportedScheme("{SSHA384}"),
        "SASL" => StoredElsewhere("{SASL}"),
        _ => Unknown,
    }
}
