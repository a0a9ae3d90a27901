//! What the config knows of the kinds of provider. Each kind reads its own keys.

use super::preset::Preset;
use super::reader::{Fault, Section, alternatives, nearest, unknown_word};
use crate::base::ids::ProviderId;

/// A kind of provider. `S` is what its own keys become.
pub trait ProviderKind<S>: Sync {
    /// As the config names it: `kind = "…"`.
    fn name(&self) -> &'static str;

    fn method(&self) -> SignInMethod;

    /// Whether people have accounts of the provider or local ones.
    fn account_origin(&self) -> AccountOrigin {
        AccountOrigin::External
    }

    /// What holds for a provider of this kind unless its section says otherwise.
    fn defaults(&self) -> ProviderDefaults {
        ProviderDefaults::of(self.method())
    }

    /// The fault and its hint if `name` is not a kind, but a product of this kind.
    fn hint_for_product(&self, _name: &str) -> Option<Fault> {
        None
    }

    /// Reads the keys that only this kind has. Notes their faults in `section`.
    fn parse(&self, section: &mut Section) -> Option<S>;
}

/// How people prove at a provider who they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignInMethod {
    /// The browser goes to the provider and comes back.
    Redirect,
    /// People type a name and a password, on a page of ours or of an app.
    Password,
}

/// Which accounts the people of a provider have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountOrigin {
    /// Accounts of the provider: a new person may get a local one.
    External,
    /// Local accounts: there is at most one such provider, and it makes no accounts.
    Local,
}

/// What holds for a provider unless its section says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProviderDefaults {
    /// The template of a new account's username.
    pub username: &'static str,
    /// The claim that holds the groups of a person.
    pub groups_claim: Option<&'static str>,
}

/// Only the claim of the name that was typed.
pub(super) const TYPED_NAME: &str = "{{ preferred_username }}";

/// The first of these claims that is present. Never a part of the e-mail address: people may share an address, and the
/// operator may not want it shown.
const FIRST_OF_SEVERAL: &str = "{{ preferred_username or nickname or name }}";

impl ProviderDefaults {
    /// The defaults of most kinds with this method.
    #[must_use]
    pub fn of(method: SignInMethod) -> Self {
        match method {
            // Each provider has claims of its own, and many have none for groups.
            SignInMethod::Redirect => Self { username: FIRST_OF_SEVERAL, groups_claim: None },
            // These modules make the claims themselves.
            SignInMethod::Password => Self { username: TYPED_NAME, groups_claim: Some("groups") },
        }
    }
}

/// The table of kinds.
pub struct ProviderKinds<S: 'static> {
    pub offered: &'static [&'static dyn ProviderKind<S>],
    /// Kinds that are planned. The message for one says that it is not offered yet.
    pub planned: &'static [&'static str],
    /// Well-known providers, each with the keys of an offered kind.
    pub presets: fn() -> &'static [Preset],
    /// What to change in a provider's section so that verified e-mail addresses come. `None`: they may come now.
    pub why_unverified: fn(&S, &ProviderId) -> Option<String>,
}

impl<S> ProviderKinds<S> {
    /// The kind of this name, or the one that a preset of this name is based on.
    pub(super) fn named(&self, name: &str) -> Option<&'static dyn ProviderKind<S>> {
        let offered = |name: &str| self.offered.iter().copied().find(|kind| kind.name() == name);
        offered(self.preset(name).map_or(name, |preset| &preset.base))
    }

    /// The preset of this name.
    #[must_use]
    pub fn preset(&self, name: &str) -> Option<&'static Preset> {
        (self.presets)().iter().find(|preset| preset.name == name)
    }

    /// What is wrong with a name that no kind has.
    pub(super) fn unknown_kind(&self, name: &str) -> Fault {
        if let Some(product) = self.offered.iter().find_map(|kind| kind.hint_for_product(name)) {
            return product;
        }
        // A preset with a kind of its own is listed as a preset.
        let kinds = self.offered.iter().map(|kind| kind.name()).filter(|kind| self.preset(kind).is_none());
        let kinds: Vec<_> = kinds.collect();
        let presets = (self.presets)().iter().map(|preset| preset.name);
        let names: Vec<_> = kinds.iter().copied().chain(presets).collect();
        let fault = unknown_word(name, &names, self.planned);
        let is_misspelt = nearest(name, names.iter().copied()).is_some() && !self.planned.contains(&name);
        if is_misspelt || names.len() == kinds.len() {
            return fault;
        }
        fault.fix(format!("use {}, or a name that `vestibule preset list` prints", alternatives(&kinds)))
    }
}

impl<S> Clone for ProviderKinds<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S> Copy for ProviderKinds<S> {}

impl<S> std::fmt::Debug for ProviderKinds<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.offered.iter().map(|kind| kind.name())).finish()
    }
}
