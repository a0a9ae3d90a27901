//! The metadata as the provider publishes it, for the advice of `vestibule check`.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::base::readable_json::readable;
use crate::base::strict_json::Members;

/// All members that can be read.
pub(super) struct PublishedMetadata(Map<String, Value>);

impl PublishedMetadata {
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = readable(bytes);
        let members = Members::read(&bytes).ok()?;
        let member = |name: &str| Some((name.to_owned(), members.get(name).ok()??));
        Some(Self(members.names().filter_map(member).collect()))
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }

    pub fn list(&self, name: &str) -> Option<BTreeSet<&str>> {
        // An empty list counts as missing.
        let list: BTreeSet<&str> = self.0.get(name)?.as_array()?.iter().filter_map(Value::as_str).collect();
        (!list.is_empty()).then_some(list)
    }
}
