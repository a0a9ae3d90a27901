//! Finds the account that has the same username, or one that looks the same.

use sea_orm::ConnectionTrait;

use super::sql::Sql;
use super::{Store, StoreError, Transaction};
use crate::base::username::Username;

impl Transaction {
    /// The username of the account that blocks this name, because it is the same name or looks the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holder(&mut self, name: &Username) -> Result<Option<Username>, StoreError> {
        holder(&self.sql, name).await
    }
}

impl Store {
    /// As [`Transaction::holder`].
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holder(&self, name: &Username) -> Result<Option<Username>, StoreError> {
        holder(&self.reader, name).await
    }
}

async fn holder(sql: &Sql<impl ConnectionTrait>, name: &Username) -> Result<Option<Username>, StoreError> {
    let row = sql.one(HOLDER, [name.folded().into(), name.skeleton().into()]).await?;
    row.map(|row| row.parsed(0)).transpose()
}

/// An account with the same name comes before one that only looks the same.
const HOLDER: &str = "SELECT username FROM account WHERE username_folded = $1 OR username_skeleton = $2 \
                      ORDER BY CASE WHEN username_folded = $1 THEN 0 ELSE 1 END LIMIT 1";
