//! The kinds of store errors.

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
    /// The server cancelled a statement: it took too long for a limit of the server's, or an admin cancelled it.
    Cancelled,
    /// Tables or columns are gone since we opened it.
    MissingTables,
    /// What answers there is not PostgreSQL.
    OtherProtocol,
    /// This process has as many open files as the system allows it.
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
