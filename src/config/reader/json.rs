//! A key whose value is a JSON object: as a table, or as text.

use serde_json::{Map, Number, Value as Json};

use super::tree::{Node, Table, Value};
use super::values::{Fault, Read};
use crate::base::strict_json::Members;

/// A JSON object, written as JSON text, or as a table. TOML has no null, so in a table an empty table stands for it.
///
/// # Errors
/// When it is neither, or the text is not a JSON object, or names a member twice.
pub fn json_object(node: &Node) -> Read<Json> {
    match &node.value {
        Value::Table(table) => object(table).map(Json::Object),
        Value::Text(text) | Value::FromVariable(text) => Ok(parse(text)?),
        other => Err(Fault::new(format!("must be a table or JSON text, found {}", other.kind())).into()),
    }
}

fn parse(text: &str) -> Result<Json, Fault> {
    let broken = |why: &dyn std::fmt::Display| {
        Fault::new(format!("is not a JSON object: {why}")).fix("write one between single quotation marks: '{\"…\": …}'")
    };
    let members = Members::read(text.as_bytes()).map_err(|why| broken(&why))?;
    let mut object = Map::new();
    for name in members.names() {
        object.insert(name.to_owned(), members.get(name).map_err(|why| broken(&why))?.unwrap_or(Json::Null));
    }
    Ok(Json::Object(object))
}

fn object(table: &Table) -> Read<Map<String, Json>> {
    table.iter().map(|(name, node)| Ok((name.clone(), value(name, node)?))).collect()
}

fn value(name: &str, node: &Node) -> Read<Json> {
    match &node.value {
        Value::Table(table) if table.is_empty() => Ok(Json::Null),
        Value::Table(table) => object(table).map(Json::Object),
        Value::Text(text) | Value::FromVariable(text) => Ok(Json::String(text.clone())),
        Value::Boolean(flag) => Ok(Json::Bool(*flag)),
        Value::Integer(number) => Ok(Json::Number(Number::from(*number))),
        Value::List(items) => items.iter().map(|item| value(name, item)).collect::<Read<_>>().map(Json::Array),
        Value::Other(kind) => {
            Err(Fault::new(format!("holds {kind} at \"{name}\"")).fix("write the object as JSON text").into())
        }
    }
}
