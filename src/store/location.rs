//! Where the database is.

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfs;

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
        free_bytes(&self.disk()?)
    }

    /// Why nothing more fits on the disk of a file. `None`: something fits, or the system does not say.
    pub(super) fn lack_of_space(&self) -> Option<&'static str> {
        let disk = self.disk()?;
        // Some file systems have no fixed number of inodes, and report 0.
        lack_of_space(free_bytes(&disk), (disk.f_files > 0).then_some(disk.f_favail))
    }

    fn disk(&self) -> Option<StatVfs> {
        let Self::File(path) = self else { return None };
        rustix::fs::statvfs(path).ok().or_else(|| rustix::fs::statvfs(path.parent()?).ok())
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

fn free_bytes(disk: &StatVfs) -> Option<u64> {
    // Some file systems report no block count.
    (disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize))
}

fn lack_of_space(free_bytes: Option<u64>, free_inodes: Option<u64>) -> Option<&'static str> {
    /// SQLite's side files need less.
    const ENOUGH: u64 = 1 << 20;
    match (free_bytes, free_inodes) {
        (Some(..ENOUGH), _) => Some("nothing more fits on its disk"),
        (_, Some(0)) => Some("its disk has no inode left for another file; remove files there"),
        _ => None,
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

#[cfg(test)]
mod tests {
    use super::lack_of_space;

    #[test]
    fn a_disk_is_full_without_room_for_the_side_files_or_without_inodes() {
        assert_eq!(lack_of_space(Some(36 << 10), Some(100)), Some("nothing more fits on its disk"));
        assert_eq!(lack_of_space(Some(0), None), Some("nothing more fits on its disk"));
        assert!(lack_of_space(Some(1 << 30), Some(0)).is_some_and(|why| why.contains("no inode left")));
        assert_eq!([lack_of_space(Some(1 << 20), Some(1)), lack_of_space(None, None)], [None, None]);
    }
}
