//! The local groups of accounts.

use std::collections::BTreeMap;

use super::sql::Row;
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Group};

impl Transaction {
    /// Adds an account to a group. `false`: it was in the group before.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_to_group(&mut self, id: &AccountId, group: &Group) -> Result<bool, StoreError> {
        let statement = "INSERT INTO account_group (account_id, name) VALUES ($1, $2) ON CONFLICT DO NOTHING";
        let joined = self.sql.run(statement, [id.as_str().into(), group.as_str().into()]).await? == 1;
        if joined {
            self.lock_account(id).await?;
        }
        Ok(joined)
    }

    /// Removes an account from a group. `false`: it was not in the group.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_from_group(&mut self, id: &AccountId, group: &Group) -> Result<bool, StoreError> {
        let statement = "DELETE FROM account_group WHERE account_id = $1 AND name = $2";
        let left = self.sql.run(statement, [id.as_str().into(), group.as_str().into()]).await? == 1;
        if left {
            self.lock_account(id).await?;
        }
        Ok(left)
    }
}

impl Store {
    /// All groups that have accounts, each with the number of its accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn groups(&self) -> Result<BTreeMap<Group, u64>, StoreError> {
        let rows = self.reader.all("SELECT name, COUNT(*) FROM account_group GROUP BY name", []).await?;
        let group = |row: &Row| {
            let accounts: i64 = row.get(1)?;
            Ok((Group::from(row.get::<String>(0)?), u64::try_from(accounts).unwrap_or_default()))
        };
        rows.iter().map(group).collect()
    }
}
