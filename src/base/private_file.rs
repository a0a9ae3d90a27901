//! A new file that holds a secret. Only its owner can read it.

use std::fs::File;
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::secret::Secret;

/// A file that is begun under a temporary name. Without [`Self::finish`], nothing of it stays.
#[derive(Debug)]
pub struct PrivateFile {
    path: PathBuf,
    // Only the owner can read a temporary file.
    temporary: NamedTempFile,
}

impl PrivateFile {
    /// Begins the file `path`, whose secret is not known yet.
    ///
    /// # Errors
    /// When there is a file of this name, or none can be made there.
    pub fn begin(path: &Path) -> io::Result<Self> {
        if path.symlink_metadata().is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        Ok(Self { path: path.to_owned(), temporary: NamedTempFile::new_in(folder_of(path))? })
    }

    /// Writes the secret as one line, and gives the file its name. So no process ever reads a half-written secret, even
    /// if this process is killed. A file that another process has made in the meantime is not replaced.
    ///
    /// # Errors
    /// When the secret can't be written to the disk.
    pub fn finish(mut self, secret: &Secret<String>) -> io::Result<()> {
        writeln!(self.temporary, "{}", secret.expose())?;
        self.temporary.as_file().sync_all()?;
        self.temporary.persist_noclobber(&self.path)?;
        File::open(folder_of(&self.path))?.sync_all()
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
