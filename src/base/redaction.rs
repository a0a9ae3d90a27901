//! Redaction: quotes a server's words without the secrets that we sent to it.
//!
//! Some servers repeat in an error what they were sent: unchanged, percent-encoded as in a form (RFC 6749 appendix B),
//! or in base64 as in a `Basic` header (RFC 6749 §2.3.1) and in SASL PLAIN (RFC 4616). Or they escape it for HTML,
//! JSON or JavaScript: `&amp;`, `&#38;`, `\"`, `\u0026`, `\x26`. Directories write `\26` (RFC 4514 §2.4,
//! RFC 4515 §3). This module finds a secret in each of these spellings.

mod decoded;
mod escape;

use std::fmt;
use std::ops::Range;
use std::sync::OnceLock;

use base64::engine::Engine as _;

use super::invisible::is_invisible;
use super::lenient_base64::LENIENT_BASE64;
use super::secret::Secret;
use decoded::Decoded;

/// Replaces a secret.
const REDACTED: &str = "[left out]";
/// Replaces a whole text that holds a secret. If only the secret were removed, the missing letters could reveal a short
/// password.
pub const REDACTED_WHOLE: &str = "(left out: this message contains a secret)";
/// The same for a text that holds the name or the password that a person typed.
pub const TYPED_REDACTED_WHOLE: &str = "(left out: this message contains what the person typed)";
/// How much of a text is searched, in bytes. An error that is longer is of no use in a log.
const MAX_SEARCHED: usize = 1 << 13;
/// How much of it is quoted. A secret that begins in this part ends within [`MAX_SEARCHED`], in any spelling.
const MAX_QUOTED: usize = MAX_SEARCHED / 2;
/// A server may cut its words in the middle of a secret. This many bytes of its beginning count as the secret.
const MIN_PART: usize = 4;
/// Random bytes often hold a shorter secret by chance. In base64, it counts only after its name, as in `name:secret`.
const MIN_ALONE: usize = 3;

/// The secrets that were sent to a server. The first search makes their forms: a successful sign-in searches nothing.
#[derive(Default)]
pub struct Redaction {
    secrets: Vec<Secret<String>>,
    origin: Origin,
    /// Those of the secrets unchanged, and in lower case.
    forms: OnceLock<[Vec<SecretForms>; 2]>,
}

/// Where secrets come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Origin {
    /// The config, or a login.
    #[default]
    Own,
    Typed,
}

/// The forms of a secret that are compared with a server's words.
struct SecretForms {
    plain: Vec<u8>,
    /// The secret unchanged and decoded, with a space for each plus sign.
    spaced: [Vec<u8>; 2],
}

impl SecretForms {
    fn new(secret: &str) -> Option<Self> {
        let plain = visible(secret).into_bytes();
        let spaced = [spaced(&plain), spaced(&Decoded::of(&plain).bytes)];
        Some(Self { plain, spaced }).filter(|forms| !forms.plain.is_empty())
    }

    /// The fewest bytes that count as the secret, or as its beginning at the end of a text.
    fn shortest(&self) -> usize {
        let shortest = |forms: &Vec<u8>| forms.len().min(MIN_PART.max(forms.len() / 2));
        self.spaced.iter().map(shortest).min().unwrap_or_default()
    }
}

impl fmt::Debug for Redaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redaction")
    }
}

impl PartialEq for Redaction {
    fn eq(&self, other: &Self) -> bool {
        let same = self.secrets.iter().map(Secret::expose).eq(other.secrets.iter().map(Secret::expose));
        same && self.origin == other.origin
    }
}

impl Eq for Redaction {}

impl Redaction {
    #[must_use]
    pub fn of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let secrets = secrets.into_iter().map(|secret| Secret::new(secret.to_owned())).collect();
        Self { secrets, ..Self::default() }
    }

    /// The same with more secrets.
    #[must_use]
    pub fn and<'s>(mut self, more: impl IntoIterator<Item = &'s str>) -> Self {
        self.secrets.extend(more.into_iter().map(|secret| Secret::new(secret.to_owned())));
        Self { forms: OnceLock::new(), ..self }
    }

    /// Of what a person typed.
    #[must_use]
    pub fn of_typed<'s>(secrets: impl IntoIterator<Item = &'s str>) -> Self {
        Self { origin: Origin::Typed, ..Self::of(secrets) }
    }

    /// Replaces a whole text that holds one of the secrets.
    #[must_use]
    pub fn replacement(&self) -> &'static str {
        match self.origin {
            Origin::Own => REDACTED_WHOLE,
            Origin::Typed => TYPED_REDACTED_WHOLE,
        }
    }

    /// Whether a text was searched for the secrets.
    #[cfg(test)]
    pub fn was_used(&self) -> bool {
        self.forms.get().is_some()
    }

    fn forms(&self) -> &[Vec<SecretForms>; 2] {
        self.forms.get_or_init(|| {
            let secrets = || self.secrets.iter().map(Secret::expose);
            let lower = secrets().filter_map(|secret| SecretForms::new(&secret.to_lowercase())).collect();
            [secrets().filter_map(|secret| SecretForms::new(secret)).collect(), lower]
        })
    }

    /// The beginning of a text, fit for one line of a log, with `[left out]` in place of each secret.
    ///
    /// Use it for long random secrets. A short one could be guessed from the gap, so a text that holds one
    /// ([`Self::is_in`]) must be replaced by [`Self::replacement`]. This function does so itself if a secret remains in
    /// another case.
    #[must_use]
    pub fn quote(&self, text: &str, longest: usize) -> String {
        let text = visible(text);
        let end = text.floor_char_boundary(MAX_QUOTED);
        let (mut quoted, mut from) = (Vec::new(), 0);
        let [unchanged, _] = self.forms();
        for found in find_secrets(unchanged, text.as_bytes()) {
            if found.start >= end {
                break;
            }
            if found.start >= from {
                quoted.extend_from_slice(text.as_bytes().get(from..found.start).unwrap_or_default());
                quoted.extend_from_slice(REDACTED.as_bytes());
            }
            from = from.max(found.end);
        }
        quoted.extend_from_slice(text.as_bytes().get(from..end).unwrap_or_default());
        let quoted = String::from_utf8_lossy(&quoted);
        if self.is_in(&quoted) { self.replacement().to_owned() } else { quoted.chars().take(longest).collect() }
    }

    /// The beginning of a name that a server made up, in quotation marks. A name that holds a secret is left out.
    #[must_use]
    pub fn quote_name(&self, name: &str, longest: usize) -> String {
        if self.is_in(name) {
            return self.replacement().to_owned();
        }
        format!("{:?}", name.chars().take(longest).collect::<String>())
    }

    /// Whether a text holds a secret, in any case: servers fold names.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        let text = visible(text);
        let holds = |secrets: &[SecretForms], text: &str| !find_secrets(secrets, text.as_bytes()).is_empty();
        let [unchanged, lower] = self.forms();
        holds(unchanged, &text) || holds(lower, &text.to_lowercase())
    }
}

