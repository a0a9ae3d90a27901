//! Security rules that a provider's settings relax.

/// A security rule that does not hold for a provider, because the config says so. `vestibule check` lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelaxedRule {
    /// Its number in `docs/security-rules.md`: `C4`.
    pub rule: &'static str,
    /// The line of the config: `pkce = false`.
    pub setting: String,
    /// What no longer protects a sign-in, as the end of a sentence.
    pub consequence: &'static str,
}
