//! Which keys of the file decide a value that a preset has set.

use super::Section;

impl Section<'_> {
    /// The inputs of a preset that are in the value, the host first. Empty for a value that the file has itself.
    pub(super) fn inputs_of(&self, key: &str) -> &[&'static str] {
        self.table.get(key).map_or(&[], |node| &node.inputs)
    }

    /// What the operator writes to decide the value, for messages: the key itself, or the inputs of a preset.
    #[must_use]
    pub fn written_as(&self, key: &str) -> String {
        match self.inputs_of(key) {
            [] => format!("`{key}`"),
            inputs => inputs.iter().map(|input| format!("`{input}`")).collect::<Vec<_>>().join(" and "),
        }
    }
}
