//! Parts of JOSE that every signed token needs: the compact form, and the thumbprint of a key.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use josekit::JoseError;
use josekit::jws::JwsSigner;
use serde_json::Value;

use super::secret::{Secret, sha256};

/// Signs the claims as a compact JWS (RFC 7515 §7.1). The header has no member but those given.
///
/// # Errors
/// When OpenSSL refuses the key.
pub fn sign_compact(header: &Value, claims: &Value, signer: &dyn JwsSigner) -> Result<Secret<String>, JoseError> {
    let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims.to_string(), &mut token);
    let signature = signer.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(Secret::new(token))
}

/// The JWK thumbprint: SHA-256 over the required members, in the order of their names (RFC 7638 §3).
#[must_use]
pub fn thumbprint(required_members: &BTreeMap<&str, &str>) -> String {
    let json: Value = required_members.iter().map(|(name, value)| (*name, *value)).collect();
    URL_SAFE_NO_PAD.encode(sha256(json.to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::thumbprint;

    #[test]
    fn the_thumbprint_of_the_standards_example_is_right() {
        // RFC 7638 §3.1.
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebW\
                 KRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQM\
                 icAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcR\
                 wr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw";
        let members = [("kty", "RSA"), ("n", n), ("e", "AQAB")].into();
        assert_eq!(thumbprint(&members), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
    }
}
