//! The parameter `appsecret_proof`: it shows that a request comes from the app whose secret we have. Facebook can
//! demand it of an app's requests, so that a stolen access token is of no use ("Securing Graph API Requests").

use std::fmt::Write as _;

use crate::base::secret::{Secret, hmac_sha256};
use crate::upstream::oauth2::extension::ApiExtension;

/// Makes the proof from our client secret.
#[derive(Debug)]
pub struct SecretProof(pub Secret<String>);

impl ApiExtension for SecretProof {
    fn parameters(&self, access_token: &Secret<String>) -> Vec<(&'static str, Secret<String>)> {
        let mut proof = String::new();
        for byte in hmac_sha256(self.0.expose().as_bytes(), access_token.expose().as_bytes()) {
            _ = write!(proof, "{byte:02x}");
        }
        vec![("appsecret_proof", Secret::new(proof))]
    }
}

#[cfg(test)]
mod tests {
    use super::{ApiExtension as _, Secret, SecretProof};

    // RFC 4231 §4.3: the test case with a key and a text in ASCII.
    #[test]
    fn the_proof_is_the_hmac_of_the_token_with_the_secret_in_lower_hexadecimal() {
        let [secret, token] = ["Jefe", "what do ya want for nothing?"].map(|text| Secret::new(text.to_owned()));
        let parameters = SecretProof(secret).parameters(&token);
        let [(name, proof)] = parameters.as_slice() else { panic!("one parameter") };
        let expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!((*name, proof.expose().as_str()), ("appsecret_proof", expected));
    }
}
