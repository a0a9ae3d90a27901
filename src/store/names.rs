//! Finds the account that has the same username, or one that looks the same.

use sea_orm::{ConnectionTrait, Value};

use super::sql::Sql;
use super::{Store, StoreError, Transaction};
use crate::base::lookalike::MAX_LOOKALIKES;
use crate::base::username::Username;

/// Selects the accounts that [`values`] describes. An account with the same name comes before one that only looks the
/// same. The argument is a further condition.
macro_rules! holder_query {
    ($($condition:literal)?) => {
        concat!(
            "SELECT username FROM account \
             WHERE (username_folded = $1 OR username_skeleton IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, \
             $13))",
            $($condition,)?
            " ORDER BY CASE WHEN username_folded = $1 THEN 0 ELSE 1 END LIMIT 1"
        )
    };
}
pub(super) use holder_query;

/// The parameters of [`holder_query!`].
pub(super) fn values(name: &Username) -> Vec<Value> {
    let mut lookalikes = name.lookalikes();
    // The statement always has the same number of parameters.
    lookalikes.resize(MAX_LOOKALIKES, name.skeleton());
    [name.folded()].into_iter().chain(lookalikes).map(Value::from).collect()
}

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
    let row = sql.one(holder_query!(), values(name)).await?;
    row.map(|row| row.parsed(0)).transpose()
}
