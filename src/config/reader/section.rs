//! One table of the file, asked for its keys by name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::tree::{Node, Table, Value};
use super::values::{Fault, Read, parsed, text};
use super::{Placed, Reader, contents, nearest, text_in};
use crate::base::secret::Secret;
use crate::config::mistakes::{Mistake, Place};

/// One table of the file. Keys that nobody asked for are mistakes: [`Self::close`].
#[must_use = "unknown keys are told by `close`"]
pub struct Section<'r> {
    reader: &'r Reader,
    name: String,
    place: Place,
    table: &'r Table,
    /// Keys that were asked for: what an unknown one may have been meant to be.
    known: BTreeSet<String>,
    /// Keys that were answered for already, and are never suggested.
    settled: BTreeSet<String>,
}

impl<'r> Section<'r> {
    pub(super) fn root(reader: &'r Reader, table: &'r Table) -> Self {
        Self::new(reader, String::new(), Place::Whole, table)
    }

    fn new(reader: &'r Reader, name: String, place: Place, table: &'r Table) -> Self {
        Self { reader, name, place, table, known: BTreeSet::new(), settled: BTreeSet::new() }
    }

    /// `provider.uni`
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it says of its own id, good or bad.
    pub(in crate::config) fn id(&self) -> Option<String> {
        self.said("id")
    }

    /// What it says of its own kind, good or bad.
    pub(in crate::config) fn kind(&self) -> Option<String> {
        self.said("kind")
    }

    fn said(&self, key: &str) -> Option<String> {
        match &self.table.get(key)?.value {
            Value::Text(text) => Some(text.clone()),
            _ => None,
        }
    }

    /// Whether the key is written, rightly or wrongly.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The value, if it is there and good; if it is there and bad, that is noted.
    pub fn optional<T>(&mut self, key: &str, read: impl Fn(&Node) -> Read<T>) -> Option<T> {
        self.known.insert(key.to_owned());
        match read(self.table.get(key)?) {
            Ok(value) => Some(value),
            Err(faults) => {
                for fault in faults {
                    self.wrong(key, fault);
                }
                None
            }
        }
    }

    /// As [`Self::optional`], and its absence is a mistake.
    pub fn required<T>(&mut self, key: &str, example: &str, read: impl Fn(&Node) -> Read<T>) -> Option<T> {
        if !self.has(key) {
            self.missing(key, &format!("add {key} = {example}"));
        }
        self.optional(key, read)
    }

    /// The key is not there, and has to be.
    pub fn missing(&mut self, key: &str, mend: &str) {
        self.known.insert(key.to_owned());
        let what = format!("`{key}` is missing");
        let mistake = self.mistake(self.place.clone(), Some(key), what, Some(mend.to_owned()));
        self.reader.missing.borrow_mut().push(mistake);
    }

    /// A path, relative to the config file's folder.
    pub fn path(&mut self, key: &str) -> Option<PathBuf> {
        let folder = self.folder();
        self.optional(key, parsed(|text| Ok::<_, Fault>(folder.join(text))))
    }

    /// As [`Self::path`], with the name of the file that counts where the key is left out.
    pub fn path_or(&mut self, key: &str, default: &str) -> PathBuf {
        self.path(key).unwrap_or_else(|| self.folder().join(default))
    }

    /// What the file named by the key holds; unreadable or empty is a mistake.
    pub fn contents(&mut self, key: &str) -> Option<Vec<u8>> {
        let folder = self.folder();
        self.optional(key, parsed(|name| contents(&folder.join(name))))
    }

    /// A secret, from `key` or from the file that its twin `key_file` names.
    pub fn secret(&mut self, key: &str) -> Option<Placed> {
        let secret = self.perhaps_secret(key);
        self.holds_secret(key);
        secret
    }

    /// Remembers that the value of `key` is a secret, where it stands in the file itself.
    pub(in crate::config) fn holds_secret(&self, key: &str) {
        if self.table.get(key).is_some_and(|node| matches!(node.place, Place::Line { .. })) {
            self.reader.secrets_inline.borrow_mut().push(self.name_of(key));
        }
    }

    /// As [`Self::secret`], for what need not be one: [`Self::holds_secret`].
    pub(in crate::config) fn perhaps_secret(&mut self, key: &str) -> Option<Placed> {
        let (twin, folder) = (format!("{key}_file"), self.folder());
        if self.has(key) && self.has(&twin) {
            self.wrong(&twin, Fault::new(format!("and `{key}` exclude each other")).mend("keep one"));
        }
        let inline = self.optional(key, text).map(|value| {
            let place = match self.place_of(key) {
                Place::Variable(name) => name,
                Place::Whole | Place::Line { .. } => format!("{}.{key}", self.name),
            };
            Placed { value: Secret::new(value), place }
        });
        let (section, reader) = (self.name.clone(), self.reader);
        let from_file = self.optional(&twin, |node| {
            let name = text(node)?;
            let file = folder.join(&name);
            let secret = text_in(&file)?;
            reader.secret_files.borrow_mut().insert(file);
            Ok(Placed { value: Secret::new(secret), place: format!("{section}.{twin} ({name})") })
        });
        inline.or(from_file)
    }

    /// The files that secrets were read from so far, in the whole config.
    pub(in crate::config) fn secret_files(&self) -> BTreeSet<PathBuf> {
        self.reader.secret_files.borrow().clone()
    }

    /// The keys of the file that hold a secret, in the order in which they were read.
    pub(in crate::config) fn secrets_inline(&self) -> Vec<String> {
        self.reader.secrets_inline.borrow().clone()
    }

