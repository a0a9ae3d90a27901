//! Reads the operator's text files, with errors that say what is wrong with a file.

use std::io::{ErrorKind, Read as _};
use std::path::Path;

use super::readable_json::lossy;

/// Why a file can't be read as text. Messages put the file's name before it. Never holds the file's content.
#[derive(Debug, thiserror::Error)]
pub enum TextFileError {
    #[error("does not exist")]
    Missing,
    #[error("is a folder, not a file")]
    Folder,
    #[error("cannot be read by this user: permission denied")]
    Denied,
    /// The path can name no file: too long, with a NUL, through something that is no folder, or in a circle of links.
    #[error("cannot be read: {0}")]
    UnusablePath(std::io::Error),
    #[error("cannot be read: {0}")]
    Io(std::io::Error),
    #[error("is a pipe, a socket or a device, not a regular file")]
    Special,
    #[error("is larger than {} MiB", MAX_SIZE >> 20)]
    TooLarge,
    #[error("is in UTF-16, and must be in UTF-8")]
    Utf16,
    #[error("is not UTF-8 in line {line}")]
    Encoding { line: usize },
    #[error("is not text: line {line} holds a NUL byte")]
    Binary { line: usize },
}

impl From<std::io::Error> for TextFileError {
    fn from(why: std::io::Error) -> Self {
        match why.kind() {
            ErrorKind::NotFound => Self::Missing,
            ErrorKind::IsADirectory => Self::Folder,
            ErrorKind::PermissionDenied => Self::Denied,
            ErrorKind::InvalidFilename | ErrorKind::InvalidInput | ErrorKind::NotADirectory => Self::UnusablePath(why),
            _ if why.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Self::UnusablePath(why),
            _ => Self::Io(why),
        }
    }
}

/// Largest file, in bytes. No secret, certificate or group's file needs as much.
const MAX_SIZE: u64 = 16 << 20;

/// Reads a regular file, or a link to one. A pipe could block, and a device may never end.
///
/// # Errors
/// When it can't be read, is not a regular file, or is too large.
pub fn read_bytes(path: &Path) -> Result<Vec<u8>, TextFileError> {
    let found = std::fs::metadata(path)?;
    if found.is_dir() {
        return Err(TextFileError::Folder);
    }
    if !found.is_file() {
        return Err(TextFileError::Special);
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(MAX_SIZE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_SIZE { Err(TextFileError::TooLarge) } else { Ok(bytes) }
}

/// Reads a file of any size, or a pipe to its end.
///
/// # Errors
/// When it can't be read.
pub fn read_to_end(path: &Path) -> Result<Vec<u8>, TextFileError> {
    Ok(std::fs::read(path)?)
}

/// The bytes as text. A byte order mark at the start is left out.
///
/// # Errors
/// When they are not text.
pub fn decode(bytes: Vec<u8>) -> Result<String, TextFileError> {
    check_text(&bytes)?;
    let text = String::from_utf8(bytes).map_err(|why| {
        let at = why.utf8_error().valid_up_to();
        TextFileError::Encoding { line: line_at(at, why.as_bytes()) }
    })?;
    Ok(without_mark(text))
}

/// As [`decode`], with `readable_json::BROKEN` for bytes that are not UTF-8. For a file whose parts are read one
/// by one.
///
/// # Errors
/// When they are not text in another way.
pub fn decode_each(bytes: Vec<u8>) -> Result<String, TextFileError> {
    check_text(&bytes)?;
    let text = String::from_utf8(bytes).unwrap_or_else(|why| lossy(why.as_bytes()));
    Ok(without_mark(text))
}

fn check_text(bytes: &[u8]) -> Result<(), TextFileError> {
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(TextFileError::Utf16);
    }
    match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => Err(TextFileError::Binary { line: line_at(at, bytes) }),
        None => Ok(()),
    }
}

fn line_at(end: usize, bytes: &[u8]) -> usize {
    bytes.iter().take(end).filter(|byte| **byte == b'\n').count() + 1
}

fn without_mark(text: String) -> String {
    match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_SIZE, TextFileError, decode, read_bytes, read_to_end};

    #[test]
    fn only_a_regular_file_of_limited_size_is_read() {
        assert!(matches!(read_bytes("/dev/zero".as_ref()), Err(TextFileError::Special)));
        let folder = tempfile::tempdir().unwrap();
        let (socket, file, link) =
            (folder.path().join("socket"), folder.path().join("file"), folder.path().join("link"));
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(matches!(read_bytes(&socket), Err(TextFileError::Special)));
        assert!(matches!(read_bytes(folder.path()), Err(TextFileError::Folder)));
        std::os::unix::fs::symlink(&file, &link).unwrap();
        std::fs::write(&file, "secret").unwrap();
        assert_eq!(read_bytes(&link).unwrap(), b"secret");
        std::fs::File::create(&file).unwrap().set_len(MAX_SIZE + 1).unwrap();
        assert!(matches!(read_bytes(&file), Err(TextFileError::TooLarge)));
    }

    #[test]
    fn the_error_says_what_is_wrong_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(read_to_end(&folder.path().join("none")), Err(TextFileError::Missing)));
        assert!(matches!(read_to_end(folder.path()), Err(TextFileError::Folder)));
        std::fs::write(folder.path().join("file"), "text").unwrap();
        for unusable in ["nul\0", "file/secret", &"long".repeat(100)] {
            let why = read_to_end(&folder.path().join(unusable)).unwrap_err();
            assert!(matches!(why, TextFileError::UnusablePath(_)), "{unusable:?}: {why}");
        }
        for (bytes, expected) in
            [(&b"a\nb\nZ\xfcrich"[..], "line 3"), (b"\xff\xfea\0", "UTF-16"), (b"\x7fELF\n\0\0", "not text: line 2")]
        {
            let why = decode(bytes.to_vec()).unwrap_err().to_string();
            assert!(why.contains(expected), "{why}");
        }
        assert_eq!(decode(b"\xef\xbb\xbfa\r\n".to_vec()).unwrap(), "a\r\n");
    }

    proptest::proptest! {
        #[test]
        fn text_is_read_unchanged_apart_from_a_byte_order_mark(bytes: Vec<u8>) {
            if let Ok(text) = decode(bytes.clone()) {
                proptest::prop_assert!(bytes.ends_with(text.as_bytes()) && bytes.len() - text.len() <= 3);
            }
        }
    }
}
