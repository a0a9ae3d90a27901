//! Local passwords, as hashes. They are removed with their account.

use super::sql::{Row, micros};
use super::{Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Issuer, ProviderId};
use crate::base::username::Username;
use crate::signin::identify::PasswordGeneration;

/// An account, and the hash of its password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPassword {
    pub account: AccountId,
    pub username: Username,
    /// `None`: the account has no password.
    pub hash: Option<String>,
    pub generation: PasswordGeneration,
}

/// Counts of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PasswordCount {
    pub all: u64,
    /// Hashes that begin with the prefix.
    pub matching: u64,
    /// Hashes that name a pepper, but none of `keys`.
    pub other_keys: u64,
    /// Passwords that nobody can use: the account has no identity of this provider and issuer.
    pub unlinked: u64,
}

/// Which hashes to count separately.
#[derive(Debug, Clone, Copy)]
pub struct HashFilter<'h> {
    /// `$argon2id$v=19$m=19456,t=2,p=1$`
    pub prefix: &'h str,
    /// The `keyid` of each pepper in use, at most two.
    pub keys: &'h [String],
}

impl Transaction {
    /// Sets an account's password. Links no identity and ends no session. A login that compared an earlier password can
    /// no longer open a session.
    ///
    /// # Errors
    /// When the database fails, or there is no such account.
    pub async fn set_password(&mut self, account: &AccountId, hash: &str) -> Result<(), StoreError> {
        self.next_generation(account).await?;
        let statement = "INSERT INTO password (account_id, hash, changed_at) VALUES ($1, $2, $3) ON CONFLICT \
                         (account_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at";
        let values = [account.as_str().into(), hash.into(), micros(self.now).into()];
        self.sql.run(statement, values).await.map(|_| ())
    }

    /// Replaces an account's password. `false`: the password has changed since it was compared, or the account is
    /// disabled or gone. The caller must not commit then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn change_password(
        &mut self,
        account: &AccountId,
        compared: PasswordGeneration,
        to: &str,
    ) -> Result<bool, StoreError> {
        // As in `next_generation`.
        self.lock_account(account).await?;
        let statement = "UPDATE account SET password_generation = password_generation + 1 \
                         WHERE id = $1 AND password_generation = $2 AND disabled_at IS NULL";
        if self.sql.run(statement, [account.as_str().into(), compared.number().into()]).await? == 0 {
            return Ok(false);
        }
        let statement = "UPDATE password SET hash = $2, changed_at = $3 WHERE account_id = $1";
        let values = [account.as_str().into(), to.into(), micros(self.now).into()];
        Ok(self.sql.run(statement, values).await? == 1)
    }

    /// Removes an account's password. Returns whether it had one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_password(&mut self, account: &AccountId) -> Result<bool, StoreError> {
        self.next_generation(account).await?;
        Ok(self.sql.run("DELETE FROM password WHERE account_id = $1", [account.as_str().into()]).await? == 1)
    }

    /// Whether the account has a local password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_any_password(&mut self, account: &AccountId) -> Result<bool, StoreError> {
        let statement = "SELECT 1 FROM password WHERE account_id = $1";
        Ok(self.sql.one(statement, [account.as_str().into()]).await?.is_some())
    }

    /// Whether the account still has the password that a login compared. On PostgreSQL, call
    /// [`Self::account_by_identity`] first: it locks the account's row, so that the answer stays true until the commit.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_password(
        &mut self,
        account: &AccountId,
        compared: PasswordGeneration,
    ) -> Result<bool, StoreError> {
        let statement = "SELECT 1 FROM account WHERE id = $1 AND password_generation = $2";
        let values = [account.as_str().into(), compared.number().into()];
        Ok(self.sql.one(statement, values).await?.is_some())
    }

    /// The first step of a change of a password. It locks the account's row before the caller ends the sessions: a
    /// login with the old password either commits before that, or does not commit.
    pub(super) async fn next_generation(&mut self, account: &AccountId) -> Result<(), StoreError> {
        self.lock_account(account).await?;
        let statement = "UPDATE account SET password_generation = password_generation + 1 WHERE id = $1";
        self.sql.run(statement, [account.as_str().into()]).await.map(|_| ())
    }
}

impl Store {
    /// The account of this folded name, with or without a password.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn password_by_name(&self, folded: &str) -> Result<Option<StoredPassword>, StoreError> {
        let statement = "SELECT a.id, a.username, p.hash, a.password_generation FROM account a LEFT JOIN password p ON \
                         p.account_id = a.id WHERE a.username_folded = $1";
        self.reader.one(statement, [folded.into()]).await?.as_ref().map(password_of).transpose()
    }

    /// # Errors
    /// When the database fails.
    pub async fn password_of(&self, account: &AccountId) -> Result<Option<StoredPassword>, StoreError> {
        let statement = "SELECT a.id, a.username, p.hash, a.password_generation FROM account a LEFT JOIN password p ON \
                         p.account_id = a.id WHERE a.id = $1";
        self.reader.one(statement, [account.as_str().into()]).await?.as_ref().map(password_of).transpose()
    }

    /// Stores another hash of the same password. `false`: the password was changed meanwhile, and nothing is written.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rehash(&self, account: &AccountId, from: &str, to: &str) -> Result<bool, StoreError> {
        let statement = "UPDATE password SET hash = $3 WHERE account_id = $1 AND hash = $2";
        Ok(self.writer.run(statement, [account.as_str().into(), from.into(), to.into()]).await? == 1)
    }

    /// Counts passwords, for `vestibule check`. Reads all of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_passwords(
        &self,
        provider: &ProviderId,
        issuer: &Issuer,
        hashes: HashFilter<'_>,
    ) -> Result<PasswordCount, StoreError> {
        let key = |at: usize| hashes.keys.get(at).map_or_else(String::new, |key| format!("%,keyid={key}$%"));
        let values = [
            format!("{}%", hashes.prefix).into(),
            key(0).into(),
            key(1).into(),
            provider.as_str().into(),
            issuer.as_str().as_bytes().to_vec().into(),
        ];
        let Some(row) = self.reader.one(COUNT, values).await? else {
            return Ok(PasswordCount { all: 0, matching: 0, other_keys: 0, unlinked: 0 });
        };
        let count = |column| row.get::<i64>(column).map(|count| u64::try_from(count).unwrap_or(0));
        Ok(PasswordCount { all: count(0)?, matching: count(1)?, other_keys: count(2)?, unlinked: count(3)? })
    }
}

const COUNT: &str = "SELECT COUNT(*), COUNT(CASE WHEN hash LIKE $1 THEN 1 END), \
                     COUNT(CASE WHEN hash LIKE '%,keyid=%' AND hash NOT LIKE $2 AND hash NOT LIKE $3 THEN 1 END), \
                     COUNT(CASE WHEN NOT EXISTS (SELECT 1 FROM identity i WHERE i.account_id = password.account_id \
                     AND i.provider = $4 AND i.issuer = $5) THEN 1 END) FROM password";

fn password_of(row: &Row) -> Result<StoredPassword, StoreError> {
    Ok(StoredPassword {
        account: AccountId::stored(row.get(0)?),
        username: row.parsed(1)?,
        hash: row.get(2)?,
        generation: PasswordGeneration::stored(row.get(3)?),
    })
}
