//! The state of an OpenID Connect login, kept from the start to the answer.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::secret::Secret;

/// The random values of a login, which must stay secret.
#[derive(Debug, Serialize, Deserialize)]
pub struct LoginState {
    /// OpenID Connect Core §3.1.2.1.
    #[serde(rename = "n", serialize_with = "serialize_secret", deserialize_with = "deserialize_secret")]
    pub nonce: Secret<String>,
    /// RFC 7636 §4.1.
    #[serde(rename = "v", serialize_with = "serialize_secret", deserialize_with = "deserialize_secret")]
    pub verifier: Secret<String>,
}

/// Writes the secret in clear, since the state is sealed afterwards.
fn serialize_secret<S: Serializer>(secret: &Secret<String>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(secret.expose())
}

fn deserialize_secret<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(from).map(Secret::new)
}
