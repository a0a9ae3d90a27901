//! Puts the keys of presets into the tables of the config, before their kinds read them.

use std::path::Path;

use toml::Value as Toml;

use super::environment::{self, Environment};
use super::mistakes::MistakePlace;
use super::preset::{Input, InputForm, Preset};
use super::provider_kind::ProviderKinds;
use super::reader::{self, Node, Table, Value};
use crate::base::text_file;

/// A provider with a preset gets the preset's name as its id, if it has none.
pub(super) fn name_after_presets<S>(root: &mut Table, kinds: &ProviderKinds<S>) {
    for table in providers(root) {
        if let Some((preset, place)) = preset_of(table, kinds) {
            let id = Node::new(place, Value::Text(preset.name.to_owned()));
            table.entry("id".to_owned()).or_insert(id);
        }
    }
}

/// The provider's table with the keys of its preset. `None`: it has no preset.
///
/// Each table is expanded when it is read, and freed then: those of thousands of providers would together take far more
/// memory than the settings that stay.
pub(super) fn expanded<S>(table: &Table, kinds: &ProviderKinds<S>) -> Option<Table> {
    let (preset, place) = preset_of(table, kinds)?;
    let mut expanded = table.clone();
    let name = Toml::String(preset.title.clone());
    expanded.entry("name".to_owned()).or_insert_with(|| node(name, &place));
    for AddedKey { key, value, inputs } in added_keys(preset, table) {
        let Toml::Table(rows) = value else {
            expanded.insert(key, Node { inputs, ..node(value, &place) });
            continue;
        };
        // A table of the file keeps its rows, and gets those that it lacks.
        let made = || Node { inputs, ..node(Toml::Table(toml::Table::new()), &place) };
        let inner = expanded.entry(key).or_insert_with(made);
        if let Value::Table(inner) = &mut inner.value {
            for (row, value) in rows {
                inner.insert(row, node(value, &place));
            }
        }
    }
    Some(expanded)
}

/// A provider with a preset, and what the preset adds.
#[derive(Debug)]
pub struct Expanded {
    /// The provider's id.
    pub provider: String,
    pub preset: &'static Preset,
    /// The keys that the file leaves to the preset.
    pub added: toml::Table,
}

/// What the presets of a config file add. Reads the file again, so that a server that runs keeps none of it.
pub fn expansions<S>(file: &Path, environment: &Environment, kinds: &ProviderKinds<S>) -> Vec<Expanded> {
    let text = text_file::read_bytes(file).and_then(text_file::decode);
    let (mut root, _) = reader::parse(&text.unwrap_or_default());
    name_after_presets(&mut root, kinds);
    let _unused = environment::overlay(&mut root, environment);
    let expanded = |table: &mut Table| {
        let (preset, _) = preset_of(table, kinds)?;
        let added = added_keys(preset, table).map(|AddedKey { key, value, .. }| (key, value)).collect();
        Some(Expanded { provider: text_at(table, "id")?.to_owned(), preset, added })
    };
    providers(&mut root).filter_map(expanded).collect()
}

/// The tables of `[[provider]]`.
pub(super) fn providers(root: &mut Table) -> impl Iterator<Item = &mut Table> {
    let list = root.get_mut("provider").map(|node| &mut node.value);
    let items = if let Some(Value::List(items)) = list { items.as_mut_slice() } else { &mut [] };
    items.iter_mut().filter_map(|item| match &mut item.value {
        Value::Table(table) => Some(table),
        _ => None,
    })
}

/// The preset that the provider's kind names, and the place of that name.
pub(super) fn preset_of<S>(table: &Table, kinds: &ProviderKinds<S>) -> Option<(&'static Preset, MistakePlace)> {
    let preset = kinds.preset(text_at(table, "kind")?)?;
    Some((preset, table.get("kind")?.place.clone()))
}

