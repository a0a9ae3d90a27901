//! The browser and the system that a `User-Agent` header names (RFC 9110 §10.1.5), in two words.
//! People recognise their devices by them. Nothing else of the header is kept.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

use super::ids::InvalidName;

/// A browser and the system that it runs on, as the browser names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct UserAgent {
    pub browser: &'static str,
    pub system: &'static str,
}

/// The name for everything that is not in the lists below.
pub const OTHER: &str = "other";

/// The ids of browsers, and what their headers contain. The first that fits counts: a header of Edge also names Chrome
/// and Safari.
const BROWSERS: [(&str, &[&str]); 5] = [
    ("edge", &["Edg/", "EdgA/", "EdgiOS/", "Edge/"]),
    ("opera", &["OPR/", "OPiOS/", "OPT/", "Opera"]),
    ("firefox", &["Firefox/", "FxiOS/"]),
    ("chrome", &["Chrome/", "CriOS/", "Chromium/"]),
    ("safari", &["Safari/"]),
];

/// The ids of systems. A header of Android also names Linux, and one of iOS names Mac OS X.
const SYSTEMS: [(&str, &[&str]); 6] = [
    ("android", &["Android"]),
    ("ios", &["iPhone", "iPad", "iPod"]),
    ("windows", &["Windows"]),
    ("chromeos", &["CrOS"]),
    ("macos", &["Macintosh", "Mac OS X"]),
    ("linux", &["Linux", "X11"]),
];

impl UserAgent {
    #[must_use]
    pub fn read(header: &str) -> Self {
        let named = |list: &[(&'static str, &[&str])]| {
            list.iter().find(|(_, marks)| marks.iter().any(|mark| header.contains(mark))).map_or(OTHER, |(id, _)| id)
        };
        Self { browser: named(&BROWSERS), system: named(&SYSTEMS) }
    }
}

/// As the database has it: `firefox/linux`.
impl fmt::Display for UserAgent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.browser, self.system)
    }
}

impl FromStr for UserAgent {
    type Err = InvalidName;

    /// A newer version may have more names: they are read as [`OTHER`].
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let (browser, system) = text.split_once('/').ok_or(InvalidName("not a browser and a system"))?;
        let browser = BROWSERS.iter().map(|(id, _)| *id).find(|id| *id == browser).unwrap_or(OTHER);
        let system = SYSTEMS.iter().map(|(id, _)| *id).find(|id| *id == system).unwrap_or(OTHER);
        Ok(Self { browser, system })
    }
}

#[cfg(test)]
mod tests {
    use super::UserAgent;

    #[test]
    fn a_header_is_read_as_a_browser_and_a_system() {
        for (header, short) in [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "firefox/linux"),
            ("Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0", "firefox/android"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36",
                "chrome/windows",
            ),
            (
                "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36",
                "chrome/chromeos",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 \
                 Safari/537.36 Edg/140.0.0.0",
                "edge/windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 Version/18.5 Safari/605.1.15",
                "safari/macos",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) \
                 CriOS/140.0.0.0 Mobile/15E148 Safari/604.1",
                "chrome/ios",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile \
                 Safari/537.36 OPR/91.0.0.0",
                "opera/android",
            ),
            ("curl/8.14.1", "other/other"),
            ("", "other/other"),
        ] {
            let read = UserAgent::read(header);
            assert_eq!(read.to_string(), short, "{header}");
            assert_eq!(short.parse::<UserAgent>().unwrap(), read);
        }
    }

    #[test]
    fn a_name_of_a_newer_version_is_another_browser() {
        assert_eq!("servo/haiku".parse::<UserAgent>().unwrap(), UserAgent::read(""));
        assert!("servo".parse::<UserAgent>().is_err());
    }
}
