//! An answer to the browser: a page with links, a redirect, or a token.

use reqwest::StatusCode;
use reqwest::header::{CACHE_CONTROL, HeaderMap, LOCATION, REFERRER_POLICY, SET_COOKIE};

use crate::provider::Fields;

/// A response with its whole body.
#[derive(Debug, Clone)]
pub struct Page {
    pub url: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn cookies_set(&self) -> Vec<&str> {
        self.headers.get_all(SET_COOKIE).iter().map(|line| line.to_str().unwrap()).collect()
    }

    /// The target of a redirect.
    pub fn redirect_target(&self) -> String {
        assert!(self.status.is_redirection(), "{} is not a redirect: {}", self.url, self.text());
        self.header("location").to_owned()
    }

    /// The parameters that the app at `location` gets. Checks the requirements on such a redirect (C34).
    pub fn delivery_at(&self, location: &str) -> Fields {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}: {}", self.url, self.text());
        assert_eq!(self.headers[CACHE_CONTROL], "no-store");
        assert_eq!(self.headers[REFERRER_POLICY], "no-referrer");
        let to = self.headers[LOCATION].to_str().unwrap();
        let (before, fragment) = to.split_once('#').expect("the redirect should have a fragment");
        let answer = if let Some((address, query)) = before.split_once('?') {
            assert_eq!((address, fragment), (location, ""));
            query
        } else {
            assert_eq!(before, location);
            fragment
        };
        Fields::read(answer.as_bytes())
    }

    /// The token for the app at `location`.
    pub fn token_at(&self, location: &str) -> String {
        let delivery = self.delivery_at(location);
        delivery.get("token").unwrap_or_else(|| panic!("no token: {delivery:?}")).to_owned()
    }

    /// The page's heading, without escapes.
    pub fn heading(&self) -> String {
        self.between("<h1>", "</h1>").unwrap_or_else(|| panic!("no heading: {}", self.body))
    }

    /// Everything between the header and the footer, without its tags.
    pub fn text(&self) -> String {
        let main = self.body.split_once("<main>").map_or(self.body.as_str(), |(_, rest)| rest);
        let main = main.split_once("</main>").map_or(main, |(main, _)| main);
        let mut text = String::new();
        for part in main.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, words)| words));
            text.push(' ');
        }
        unescaped(&text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// The links of the page: words and address.
    pub fn links(&self) -> Vec<(String, String)> {
        let links = self.body.split("<a ").skip(1).map(|link| {
            let (tag, rest) = link.split_once('>').unwrap();
            let href = tag.split_once("href=\"").unwrap().1.split_once('"').unwrap().0;
            let words = rest.split_once("</a>").unwrap().0;
            // Skips the letter in an icon.
            let words =
                words.split_once("aria-hidden=\"true\">").map_or(words, |(_, rest)| &rest[rest.find('<').unwrap()..]);
            let words = words.split('<').map(|part| part.split_once('>').map_or(part, |(_, words)| words));
            let words = words.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
            (unescaped(&words), unescaped(href))
        });
        links.collect()
    }

    /// The address of the link with these words.
    pub fn link(&self, words: &str) -> String {
        let links = self.links();
        let found = links.iter().find(|(text, _)| text == words);
        found.unwrap_or_else(|| panic!("no link “{words}” among {links:?} of: {}", self.text())).1.clone()
    }

    pub fn has_link(&self, words: &str) -> bool {
        self.links().iter().any(|(text, _)| text == words)
    }

    /// The reference code.
    pub fn reference_code(&self) -> String {
        self.between("<code dir=\"ltr\">", "</code>").unwrap_or_else(|| panic!("no code: {}", self.text()))
    }

    /// The target of the page's form.
    pub fn form_action(&self) -> String {
        self.between("action=\"", "\"").expect("a form")
    }

    /// The page without its reference code, which differs each time.
    pub fn without_reference_code(&self) -> (StatusCode, Vec<(String, String)>, String) {
        let mut headers: Vec<_> =
            self.headers.iter().map(|(k, v)| (k.to_string(), v.to_str().unwrap().to_owned())).collect();
        headers.retain(|(name, _)| name != "date");
        headers.sort();
        (self.status, headers, self.body.replace(&self.reference_code(), "V-"))
    }

    fn between(&self, start: &str, end: &str) -> Option<String> {
        let (_, rest) = self.body.split_once(start)?;
        rest.split_once(end).map(|(found, _)| unescaped(found))
    }
}

pub fn unescaped(text: &str) -> String {
    let text = text.replace("&#x2f;", "/").replace("&#x27;", "'").replace("&quot;", "\"");
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&").replace(['\u{2068}', '\u{2069}'], "")
}
