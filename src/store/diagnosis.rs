//! Maps the errors of SQLite, PostgreSQL and the system to a [`StoreErrorKind`].

use std::fmt;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use rustix::io::Errno;
use sea_orm::{DbErr, RuntimeErr, SqlxError};

use super::error_kind::StoreErrorKind;
use crate::base::certificate::TlsFailure;
use crate::base::invisible::is_invisible;
use crate::base::open_files;

/// The meaning of a database's error.
#[derive(Debug, Default)]
pub(super) struct Diagnosis {
    pub kind: Option<StoreErrorKind>,
    pub reason: Option<String>,
    pub code: Option<String>,
}

impl Diagnosis {
    fn of(kind: StoreErrorKind) -> Self {
        Self { kind: Some(kind), ..Self::default() }
    }
}

/// `host`: where the server is, as the config names it.
pub(super) fn diagnose(why: &DbErr, host: &str) -> Diagnosis {
    match why {
        // All connections stayed busy until the timeout.
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout) => Diagnosis::of(StoreErrorKind::Locked),
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed) => {
            Diagnosis::of(StoreErrorKind::Unreachable)
        }
        DbErr::Conn(RuntimeErr::SqlxError(why)) => match of_sqlx(why, host) {
            // While connecting, this code is about the connection and not about a table.
            Diagnosis { code: Some(code), reason, .. } if code == "42501" => {
                Diagnosis { code: Some(code), reason, ..Diagnosis::of(StoreErrorKind::ConnectDenied) }
            }
            other => other,
        },
        DbErr::Exec(RuntimeErr::SqlxError(why)) | DbErr::Query(RuntimeErr::SqlxError(why)) => of_sqlx(why, host),
        DbErr::Type(_) | DbErr::TryIntoErr { .. } => {
            Diagnosis::of(StoreErrorKind::Damaged { what: "value of the expected type" })
        }
        _ => Diagnosis::default(),
    }
}

fn of_sqlx(why: &SqlxError, host: &str) -> Diagnosis {
    match why {
        SqlxError::Database(why) => {
            let code = why.code().map(std::borrow::Cow::into_owned);
            // The message without its detail, which may hold values.
            let reason = Some(in_one_line(&why.message()));
            let kind = match code.as_deref() {
                // PgBouncer's answer to a startup parameter that it does not know.
                Some("08P01") if why.message().contains("startup parameter") => StoreErrorKind::UnsupportedPooler,
                Some(code) => of_code(code),
                None => StoreErrorKind::Other,
            };
            Diagnosis { kind: Some(kind), reason, code }
        }
        SqlxError::Io(why) if is_of_tls(why) => of_tls(why, host),
        SqlxError::Io(why) => Diagnosis { reason: Some(in_one_line(why)), ..Diagnosis::of(of_io(why)) },
        SqlxError::Tls(why) => of_tls(why.as_ref(), host),
        SqlxError::PoolTimedOut => Diagnosis::of(StoreErrorKind::Locked),
        // The error's text may hold a part of the address.
        SqlxError::Configuration(_) => Diagnosis::of(StoreErrorKind::InvalidAddress),
        // Before a connection is set up, a server may write its messages in another encoding. sqlx then drops the code,
        // too.
        SqlxError::Protocol(why) if why.contains("non-UTF-8 string for its error message") => {
            Diagnosis::of(StoreErrorKind::LoginRefusedUnreadably)
        }
        SqlxError::Protocol(why) => {
            // sqlx has no own error for such a method.
            let of_login = ["unknown authentication method", "unsupported SASL authentication"];
            let kind = if of_login.iter().any(|begin| why.contains(begin)) {
                StoreErrorKind::UnsupportedLogin
            } else {
                StoreErrorKind::OtherProtocol
            };
            Diagnosis { reason: Some(in_one_line(why)), ..Diagnosis::of(kind) }
        }
        SqlxError::PoolClosed | SqlxError::WorkerCrashed => Diagnosis::of(StoreErrorKind::Unreachable),
        SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => {
            Diagnosis::of(StoreErrorKind::Damaged { what: "value of the expected type" })
        }
        _ => Diagnosis::default(),
    }
}

