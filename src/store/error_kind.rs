//! What can be wrong with the database.

use crate::base::certificate::TlsFailure;

/// The kinds of trouble. Each has its own fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// Another process holds the lock for too long.
    Locked,
    /// All our connections to the server are in use for too long.
    Busy,
    /// No room left on its disk, or no connection left on its server.
    Full,
    /// Not there, or not answering.
    Unreachable,
    /// The server answers, and has no database of that name.
    Missing,
    /// This process may not read or write it.
    PermissionDenied,
    /// The server refuses the user, the password, or the connection.
    LoginRefused,
    /// The server refuses us in words that are not UTF-8, so the reason is not known.
    LoginRefusedUnreadably,
    /// The server knows the user, who may not connect to this database.
    ConnectDenied,
    /// Its file was deleted or replaced while we have it open.
    Replaced,
    /// The server's certificate is not trusted, or TLS fails for a reason that has no name here.
    Tls(Option<Box<TlsFailure>>),
    /// A pooler in front of the server does not support what we need.
    UnsupportedPooler,
    /// The address in the config is unusable.
    InvalidAddress,
    /// Another Vestibule server works with this file.
    InUse {
        by: Option<u32>,
    },
    /// A newer Vestibule changed the schema, and this one does not know it.
    NewerSchema {
        found: String,
    },
    /// The database's encoding is not UTF-8, so not every name fits.
    Encoding {
        found: String,
    },
    /// The database holds something that Vestibule never writes.
    Damaged {
        what: &'static str,
    },
    Other,
}
