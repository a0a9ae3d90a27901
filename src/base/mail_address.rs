//! An e-mail address in one form of its spellings, for comparisons.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::ids::InvalidName;
use super::invisible::is_invisible;
use super::urls::comparable_domain;

/// Stricter than the mail standards: exactly one `@` and no invisible character, so that no reader can see another
/// domain in the address. Only ASCII letters change their case: full case mapping turns the Kelvin sign into k.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MailAddress(String);

/// RFC 5321 §4.5.3.1: 64 bytes, the `@`, and 255 bytes.
const MAX_LENGTH: usize = 320;

impl MailAddress {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As [`comparable_domain`] writes it.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.split_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for MailAddress {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: InvalidName =
            InvalidName("an e-mail address has one @, and neither spaces nor invisible characters");
        let plain =
            |part: &str| !part.is_empty() && !part.chars().any(|c| c == '@' || c.is_whitespace() || is_invisible(c));
        let (name, domain) = text.split_once('@').ok_or(WRONG)?;
        if !plain(name) || !plain(domain) || text.len() > MAX_LENGTH {
            return Err(WRONG);
        }
        Ok(Self(format!("{}@{}", name.to_ascii_lowercase(), comparable_domain(domain))))
    }
}

impl fmt::Display for MailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::MailAddress;

    #[test]
    fn spellings_of_one_address_are_equal_and_odd_texts_are_none() {
        let read = |text: &str| text.parse::<MailAddress>().map(|address| address.to_string()).ok();
        for text in ["dee@example.edu", "Dee@EXAMPLE.edu"] {
            assert_eq!(read(text).as_deref(), Some("dee@example.edu"));
        }
        assert_eq!(read("dee@bücher.example"), read("dee@xn--bcher-kva.example"));
        assert_ne!(read("\u{212a}@example.edu"), read("k@example.edu"), "the Kelvin sign");
        for text in ["", "dee", "@example.edu", "dee@", "d@e@example.edu", "d e@example.edu", "dee@example.edu\u{200b}"]
        {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!("dee@example.edu".parse::<MailAddress>().unwrap().domain(), "example.edu");
    }
}
