//! The search terms of accounts that an older version made.

use std::collections::BTreeMap;

use sea_orm::{ConnectionTrait as _, DbBackend};

use super::{json, search_terms};
use crate::base::ids::AccountId;
use crate::base::username::Username;
use crate::signin::remembered_profile::LastProfile;
use crate::store::row_locks::StatementPair;
use crate::store::{Store, StoreError};

/// At how many accounts one transaction looks, so that other writers don't wait long.
const BATCH: i64 = 200;

/// On PostgreSQL, accounts that another transaction is changing are left out and found later: so this one waits for
/// nobody, whatever the order in which others lock.
const SQLITE: &str = "SELECT id FROM account WHERE has_search_terms = 0 AND id > $1 ORDER BY id LIMIT $2";
const POSTGRES: &str = "SELECT id FROM account WHERE has_search_terms = 0 AND id > $1 ORDER BY id LIMIT $2 \
                        FOR NO KEY UPDATE SKIP LOCKED";

/// The parameter of both is a JSON array of ids.
const SOURCES: StatementPair = StatementPair {
    sqlite: "SELECT a.id, a.username, i.profile FROM account a LEFT JOIN identity i ON i.account_id = a.id \
             WHERE a.id IN (SELECT value FROM json_each($1))",
    postgres: "SELECT a.id, a.username, i.profile FROM account a LEFT JOIN identity i ON i.account_id = a.id \
               WHERE a.id IN (SELECT json_array_elements_text(CAST(CAST($1 AS TEXT) AS json)))",
};
const DONE: StatementPair = StatementPair {
    sqlite: "UPDATE account SET has_search_terms = 1 WHERE id IN (SELECT value FROM json_each($1))",
    postgres: "UPDATE account SET has_search_terms = 1 \
               WHERE id IN (SELECT json_array_elements_text(CAST(CAST($1 AS TEXT) AS json)))",
};

impl Store {
    /// Writes the terms of some accounts that have none yet, in the order of their ids, beginning after `after`.
    /// Returns the last of them. `None`: none of the accounts after that one lacks terms.
    ///
    /// Each call is a transaction, so an interruption loses only the last one.
    ///
    /// # Errors
    /// When the database fails. Then nothing is written.
    pub async fn write_missing_search_terms(&self, after: &str) -> Result<Option<AccountId>, StoreError> {
        let mut transaction = self.begin().await?;
        let statement = match transaction.sql.connection.get_database_backend() {
            DbBackend::Postgres => POSTGRES,
            _ => SQLITE,
        };
        let mut ids: Vec<String> = Vec::new();
        for row in transaction.sql.all(statement, [after.into(), BATCH.into()]).await? {
            ids.push(row.get(0)?);
        }
        let Some(last) = ids.last() else { return Ok(None) };
        let json = json(&ids);
        let statement = SOURCES.for_database(&transaction.sql.connection);
        let mut accounts: BTreeMap<AccountId, (Username, Vec<LastProfile>)> = BTreeMap::new();
        for row in transaction.sql.all(statement, [json.clone().into()]).await? {
            let (_, profiles) = match accounts.entry(AccountId::stored(row.get(0)?)) {
                std::collections::btree_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::btree_map::Entry::Vacant(new) => new.insert((row.parsed(1)?, Vec::new())),
            };
            let profile = row.get::<Option<String>>(2)?;
            profiles.extend(profile.and_then(|json| serde_json::from_str::<LastProfile>(&json).ok()));
        }
        let terms = accounts.iter().flat_map(|(id, (username, profiles))| {
            search_terms(username, profiles).into_iter().map(move |term| (term, id))
        });
        let terms: Vec<(String, &AccountId)> = terms.collect();
        transaction.insert_search_terms(terms.iter().map(|(term, id)| (term.as_str(), *id))).await?;
        let statement = DONE.for_database(&transaction.sql.connection);
        transaction.sql.run(statement, [json.into()]).await?;
        transaction.commit().await?;
        Ok(Some(AccountId::stored(last.clone())))
    }

    /// Whether each account has its search terms.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_all_search_terms(&self) -> Result<bool, StoreError> {
        let statement = "SELECT id FROM account WHERE has_search_terms = 0 ORDER BY id LIMIT 1";
        Ok(self.reader.one(statement, []).await?.is_none())
    }
}
