//! Locks a SQLite file for one server, and finds the server that runs on a file.
//!
//! Two locks tell one server from another. The file `…-server` beside the database names its process, and the file that
//! it has open. The database's file itself is locked, too (`flock`, which SQLite does not use): it has the same lock
//! under every name, also under a hard link, and after the file `…-server` was deleted.

use std::ffi::OsString;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::mem::ManuallyDrop;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::diagnosis::write_problem;
use super::location::{FileId, target_without_folder, without_links};
use super::{Database, DatabaseLocation, Store, StoreError};

/// The lock that only one server can hold for a SQLite file. Commands don't need it.
#[derive(Debug)]
pub struct ServerLock {
    beside: Option<File>,
    database: Option<FileLock>,
}

/// How long a starting server waits for one that is stopping.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const RETRY_PAUSE: Duration = Duration::from_millis(100);

impl ServerLock {
    /// Locks a SQLite file for one server: each of two servers would assume that it knows all logins in flight. Several
    /// servers may share a PostgreSQL database, so this does not lock it. Call it before the database is opened.
    ///
    /// # Errors
    /// When another server uses the file, or the lock file can't be opened.
    pub async fn acquire(database: &Database) -> Result<Self, StoreError> {
        let Database::Sqlite { path, .. } = database else { return Ok(Self { beside: None, database: None }) };
        let location = &Arc::new(DatabaseLocation::File(path.clone()));
        let lock_file = lock_path(path);
        let opened =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&lock_file);
        // The lock file may belong to another user, who ran the server before.
        let mut file = opened.map_err(|why| match write_problem(&lock_file) {
            Some(problem) => StoreError::unwritable(location, &problem),
            None => match target_without_folder(path) {
                Some(target) => StoreError::dangling(location, &target),
                None => StoreError::io(location, why),
            },
        })?;
        let begun = Instant::now();
        let database = loop {
            match try_both(&file, path) {
                Ok(database) => break database,
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WAIT => tokio::time::sleep(RETRY_PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(StoreError::served(location, holder(&mut file).process)),
                Err(TryLockError::Error(why)) => {
                    let lock = lock_file.display();
                    tracing::warn!(%lock, error = %why, "can't lock this file: a second server would go unnoticed");
                    return Ok(Self { beside: None, database: None });
                }
            }
        };
        // The next server names this process in its message.
        let _unwritten = file.set_len(0).and_then(|()| write!(file, "{}", std::process::id()));
        Ok(Self { beside: Some(file), database })
    }

    /// Notes which file the database is, now that it is open. Locks it, if the start has just made it.
    ///
    /// # Errors
    /// When another server has locked the file meanwhile, under another name.
    pub async fn hold(&mut self, store: &Store) -> Result<(), StoreError> {
        let (DatabaseLocation::File(path), Some(opened)) = (store.location(), &store.file) else { return Ok(()) };
        let Some(file) = &mut self.beside else { return Ok(()) };
        let FileId { device, inode } = **opened;
        let _unwritten = file.rewind().and_then(|()| write!(file, "{} {device} {inode}", std::process::id()));
        if self.database.is_some() {
            return Ok(());
        }
        // SQLite has the file open, so this handle must not be closed, even if it gets no lock.
        let Some(lock) = open_lockable(path).map(ManuallyDrop::new).map(FileLock) else { return Ok(()) };
        let begun = Instant::now();
        loop {
            match lock.0.try_lock() {
                Ok(()) => break,
                // A command that looks for a server holds the lock for a moment.
                Err(TryLockError::WouldBlock) if begun.elapsed() < LOCK_WAIT => tokio::time::sleep(RETRY_PAUSE).await,
                Err(TryLockError::WouldBlock) => return Err(StoreError::served(&store.writer.location, None)),
                Err(TryLockError::Error(_)) => return Ok(()),
            }
        }
        self.database = Some(lock);
        Ok(())
    }
}

/// Takes both locks, or none.
fn try_both(beside: &File, database: &Path) -> Result<Option<FileLock>, TryLockError> {
    beside.try_lock()?;
    FileLock::try_exclusive(database).map_err(|_| {
        let _released = beside.unlock();
        TryLockError::WouldBlock
    })
}

/// A running server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Server {
    /// Its process id, if its lock file names it.
    pub process: Option<u32>,
    /// The file that it has open, if its lock file names it.
    opened: Option<FileId>,
}

