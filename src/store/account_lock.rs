//! Locks an account, and raises its version.

use super::{StoreError, Transaction};
use crate::base::ids::AccountId;

impl Transaction {
    /// Waits for the logins and the changes of this account that are about to commit, and raises its version, once in
    /// each transaction. After that, the account cannot change until this transaction ends. Each function that changes
    /// an account, its groups, identities or password calls this, before it ends the account's sessions: on PostgreSQL,
    /// a session that is not committed yet is not visible (security rule C25).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_account(&mut self, account: &AccountId) -> Result<(), StoreError> {
        if self.raised.insert(account.clone()) {
            let statement = "UPDATE account SET version = version + 1 WHERE id = $1";
            self.sql.run(statement, [account.as_str().into()]).await?;
        }
        Ok(())
    }

    /// Whether this transaction has raised the version of an account.
    #[must_use]
    pub fn has_raised(&self, account: &AccountId) -> bool {
        self.raised.contains(account)
    }
}
