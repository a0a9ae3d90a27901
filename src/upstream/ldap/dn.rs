//! Distinguished names, compared as directories compare them.
//!
//! A directory may write one DN in many ways: other case, more spaces, other escapes. [`Dn`] is their common normal
//! form (RFC 4517 §4.2.15 over the text form of RFC 4514).

use std::collections::BTreeSet;
use std::fmt;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::ber::element;
use super::template::is_attribute;

/// A DN in its normal form: two spellings of one DN are equal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dn(Vec<BTreeSet<AttributeValue>>);

/// One attribute and its value, prepared for comparing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct AttributeValue {
    attribute: String,
    value: Value,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Value {
    Text(String),
    /// Not UTF-8: compared byte for byte.
    Octets(Vec<u8>),
    /// A BER element without text, as written after `#`.
    Ber(Vec<u8>),
}

impl Dn {
    /// Reads the text form (RFC 4514 §3), also with spaces around `,`, `+` and `=`, as older servers write them. `None`
    /// for anything else and for the empty DN.
    pub fn parse(text: &str) -> Option<Self> {
        let prepare_for_matching = |(attribute, value): &(String, Value)| AttributeValue {
            attribute: short_name(attribute),
            value: match value {
                Value::Text(text) => Value::Text(prepare_for_matching(text)),
                other @ (Value::Octets(_) | Value::Ber(_)) => other.clone(),
            },
        };
        let rdns = Reader(text.as_bytes()).rdns()?;
        Some(Self(rdns.iter().map(|parts| parts.iter().map(prepare_for_matching).collect()).collect()))
    }
}