/// sqlx wraps the TLS library's error in an I/O error.
fn is_of_tls(why: &std::io::Error) -> bool {
    let Some(inner) = why.get_ref() else { return false };
    inner.is::<rustls::Error>()
}

fn of_tls(why: &(dyn std::error::Error + 'static), host: &str) -> Diagnosis {
    let failure = TlsFailure::find_in(why, host);
    let reason = Some(failure.as_ref().map_or_else(|| in_one_line(&why), ToString::to_string));
    Diagnosis { reason, ..Diagnosis::of(StoreErrorKind::Tls(failure.map(Box::new))) }
}

/// The text of an error without invisible characters, cut to one line of the log.
pub(super) fn in_one_line(why: &impl ToString) -> String {
    why.to_string().chars().filter(|c| !is_invisible(*c)).take(300).collect()
}

/// Why this process can't write a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WriteProblem {
    /// Rights don't help there.
    ReadOnlyFileSystem(PathBuf),
    /// This process lacks the rights. The text names the owner and the mode.
    Denied(String),
}

/// The fix for a read-only file system.
pub(super) const MAKE_WRITABLE: &str = "mount it writable, or let the systemd unit name the folder: StateDirectory= or \
                                        ReadWritePaths=";

impl WriteProblem {
    pub(super) fn kind(&self) -> StoreErrorKind {
        match self {
            Self::ReadOnlyFileSystem(_) => StoreErrorKind::ReadOnly,
            Self::Denied(_) => StoreErrorKind::PermissionDenied,
        }
    }

    /// What to do about it.
    #[must_use]
    pub fn fix(&self) -> &'static str {
        match self {
            Self::ReadOnlyFileSystem(_) => MAKE_WRITABLE,
            Self::Denied(_) => "let the user that runs Vestibule write there",
        }
    }
}

impl fmt::Display for WriteProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadOnlyFileSystem(path) => write!(f, "{} lies on a read-only file system", path.display()),
            Self::Denied(why) => f.write_str(why),
        }
    }
}

/// Why this process may not read or write a file or its folder. `None`: it may.
pub(super) fn access_problem(path: &Path) -> Option<WriteProblem> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let all = [folder.to_owned(), path.to_owned(), beside("-wal"), beside("-shm")];
    all.iter().find_map(|path| write_problem(path))
}

/// Why this process may not read or write an existing file or folder. `None`: it may.
#[must_use]
pub fn write_problem(path: &Path) -> Option<WriteProblem> {
    let refused = rustix::fs::access(path, Access::READ_OK | Access::WRITE_OK).err()?;
    if refused == Errno::ROFS {
        return Some(WriteProblem::ReadOnlyFileSystem(path.to_owned()));
    }
    if !matches!(refused, Errno::ACCESS | Errno::PERM) {
        return None;
    }
    let us = rustix::process::geteuid().as_raw();
    Some(WriteProblem::Denied(match std::fs::metadata(path) {
        Ok(meta) => {
            let (owner, mode) = (meta.uid(), meta.mode() & 0o7777);
            format!("{} belongs to uid {owner} and has mode {mode:04o}; this process runs as uid {us}", path.display())
        }
        Err(_) => format!("this process runs as uid {us}, which may not access {}", path.display()),
    }))
}

pub(super) fn of_io(why: &std::io::Error) -> StoreErrorKind {
    match why.kind() {
        _ if open_files::is_at_limit(why) => StoreErrorKind::TooManyOpenFiles,
        std::io::ErrorKind::PermissionDenied => StoreErrorKind::PermissionDenied,
        std::io::ErrorKind::ReadOnlyFilesystem => StoreErrorKind::ReadOnly,
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => StoreErrorKind::Full,
        _ => StoreErrorKind::Unreachable,
    }
}

