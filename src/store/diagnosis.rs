//! Maps the errors of SQLite, PostgreSQL and the system to kinds of trouble.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::Access;
use rustix::io::Errno;
use sea_orm::{DbErr, RuntimeErr, SqlxError};

use super::trouble::Trouble;
use crate::base::certificate::Distrust;
use crate::base::invisible::is_unseen;

/// The meaning of a database's error.
#[derive(Debug, Default)]
pub(super) struct Diagnosis {
    pub trouble: Option<Trouble>,
    pub reason: Option<String>,
    pub code: Option<String>,
}

impl Diagnosis {
    fn of(trouble: Trouble) -> Self {
        Self { trouble: Some(trouble), ..Self::default() }
    }
}

/// `host`: where the server is, as the config names it.
pub(super) fn diagnose(why: &DbErr, host: &str) -> Diagnosis {
    match why {
        // All connections stayed busy until the timeout.
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::Timeout) => Diagnosis::of(Trouble::Locked),
        DbErr::ConnectionAcquire(sea_orm::ConnAcquireErr::ConnectionClosed) => Diagnosis::of(Trouble::Gone),
        DbErr::Conn(RuntimeErr::SqlxError(why)) => match of_sqlx(why, host) {
            // The server refuses the connection itself, before there is a schema to have rights in.
            Diagnosis { code: Some(code), reason, .. } if code == "42501" => {
                Diagnosis { code: Some(code), reason, ..Diagnosis::of(Trouble::NoConnect) }
            }
            other => other,
        },
        DbErr::Exec(RuntimeErr::SqlxError(why)) | DbErr::Query(RuntimeErr::SqlxError(why)) => of_sqlx(why, host),
        DbErr::Type(_) | DbErr::TryIntoErr { .. } => {
            Diagnosis::of(Trouble::Damaged { what: "value of the type expected" })
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
            let trouble = match code.as_deref() {
                // PgBouncer's answer to a startup parameter that it does not know.
                Some("08P01") if why.message().contains("startup parameter") => Trouble::Pooled,
                Some(code) => of_code(code),
                None => Trouble::Other,
            };
            Diagnosis { trouble: Some(trouble), reason, code }
        }
        SqlxError::Io(why) if is_of_tls(why) => of_tls(why, host),
        SqlxError::Io(why) => Diagnosis { reason: Some(in_one_line(why)), ..Diagnosis::of(of_io(why)) },
        SqlxError::Tls(why) => of_tls(why.as_ref(), host),
        SqlxError::PoolTimedOut => Diagnosis::of(Trouble::Locked),
        // The error's text may hold a part of the address.
        SqlxError::Configuration(_) => Diagnosis::of(Trouble::Address),
        // Before a connection is agreed on, a server writes in the encoding of its own language. sqlx drops the code
        // then.
        SqlxError::Protocol(why) if why.contains("non-UTF-8 string for its error message") => {
            Diagnosis::of(Trouble::RefusedUnreadably)
        }
        SqlxError::PoolClosed | SqlxError::WorkerCrashed | SqlxError::Protocol(_) => Diagnosis::of(Trouble::Gone),
        SqlxError::ColumnDecode { .. } | SqlxError::Decode(_) => {
            Diagnosis::of(Trouble::Damaged { what: "value of the type expected" })
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
    let distrust = Distrust::behind(why, host);
    let reason = Some(distrust.as_ref().map_or_else(|| in_one_line(&why), ToString::to_string));
    Diagnosis { reason, ..Diagnosis::of(Trouble::Untrusted(distrust.map(Box::new))) }
}

/// Fit for one line of the log.
pub(super) fn in_one_line(why: &impl ToString) -> String {
    why.to_string().chars().filter(|c| !is_unseen(*c)).take(300).collect()
}

/// Why this process may not read or write a file or its folder. `None`: it may.
pub(super) fn not_ours(path: &Path) -> Option<String> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let beside = |end: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        PathBuf::from(name)
    };
    let all = [folder.to_owned(), path.to_owned(), beside("-wal"), beside("-shm")];
    all.iter().find_map(|one| not_writable(one))
}

/// Why this process may not read or write an existing file or folder. `None`: it may.
#[must_use]
pub fn not_writable(one: &Path) -> Option<String> {
    let asked = rustix::fs::access(one, Access::READ_OK | Access::WRITE_OK).err()?;
    if asked == Errno::ROFS {
        return Some(format!("{} lies on a read-only file system", one.display()));
    }
    if !matches!(asked, Errno::ACCESS | Errno::PERM) {
        return None;
    }
    let us = rustix::process::geteuid().as_raw();
    Some(match std::fs::metadata(one) {
        Ok(meta) => {
            let (owner, mode) = (meta.uid(), meta.mode() & 0o7777);
            format!("{} belongs to uid {owner} and has mode {mode:04o}; this process runs as uid {us}", one.display())
        }
        Err(_) => format!("this process runs as uid {us}, which may not look at {}", one.display()),
    })
}

pub(super) fn of_io(why: &std::io::Error) -> Trouble {
    match why.kind() {
        std::io::ErrorKind::PermissionDenied | std::io::ErrorKind::ReadOnlyFilesystem => Trouble::Forbidden,
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
            "28000" | "28P01" => Trouble::Refused,
            // 3F000: no schema of the search path is there, or may be used.
            "42501" | "25006" | "3F000" => Trouble::Forbidden,
            "3D000" => Trouble::Missing,
            "57P01" | "57P02" | "57P03" => Trouble::Gone,
            // A prepared statement exists already, or is gone: the pooler gave us another connection.
            "42P05" | "26000" => Trouble::Pooled,
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
    fn each_code_is_the_trouble_that_an_admin_can_fix() {
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
            ("28P01", Trouble::Refused),
            ("42501", Trouble::Forbidden),
            ("3D000", Trouble::Missing),
            ("42P05", Trouble::Pooled),
            ("26000", Trouble::Pooled),
            ("08006", Trouble::Gone),
            ("57P01", Trouble::Gone),
            ("42601", Trouble::Other),
        ] {
            assert_eq!(of_code(code), trouble, "{code}");
        }
    }
}
