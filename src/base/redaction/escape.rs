//! Decodes one escaped character: of percent-encoding (RFC 3986 §2.1), HTML, JSON, JavaScript, or a directory.

/// A kind of escape, by the character that begins it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Percent,
    Html,
    Backslash,
}

pub(super) const ESCAPES: [Kind; 3] = [Kind::Percent, Kind::Html, Kind::Backslash];

impl Kind {
    pub(super) fn of(byte: u8) -> Option<Self> {
        match byte {
            b'%' => Some(Self::Percent),
            b'&' => Some(Self::Html),
            b'\\' => Some(Self::Backslash),
            _ => None,
        }
    }
}

/// An escaped character.
pub(super) struct Escape {
    pub(super) stands_for: Vec<u8>,
    /// The length of the escape, in bytes.
    pub(super) length: usize,
}

/// The characters with a meaning in HTML.
const NAMED: [(&str, char); 6] =
    [("amp", '&'), ("lt", '<'), ("gt", '>'), ("quot", '"'), ("apos", '\''), ("nbsp", '\u{a0}')];

impl Escape {
    pub(super) fn at(text: &[u8]) -> Option<Self> {
        match text {
            [b'%', rest @ ..] => Some(Self { stands_for: vec![hex_pair(rest)?], length: 3 }),
            [b'&', b'#', b'x' | b'X', rest @ ..] => Self::referenced(rest, 16, 3),
            [b'&', b'#', rest @ ..] => Self::referenced(rest, 10, 2),
            [b'&', rest @ ..] => {
                let (name, c) = NAMED.into_iter().find(|(name, _)| rest.starts_with(name.as_bytes()))?;
                let ended = rest.get(name.len()) == Some(&b';');
                Some(Self::of(c, 1 + name.len() + usize::from(ended)))
            }
            // RFC 4514 §2.4, RFC 4515 §3. Tried before JSON's `\b` and `\f`: people type no control characters.
            [b'\\', rest @ ..] if hex_pair(rest).is_some() => {
                Some(Self { stands_for: vec![hex_pair(rest)?], length: 3 })
            }
            [b'\\', b'x', rest @ ..] => Some(Self { stands_for: vec![hex_pair(rest)?], length: 4 }),
            [b'\\', b'u', b'{', rest @ ..] => {
                let digits = digits(rest, 16);
                let ended = rest.get(digits) == Some(&b'}');
                Some(Self::of(number(rest, digits, 16).and_then(char::from_u32).filter(|_| ended)?, 4 + digits))
            }
            [b'\\', b'u', rest @ ..] => Self::utf16(rest),
            [b'\\', b'b', ..] => Some(Self::of('\u{8}', 2)),
            [b'\\', b'f', ..] => Some(Self::of('\u{c}', 2)),
            [b'\\', b'n', ..] => Some(Self::of('\n', 2)),
            [b'\\', b'r', ..] => Some(Self::of('\r', 2)),
            [b'\\', b't', ..] => Some(Self::of('\t', 2)),
            [b'\\', c, ..] if c.is_ascii_punctuation() || *c == b' ' => Some(Self::of(char::from(*c), 2)),
            _ => None,
        }
    }

    fn of(c: char, length: usize) -> Self {
        Self { stands_for: c.to_string().into_bytes(), length }
    }

    /// The digits of `&#38;` or `&#x26;`, after `before` bytes. Browsers accept them without the `;`.
    fn referenced(rest: &[u8], radix: u32, before: usize) -> Option<Self> {
        let digits = digits(rest, radix);
        let c = number(rest, digits, radix).and_then(char::from_u32)?;
        let ended = rest.get(digits) == Some(&b';');
        Some(Self::of(c, before + digits + usize::from(ended)))
    }

    /// RFC 8259 §7: four digits, or two times four for a character outside the basic plane.
    fn utf16(rest: &[u8]) -> Option<Self> {
        let unit = |at: usize| number(rest.get(at..at + 4)?, 4, 16).and_then(|unit| u16::try_from(unit).ok());
        let first = unit(0)?;
        let second = rest.get(4..6).filter(|between| *between == b"\\u").and_then(|_| unit(6));
        let pair = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
        match (char::from_u32(u32::from(first)), pair) {
            (Some(c), _) => Some(Self::of(c, 6)),
            (None, Some(c)) => Some(Self::of(c, 12)),
            (None, None) => None,
        }
    }
}

/// How many digits are at the beginning, at most eight. No character has more.
fn digits(text: &[u8], radix: u32) -> usize {
    text.iter().take(8).take_while(|byte| char::from(**byte).is_digit(radix)).count()
}

/// The first `length` characters as a number, if all of them are digits.
fn number(text: &[u8], length: usize, radix: u32) -> Option<u32> {
    // The standard library would also accept a sign.
    let text = text.get(..length).filter(|text| digits(text, radix) == length)?;
    u32::from_str_radix(std::str::from_utf8(text).ok()?, radix).ok()
}

/// The byte that the first two digits encode.
fn hex_pair(text: &[u8]) -> Option<u8> {
    number(text, 2, 16).and_then(|byte| u8::try_from(byte).ok())
}
