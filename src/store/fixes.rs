//! Tells an admin how to fix each kind of store error.

use super::error_kind::StoreErrorKind;
use super::location::DatabaseLocation;
use crate::base::certificate::TlsFailure;

/// The fix, for an admin.
pub(super) fn fix(kind: &StoreErrorKind, location: &DatabaseLocation) -> &'static str {
    match (kind, location) {
        (StoreErrorKind::Locked, DatabaseLocation::Server(_)) => {
            "look in pg_stat_activity and pg_locks for what locks its tables: a VACUUM FULL, a migration, a shell"
        }
        (StoreErrorKind::Locked, DatabaseLocation::File(_)) => {
            "find the other program that locks the file: a backup, a shell, a second server"
        }
        (StoreErrorKind::Busy, _) => "look in pg_stat_activity for what they wait for",
        (StoreErrorKind::Full, DatabaseLocation::File(_)) => "free space on its disk",
        (StoreErrorKind::Full, DatabaseLocation::Server(_)) => {
            "free space on the server's disk, or raise its max_connections"
        }
        (StoreErrorKind::Unreachable, DatabaseLocation::File(_)) => {
            "check that its folder exists, and that `url` under [database] names the file"
        }
        (StoreErrorKind::Unreachable, DatabaseLocation::Server(_)) => {
            "check that the server runs, and that `url` under [database] names its host and port"
        }
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
        (StoreErrorKind::Tls(why), _) => tls_fix(why.as_deref()),
        (StoreErrorKind::UnsupportedPooler, _) => {
            "let `url` name the server itself, or let the pooler work in session mode (PgBouncer: pool_mode = session)"
        }
        (StoreErrorKind::InvalidAddress, _) => {
            "write postgres://USER:PASSWORD@HOST/DATABASE, and in user and password %40 for @, %3A for :, %2F for /, \
             %23 for #, %3F for ? and %25 for %"
        }
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
    }
}

/// The fix for a certificate that is not trusted.
fn tls_fix(why: Option<&TlsFailure>) -> &'static str {
    match why {
        Some(TlsFailure::UnknownIssuer | TlsFailure::CaCertificate) => {
            "name the certificate of the authority that signed it: add sslrootcert=/path/to/ca.pem to `url`, after \
             sslmode=verify-full"
        }
        Some(TlsFailure::Name(_)) => {
            "let `url` name a host that the certificate is for, or have it reissued for this one"
        }
        Some(TlsFailure::Expired) => "have it renewed there",
        Some(TlsFailure::NotYetValid) => "compare the clocks of both machines",
        Some(TlsFailure::NoTls) | None => "switch TLS on there (ssl = on), or change sslmode in `url` under [database]",
    }
}
