//! `[provider.uni]` in place of `[[provider]]` with `id = "uni"`.

use super::tree::{Node, Table, Value};
use crate::config::mistakes::MistakePlace;

/// A table that should be one of a list, and how to write it.
pub(in crate::config) struct NamedTableFault {
    pub place: MistakePlace,
    pub what: String,
    pub fix: String,
}

/// If `key` holds tables by name, turns them into a list, with each name as the id, and reports that. So the brackets
/// are the only mistake.
pub(in crate::config) fn list_named_tables(root: &mut Table, key: &str) -> Vec<NamedTableFault> {
    // Each of our lists has a kind. `[app.allow]` has none.
    let has_a_kind = |node: &Node| matches!(&node.value, Value::Table(table) if table.contains_key("kind"));
    let Some(Node { value, .. }) = root.get_mut(key) else { return Vec::new() };
    let Value::Table(tables) = value else { return Vec::new() };
    if tables.is_empty() || !tables.values().all(has_a_kind) {
        return Vec::new();
    }
    let (mut faults, mut items) = (Vec::new(), Vec::new());
    for (name, mut node) in std::mem::take(tables) {
        let mut fix = format!("write [[{key}]]");
        if let Value::Table(table) = &mut node.value
            && !table.contains_key("id")
        {
            fix = format!("{fix}, and below it id = \"{name}\"");
            table.insert("id".to_owned(), Node::new(node.place.clone(), Value::Text(name.clone())));
        }
        let what = format!("`{key}` must be a list of tables, found [{key}.{name}]");
        faults.push(NamedTableFault { place: node.place.clone(), what, fix });
        items.push(node);
    }
    *value = Value::List(items);
    faults
}
