//! The detail of a row of the audit log, with its personal values apart from the rest, so that they can be erased.

mod fact;
mod stored;

pub(super) use stored::StoredDetail;

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;

use time::OffsetDateTime;

use crate::base::clock::format_utc;
use crate::base::counted::counted;
use crate::base::invisible::is_invisible;
use crate::base::username::Username;
use fact::Fact;

/// The most characters of a text. It may quote a visitor.
const MAX_LENGTH: usize = 2_000;
/// In place of a personal value that was erased.
const ERASED: &str = "(erased)";

/// The facts and the fix, for an admin, in one line of bounded length. Never a secret.
///
/// A personal value is a username, an issuer, a subject, an address or a text that may name a person. It has a name,
/// and the database keeps it apart: only [`Self::personal`] takes such a text. All other functions take texts of the
/// source code, numbers, times and the ids of things.
///
/// As a `str`, it is the whole text, as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditDetail {
    text: String,
    /// The text with `{name}` in place of each personal value; its own braces are doubled.
    template: String,
    /// The personal values by name. `None`: they were erased.
    values: Option<BTreeMap<String, String>>,
}

impl AuditDetail {
    /// Begins an empty detail.
    #[must_use]
    #[expect(clippy::new_without_default, reason = "an empty detail is only a beginning")]
    pub fn new() -> Self {
        Self { text: String::new(), template: String::new(), values: Some(BTreeMap::new()) }
    }

    /// Begins with a username.
    #[must_use]
    pub fn of_username(username: &Username) -> Self {
        Self::new().personal("username", username)
    }

    #[must_use]
    pub fn text(self, text: &'static str) -> Self {
        self.plain(text)
    }

    /// A number, or the id of something that is no person.
    #[must_use]
    pub fn fact(self, fact: &impl Fact) -> Self {
        self.plain(&fact.to_string())
    }

    /// Several facts, with `separator` between them.
    #[must_use]
    pub fn facts<'f, F: Fact + 'f>(self, separator: &'static str, facts: impl IntoIterator<Item = &'f F>) -> Self {
        let add = |(detail, before): (Self, &'static str), fact| (detail.text(before).fact(fact), separator);
        facts.into_iter().fold((self, ""), add).0
    }

    /// `1 session`, `2 sessions`.
    #[must_use]
    pub fn counted(self, number: u64, one: &'static str, several: &'static str) -> Self {
        self.plain(&counted(number, one, several))
    }

    /// `1 session`, `2 sessions`.
    #[must_use]
    pub fn sessions(self, number: u64) -> Self {
        self.counted(number, "session", "sessions")
    }

    #[must_use]
    pub fn time(self, at: OffsetDateTime) -> Self {
        self.plain(&format_utc(at))
    }

    /// A personal value. Each has another `name`, of letters and `_`.
    #[must_use]
    pub fn personal(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        let value = self.add(&value.to_string());
        self.template += &["{", name, "}"].concat();
        let former = self.values.get_or_insert_default().insert(name.to_owned(), value);
        debug_assert!(former.is_none(), "two personal values are called {name}");
        self
    }

    /// This detail and then another one.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self = self.text("; ");
        self.text += &other.text;
        self.template += &other.template;
        self.values.get_or_insert_default().extend(other.values.unwrap_or_default());
        self
    }

    fn plain(mut self, text: &str) -> Self {
        let added = self.add(text);
        self.template += &escaped(&added);
        self
    }

    /// Adds to the text, without characters that nobody sees and without what is too long. Returns what was added.
    fn add(&mut self, text: &str) -> String {
        let left = MAX_LENGTH.saturating_sub(self.text.chars().count());
        let added: String = text.chars().filter(|c| !is_invisible(*c)).take(left).collect();
        self.text += &added;
        added
    }
}

impl Deref for AuditDetail {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for AuditDetail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<&'static str> for AuditDetail {
    fn from(text: &'static str) -> Self {
        Self::new().text(text)
    }
}

fn escaped(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// The text of a template.
fn rendered(template: &str, values: Option<&BTreeMap<String, String>>) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, brace)) = rest.find(['{', '}']).and_then(|at| rest.split_at_checked(at)) {
        text += before;
        rest = if let Some(after) = brace.strip_prefix("{{") {
            text.push('{');
            after
        } else if let Some(after) = brace.strip_prefix("}}") {
            text.push('}');
            after
        } else {
            let (name, after) = brace.split_once('}').unwrap_or((brace, ""));
            let value = values.and_then(|values| values.get(name.trim_start_matches('{')));
            text += value.map_or(ERASED, String::as_str);
            after
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::{AuditDetail, StoredDetail};
    use crate::base::ids::Group;
    use crate::base::secret::sha256;

    fn detail() -> AuditDetail {
        AuditDetail::new()
            .personal("username", "dee}{{x}")
            .text(" {in} ")
            .facts(", ", &["{staff}", "op"].map(Group::from))
            .text("; ")
            .sessions(1)
            .text(" ended")
    }

    const TEXT: &str = "dee}{{x} {in} {staff}, op; 1 session ended";

    #[test]
    fn a_stored_detail_is_read_as_it_was_written() {
        let stored = StoredDetail::of(Some(&detail()));
        assert_eq!(stored.template.as_deref(), Some("{username} {{in}} {{staff}}, op; 1 session ended"));
        let read = stored.read().unwrap().unwrap();
        assert_eq!((&*read, &read), (TEXT, &detail()));
        assert_eq!(StoredDetail::of(None).read().unwrap(), None);
    }

    #[test]
    fn a_detail_without_personal_values_needs_no_json_and_is_told_from_one_of_an_older_version() {
        let stored = StoredDetail::of(Some(&"all {names}".into()));
        assert_eq!((stored.template.as_deref(), &stored.personal), (Some("all {{names}}"), &None));
        assert!(stored.digest.is_some());
        assert_eq!(stored.read().unwrap(), Some("all {names}".into()));
    }

    #[test]
    fn an_erased_value_is_named_as_erased_and_the_rest_stays() {
        let stored = StoredDetail { personal: None, ..StoredDetail::of(Some(&detail())) };
        assert_eq!(&*stored.read().unwrap().unwrap(), "(erased) {in} {staff}, op; 1 session ended");
    }

    #[test]
    fn a_detail_of_an_older_version_is_shown_as_it_is() {
        let stored = StoredDetail { template: Some("dee: {{staff} {x}".to_owned()), personal: None, digest: None };
        assert_eq!(&*stored.read().unwrap().unwrap(), "dee: {{staff} {x}");
    }

    #[test]
    fn equal_values_have_different_digests_and_each_is_of_the_whole_json() {
        let [one, other] = [(); 2].map(|()| StoredDetail::of(Some(&detail())));
        assert_ne!(one.digest, other.digest);
        assert_eq!(one.digest.unwrap(), sha256(one.personal.unwrap().as_bytes()));
    }

    #[test]
    fn a_text_is_one_line_of_bounded_length() {
        let long = AuditDetail::new().text("said ").personal("message", format!("\0a\n{}", "x".repeat(9_000)));
        let long = long.text("{").and(AuditDetail::new().personal("more", "y"));
        assert!(long.starts_with("said axxx") && long.chars().count() <= 2_001, "{}", long.len());
        assert_eq!(StoredDetail::of(Some(&long)).read().unwrap().unwrap(), long);
    }
}
