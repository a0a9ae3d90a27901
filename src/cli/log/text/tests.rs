//! Tests of the text log: a line can be read back, nobody can forge a part of it, and commands can be pasted from it.

use std::process::Command;

use proptest::prelude::{ProptestConfig, any, proptest};
use tracing_subscriber::layer::SubscriberExt as _;

use super::EscapedFields;
use crate::base::log_message::unescaped_invisible;
use crate::broker::Cause;
use crate::cli::log::tests::Buffer;
use crate::signin::identify::IdentityKey;

/// All that `event` logs, without the time.
fn logged(event: impl FnOnce()) -> String {
    let buffer = Buffer::default();
    let writer = buffer.clone();
    let lines = tracing_subscriber::fmt::layer().with_target(false).without_time().with_ansi(false);
    let lines = lines.fmt_fields(EscapedFields).with_writer(move || writer.clone());
    tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), event);
    buffer.text()
}

type Fields = Vec<(String, String)>;

/// The message and the fields of a warning, as a program reads them.
fn read(line: &str) -> (String, Fields) {
    let text = line.strip_prefix(" WARN ").unwrap().strip_suffix('\n').unwrap();
    let (message, mut rest) = if let Some(marked) = text.strip_prefix('“') {
        let (message, rest) = marked.split_once('”').unwrap();
        (unescaped(message), rest)
    } else {
        let (message, rest) = text.split_at(first_field(text));
        (message.to_owned(), rest)
    };
    let mut fields = Vec::new();
    while let Some((name, value)) = rest.strip_prefix(' ').and_then(|rest| rest.split_once('=')) {
        let (value, after) = if let Some(quoted) = value.strip_prefix('"') {
            string(quoted)
        } else {
            let (word, after) = value.split_at(value.find(' ').unwrap_or(value.len()));
            (word.to_owned(), after)
        };
        fields.push((name.to_owned(), value));
        rest = after;
    }
    assert_eq!(rest, "", "{line}");
    (message, fields)
}

/// Where a message without marks ends: before the first ` name=` outside quotation marks.
fn first_field(text: &str) -> usize {
    let (mut is_quoted, mut last_space) = (false, 0);
    for (at, c) in text.char_indices() {
        match c {
            '"' => is_quoted = !is_quoted,
            ' ' if !is_quoted => last_space = at,
            '=' if !is_quoted && at > last_space + 1 => return last_space,
            _ => {}
        }
    }
    assert!(!is_quoted, "a quotation is left open: {text}");
    text.len()
}

/// A message from between its marks.
fn unescaped(text: &str) -> String {
    let mut parts = text.split(r"\u{");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |before, part| {
        let (code, after) = part.split_once('}').unwrap();
        format!("{before}{}{after}", character(code))
    })
}

/// A string of Rust, after its first quotation mark, and the text behind it.
fn string(text: &str) -> (String, &str) {
    let (mut value, mut rest) = (String::new(), text.chars());
    loop {
        match rest.next().unwrap() {
            '"' => return (value, rest.as_str()),
            '\\' => match rest.next().unwrap() {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '0' => value.push('\0'),
                'u' => {
                    let (code, after) = rest.as_str().split_once('}').unwrap();
                    value.push(character(code.strip_prefix('{').unwrap()));
                    rest = after.chars();
                }
                itself => value.push(itself),
            },
            c => value.push(c),
        }
    }
}

fn character(code: &str) -> char {
    char::from_u32(u32::from_str_radix(code, 16).unwrap()).unwrap()
}