/// The text form of RFC 4514 §2.
impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, parts) in self.0.iter().enumerate() {
            for (next, part) in parts.iter().enumerate() {
                f.write_str(match (at, next) {
                    (0, 0) => "",
                    (_, 0) => ",",
                    (_, _) => "+",
                })?;
                write!(f, "{part}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for AttributeValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.attribute)?;
        match &self.value {
            Value::Text(text) => {
                let last = text.len().saturating_sub(1);
                for (at, c) in text.char_indices() {
                    let at_an_end = (c == '#' && at == 0) || (c == ' ' && (at == 0 || at == last));
                    if matches!(c, '"' | '+' | ',' | ';' | '<' | '>' | '\\') || at_an_end {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                Ok(())
            }
            Value::Octets(bytes) => bytes.iter().try_for_each(|byte| write!(f, "\\{byte:02x}")),
            Value::Ber(bytes) => {
                f.write_str("#")?;
                bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }
    }
}

/// Attribute and value of a DN's first part, as written: `cn`, `Staff, old` of `cn=Staff\, old,ou=groups,…`.
/// `None` if that part has several attributes, or its value is not text.
pub fn first_rdn(dn: &str) -> Option<(String, String)> {
    let mut rdns = Reader(dn.as_bytes()).rdns()?.into_iter();
    match <[_; 1]>::try_from(rdns.next()?) {
        Ok([(attribute, Value::Text(text))]) if !text.is_empty() => Some((attribute, text)),
        Ok([(_, Value::Text(_) | Value::Octets(_) | Value::Ber(_))]) | Err(_) => None,
    }
}

/// A text as `caseIgnoreMatch` compares it (RFC 4518 §2): case folded, in one normal form, without insignificant
/// spaces.
pub fn prepare_for_matching(text: &str) -> String {
    use stringprep::tables::{case_fold_for_nfkc, x520_mapped_to_nothing, x520_mapped_to_space};
    let mapped = text.chars().filter(|c| !x520_mapped_to_nothing(*c));
    let spaced = mapped.map(|c| if x520_mapped_to_space(c) { ' ' } else { c });
    let folded: String = spaced.flat_map(case_fold_for_nfkc).nfkc().collect();
    // Newer letters, such as 🄰, fold only in their normal form.
    let folded: String = folded.chars().flat_map(case_fold_for_nfkc).nfkc().collect();
    without_insignificant_spaces(&folded)
}

/// RFC 4518 §2.6.1. A space below a combining mark is not a space.
fn without_insignificant_spaces(text: &str) -> String {
    let (mut kept, mut gap) = (String::with_capacity(text.len()), false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ' ' && !chars.peek().copied().is_some_and(is_combining_mark) {
            gap = !kept.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            kept.push(' ');
        }
        kept.push(c);
    }
    kept
}

/// The short name of an attribute, in lower case: the table of RFC 4514 §3, with the long names of RFC 4519.
fn short_name(attribute: &str) -> String {
    let name = attribute.to_ascii_lowercase();
    let short = match name.as_str() {
        "2.5.4.3" | "commonname" => "cn",
        "2.5.4.7" | "localityname" => "l",
        "2.5.4.8" | "stateorprovincename" => "st",
        "2.5.4.10" | "organizationname" => "o",
        "2.5.4.11" | "organizationalunitname" => "ou",
        "2.5.4.6" | "countryname" => "c",
        "2.5.4.9" | "streetaddress" => "street",
        "0.9.2342.19200300.100.1.25" | "domaincomponent" => "dc",
        "0.9.2342.19200300.100.1.1" | "userid" => "uid",
        other => other,
    };
    short.to_owned()
}

/// The text that is not read yet.
struct Reader<'t>(&'t [u8]);

impl Reader<'_> {
    /// Reads all parts.
    fn rdns(mut self) -> Option<Vec<Vec<(String, Value)>>> {
        let mut rdns = vec![vec![self.part()?]];
        loop {
            match self.next() {
                None => return Some(rdns),
                Some(b',') => rdns.push(vec![self.part()?]),
                Some(b'+') => rdns.last_mut()?.push(self.part()?),
                Some(_) => return None,
            }
        }
    }

    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_ascii_start();
    }

    fn part(&mut self) -> Option<(String, Value)> {
        let end = self.0.iter().position(|byte| *byte == b'=')?;
        let (attribute, rest) = self.0.split_at_checked(end)?;
        let attribute = std::str::from_utf8(attribute).ok()?.trim();
        // RFC 2253 §2.3 wrote OIDs with this prefix.
        let number = attribute.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("oid."));
        let attribute = number.map_or(attribute, |prefix| attribute.get(prefix.len()..).unwrap_or_default()).to_owned();
        self.0 = rest.get(1..)?;
        self.skip_spaces();
        let value = if self.0.first() == Some(&b'#') { self.ber()? } else { self.text()? };
        is_attribute(&attribute).then_some((attribute, value))
    }

    /// `#` and a BER element in hex (RFC 4514 §2.4).
    fn ber(&mut self) -> Option<Value> {
        _ = self.next()?;
        let mut bytes = Vec::new();
        while let Some(high) = self.0.first().copied().and_then(hex) {
            _ = self.next()?;
            bytes.push(high << 4 | hex(self.next()?)?);
        }
        self.skip_spaces();
        let (tag, content, []) = element(&bytes)? else { return None };
        let text = match tag {
            // UTF8String, PrintableString, IA5String, VisibleString
            0x0c | 0x13 | 0x16 | 0x1a => std::str::from_utf8(content).ok().map(str::to_owned),
            // BMPString
            0x1e => {
                let (pairs, rest) = content.as_chunks::<2>();
                let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
                String::from_utf16(&units).ok().filter(|_| rest.is_empty())
            }
            _ => None,
        };
        Some(text.map_or(Value::Ber(bytes), Value::Text))
    }

    fn text(&mut self) -> Option<Value> {
        // `significant`: the length without trailing spaces, which have no meaning.
        let (mut value, mut significant) = (Vec::new(), 0);
        while let Some(byte) = self.0.first().copied().filter(|byte| !matches!(byte, b',' | b'+')) {
            _ = self.next()?;
            match byte {
                // Older forms had other uses for both; no server writes them today (RFC 2253 §4).
                b';' | b'"' => return None,
                b'\\' => {
                    let escaped = self.next()?;
                    value.push(match hex(escaped) {
                        Some(high) => high << 4 | hex(self.next()?)?,
                        None if b"\"+,;<>\\ #=".contains(&escaped) => escaped,
                        None => return None,
                    });
                    significant = value.len();
                }
                other => {
                    value.push(other);
                    if !other.is_ascii_whitespace() {
                        significant = value.len();
                    }
                }
            }
        }
        value.truncate(significant);
        Some(String::from_utf8(value).map_or_else(|why| Value::Octets(why.into_bytes()), Value::Text))
    }
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests;
