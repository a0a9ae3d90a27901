//! The scopes of a request (RFC 6749 §3.3).

/// The scopes that a provider knows.
pub type KnownScopes = &'static [&'static str];

/// Those of a request that the provider knows, in the provider's order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scopes(Vec<&'static str>);

impl Scopes {
    /// Reads a scope parameter. Unknown names are ignored (OpenID Connect Core §3.1.2.1).
    pub fn parse(text: &str, known: KnownScopes) -> Self {
        Self(known.iter().copied().filter(|scope| text.split(' ').any(|word| word == *scope)).collect())
    }

    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    pub fn joined(&self, separator: &str) -> String {
        self.0.join(separator)
    }
}
