//! A failure of the database, in words for the admin who fixes it.

use std::fmt;
use std::sync::Arc;

use sea_orm::DbErr;

use super::diagnosis::{Diagnosis, diagnose, in_one_line, not_ours, of_io};
use super::fixes::fix;
use super::place::Place;
use super::trouble::Trouble;

/// A failure of the database.
#[derive(Debug, Clone)]
pub struct StoreError {
    place: Arc<Place>,
    trouble: Trouble,
    /// The message of the database or the system. It holds no password.
    reason: Option<String>,
    code: Option<String>,
    /// Free bytes on the disk of a file, at the time of the failure.
    free: Option<u64>,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl StoreError {
    pub(super) fn new(place: &Arc<Place>, why: DbErr) -> Self {
        let Diagnosis { trouble, reason, code } = diagnose(&why, place.host());
        let trouble = trouble.unwrap_or(Trouble::Other);
        let trouble = match (&trouble, place.as_ref()) {
            (Trouble::Locked, Place::Server(_)) if matches!(why, DbErr::ConnectionAcquire(_)) => Trouble::Busy,
            // SQLite only says that it can't open or write a file.
            (Trouble::Gone | Trouble::Forbidden, Place::File(path)) => match not_ours(path) {
                None if path.is_dir() => {
                    let reason = Some("it is a folder, and no file".to_owned());
                    return Self { code, reason, source: Some(Arc::new(why)), ..Self::of(place, Trouble::Gone) };
                }
                Some(reason) => {
                    let reason = Some(reason);
                    return Self { code, reason, source: Some(Arc::new(why)), ..Self::of(place, Trouble::Forbidden) };
                }
                None => trouble,
            },
            _ => trouble,
        };
        Self { code, reason, source: Some(Arc::new(why)), ..Self::of(place, trouble) }
    }

    pub(super) fn io(place: &Arc<Place>, why: std::io::Error) -> Self {
        let trouble = of_io(&why);
        let not_ours = match place.as_ref() {
            Place::File(path) if trouble == Trouble::Forbidden => not_ours(path),
            Place::File(_) | Place::Server(_) => None,
        };
        let reason = Some(not_ours.unwrap_or_else(|| in_one_line(&why)));
        Self { reason, source: Some(Arc::new(why)), ..Self::of(place, trouble) }
    }

    pub(super) fn forbidden(place: &Arc<Place>, reason: String) -> Self {
        Self { reason: Some(reason), ..Self::of(place, Trouble::Forbidden) }
    }

    pub(super) fn served(place: &Arc<Place>, by: Option<u32>) -> Self {
        Self::of(place, Trouble::Served { by })
    }

    pub(super) fn newer(place: &Arc<Place>, found: String) -> Self {
        Self::of(place, Trouble::Newer { found })
    }

    pub(super) fn encoding(place: &Arc<Place>, found: String) -> Self {
        Self::of(place, Trouble::Encoding { found })
    }

    pub(super) fn replaced(place: &Arc<Place>) -> Self {
        Self::of(place, Trouble::Replaced)
    }

    pub(super) fn damaged(place: &Arc<Place>, what: &'static str) -> Self {
        Self::of(place, Trouble::Damaged { what })
    }

    fn of(place: &Arc<Place>, trouble: Trouble) -> Self {
        let free = match trouble {
            // Then it matters.
            Trouble::Full | Trouble::Locked | Trouble::Damaged { .. } | Trouble::Other => place.free_bytes(),
            _ => None,
        };
        Self { place: Arc::clone(place), trouble, reason: None, code: None, free, source: None }
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

    /// Whether the database refused a row because it conflicts with what is there.
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
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the database {} ", self.place)?;
        match &self.trouble {
            Trouble::Locked => f.write_str("is locked")?,
            Trouble::Busy => f.write_str("is busy: all our connections to it were in use for too long")?,
            Trouble::Full => f.write_str("is full")?,
            Trouble::Gone => f.write_str("cannot be reached")?,
            Trouble::Missing => f.write_str("does not exist")?,
            Trouble::Forbidden | Trouble::NoConnect => f.write_str("may not be used by us")?,
            Trouble::Refused => f.write_str("does not let us in")?,
            Trouble::RefusedUnreadably => {
                f.write_str("does not let us in, and says why in an encoding that is not UTF-8")?;
            }
            Trouble::Replaced => f.write_str(
                "was deleted or replaced while this server has it open: what is written now is lost at the end",
            )?,
            Trouble::Untrusted(_) => f.write_str("can't be reached over TLS")?,
            Trouble::Pooled => f.write_str("stands behind a pooler that can't do what we need")?,
            Trouble::Address => f.write_str("has an address that can't be used")?,
            Trouble::Served { by: Some(by) } => write!(f, "is in use: another server (process {by}) serves it")?,
            Trouble::Served { by: None } => f.write_str("is in use: another server serves it")?,
            Trouble::Newer { found } => write!(f, "has a newer schema than this binary knows ({found})")?,
            Trouble::Encoding { found } => write!(f, "keeps text as {found}, not as UTF8")?,
            Trouble::Damaged { what } => write!(f, "holds something that is no {what}")?,
            Trouble::Other => f.write_str("failed")?,
        }
        if let Some(reason) = &self.reason {
            write!(f, ": {reason}")?;
        }
        if let Some(code) = &self.code {
            write!(f, ", code {code}")?;
        }
        if let Some(free) = self.free {
            write!(f, ", {} MiB free on its disk", free >> 20)?;
        }
        write!(f, "; {}", fix(&self.trouble, &self.place))
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
    fn trouble_is_told_with_place_code_free_space_and_fix() {
        let folder = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::File(folder.path().join("vestibule.db")));
        let told = StoreError::io(&place, std::io::Error::from_raw_os_error(28)).to_string();
        let begins = format!("the database {place} is full: No space left on device (os error 28), ");
        assert!(told.starts_with(&begins), "{told}");
        assert!(told.ends_with(" MiB free on its disk; free space on its disk"), "{told}");
    }

    #[test]
    fn a_certificate_that_is_not_trusted_is_told_in_our_words_with_its_own_fix() {
        let place = Arc::new(Place::Server("db.example.org:5432/vestibule".into()));
        let told = |why| {
            let tls = sea_orm::SqlxError::Io(std::io::Error::other(rustls::Error::InvalidCertificate(why)));
            StoreError::new(&place, DbErr::Conn(sea_orm::RuntimeErr::SqlxError(Arc::new(tls)))).to_string()
        };
        assert_eq!(
            told(rustls::CertificateError::UnknownIssuer),
            "the database db.example.org:5432/vestibule can't be reached over TLS: its certificate is signed by an \
             authority we don't trust; name the certificate of the authority that signed it: add \
             sslrootcert=/path/to/ca.pem to `url`, behind sslmode=verify-full"
        );
        let expected = rustls::pki_types::ServerName::try_from("db.example.org").unwrap();
        let presented = vec!["DnsName(\"localhost\")".to_owned()];
        let named = told(rustls::CertificateError::NotValidForNameContext { expected, presented });
        assert!(
            named.contains("is for another name: for localhost, not for db.example.org; let `url` name"),
            "{named}"
        );
        assert!(told(rustls::CertificateError::Expired).ends_with("has expired; have it renewed there"));
    }

    #[test]
    fn a_read_only_file_system_is_no_file_that_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let place = Arc::new(Place::File(folder.path().join("vestibule.db")));
        let why = StoreError::io(&place, std::io::Error::from_raw_os_error(30));
        assert_eq!(why.trouble(), &Trouble::Forbidden);
        assert!(why.to_string().contains("may not be used by us: Read-only file system"), "{why}");
    }
}
