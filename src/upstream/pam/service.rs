//! Reads the file of a PAM service, and decides whether PAM can be asked safely.
//!
//! If the file or its lines for accounts are missing, libpam uses the service `other`, which the operator did not write
//! for Vestibule. So both are refused. A service that names a missing module is refused, too: libpam counts the module
//! as failed, and if the file allows that failure, the other modules may still accept the person.

use std::path::{Path, PathBuf};

use super::wire::{Step, StepError};
use crate::base::text_file::{self, TextFileError};

/// The folders where libpam looks, in this order. The last ones differ between distributions.
const FOLDERS: [&str; 4] = ["/etc/pam.d", "/usr/lib/pam.d", "/usr/etc/pam.d", "/usr/share/pam.d"];
/// How deep files may include each other.
const MAX_INCLUDE_DEPTH: u8 = 16;

/// A service, as its files describe it.
#[derive(Debug, Default)]
pub struct Service {
    /// Its own file.
    pub path: PathBuf,
    /// Every module that it needs.
    pub modules: Vec<String>,
    authenticates: bool,
    accounts: bool,
}

impl Service {
    /// Reads its file and the files that it includes.
    ///
    /// # Errors
    /// Why PAM must not be asked.
    pub fn read(name: &str, confdir: Option<&str>) -> Result<Self, StepError> {
        let folders = confdir.map_or_else(|| FOLDERS.map(PathBuf::from).to_vec(), |folder| vec![PathBuf::from(folder)]);
        let first = folders.first().map(|folder| folder.join(name)).unwrap_or_default();
        let Some((path, text)) = open(&folders, name).map_err(|why| service_error(&why))? else {
            return Err(service_error(&format!(
                "there is no service file {}, and PAM would use the service `other`; write that file: the docs show \
                 one",
                first.display()
            )));
        };
        let mut service = Self { path, ..Self::default() };
        service.read_lines(&text, LineType::Any, &folders, 0).map_err(|why| service_error(&why))?;
        let lacks = match (service.authenticates, service.accounts) {
            (true, true) => return Ok(service),
            (false, true) => "`auth`",
            (true, false) => "`account`",
            (false, false) => "`auth` and none for `account`",
        };
        Err(service_error(&format!(
            "{} has no line for {lacks}, and PAM would use that of the service `other`; add it",
            service.path.display()
        )))
    }

    /// Its missing modules. `folder` is where libpam keeps modules.
    pub fn missing(&self, folder: &Path) -> Vec<String> {
        let there = |module: &&String| folder.join(module.replace("$ISA", "")).exists();
        let mut missing: Vec<String> = self.modules.iter().filter(|module| !there(module)).cloned().collect();
        missing.sort();
        missing.dedup();
        missing
    }

    /// Whether it reads passwords from the system's own files.
    pub fn is_local(&self) -> bool {
        self.modules.iter().any(|module| module.ends_with("pam_unix.so"))
    }

    fn read_lines(&mut self, text: &str, within: LineType, folders: &[PathBuf], depth: u8) -> Result<(), String> {
        if depth > MAX_INCLUDE_DEPTH {
            return Err("its files include each other without end; fix that".into());
        }
        for line in lines(text) {
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else { continue };
            if first == "@include" {
                self.include(words.next().unwrap_or_default(), within, folders, depth)?;
                continue;
            }
            let kind = LineType::of(first.trim_start_matches('-'));
            if !kind.applies(within) {
                continue;
            }
            let Some((control, module)) = control_and_module(line.trim_start().get(first.len()..).unwrap_or_default())
            else {
                return Err(format!("the line {:?} names no module; fix it", line.trim()));
            };
            match control {
                "include" | "substack" => self.include(module, kind, folders, depth)?,
                _ => {
                    self.authenticates |= kind == LineType::Auth;
                    self.accounts |= kind == LineType::Account;
                    // With a dash before it, a module may be missing.
                    if !first.starts_with('-') {
                        self.modules.push(module.to_owned());
                    }
                }
            }
        }
        Ok(())
    }

    fn include(&mut self, name: &str, kind: LineType, folders: &[PathBuf], depth: u8) -> Result<(), String> {
        match open(folders, name)? {
            Some((_, text)) => self.read_lines(&text, kind, folders, depth + 1),
            None => Err(format!("it includes {name:?}, which is not there; fix that line")),
        }
    }
}

/// The type of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineType {
    Auth,
    Account,
    /// Password changes and sessions, which Vestibule never asks for.
    Other,
    /// All lines of an included file.
    Any,
}

impl LineType {
    fn of(word: &str) -> Self {
        match word.to_ascii_lowercase().as_str() {
            "auth" => Self::Auth,
            "account" => Self::Account,
            _ => Self::Other,
        }
    }

    fn applies(self, within: Self) -> bool {
        self != Self::Other && (within == Self::Any || within == self)
    }
}

/// Lines without comments. A line that ends in `\` continues.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut whole = String::new();
    for line in text.lines() {
        let content = line.split('#').next().unwrap_or_default();
        match content.trim_end().strip_suffix('\\') {
            Some(part) => {
                whole.push_str(part);
                whole.push(' ');
            }
            None => lines.push(std::mem::take(&mut whole) + content),
        }
    }
    lines.push(whole);
    lines
}