/// The ranges of the text that hold secrets, in order.
fn find_secrets(secrets: &[SecretForms], text: &[u8]) -> Vec<Range<usize>> {
    let mut found: Vec<_> = secrets.iter().flat_map(|secret| ranges(text, &secret.plain)).collect();
    let Some(shortest) = secrets.iter().map(SecretForms::shortest).min() else { return found };
    // Search the text after each decoding: the next one may join a character beside a secret with it, as `\` and `"`.
    let levels = Decoded::levels(text);
    for decoded in &levels {
        // Base64 encodes three bytes as four characters.
        let may_hold_one = |run: &Range<usize>| run.len() * 3 / 4 >= shortest;
        let base64 = |run: &Range<usize>| is_in_base64(secrets, decoded.bytes.get(run.clone()));
        found.extend(
            base64_runs(&decoded.bytes).filter(may_hold_one).filter(base64).map(|range| decoded.source(&range)),
        );
    }
    for decoded in levels.into_iter().chain(Decoded::in_turns(text)) {
        let spaced_text = spaced(&decoded.bytes);
        let places = secrets.iter().flat_map(|secret| &secret.spaced).flat_map(|secret| ranges(&spaced_text, secret));
        found.extend(places.map(|range| decoded.source(&range)));
    }
    found.sort_by_key(|range| (range.start, range.end));
    found
}

/// Whether a run of characters holds a secret in base64. The characters before the secret may look like base64 too, so
/// each of the four possible starts is tried.
fn is_in_base64(secrets: &[SecretForms], run: Option<&[u8]>) -> bool {
    let run = run.unwrap_or_default().iter().filter(|byte| **byte != b'=');
    let run: Vec<u8> = run.map(|byte| to_standard_alphabet(*byte)).collect();
    (0..4).filter_map(|start| run.get(start..)).any(|run| {
        // A single last character encodes no byte: the text was cut there.
        let whole = if run.len() % 4 == 1 { run.len() - 1 } else { run.len() };
        let Ok(bytes) = LENIENT_BASE64.decode(run.get(..whole).unwrap_or_default()) else { return false };
        Decoded::levels(&bytes).iter().any(|decoded| {
            let bytes = spaced(&decoded.bytes);
            secrets.iter().flat_map(|secret| &secret.spaced).any(|secret| follows_separator(&bytes, secret))
        })
    })
}

fn follows_separator(bytes: &[u8], secret: &[u8]) -> bool {
    if secret.len() >= MIN_ALONE {
        return !ranges(bytes, secret).is_empty();
    }
    let before = bytes.strip_suffix(secret).and_then(<[u8]>::last);
    matches!(before, Some(b':' | 0))
}

/// The beginning of a text, without invisible characters: they could split a secret for the search, but not for a
/// reader.
fn visible(text: &str) -> String {
    let mut left = MAX_SEARCHED;
    let visible = text.chars().filter(|c| !is_invisible(*c));
    visible
        .take_while(|c| {
            let fits = c.len_utf8() <= left;
            left = left.saturating_sub(c.len_utf8());
            fits
        })
        .collect()
}

/// The ranges that hold a secret, and the end of the text if it holds the beginning of one.
fn ranges(text: &[u8], secret: &[u8]) -> Vec<Range<usize>> {
    if secret.is_empty() {
        return Vec::new();
    }
    let places = text.windows(secret.len()).enumerate().filter(|(_, part)| *part == secret);
    let mut found: Vec<_> = places.map(|(at, _)| at..at + secret.len()).collect();
    let shortest = MIN_PART.max(secret.len() / 2);
    let cut = (shortest..secret.len()).rev().find(|length| text.ends_with(secret.get(..*length).unwrap_or(secret)));
    found.extend(cut.map(|length| text.len() - length..text.len()));
    found
}

/// Replaces plus signs by spaces: in a form, a space is written as a plus sign.
fn spaced(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect()
}

/// The runs of characters that may be base64, in either alphabet, with the padding behind them.
fn base64_runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let start = at + rest.iter().position(|byte| fits(*byte))?;
        let end = start + bytes.get(start..)?.iter().take_while(|byte| fits(**byte)).count();
        at = end + bytes.get(end..)?.iter().take_while(|byte| **byte == b'=').count();
        Some(start..at)
    })
}

fn to_standard_alphabet(byte: u8) -> u8 {
    match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    }
}

#[cfg(test)]
mod tests;
