//! What OpenID Connect keeps of a login from the start to the answer.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::secret::Secret;

/// The values that nobody else may guess.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginState {
    /// OpenID Connect Core §3.1.2.1.
    #[serde(rename = "n", serialize_with = "to_seal", deserialize_with = "unsealed")]
    pub nonce: Secret<String>,
    /// RFC 7636 §4.1.
    #[serde(rename = "v", serialize_with = "to_seal", deserialize_with = "unsealed")]
    pub verifier: Secret<String>,
}

/// Writes the secret itself, since it is sealed next.
fn to_seal<S: Serializer>(secret: &Secret<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

fn unsealed<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(from).map(Secret::new)
}
