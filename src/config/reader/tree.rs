//! A TOML text as values, each with its place.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::unquoted_value;
use crate::base::invisible::is_invisible;
use crate::config::mistakes::MistakePlace;

/// A value and its place.
#[derive(Clone)]
pub struct Node {
    pub(in crate::config) place: MistakePlace,
    pub(in crate::config) value: Value,
    /// The inputs of a preset that are in the value, the host first. Empty for a value that the file has itself.
    pub(in crate::config) inputs: Vec<&'static str>,
}

impl Node {
    pub(in crate::config) const fn new(place: MistakePlace, value: Value) -> Self {
        Self { place, value, inputs: Vec::new() }
    }
}

pub(in crate::config) type Table = BTreeMap<String, Node>;

#[derive(Clone)]
pub(in crate::config) enum Value {
    Text(String),
    Boolean(bool),
    Integer(i64),
    List(Vec<Node>),
    Table(Table),
    /// A value of a type that no key has; the name of the type.
    Other(&'static str),
    /// A variable's text. It becomes the type that is asked for.
    FromVariable(String),
}

impl Value {
    /// The name of the type, for messages.
    pub(in crate::config) const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "a string",
            Self::Boolean(_) => "true or false",
            Self::Integer(_) => "a whole number",
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
            Self::Other(kind) => kind,
            Self::FromVariable(_) => "a text",
        }
    }
}

/// A fault of the TOML itself.
pub(in crate::config) struct SyntaxFault {
    pub place: MistakePlace,
    pub what: String,
}

impl SyntaxFault {
    fn line(&self) -> Option<usize> {
        match self.place {
            MistakePlace::Line { line, .. } => Some(line),
            MistakePlace::File | MistakePlace::Variable(_) => None,
        }
    }
}

/// Reads the parts of `text` that are TOML, and lists the others.
pub(in crate::config) fn parse(text: &str) -> (Table, Vec<SyntaxFault>) {
    let lines = Lines::of(text);
    let (root, errors) = DeTable::parse_recoverable(text);
    let described = errors.into_iter().map(|error| SyntaxFault {
        place: error.span().map_or(MistakePlace::File, |span| lines.place(&span)),
        what: lines.describe(&error),
    });
    let mut faults: Vec<SyntaxFault> = Vec::new();
    for fault in described {
        // The parser reports one unquoted text as several faults.
        let again = faults.last().is_some_and(|last| last.what == fault.what && last.line() == fault.line());
        if !again {
            faults.push(fault);
        }
    }
    (lines.table(root.into_inner()), faults)
}

/// The line where the table of this line begins, with the tables that it is a part of.
pub(super) fn start_of_table(text: &str, line: usize) -> usize {
    let begins = |line: &str| {
        let line = line.trim_start();
        line.starts_with('[') && !line.split(']').next().unwrap_or_default().contains('.')
    };
    let begun = text.lines().zip(1..).take(line).filter(|(line, _)| begins(line)).last();
    begun.map_or(1, |(_, number)| number)
}

/// Explains a heading whose table is there already. `key`: its last word.
fn explain_second_table(key: &str) -> &'static str {
    match key {
        "provider" => "[provider] is in single brackets, but the file has others in double ones; write [[provider]]",
        "app" => "[app] is in single brackets, but the file has others in double ones; write [[app]]",
        "allow" => "[app.allow] is in single brackets, but the file has others in double ones; write [[app.allow]]",
        _ => "the same table is further up; write all its keys under one heading",
    }
}