/// `required pam_unix.so …`, `[success=1 default=ignore] pam_unix.so …`
fn control_and_module(rest: &str) -> Option<(&str, &str)> {
    let rest = rest.trim_start();
    let end = if rest.starts_with('[') { rest.find(']')? + 1 } else { rest.find(char::is_whitespace)? };
    let (control, after) = rest.split_at_checked(end)?;
    after.split_whitespace().next().map(|module| (control, module))
}

/// The first of these files that exists.
fn open(folders: &[PathBuf], name: &str) -> Result<Option<(PathBuf, String)>, String> {
    for folder in folders {
        let path = folder.join(name);
        match text_file::read_bytes(&path) {
            Ok(bytes) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if has_windows_line_ends(&text) {
                    return Err(format!("{} {WINDOWS}", path.display()));
                }
                return Ok(Some((path, text)));
            }
            Err(TextFileError::Missing) => {}
            Err(why) => {
                return Err(format!("{} {why}; put a file there that the service's user can read", path.display()));
            }
        }
    }
    Ok(None)
}

/// Whether a line outside comments ends in a carriage return. libpam reads it as part of the last word.
fn has_windows_line_ends(text: &str) -> bool {
    text.split('\n').any(|line| line.split('#').next().unwrap_or_default().ends_with('\r'))
}

const WINDOWS: &str = "has the line ends of Windows, and libpam reads the carriage return as part of a module's name; \
                       remove them: sed -i 's/\\r$//' with that file";

fn service_error(why: &str) -> StepError {
    StepError { step: Step::Service, why: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Service;

    fn read(files: &[(&str, &str)]) -> Result<Service, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
        let named = folder.path().to_str().unwrap();
        Service::read("vestibule", Some(named)).map_err(|service_error| service_error.why.replace(named, ""))
    }

    // C46
    #[test]
    fn a_service_that_would_fall_back_to_other_is_refused() {
        let none = read(&[("other", "auth required pam_permit.so\naccount required pam_permit.so\n")]);
        assert!(none.unwrap_err().starts_with("there is no service file /vestibule"));
        let half = read(&[("vestibule", "auth required pam_permit.so\nsession required pam_permit.so\n")]);
        assert!(half.unwrap_err().contains("no line for `account`"));
        let other = read(&[("vestibule", "account required pam_permit.so # auth required pam_unix.so\n")]);
        assert!(other.unwrap_err().contains("no line for `auth`"));
        let hollow = read(&[("vestibule", "auth include none\naccount required pam_permit.so\n"), ("none", "\n")]);
        assert!(hollow.unwrap_err().contains("no line for `auth`"));
        assert!(read(&[("vestibule", "")]).unwrap_err().contains("none for `account`"));
    }

    #[test]
    fn a_pipe_in_place_of_a_file_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().to_str().unwrap();
        std::fs::write(folder.path().join("includes"), "@include vestibule\n").unwrap();
        let pipe = folder.path().join("vestibule");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RUSR).unwrap();
        for service in ["vestibule", "includes"] {
            let why = Service::read(service, Some(named)).unwrap_err().why;
            assert!(
                why.contains("/vestibule is a pipe, a socket or a device, not a regular file; put a file there"),
                "{why}"
            );
        }
    }

    #[test]
    fn lines_of_included_files_count() {
        let whole = read(&[
            ("vestibule", "@include common\naccount substack common-account\n"),
            ("common", "auth [success=1 default=ignore] \\\n pam_unix.so nullok\nauth requisite pam_deny.so\n"),
            (
                "common-account",
                "account required pam_unix.so\nauth required pam_never.so\n-account optional pam_gone.so\n",
            ),
        ]);
        let whole = whole.unwrap();
        assert_eq!(whole.modules, ["pam_unix.so", "pam_deny.so", "pam_unix.so"]);
        assert!(whole.is_local());
        assert_eq!(whole.missing(Path::new("/nowhere")), ["pam_deny.so", "pam_unix.so"]);
    }

    #[test]
    fn the_error_names_the_line_ends_of_windows() {
        let own = "auth required pam_permit.so\r\naccount required pam_permit.so\n";
        for files in [&[("vestibule", own)][..], &[("vestibule", "@include common\n"), ("common", own)]] {
            let why = read(files).unwrap_err();
            assert!(
                why.contains(" has the line ends of Windows, and libpam") && why.contains("sed -i 's/\\r$//' "),
                "{why}"
            );
        }
        // libpam ignores it in a comment.
        read(&[("vestibule", "# of old\r\nauth required pam_permit.so\naccount required pam_permit.so\n")]).unwrap();
    }

    #[test]
    fn a_file_with_a_broken_include_or_line_is_refused() {
        assert!(read(&[("vestibule", "@include gone\n")]).unwrap_err().contains("\"gone\", which is not there"));
        assert!(read(&[("vestibule", "@include vestibule\n")]).unwrap_err().contains("without end"));
        assert!(read(&[("vestibule", "auth required\n")]).unwrap_err().contains("names no module"));
    }
}