/// `SQLITE_IOERR_SHMSIZE`: the side file with the index of the log can't grow.
const NO_ROOM_FOR_INDEX: u32 = 4874;

/// The kind of a database's error code. PostgreSQL's SQLSTATE has five characters (Appendix A of its manual). SQLite's
/// extended result code is a number, and its low byte is the primary result code.
fn of_code(code: &str) -> StoreErrorKind {
    if code.len() == 5 {
        return match code {
            "55P03" | "40P01" | "40001" => StoreErrorKind::Locked,
            "57014" => StoreErrorKind::Cancelled,
            // No such table, or no such column: they are lost, another database took the place of ours, or
            // `search_path` changed.
            "42P01" | "42703" => StoreErrorKind::MissingTables,
            "53100" => StoreErrorKind::Full,
            "53300" => StoreErrorKind::TooManyConnections,
            "28000" | "28P01" => StoreErrorKind::LoginRefused,
            // 3F000: no schema of the search path exists, or this user may use none of them.
            "42501" | "3F000" => StoreErrorKind::PermissionDenied,
            // A standby, or `default_transaction_read_only`.
            "25006" => StoreErrorKind::ReadOnly,
            "3D000" => StoreErrorKind::Missing,
            "57P01" | "57P02" | "57P03" => StoreErrorKind::Unreachable,
            // A prepared statement exists already, or is gone: the pooler gave us another connection.
            "42P05" | "26000" => StoreErrorKind::UnsupportedPooler,
            state if state.starts_with("08") => StoreErrorKind::Unreachable,
            _ => StoreErrorKind::Other,
        };
    }
    let code = code.parse::<u32>();
    if code == Ok(NO_ROOM_FOR_INDEX) {
        return StoreErrorKind::Full;
    }
    match code.map(|code| code & 0xff) {
        Ok(5 | 6) => StoreErrorKind::Locked,
        Ok(13) => StoreErrorKind::Full,
        Ok(3 | 8 | 23) => StoreErrorKind::PermissionDenied,
        Ok(10 | 14) => StoreErrorKind::Unreachable,
        Ok(11 | 26) => StoreErrorKind::Damaged { what: "SQLite database" },
        Ok(_) | Err(_) => StoreErrorKind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_maps_to_the_kind_with_the_right_fix() {
        for (code, kind) in [
            ("5", StoreErrorKind::Locked),
            ("261", StoreErrorKind::Locked),
            ("517", StoreErrorKind::Locked),
            ("13", StoreErrorKind::Full),
            ("4874", StoreErrorKind::Full),
            ("8", StoreErrorKind::PermissionDenied),
            ("14", StoreErrorKind::Unreachable),
            ("1802", StoreErrorKind::Unreachable),
            ("1", StoreErrorKind::Other),
            ("55P03", StoreErrorKind::Locked),
            ("57014", StoreErrorKind::Cancelled),
            ("42P01", StoreErrorKind::MissingTables),
            ("42703", StoreErrorKind::MissingTables),
            ("53100", StoreErrorKind::Full),
            ("53200", StoreErrorKind::Other),
            ("53300", StoreErrorKind::TooManyConnections),
            ("25006", StoreErrorKind::ReadOnly),
            ("28P01", StoreErrorKind::LoginRefused),
            ("42501", StoreErrorKind::PermissionDenied),
            ("3D000", StoreErrorKind::Missing),
            ("42P05", StoreErrorKind::UnsupportedPooler),
            ("26000", StoreErrorKind::UnsupportedPooler),
            ("08006", StoreErrorKind::Unreachable),
            ("57P01", StoreErrorKind::Unreachable),
            ("42601", StoreErrorKind::Other),
        ] {
            assert_eq!(of_code(code), kind, "{code}");
        }
    }
}
