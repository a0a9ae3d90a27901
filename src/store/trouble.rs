//! What can be wrong with the database.

use crate::base::certificate::Distrust;

/// The kinds of trouble. Each has its own fix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Another process holds the lock for too long.
    Locked,
    /// All our connections to the server are in use for too long.
    Busy,
    /// No room left on its disk, or no connection left on its server.
    Full,
    /// Not there, or not answering.
    Gone,
    /// The server answers, and has no database of that name.
    Missing,
    /// This process may not read or write it.
    Forbidden,
    /// The server refuses the user, the password, or the connection.
    Refused,
    /// The server refuses us in words that are not UTF-8, so the reason is not known.
    RefusedUnreadably,
    /// The server knows the user, who may not connect to this database.
    NoConnect,
    /// Its file was deleted or replaced while we have it open.
    Replaced,
    /// The server's certificate is not trusted, or TLS fails for a reason that has no name here.
    Untrusted(Option<Box<Distrust>>),
    /// A pooler in front of the server does not support what we need.
    Pooled,
    /// The address in the config is unusable.
    Address,
    /// Another Vestibule server works with this file.
    Served {
        by: Option<u32>,
    },
    /// A newer Vestibule changed the schema, and this one does not know it.
    Newer {
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
