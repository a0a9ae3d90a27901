//! The part of the config that pages and headers need: the brand, the languages, the trusted proxies.

use std::path::Path;

use super::forwarded::Proxies;
use super::pages::{Brand, Help, Language};
use crate::base::text_file::{self, TextFileError};
use crate::config::Config;

/// What pages and headers need from one config.
#[derive(Debug)]
pub struct WebSettings {
    pub brand: Brand,
    /// The default first.
    pub languages: Vec<Language>,
    pub logo: Option<Logo>,
    pub proxies: Proxies,
}

/// The operator's logo, read when the config is read.
#[derive(Debug)]
pub struct Logo {
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

/// Where the logo is served.
pub const LOGO: &str = "/brand/logo";

/// Why the logo can't be shown.
#[derive(Debug, thiserror::Error)]
pub enum LogoError {
    #[error("[brand] logo: {0} {1}; name an image file that the user that runs Vestibule can read")]
    Unreadable(String, TextFileError),
    #[error("[brand] logo: {0} is neither .svg, .png, .jpg nor .webp; name an image of one of these kinds")]
    Kind(String),
    #[error("[brand] logo: {0} is empty; name an image file")]
    Empty(String),
    #[error("[brand] logo: {0} holds no image of the kind that its name says; name an image file")]
    OtherContent(String),
}

impl WebSettings {
    /// # Errors
    /// When the logo can't be shown.
    pub fn new<K>(config: &Config<K>) -> Result<Self, LogoError> {
        let logo = config.brand.logo.as_deref().map(read_logo).transpose()?;
        let languages = config.server.languages.iter().filter_map(|tag| tag.to_string().parse().ok()).collect();
        Ok(Self {
            brand: Brand {
                name: config.brand.name.clone(),
                logo: logo.as_ref().map(|_| LOGO.to_owned()),
                help: config.brand.help.as_ref().and_then(|help| Help::parse(help.as_str())),
            },
            languages,
            logo,
            proxies: Proxies::new(config.server.trusted_proxies.clone(), config.server.public_url.as_str()),
        })
    }
}

fn read_logo(path: &Path) -> Result<Logo, LogoError> {
    let shown = path.display().to_string();
    let extension = path.extension().and_then(std::ffi::OsStr::to_str).map(str::to_ascii_lowercase);
    let content_type = match extension.as_deref() {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => return Err(LogoError::Kind(shown)),
    };
    match text_file::read_bytes(path) {
        Err(why) => Err(LogoError::Unreadable(shown, why)),
        Ok(bytes) if bytes.is_empty() => Err(LogoError::Empty(shown)),
        Ok(bytes) if !may_be(content_type, &bytes) => Err(LogoError::OtherContent(shown)),
        Ok(bytes) => Ok(Logo { content_type, bytes }),
    }
}

/// Whether the content may be an image of this type, by its first bytes, or by its root element.
fn may_be(content_type: &str, bytes: &[u8]) -> bool {
    match content_type {
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        // SVG, perhaps in UTF-16, perhaps with a prefix of its namespace.
        _ => {
            let text: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            text.windows(4).any(|part| part == b"<svg" || part == b":svg")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::read_logo;

    #[test]
    fn a_logo_is_a_regular_file_and_a_pipe_does_not_block_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, image) = (folder.path().join("pipe.svg"), folder.path().join("logo.svg"));
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        let why = read_logo(&pipe).unwrap_err().to_string();
        assert!(
            why.contains("pipe.svg is a pipe, a socket or a device, not a regular file; name an image file"),
            "{why}"
        );
        let why = read_logo(&image).unwrap_err().to_string();
        assert!(why.contains("logo.svg does not exist; name an image file"), "{why}");
        std::fs::write(&image, "<svg/>").unwrap();
        assert_eq!(read_logo(&image).unwrap().bytes, b"<svg/>");
        for (name, content, what) in [
            ("logo.svg", &b""[..], "logo.svg is empty; name an image file"),
            ("logo.svg", b"hello", "logo.svg holds no image of the kind that its name says"),
            ("logo.png", b"<svg/>", "logo.png holds no image"),
            ("logo.jpg", b"\x89PNG\r\n\x1a\n", "logo.jpg holds no image"),
            ("logo.webp", b"RIFF", "logo.webp holds no image"),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, content).unwrap();
            let why = read_logo(&file).unwrap_err().to_string();
            assert!(why.contains(what), "{why}");
        }
        for (name, content) in [
            ("logo.png", &b"\x89PNG\r\n\x1a\n"[..]),
            ("logo.JPEG", b"\xff\xd8\xff\xe0"),
            ("logo.webp", b"RIFF\0\0\0\0WEBPVP8 "),
            ("logo.svg", b"\xff\xfe<\0s\0v\0g\0"),
        ] {
            let file = folder.path().join(name);
            std::fs::write(&file, content).unwrap();
            assert_eq!(read_logo(&file).unwrap().bytes, content, "{name}");
        }
    }
}
