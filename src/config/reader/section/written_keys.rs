//! Which keys of the file decide a value that a preset has set.

use std::fmt;

use super::Section;

/// What an operator writes to decide a value, for messages: its own key, or the inputs of a preset. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenKeys {
    first: String,
    others: Vec<&'static str>,
}

impl WrittenKeys {
    /// The inputs, or the key itself if there are none. The first input decides which server an address leads to.
    #[must_use]
    pub fn new(key: &str, inputs: &[&'static str]) -> Self {
        let (first, others) = inputs.split_first().map_or((key, &[][..]), |(first, others)| (*first, others));
        Self { first: first.to_owned(), others: others.to_vec() }
    }

    /// The key that decides which server an address leads to.
    #[must_use]
    pub fn first(&self) -> &str {
        &self.first
    }

    /// Whether it is this key alone.
    #[must_use]
    pub fn is_only(&self, key: &str) -> bool {
        self.first == key && self.others.is_empty()
    }
}

/// For example: `` `host` and `realm` ``.
impl fmt::Display for WrittenKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.first)?;
        self.others.iter().try_for_each(|key| write!(f, " and `{key}`"))
    }
}

impl Section<'_> {
    /// What the operator writes to decide the value of the key.
    #[must_use]
    pub fn written_as(&self, key: &str) -> WrittenKeys {
        WrittenKeys::new(key, self.table.get(key).map_or(&[], |node| &node.inputs))
    }
}
