//! What a preset can't know: a part of an address that differs for each operator.

use serde::Deserialize;
use url::Url;

use crate::config::reader::Fault;

/// A key that only the operator can fill. Mostly only presets have it, and its value goes into other keys.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    pub key: String,
    pub form: InputForm,
    /// Shown where it is missing.
    pub example: String,
    pub default: Option<String>,
    /// A key of the kind that may stand in its place. Keys of the preset with this input are then left to the kind.
    pub unless: Option<String>,
    /// What it is, for the list of presets.
    pub meaning: String,
}

/// What the value of an input may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InputForm {
    /// A host, perhaps with a port and a path: `git.example.org`, `sso.example.org/auth`.
    Host,
    /// A single part of an address: letters, digits, `-`, `_` and `.`.
    Word,
    /// A globally unique identifier (RFC 9562), in lower case.
    Guid,
    /// A key of the preset's kind, which reads it and checks it.
    KeyOfKind,
}

impl InputForm {
    /// The value as it is. A value in another form could change which server is asked.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(self, text: &str) -> Result<String, Fault> {
        let fault = match self {
            Self::Host if is_host(text) => None,
            Self::Host if text.contains("://") => Some(
                Fault::new("must be a host without a scheme")
                    .fix(format!("write \"{}\"", text.split_once("://").map_or(text, |(_, rest)| rest))),
            ),
            Self::Host => Some(
                Fault::new("must be a host, perhaps with a port and a path, and no slash at the end")
                    .fix("write it as the address bar shows it, in lower case"),
            ),
            Self::Word if is_word(text) => None,
            Self::Word => Some(Fault::new("must be letters, digits, `-`, `_` and `.` alone")),
            Self::KeyOfKind => None,
            Self::Guid if is_guid(text) => None,
            Self::Guid => Some(
                Fault::new("must be an id such as 8eaef023-2b34-4da1-9baa-8bc8c9d6a490, in lower case")
                    .fix("copy it from the provider's console; a domain is not the id"),
            ),
        };
        fault.map_or_else(|| Ok(text.to_owned()), Err)
    }
}

/// The address with this host is written as it would be sent, so `{host}` means the same server everywhere.
fn is_host(text: &str) -> bool {
    let whole = format!("https://{text}");
    let plain = !text.ends_with('/') && !text.contains(['?', '#', '@', '{', '\\']);
    plain
        && Url::parse(&whole).is_ok_and(|url| {
            let sent = url.as_str();
            sent == whole || sent.strip_suffix('/') == Some(&whole)
        })
}

fn is_word(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.bytes().all(fits) && !text.bytes().all(|byte| byte == b'.')
}

/// Upper case is refused: an issuer is compared character for character.
#[must_use]
pub fn is_guid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let hex = |group: &&str| group.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12]) && groups.iter().all(hex)
}

#[cfg(test)]
mod tests {
    use super::InputForm::{self, Guid, Host, Word};

    fn is_accepted(form: InputForm, text: &str) -> bool {
        form.check(text).is_ok_and(|read| read == text)
    }

    #[test]
    fn an_input_has_the_form_that_an_address_needs() {
        for good in ["git.example.org", "sso.example.org:8443", "sso.example.org/auth", "127.0.0.1:80", "[::1]:80"] {
            assert!(is_accepted(Host, good), "{good}");
        }
        for bad in [
            "",
            "https://git.example.org",
            "git.example.org/",
            "Git.example.org",
            "ada@git.example.org",
            "a.example?x=1",
            "a.example#x",
            "a.example/../b",
            "a.example:443",
            "a b",
            "a\\b",
        ] {
            assert!(!is_accepted(Host, bad), "{bad}");
        }
        for (text, good) in [("staff", true), ("eu-west-1_Ab3", true), ("a/b", false), ("..", false), ("", false)] {
            assert_eq!(is_accepted(Word, text), good, "{text}");
        }
        assert!(is_accepted(Guid, "9188040d-6c67-4c5b-b112-36a304b66dad"));
        for bad in ["9188040D-6c67-4c5b-b112-36a304b66dad", "example.org", "common", "9188040d6c674c5bb11236a304b66dad"]
        {
            assert!(!is_accepted(Guid, bad), "{bad}");
        }
    }
}
