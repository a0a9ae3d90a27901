//! One file of a PAM service: its lines, as every version of libpam reads them.
//!
//! If a line could hide another one, or could be read in two ways, the file is refused. Otherwise libpam might follow a
//! line that Vestibule has not seen.

use std::path::{Path, PathBuf};

use crate::base::text_file::{self, TextFileError};

/// Before Linux-PAM 1.6, libpam takes the rest of a longer line for the next line (`BUF_SIZE`).
const MAX_LINE: usize = 1000;

/// A file that exists.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ServiceFile {
    pub path: PathBuf,
    text: String,
}

/// A line without its comment. A line that ends in `\` holds the next ones, too.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub number: usize,
    pub text: String,
}

impl ServiceFile {
    /// `None` if it does not exist.
    ///
    /// # Errors
    /// Why its lines can't be read.
    pub fn read(path: &Path) -> Result<Option<Self>, String> {
        let bytes = match text_file::read_bytes(path) {
            Ok(bytes) => bytes,
            Err(TextFileError::Missing) => return Ok(None),
            Err(why) => {
                return Err(format!("{} {why}; put a file there that the service's user can read", path.display()));
            }
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let fault = if text.starts_with('\u{feff}') {
            BYTE_ORDER_MARK
        } else if has_windows_line_ends(&text) {
            WINDOWS
        } else if text.contains('\0') {
            "holds a NUL byte, which ends a line for libpam; remove it"
        } else {
            return Ok(Some(Self { path: path.to_owned(), text }));
        };
        Err(format!("{} {fault}", path.display()))
    }

    /// # Errors
    /// Which line versions of libpam read differently.
    pub fn lines(&self) -> Result<Vec<Line>, String> {
        let mut lines = Vec::new();
        let mut continued: Option<Line> = None;
        for (number, line) in (1..).zip(self.text.split('\n')) {
            let (content, has_comment) = line.split_once('#').map_or((line, false), |(content, _)| (content, true));
            let trimmed = content.trim_matches(BLANK);
            if continued.is_some() && trimmed.is_empty() {
                return Err(self.at(
                    number,
                    "the line before ends in `\\`, and libpam does not always skip this one; \
                                            end that line without `\\`",
                ));
            }
            let mut whole = continued.take().unwrap_or_else(|| Line { number, text: String::new() });
            let part = trimmed.strip_suffix('\\');
            if part.is_some() && has_comment {
                return Err(self.at(number, "`\\` before a comment does not continue the line; remove it"));
            }
            whole.text.push_str(part.unwrap_or(content));
            if line.len().max(whole.text.len()) > MAX_LINE {
                return Err(self.at(
                    number,
                    "some versions of libpam take the rest of a line after 1,000 bytes for a \
                                            line of its own; shorten it",
                ));
            }
            if part.is_some() {
                whole.text.push(' ');
                continued = Some(whole);
            } else if !whole.text.trim_matches(BLANK).is_empty() {
                lines.push(whole);
            }
        }
        match continued {
            Some(last) => Err(self.at(last.number, "the file ends after a `\\`; remove it")),
            None => Ok(lines),
        }
    }

    /// A fault of a line, and its fix.
    pub fn at(&self, line: usize, fault: &str) -> String {
        format!("{}, line {line}: {fault}", self.path.display())
    }

    pub fn is_unchanged(&self) -> bool {
        Self::read(&self.path).is_ok_and(|now| now.as_ref() == Some(self))
    }
}

/// The characters between words (`_pam_tokenize` of libpam). Others belong to a word.
pub(super) const BLANK: [char; 2] = [' ', '\t'];

/// The words of a line, or of its rest.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(BLANK).filter(|word| !word.is_empty())
}

/// Whether a line outside comments ends in a carriage return. libpam reads it as part of the last word.
fn has_windows_line_ends(text: &str) -> bool {
    text.split('\n').any(|line| line.split('#').next().unwrap_or_default().ends_with('\r'))
}

const BYTE_ORDER_MARK: &str = "begins with a byte order mark, which hides its first line from libpam; remove it: \
                               sed -i '1s/^\\xEF\\xBB\\xBF//' with that file";

const WINDOWS: &str = "has the line ends of Windows, and libpam reads the carriage return as part of a module's name; \
                       remove them: sed -i 's/\\r$//' with that file";
