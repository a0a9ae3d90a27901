//! What OpenID Connect keeps of a login from the start to the answer.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::secret::Secret;

/// The values that nobody else may guess.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginState {
    /// OpenID Connect Core §3.1.2.1.
    #[serde(rename = "n", serialize_with = "serialize_secret", deserialize_with = "deserialize_secret")]
    pub nonce: Secret<String>,
    /// RFC 7636 §4.1.
    #[serde(rename = "v", serialize_with = "serialize_secret", deserialize_with = "deserialize_secret")]
    pub verifier: Secret<String>,
}

/// Writes the secret itself, since it is sealed next.
fn serialize_secret<S: Serializer>(secret: &Secret<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

fn deserialize_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(from).map(Secret::new)
}
