//! One table of the file. Its reader asks for keys by name.

mod tables;
mod written_keys;

use std::collections::BTreeSet;
use std::path::PathBuf;

pub use self::written_keys::WrittenKeys;
use super::tree::{Node, Table, Value};
use super::unknown_keys::{ClosedSection, UnknownKey, ValueShape};
use super::values::{Fault, Read, parsed, text};
use super::{ConfigSecret, Reader, contents, suspicious_secret, text_of_file};
use crate::base::secret::Secret;
use crate::config::mistakes::{Mistake, MistakePlace};

/// One table of the file. A key that its reader did not ask for is a mistake: [`Self::close`].
#[must_use = "`close` reports unknown keys"]
pub struct Section<'r> {
    reader: &'r Reader,
    name: String,
    /// As the file has it: `[[app.allow]]`.
    heading: String,
    place: MistakePlace,
    table: &'r Table,
    /// Keys that the reader asked for. An unknown key may have been meant as one of them.
    known_keys: BTreeSet<String>,
    /// Keys that have been dealt with, and are never suggested.
    never_suggested: BTreeSet<String>,
}

impl<'r> Section<'r> {
    pub(super) fn root(reader: &'r Reader, table: &'r Table) -> Self {
        Self::new(reader, [String::new(), String::new()], MistakePlace::File, table)
    }

    fn new(reader: &'r Reader, [name, heading]: [String; 2], place: MistakePlace, table: &'r Table) -> Self {
        Self { reader, name, heading, place, table, known_keys: BTreeSet::new(), never_suggested: BTreeSet::new() }
    }

