//! Formats the fields of a log line so that no value can look like another field.
//!
//! Visitors control some logged values, such as the `error_description` in a callback's address. So in every line,
//! `name=` outside quotation marks begins a field, and no character is invisible.

use std::fmt::{self, Debug};

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;

use super::library;

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
        if field.name() == MESSAGE {
            self.message(value);
        } else {
            self.field(field, format_args!("{}", quoted(value)));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == MESSAGE {
            self.message(&text);
        } else if is_plain(&text) {
            self.field(field, format_args!("{text}"));
        } else {
            self.field(field, format_args!("{}", quoted(&text)));
        }
    }
}

impl Line<'_> {
    fn message(&mut self, text: &str) {
        let quoted = needs_quotes(text).then(|| quoted(text));
        self.part(format_args!("{}", quoted.as_deref().unwrap_or(text)));
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

/// Text in quotation marks, as `Debug` writes it, but a `\` stays single if the text after it can't be mistaken for the
/// rest of an escape. So a command or a line of the config can be pasted from a message, unless it holds a `"`.
fn quoted(text: &str) -> String {
    let escaped = format!("{text:?}");
    let (mut quoted, mut rest) = (String::new(), escaped.as_str());
    while let Some((before, escape)) = rest.split_once('\\') {
        let mut after = escape.chars();
        quoted.push_str(before);
        quoted.push('\\');
        match after.next() {
            Some('\\') if stands_alone(after.as_str()) => {}
            escaped => quoted.extend(escaped),
        }
        rest = after.as_str();
    }
    quoted.push_str(rest);
    quoted
}

/// Whether a `\` before this escaped text is read as itself.
fn stands_alone(after: &str) -> bool {
    !after.starts_with(['"', '\\', 'n', 'r', 't', '0']) && !after.starts_with("u{")
}

/// Whether a value needs no quotation marks: it is one word, and none of its characters has another meaning.
fn is_plain(text: &str) -> bool {
    let is_ordinary = |c: char| !matches!(c, '"' | '=' | '\\' | ' ') && is_visible(c);
    !text.is_empty() && text.chars().all(is_ordinary)
}

/// Whether a message needs quotation marks: it holds text like a field, an open quotation, or an invisible character.
fn needs_quotes(text: &str) -> bool {
    let mut before = ' ';
    let like_a_field = text.chars().any(|c| {
        let ends_a_name = c == '=' && before != ' ';
        before = c;
        ends_a_name
    });
    let quotes = text.matches('"').count();
    // A parser takes a quotation mark after a backslash as escaped.
    let opens_a_quotation = quotes % 2 == 1 || (quotes > 0 && text.contains('\\'));
    like_a_field || opens_a_quotation || !text.chars().all(is_visible)
}

/// Whether a character is visible as itself. `Debug` escapes the others: control characters, line separators, marks
/// that change the direction, characters without a shape.
fn is_visible(c: char) -> bool {
    matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, proptest};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::EscapedFields;
    use crate::cli::log::tests::Buffer;

    /// All that `event` logs, without the time.
    fn logged(event: impl FnOnce()) -> String {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let lines = tracing_subscriber::fmt::layer().with_target(false).without_time().with_ansi(false);
        let lines = lines.fmt_fields(EscapedFields).with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), event);
        buffer.text()
    }

    /// The names of the fields outside quotation marks, as a parser reads them.
    fn fields(line: &str) -> Vec<String> {
        let (mut outside, mut quoted, mut escaped) = (String::new(), false, false);
        for c in line.chars() {
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                c if !quoted => outside.push(c),
                _ => {}
            }
        }
        assert!(!quoted, "a quotation is left open: {line}");
        let named = outside.split(' ').filter_map(|word| word.split_once('='));
        named.map(|(name, _)| name.to_owned()).filter(|name| !name.is_empty()).collect()
    }

    #[test]
    fn an_ordinary_line_has_the_default_format() {
        let line = logged(
            || tracing::warn!(code = %"V-7KQXHZ3B", cause = "start_refused", app = "", times = 3, "it's \"odd\""),
        );
        assert_eq!(line, " WARN it's \"odd\" code=V-7KQXHZ3B cause=\"start_refused\" app=\"\" times=3\n");
    }

    #[test]
    fn a_line_of_a_library_shows_its_target_and_no_source_path() {
        let line = logged(|| {
            tracing::warn!(
                log.target = "ldap3::conn",
                log.module_path = "ldap3::conn",
                log.file = "/home/me/.cargo/registry/src/conn.rs",
                log.line = 3,
                "odd"
            );
        });
        assert_eq!(line, " WARN odd target=\"ldap3::conn\"\n");
    }

    #[test]
    fn a_command_or_a_line_of_the_config_can_be_pasted_from_a_quoted_message() {
        for paste in [
            r"username = '''{{ (n) | replace('\u005c', '-') | replace('\u200b', '') }}'''",
            r"issuer = 'ldap:ou=a\,b,dc=example'",
            r"vestibule user release --name='it'\''s'",
            r"vestibule user release --name=$'\u000a\u0022'",
        ] {
            let line = logged(|| tracing::warn!("its x={paste}; do it"));
            assert_eq!(line, format!(" WARN \"its x={paste}; do it\"\n"));
        }
        let line = logged(|| tracing::warn!(error = "a\\nb", "x=\\\n and \\u{{7f}} and \\\\"));
        assert_eq!(line, r#" WARN "x=\\\n and \\u{7f} and \\\\" error="a\\nb""#.to_owned() + "\n");
    }

    // C56
    #[test]
    fn text_from_a_visitor_cannot_add_a_field_or_a_line() {
        for hostile in [
            "no code=V-AAAAAAAA cause=\"none\"",
            "no\" code=V-AAAAAAAA cause=\"none",
            "no\n2026-01-01T00:00:00Z  WARN all is well code=V-AAAAAAAA",
            "no\u{2028}WARN code=V-AAAAAAAA",
            "\u{202e}no\u{2066}",
            "\u{1b}[2Jno",
            "no\\\" code=x",
            "\"x\\\"",
            "\"\\\" and \"",
        ] {
            let line =
                logged(|| tracing::warn!(code = %"V-7KQXHZ3B", why = %hostile, answer = hostile, "it said {hostile}"));
            assert_eq!(fields(line.trim_end()), ["code", "why", "answer"], "{line}");
            let is_visible = line.trim_end_matches('\n').chars().all(|c| c.is_ascii_graphic() || c == ' ');
            assert!(is_visible, "{line:?}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_values_cannot_add_a_field(answer in "[\"\\\\= a\n]{0,12}|.{0,20}",
            why in any::<String>()) {
            let line = logged(|| tracing::warn!(code = %"V-7KQXHZ3B", %why, answer, "it said {answer}"));
            assert_eq!(fields(line.trim_end_matches('\n')), ["code", "why", "answer"], "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    }
}
