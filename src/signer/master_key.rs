//! The operator's master key: from the environment, or from a file that only its owner can read.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::base::exposed_file::ExposedFile;
use crate::base::open_files;
use crate::base::private_file::PrivateFile;
use crate::base::secret::{InvalidMasterKey, MasterKey, Secret};
use crate::base::text_file::{self, TextFileError};

/// The environment variable for the master key. It takes precedence over the file.
pub const VARIABLE: &str = "VESTIBULE_MASTER_KEY";

/// Why there is no master key.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error(
        "{VARIABLE} holds no master key: {0}; put back its backup; unset it only if no server ever started on \
         this database: the first start makes a file"
    )]
    Variable(InvalidMasterKey),
    #[error("{} holds no master key: {why}; put back the backup of that file, if there is one", path.display())]
    File { path: PathBuf, why: InvalidMasterKey },
    #[error(transparent)]
    Exposed(ExposedFile),
    #[error("{} {why}; {}", path.display(), fix_for_unreadable(why))]
    Unreadable { path: PathBuf, why: TextFileError },
    #[error("{} cannot be made: {source}; {}", path.display(), fix_for_not_made(source))]
    NotCreated { path: PathBuf, source: std::io::Error },
}

/// What to do about a file that can't be read.
fn fix_for_unreadable(why: &TextFileError) -> &'static str {
    match why {
        TextFileError::Special | TextFileError::TooLarge => "use a file that holds only the master key",
        TextFileError::Denied => "let the user that runs Vestibule own it",
        TextFileError::Folder | TextFileError::UnusablePath(_) => "let `master_key_file` under [server] name a file",
        TextFileError::Missing | TextFileError::Io(_) => "check that its disk is mounted and works",
        TextFileError::Utf16 | TextFileError::Encoding { .. } | TextFileError::Binary { .. } => {
            "it holds no master key: put back the backup of that file"
        }
    }
}

/// What to do about a file that can't be made.
fn fix_for_not_made(why: &std::io::Error) -> &'static str {
    if open_files::is_at_limit(why) {
        return open_files::RAISE_LIMIT;
    }
    match why.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => "make its folder, or let `master_key_file` name another",
        ErrorKind::ReadOnlyFilesystem => {
            "mount it writable, or let the systemd unit name the folder: StateDirectory= or ReadWritePaths="
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "make room on that disk",
        _ => "let the user that runs Vestibule write to its folder",
    }
}

/// Reads the master key as [`load`] does, but makes none. `None`: the file does not exist yet.
///
/// # Errors
/// When the variable or the file can't be used.
pub fn find(variable: Option<&Secret<String>>, path: &Path) -> Result<Option<MasterKey>, MasterKeyError> {
    if let Some(text) = variable {
        return MasterKey::read(text.expose()).map(Some).map_err(MasterKeyError::Variable);
    }
    if path.try_exists().map_err(|why| MasterKeyError::Unreadable { path: path.to_owned(), why: why.into() })? {
        return read(path).map(Some);
    }
    Ok(None)
}

/// Reads the master key from the variable, or else from the file. Makes the file if there is none.
///
/// # Errors
/// When the variable or the file can't be used, or the file can't be made.
pub fn load(variable: Option<&Secret<String>>, path: &Path) -> Result<MasterKey, MasterKeyError> {
    if let Some(found) = find(variable, path)? {
        return Ok(found);
    }
    match make(path) {
        // Another process made the file first: use its key.
        Err(why) if why.kind() == ErrorKind::AlreadyExists => read(path),
        made => made.map_err(|source| MasterKeyError::NotCreated { path: path.to_owned(), source }),
    }
}

fn read(path: &Path) -> Result<MasterKey, MasterKeyError> {
    let failed = |why: TextFileError| MasterKeyError::Unreadable { path: path.to_owned(), why };
    let metadata = std::fs::metadata(path).map_err(|why| failed(why.into()))?;
    if metadata.is_dir() {
        return Err(failed(TextFileError::Folder));
    }
    if let Some(exposed) = ExposedFile::check(path, &metadata) {
        return Err(MasterKeyError::Exposed(exposed));
    }
    let text = Secret::new(text_file::read_bytes(path).and_then(text_file::decode).map_err(failed)?);
    MasterKey::read(text.expose()).map_err(|why| MasterKeyError::File { path: path.to_owned(), why })
}

/// The key is on the disk before anything is sealed under it.
fn make(path: &Path) -> std::io::Result<MasterKey> {
    let file = PrivateFile::begin(path)?;
    let key = MasterKey::fresh();
    file.finish(&key.write())?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    fn same(one: &MasterKey, other: &MasterKey) -> bool {
        one.write().expose() == other.write().expose()
    }

    #[test]
    fn a_missing_file_is_made_for_its_owner_only_and_read_the_next_time() {
        let folder = folder();
        let path = folder.path().join("vestibule.key");
        let made = load(None, &path).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(same(&made, &load(None, &path).unwrap()));
    }

    #[test]
    fn servers_that_start_at_the_same_time_have_the_same_key() {
        let folder = folder();
        for round in 0..50 {
            let path = folder.path().join(format!("{round}.key"));
            let keys = std::thread::scope(|scope| {
                let starts = [(); 8].map(|()| scope.spawn(|| load(None, &path).unwrap()));
                starts.map(|start| start.join().unwrap())
            });
            assert!(keys.iter().all(|key| same(key, &keys[0])));
        }
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 50, "no temporary file is left");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_fix() {
        let folder = folder();
        let path = folder.path().join("vestibule.key");
        load(None, &path).unwrap();
        for mode in [0o644, 0o604, 0o660] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = load(None, &path).unwrap_err().to_string();
            assert!(refused.contains("chmod 600") && refused.contains(path.to_str().unwrap()), "{refused}");
        }
    }

    #[test]
    fn the_variable_takes_precedence_over_the_file() {
        let folder = folder();
        let path = folder.path().join("vestibule.key");
        let key = MasterKey::fresh();
        assert!(same(&key, &load(Some(&key.write()), &path).unwrap()));
        assert!(!path.exists());
        assert!(load(Some(&Secret::new("short".into())), &path).is_err());
    }

    #[test]
    fn each_unusable_key_file_has_its_own_error() {
        let folder = folder();
        let path = folder.path().join("none/vestibule.key");
        assert!(matches!(load(None, &path), Err(MasterKeyError::NotCreated { .. })));
        let path = folder.path().join("vestibule.key");
        load(None, &path).unwrap();
        std::fs::write(&path, "not a key").unwrap();
        assert!(matches!(load(None, &path), Err(MasterKeyError::File { .. })));
        std::fs::write(&path, b"\x00\x9f\x92").unwrap();
        let why = load(None, &path).unwrap_err().to_string();
        assert!(why.ends_with("a NUL byte; it holds no master key: put back the backup of that file"), "{why}");
        let why = load(None, folder.path()).unwrap_err().to_string();
        assert!(why.ends_with("is a folder, not a file; let `master_key_file` under [server] name a file"), "{why}");
    }

    #[test]
    fn a_file_of_another_user_is_reported_as_permission_denied() {
        let denied = std::io::Error::from(ErrorKind::PermissionDenied);
        let why = MasterKeyError::Unreadable { path: "a.key".into(), why: denied.into() }.to_string();
        assert_eq!(
            why,
            "a.key cannot be read by this user: permission denied; let the user that runs Vestibule own it"
        );
    }
}
