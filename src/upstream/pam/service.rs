//! Reads the file of a PAM service, and decides whether PAM can be asked safely.
//!
//! If the file or its lines for accounts are missing, libpam uses the service `other`, which the operator did not write
//! for Vestibule. So both are refused. A service that names a missing module is refused, too: libpam counts the module
//! as failed, and if the file allows that failure, the other modules may still accept the person.

mod control;
mod file;
mod places;
mod programs;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use control::{Control, StackLine, check_jumps, system_error_decides};
use file::{BLANK, Line, ServiceFile, words};
pub use places::Places;
use programs::Program;

use super::wire::{Step, StepError};

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
    programs: Vec<Program>,
    /// Its lines for `auth`, and those for `account`, with the lines of included files.
    stacks: [Vec<StackLine>; 2],
    /// All files that were read.
    files: Vec<ServiceFile>,
}

impl Service {
    /// Reads its file and the files that it includes.
    ///
    /// # Errors
    /// Why PAM must not be asked.
    pub fn read(name: &str, places: &Places) -> Result<Self, StepError> {
        let paths: Vec<PathBuf> = places.services().iter().map(|folder| folder.join(name)).collect();
        let Some(file) = first_file(&paths).map_err(|why| service_error(&why))? else {
            return Err(service_error(&format!(
                "there is no service file {}, and PAM would use the service `other`; write that file: the docs show \
                 one",
                paths.first().cloned().unwrap_or_default().display()
            )));
        };
        let mut service = Self { path: file.path.clone(), ..Self::default() };
        service
            .read_lines(file, LineType::Any, places, Nesting::default())
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

    /// Refuses if a file has changed since it was read: libpam may have read half of it, and taken lines of the service
    /// `other` for the rest.
    ///
    /// # Errors
    /// If one has changed.
    pub fn check_unchanged(&self) -> Result<(), StepError> {
        match self.files.iter().find(|file| !file.is_unchanged()) {
            Some(changed) => Err(service_error(&format!(
                "{} was changed while libpam read it; sign in again",
                changed.path.display()
            ))),
            None => Ok(()),
        }
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
        let runs = |kind| self.programs.iter().any(|program| program.kind == kind && program.decides);
        match step {
            Step::Authenticate => runs(LineType::Auth),
            Step::Account => runs(LineType::Account),
            Step::Library | Step::Service | Step::Start => false,
        }
    }

    /// Why a program can't run whose failure refuses everybody, and the fix.
    pub fn program_fault(&self) -> Option<String> {
        self.programs.iter().filter(|program| program.decides).find_map(Program::fault)
    }

    /// As [`Self::program_fault`], for the other programs.
    pub fn other_program_fault(&self) -> Option<String> {
        self.programs.iter().filter(|program| !program.decides).find_map(Program::fault)
    }

    fn check_stacks(&self) -> Result<(), String> {
        let [auth, account] = &self.stacks;
        check_jumps(auth, "auth")?;
        check_jumps(account, "account")
    }

    fn read_lines(&mut self, file: ServiceFile, within: LineType, places: &Places, at: Nesting) -> Result<(), String> {
        if at.files > MAX_INCLUDE_DEPTH {
            return Err("its files include each other without end; fix that".into());
        }
        for Line { number, text } in file.lines()? {
            let located = |why: String| file.at(number, &why);
            if let Some(included) = self.read_line(&text, within, at).map_err(located)? {
                let paths = places.included(included.written, included.name).map_err(located)?;
                let Some(inner) = first_file(&paths)? else {
                    return Err(located(format!(
                        "it includes {:?}, which does not exist; fix that line",
                        included.name
                    )));
                };
                self.read_lines(inner, included.kind, places, included.at)?;
            }
        }
        self.files.push(file);
        Ok(())
    }

    /// Reads a line, and returns the file that it includes.
    fn read_line<'l>(&mut self, line: &'l str, within: LineType, at: Nesting) -> Result<Option<Included<'l>>, String> {
        let line = line.trim_matches(BLANK);
        let (first, rest) = line.split_once(BLANK).unwrap_or((line, ""));
        let deeper = Nesting { files: at.files + 1, ..at };
        if first == "@include" {
            let name = words(rest).next().unwrap_or_default();
            return Ok(Some(Included { written: first, name, kind: within, at: deeper }));
        }
        let kind = LineType::of(first.strip_prefix('-').unwrap_or(first))?;
        if !kind.applies(within) {
            return Ok(None);
        }
        let Some(ModuleLine { control: written, module, arguments }) = ModuleLine::parse(rest) else {
            return Err(format!("{line:?} names no module; fix it"));
        };
        let control = Control::parse(written)?;
        if let Some(stack) = self.stack(kind) {
            stack.extend(control.stack_line(written, at.substacks));
        }
        match control {
            Control::Include => Ok(Some(Included { written, name: module, kind, at: deeper })),
            Control::Substack => {
                let at = Nesting { substacks: at.substacks + 1, ..deeper };
                Ok(Some(Included { written, name: module, kind, at }))
            }
            Control::Module { .. } => {
                self.authenticates |= kind == LineType::Auth;
                self.accounts |= kind == LineType::Account;
                if module.ends_with("pam_exec.so") {
                    self.programs.extend(Program::of(kind, system_error_decides(written), arguments));
                }
                // With a dash before it, a module may be missing.
                if !first.starts_with('-') {
                    self.modules.push(module.to_owned());
                }
                Ok(None)
            }
        }
    }

    fn stack(&mut self, kind: LineType) -> Option<&mut Vec<StackLine>> {
        let [auth, account] = &mut self.stacks;
        match kind {
            LineType::Auth => Some(auth),
            LineType::Account => Some(account),
            LineType::Other | LineType::Any => None,
        }
    }
}

/// A file that a line includes.
struct Included<'l> {
    /// The word that includes it.
    written: &'l str,
    name: &'l str,
    kind: LineType,
    at: Nesting,
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

/// `required pam_unix.so …`, `[success=1 default=ignore] pam_unix.so …`
struct ModuleLine<'l> {
    control: &'l str,
    module: &'l str,
    arguments: &'l str,
}

impl<'l> ModuleLine<'l> {
    /// Reads a line after its type.
    fn parse(rest: &'l str) -> Option<Self> {
        let rest = rest.trim_matches(BLANK);
        let end = if rest.starts_with('[') { rest.find(']')? + 1 } else { rest.find(BLANK)? };
        let (control, after) = rest.split_at_checked(end)?;
        let after = after.trim_matches(BLANK);
        let (module, arguments) = after.split_once(BLANK).unwrap_or((after, ""));
        (!module.is_empty()).then_some(Self { control, module, arguments })
    }
}

/// The first of these files that exists.
fn first_file(paths: &[PathBuf]) -> Result<Option<ServiceFile>, String> {
    for path in paths {
        if let Some(file) = ServiceFile::read(path)? {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

const INSTALL: &str = "install the package that has it (Debian: libpam-modules and the libpam-… packages), or take the \
                       line out";

fn service_error(why: &str) -> StepError {
    StepError { step: Step::Service, why: why.to_owned() }
}

#[cfg(test)]
mod tests;
