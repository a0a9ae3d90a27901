//! The roles of identity admins, and the sessions in which they use them.

use time::OffsetDateTime;
use tower_sessions::session::Id;

use super::row_locks::StatementPair;
use super::sessions::hash;
use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::AccountId;
use crate::base::role::Role;
use crate::base::username::Username;

/// An account with a role that the database holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHolder {
    pub account: AccountId,
    pub username: Username,
    pub role: Role,
    pub given_by: String,
    pub given_at: OffsetDateTime,
    pub is_disabled: bool,
}

const ROLE: &str = "SELECT role FROM role WHERE account_id = $1";

impl Store {
    /// The role that the database gives an account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_of(&self, account: &AccountId) -> Result<Option<Role>, StoreError> {
        role(self.reader.one(ROLE, [account.as_str().into()]).await?)
    }

    /// All accounts with a role that the database holds, by their names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_holders(&self) -> Result<Vec<RoleHolder>, StoreError> {
        let statement = "SELECT r.account_id, a.username, r.role, r.given_by, r.given_at, a.disabled_at \
                         FROM role r JOIN account a ON a.id = r.account_id ORDER BY a.username_folded";
        let holder = |row: &Row| {
            Ok(RoleHolder {
                account: AccountId::stored(row.get(0)?),
                username: row.parsed(1)?,
                role: row.parsed(2)?,
                given_by: row.get(3)?,
                given_at: row.time(4)?,
                is_disabled: row.time_if_any(5)?.is_some(),
            })
        };
        self.reader.all(statement, []).await?.iter().map(holder).collect()
    }

    /// When a session last used the admin pages. `None`: never, or it has ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn admin_used_at(&self, session: Id) -> Result<Option<OffsetDateTime>, StoreError> {
        let row = self.reader.one(ADMIN_USED_AT, [hash(&session).into()]).await?;
        Ok(row.map(|row| row.time_if_any(0)).transpose()?.flatten())
    }

    /// Records that a session uses the admin pages now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn touch_admin_session(&self, session: Id, now: OffsetDateTime) -> Result<(), StoreError> {
        let statement = "UPDATE session SET admin_used_at = $2 WHERE id_hash = $1";
        self.writer.run(statement, [hash(&session).into(), micros(now).into()]).await.map(drop)
    }

    /// Whether this is an invitation to become an admin that nobody has used yet.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_admin_invitation(&self, secret_hash: &[u8], now: OffsetDateTime) -> Result<bool, StoreError> {
        let statement = "SELECT 1 FROM admin_invitation WHERE secret_hash = $1 AND expires_at > $2";
        Ok(self.reader.one(statement, [secret_hash.into(), micros(now).into()]).await?.is_some())
    }

    /// Removes the invitations that have expired.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_admin_invitations(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        self.writer.run("DELETE FROM admin_invitation WHERE expires_at <= $1", [micros(now).into()]).await
    }
}

const LOCK_ADMINS: StatementPair = StatementPair {
    sqlite: "SELECT account_id FROM role WHERE role = 'admin'",
    postgres: "SELECT account_id FROM role WHERE role = 'admin' ORDER BY account_id FOR UPDATE",
};
const ADMIN_USED_AT: &str = "SELECT admin_used_at FROM session WHERE id_hash = $1";

fn role(row: Option<Row>) -> Result<Option<Role>, StoreError> {
    row.map(|row| row.parsed(0)).transpose()
}

impl Transaction {
    /// As [`Store::role_of`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role_of(&mut self, account: &AccountId) -> Result<Option<Role>, StoreError> {
        role(self.sql.one(ROLE, [account.as_str().into()]).await?)
    }

    /// As [`Store::admin_used_at`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn admin_used_at(&mut self, session: Id) -> Result<Option<OffsetDateTime>, StoreError> {
        let row = self.sql.one(ADMIN_USED_AT, [hash(&session).into()]).await?;
        Ok(row.map(|row| row.time_if_any(0)).transpose()?.flatten())
    }

    /// The enabled accounts to which the database gives the role admin. On PostgreSQL, two transactions that call this
    /// wait for each other, so the second one counts what the first one left.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_admins(&mut self) -> Result<Vec<AccountId>, StoreError> {
        self.sql.all(LOCK_ADMINS.for_database(&self.sql.connection), []).await?;
        // A second statement sees what the transaction before has changed in both tables.
        let statement = "SELECT r.account_id FROM role r JOIN account a ON a.id = r.account_id \
                         WHERE r.role = 'admin' AND a.disabled_at IS NULL";
        self.sql.all(statement, []).await?.iter().map(|row| row.get(0).map(AccountId::stored)).collect()
    }

    /// Gives an account this role, and replaces the one that it has.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_role(&mut self, account: &AccountId, role: Role, by: &str) -> Result<(), StoreError> {
        self.lock_account(account).await?;
        let statement = "INSERT INTO role (account_id, role, given_by, given_at) VALUES ($1, $2, $3, $4) \
                         ON CONFLICT (account_id) DO UPDATE \
                         SET role = excluded.role, given_by = excluded.given_by, given_at = excluded.given_at";
        let values = [account.as_str().into(), role.as_str().into(), by.into(), micros(self.now).into()];
        self.sql.run(statement, values).await.map(drop)
    }

    /// Takes the role of an account away. Returns whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_role(&mut self, account: &AccountId) -> Result<bool, StoreError> {
        self.lock_account(account).await?;
        Ok(self.sql.run("DELETE FROM role WHERE account_id = $1", [account.as_str().into()]).await? == 1)
    }

    /// Keeps an invitation to become an admin.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_admin_invitation(
        &mut self,
        secret_hash: &[u8],
        by: &str,
        expires_at: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let statement =
            "INSERT INTO admin_invitation (secret_hash, made_by, made_at, expires_at) VALUES ($1, $2, $3, $4)";
        let values = [secret_hash.into(), by.into(), micros(self.now).into(), micros(expires_at).into()];
        self.sql.run(statement, values).await.map(drop)
    }

    /// Uses an invitation up. `None`: it was used, has expired, or was never made. Otherwise: who made it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn use_admin_invitation(&mut self, secret_hash: &[u8]) -> Result<Option<String>, StoreError> {
        let statement = "DELETE FROM admin_invitation WHERE secret_hash = $1 AND expires_at > $2 RETURNING made_by";
        let row = self.sql.one(statement, [secret_hash.into(), micros(self.now).into()]).await?;
        row.map(|row| row.get(0)).transpose()
    }
}