impl Server {
    /// The server that runs on the SQLite file now, if there is one. Always `None` on PostgreSQL, which several servers
    /// may share. Call it before the database is opened: closing a handle of its file ends SQLite's own locks.
    ///
    /// # Errors
    /// When the server does not have the file open that commands would open.
    pub fn find(database: &Database) -> Result<Option<Self>, StoreError> {
        let Database::Sqlite { path, .. } = database else { return Ok(None) };
        let location = || Arc::new(DatabaseLocation::File(path.clone()));
        let ours = FileId::of(path);
        match Self::beside(path) {
            Some(server) if server.opened.is_some_and(|opened| Some(opened) != ours) => {
                Err(StoreError::other_file(&location(), server.process))
            }
            // SQLite's first write makes the file longer.
            Some(server) if server.opened.is_some() && FileId::is_empty(path) => {
                Err(StoreError::damaged(&location(), "database: a server runs on the file, and it was emptied"))
            }
            Some(server) => Ok(Some(server)),
            None if FileLock::is_held(path) => match FileId::names(path) {
                Some(2..) => Err(StoreError::other_name(&location())),
                Some(_) | None => Ok(Some(Self { process: None, opened: ours })),
            },
            None => Ok(None),
        }
    }

    /// The server that holds the lock file beside the database.
    fn beside(path: &Path) -> Option<Self> {
        let mut file = File::open(lock_path(path)).ok()?;
        // The lock is released at once. A server that starts meanwhile tries again.
        match file.try_lock_shared() {
            Ok(()) | Err(TryLockError::Error(_)) => None,
            Err(TryLockError::WouldBlock) => Some(holder(&mut file)),
        }
    }
}

/// The server that the lock file names: its process, and the device and inode of its file.
fn holder(file: &mut File) -> Server {
    let mut text = String::new();
    let _unread = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let mut words = text.split_whitespace();
    let process = words.next().and_then(|process| process.parse().ok());
    let mut number = || words.next().and_then(|number| number.parse().ok());
    let opened = number().zip(number()).map(|(device, inode)| FileId { device, inode });
    Server { process, opened }
}

/// The path of the lock file beside the database. All symbolic links to a database have the same one, also before the
/// first start has made the database.
pub(super) fn lock_path(path: &Path) -> PathBuf {
    let target = without_links(path);
    let in_folder = || Some(target.parent()?.canonicalize().ok()?.join(target.file_name()?));
    let canonical = target.canonicalize().ok().or_else(in_folder);
    let mut name = OsString::from(canonical.unwrap_or(target));
    name.push("-server");
    name.into()
}

/// A lock on the database's file. The handle stays open until the process ends: when a process closes any handle of the
/// file, SQLite loses its locks on it.
#[derive(Debug)]
struct FileLock(ManuallyDrop<File>);

/// Another server holds the lock.
#[derive(Debug)]
struct Held;

/// Local file systems, where `flock` locks nothing that SQLite locks: ext4, XFS, Btrfs, tmpfs, overlayfs, ZFS, F2FS,
/// bcachefs. Network file systems turn it into the locks that SQLite uses (flock(2), "NFS details").
const LOCAL_FILE_SYSTEMS: [u32; 8] =
    [0xef53, 0x5846_5342, 0x9123_683e, 0x0102_1994, 0x794c_7630, 0x2fc1_2fc1, 0xf2f5_2010, 0xca45_1a4e];

impl FileLock {
    /// `None`: the file does not exist, or can't be locked.
    fn try_exclusive(path: &Path) -> Result<Option<Self>, Held> {
        let Some(file) = open_lockable(path) else { return Ok(None) };
        match file.try_lock() {
            Ok(()) => Ok(Some(Self(ManuallyDrop::new(file)))),
            Err(TryLockError::WouldBlock) => Err(Held),
            Err(TryLockError::Error(_)) => Ok(None),
        }
    }

    fn is_held(path: &Path) -> bool {
        open_lockable(path).is_some_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

fn open_lockable(path: &Path) -> Option<File> {
    let kind = u32::try_from(rustix::fs::statfs(path).ok()?.f_type).ok()?;
    LOCAL_FILE_SYSTEMS.contains(&kind).then(|| File::open(path).ok())?
}

impl Drop for FileLock {
    fn drop(&mut self) {
        let _released = self.0.unlock();
    }
}
