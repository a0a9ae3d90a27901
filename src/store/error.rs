//! What can be wrong with the database, in the words of whoever has to mend it.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use sea_orm::{DbErr, RuntimeErr, SqlxError};

/// Where the data is. Holds no password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    File(PathBuf),
    /// Host, port and database name.
    Server(String),
}

impl Place {
    /// What is left on the disk of a file; asked when something went wrong, so it may fail itself.
    fn free_bytes(&self) -> Option<u64> {
        let Self::File(path) = self else { return None };
        let disk = rustix::fs::statvfs(path).ok().or_else(|| rustix::fs::statvfs(path.parent()?).ok())?;
        Some(disk.f_bavail.saturating_mul(disk.f_frsize))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Server(server) => f.write_str(server),
        }
    }
}

/// The database did not do what it was asked.
#[derive(Debug, Clone)]
pub struct StoreError {
    place: Arc<Place>,
    trouble: Trouble,
    code: Option<String>,
    /// Free bytes on the disk of a database that is a file, when it went wrong.
    free: Option<u64>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

/// What kind of trouble, so that the mend can be named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Somebody else holds it for too long.
    Locked,
    /// No room left on its disk, or no connection left on its server.
    Full,
    /// Not there, or not answering.
    Gone,
    /// We may not read or write it.
    Forbidden,
    /// A newer Vestibule has been here; this one does not know its schema.
    Newer {
        found: String,
    },
    /// It keeps text otherwise than as UTF-8: no place for everybody's name.
    Encoding {
        found: String,
    },
    /// It holds what no Vestibule wrote.
    Damaged {
        what: &'static str,
    },
    Other,
}

impl StoreError {
    pub(super) fn new(place: &Arc<Place>, why: DbErr) -> Self {
        let (trouble, code) = diagnose(&why);
        Self { code, source: Some(Arc::new(why)), ..Self::of(place, trouble) }
    }

    pub(super) fn io(place: &Arc<Place>, why: std::io::Error) -> Self {
        let trouble = of_io(&why);
        let code = why.raw_os_error().map(|code| format!("os {code}"));
        Self { code, source: Some(Arc::new(why)), ..Self::of(place, trouble) }
    }

    pub(super) fn newer(place: &Arc<Place>, found: String) -> Self {
        Self::of(place, Trouble::Newer { found })
    }

    pub(super) fn encoding(place: &Arc<Place>, found: String) -> Self {
        Self::of(place, Trouble::Encoding { found })
    }

    pub(super) fn damaged(place: &Arc<Place>, what: &'static str) -> Self {
        Self::of(place, Trouble::Damaged { what })
    }

    fn of(place: &Arc<Place>, trouble: Trouble) -> Self {
        Self { place: Arc::clone(place), trouble, code: None, free: place.free_bytes(), source: None }
    }

    #[must_use]
    pub fn place(&self) -> &Place {
        &self.place
    }

    #[must_use]
    pub fn trouble(&self) -> &Trouble {
        &self.trouble
    }

    /// The database's own code: SQLite's extended result code, PostgreSQL's SQLSTATE, or the system's.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the database refused because what was to be written does not go with what is there.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        /// `SQLITE_CONSTRAINT`, whose kinds stand in the higher bits.
        const CONSTRAINT: i32 = 19;
        self.code().is_some_and(|code| match code.parse::<i32>() {
            // SQLSTATE class 23, integrity constraint violation, is five characters.
            _ if code.len() == 5 => code.starts_with("23"),
            Ok(code) => code & 0xff == CONSTRAINT,
            Err(_) => false,
        })
    }

    /// What to do about it, for an admin.
    #[must_use]
    pub fn mend(&self) -> &'static str {
        match self.trouble {
            Trouble::Locked => "find what else holds the database: a backup, a shell, a second server",
            Trouble::Full => "free space on its disk, or raise its connection limit",
            Trouble::Gone => "see that the path or host in [database] url is right, and that it is up",
            Trouble::Forbidden => "let the user that runs Vestibule read and write it; check the password in the url",
            Trouble::Newer { .. } => "start the newer Vestibule again, or restore the backup made before it",
            Trouble::Encoding { .. } => "make another: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0",
            Trouble::Damaged { .. } => "restore a backup, or undo what was changed by hand",
            Trouble::Other => "look at the database's own log",
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database {} ", self.place)?;
        match &self.trouble {
            Trouble::Locked => f.write_str("is locked")?,
            Trouble::Full => f.write_str("is full")?,
            Trouble::Gone => f.write_str("cannot be reached")?,
            Trouble::Forbidden => f.write_str("may not be used by us")?,
            Trouble::Newer { found } => write!(f, "has a newer schema than this binary knows ({found})")?,
            Trouble::Encoding { found } => write!(f, "keeps text as {found}, not as UTF8")?,
            Trouble::Damaged { what } => write!(f, "holds something that is no {what}")?,
            Trouble::Other => f.write_str("failed")?,
        }
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if let Some(free) = self.free {
            write!(f, ", {} MiB free on its disk", free >> 20)?;
        }
        write!(f, "; {}", self.mend())
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|why| -> &(dyn std::error::Error + 'static) { why })
    }
}

