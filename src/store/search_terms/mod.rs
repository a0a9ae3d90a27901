//! The search terms of accounts: they change in the same transaction as what they come from.
//!
//! | file | holds |
//! | --- | --- |
//! | `terms` | which terms an account has |
//! | `missing` | the terms of accounts that an older version made |
//! | `find` | finds accounts by a term, by their id or by a subject |

mod find;
mod missing;
mod terms;

pub use find::{FoundAccount, TermQuery};
pub use terms::{TermRange, search_terms};

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, DbBackend};

use super::row_locks::StatementPair;
use super::{StoreError, Transaction};
use crate::base::ids::AccountId;
use crate::base::username::Username;
use crate::signin::account::Email;
use crate::signin::remembered_profile::LastProfile;

/// The parameter is a JSON array of pairs: a term and an account.
const INSERT: StatementPair = StatementPair {
    sqlite: "INSERT INTO search_terms (term, account) \
             SELECT json_extract(value, '$[0]'), json_extract(value, '$[1]') FROM json_each($1) WHERE true \
             ON CONFLICT DO NOTHING",
    postgres: "INSERT INTO search_terms (term, account) \
               SELECT value ->> 0, value ->> 1 FROM json_array_elements(CAST(CAST($1 AS TEXT) AS json)) \
               ON CONFLICT DO NOTHING",
};

/// The second parameter is a JSON array of terms.
const DELETE: StatementPair = StatementPair {
    sqlite: "DELETE FROM search_terms WHERE account = $1 AND term IN (SELECT value FROM json_each($2))",
    postgres: "DELETE FROM search_terms WHERE account = $1 \
               AND term IN (SELECT json_array_elements_text(CAST(CAST($2 AS TEXT) AS json)))",
};

/// The username comes first, and the terms of the account last.
const SOURCES_AND_TERMS: &str = "SELECT 0 AS kind, username AS text FROM account WHERE id = $1 \
     UNION ALL SELECT 1, profile FROM identity WHERE account_id = $1 AND profile IS NOT NULL \
     UNION ALL SELECT 2, folded FROM address WHERE account_id = $1 \
     UNION ALL SELECT 3, term FROM search_terms WHERE account = $1 ORDER BY kind";

impl Transaction {
    /// Writes the terms of an account anew: removes those that are gone, and adds new ones. They come from its
    /// username, the profiles of its identities and its addresses. Call it after a change of these, and before anything
    /// locks the account for sharing: on PostgreSQL, two logins could wait for each other otherwise.
    pub(super) async fn update_search_terms(&mut self, account: &AccountId) -> Result<(), StoreError> {
        self.lock_for_search_terms(account).await?;
        let mut username = None;
        let (mut profiles, mut former) = (Vec::new(), BTreeSet::new());
        for row in self.sql.all(SOURCES_AND_TERMS, [account.as_str().into()]).await? {
            match row.get::<i32>(0)? {
                0 => username = Some(row.parsed::<Username>(1)?),
                1 => profiles.extend(serde_json::from_str::<LastProfile>(&row.get::<String>(1)?).ok()),
                2 => profiles.push(LastProfile {
                    email: Some(Email { address: row.get(1)?, verified: false }),
                    ..LastProfile::default()
                }),
                _ => former.extend([row.get::<String>(1)?]),
            }
        }
        // The account was removed, and its terms with it.
        let Some(username) = username else { return Ok(()) };
        let terms = search_terms(&username, &profiles);
        let gone: Vec<&String> = former.difference(&terms).collect();
        if !gone.is_empty() {
            let values = [account.as_str().into(), json(&gone).into()];
            self.sql.run(DELETE.for_database(&self.sql.connection), values).await?;
        }
        self.insert_search_terms(terms.difference(&former).map(|term| (term.as_str(), account))).await
    }

    /// Adds terms to accounts. Terms that are there already stay.
    pub(super) async fn insert_search_terms<'t>(
        &mut self,
        terms: impl Iterator<Item = (&'t str, &'t AccountId)>,
    ) -> Result<(), StoreError> {
        let terms: Vec<[&str; 2]> = terms.map(|(term, account)| [term, account.as_str()]).collect();
        if terms.is_empty() {
            return Ok(());
        }
        self.sql.run(INSERT.for_database(&self.sql.connection), [json(&terms).into()]).await.map(|_| ())
    }

    /// Two transactions that change profiles of one account write its terms one after the other. Its version does not
    /// rise, so what relies on it stays valid.
    async fn lock_for_search_terms(&mut self, account: &AccountId) -> Result<(), StoreError> {
        if self.raised.contains(account) || self.sql.connection.get_database_backend() != DbBackend::Postgres {
            return Ok(());
        }
        let statement = "SELECT id FROM account WHERE id = $1 FOR NO KEY UPDATE";
        self.sql.one(statement, [account.as_str().into()]).await.map(|_| ())
    }
}

/// Texts as JSON, which a statement takes apart: it has the same words for any number of them.
fn json(texts: &impl serde::Serialize) -> String {
    serde_json::to_string(texts).unwrap_or_default()
}
