//! The fix for each trouble with the database, for an admin.

use super::place::Place;
use super::trouble::Trouble;
use crate::base::certificate::Distrust;

/// The fix, for an admin.
pub(super) fn fix(trouble: &Trouble, place: &Place) -> &'static str {
    match (trouble, place) {
        (Trouble::Locked, Place::Server(_)) => {
            "look in pg_stat_activity and pg_locks for what holds its tables: a VACUUM FULL, a migration, a shell"
        }
        (Trouble::Locked, Place::File(_)) => "find what else holds the database: a backup, a shell, a second server",
        (Trouble::Busy, _) => "look in pg_stat_activity for what they wait for",
        (Trouble::Full, Place::File(_)) => "free space on its disk",
        (Trouble::Full, Place::Server(_)) => "free space on the server's disk, or raise its max_connections",
        (Trouble::Gone, Place::File(_)) => {
            "see that its folder is there, and that `url` under [database] names the file"
        }
        (Trouble::Gone, Place::Server(_)) => {
            "see that the server runs, and that `url` under [database] names its host and port"
        }
        (Trouble::Missing, _) => "make it: CREATE DATABASE name OWNER user ENCODING 'UTF8' TEMPLATE template0",
        (Trouble::Forbidden, Place::File(_)) => {
            "let the user that runs Vestibule write the file and the folder that it lies in, and run commands as that \
             user"
        }
        (Trouble::Forbidden, Place::Server(_)) => {
            "as the database's owner: GRANT USAGE, CREATE ON SCHEMA public TO the user in `url`"
        }
        (Trouble::NoConnect, _) => {
            "as the database's owner: GRANT CONNECT ON DATABASE name TO user, with the two names that stand in `url`"
        }
        (Trouble::RefusedUnreadably, _) => {
            "look in the server's log; most likely the user, the password or the database's name in `url` under \
             [database] is wrong; with lc_messages = 'C' in postgresql.conf its words can be read here"
        }
        (Trouble::Replaced, _) => "put a backup in its place and restart the server",
        (Trouble::Refused, _) => {
            "check the user and the password in `url` under [database], and the server's pg_hba.conf"
        }
        (Trouble::Untrusted(why), _) => trusted(why.as_deref()),
        (Trouble::Pooled, _) => {
            "let `url` name the server itself, or let the pooler work in session mode (PgBouncer: pool_mode = session)"
        }
        (Trouble::Address, _) => {
            "write postgres://USER:PASSWORD@HOST/DATABASE, and in user and password %40 for @, %3A for :, %2F for /, \
             %23 for #, %3F for ? and %25 for %"
        }
        (Trouble::Served { .. }, _) => "stop that one first, or let several instances use PostgreSQL",
        (Trouble::Newer { .. }, _) => "start the newer Vestibule again, or restore the backup made before it",
        (Trouble::Encoding { .. }, _) => "make another: CREATE DATABASE name ENCODING 'UTF8' TEMPLATE template0",
        (Trouble::Damaged { .. }, _) => "restore a backup, or undo what was changed by hand",
        (Trouble::Other, _) => "look at the database's own log",
    }
}

/// The fix for a certificate that is not trusted.
fn trusted(why: Option<&Distrust>) -> &'static str {
    match why {
        Some(Distrust::UnknownIssuer | Distrust::OfAuthority) => {
            "name the certificate of the authority that signed it: add sslrootcert=/path/to/ca.pem to `url`, behind \
             sslmode=verify-full"
        }
        Some(Distrust::Name(_)) => {
            "let `url` name a host that the certificate is for, or have it reissued for this one"
        }
        Some(Distrust::Expired) => "have it renewed there",
        Some(Distrust::NotYetValid) => "compare the clocks of both machines",
        Some(Distrust::NoTls) | None => "switch TLS on there (ssl = on), or change sslmode in `url` under [database]",
    }
}
