//! Finds a member named twice anywhere in a document, even where it is nested too deep to be parsed.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::base::readable_json::BROKEN;

/// The first name that an object at any depth gives to two members. `document` is valid JSON. Names that are not
/// Unicode are not compared: no code reads their members.
///
/// This is a loop and not a recursion: a document can be nested deeper than the stack allows.
pub fn repeated_name(document: &str) -> Option<Cow<'_, str>> {
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
                if let Some(names) = open.last_mut().filter(|_| is_name)
                    && let Some(name) = unescaped(text)
                    && let Some(again) = names.replace(name)
                {
                    return Some(again);
                }
            }
            _ => drop(open.pop()),
        }
    }
    None
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

/// A name without escapes, which few have. `None` if it is not Unicode.
fn unescaped(name: &str) -> Option<Cow<'_, str>> {
    let name = if name.contains('\\') {
        Cow::Owned(serde_json::from_str(&format!("\"{name}\"")).ok()?)
    } else {
        Cow::Borrowed(name)
    };
    (!name.contains(BROKEN)).then_some(name)
}
