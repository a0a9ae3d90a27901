//! Reads the file of a PAM service, and decides whether PAM can be asked safely.
//!
//! If the file or its lines for accounts are missing, libpam uses the service `other`, which the operator did not write
//! for Vestibule. So both are refused. A service that names a missing module is refused, too: libpam counts the module
//! as failed, and if the file allows that failure, the other modules may still accept the person.

mod control;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use control::{Control, StackLine, check_jumps, system_error_decides};

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
    /// The types of its lines for `pam_exec` whose failure can decide.
    programs: Vec<LineType>,
    /// Its lines for `auth`, and those for `account`, with the lines of included files.
    stacks: [Vec<StackLine>; 2],
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
        service
            .read_lines(&text, LineType::Any, &folders, Nesting::default())
            .and_then(|()| service.check_stacks())
            .map_err(|why| service_error(&why))?;
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

    /// Which of its modules are missing, and the fix. `folder` is where libpam keeps modules.
    pub fn missing(&self, folder: &Path) -> Option<String> {
        let exists = |module: &str| folder.join(module.replace("$ISA", "")).exists();
        let missing: BTreeSet<&str> =
            self.modules.iter().map(String::as_str).filter(|module| !exists(module)).collect();
        let join = |names: &[String]| names.join(", ");
        let (without_end, whole): (Vec<String>, Vec<String>) = missing
            .iter()
            .map(|name| (*name, format!("{name}.so")))
            .filter(|(_, whole)| exists(whole))
            .map(|(name, whole)| (name.to_owned(), whole))
            .unzip();
        if !without_end.is_empty() {
            return Some(format!(
                "names {} without `.so`, so libpam finds no such file; write {}",
                join(&without_end),
                join(&whole)
            ));
        }
        let missing: Vec<String> = missing.into_iter().map(str::to_owned).collect();
        (!missing.is_empty()).then(|| format!("names {}, which does not exist; {INSTALL}", join(&missing)))
    }

    /// Whether it reads passwords from the system's own files.
    pub fn is_local(&self) -> bool {
        self.modules.iter().any(|module| module.ends_with("pam_unix.so"))
    }

    /// Whether `pam_exec` runs a program in this step that can refuse.
    pub fn runs_programs(&self, step: Step) -> bool {
        match step {
            Step::Authenticate => self.programs.contains(&LineType::Auth),
            Step::Account => self.programs.contains(&LineType::Account),
            Step::Library | Step::Service | Step::Start => false,
        }
    }

    fn check_stacks(&self) -> Result<(), String> {
        let [auth, account] = &self.stacks;
        check_jumps(auth, "auth")?;
        check_jumps(account, "account")
    }

    fn read_lines(&mut self, text: &str, within: LineType, folders: &[PathBuf], at: Nesting) -> Result<(), String> {
        if at.files > MAX_INCLUDE_DEPTH {
            return Err("its files include each other without end; fix that".into());
        }
        for line in lines(text) {
            let mut words = line.split_whitespace();
            let Some(first) = words.next() else { continue };
            if first == "@include" {
                self.include(words.next().unwrap_or_default(), within, folders, at)?;
                continue;
            }
            let kind = LineType::of(first.trim_start_matches('-'))?;
            if !kind.applies(within) {
                continue;
            }
            let Some((control, module)) = control_and_module(line.trim_start().get(first.len()..).unwrap_or_default())
            else {
                return Err(format!("the line {:?} names no module; fix it", line.trim()));
            };
            let read = Control::parse(control)?;
            if let Some(stack) = self.stack(kind) {
                stack.extend(read.stack_line(control, at.substacks));
            }
            match read {
                Control::Include => self.include(module, kind, folders, at)?,
                Control::Substack => {
                    self.include(module, kind, folders, Nesting { substacks: at.substacks + 1, ..at })?;
                }
                Control::Module { .. } => {
                    self.authenticates |= kind == LineType::Auth;
                    self.accounts |= kind == LineType::Account;
                    if module.ends_with("pam_exec.so") && system_error_decides(control) {
                        self.programs.push(kind);
                    }
                    // With a dash before it, a module may be missing.
                    if !first.starts_with('-') {
                        self.modules.push(module.to_owned());
                    }
                }
            }
        }
        Ok(())
    }

    fn stack(&mut self, kind: LineType) -> Option<&mut Vec<StackLine>> {
        let [auth, account] = &mut self.stacks;
        match kind {
            LineType::Auth => Some(auth),
            LineType::Account => Some(account),
            LineType::Other | LineType::Any => None,
        }
    }

    fn include(&mut self, name: &str, kind: LineType, folders: &[PathBuf], at: Nesting) -> Result<(), String> {
        match open(folders, name)? {
            Some((_, text)) => self.read_lines(&text, kind, folders, Nesting { files: at.files + 1, ..at }),
            None => Err(format!("it includes {name:?}, which does not exist; fix that line")),
        }
    }
}

/// How deep a line is within other files, and within substacks.
#[derive(Debug, Clone, Copy, Default)]
struct Nesting {
    files: u8,
    substacks: u8,
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
    /// libpam takes a line of an unknown type for one of `auth` that always fails.
    fn of(word: &str) -> Result<Self, String> {
        match word.to_ascii_lowercase().as_str() {
            "auth" => Ok(Self::Auth),
            "account" => Ok(Self::Account),
            "password" | "session" => Ok(Self::Other),
            _ => Err(format!("`{word}` is not a type of line; write auth, account, password or session")),
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
                if text.starts_with('\u{feff}') {
                    return Err(format!("{} {BYTE_ORDER_MARK}", path.display()));
                }
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

const INSTALL: &str = "install the package that has it (Debian: libpam-modules and the libpam-… packages), or take the \
                       line out";

const BYTE_ORDER_MARK: &str = "begins with a byte order mark, which hides its first line from libpam; remove it: \
                               sed -i '1s/^\\xEF\\xBB\\xBF//' with that file";

const WINDOWS: &str = "has the line ends of Windows, and libpam reads the carriage return as part of a module's name; \
                       remove them: sed -i 's/\\r$//' with that file";

fn service_error(why: &str) -> StepError {
    StepError { step: Step::Service, why: why.to_owned() }
}

#[cfg(test)]
mod tests;
