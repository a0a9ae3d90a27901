//! Where the database is.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Where the data is. Holds no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseLocation {
    File(PathBuf),
    /// Host, port and database name.
    Server(String),
}

impl DatabaseLocation {
    /// The host of a server, an IPv6 address without brackets. Empty for a file or a Unix socket.
    pub(super) fn host(&self) -> &str {
        let Self::Server(server) = self else { return "" };
        let host = server.split_once('/').and_then(|(host, _)| host.rsplit_once(':')).map_or("", |(host, _)| host);
        host.trim_matches(['[', ']'])
    }

    /// Free bytes on the disk of a file. `None`: the system does not say.
    #[must_use]
    pub fn free_bytes(&self) -> Option<u64> {
        let Self::File(path) = self else { return None };
        let disk = rustix::fs::statvfs(path).ok().or_else(|| rustix::fs::statvfs(path.parent()?).ok())?;
        // Some file systems report no block count.
        (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

impl fmt::Display for DatabaseLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => f.write_str(server),
        }
    }
}

/// The file that a link leads to, whether it exists or not.
pub(super) fn without_links(path: &Path) -> PathBuf {
    /// As many links as Linux follows (`path_resolution(7)`).
    const LONGEST_CHAIN: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..LONGEST_CHAIN {
        let (Ok(target), Some(folder)) = (std::fs::read_link(&path), path.parent()) else { break };
        path = folder.join(target);
    }
    path
}

/// The file that a link leads to, if that file can't be made because its folder does not exist.
pub(super) fn target_without_folder(link: &Path) -> Option<PathBuf> {
    let target = without_links(link);
    (target != link && !target.parent()?.is_dir()).then_some(target)
}

/// Identifies a file, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileId {
    pub device: u64,
    pub inode: u64,
}

impl FileId {
    pub fn of(path: &Path) -> Option<Self> {
        let found = std::fs::metadata(path).ok()?;
        Some(Self { device: found.dev(), inode: found.ino() })
    }

    pub fn is_empty(path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|found| found.len() == 0)
    }

    /// How many names (hard links) the file has.
    pub fn names(path: &Path) -> Option<u64> {
        Some(std::fs::metadata(path).ok()?.nlink())
    }
}