fn diagnose(why: &DbErr) -> (Trouble, Option<String>) {
    match why {
        // All connections stayed busy until the wait ran out.
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout) => (Trouble::Locked, None),
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed) => (Trouble::Gone, None),
        DbErr::Conn(RuntimeErr::SqlxError(why))
        | DbErr::Exec(RuntimeErr::SqlxError(why))
        | DbErr::Query(RuntimeErr::SqlxError(why)) => of_sqlx(why),
        DbErr::Type(_) | DbErr::TryIntoErr { .. } => (Trouble::Damaged { what: "value of the type expected" }, None),
        _ => (Trouble::Other, None),
    }
}

pub(super) fn of_sqlx(why: &SqlxError) -> (Trouble, Option<String>) {
    match why {
        SqlxError::Database(why) => {
            let code = why.code().map(std::borrow::Cow::into_owned);
            (code.as_deref().map_or(Trouble::Other, of_code), code)
        }
        SqlxError::Io(why) => (of_io(why), why.raw_os_error().map(|code| format!("os {code}"))),
        SqlxError::PoolTimedOut => (Trouble::Locked, None),
        SqlxError::PoolClosed | SqlxError::WorkerCrashed | SqlxError::Tls(_) | SqlxError::Protocol(_) => {
            (Trouble::Gone, None)
        }
        SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => {
            (Trouble::Damaged { what: "value of the type expected" }, None)
        }
        _ => (Trouble::Other, None),
    }
}

fn of_io(why: &std::io::Error) -> Trouble {
    match why.kind() {
        std::io::ErrorKind::PermissionDenied => Trouble::Forbidden,
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Trouble::Full,
        _ => Trouble::Gone,
    }
}

/// PostgreSQL's SQLSTATE has five characters and stands in Appendix A of its manual; SQLite's is a number whose low
/// byte is the primary result code.
fn of_code(code: &str) -> Trouble {
    if code.len() == 5 {
        return match code {
            "55P03" | "40P01" | "40001" | "57014" => Trouble::Locked,
            "53100" | "53200" | "53300" => Trouble::Full,
            "28000" | "28P01" | "42501" => Trouble::Forbidden,
            "3D000" | "57P01" | "57P02" | "57P03" => Trouble::Gone,
            state if state.starts_with("08") => Trouble::Gone,
            _ => Trouble::Other,
        };
    }
    match code.parse::<u32>().map(|code| code & 0xff) {
        Ok(5 | 6) => Trouble::Locked,
        Ok(13) => Trouble::Full,
        Ok(3 | 8 | 23) => Trouble::Forbidden,
        Ok(10 | 14) => Trouble::Gone,
        Ok(11 | 26) => Trouble::Damaged { what: "SQLite database" },
        Ok(_) | Err(_) => Trouble::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_is_the_trouble_that_an_admin_can_mend() {
        for (code, trouble) in [
            ("5", Trouble::Locked),
            ("261", Trouble::Locked),
            ("517", Trouble::Locked),
            ("13", Trouble::Full),
            ("8", Trouble::Forbidden),
            ("14", Trouble::Gone),
            ("1802", Trouble::Gone),
            ("1", Trouble::Other),
            ("55P03", Trouble::Locked),
            ("53100", Trouble::Full),
            ("53300", Trouble::Full),
            ("28P01", Trouble::Forbidden),
            ("08006", Trouble::Gone),
            ("57P01", Trouble::Gone),
            ("42601", Trouble::Other),
        ] {
            assert_eq!(of_code(code), trouble, "{code}");
        }
    }

    #[test]
    fn trouble_is_told_with_place_code_free_space_and_mend() {
        let folder = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::File(folder.path().join("vestibule.db")));
        let told = StoreError::io(&place, std::io::Error::from_raw_os_error(28)).to_string();
        assert!(told.starts_with(&format!("the database {place} is full, code os 28, ")), "{told}");
        assert!(told.contains(" MiB free on its disk; free space on its disk"), "{told}");
    }
}
