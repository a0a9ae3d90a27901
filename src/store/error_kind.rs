//! The kinds of store errors.

use std::fmt;

use crate::base::certificate::TlsFailure;

/// What is wrong with the database. Each kind has its own fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Another process holds the lock for too long.
    Locked,
    /// All our connections to the server are in use for too long.
    Busy,
    /// No room left on its disk.
    Full,
    /// The server accepts no more connections: of anybody, or of our user, or to this database.
    TooManyConnections,
    /// The server or the file system accepts no writes, whatever the rights.
    ReadOnly,
    /// The path names a folder.
    Folder,
    /// The file or the server does not exist, or does not answer.
    Unreachable,
    /// The server, or a pooler in front of it, accepts a login and answers no query.
    NoAnswer,
    /// The server cancelled a statement: it took too long for a limit of the server's, or an admin cancelled it.
    Cancelled,
    /// Tables or columns are gone since we opened it.
    MissingTables,
    /// The server asks for a login method that the driver does not have, such as GSSAPI.
    UnsupportedLogin,
    /// What answers there is not PostgreSQL.
    OtherProtocol,
    /// This process, or the whole system, has as many open files as allowed.
    TooManyOpenFiles,
    /// The server has no database of that name.
    Missing,
    /// This process may not read or write it.
    PermissionDenied,
    /// The server refuses the user, the password, or the connection.
    LoginRefused,
    /// The server refuses the login with a message that is not UTF-8, so the reason is not known.
    LoginRefusedUnreadably,
    /// The server accepts the user, but does not let the user connect to this database.
    ConnectDenied,
    /// Its file was deleted or replaced while we have it open.
    Replaced,
    /// The server's certificate is not trusted, or TLS fails for another reason (`None`).
    Tls(Option<Box<TlsFailure>>),
    /// A pooler in front of the server does not support what we need.
    UnsupportedPooler,
    /// The address in the config is unusable.
    InvalidAddress,
    /// Another Vestibule server uses this file. `by`: its process id.
    InUse {
        by: Option<u32>,
    },
    /// The running server has another file open than the one at this path. `by`: its process id.
    OtherFile {
        by: Option<u32>,
    },
    /// The running server has this file open under another name.
    OtherName,
    /// A newer Vestibule changed the schema, and this one does not know it. `found`: the first unknown migration.
    NewerSchema {
        found: String,
    },
    /// The database holds tables of another program. `names`: those that have names of ours.
    Occupied {
        names: String,
    },
    /// The database's encoding is not UTF-8, so not every name fits.
    Encoding {
        found: String,
    },
    /// The database holds something that Vestibule never writes. `what`: what it should be.
    Damaged {
        what: &'static str,
    },
    Other,
}

/// What the database is or does, in words that follow its name.
impl fmt::Display for StoreErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked => f.write_str("is locked"),
            Self::Busy => f.write_str("is busy: all our connections to it were in use for too long"),
            Self::Full => f.write_str("is full"),
            Self::TooManyConnections => f.write_str("accepts no more connections"),
            Self::ReadOnly => f.write_str("is read-only"),
            Self::Folder => f.write_str("is a folder, not a file"),
            Self::Unreachable => f.write_str("cannot be reached"),
            Self::NoAnswer => f.write_str("does not answer"),
            Self::Cancelled => f.write_str("cancelled a statement"),
            Self::MissingTables => f.write_str("lacks tables or columns of ours"),
            Self::UnsupportedLogin => f.write_str("asks for a login method that we do not speak"),
            Self::OtherProtocol => f.write_str("does not answer as PostgreSQL does"),
            Self::TooManyOpenFiles => f.write_str("can't be opened, since too many files are open"),
            Self::Missing => f.write_str("does not exist"),
            Self::PermissionDenied | Self::ConnectDenied => f.write_str("can't be used by this process"),
            Self::LoginRefused => f.write_str("refuses our login"),
            Self::LoginRefusedUnreadably => {
                f.write_str("refuses our login, and gives the reason in an encoding that is not UTF-8")
            }
            Self::Replaced => f.write_str(
                "was deleted or replaced while this server has it open: what it writes now is lost when it stops",
            ),
            Self::Tls(_) => f.write_str("can't be reached over TLS"),
            Self::UnsupportedPooler => f.write_str("is behind a pooler that lacks a feature we need"),
            Self::InvalidAddress => f.write_str("has an address that can't be used"),
            Self::InUse { by: Some(by) } => write!(f, "is in use: another server (process {by}) serves it"),
            Self::InUse { by: None } => f.write_str("is in use: another server serves it"),
            Self::OtherFile { by } => {
                let process = by.map_or_else(String::new, |by| format!(" (process {by})"));
                write!(
                    f,
                    "was deleted or replaced while a server runs on it: the running server{process} has the former \
                     file open, so the two would work on different data"
                )
            }
            Self::OtherName => f.write_str(
                "is in use by a server under another name: the file has several names (hard links), and SQLite would \
                 keep a journal for each, which damages it",
            ),
            Self::NewerSchema { found } => write!(f, "has a newer schema than this binary knows ({found})"),
            Self::Occupied { names } => write!(f, "holds tables of another program ({names})"),
            Self::Encoding { found } => write!(f, "stores text as {found}, not as UTF8"),
            Self::Damaged { what } => write!(f, "holds something that is not a valid {what}"),
            Self::Other => f.write_str("failed"),
        }
    }
}
