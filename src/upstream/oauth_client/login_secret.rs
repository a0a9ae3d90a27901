//! The random values of a login.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::base::random;
use crate::base::secret::Secret;

/// A random value that is kept from the start of a login to its answer, and must stay secret.
#[derive(Debug, Clone)]
pub struct LoginSecret(Secret<String>);

impl LoginSecret {
    /// A fresh value with at least 128 random bits (security rule C4).
    #[must_use]
    pub fn fresh() -> Self {
        Self(Secret::new(random::token()))
    }

    #[must_use]
    pub fn secret(&self) -> &Secret<String> {
        &self.0
    }

    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// Writes the value in clear: the state of a login is sealed afterwards.
impl Serialize for LoginSecret {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.0.expose())
    }
}

impl<'de> Deserialize<'de> for LoginSecret {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from).map(Secret::new).map(Self)
    }
}
