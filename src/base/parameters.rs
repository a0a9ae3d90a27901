//! The names and values of a query or a form. Only those that are read must be UTF-8.

use std::borrow::Cow;
use std::fmt;

use percent_encoding::percent_decode;

/// Decoded names and values, in their order in the query or form.
#[derive(Default)]
pub struct Parameters {
    pairs: Vec<(String, String)>,
    /// Names whose value is not UTF-8, and that value with U+FFFD for the invalid bytes.
    non_utf8: Vec<(String, String)>,
}

/// Why a parameter of a query or a form can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("`{0}` was given more than once")]
    Repeated(&'static str),
    #[error("`{0}` is not UTF-8 after percent-decoding")]
    NotUtf8(&'static str),
}

impl Parameters {
    /// Decodes `application/x-www-form-urlencoded`, pair by pair.
    ///
    /// The usual decoder puts U+FFFD into a value that is not UTF-8, so the names of several rooms could become one. We
    /// keep such values apart, and [`Self::first_non_utf8`] reports them. A pair whose name is not UTF-8 is dropped,
    /// because we read no such parameter.
    #[must_use]
    pub fn read(encoded: &[u8]) -> Self {
        let mut read = Self::default();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            let (name, value) = match pair.iter().position(|byte| *byte == b'=') {
                Some(at) => (pair.get(..at).unwrap_or_default(), pair.get(at + 1..).unwrap_or_default()),
                None => (pair, &[][..]),
            };
            let Ok(name) = String::from_utf8(decoded(name)) else { continue };
            match String::from_utf8(decoded(value)) {
                Ok(value) => read.pairs.push((name, value)),
                Err(why) => read.non_utf8.push((name, String::from_utf8_lossy(why.as_bytes()).into_owned())),
            }
        }
        read
    }

    /// The pairs whose value is UTF-8. Call [`Self::first_non_utf8`] first.
    #[must_use]
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The first of `names` whose value is not UTF-8.
    #[must_use]
    pub fn first_non_utf8(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.non_utf8.iter().any(|(given, _)| given == name))
    }

    /// The value of a parameter that must not be given twice (RFC 6749 §3.1).
    ///
    /// # Errors
    /// When it was given twice, or is not UTF-8.
    pub fn once(&self, name: &'static str) -> Result<Option<&str>, ParameterError> {
        if self.first_non_utf8(&[name]).is_some() {
            return Err(ParameterError::NotUtf8(name));
        }
        let mut given = self.pairs.iter().filter(|(given, _)| given == name);
        let first = given.next().map(|(_, value)| value.as_str());
        if given.next().is_some() { Err(ParameterError::Repeated(name)) } else { Ok(first) }
    }

    /// The pairs with one of these names, at most two for each name: two are enough to show that it was repeated.
    #[must_use]
    pub fn only(&self, names: &[&str]) -> Self {
        let kept = |pairs: &[(String, String)]| {
            let of_name =
                |name: &&str| pairs.iter().filter(|(given, _)| given == *name).take(2).cloned().collect::<Vec<_>>();
            names.iter().flat_map(of_name).collect()
        };
        Self { pairs: kept(&self.pairs), non_utf8: kept(&self.non_utf8) }
    }

    /// All pairs, to send them once more. Bytes that are not UTF-8 become U+FFFD, so no code may rely on such a value.
    #[must_use]
    pub fn pairs_for_repost(&self) -> Vec<(String, String)> {
        self.pairs.iter().chain(&self.non_utf8).cloned().collect()
    }

    /// A value, only for the log. Bytes that are not UTF-8 are U+FFFD.
    #[must_use]
    pub fn lossy(&self, name: &str) -> Option<&str> {
        let found = self.pairs.iter().chain(&self.non_utf8).find(|(given, _)| given == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The values of all parameters, as in [`Self::lossy`].
    pub fn lossy_values(&self) -> impl Iterator<Item = &str> {
        self.pairs.iter().chain(&self.non_utf8).map(|(_, value)| value.as_str())
    }
}

/// Shows only the names: a value may be a code or a token (security rule C56).
impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().chain(&self.non_utf8).map(|(name, _)| name)).finish()
    }
}

/// WHATWG URL §5.1.
fn decoded(part: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = part.iter().map(|byte| if *byte == b'+' { b' ' } else { *byte }).collect();
    Cow::from(percent_decode(&spaced)).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::form_urlencoded;

    use super::Parameters;

    // C32: a value that is not UTF-8 is kept apart, so that two spellings never become one name
    #[test]
    fn a_value_that_is_not_utf8_is_reported_by_its_name_and_never_guessed() {
        for encoded in
            ["room=%FF", "room=caf%E9", "room=%C3&x=%A9", "a=b&room=%ED%A0%80", "room=%C0%AF", "room=a&room=%E9"]
        {
            let read = Parameters::read(encoded.as_bytes());
            assert_eq!(read.first_non_utf8(&["location", "room"]), Some("room"), "{encoded}");
            assert!(read.pairs().iter().all(|(_, value)| !value.contains('\u{fffd}')), "{encoded}");
        }
        assert_eq!(Parameters::read(b"room=caf\xe9").first_non_utf8(&["room"]), Some("room"));
        let one = |name: &str, value: &str| vec![(name.to_owned(), value.to_owned())];
        for (encoded, pairs) in [
            ("room=caf%C3%A9", one("room", "café")),
            ("room=a+b%2Bc%", one("room", "a b+c%")),
            // A U+FFFD that was sent is a character like any other.
            ("room=%EF%BF%BD", one("room", "\u{fffd}")),
            ("", Vec::new()),
            ("&&", Vec::new()),
            ("room", one("room", "")),
            // Parameters that are not read may hold anything.
            ("%FF=x&room=a&utm=%E9", one("room", "a")),
        ] {
            let read = Parameters::read(encoded.as_bytes());
            assert_eq!((read.pairs(), read.first_non_utf8(&["room"])), (pairs.as_slice(), None), "{encoded}");
        }
    }

    #[test]
    fn the_named_parameters_are_kept_and_a_repeated_one_stays_repeated() {
        let read = Parameters::read(b"a=1&state=s&x=%E9&code=c&code=d&code=e&a=2&iss=%E9");
        let kept = read.only(&["code", "iss", "state"]).pairs_for_repost();
        let kept: Vec<_> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(kept, [("code", "c"), ("code", "d"), ("state", "s"), ("iss", "\u{fffd}")]);
    }

    #[test]
    fn a_text_for_the_log_shows_where_it_is_not_utf8() {
        let read = Parameters::read(b"error_description=refus%E9+ici&error=x");
        assert_eq!(read.lossy("error_description"), Some("refus\u{fffd} ici"));
        assert_eq!((read.lossy("error"), read.lossy("code")), (Some("x"), None));
    }

    proptest! {
        // The oracle is the url crate's own decoder.
        #[test]
        fn utf8_values_are_read_as_in_the_url_crate(encoded in "([a-c=&+]|%[0-9A-F]{2}|%|ä){0,30}") {
            let theirs: Vec<(String, String)> = form_urlencoded::parse(encoded.as_bytes()).into_owned().collect();
            let ours = Parameters::read(encoded.as_bytes());
            let readable: Vec<_> = theirs
                .into_iter()
                .filter(|(name, value)| !name.contains('\u{fffd}') && !value.contains('\u{fffd}'))
                .collect();
            let plain = |pair: &&(String, String)| !pair.0.contains('\u{fffd}') && !pair.1.contains('\u{fffd}');
            prop_assert_eq!(ours.pairs().iter().filter(plain).cloned().collect::<Vec<_>>(), readable);
        }
    }
}