    /// A key that we know but that does nothing yet.
    pub fn not_offered(&mut self, key: &str) {
        self.out_of_place(key, Fault::new("is not offered yet").mend("leave it out"));
    }

    /// A key that has no meaning here: its presence is a mistake, and it is never suggested.
    pub fn out_of_place(&mut self, key: &str, fault: Fault) {
        if self.has(key) {
            self.wrong(key, fault);
        }
        self.settled.insert(key.to_owned());
    }

    /// A table within this one: `[server]`. Without it, an empty one whose keys can be missed.
    pub fn table(&mut self, key: &str) -> Section<'r> {
        static NOTHING: Table = BTreeMap::new();
        self.known.insert(key.to_owned());
        let name = self.name_of(key);
        let (place, table) = match self.table.get(key) {
            Some(Node { place, value: Value::Table(table) }) => (place.clone(), table),
            Some(_) => {
                self.wrong(key, Fault::new("must be a table").mend(format!("write [{name}] on a line of its own")));
                // What is missing in it may stand there, in another shape.
                self.reader.meant.borrow_mut().insert(name.clone());
                (self.place_of(key), &NOTHING)
            }
            None => (self.place.clone(), &NOTHING),
        };
        Section::new(self.reader, name, place, table)
    }

    /// As [`Self::tables`], at least one; `mend` says how to add it and why.
    pub fn some_tables(&mut self, key: &str, mend: &str) -> Vec<Section<'r>> {
        match self.table.get(key).map(|node| &node.value) {
            None => self.missing(key, mend),
            Some(Value::List(items)) if items.is_empty() => self.wrong(key, Fault::new("is empty").mend(mend)),
            Some(_) => {}
        }
        self.tables(key)
    }

    /// The tables of a list: `[[provider]]`, each called by its id where it has one, else by its number from 1.
    pub fn tables(&mut self, key: &str) -> Vec<Section<'r>> {
        self.known.insert(key.to_owned());
        let items = match self.table.get(key).map(|node| &node.value) {
            None => return Vec::new(),
            Some(Value::List(items)) => items,
            Some(_) => {
                let brackets = match self.name.split('.').next() {
                    None | Some("") => key.to_owned(),
                    Some(outer) => format!("{outer}.{key}"),
                };
                self.wrong(key, Fault::new("must be a list of tables").mend(format!("write [[{brackets}]]")));
                return Vec::new();
            }
        };
        let mut sections = Vec::new();
        for (node, number) in items.iter().zip(1..) {
            let numbered = format!("{}[{number}]", self.name_of(key));
            let Value::Table(table) = &node.value else {
                let what = format!("must hold tables, found {}", node.value.kind());
                let place = Some(node.place.clone());
                self.wrong(key, Fault { place, what, mend: None });
                continue;
            };
            let name = match table.get("id").map(|id| &id.value) {
                Some(Value::Text(id)) => format!("{}.{id}", self.name_of(key)),
                _ => numbered,
            };
            let place = node.place.clone();
            sections.push(Section::new(self.reader, name, place, table));
        }
        sections
    }

    /// A table of texts, by names of the operator's own.
    pub fn texts(&mut self, key: &str) -> BTreeMap<String, String> {
        let read = |node: &Node| match &node.value {
            Value::Table(table) => Ok(table.keys().cloned().collect()),
            other => Err(vec![Fault::new(format!("must be a table, found {}", other.kind()))]),
        };
        let keys: Vec<String> = self.optional(key, read).unwrap_or_default();
        if keys.is_empty() {
            return BTreeMap::new();
        }
        let mut inner = self.table(key);
        keys.into_iter().filter_map(|name| inner.optional(&name, text).map(|value| (name, value))).collect()
    }

    /// Notes what is wrong with a key's value.
    pub fn wrong(&self, key: &str, fault: Fault) {
        let place = fault.place.unwrap_or_else(|| self.place_of(key));
        self.note(place, Some(key), format!("`{key}` {}", fault.what), fault.mend);
    }

    /// Notes what is wrong with the section as a whole.
    pub fn wrong_here(&self, what: impl Into<String>, mend: &str) {
        self.note(self.place.clone(), None, what.into(), Some(mend.to_owned()));
    }

    /// Ends the reading: every key nobody asked for is a mistake.
    pub fn close(self) {
        let thing = if self.name.is_empty() { "section" } else { "key" };
        let asked = |key: &String| self.known.contains(key) || self.settled.contains(key);
        for (key, node) in self.table.iter().filter(|(key, _)| !asked(key)) {
            let mend = match nearest(key, self.known.iter().map(String::as_str)) {
                Some(near) => {
                    self.reader.meant.borrow_mut().insert(self.name_of(near));
                    format!("did you mean `{near}`?")
                }
                None => format!("known here: {}", self.known.iter().cloned().collect::<Vec<_>>().join(", ")),
            };
            self.note(node.place.clone(), Some(key), format!("unknown {thing} `{key}`"), Some(mend));
        }
    }

    fn place_of(&self, key: &str) -> Place {
        self.table.get(key).map_or(&self.place, |node| &node.place).clone()
    }

    fn name_of(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    pub(in crate::config) fn folder(&self) -> PathBuf {
        self.reader.folder.clone()
    }

    fn note(&self, place: Place, key: Option<&str>, what: String, mend: Option<String>) {
        self.reader.note(self.mistake(place, key, what, mend));
    }

    fn mistake(&self, place: Place, key: Option<&str>, what: String, mend: Option<String>) -> Mistake {
        let (file, section) = (self.reader.file.clone(), self.name.clone());
        Mistake { file, place, section, key: key.map(str::to_owned), what, mend }
    }
}
