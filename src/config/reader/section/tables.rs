//! The tables within a table: single tables, lists of tables, and tables whose keys the operator chooses.

use std::collections::BTreeMap;

use super::super::nearest;
use super::super::tree::{Node, Table, Value};
use super::super::values::{Fault, text};
use super::Section;
use crate::config::mistakes::MistakePlace;

impl<'r> Section<'r> {
    /// A table within this one: `[server]`. If it is missing, an empty one, so that its required keys are reported.
    pub fn table(&mut self, key: &str) -> Section<'r> {
        static NOTHING: Table = BTreeMap::new();
        self.known_keys.insert(key.to_owned());
        let name = self.name_of(key);
        let (place, table) = match self.table.get(key) {
            Some(Node { place, value: Value::Table(table), .. }) => (place.clone(), table),
            Some(node) => {
                let fault = Fault::new("must be a table");
                match &node.value {
                    // Its keys are read nevertheless, so that none is reported as missing.
                    Value::List(items) if let Some(Node { place, value: Value::Table(table), .. }) = items.first() => {
                        let fault = fault.fix(format!("write [{name}], in single brackets"));
                        self.note_fault(key, Fault { place: Some(place.clone()), ..fault });
                        (place.clone(), table)
                    }
                    _ => {
                        self.note_fault(key, fault.fix(format!("write [{name}] on a line of its own")));
                        // Its keys may be there in another form, so none is reported as missing.
                        self.reader.intended_keys.borrow_mut().insert(name.clone());
                        (self.place_of(key), &NOTHING)
                    }
                }
            }
            None => (self.place.clone(), &NOTHING),
        };
        let heading = format!("[{}]", self.name_in_brackets(key));
        Section::new(self.reader, [name, heading], place, table)
    }

    /// Whether the key is there and its value is a table.
    #[must_use]
    pub fn has_table(&self, key: &str) -> bool {
        self.table.get(key).is_some_and(|node| matches!(node.value, Value::Table(_)))
    }

    /// As [`Self::tables`], at least one; `fix` says how to add it and why.
    pub fn some_tables(&mut self, key: &str, fix: &str) -> Vec<Section<'r>> {
        match self.table.get(key).map(|node| &node.value) {
            None => self.note_missing(key, fix),
            Some(Value::List(items)) if items.is_empty() => self.note_fault(key, Fault::new("is empty").fix(fix)),
            Some(_) => {}
        }
        self.tables(key)
    }

    /// The tables of a list: `[[provider]]`, each named by its id, or by its number from 1.
    pub fn tables(&mut self, key: &str) -> Vec<Section<'r>> {
        self.known_keys.insert(key.to_owned());
        let items = match self.table.get(key) {
            None => return Vec::new(),
            Some(Node { value: Value::List(items), .. }) => items.as_slice(),
            // `[[apps]]` with `[[app.allow]]` below it: the mistake is the unknown name above.
            Some(Node { value: Value::Table(_), .. }) if self.has_misspelt(key) => return Vec::new(),
            Some(node) => {
                let heading = format!("[[{}]]", self.name_in_brackets(key));
                self.note_fault(
                    key,
                    match &node.value {
                        Value::FromVariable(_) => Fault::new("is a list of tables, which no variable can hold")
                            .fix(format!("remove the variable, and write {heading} in the file")),
                        _ => Fault::new("must be a list of tables").fix(format!("write {heading}")),
                    },
                );
                match &node.value {
                    // It is read nevertheless, so that references to it are not reported as unknown.
                    Value::Table(_) => std::slice::from_ref(node),
                    _ => return Vec::new(),
                }
            }
        };
        let mut sections = Vec::new();
        for (node, number) in items.iter().zip(1..) {
            let numbered = format!("{}[{number}]", self.name_of(key));
            let Value::Table(table) = &node.value else {
                let what = format!("must hold tables, found {}", node.value.kind());
                let place = Some(node.place.clone());
                self.note_fault(key, Fault { place, what, fix: None });
                continue;
            };
            let name = match table.get("id").map(|id| &id.value) {
                Some(Value::Text(id)) => format!("{}.{id}", self.name_of(key)),
                _ => numbered,
            };
            let heading = format!("[[{}]]", self.name_in_brackets(key));
            sections.push(Section::new(self.reader, [name, heading], node.place.clone(), table));
        }
        sections
    }

    /// The name of a table within this one, as its heading has it: `app.allow`.
    fn name_in_brackets(&self, key: &str) -> String {
        match self.name.split('.').next() {
            None | Some("") => key.to_owned(),
            Some(outer) => format!("{outer}.{key}"),
        }
    }

    /// Whether an unknown table beside it was probably meant as `key`.
    fn has_misspelt(&self, key: &str) -> bool {
        self.table.iter().any(|(other, node)| {
            let unasked = other != key && !self.known_keys.contains(other) && !self.never_suggested.contains(other);
            let is_table = matches!(node.value, Value::List(_) | Value::Table(_));
            unasked && is_table && nearest(other, std::iter::once(key)).is_some()
        })
    }

    /// A table of texts, whose keys the operator chooses. Only the file can hold its rows: a variable's name has no
    /// lower case, and rows decide who gets which rights.
    pub fn texts(&mut self, key: &str) -> BTreeMap<String, String> {
        let from_variable = |node: &Node| {
            let fault = Fault::new("is a table whose rows only the file can hold")
                .fix(format!("remove the variable, and write the row below `{key}` in the file"));
            matches!(node.place, MistakePlace::Variable(_)).then(|| Fault { place: Some(node.place.clone()), ..fault })
        };
        let read = |node: &Node| match &node.value {
            Value::Table(table) => {
                let faults: Vec<Fault> = table.values().filter_map(from_variable).collect();
                if faults.is_empty() { Ok(table.keys().cloned().collect()) } else { Err(faults) }
            }
            Value::FromVariable(_) => Err(vec![
                Fault::new("is a table, which no variable can hold")
                    .fix(format!("remove the variable, and write `{key}` in the file")),
            ]),
            other => Err(vec![Fault::new(format!("must be a table, found {}", other.kind()))]),
        };
        let keys: Vec<String> = self.optional(key, read).unwrap_or_default();
        if keys.is_empty() {
            return BTreeMap::new();
        }
        let mut inner = self.table(key);
        keys.into_iter().filter_map(|name| inner.optional(&name, text).map(|value| (name, value))).collect()
    }
}
