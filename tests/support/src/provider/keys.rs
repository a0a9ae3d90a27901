//! The provider's keys: the signing key, and a key that it never publishes.

use std::sync::LazyLock;

use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::{ES256, JwsSigner as _, RS256};

use super::behaviour::SigningAlgorithm;

/// Generated once for all tests, because each takes a tenth of a second.
static PAIRS: LazyLock<[RsaKeyPair; 3]> = LazyLock::new(|| [(); 3].map(|()| RsaKeyPair::generate(2048).unwrap()));

static CURVE_PAIR: LazyLock<EcKeyPair> = LazyLock::new(|| EcKeyPair::generate(EcCurve::P256).unwrap());

#[derive(Clone, Copy)]
pub struct Keys {
    generation: usize,
    /// The number in the current `kid`.
    name: usize,
    algorithm: SigningAlgorithm,
}

impl Keys {
    pub fn first() -> Self {
        LazyLock::force(&PAIRS);
        Self { generation: 0, name: 0, algorithm: SigningAlgorithm::Rs256 }
    }

    /// The same keys. The key set has the one for this algorithm.
    pub fn signing_with(self, algorithm: SigningAlgorithm) -> Self {
        Self { algorithm, ..self }
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

    /// The key in the key set, for RS256.
    pub fn current(&self) -> &'static RsaKeyPair {
        &PAIRS[self.generation % 2]
    }

    /// A key that is never published.
    pub fn other() -> &'static RsaKeyPair {
        &PAIRS[2]
    }

    pub fn public(&self) -> Jwk {
        let mut jwk = match self.algorithm {
            SigningAlgorithm::Rs256 => self.current().to_jwk_public_key(),
            SigningAlgorithm::Es256 => CURVE_PAIR.to_jwk_public_key(),
        };
        jwk.set_key_id(self.kid());
        jwk.set_key_use("sig");
        jwk.set_algorithm(self.algorithm());
        jwk
    }

    pub fn algorithm(&self) -> &'static str {
        match self.algorithm {
            SigningAlgorithm::Rs256 => "RS256",
            SigningAlgorithm::Es256 => "ES256",
        }
    }

    /// Signs with the key in the key set.
    pub fn sign(&self, text: &str) -> Vec<u8> {
        match self.algorithm {
            SigningAlgorithm::Rs256 => sign(self.current(), text),
            SigningAlgorithm::Es256 => {
                ES256.signer_from_jwk(&CURVE_PAIR.to_jwk_private_key()).unwrap().sign(text.as_bytes()).unwrap()
            }
        }
    }
}

/// Signs with RS256.
pub fn sign(pair: &RsaKeyPair, text: &str) -> Vec<u8> {
    RS256.signer_from_jwk(&pair.to_jwk_private_key()).unwrap().sign(text.as_bytes()).unwrap()
}
