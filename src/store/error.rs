//! The error of the store: which database failed, why, and how an admin can fix it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr, SqlxError};

use super::diagnosis::{Diagnosis, WriteProblem, access_problem, diagnose, in_one_line, of_io};
use super::error_kind::StoreErrorKind;
use super::fixes::fix;
use super::location::DatabaseLocation;
use crate::base::open_files;

/// A failure of the database.
#[derive(Debug, Clone)]
pub struct StoreError {
    location: Arc<DatabaseLocation>,
    kind: StoreErrorKind,
    /// The message of the database or the system. It holds no password.
    reason: Option<String>,
    code: Option<String>,
    /// Free bytes on the disk of a file, at the time of the failure.
    free: Option<u64>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    pub(super) fn new(location: &Arc<DatabaseLocation>, why: DbErr) -> Self {
        let Diagnosis { kind, reason, code } = diagnose(&why, location.host());
        let kind = kind.unwrap_or(StoreErrorKind::Other);
        let kind = match (&kind, location.as_ref()) {
            (StoreErrorKind::Locked, DatabaseLocation::Server(_)) if matches!(why, DbErr::ConnectionAcquire(_)) => {
                StoreErrorKind::Busy
            }
            // SQLite reports only that it can't open or write the file. Find the reason.
            (StoreErrorKind::Unreachable | StoreErrorKind::PermissionDenied, DatabaseLocation::File(path)) => {
                let (kind, reason) = match (access_problem(path), location.lack_of_space()) {
                    (None, _) if path.is_dir() => (StoreErrorKind::Folder, None),
                    (None, _) if path.to_str().is_none() => (StoreErrorKind::InvalidAddress, reason),
                    (None, _) if open_files::are_almost_at_limit() => (StoreErrorKind::TooManyOpenFiles, reason),
                    (Some(problem), _) => (problem.kind(), Some(problem.to_string())),
                    (None, Some(lack)) => (StoreErrorKind::Full, Some(lack.to_owned())),
                    (None, None) => (kind, reason),
                };
                return Self { code, reason, source: Some(Arc::new(why)), ..Self::of(location, kind) };
            }
            _ => kind,
        };
        Self { code, reason, source: Some(Arc::new(why)), ..Self::of(location, kind) }
    }

    /// A connection at the start failed.
    pub(super) fn unopened(location: &Arc<DatabaseLocation>, why: SqlxError) -> Self {
        let why = match why {
            // The server did not answer in time. At the start, no other caller holds a connection.
            SqlxError::PoolTimedOut => SqlxError::Io(std::io::ErrorKind::TimedOut.into()),
            why => why,
        };
        Self::new(location, DbErr::Conn(RuntimeErr::SqlxError(Arc::new(why))))
    }

    pub(super) fn io(location: &Arc<DatabaseLocation>, why: std::io::Error) -> Self {
        let kind = of_io(&why);
        let access_problem = match location.as_ref() {
            DatabaseLocation::File(path) if kind == StoreErrorKind::PermissionDenied => access_problem(path),
            DatabaseLocation::File(_) | DatabaseLocation::Server(_) => None,
        };
        let (kind, reason) = match access_problem {
            Some(problem) => (problem.kind(), problem.to_string()),
            None => (kind, in_one_line(&why)),
        };
        Self { reason: Some(reason), source: Some(Arc::new(why)), ..Self::of(location, kind) }
    }

    pub(super) fn forbidden(location: &Arc<DatabaseLocation>, reason: String) -> Self {
        Self { reason: Some(reason), ..Self::of(location, StoreErrorKind::PermissionDenied) }
    }

    pub(super) fn unwritable(location: &Arc<DatabaseLocation>, problem: &WriteProblem) -> Self {
        Self { reason: Some(problem.to_string()), ..Self::of(location, problem.kind()) }
    }

    /// Every statement that writes would fail: the server's transactions are read-only.
    pub(super) fn read_only(location: &Arc<DatabaseLocation>) -> Self {
        Self::of(location, StoreErrorKind::ReadOnly)
    }

    /// A pooler gives the same process of the server to several connections.
    pub(super) fn shared_processes(location: &Arc<DatabaseLocation>) -> Self {
        let reason = "it gives one server process to several connections".to_owned();
        Self { reason: Some(reason), ..Self::of(location, StoreErrorKind::UnsupportedPooler) }
    }

