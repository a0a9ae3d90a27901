//! Erases the personal values of an account from the audit log. The rows stay, and so do the digests of the values.

use super::{StoreError, Transaction};
use crate::base::ids::AccountId;

/// The rows that are about the account, or record what its owner did.
macro_rules! of_account {
    () => {
        "(SELECT id FROM audit WHERE account_id = $1 UNION SELECT id FROM audit WHERE actor_account = $1)"
    };
}

/// The details of older versions can't be separated from the personal values in them.
macro_rules! erase {
    ($table:literal, $id:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " SET personal = NULL, detail = CASE WHEN personal_digest IS NOT NULL THEN detail END \
             WHERE (personal IS NOT NULL OR (detail IS NOT NULL AND personal_digest IS NULL)) AND ",
            $id,
            " IN ",
            of_account!()
        )
    };
}

impl Transaction {
    /// Erases the personal values of an account in its rows and their reference codes. Returns in how many rows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erase_personal_values(&mut self, account: &AccountId) -> Result<u64, StoreError> {
        let id = || [account.as_str().into()];
        self.sql.run(erase!("reference_code", "audit_id"), id()).await?;
        self.sql.run(erase!("audit", "id"), id()).await
    }
}
