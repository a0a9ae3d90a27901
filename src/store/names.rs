//! Usernames that are taken: by the same name, or by one that looks the same.

use sea_orm::ConnectionTrait;

use super::sql::Sql;
use super::{Store, StoreError, Transaction};
use crate::base::username::Username;

impl Transaction {
    /// The name of the account because of which no other can have this name: it is the same, or it looks the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn holder(&mut self, name: &Username) -> Result<Option<Username>, StoreError> {
        holder(&self.sql, name).await
    }

    /// Gives accounts of an older schema their skeletons. Where two look alike already, the older account has the skeleton,
    /// and both keep their names.
    pub(super) async fn note_skeletons(&mut self) -> Result<(), StoreError> {
        let without = "SELECT id, username FROM account WHERE skeleton IS NULL ORDER BY created_at, id";
        for row in self.sql.all(without, []).await? {
            let (id, username): (String, Username) = (row.get(0)?, row.parsed(1)?);
            let statement = "UPDATE account SET skeleton = $2 WHERE id = $1 AND NOT EXISTS \
                             (SELECT 1 FROM account WHERE skeleton = $2)";
            self.sql.run(statement, [id.into(), username.skeleton().into()]).await?;
        }
        Ok(())
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

/// The account of that very name before one that only looks like it.
const HOLDER: &str = "SELECT username FROM account WHERE folded = $1 OR skeleton = $2 \
                      ORDER BY CASE WHEN folded = $1 THEN 0 ELSE 1 END LIMIT 1";
