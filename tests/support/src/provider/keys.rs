//! The provider's keys: the signing key, and a key that it never publishes.

use std::sync::LazyLock;

use josekit::jwk::{Jwk, KeyPair as _, alg::rsa::RsaKeyPair};
use josekit::jws::{JwsSigner as _, RS256};

/// Generated once for all tests, because each takes a tenth of a second.
static PAIRS: LazyLock<[RsaKeyPair; 3]> = LazyLock::new(|| [(); 3].map(|()| RsaKeyPair::generate(2048).unwrap()));

pub struct Keys {
    generation: usize,
    /// The number in the current `kid`.
    name: usize,
}

impl Keys {
    pub fn first() -> Self {
        LazyLock::force(&PAIRS);
        Self { generation: 0, name: 0 }
    }

    pub fn rotate(&mut self) {
        self.generation += 1;
        self.name += 1;
    }

    pub fn replace(&mut self) {
        self.generation += 1;
    }

    pub fn kid(&self) -> String {
        format!("key-{}", self.name)
    }

    /// The key in the key set.
    pub fn current(&self) -> &'static RsaKeyPair {
        &PAIRS[self.generation % 2]
    }

    /// A key that is never published.
    pub fn other() -> &'static RsaKeyPair {
        &PAIRS[2]
    }

    pub fn public(&self) -> Jwk {
        let mut jwk = self.current().to_jwk_public_key();
        jwk.set_key_id(self.kid());
        jwk.set_key_use("sig");
        jwk.set_algorithm("RS256");
        jwk
    }
}

/// Signs with RS256.
pub fn sign(pair: &RsaKeyPair, text: &str) -> Vec<u8> {
    RS256.signer_from_jwk(&pair.to_jwk_private_key()).unwrap().sign(text.as_bytes()).unwrap()
}
