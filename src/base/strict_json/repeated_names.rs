//! Finds a member named twice anywhere in a document, even where it is nested too deep to be parsed.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::base::readable_json::BROKEN;

/// Whether an object at any depth names a member twice. `document` is valid JSON. Names that are not Unicode are not
/// compared: no code reads their members.
///
/// This is a loop and not a recursion: a document can be nested deeper than the stack allows.
pub fn has_repeated_name(document: &str) -> bool {
    // The names so far of each open object. A list has none.
    let mut open: Vec<HashSet<Cow<'_, str>>> = Vec::new();
    let mut rest = document;
    while let Some(at) = rest.find(['{', '[', '}', ']', '"']) {
        let (symbol, after) = rest.split_at(at).1.split_at(1);
        rest = after;
        match symbol {
            "{" | "[" => open.push(HashSet::new()),
            "\"" => {
                let text = after.get(..length(after)).unwrap_or_default();
                rest = after.get(text.len() + 1..).unwrap_or_default();
                // Only a name stands before a colon.
                let is_name = rest.trim_start().starts_with(':');
                if is_name && !open.last_mut().is_none_or(|names| is_new(text, names)) {
                    return true;
                }
            }
            _ => drop(open.pop()),
        }
    }
    false
}

/// How many bytes a text has before its closing quote.
fn length(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.unwrap_or(text.len())
}

fn is_new<'d>(escaped: &'d str, names: &mut HashSet<Cow<'d, str>>) -> bool {
    // Few names have escapes.
    let name = if escaped.contains('\\') {
        serde_json::from_str(&format!("\"{escaped}\"")).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(escaped))
    };
    match name {
        Ok(name) if !name.contains(BROKEN) => names.insert(name),
        Ok(_) | Err(_) => true,
    }
}
