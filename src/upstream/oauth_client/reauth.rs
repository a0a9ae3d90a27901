//! The key `reauth`: what happens at `prompt=login` if the provider does not say when people signed in.

use crate::config::reader::{Section, one_of};
use crate::signin::identify::Reauth;
use crate::upstream::relaxed_rule::RelaxedRule;

/// Reads the key.
pub fn read(section: &mut Section) -> Reauth {
    let words = [("refuse", Reauth::Refuse), ("trust", Reauth::Trust)];
    section.optional("reauth", one_of(&words, &[])).unwrap_or(Reauth::Refuse)
}

/// The security rule that the setting relaxes.
#[must_use]
pub fn relaxed_rule(reauth: Reauth) -> Option<RelaxedRule> {
    let consequence = "with `prompt=login`, a sign-in without `auth_time` is accepted, so nothing shows that the \
                       person was asked again";
    let setting = "reauth = \"trust\"".to_owned();
    (reauth == Reauth::Trust).then_some(RelaxedRule { rule: "C13", setting, consequence })
}
