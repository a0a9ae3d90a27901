//! Files with secrets that other users can read.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file that other users than root and the user of this process can read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path} can be read by others (mode {mode:o}, owner {owner}, group {group}); as its owner, run: chmod 600 {path}, \
     or let root own it with mode 440 and a group of this user",
    path = path.display()
)]
pub struct ExposedFile {
    path: PathBuf,
    mode: u32,
    owner: u32,
    group: u32,
}

impl ExposedFile {
    /// Whether other users can read the file at `path` with this metadata.
    #[must_use]
    pub fn check(path: &Path, metadata: &Metadata) -> Option<Self> {
        let (mode, owner, group) = (metadata.mode() & 0o777, metadata.uid(), metadata.gid());
        (!is_private(mode, owner, group)).then(|| Self { path: path.to_owned(), mode, owner, group })
    }
}

/// A config file with secrets in it that every user of this machine can read.
#[derive(Debug, thiserror::Error)]
#[error(
    "{path} can be read by every user of this machine (mode {mode:o}), and these keys hold secrets: {keys}; chmod 640 \
     {path}, or put each into a file of its own, and name that file in the key that ends in _file",
    path = path.display(),
    keys = keys.join(", ")
)]
pub struct ExposedConfig {
    path: PathBuf,
    mode: u32,
    keys: Vec<String>,
}

impl ExposedConfig {
    /// Whether every user can read the file at `path`, whose `keys` hold secrets. They can't if they may not enter
    /// its folder or a folder above it.
    #[must_use]
    pub fn check(path: &Path, keys: &[String]) -> Option<Self> {
        const READ: u32 = 0o004;
        const ENTER: u32 = 0o001;
        let grants = |path: &Path, bits: u32| std::fs::metadata(path).is_ok_and(|found| found.mode() & bits != 0);
        let real = path.canonicalize().ok()?;
        let exposed = grants(&real, READ) && real.ancestors().skip(1).all(|folder| grants(folder, ENTER));
        let mode = std::fs::metadata(&real).ok()?.mode() & 0o777;
        (exposed && !keys.is_empty()).then(|| Self { path: path.to_owned(), mode, keys: keys.to_vec() })
    }
}

/// Whether only root and our own user can read a file. That holds for mode 600, for a file of root that one of our
/// groups may read, such as a Kubernetes secret with `fsGroup`, and for a file of root with an access control list for
/// us, as systemd makes for `LoadCredential=`. Such a list shows in the bits of the group, which is then root's.
fn is_private(mode: u32, owner: u32, group: u32) -> bool {
    const ROOT: u32 = 0;
    let groups = rustix::process::getgroups().unwrap_or_default();
    let ours = || rustix::process::getegid().as_raw() == group || groups.iter().any(|one| one.as_raw() == group);
    let grants = |bits: u32| mode & bits != 0;
    let shared_by_root = owner == ROOT && !grants(0o037) && (group == ROOT || ours());
    !grants(0o077) || shared_by_root
}

#[cfg(test)]
mod tests {
    use super::is_private;

    #[test]
    fn a_file_that_root_shares_only_with_us_is_accepted() {
        let ours = rustix::process::getegid().as_raw();
        for (mode, owner, group) in [(0o600, 1000, 77), (0o400, 0, 77), (0o440, 0, 0), (0o640, 0, ours)] {
            assert!(is_private(mode, owner, group), "{mode:o} {owner} {group}");
        }
        for (mode, owner, group) in
            [(0o444, 0, 0), (0o440, 0, 4_000_077), (0o460, 0, ours), (0o640, 1000, ours), (0o604, 0, 0)]
        {
            assert!(!is_private(mode, owner, group), "{mode:o} {owner} {group}");
        }
    }
}
