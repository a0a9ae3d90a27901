//! The languages of our pages, and the choice of one for a visitor.

use fluent_langneg::{LanguageIdentifier, NegotiationStrategy, negotiate_languages};

/// A language of our pages. A new one is a file in `templates/locales/` and a line in each method here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    French,
    German,
}

/// A language tag for which we have no messages.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no pages in the language {0:?}")]
pub struct UnknownLanguage(pub String);

impl Language {
    pub const ALL: [Self; 3] = [Self::English, Self::French, Self::German];

    /// Its tag (BCP 47), as in `lang` and `ui_locales`.
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
            Self::German => "de",
        }
    }

    /// Its name in the language itself.
    pub(super) fn native_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::French => "Français",
            Self::German => "Deutsch",
        }
    }

    /// The direction of its text, as in the attribute `dir`.
    pub(super) fn direction(self) -> &'static str {
        match self {
            Self::English | Self::French | Self::German => "ltr",
        }
    }

    pub(super) fn messages(self) -> &'static str {
        match self {
            Self::English => include_str!("../../../templates/locales/en.ftl"),
            Self::French => include_str!("../../../templates/locales/fr.ftl"),
            Self::German => include_str!("../../../templates/locales/de.ftl"),
        }
    }

    fn of(tag: &LanguageIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|language| tag.language.as_str() == language.tag())
    }
}

impl std::str::FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(tag: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.tag() == tag).ok_or_else(|| UnknownLanguage(tag.to_owned()))
    }
}

/// The language of a page: one that the link asks for, else one that the browser asks for, else the first offered.
///
/// `ui_locales` is a list with spaces between, in order of preference (OpenID Connect Core §3.1.2.1).
#[must_use]
pub fn negotiate(offered: &[Language], ui_locales: Option<&str>, accept_language: &str) -> Language {
    let asked = ui_locales.unwrap_or_default().split(' ').filter_map(|tag| tag.parse().ok());
    let wanted: Vec<LanguageIdentifier> = asked.chain(accepted(accept_language)).take(MAX_TAGS).collect();
    let available: Vec<LanguageIdentifier> =
        offered.iter().filter_map(|language| language.tag().parse().ok()).collect();
    let found = negotiate_languages(&wanted, &available, None, NegotiationStrategy::Filtering);
    let found = found.first().and_then(|tag| Language::of(tag));
    found.or(offered.first().copied()).unwrap_or(Language::English)
}

/// The most tags that are read. A header may have thousands.
const MAX_TAGS: usize = 32;

/// The languages of an `Accept-Language` header by weight, the highest first. A weight of 0 excludes a language (RFC
/// 9110 §12.5.4).
fn accepted(header: &str) -> impl Iterator<Item = LanguageIdentifier> {
    let mut ranges: Vec<(u16, LanguageIdentifier)> = header.split(',').take(MAX_TAGS).filter_map(range).collect();
    ranges.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranges.into_iter().map(|(_, tag)| tag)
}

fn range(part: &str) -> Option<(u16, LanguageIdentifier)> {
    let (tag, parameters) = part.split_once(';').unwrap_or((part, ""));
    let weight = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then_some(value.trim())
    });
    let weight = weight.map_or(Some(1000), thousandths)?;
    (weight > 0).then_some(())?;
    Some((weight, tag.trim().parse().ok()?))
}

/// A weight in thousandths. It is at most 1 (RFC 9110 §12.4.2), and digits after the third are ignored.
fn thousandths(weight: &str) -> Option<u16> {
    let (whole, part) = weight.split_once('.').unwrap_or((weight, ""));
    let part = part.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("{part:0<3}"))?;
    let all = whole.parse::<u16>().ok()?.checked_mul(1000)?.checked_add(part.get(..3)?.parse().ok()?)?;
    (all <= 1000).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::{Language, negotiate};

    #[test]
    fn a_link_that_names_a_language_wins_over_the_browser() {
        assert_eq!(negotiate(&Language::ALL, Some("de"), "fr"), Language::German);
        assert_eq!(negotiate(&Language::ALL, Some("tlh de-CH"), "fr"), Language::German);
        assert_eq!(negotiate(&Language::ALL, Some("tlh"), "fr"), Language::French);
    }

    #[test]
    fn the_language_with_the_highest_weight_that_we_have_is_chosen() {
        for (header, language) in [
            ("de-AT,de;q=0.9,en;q=0.8", Language::German),
            ("en;q=0.1, fr-CA;q=0.7", Language::French),
            ("pt, fr;q=0.2, de;q=0.25", Language::German),
            ("de;q=0, fr;q=0.001", Language::French),
            ("FR", Language::French),
            // Not as RFC 9110 says, but clear.
            ("en;q=0.1, de;q=0.5555", Language::German),
            ("en;q=0.1, de;q=1;level=3", Language::German),
            ("en;q=0.1, de;level=3;q=0.2", Language::German),
            ("fr ; q = 0.3, de;Q=0.1", Language::French),
        ] {
            assert_eq!(negotiate(&Language::ALL, None, header), language, "{header}");
        }
    }

    #[test]
    fn a_browser_that_asks_for_no_language_of_ours_gets_the_first_offered() {
        let offered = [Language::French, Language::English];
        for header in ["", "*", "pt", "de", ";;;q=,", "q=1;en;x", "en;q=7", "\u{fffd}", "\u{fffd},pt"] {
            assert_eq!(negotiate(&offered, None, header), Language::French, "{header:?}");
        }
        assert_eq!(negotiate(&offered, None, "d\u{fffd},en"), Language::English, "the others still count");
    }
}