/// Explains a character outside quotation marks that is invisible or looks like another, as web pages and word
/// processors have them. The rest of the line may be a secret, so it is not quoted (security rule C56).
fn explain_misleading_character(line: &str) -> Option<String> {
    let outside = line.split(['"', '\'', '#']).next().unwrap_or_default();
    let is_space = |c: char| c.is_whitespace() && !c.is_ascii();
    let is_hidden = |c: char| is_invisible(c) && !matches!(c, '\t' | '\r');
    let found =
        outside.chars().find(|c| is_space(*c) || is_hidden(*c) || TYPOGRAPHIC.contains(*c) || DASHES.contains(*c))?;
    let number = u32::from(found);
    Some(if DASHES.contains(found) {
        format!("{found} (U+{number:04X}) is a typographic dash, but keys hold only the hyphen; write -")
    } else if TYPOGRAPHIC.contains(found) {
        format!("{found} (U+{number:04X}) is a typographic quotation mark, but TOML takes only \" and '; write \"…\"")
    } else if is_space(found) {
        format!(
            "U+{number:04X} looks like a space, but is another character; write a space in its place, or leave it out"
        )
    } else {
        format!("the line holds U+{number:04X}, an invisible character; write the line again without it")
    })
}

const TYPOGRAPHIC: &str = "“”„‟‘’‚‛«»‹›";

const DASHES: &str = "‐‑‒–—―−";

/// Where each line of a text begins.
struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_breaks).collect() }
    }

    /// The parser's message, or a clearer one if the cause is known. It quotes only known keys: after a line break
    /// within quotation marks, any other word may be a piece of a secret (security rule C56).
    fn describe(&self, error: &toml::de::Error) -> String {
        let message = error.message();
        let Some(span) = error.span() else { return message.to_owned() };
        let (before, after) = self.text.split_at_checked(span.start).unwrap_or(("", ""));
        let start = before.rsplit('\n').next().unwrap_or_default();
        let line = format!("{start}{}", after.lines().next().unwrap_or_default());
        if let ("duplicate key", Some(key)) = (message, self.text.get(span)) {
            if line.trim_start().starts_with('[') {
                return explain_second_table(key).to_owned();
            }
            let named = if unquoted_value::is_key(key) { format!(" `{key}`") } else { String::new() };
            return format!("duplicate key{named}: the same key is further up");
        }
        if let Some(explanation) = explain_misleading_character(&line) {
            return explanation;
        }
        // `key = word`: the parser takes a word for the beginning of a number, of `true`, or of another key.
        let (key, value) = line.split_once('=').map(|(key, value)| (key.trim(), value.trim())).unwrap_or_default();
        if start.contains('=') && (value.is_empty() || value.starts_with('#')) && unquoted_value::is_key(key) {
            return format!("`{key}` has no value; write one after the =, or leave the line out");
        }
        if start.contains('=') && !value.is_empty() && !value.starts_with(['"', '\'', '[', '{', '#']) {
            return unquoted_value::explain(key, value).unwrap_or_else(|| {
                "a value is not a number, true or false, and a text needs quotation marks, the second one in the same \
                    line"
                    .to_owned()
            });
        }
        message.to_owned()
    }

    fn place(&self, span: &Range<usize>) -> MistakePlace {
        let line = self.starts.partition_point(|start| *start <= span.start).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let column = self.text.get(start..span.start).map_or(0, |before| before.chars().count()) + 1;
        MistakePlace::Line { line, column }
    }

    fn table(&self, table: DeTable<'_>) -> Table {
        let entries = table.into_iter().map(|(key, value)| {
            let place = self.place(&key.span());
            (key.into_inner().into_owned(), Node::new(place, self.value(value.into_inner())))
        });
        entries.collect()
    }

    fn item(&self, item: Spanned<DeValue<'_>>) -> Node {
        Node::new(self.place(&item.span()), self.value(item.into_inner()))
    }

    fn value(&self, value: DeValue<'_>) -> Value {
        match value {
            DeValue::String(text) => Value::Text(text.into_owned()),
            DeValue::Boolean(boolean) => Value::Boolean(boolean),
            DeValue::Array(items) => Value::List(items.into_iter().map(|item| self.item(item)).collect()),
            DeValue::Table(table) => Value::Table(self.table(table)),
            DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
                Ok(number) => Value::Integer(number),
                Err(_) => Value::Other("a number that is too large"),
            },
            DeValue::Float(_) => Value::Other("a number"),
            DeValue::Datetime(_) => Value::Other("a date"),
        }
    }
}
