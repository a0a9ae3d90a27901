//! Images of the operator: the logo, and the icons of providers.

use std::path::Path;

use axum::body::Bytes;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::base::secret::sha256;
use crate::base::text_file::{self, TextFileError};

/// An image, read when the config is read.
#[derive(Debug)]
pub struct Image {
    pub content_type: &'static str,
    pub bytes: Bytes,
    /// In quotes, as in the header.
    pub etag: String,
}

/// Why an image can't be shown. `key`: as the config has it, `[brand] logo`.
#[derive(Debug, thiserror::Error)]
#[error("{key}: {file} {fault}")]
pub struct ImageError {
    key: String,
    file: String,
    fault: ImageFault,
}

#[derive(Debug, thiserror::Error)]
enum ImageFault {
    #[error("{0}; name an image file that the user that runs Vestibule can read")]
    Unreadable(TextFileError),
    #[error("is neither .svg, .png, .jpg nor .webp; name an image of one of these kinds")]
    Kind,
    #[error("is empty; name an image file")]
    Empty,
    #[error("holds no image of the kind that its name says; name an image file")]
    OtherContent,
}

impl Image {
    /// Reads the image that `key` of the config names.
    ///
    /// # Errors
    /// When it can't be shown.
    pub fn read(key: &str, path: &Path) -> Result<Self, ImageError> {
        read(path).map_err(|fault| ImageError { key: key.to_owned(), file: path.display().to_string(), fault })
    }
}

fn read(path: &Path) -> Result<Image, ImageFault> {
    let extension = path.extension().and_then(std::ffi::OsStr::to_str).map(str::to_ascii_lowercase);
    let content_type = match extension.as_deref() {
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        _ => return Err(ImageFault::Kind),
    };
    match text_file::read_bytes(path) {
        Err(why) => Err(ImageFault::Unreadable(why)),
        Ok(bytes) if bytes.is_empty() => Err(ImageFault::Empty),
        Ok(bytes) if !may_be(content_type, &bytes) => Err(ImageFault::OtherContent),
        Ok(bytes) => Ok(Image { content_type, etag: etag(&bytes), bytes: bytes.into() }),
    }
}

/// A tag that changes with the content, in quotes (RFC 9110 §8.8.3).
pub fn etag(content: &[u8]) -> String {
    format!("\"{}\"", URL_SAFE_NO_PAD.encode(sha256(content)))
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
    use std::path::Path;

    use super::{Image, ImageError};

    fn read_logo(path: &Path) -> Result<Image, ImageError> {
        Image::read("[brand] logo", path)
    }

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
        assert_eq!(read_logo(&image).unwrap().bytes, &b"<svg/>"[..]);
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
