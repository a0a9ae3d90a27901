//! The providers of the file, which apps and rules may name.

use std::collections::BTreeMap;

use super::provider_kind::SignInMethod;
use super::reader::{Fault, Node, Read, Section, nearest, text};
use crate::base::ids::ProviderId;

/// The ids of all providers in the file, each with its method of signing in if its kind is known.
pub(super) struct KnownProviders(pub BTreeMap<String, Option<SignInMethod>>);

impl KnownProviders {
    /// An id that a provider of the file has.
    pub(super) fn id(&self, node: &Node) -> Read<ProviderId> {
        let id = text(node)?;
        if !self.0.contains_key(&id) {
            let fault = Fault::new(format!("names \"{id}\", which is not a provider"));
            let near = nearest(&id, self.0.keys().map(String::as_str));
            let fix = match near {
                Some(near) => format!("did you mean \"{near}\"?"),
                None if self.0.is_empty() => "there is none".to_owned(),
                None => format!("known here: {}", self.0.keys().map(String::as_str).collect::<Vec<_>>().join(", ")),
            };
            return Err(fault.fix(fix).into());
        }
        id.parse().map_err(|why| Fault::from(why).into())
    }

    fn method(&self, id: &ProviderId) -> Option<SignInMethod> {
        self.0.get(id.as_str()).copied().flatten()
    }

    /// `"accounts", "ldap"`
    fn password_providers(&self) -> String {
        let those = self.0.iter().filter(|(_, method)| **method == Some(SignInMethod::Password));
        those.map(|(id, _)| format!("\"{id}\"")).collect::<Vec<_>>().join(", ")
    }
}

/// Notes a provider that a list names twice: it would be asked twice.
pub(super) fn reject_duplicates(section: &Section, key: &str, ids: &[ProviderId]) {
    let twice = ids.iter().zip(1..).find(|(id, after)| ids.iter().skip(*after).any(|other| other == *id));
    if let Some((id, _)) = twice {
        section.note_fault(key, Fault::new(format!("holds \"{id}\" twice")));
    }
}

/// The providers that one app may offer.
#[derive(Clone, Copy)]
pub(super) struct AppProviders<'a> {
    pub known: &'a KnownProviders,
    /// The app's own `providers`; `None`: all.
    pub offered: Option<&'a [ProviderId]>,
}

impl AppProviders<'_> {
    /// A provider that the app offers.
    pub(super) fn offered(&self, node: &Node) -> Read<ProviderId> {
        let id = self.known.id(node)?;
        if self.offered.is_some_and(|offered| !offered.contains(&id)) {
            let fault = Fault::new(format!("names \"{id}\", which this app does not offer"));
            return Err(fault.fix("add it to the app's `providers`").into());
        }
        Ok(id)
    }

    /// A provider that the app offers and that checks passwords.
    pub(super) fn password_provider(&self, node: &Node) -> Read<ProviderId> {
        let id = self.known.id(node)?;
        if self.known.method(&id) == Some(SignInMethod::Redirect) {
            let fault = Fault::new(format!("names \"{id}\", which redirects people and checks no passwords"));
            let others = self.known.password_providers();
            let fix = match others.as_str() {
                "" => "add a [[provider]] that does, such as kind = \"ldap\"".to_owned(),
                others => format!("name one that does: {others}"),
            };
            return Err(fault.fix(fix).into());
        }
        self.offered(node)
    }
}
