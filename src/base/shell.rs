//! Words of a command in a log line or a message. An operator pastes the command into a POSIX shell, such as dash.

use std::fmt::Write as _;

use super::log_message::is_shown_unchanged;

/// A text as a word in quotes. The log shows the word unchanged.
///
/// `None` if no such word gives the text: an argument holds no NUL, and `$(…)` drops a line break at the end.
#[must_use]
pub fn quoted(text: &str) -> Option<String> {
    let word = format!("'{}'", text.replace('\'', r"'\''"));
    if is_shown_unchanged(&word) {
        return Some(word);
    }
    let is_lost = text.contains('\0') || text.ends_with('\n');
    (!is_lost).then(|| format!("\"$(printf %b '{}')\"", printf_escaped(text)))
}

/// A text as a word, in quotes only if the shell needs them. `None` as for [`quoted`].
#[must_use]
pub fn argument(text: &str) -> Option<String> {
    let is_plain = |c: char| c.is_alphanumeric() || "._-@+/:".contains(c);
    let needs_quotes = text.is_empty() || text.starts_with('-') || !text.chars().all(is_plain);
    if needs_quotes || !is_shown_unchanged(text) { quoted(text) } else { Some(text.to_owned()) }
}

/// A name as the last argument of a command. The program must not read it as an option, even if it begins with `-`.
///
/// No username and no group is a text that [`quoted`] refuses. For such a text, the placeholder `NAME` stands there.
#[must_use]
pub fn operand(name: &str) -> String {
    let end_of_options = if name.starts_with('-') { "-- " } else { "" };
    format!("{end_of_options}{}", argument(name).unwrap_or_else(|| "NAME".to_owned()))
}

/// A text as `printf %b` reads it (XCU printf): all but ordinary characters as octal bytes.
fn printf_escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        let is_ordinary = c.is_ascii_alphanumeric() || " ._-@+/:,=".contains(c);
        if is_ordinary || (!c.is_ascii() && is_shown_unchanged(c.encode_utf8(&mut [0; 4]))) {
            escaped.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                let _written = write!(escaped, "\\0{byte:03o}");
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use proptest::collection::vec;
    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    use super::{argument, operand, quoted};

    /// The arguments that the system's `sh` passes to a program.
    fn as_read_by_sh(words: &str) -> Vec<String> {
        let ran = Command::new("sh").args(["-c", &format!("printf '%s\\0' {words}")]).output().unwrap();
        assert!(ran.status.success() && ran.stderr.is_empty(), "{words}: {ran:?}");
        let mut read: Vec<_> = String::from_utf8(ran.stdout).unwrap().split('\0').map(str::to_owned).collect();
        assert_eq!(read.pop().as_deref(), Some(""), "{words}");
        read
    }

    #[test]
    fn a_quoted_text_is_readable_and_shows_invisible_characters() {
        for (text, word) in [
            ("ada-1815", "'ada-1815'"),
            (r"CORP\tom", r"'CORP\tom'"),
            ("d'or; rm -rf ~ $(id)", r"'d'\''or; rm -rf ~ $(id)'"),
            (r#"it's "ada"=x"#, r#"'it'\''s "ada"=x'"#),
            ("ada\nWARN all is well!", r#""$(printf %b 'ada\0012WARN all is well\0041')""#),
            ("Zoë\u{200b}", r#""$(printf %b 'Zoë\0342\0200\0213')""#),
            (r"\u{61}", r#""$(printf %b '\0134u\017361\0175')""#),
        ] {
            assert_eq!(quoted(text).as_deref(), Some(word));
            assert_eq!(as_read_by_sh(word), [text]);
        }
        assert_eq!([quoted("a\0b"), quoted("ada\n")], [None, None]);
    }

    #[test]
    fn a_name_gets_quotes_only_if_it_needs_them_and_follows_two_hyphens_if_it_begins_like_an_option() {
        for (name, words) in [
            ("ada@example.org", "ada@example.org"),
            ("https://sso.example.edu:8443/a", "https://sso.example.edu:8443/a"),
            ("Ada L.", "'Ada L.'"),
            ("Zoë", "Zoë"),
            ("", "''"),
            ("-dash", "-- '-dash'"),
            ("--help", "-- '--help'"),
        ] {
            assert_eq!(operand(name), words);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(100))]
        #[test]
        fn a_shell_reads_the_texts_that_were_quoted(
            texts in vec("[-'\"\\\\u{}$`!=%0-7 \n\u{200b}“é]{0,8}|(?s:.){0,8}", 1..20),
        ) {
            let texts = texts.iter().map(String::as_str).filter(|text| quoted(text).is_some());
            let texts: Vec<&str> = texts.chain(["last"]).collect();
            for word in [quoted, argument] {
                let words: Vec<_> = texts.iter().filter_map(|text| word(text)).collect();
                prop_assert_eq!(as_read_by_sh(&words.join(" ")), texts.clone());
            }
        }
    }
}
