//! Environment variables that override keys of the file: `VESTIBULE_PROVIDER__UNI__CLIENT_SECRET`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::mistakes::Place;
use super::reader::{Node, Table, Value};

/// What all our variables begin with.
const PREFIX: &str = "VESTIBULE_";

/// Our variables of an environment. Their values may be secrets, so they never show.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// This process's own.
    #[must_use]
    pub fn of_process() -> Self {
        let ours = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self(ours.filter(|(name, _)| name.starts_with(PREFIX)).collect())
    }

    /// The value of one variable, where it is text.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.to_str()
    }
}

impl<N: Into<String>, V: Into<OsString>> FromIterator<(N, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// The sections whose keys a variable can override.
const SECTIONS: [&str; 7] = ["SERVER", "DATABASE", "SESSION", "LOG", "BRAND", "PROVIDER", "APP"];

/// A variable that overrides nothing, and why.
pub(super) struct Stray {
    pub variable: String,
    pub what: String,
    pub mend: String,
}

/// Puts the variables of `environment` into `root`, over what the file says.
///
/// Only names with `__` are overrides; `VESTIBULE_MASTER_KEY` and its like are read elsewhere.
pub(super) fn overlay(root: &mut Table, environment: &Environment) -> Vec<Stray> {
    let mut strays = Vec::new();
    for (variable, value) in &environment.0 {
        let stray = |what: &str, mend: String| Stray { variable: variable.clone(), what: what.into(), mend };
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        let Some((section, key)) = name.split_once("__") else {
            if let Some((section, key)) = name.split_once('_').filter(|(section, _)| SECTIONS.contains(section)) {
                strays.push(stray("overrides nothing", format!("did you mean {PREFIX}{section}__{key}?")));
            }
            continue;
        };
        let Some(value) = value.to_str() else {
            strays.push(stray("is not text", "write it in UTF-8".into()));
            continue;
        };
        let section = section.to_lowercase();
        let (table, key) = match section.as_str() {
            "provider" | "app" => match entry(root, &section, key) {
                Ok(found) => found,
                Err(ids) => {
                    strays.push(stray(&format!("names no {section} of the file"), ids));
                    continue;
                }
            },
            _ => match open(root, &section, variable) {
                Some(table) => (table, key),
                None => continue,
            },
        };
        let key = key.to_lowercase();
        if !put(table, &key, variable, value) {
            let outer = key.split("__").next().unwrap_or_default();
            strays.push(stray(
                &format!("sets a key within `{outer}`, which is no table"),
                format!("see {outer} in docs/config.md"),
            ));
        }
    }
    strays
}

/// The table `[section]`, or one within it, made where the file has none; `None` where the file has something else there.
fn open<'t>(root: &'t mut Table, section: &str, variable: &str) -> Option<&'t mut Table> {
    let place = Place::Variable(variable.to_owned());
    let made = || Node { place, value: Value::Table(Table::new()) };
    match &mut root.entry(section.to_owned()).or_insert_with(made).value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// The `[[provider]]` or `[[app]]` whose id `UNI__CLIENT_ID` begins with, and the rest; else the ids that there are.
fn entry<'t, 'k>(root: &'t mut Table, section: &str, key: &'k str) -> Result<(&'t mut Table, &'k str), String> {
    let mut ids = Vec::new();
    if let Some(Value::List(items)) = root.get_mut(section).map(|node| &mut node.value) {
        for item in items {
            let Value::Table(table) = &mut item.value else { continue };
            let Some(Value::Text(id)) = table.get("id").map(|node| &node.value) else { continue };
            let spelt = id.replace('-', "_").to_uppercase();
            if let Some(rest) = key.strip_prefix(&spelt).and_then(|rest| rest.strip_prefix("__")) {
                return Ok((table, rest));
            }
            ids.push(format!("{PREFIX}{}__{spelt}__…", section.to_uppercase()));
        }
    }
    Err(if ids.is_empty() { "the file has none with an id".into() } else { format!("known here: {}", ids.join(", ")) })
}

/// Sets a key, or one of a table within: `GALENE_API__PASSWORD`. What the file says by the key's `_file` twin no longer counts.
/// Says whether there is such a table.
fn put(table: &mut Table, key: &str, variable: &str, value: &str) -> bool {
    if let Some((within, key)) = key.split_once("__") {
        return open(table, within, variable).is_some_and(|table| put(table, key, variable, value));
    }
    let twin = key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
    if table.get(&twin).is_some_and(|node| matches!(node.place, Place::Line { .. })) {
        table.remove(&twin);
    }
    let place = Place::Variable(variable.to_owned());
    table.insert(key.to_owned(), Node { place, value: Value::Given(value.to_owned()) });
    true
}
