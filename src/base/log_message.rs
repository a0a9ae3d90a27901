//! How the text log shows a message. Commands in a message are made so that the log shows them unchanged.

use std::borrow::Cow;

/// Begins and ends a message whose text could be mistaken for something else in its line.
pub const MARKS: [char; 2] = ['“', '”'];

/// The text between [`MARKS`]. Its only escape is `\u{…}`, so a quotation mark or a `\` of a command stays as it is.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        let is_like_an_escape = text.get(at..).is_some_and(|rest| rest.starts_with(ESCAPE));
        if is_like_an_escape || !is_shown_as_itself(c) {
            escaped.extend(c.escape_unicode());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// The text with each invisible character in place of its escape `\u{…}`. Words of a provider are escaped before they
/// become a part of a message, and the log would escape their escapes once more.
#[must_use]
pub fn unescaped_invisible(text: &str) -> Cow<'_, str> {
    if !text.contains(ESCAPE) {
        return Cow::Borrowed(text);
    }
    let mut parts = text.split(ESCAPE);
    let mut unescaped = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}').and_then(|(code, after)| Some((invisible(code)?, after))) {
            Some((c, after)) => {
                unescaped.push(c);
                unescaped.push_str(after);
            }
            None => unescaped.extend([ESCAPE, part]),
        }
    }
    Cow::Owned(unescaped)
}

/// The character that `Debug` escapes so.
fn invisible(code: &str) -> Option<char> {
    let c = char::from_u32(u32::from_str_radix(code, 16).ok()?)?;
    c.escape_debug().eq(format!("{ESCAPE}{code}}}").chars()).then_some(c)
}

/// Whether the log shows the text as it is, in every message.
#[must_use]
pub fn is_shown_unchanged(text: &str) -> bool {
    text.chars().all(is_shown_as_itself) && !text.contains(ESCAPE)
}

/// Whether a character is visible and no mark. `Debug` escapes invisible ones: control characters, line separators,
/// characters that change the direction, characters without a shape.
fn is_shown_as_itself(c: char) -> bool {
    let is_visible = matches!(c, '"' | '\'' | '\\') || c.escape_debug().len() == 1;
    is_visible && !MARKS.contains(&c)
}

const ESCAPE: &str = r"\u{";

#[cfg(test)]
mod tests {
    use super::{escaped, is_shown_unchanged, unescaped_invisible};

    #[test]
    fn an_escape_of_an_invisible_character_is_no_text_of_its_own() {
        for (text, meant) in [
            (r"a\u{2028}b\u{202e}", "a\u{2028}b\u{202e}"),
            (r"\u{1b}[2J\u{61}\u{201d}", "\u{1b}[2J\\u{61}\\u{201d}"),
            (r"\u{02028} \u{110000} \u{ \u{}", r"\u{02028} \u{110000} \u{ \u{}"),
        ] {
            assert_eq!(unescaped_invisible(text), meant);
        }
    }

    #[test]
    fn only_what_could_mislead_is_escaped() {
        for (text, shown) in [
            (r#"CORP\tom said "it's = \n""#, r#"CORP\tom said "it's = \n""#),
            ("a\nb\u{200b}\u{301}", r"a\u{a}b\u{200b}\u{301}"),
            ("“a”", r"\u{201c}a\u{201d}"),
            (r"\u{61} and \u0061", r"\u{5c}u{61} and \u0061"),
        ] {
            assert_eq!(escaped(text), shown);
            assert_eq!(is_shown_unchanged(text), text == shown, "{text}");
        }
    }
}