#[test]
fn an_ordinary_line_has_the_default_format() {
    let line =
        logged(|| tracing::warn!(code = %"V-7KQXHZ3B", cause = "start_refused", app = "", times = 3, "it's \"odd\""));
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
fn a_message_stays_as_it_is_even_between_marks() {
    for message in [
        r"username = '''{{ (n) | replace('\u005c', '-') | replace('\u200b', '') }}'''; x=",
        r"issuer = 'ldap:ou=a\,b,dc=example'",
        r#"with prompt=login; set client_auth = "client_secret_post""#,
        r#"it calls them 'CORP\tom "the" cat'"#,
    ] {
        let line = logged(|| tracing::warn!(subject = r"CORP\tom", "{message}"));
        assert_eq!(line, format!(" WARN “{message}” subject=\"CORP\\\\tom\"\n"));
    }
    assert_eq!(logged(|| tracing::warn!(r"they are 'CORP\tom'")), " WARN they are 'CORP\\tom'\n");
    let line = logged(|| tracing::warn!(error = "a\\nb\n", "a\n“b” and {}", r"\u{7f}"));
    assert_eq!(line, r#" WARN “a\u{a}\u{201c}b\u{201d} and \u{7f}” error="a\\nb\n""#.to_owned() + "\n");
}

// Words of a provider are quoted, with escapes, before they become a part of an error.
#[test]
fn an_invisible_character_is_escaped_once_in_a_message_and_in_a_field() {
    let words = format!("{:?}", "a\u{2028}b\u{202e}c\u{e0001}");
    let line = logged(|| tracing::warn!(error = %words, answer = words, "it says = {words}"));
    let shown = r"a\u{2028}b\u{202e}c\u{e0001}";
    let field = format!("\"\\\"{shown}\\\"\"");
    assert_eq!(line, format!(" WARN “it says = \"{shown}\"” error={field} answer={field}\n"));
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
        "” code=V-AAAAAAAA “",
        r"\u{201d} code=V-AAAAAAAA",
    ] {
        let line =
            logged(|| tracing::warn!(code = %"V-7KQXHZ3B", why = %hostile, answer = hostile, "it said {hostile}"));
        let fields = [("code", "V-7KQXHZ3B"), ("why", hostile), ("answer", hostile)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        assert_eq!(read(&line), (format!("it said {hostile}"), fields), "{line}");
        let is_visible = |c: char| c.is_ascii_graphic() || " “”".contains(c);
        assert!(line.trim_end_matches('\n').chars().all(is_visible), "{line:?}");
    }
}

proptest! {
    #[test]
    fn a_line_can_be_read_back_exactly(
        hostile in "[\"\\\\= au{7f}“”\n\u{200b}]{0,12}|.{0,20}",
        text in any::<String>(),
    ) {
        for (why, answer) in [(&hostile, &text), (&text, &hostile)] {
            let line = logged(|| tracing::warn!(code = %"V-7KQXHZ3B", %why, answer, "it said {why}"));
            let [why, answer] = [why, answer].map(|text| unescaped_invisible(text));
            let fields = [("code", "V-7KQXHZ3B"), ("why", &why), ("answer", &answer)];
            let fields = fields.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
            assert_eq!(read(&line), (format!("it said {why}"), fields), "{line}");
            assert!(line.chars().filter(|c| c.is_control()).eq(['\n']), "{line:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]
    #[test]
    fn a_command_pasted_from_a_line_has_the_words_that_were_meant(
        issuer in "https://[a-z]{1,9}|[-'\"\\\\u{}$`!=%0-7 \n\u{200b}“é]{0,8}",
        subject in "['\"\\\\=“u{}0\n\0]{0,8}|CORP\\\\[a-z]{3}|(?s:.){0,20}",
    ) {
        let (provider, named) = ("uni".parse().unwrap(), (issuer.as_str().into(), subject.as_str().into()));
        let cause = Cause::IdentityUnknown(IdentityKey { provider, issuer: named.0, subject: named.1 });
        let line = logged(|| tracing::warn!(cause = "identity_unknown", "{cause}"));
        let Some((_, command)) = line.split_once("link it: vestibule identity link -- ") else {
            let is_lost = |text: &str| text.contains('\0') || text.ends_with('\n');
            assert!(is_lost(&issuer) || is_lost(&subject), "{line}");
            return Ok(());
        };
        let (words, _) = command.rsplit_once(" USERNAME").unwrap();
        let read = Command::new("sh").args(["-c", &format!(r"printf '%s\0' {words}")]).output().unwrap();
        assert_eq!(String::from_utf8(read.stdout).unwrap(), format!("uni\0{issuer}\0{subject}\0"), "{line}");
    }
}
