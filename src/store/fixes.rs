//! Tells an admin how to fix each kind of store error.

use std::borrow::Cow;

use super::diagnosis::MAKE_WRITABLE;
use super::error_kind::StoreErrorKind;
use super::location::DatabaseLocation;
use crate::base::certificate::{Fixes, TlsFailure};
use crate::base::open_files;

/// The fix, for an admin.
pub(super) fn fix(kind: &StoreErrorKind, location: &DatabaseLocation) -> Cow<'static, str> {
    Cow::Borrowed(match (kind, location) {
        (StoreErrorKind::Locked, DatabaseLocation::Server(_)) => {
            "look in pg_stat_activity and pg_locks for what locks its tables: a VACUUM FULL, a migration, a shell"
        }
        (StoreErrorKind::Locked, DatabaseLocation::File(_)) => {
            "find the other program that locks the file: a backup, a shell, a second server"
        }
        (StoreErrorKind::Busy, _) => "look in pg_stat_activity for what they wait for",
        (StoreErrorKind::Full, DatabaseLocation::File(_)) => "make room on that disk",
        (StoreErrorKind::Full, DatabaseLocation::Server(_)) => "make room on the server's disk",
        (StoreErrorKind::TooManyConnections, _) => {
            "raise the limit that the message names: the server's max_connections, or CONNECTION LIMIT by ALTER ROLE \
             or ALTER DATABASE. Each instance of Vestibule opens up to 16 connections"
        }
        (StoreErrorKind::ReadOnly, DatabaseLocation::File(_)) => MAKE_WRITABLE,
        (StoreErrorKind::ReadOnly, DatabaseLocation::Server(_)) => {
            "let `url` under [database] name the primary server and not a standby, or reset \
             default_transaction_read_only: in `url` if it sets it, or else of the database, the role or the server"
        }
        (StoreErrorKind::Folder, _) => "name a file in it in `url` under [database]",
        (StoreErrorKind::Unreachable, DatabaseLocation::File(_)) => {
            "check that its folder exists, and that `url` under [database] names the file"
        }
        (StoreErrorKind::Unreachable, DatabaseLocation::Server(_)) => {
            "check that the server runs, and that `url` under [database] names its host and port"
        }
        (StoreErrorKind::NoAnswer, _) => {
            "see whether the server hangs, or whether a pooler in front of it is paused or has no connection left \
             (PgBouncer: SHOW POOLS)"
        }
        (StoreErrorKind::Cancelled, _) => {
            "raise statement_timeout, if the message names it: where `url` under [database] sets it, or else of the \
             role, the database or the server: ALTER ROLE name SET statement_timeout = '30s'"
        }
        (StoreErrorKind::MissingTables, _) => {
            "let `url` under [database] and the search_path of its user name what they named before, or restore a \
             backup if tables are lost. If the database is meant to be empty, restart `vestibule serve`, which sets it \
             up"
        }
        (StoreErrorKind::UnsupportedLogin, _) => "let its pg_hba.conf ask for scram-sha-256 of this user",
        (StoreErrorKind::OtherProtocol, _) => "let `url` under [database] name the host and the port of PostgreSQL",
        (StoreErrorKind::TooManyOpenFiles, _) => open_files::RAISE_LIMIT,
        (StoreErrorKind::Missing, _) => "make it: CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0",
        (StoreErrorKind::PermissionDenied, DatabaseLocation::File(_)) => {
            "let the user that runs Vestibule write the file and the folder that it lies in, and run commands as that \
             user"
        }
        (StoreErrorKind::PermissionDenied, DatabaseLocation::Server(_)) => {
            "as the database's owner: GRANT USAGE, CREATE ON SCHEMA public TO the user in `url`"
        }
        (StoreErrorKind::ConnectDenied, _) => {
            "as the database's owner: GRANT CONNECT ON DATABASE name TO user, with both names from `url`"
        }
        (StoreErrorKind::LoginRefusedUnreadably, _) => {
            "look in the server's log, or set lc_messages = 'C' in postgresql.conf so that this log can show the \
             reason: most likely the user, the password or the database's name in `url` under [database] is wrong, the \
             server is still starting, or it has no connection left"
        }
        (StoreErrorKind::Replaced, _) => "put a backup in its place and restart the server",
        (StoreErrorKind::LoginRefused, _) => {
            "check the user and the password in `url` under [database], and the server's pg_hba.conf"
        }
        (StoreErrorKind::Tls(why), _) => return tls_fix(why.as_deref()),
        (StoreErrorKind::UnsupportedPooler, _) => {
            "let `url` name the server itself, or let the pooler work in session mode (PgBouncer: pool_mode = session)"
        }
        (StoreErrorKind::InvalidAddress, DatabaseLocation::File(_)) => {
            "give each folder of its path, and the file, a name in UTF-8"
        }
        (StoreErrorKind::InvalidAddress, DatabaseLocation::Server(_)) => {
            "write postgres://USER:PASSWORD@HOST/DATABASE, and in user and password %40 for @, %3A for :, %2F for /, \
             %23 for #, %3F for ? and %25 for %"
        }
        (StoreErrorKind::OtherFile { .. }, _) => "restart the server, so that it opens the file that is there now",
        (StoreErrorKind::OtherName, _) => "write in `url` under [database] the name that the server uses",
        (StoreErrorKind::InUse { .. }, _) => "stop that one first, or let several instances use PostgreSQL",
        (StoreErrorKind::NewerSchema { .. }, _) => {
            "start the newer Vestibule again, or restore the backup made before it"
        }
        (StoreErrorKind::Occupied { .. }, DatabaseLocation::File(_)) => "name another file in `url` under [database]",
        (StoreErrorKind::Occupied { .. }, DatabaseLocation::Server(_)) => {
            "name another database in `url` under [database]"
        }
        (StoreErrorKind::Encoding { .. }, _) => "make another: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0",
        (StoreErrorKind::Damaged { .. }, _) => "restore a backup, or undo what was changed by hand",
        (StoreErrorKind::Other, _) => "look at the database's own log",
    })
}

/// The fix for a certificate that is not trusted.
fn tls_fix(why: Option<&TlsFailure>) -> Cow<'static, str> {
    let fixes = Fixes {
        no_tls: "switch TLS on there (ssl = on), or change sslmode in `url` under [database]",
        other_name: "let `url` name a host that the certificate is for, or have it reissued for this one",
        ca: "`url`: sslmode=verify-full&sslrootcert=/path/to/ca.pem",
    };
    why.map_or(Cow::Borrowed(fixes.no_tls), |why| why.fix(fixes).into())
}