    /// All keys of the table.
    pub(in crate::config) fn keys(&self) -> &'r Table {
        self.table
    }

    /// The same section with other keys.
    pub(in crate::config) fn with_keys(self, table: &'r Table) -> Self {
        Self { table, ..self }
    }

    /// `provider.uni`
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text of its `id`, right or wrong.
    pub(in crate::config) fn id(&self) -> Option<String> {
        self.text_of("id")
    }

    /// The text of its `kind`, right or wrong.
    pub(in crate::config) fn kind(&self) -> Option<String> {
        self.text_of("kind")
    }

    /// The text of a key, right or wrong. Notes nothing.
    #[must_use]
    pub fn text_of(&self, key: &str) -> Option<String> {
        match &self.table.get(key)?.value {
            Value::Text(text) | Value::FromVariable(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether the key is there, with a right or a wrong value.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value, if it is there and right. A wrong value is noted.
    pub fn optional<T>(&mut self, key: &str, read: impl Fn(&Node) -> Read<T>) -> Option<T> {
        self.known_keys.insert(key.to_owned());
        let node = self.table.get(key)?;
        match read(node) {
            Ok(value) => Some(value),
            Err(faults) => {
                if let Some(fault) = quoting_fault(node) {
                    self.note_fault(key, fault);
                    return None;
                }
                for fault in faults {
                    self.note_fault(key, fault);
                }
                None
            }
        }
    }

    /// As [`Self::optional`]. A missing key is a mistake.
    pub fn required<T>(&mut self, key: &str, example: &str, read: impl Fn(&Node) -> Read<T>) -> Option<T> {
        if !self.has(key) {
            self.note_missing(key, &format!("add {key} = {example}"));
        }
        self.optional(key, read)
    }

    /// Notes that a required key is missing.
    pub fn note_missing(&mut self, key: &str, fix: &str) {
        self.known_keys.insert(key.to_owned());
        let what = format!("`{key}` is missing");
        let mistake = self.mistake(self.place.clone(), Some(key), what, Some(fix.to_owned()));
        self.reader.missing.borrow_mut().push(mistake);
    }

    /// A path, relative to the config file's folder.
    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        let folder = self.folder();
        self.optional(key, parsed(|text| Ok::<_, Fault>(folder.join(text))))
    }

    /// As [`Self::path`]; `default` is the file's name if the key is left out.
    pub fn path_or(&mut self, key: &str, default: &str) -> PathBuf {
        self.path(key).unwrap_or_else(|| self.folder().join(default))
    }

    /// The content of the file that the key names. An unreadable or empty file is a mistake.
    pub fn contents(&mut self, key: &str) -> Option<Vec<u8>> {
        let folder = self.folder();
        self.optional(key, parsed(|name| contents(&folder.join(name))))
    }

    /// A secret, from `key` or from the file that its twin `key_file` names.
    pub fn secret(&mut self, key: &str) -> Option<ConfigSecret> {
        let secret = self.possible_secret(key);
        self.record_inline_secret(key);
        if let Some(secret) = &secret {
            self.warn_of_suspicious_secret(key, secret);
        }
        secret
    }

    /// A private key in PEM, from `key` or from the file that its twin `key_file` names. As [`Self::secret`], but with
    /// several lines.
    pub fn private_key(&mut self, key: &str) -> Option<ConfigSecret> {
        let secret = self.possible_secret(key);
        self.record_inline_secret(key);
        secret
    }

    /// Warns if the secret of `key` looks as if it were not what the operator meant.
    pub(in crate::config) fn warn_of_suspicious_secret(&self, key: &str, secret: &ConfigSecret) {
        let Some((problem, fix)) = suspicious_secret(secret.value.expose()) else { return };
        if self.has(key) {
            return self.add_warning(key, format!("`{key}` holds {problem}"), fix);
        }
        let twin = format!("{key}_file");
        let file = self.text_of(&twin).unwrap_or_default();
        self.add_warning(&twin, format!("`{twin}` names {file}, which holds {problem}"), fix);
    }

    /// Records that the value of `key` is a secret, if the file itself holds it.
    pub(in crate::config) fn record_inline_secret(&self, key: &str) {
        if self.table.get(key).is_some_and(|node| matches!(node.place, MistakePlace::Line { .. })) {
            self.reader.secrets_inline.borrow_mut().push(self.name_of(key));
        }
    }

    /// As [`Self::secret`], for a value that may be no secret: see [`Self::record_inline_secret`] and
    /// [`Self::warn_of_suspicious_secret`].
    pub(in crate::config) fn possible_secret(&mut self, key: &str) -> Option<ConfigSecret> {
        let (twin, folder) = (format!("{key}_file"), self.folder());
        if self.has(key) && self.has(&twin) {
            self.note_fault(&twin, Fault::new(format!("and `{key}` exclude each other")).fix("keep one"));
        }
        let inline = self.optional(key, text).map(|value| {
            let place = match self.place_of(key) {
                MistakePlace::Variable(name) => name,
                MistakePlace::File | MistakePlace::Line { .. } => format!("{}.{key}", self.name),
            };
            ConfigSecret { value: Secret::new(value), place }
        });
        let (section, reader) = (self.name.clone(), self.reader);
        let from_file = self.optional(&twin, |node| {
            let name = text(node)?;
            let file = folder.join(&name);
            let secret = text_of_file(&file)?;
            reader.secret_files.borrow_mut().insert(file);
            Ok(ConfigSecret { value: Secret::new(secret), place: format!("{section}.{twin} ({name})") })
        });
        inline.or(from_file)
    }

    /// Notes a valid value that may be a mistake.
    pub fn add_warning(&self, key: &str, what: String, fix: &str) {
        let mistake = self.mistake(self.place_of(key), Some(key), what, Some(fix.to_owned()));
        self.reader.warnings.borrow_mut().push(mistake);
    }

    /// The warnings so far, in the whole config.
    pub(in crate::config) fn warnings(&self) -> Vec<Mistake> {
        self.reader.warnings.borrow().clone()
    }

    /// The files from which secrets were read so far, in the whole config.
    pub(in crate::config) fn secret_files(&self) -> BTreeSet<PathBuf> {
        self.reader.secret_files.borrow().clone()
    }

    /// The keys in the file that hold a secret, in the order of reading.
    pub(in crate::config) fn secrets_inline(&self) -> Vec<String> {
        self.reader.secrets_inline.borrow().clone()
    }

    /// A planned key, which does nothing yet.
    pub fn reject_planned_key(&mut self, key: &str) {
        self.reject_key(key, Fault::new("is not offered yet").fix("leave it out"));
    }

    /// A key that has no meaning here. It is a mistake if it is there, and it is never suggested.
    pub fn reject_key(&mut self, key: &str, fault: Fault) {
        if self.has(key) {
            self.note_fault(key, fault);
        }
        self.never_suggested.insert(key.to_owned());
    }

    /// As [`Self::reject_key`], unless the key was read.
    pub(in crate::config) fn reject_unread_key(&mut self, key: &str, fault: Fault) {
        if !self.known_keys.contains(key) {
            self.reject_key(key, fault);
        }
    }

    /// Notes a fault of a key's value.
    pub fn note_fault(&self, key: &str, fault: Fault) {
        let written = self.written_as(key);
        let key = written.first();
        let place = fault.place.unwrap_or_else(|| self.place_of(key));
        self.note(place, Some(key), format!("`{key}` {}", fault.what), fault.fix);
    }

    /// Notes a fault of the section as a whole.
    pub fn note_section_fault(&self, what: impl Into<String>, fix: &str) {
        self.note(self.place.clone(), None, what.into(), Some(fix.to_owned()));
    }

    /// Ends the reading. Every key that the reader did not ask for is a mistake. It is explained when all tables are
    /// read: the key may belong to another one.
    pub fn close(self) {
        let asked = |key: &String| self.known_keys.contains(key) || self.never_suggested.contains(key);
        let mut closed = self.reader.closed.borrow_mut();
        for (key, node) in self.table.iter().filter(|(key, _)| !asked(key)) {
            let value = match &node.value {
                Value::Table(_) => ValueShape::Tables,
                Value::List(items) if items.iter().any(|it| matches!(it.value, Value::Table(_))) => ValueShape::Tables,
                _ => ValueShape::Single,
            };
            let unknown = UnknownKey { key: key.clone(), place: node.place.clone(), value, section: closed.len() };
            self.reader.unknown_keys.borrow_mut().push(unknown);
        }
        let Self { name, heading, known_keys: keys, .. } = self;
        closed.push(ClosedSection { name, heading, keys });
    }

    fn place_of(&self, key: &str) -> MistakePlace {
        self.table.get(key).map_or(&self.place, |node| &node.place).clone()
    }

    fn name_of(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    pub(in crate::config) fn folder(&self) -> PathBuf {
        self.reader.folder.clone()
    }

    fn note(&self, place: MistakePlace, key: Option<&str>, what: String, fix: Option<String>) {
        self.reader.note(self.mistake(place, key, what, fix));
    }

    fn mistake(&self, place: MistakePlace, key: Option<&str>, what: String, fix: Option<String>) -> Mistake {
        let (file, section) = (self.reader.file.clone(), self.name.clone());
        Mistake { file, place, section, key: key.map(str::to_owned), what, fix }
    }
}

/// Quotation marks or spaces around a variable's value, which are probably not intended: a shell removes quotation
/// marks, but env files of containers keep them.
fn quoting_fault(node: &Node) -> Option<Fault> {
    let Value::FromVariable(text) = &node.value else { return None };
    let quoted = |mark: char| text.strip_prefix(mark).is_some_and(|rest| rest.ends_with(mark));
    if quoted('"') || quoted('\'') {
        return Some(Fault::new("has quotation marks around it, and they count as a part of it").fix("leave them out"));
    }
    let spaced = !text.trim().is_empty() && text.trim() != text;
    spaced.then(|| Fault::new("has a space before or after it, which counts as a part of it").fix("leave it out"))
}