    pub(super) fn no_answer(location: &Arc<DatabaseLocation>, within: Duration) -> Self {
        let reason = format!("it accepted our login, and then answered no query within {} s", within.as_secs());
        Self { reason: Some(reason), ..Self::of(location, StoreErrorKind::NoAnswer) }
    }

    /// Its path is a link to a file that does not exist and can't be made.
    pub(super) fn dangling(location: &Arc<DatabaseLocation>, target: &Path) -> Self {
        let reason = format!("it is a link to {}, and the folder of that file does not exist", target.display());
        Self { reason: Some(reason), ..Self::of(location, StoreErrorKind::Unreachable) }
    }

    pub(super) fn without_user(location: &Arc<DatabaseLocation>) -> Self {
        Self { reason: Some("it names no user".to_owned()), ..Self::of(location, StoreErrorKind::InvalidAddress) }
    }

    pub(super) fn served(location: &Arc<DatabaseLocation>, by: Option<u32>) -> Self {
        Self::of(location, StoreErrorKind::InUse { by })
    }

    pub(super) fn other_file(location: &Arc<DatabaseLocation>, by: Option<u32>) -> Self {
        Self::of(location, StoreErrorKind::OtherFile { by })
    }

    pub(super) fn other_name(location: &Arc<DatabaseLocation>) -> Self {
        Self::of(location, StoreErrorKind::OtherName)
    }

    pub(super) fn newer(location: &Arc<DatabaseLocation>, found: String) -> Self {
        Self::of(location, StoreErrorKind::NewerSchema { found })
    }

    pub(super) fn occupied(location: &Arc<DatabaseLocation>, names: String) -> Self {
        Self::of(location, StoreErrorKind::Occupied { names })
    }

    pub(super) fn encoding(location: &Arc<DatabaseLocation>, found: String) -> Self {
        Self::of(location, StoreErrorKind::Encoding { found })
    }

    pub(super) fn replaced(location: &Arc<DatabaseLocation>) -> Self {
        Self::of(location, StoreErrorKind::Replaced)
    }

    pub(super) fn damaged(location: &Arc<DatabaseLocation>, what: &'static str) -> Self {
        Self::of(location, StoreErrorKind::Damaged { what })
    }

    fn of(location: &Arc<DatabaseLocation>, kind: StoreErrorKind) -> Self {
        let free = match kind {
            // Free space may be the cause.
            StoreErrorKind::Full | StoreErrorKind::Locked | StoreErrorKind::Damaged { .. } | StoreErrorKind::Other => {
                location.free_bytes()
            }
            _ => None,
        };
        Self { location: Arc::clone(location), kind, reason: None, code: None, free, source: None }
    }

    #[must_use]
    pub fn location(&self) -> &DatabaseLocation {
        &self.location
    }

    #[must_use]
    pub fn kind(&self) -> &StoreErrorKind {
        &self.kind
    }

    /// The database's own code: SQLite's extended result code, PostgreSQL's SQLSTATE, or the system's.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// Whether the database refused a row because it violates a constraint.
    #[must_use]
    pub fn is_conflict(&self) -> bool {
        /// `SQLITE_CONSTRAINT`. Its extended codes differ in the higher bits.
        const CONSTRAINT: i32 = 19;
        self.code().is_some_and(|code| match code.parse::<i32>() {
            // A SQLSTATE has five characters. Class 23: integrity constraint violation.
            _ if code.len() == 5 => code.starts_with("23"),
            Ok(code) => code & 0xff == CONSTRAINT,
            Err(_) => false,
        })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database {} {}", self.location, self.kind)?;
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if let Some(free) = self.free {
            write!(f, ", {} MiB free on its disk", free >> 20)?;
        }
        write!(f, "; {}", fix(&self.kind, &self.location))
    }
}

