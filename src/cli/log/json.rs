//! Formats the lines of the JSON log.

use std::fmt;

use serde_json::{Map, Value};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{self, Format, FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::library;
use crate::base::invisible::is_invisible;

/// Writes each line as one object: `timestamp`, `level`, `message` and the fields.
#[derive(Debug)]
pub struct Json(Format<format::Json>);

impl Default for Json {
    fn default() -> Self {
        Self(Format::default().json().flatten_event(true).with_target(false))
    }
}

impl<S, F> FormatEvent<S, F> for Json
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
    F: for<'writer> FormatFields<'writer> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, F>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line = String::new();
        self.0.format_event(context, Writer::new(&mut line), event)?;
        if event.metadata().fields().field(library::TARGET).is_none() {
            return writer.write_str(&escaped(&line));
        }
        let mut fields: Map<String, Value> = serde_json::from_str(&line).map_err(|_| fmt::Error)?;
        fields.retain(|name, _| !library::is_source_location(name));
        if let Some(target) = fields.remove(library::TARGET) {
            fields.insert(library::SHORT_TARGET.to_owned(), target);
        }
        writeln!(writer, "{}", escaped(&Value::Object(fields).to_string()))
    }
}

/// Escapes the invisible characters that JSON lets stand: some readers break lines at U+2028, and terminals follow
/// marks that change the direction. JSON holds such characters only in texts, where each may be an escape (RFC 8259
/// §7).
fn escaped(line: &str) -> String {
    let is_plain = |c: char| c.is_ascii() || (!is_invisible(c) && c.escape_debug().len() == 1);
    if line.chars().all(is_plain) {
        return line.to_owned();
    }
    let mut escaped = String::with_capacity(line.len());
    for c in line.chars() {
        if is_plain(c) {
            escaped.push(c);
        } else {
            escaped.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::Json;
    use crate::cli::log::tests::Buffer;

    /// The lines that `event` logs, without their times.
    fn logged(event: impl FnOnce()) -> Vec<Value> {
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let lines = tracing_subscriber::fmt::layer().json().event_format(Json::default());
        let lines = lines.with_writer(move || writer.clone());
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), event);
        let read = |line: &str| {
            let mut line: Value = serde_json::from_str(line).unwrap();
            assert!(line.as_object_mut().unwrap().remove("timestamp").unwrap().as_str().unwrap().ends_with('Z'));
            line
        };
        buffer.text().lines().map(read).collect()
    }

    // C56
    #[test]
    fn invisible_characters_are_escaped() {
        let hostile = "a\u{2028}b\u{202e}c\u{e0001}é";
        let buffer = Buffer::default();
        let writer = buffer.clone();
        let lines = tracing_subscriber::fmt::layer().json().event_format(Json::default());
        let lines = lines.with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(lines);
        tracing::subscriber::with_default(subscriber, || tracing::warn!(iss = hostile, "it said {hostile}"));
        let line = buffer.text();
        assert!(!line.contains(['\u{2028}', '\u{202e}', '\u{e0001}']) && line.contains("\\u2028"), "{line:?}");
        let read: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((read["iss"].as_str(), read["message"].as_str().unwrap().len()), (Some(hostile), 8 + hostile.len()));
    }

    #[test]
    fn a_line_is_one_object_and_a_line_of_a_library_shows_its_target_and_no_source_path() {
        let lines = logged(|| {
            tracing::warn!(code = %"V-7KQXHZ3B", times = 3, "it is\n\"odd\"");
            tracing::error!(
                log.target = "ldap3::conn",
                log.module_path = "ldap3::conn",
                log.file = "/home/me/.cargo/registry/src/conn.rs",
                log.line = 3,
                "odd\n"
            );
        });
        assert_eq!(
            lines,
            [
                json!({"level": "WARN", "message": "it is\n\"odd\"", "code": "V-7KQXHZ3B", "times": 3}),
                json!({"level": "ERROR", "message": "odd\n", "target": "ldap3::conn"}),
            ]
        );
    }
}
