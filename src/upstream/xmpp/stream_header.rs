//! Rewrites the beginning of a server's stream. The XMPP library refuses unknown attributes and later minor versions,
//! and a login needs neither.

use std::fmt::Write as _;

/// Longest tag.
const MAX_HEADER: usize = 8 * 1024;

/// Most characters of another service's greeting that an error shows.
const MAX_GREETING: usize = 60;

/// The first line of a server that begins with text, so it speaks another protocol.
pub fn foreign_greeting(text: &str) -> Option<String> {
    let rest = text.trim_start_matches(may_precede);
    if rest.is_empty() || rest.starts_with('<') {
        return None;
    }
    Some(rest.lines().next().unwrap_or_default().chars().take(MAX_GREETING).collect())
}

/// The beginning without unused attributes. `None` until all of it has come.
pub fn rewrite_header(text: &str) -> Option<String> {
    let whole = || Some(text.to_owned());
    if text.len() > MAX_HEADER {
        return whole();
    }
    let rest = text.trim_start_matches(may_precede);
    if rest.is_empty() {
        return None;
    }
    let (tag, after) = rest.split_at(end_of_tag(rest)?);
    Some(known_attributes(tag).unwrap_or_else(|| tag.to_owned()) + after)
}

pub fn may_precede(c: char) -> bool {
    c == '\u{feff}' || c.is_ascii_whitespace()
}

/// The index after the first `>` outside quotation marks.
fn end_of_tag(text: &str) -> Option<usize> {
    let mut quoted = None;
    for (at, c) in text.char_indices() {
        match (c, quoted) {
            ('>', None) => return Some(at + 1),
            ('"' | '\'', None) => quoted = Some(c),
            (c, Some(quote)) if c == quote => quoted = None,
            _ => {}
        }
    }
    None
}

/// `<stream:stream …>` with namespaces and version. RFC 6120 §4.7.5: a higher minor version is not an error.
fn known_attributes(tag: &str) -> Option<String> {
    let inner = tag.strip_prefix('<')?.strip_suffix('>')?;
    let (name, mut rest) = inner.split_at(inner.find(|c: char| c.is_ascii_whitespace()).unwrap_or(inner.len()));
    let mut known_attributes = format!("<{name}");
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Some(known_attributes + ">");
        }
        let (attribute, value) = rest.split_once('=')?;
        let (attribute, value) = (attribute.trim_end(), value.trim_start());
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        let (value, after) = value.strip_prefix(quote)?.split_once(quote)?;
        rest = after;
        let value = match attribute {
            "version" if value.starts_with("1.") => "1.0",
            "version" | "xmlns" => value,
            prefixed if prefixed.starts_with("xmlns:") => value,
            _ => continue,
        };
        _ = write!(known_attributes, " {attribute}={quote}{value}{quote}");
    }
}

#[cfg(test)]
mod tests {
    use super::rewrite_header;

    #[test]
    fn unused_parts_of_the_beginning_are_left_out() {
        let plain = "<stream:stream xmlns='jabber:client' xmlns:stream=\"s\" version='1.0'>";
        for text in [
            plain,
            "\n<stream:stream xmlns='jabber:client' xmlns:stream=\"s\" id='1>2' from='other.org' xml:lang='zz' foo='1' \
             version='1.1'>",
        ] {
            assert_eq!(rewrite_header(&format!("{text}<x a='b'>")).as_deref(), Some(&*format!("{plain}<x a='b'>")));
            for end in 0..text.len() {
                assert_eq!(rewrite_header(&text[..end]), None, "{end}");
            }
        }
        let old = "<stream:stream version='0.9'>";
        assert_eq!(rewrite_header(old).as_deref(), Some(old));
    }

    #[test]
    fn a_text_that_is_not_a_stream_header_is_passed_on_unchanged() {
        for other in ["<a b>", "<a b=c>", "<a b='c'd>", "<html><head>", "<a/>"] {
            assert_eq!(rewrite_header(other).as_deref(), Some(other));
        }
        let long = format!("<a b='{}", "x".repeat(9000));
        assert_eq!(rewrite_header(&long).as_deref(), Some(long.as_str()));
    }
}
