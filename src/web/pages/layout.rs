//! The frame of every page: the operator's brand, help, and links to the page in other languages.

use serde::Serialize;
use url::form_urlencoded;

use super::Language;

/// The operator's brand, from `[brand]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brand {
    pub name: String,
    /// The path of the logo. It is ours, because no page loads anything from other sites.
    pub logo: Option<String>,
    pub help: Option<Help>,
}

/// Where people find help: a mail address or a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Help {
    href: String,
    mail: Option<String>,
}

impl Help {
    /// From `mailto:…` or `https://…`. Nothing else may become a link.
    #[must_use]
    pub fn parse(address: &str) -> Option<Self> {
        let url = url::Url::parse(address).ok()?;
        let mail = match url.scheme() {
            "mailto" => Some(url.path().to_owned()),
            "https" => None,
            _ => return None,
        };
        Some(Self { href: url.to_string(), mail })
    }
}

/// The frame of one page.
#[derive(Debug, Clone, Copy)]
pub struct Layout<'a> {
    pub brand: &'a Brand,
    /// The languages offered, the default first.
    pub languages: &'a [Language],
    /// This page's own path and query, for the language links. `None` if a GET there would not show the same page:
    /// after a POST, or at an address that works once. Then the page has no language links.
    pub page_path: Option<&'a str>,
}

#[derive(Serialize)]
pub(super) struct LayoutContext<'a> {
    brand: &'a Brand,
    languages: Vec<Link>,
}

/// A link to the page in a language. The current language has no `href`.
#[derive(Serialize)]
struct Link {
    tag: &'static str,
    name: &'static str,
    href: Option<String>,
}

impl Layout<'_> {
    pub(super) fn context(&self, current: Language) -> LayoutContext<'_> {
        let languages = match self.page_path {
            Some(page_path) if self.languages.len() > 1 => {
                self.languages.iter().map(|&to| link(page_path, current, to)).collect()
            }
            Some(_) | None => Vec::new(),
        };
        LayoutContext { brand: self.brand, languages }
    }
}

fn link(page_path: &str, current: Language, to: Language) -> Link {
    let href = (to != current).then(|| with_ui_locales(page_path, to));
    Link { tag: to.tag(), name: to.native_name(), href }
}

/// The query of `page_path` with `ui_locales` set to `language`, and the rest byte for byte the same. The link is
/// only a query, so a path like `//elsewhere/` can't become a link to another site (C35).
fn with_ui_locales(page_path: &str, language: Language) -> String {
    let query = page_path.split_once('?').map_or("", |(_, query)| query);
    let others = query.split('&').filter(|pair| !pair.is_empty() && !is_ui_locales(pair));
    others.fold(format!("?ui_locales={}", language.tag()), |link, pair| link + "&" + pair)
}

fn is_ui_locales(pair: &str) -> bool {
    form_urlencoded::parse(pair.as_bytes()).any(|(name, _)| name == "ui_locales")
}

#[cfg(test)]
mod tests {
    use super::{Help, with_ui_locales};
    use crate::web::pages::Language;

    #[test]
    fn a_language_link_keeps_the_start_and_changes_the_language() {
        let page_path = "/auth/notes?state=a%2Fb&ui_locales=fr&ui%5Flocales=en&room=caf%C3%A9";
        assert_eq!(with_ui_locales(page_path, Language::German), "?ui_locales=de&state=a%2Fb&room=caf%C3%A9");
        assert_eq!(with_ui_locales("/logout", Language::French), "?ui_locales=fr");
    }

    #[test]
    fn a_language_link_never_leads_to_another_site() {
        // C35
        assert_eq!(with_ui_locales("//evil.example/?a=b", Language::German), "?ui_locales=de&a=b");
    }

    #[test]
    fn only_mail_and_https_become_a_help_link() {
        assert!(Help::parse("mailto:help@example.org").is_some());
        assert!(Help::parse("https://example.org/help").is_some());
        for bad in ["javascript:alert(1)", "data:text/html,x", "http://example.org", "help@example.org", ""] {
            assert_eq!(Help::parse(bad), None, "{bad}");
        }
    }
}
