//! Changes many rows of the login throttle without a deadlock.
//!
//! On PostgreSQL, a statement locks each row that it changes until its transaction ends. The statement that counts a
//! failure locks several rows, in the order of their keys. A statement that locks them in another order could deadlock
//! with it, and PostgreSQL then ends one of the two. SQLite has one writer at a time and no locks of rows.

use sea_orm::{ConnectionTrait, DbBackend};

/// A statement whose text differs between the two databases.
pub(super) struct StatementPair {
    pub sqlite: &'static str,
    pub postgres: &'static str,
}

impl StatementPair {
    pub fn for_database(&self, connection: &impl ConnectionTrait) -> &'static str {
        if connection.get_database_backend() == DbBackend::Postgres { self.postgres } else { self.sqlite }
    }
}

/// The statement `$change`, limited to the rows of `login_throttle` that meet `$condition`. Locks them in the order of
/// their keys. After it has waited for a lock, it checks the condition again.
macro_rules! in_key_order {
    ($change:literal, $condition:literal, $limit:literal) => {
        $crate::store::row_locks::StatementPair {
            sqlite: concat!($change, " WHERE key IN (SELECT key FROM login_throttle WHERE ", $condition, $limit, ")"),
            postgres: concat!(
                $change,
                " WHERE ",
                $condition,
                " AND key IN (SELECT key FROM login_throttle WHERE key IN (SELECT key FROM login_throttle WHERE ",
                $condition,
                $limit,
                ") ORDER BY key FOR UPDATE)"
            ),
        }
    };
}

pub(super) use in_key_order;