pub(super) fn text_at<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    match &table.get(key)?.value {
        Value::Text(text) | Value::FromVariable(text) => Some(text),
        _ => None,
    }
}

/// A key of a preset, with the inputs in its value.
struct AddedKey {
    key: String,
    value: Toml,
    /// The names of those inputs, the host first.
    inputs: Vec<&'static str>,
}

/// The keys of the preset that the provider's table lacks; of a table's rows, those that it lacks.
fn added_keys(preset: &'static Preset, table: &Table) -> impl Iterator<Item = AddedKey> + use<> {
    let inputs: Vec<(&str, String)> = preset.inputs.iter().map(|input| (&*input.key, value_of(input, table))).collect();
    let mut added = Vec::new();
    let mut keys = preset.config.clone();
    if table.contains_key("groups") {
        keys.extend(preset.with_groups.clone());
    }
    for (key, value) in &keys {
        let mut used: Vec<_> = preset.inputs.iter().filter(|input| is_in(input, value)).collect();
        if used.iter().any(|input| is_replaced(input, table)) {
            continue;
        }
        used.sort_by_key(|input| input.form != InputForm::Host);
        let added_key = |value| {
            let inputs = used.iter().map(|input| &*input.key).collect();
            AddedKey { key: key.clone(), value, inputs }
        };
        match (table.get(key).map(|node| &node.value), value) {
            (None, value) => added.push(added_key(filled(value, &inputs))),
            (Some(Value::Table(written)), Toml::Table(rows)) => {
                let lacking = rows.iter().filter(|(row, _)| !written.contains_key(*row));
                let lacking: toml::Table = lacking.map(|(row, value)| (row.clone(), filled(value, &inputs))).collect();
                if !lacking.is_empty() {
                    added.push(added_key(Toml::Table(lacking)));
                }
            }
            (Some(_), _) => {}
        }
    }
    added.into_iter()
}

/// Whether the value has the name of the input in braces.
fn is_in(input: &Input, value: &Toml) -> bool {
    value.to_string().contains(&format!("{{{}}}", input.key))
}

/// Whether the table has another key in place of the input.
fn is_replaced(input: &Input, table: &Table) -> bool {
    input.unless.as_ref().is_some_and(|key| table.contains_key(key))
}

/// The input as the file has it. A missing or wrong one is reported where inputs are read; until then the example
/// stands in, so that no other key is reported as well.
fn value_of(input: &Input, table: &Table) -> String {
    let default = input.default.as_ref().unwrap_or(&input.example);
    let written = text_at(table, &input.key).filter(|text| input.form.check(text).is_ok());
    written.unwrap_or(default).to_owned()
}

/// The value with the inputs in place of their names in braces.
fn filled(value: &Toml, inputs: &[(&str, String)]) -> Toml {
    match value {
        Toml::String(text) => {
            let fill = |text: String, (key, value): &(&str, String)| text.replace(&format!("{{{key}}}"), value);
            Toml::String(inputs.iter().fold(text.clone(), fill))
        }
        Toml::Array(items) => Toml::Array(items.iter().map(|item| filled(item, inputs)).collect()),
        Toml::Table(rows) => {
            Toml::Table(rows.iter().map(|(row, value)| (row.clone(), filled(value, inputs))).collect())
        }
        other => other.clone(),
    }
}

fn node(value: Toml, place: &MistakePlace) -> Node {
    let value = match value {
        Toml::String(text) => Value::Text(text),
        Toml::Boolean(boolean) => Value::Boolean(boolean),
        Toml::Integer(number) => Value::Integer(number),
        Toml::Array(items) => Value::List(items.into_iter().map(|item| node(item, place)).collect()),
        Toml::Table(rows) => Value::Table(rows.into_iter().map(|(row, value)| (row, node(value, place))).collect()),
        Toml::Float(_) | Toml::Datetime(_) => Value::Other("a number or a date"),
    };
    Node::new(place.clone(), value)
}
