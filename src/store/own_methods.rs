//! What the owner of an account needs to remove a sign-in method.

use sea_orm::{ConnectionTrait as _, DbBackend};
use tower_sessions::session::Id;

use super::identities::{key_in, key_values};
use super::sessions::{data, hash, signed_in_of};
use super::sql::micros;
use super::suspensions::not_suspended;
use super::{StoreError, Transaction};
use crate::base::ids::AccountId;
use crate::signin::identify::IdentityKey;

impl Transaction {
    /// The identities of an account, which no other transaction changes until this one ends. All transactions that lock
    /// several identities do so in this order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_identities_of(&mut self, account: &AccountId) -> Result<Vec<IdentityKey>, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => {
                "SELECT provider, issuer, subject FROM identity WHERE account_id = $1 \
                 ORDER BY provider, issuer, subject FOR UPDATE"
            }
            _ => {
                "SELECT provider, issuer, subject FROM identity WHERE account_id = $1 \
                 ORDER BY provider, issuer, subject"
            }
        };
        self.sql.all(statement, [account.as_str().into()]).await?.iter().map(key_in).collect()
    }

    /// The identities of an account. Takes no lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_of(&mut self, account: &AccountId) -> Result<Vec<IdentityKey>, StoreError> {
        let statement = "SELECT provider, issuer, subject FROM identity WHERE account_id = $1";
        self.sql.all(statement, [account.as_str().into()]).await?.iter().map(key_in).collect()
    }

    /// Removes an identity of an account, with its search terms. The caller has locked both, and ends sessions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_link(&mut self, key: &IdentityKey, account: &AccountId) -> Result<(), StoreError> {
        let statement = "DELETE FROM identity WHERE provider = $1 AND issuer = $2 AND subject = $3";
        self.sql.run(statement, key_values(key)).await?;
        self.update_search_terms(account).await
    }

    /// The identity by which a live session of this account was opened. Takes no lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signed_in_with(&mut self, id: Id, account: &AccountId) -> Result<Option<IdentityKey>, StoreError> {
        let statement = concat!(
            "SELECT s.data FROM session s WHERE s.id_hash = $1 AND s.account_id = $2 AND s.expires_at > $3 AND ",
            not_suspended!("s.provider")
        );
        let values = [hash(&id).into(), account.as_str().into(), micros(self.now).into()];
        let Some(row) = self.sql.one(statement, values).await? else { return Ok(None) };
        let signed_in = signed_in_of(&data(&row)?).ok_or_else(|| row.damaged("session"))?;
        Ok(Some(signed_in.key()))
    }
}
