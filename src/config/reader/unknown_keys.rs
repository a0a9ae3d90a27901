//! Keys that no reader asked for: each is misspelt, or belongs to another table.

use std::collections::BTreeSet;

use super::nearest;
use crate::config::mistakes::MistakePlace;

/// A table that was read completely.
pub(super) struct ClosedSection {
    /// `app.notes`; empty for the file itself.
    pub name: String,
    /// `[[app]]`
    pub heading: String,
    /// The keys that belong to it.
    pub keys: BTreeSet<String>,
}

/// A key that the reader of its table did not ask for.
pub(super) struct UnknownKey {
    pub key: String,
    pub place: MistakePlace,
    pub value: ValueShape,
    /// The index of its table among the closed ones.
    pub section: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueShape {
    Single,
    /// A table, or a list of tables.
    Tables,
}

/// The likely mistake behind an unknown key.
pub(super) struct Explanation {
    pub what: String,
    pub fix: String,
    /// The path of the key that was meant. It is not also reported as missing.
    pub intended: Option<String>,
}

impl UnknownKey {
    /// Explains the key. A table around its own is the most likely one: in TOML, a key below `[[app.allow]]` belongs
    /// to that rule, even if the operator wrote it for the app.
    pub(super) fn explain(&self, own: &ClosedSection, all: &[ClosedSection]) -> Explanation {
        let Self { key, value, .. } = self;
        let in_file = own.name.is_empty();
        let what = format!("unknown {} `{key}`", if in_file { "section" } else { "key" });
        let path = |section: &ClosedSection, key: &str| match section.name.as_str() {
            "" => key.to_owned(),
            name => format!("{name}.{key}"),
        };
        let holders = all.iter().filter(|section| !section.name.is_empty() && section.keys.contains(key));
        // Providers of different kinds have different keys below the same heading.
        let (same_heading, holders): (Vec<_>, Vec<&ClosedSection>) =
            holders.partition(|section| section.heading == own.heading);
        let is_around = |outer: &str| own.name.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        if let Some(outer) = holders.iter().find(|section| is_around(&section.name)) {
            let fix = format!("it is a key of {}: move it above {}", outer.heading, own.heading);
            return Explanation { what, fix, intended: Some(path(outer, key)) };
        }
        let headings: BTreeSet<&str> = holders.iter().map(|section| section.heading.as_str()).collect();
        let elsewhere = (!headings.is_empty()).then(|| {
            let headings = headings.into_iter().collect::<Vec<_>>().join(" or ");
            let intended = match holders.as_slice() {
                [only] => Some(path(only, key)),
                _ => None,
            };
            (format!("it belongs under {headings}"), intended)
        });
        // A section holds no value, so a value outside of all sections is not a misspelt section.
        if let Some((fix, intended)) = elsewhere.as_ref().filter(|_| in_file && *value == ValueShape::Single) {
            let what = format!("`{key}` is in no section");
            return Explanation { what, fix: fix.clone(), intended: intended.clone() };
        }
        if let Some(near) = nearest(key, own.keys.iter().map(String::as_str)) {
            return Explanation { what, fix: format!("did you mean `{near}`?"), intended: Some(path(own, near)) };
        }
        if let Some((fix, intended)) = elsewhere.filter(|_| !in_file) {
            return Explanation { what, fix, intended };
        }
        let known = own.keys.iter().cloned().collect::<Vec<_>>().join(", ");
        let fix = if same_heading.is_empty() {
            format!("known here: {known}")
        } else {
            format!("only a {} of another kind has it; known here: {known}", own.heading)
        };
        Explanation { what, fix, intended: None }
    }
}
