//! Variables whose name is no override: which one was probably meant.

use std::collections::BTreeSet;

use super::{Environment, KNOWN_VARIABLES, MASTER_KEY, PREFIX, UnusedVariable};
use crate::config::reader::{Table, Value, nearest, nearest_key};

/// The sections whose keys a variable can override.
const SECTIONS: [&str; 9] = ["SERVER", "DATABASE", "SESSION", "ACCOUNTS", "AUDIT", "LOG", "BRAND", "PROVIDER", "APP"];

/// The keys of a table, such as `provider.uni`, if it was read completely.
type KeysOf<'k> = &'k dyn Fn(&str) -> Option<BTreeSet<String>>;

/// The variables without `__`.
#[derive(Default)]
pub(in crate::config) struct NotOverrides {
    /// They name a section and one of its keys, so they were meant as overrides.
    pub misspelt: Vec<UnusedVariable>,
    /// They may belong to another program.
    pub unknown: Vec<UnusedVariable>,
}

/// Explains the variables without `__`, except `VESTIBULE_MASTER_KEY`, which is read elsewhere. To be called when the
/// tables of `root` are read.
pub(in crate::config) fn not_overrides(root: &Table, environment: &Environment, keys_of: KeysOf<'_>) -> NotOverrides {
    let mut found = NotOverrides::default();
    for variable in environment.0.keys() {
        let Some(name) = variable.strip_prefix(PREFIX) else { continue };
        if name == MASTER_KEY || name.contains("__") || is_set_by_kubernetes(name) {
            continue;
        }
        let unused = |what: &str, fix: String| UnusedVariable { variable: variable.clone(), what: what.into(), fix };
        match meant_override(root, name, keys_of) {
            Some(meant) => found.misspelt.push(unused("overrides nothing", rename_to(&meant))),
            None => {
                found.unknown.push(unused("is not a variable of Vestibule, and is not read", suggestion(name)));
            }
        }
    }
    found
}

/// The override that a name with a single `_` was meant to be. Other programs may set names that begin with a section,
/// such as `VESTIBULE_DATABASE_PASSWORD` and `VESTIBULE_APP_NOTES_VERSION`, so the key must exist, or nearly.
fn meant_override(root: &Table, name: &str, keys_of: KeysOf<'_>) -> Option<String> {
    let (section, rest) = name.split_once('_').filter(|(section, _)| SECTIONS.contains(section))?;
    if let "PROVIDER" | "APP" = section {
        let table = section.to_lowercase();
        let entries = entries_in_variables(root, &table);
        let meant = entries.iter().filter_map(|(id, in_variable, entry)| {
            let key = rest.strip_prefix(in_variable.as_str())?.strip_prefix('_')?;
            let key = meant_key((&format!("{table}.{id}"), entry), &key.to_lowercase(), keys_of)?;
            Some((in_variable, key.to_uppercase()))
        });
        let (id, key) = meant.max_by_key(|(id, _)| id.len())?;
        return Some(format!("{section}__{id}__{key}"));
    }
    let known = KNOWN_VARIABLES.into_iter().filter_map(|known| known.split_once("__"));
    let keys = known.filter_map(|(of, key)| (of == section).then_some(key));
    Some(format!("{section}__{}", nearest(rest, keys)?))
}

/// The key of a provider or an app that a name with a single `_` was meant to be: one of its own, or of an inner table.
fn meant_key((name, entry): (&str, &Table), key: &str, keys_of: KeysOf<'_>) -> Option<String> {
    let inner = entry.iter().find_map(|(table, node)| match &node.value {
        Value::Table(_) => {
            let key = key.strip_prefix(table.as_str())?.strip_prefix('_')?;
            Some((table, known_key(&format!("{name}.{table}"), key, keys_of)?))
        }
        _ => None,
    });
    match (known_key(name, key, keys_of), inner) {
        (None, Some((table, key))) => Some(format!("{table}__{key}")),
        (own, _) => own,
    }
}

/// The key of the table `section` that `word` is, or nearly. Kinds have different keys: `secret` is a webhook's, and
/// an OpenID provider has `client_secret`.
fn known_key(section: &str, word: &str, keys_of: KeysOf<'_>) -> Option<String> {
    // A table that was not read, since it has a mistake, may have any key.
    let Some(keys) = keys_of(section) else { return nearest_key(word) };
    // Only the file can set an id.
    let keys: Vec<&str> = keys.iter().map(String::as_str).filter(|key| *key != "id").collect();
    if let Some(near) = nearest(word, keys.iter().copied()) {
        return Some(near.to_owned());
    }
    let other_kinds = nearest_key(word)?;
    let ends_with = |long: &str, end: &str| long.strip_suffix(end).is_some_and(|start| start.ends_with('_'));
    let mut fitting = keys.into_iter().filter(|key| ends_with(key, &other_kinds) || ends_with(&other_kinds, key));
    fitting.next().filter(|_| fitting.next().is_none()).map(str::to_owned)
}

/// The file's providers or apps: their ids, and these as they stand in names of variables.
fn entries_in_variables<'t>(root: &'t Table, section: &str) -> Vec<(&'t str, String, &'t Table)> {
    let Some(Value::List(items)) = root.get(section).map(|node| &node.value) else { return Vec::new() };
    let tables = items.iter().filter_map(|item| if let Value::Table(table) = &item.value { Some(table) } else { None });
    let entries = tables.filter_map(|table| match &table.get("id")?.value {
        Value::Text(id) => Some((id.as_str(), id.replace('-', "_").to_uppercase(), table)),
        _ => None,
    });
    entries.collect()
}

/// What to write in place of an unknown variable.
fn suggestion(name: &str) -> String {
    match same_letters(name).or_else(|| nearest(name, KNOWN_VARIABLES.into_iter())) {
        Some(known) => format!("did you mean {PREFIX}{known}?"),
        None => "docs/config.md lists the variables".to_owned(),
    }
}

/// The variable that differs from `name` at most in its `_`, or has a section before it: `MASTERKEY`, `LISTEN`.
pub(super) fn same_letters(name: &str) -> Option<&'static str> {
    let bare = |name: &str| name.replace('_', "");
    KNOWN_VARIABLES.into_iter().find(|known| {
        let key = known.split_once("__").map_or(*known, |(_, key)| key);
        bare(known) == bare(name) || bare(key) == bare(name)
    })
}

/// The fix for a variable that was meant as another one.
pub(super) fn rename_to(meant: &str) -> String {
    format!("did you mean {PREFIX}{meant}? rename it, or unset it if it belongs to another program")
}

/// Kubernetes sets variables for each Service in every pod. A Service called `vestibule` gives
/// `VESTIBULE_SERVICE_HOST`, `VESTIBULE_PORT_80_TCP_ADDR` and more, which no operator wrote.
fn is_set_by_kubernetes(name: &str) -> bool {
    let words: Vec<&str> = name.split('_').collect();
    let ends_with = |end: &[&str]| words.ends_with(end);
    let of_a_port = words.windows(3).any(|three| match three {
        ["PORT", number, protocol] => {
            number.bytes().all(|byte| byte.is_ascii_digit()) && ["TCP", "UDP", "SCTP"].contains(protocol)
        }
        _ => false,
    });
    let of_a_service = words.windows(2).any(|two| two == ["SERVICE", "PORT"]);
    of_a_port || of_a_service || ends_with(&["SERVICE", "HOST"]) || ends_with(&["PORT"])
}