impl std::error::Error for StoreError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|why| -> &(dyn std::error::Error + 'static) { why })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_database_the_reason_the_free_space_and_the_fix() {
        let folder = tempfile::tempdir().unwrap();
        let location = Arc::new(DatabaseLocation::File(folder.path().join("vestibule.db")));
        let message = StoreError::io(&location, std::io::Error::from_raw_os_error(28)).to_string();
        let begins = format!("the database {location} is full: No space left on device (os error 28), ");
        assert!(message.starts_with(&begins), "{message}");
        assert!(message.ends_with(" MiB free on its disk; make room on that disk"), "{message}");
    }

    #[test]
    fn each_reason_why_a_certificate_is_not_trusted_has_its_own_message_and_fix() {
        let location = Arc::new(DatabaseLocation::Server("db.example.org:5432/vestibule".into()));
        let message = |why| {
            let tls = sea_orm::SqlxError::Io(std::io::Error::other(rustls::Error::InvalidCertificate(why)));
            StoreError::new(&location, DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(tls)))).to_string()
        };
        assert_eq!(
            message(rustls::CertificateError::UnknownIssuer),
            "the database db.example.org:5432/vestibule can't be reached over TLS: its certificate is signed by an \
             authority we don't trust; name that authority's certificate in `url`: \
             sslmode=verify-full&sslrootcert=/path/to/ca.pem"
        );
        let expected = rustls::pki_types::ServerName::try_from("db.example.org").unwrap();
        let presented = vec!["DnsName(\"localhost\")".to_owned()];
        let named = message(rustls::CertificateError::NotValidForNameContext { expected, presented });
        assert!(
            named.contains("is for another name: for localhost, not for db.example.org; let `url` name"),
            "{named}"
        );
        assert!(message(rustls::CertificateError::Expired).contains("has expired; have it renewed there"));
        let own = rustls::CertificateError::Other(rustls::OtherError(Arc::new(std::io::Error::other(
            "invalid peer certificate: CaUsedAsEndEntity",
        ))));
        assert!(message(own).ends_with(
            "not a server's; have that authority sign one for the server, and name the authority's certificate in \
                 `url`: sslmode=verify-full&sslrootcert=/path/to/ca.pem"
        ));
        let expected = rustls::pki_types::ServerName::try_from("db.example.org").unwrap();
        let unnamed = message(rustls::CertificateError::NotValidForNameContext { expected, presented: Vec::new() });
        assert!(unnamed.ends_with("; have it reissued with subjectAltName = DNS:db.example.org"), "{unnamed}");
    }

    #[test]
    fn a_limit_may_be_set_by_the_address_itself() {
        let location = Arc::new(DatabaseLocation::Server("db.example.org:5432/vestibule".into()));
        for kind in [StoreErrorKind::Cancelled, StoreErrorKind::ReadOnly] {
            let message = StoreError::of(&location, kind).to_string();
            let (by_url, by_role) =
                (message.rfind("`url`").unwrap(), message.find("of the role").or(message.find("the role")));
            assert!(by_role.is_some_and(|at| by_url < at), "{message}");
        }
    }

    // Only a new, empty database gets its tables by a restart.
    #[test]
    fn the_fix_for_missing_tables_names_the_search_path_and_the_backup_before_a_restart() {
        let location = Arc::new(DatabaseLocation::Server("db.example.org:5432/vestibule".into()));
        assert_eq!(
            StoreError::of(&location, StoreErrorKind::MissingTables).to_string(),
            "the database db.example.org:5432/vestibule lacks tables or columns of ours; let `url` under [database] \
             and the search_path of its user name what they named before, or restore a backup if tables are lost. If \
             the database is meant to be empty, restart `vestibule serve`, which sets it up"
        );
    }

    #[test]
    fn a_limit_of_open_files_may_be_that_of_the_machine() {
        let location = Arc::new(DatabaseLocation::File("/var/lib/vestibule/vestibule.db".into()));
        for (code, reason) in [(23, "Too many open files in system"), (24, "Too many open files")] {
            assert_eq!(
                StoreError::io(&location, std::io::Error::from_raw_os_error(code)).to_string(),
                format!(
                    "the database /var/lib/vestibule/vestibule.db can't be opened, since too many files are open: \
                     {reason} (os error {code}); raise the limit of open files: of this process (LimitNOFILE, ulimit \
                     -n), or of the whole system (fs.file-max)"
                )
            );
        }
    }

    #[test]
    fn a_read_only_file_system_is_neither_a_missing_file_nor_a_missing_right() {
        let folder = tempfile::tempdir().unwrap();
        let location = Arc::new(DatabaseLocation::File(folder.path().join("vestibule.db")));
        let why = StoreError::io(&location, std::io::Error::from_raw_os_error(30));
        assert_eq!(why.kind(), &StoreErrorKind::ReadOnly);
        let why = why.to_string();
        assert!(why.contains("is read-only: Read-only file system (os error 30); mount it writable, or "), "{why}");
    }
}
