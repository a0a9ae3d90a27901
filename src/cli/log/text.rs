//! Formats the fields of a log line so that no value can look like another field.
//!
//! Visitors control some logged values, such as the `error_description` in a callback's address. So in every line,
//! `name=` outside quotation marks begins a field, and no character is invisible. A value that is not one plain word
//! stands in `"…"`, with the escapes of a string in Rust. A message in which something could mislead stands in
//! `“…”`. Its only escape is `\u{…}`, so commands in it stay as they are.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use super::library;
use crate::base::log_message::{MARKS, escaped, is_shown_unchanged, unescaped_invisible};

/// Writes the message and then `name=value` for each field, separated by spaces.
#[derive(Debug, Clone, Copy)]
pub struct EscapedFields;

impl<'w> FormatFields<'w> for EscapedFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut line = Line { writer, has_begun: false, written: Ok(()) };
        fields.record(&mut line);
        line.written
    }
}

struct Line<'w> {
    writer: Writer<'w>,
    has_begun: bool,
    written: fmt::Result,
}

const MESSAGE: &str = "message";

impl Visit for Line<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        let value = unescaped_invisible(value);
        if field.name() == MESSAGE {
            self.message(&value);
        } else {
            self.field(field, format_args!("{value:?}"));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        let text = unescaped_invisible(&text);
        if field.name() == MESSAGE {
            self.message(&text);
        } else if is_plain(&text) {
            self.field(field, format_args!("{text}"));
        } else {
            self.field(field, format_args!("{text:?}"));
        }
    }
}

impl Line<'_> {
    fn message(&mut self, text: &str) {
        if needs_marks(text) {
            let [opens, closes] = MARKS;
            self.part(format_args!("{opens}{}{closes}", escaped(text)));
        } else {
            self.part(format_args!("{text}"));
        }
    }

    fn field(&mut self, field: &Field, value: fmt::Arguments<'_>) {
        match field.name() {
            name if library::is_source_location(name) => {}
            library::TARGET => self.part(format_args!("{}={value}", library::SHORT_TARGET)),
            name => self.part(format_args!("{name}={value}")),
        }
    }

    fn part(&mut self, part: fmt::Arguments<'_>) {
        let between = if self.has_begun { " " } else { "" };
        self.has_begun = true;
        if self.written.is_ok() {
            self.written = write!(self.writer, "{between}{part}");
        }
    }
}

/// Whether a value needs no quotation marks: it is one word, and none of its characters has another meaning.
fn is_plain(text: &str) -> bool {
    !text.is_empty() && is_shown_unchanged(text) && !text.contains(['"', '=', '\\', ' '])
}

/// Whether a message needs [`MARKS`]: it holds text like a field, an open quotation, or what must be escaped.
fn needs_marks(text: &str) -> bool {
    let mut before = ' ';
    let like_a_field = text.chars().any(|c| {
        let ends_a_name = c == '=' && before != ' ';
        before = c;
        ends_a_name
    });
    let quotes = text.matches('"').count();
    // A parser takes a quotation mark after a backslash as escaped.
    let opens_a_quotation = quotes % 2 == 1 || (quotes > 0 && text.contains('\\'));
    like_a_field || opens_a_quotation || !is_shown_unchanged(text)
}

#[cfg(test)]
mod tests;
