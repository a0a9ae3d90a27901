//! The programs that `pam_exec` runs.

use std::path::{Path, PathBuf};

use rustix::fs::{Access, AtFlags, CWD, accessat};

use super::LineType;
use super::file::words;

/// A line for `pam_exec`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Program {
    pub kind: LineType,
    /// Whether its failure decides about the person.
    pub decides: bool,
    /// `None` if the line names no program.
    path: Option<PathBuf>,
}

impl Program {
    /// The program of a line. `arguments` follow the module's name. `None` if another type of line is meant.
    pub fn of(kind: LineType, decides: bool, arguments: &str) -> Option<Self> {
        let name = match kind {
            LineType::Auth => "auth",
            LineType::Account => "account",
            LineType::Other | LineType::Any => return None,
        };
        let mut path = None;
        for word in words(arguments) {
            let option = word.to_ascii_lowercase();
            if let Some(wanted) = option.strip_prefix("type=") {
                if wanted != name {
                    return None;
                }
            } else if !OPTIONS.contains(&option.as_str()) && !option.starts_with("log=") {
                path = Some(PathBuf::from(word));
                break;
            }
        }
        Some(Self { kind, decides, path })
    }

    /// Why it can't run, and the fix.
    pub fn fault(&self) -> Option<String> {
        let Some(path) = &self.path else {
            return Some("has a line for pam_exec.so without a program; add its absolute path".to_owned());
        };
        let shown = path.display();
        let says = |fault: &str| Some(format!("has a line for pam_exec.so with the program {shown}, which {fault}"));
        // `pam_exec` calls `execve` in the folder of the helper, `/`.
        let path = Path::new("/").join(path);
        match std::fs::metadata(&path) {
            Err(why) if why.kind() == std::io::ErrorKind::NotFound => return says("does not exist; correct its path"),
            Err(why) => return says(&format!("can't be reached: {why}; let the service's user reach it")),
            Ok(found) if !found.is_file() => return says("is not a file; name a program"),
            Ok(_) if accessat(CWD, &path, Access::EXEC_OK, AtFlags::EACCESS).is_err() => {
                return says(&format!("the service's user may not execute; chmod +x {shown}"));
            }
            Ok(_) => {}
        }
        let interpreter = interpreter(&path)?;
        if interpreter.ends_with('\r') {
            return says("has the line ends of Windows; remove them: sed -i 's/\\r$//' with that file");
        }
        (!Path::new("/").join(&interpreter).exists())
            .then(|| says(&format!("needs {interpreter}, which does not exist; install it, or correct the first line")))
            .flatten()
    }
}

/// The options of `pam_exec`. The first other word is the program.
const OPTIONS: [&str; 6] = ["debug", "stdout", "seteuid", "quiet", "quiet_log", "expose_authtok"];

/// The interpreter in a script's first line, `#!/bin/sh`.
fn interpreter(path: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut start = Vec::new();
    std::fs::File::open(path).ok()?.take(256).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    words(&String::from_utf8_lossy(line)).next().map(str::to_owned)
}
