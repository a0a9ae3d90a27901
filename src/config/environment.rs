//! Environment variables that override keys of the file: `VESTIBULE_PROVIDER__UNI__CLIENT_SECRET`.

mod suggestions;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fmt;

use super::mistakes::MistakePlace;
use super::reader::{Node, Table, Value};
pub(super) use suggestions::not_overrides;
use suggestions::{rename_to, same_letters};

/// The beginning of all our variables.
const PREFIX: &str = "VESTIBULE_";

/// Our variables of an environment. Its `Debug` shows no values: they may be secrets.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, OsString>);

impl Environment {
    /// The environment of this process.
    #[must_use]
    pub fn of_process() -> Self {
        let variables = std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self(variables.filter(|(name, _)| name.starts_with(PREFIX)).collect())
    }

    /// The value of one variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(name).map(OsString::as_os_str)
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

/// All variables that need no id of a provider or an app, without the prefix.
pub const KNOWN_VARIABLES: [&str; 18] = [
    MASTER_KEY,
    "SERVER__PUBLIC_URL",
    "SERVER__LISTEN",
    "SERVER__MASTER_KEY_FILE",
    "SERVER__TRUSTED_PROXIES",
    "SERVER__LANGUAGES",
    "DATABASE__URL",
    "DATABASE__URL_FILE",
    "DATABASE__SYNCHRONOUS",
    "SESSION__IDLE",
    "SESSION__ABSOLUTE",
    "ACCOUNTS__USERNAMES",
    "AUDIT__KEEP",
    "LOG__LEVEL",
    "LOG__FORMAT",
    "BRAND__NAME",
    "BRAND__LOGO",
    "BRAND__HELP",
];

/// The one variable that overrides no key. The commands that need the master key read it.
const MASTER_KEY: &str = "MASTER_KEY";

/// A variable that overrides nothing, and why.
pub(super) struct UnusedVariable {
    pub variable: String,
    pub what: String,
    pub fix: String,
}

/// Puts the variables of `environment` into `root`, over the values of the file. Returns those that override nothing:
/// they were meant as overrides.
///
/// Only names with `__` are overrides. [`not_overrides`] is about the others.
pub(super) fn overlay(root: &mut Table, environment: &Environment) -> Vec<UnusedVariable> {
    let mut unused = Vec::new();
    for (variable, value) in &environment.0 {
        let unused_variable =
            |what: &str, fix: String| UnusedVariable { variable: variable.clone(), what: what.into(), fix };
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        let Some((section, key)) = name.split_once("__") else { continue };
        if let Some(meant) = same_letters(name).filter(|meant| *meant != name) {
            unused.push(unused_variable("overrides nothing", rename_to(meant)));
            continue;
        }
        let Some(value) = value.to_str() else {
            unused.push(unused_variable("is not text", "write it in UTF-8".into()));
            continue;
        };
        let section = section.to_lowercase();
        let (table, key) = match section.as_str() {
            "provider" | "app" => match entry_by_id(root, &section, key) {
                Ok(found) => found,
                Err(ids) => {
                    unused.push(unused_variable(&format!("names no {section} of the file"), ids));
                    continue;
                }
            },
            _ => match table_or_insert(root, &section, variable) {
                Some(table) => (table, key),
                None => continue,
            },
        };
        let key = key.to_lowercase();
        // Accounts and tokens hold the id, so if a variable changed it, nobody would be recognised.
        if key == "id" && matches!(section.as_str(), "provider" | "app") {
            unused.push(unused_variable("gives another id, which only the file can", "change `id` in the file".into()));
            continue;
        }
        if !set_key(table, &key, variable, value) {
            let outer = key.split("__").next().unwrap_or_default();
            unused.push(unused_variable(
                &format!("sets a key within `{outer}`, which is not a table"),
                format!("see {outer} in docs/config.md"),
            ));
        }
    }
    unused
}

/// The table `[section]`, or one within it. Makes it if the file has none; `None` if the file has another value there.
fn table_or_insert<'t>(root: &'t mut Table, section: &str, variable: &str) -> Option<&'t mut Table> {
    let place = MistakePlace::Variable(variable.to_owned());
    let made = || Node::new(place, Value::Table(Table::new()));
    match &mut root.entry(section.to_owned()).or_insert_with(made).value {
        Value::Table(table) => Some(table),
        _ => None,
    }
}

/// Finds the `[[provider]]` or `[[app]]` whose id begins a name such as `UNI__CLIENT_ID`. Returns it with the rest of
/// the name; if there is none, all ids as an error.
fn entry_by_id<'t, 'k>(root: &'t mut Table, section: &str, key: &'k str) -> Result<(&'t mut Table, &'k str), String> {
    let (mut ids, mut found) = (Vec::new(), None);
    if let Some(Value::List(items)) = root.get_mut(section).map(|node| &mut node.value) {
        for item in items {
            let Value::Table(table) = &mut item.value else { continue };
            let Some(Value::Text(id)) = table.get("id").map(|node| &node.value) else { continue };
            let in_variable = id.replace('-', "_").to_uppercase();
            ids.push(format!("{PREFIX}{}__{in_variable}__…", section.to_uppercase()));
            let Some(rest) = key.strip_prefix(&in_variable).and_then(|rest| rest.strip_prefix("__")) else { continue };
            // The longest id: `A__B__CLIENT_ID` is for the id `a--b`, even if there is an id `a`, too.
            if found.as_ref().is_none_or(|(_, shortest): &(_, &str)| rest.len() < shortest.len()) {
                found = Some((table, rest));
            }
        }
    }
    if let Some(found) = found {
        return Ok(found);
    }
    Err(if ids.is_empty() { "the file has none with an id".into() } else { format!("known here: {}", ids.join(", ")) })
}

/// Sets a key, or a key of an inner table: `GALENE_API__PASSWORD`. Replaces the key's `_file` twin in the file, too.
/// Returns whether there is such a table.
fn set_key(table: &mut Table, key: &str, variable: &str, value: &str) -> bool {
    if let Some((within, key)) = key.split_once("__") {
        return table_or_insert(table, within, variable).is_some_and(|table| set_key(table, key, variable, value));
    }
    let twin = key.strip_suffix("_file").map_or_else(|| format!("{key}_file"), str::to_owned);
    if table.get(&twin).is_some_and(|node| matches!(node.place, MistakePlace::Line { .. })) {
        table.remove(&twin);
    }
    let place = MistakePlace::Variable(variable.to_owned());
    table.insert(key.to_owned(), Node::new(place, Value::FromVariable(value.to_owned())));
    true
}
