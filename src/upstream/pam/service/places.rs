//! Where libpam finds the files of a service.
//!
//! `pam_start_confdir` sets the folder of the service's file. Linux-PAM reads included files from the same folder, but
//! Debian's libpam has a patch (the same that adds `@include`) and reads them from `/etc/pam.d`. So Vestibule accepts
//! only names that every version reads alike.

use std::path::{Path, PathBuf};

/// The folder of the system's services, which every libpam reads first.
const SYSTEM: &str = "/etc/pam.d";
/// Other folders, in this order. The last two are compiled into some versions only.
const MORE: [&str; 3] = ["/usr/lib/pam.d", "/usr/etc/pam.d", "/usr/share/pam.d"];

/// The folders of one libpam.
#[derive(Debug)]
pub struct Places {
    confdir: Option<PathBuf>,
    system: Vec<PathBuf>,
    /// Whether this libpam has Debian's patch. `None`: not known, so what every version does is allowed.
    debian: Option<bool>,
}

impl Places {
    /// The places of the opened libpam. `library` is its file, if that can be read.
    pub fn new(confdir: Option<&str>, library: Option<&[u8]>) -> Self {
        let has = |text: &str| library.is_none_or(|library| contains(library, text.as_bytes()));
        let more = MORE.iter().filter(|folder| has(&format!("{folder}/%s\0")));
        Self {
            confdir: confdir.map(PathBuf::from),
            system: [SYSTEM].iter().chain(more).map(PathBuf::from).collect(),
            debian: library.map(|_| has("@include\0")),
        }
    }

    /// Where the service's own file may be.
    pub fn services(&self) -> &[PathBuf] {
        self.confdir.as_ref().map_or(&self.system, std::slice::from_ref)
    }

    /// Where an included file may be. `written` is the line's word before its name: `include`, `@include`.
    ///
    /// # Errors
    /// Why not every version of libpam reads the same file, and the fix.
    pub fn included(&self, written: &str, name: &str) -> Result<Vec<PathBuf>, String> {
        if written.starts_with('@') && self.debian == Some(false) {
            return Err(format!(
                "this libpam does not know `@include`, which only Debian has; write `auth include {name}` and `account \
                 include {name}`"
            ));
        }
        if name.starts_with('/') {
            return Ok(vec![PathBuf::from(name)]);
        }
        if let Some(confdir) = &self.confdir {
            return Err(format!(
                "it includes {name:?} by a relative path, and with `confdir` some versions of libpam read \
                 {SYSTEM}/{name} for it; write the absolute path: {written} {}",
                self.meant(confdir, name).display()
            ));
        }
        let all: Vec<PathBuf> = self.system.iter().map(|folder| folder.join(name)).collect();
        if self.debian == Some(false) {
            return Ok(all);
        }
        match all.split_first() {
            Some((first, rest)) if !first.exists() => match rest.iter().find(|path| path.exists()) {
                Some(there) => Err(format!(
                    "it includes {name:?}, and this libpam looks for it only in {SYSTEM}; write the absolute path: \
                     {written} {}",
                    there.display()
                )),
                None => Ok(vec![first.clone()]),
            },
            Some((first, _)) => Ok(vec![first.clone()]),
            None => Ok(Vec::new()),
        }
    }

    /// The file that a relative name probably means.
    fn meant(&self, confdir: &Path, name: &str) -> PathBuf {
        let own = confdir.join(name);
        let system = self.system.iter().map(|folder| folder.join(name)).find(|path| path.exists());
        system.filter(|_| !own.exists()).unwrap_or(own)
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
