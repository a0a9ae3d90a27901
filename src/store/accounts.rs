//! Local accounts: looks up, creates, renames, disables, enables and removes them.

use std::collections::BTreeSet;

use sea_orm::{ConnectionTrait as _, DbBackend};
use time::OffsetDateTime;

use super::names;
use super::sql::{Row, micros};
use super::{NewLink, Store, StoreError, Transaction, search_terms};
use crate::base::ids::{AccountId, Group};
use crate::base::username::Username;
use crate::signin::account::{Account, Disabled};
use crate::signin::identify::IdentityKey;
use crate::signin::link::candidates;

/// The result of [`Transaction::provision`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Provisioned {
    /// The account is made and linked to the identity. `taken_by`: the account that has the wished name.
    Made { account: Account, taken_by: Option<Username> },
    /// Another login has just linked the identity to this account.
    LinkedMeanwhile(Account),
    /// The wished name is taken, and so are its variants with a number.
    NoNameFree,
}

/// The result of [`Transaction::rename`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenameOutcome {
    Renamed,
    /// Another account has this name, or one that differs only in case or looks the same: see [`Transaction::holder`].
    Taken {
        by: Username,
    },
}

/// The version of an account that has just been made.
const FIRST_VERSION: u64 = 1;

/// What was removed together with an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removed {
    pub identities: u64,
    pub sessions: u64,
}

/// One page of the accounts, in the order of their names.
#[derive(Debug, Clone)]
pub struct AccountQuery {
    /// The folded name after which the page begins. Empty: the first page.
    pub after: String,
    pub limit: u32,
}

macro_rules! select_account {
    ($rest:literal) => {
        concat!("SELECT a.id, a.username, a.disabled_by, a.disabled_at, a.version, g.name FROM ", $rest)
    };
}

impl Transaction {
    /// The account that an identity is linked to, found only by its key, byte for byte (security rule C21).
    ///
    /// The link and the account cannot change until this transaction ends. A transaction that unlinks the identity,
    /// disables or removes the account, or changes its password waits for this one, and then also ends the session that
    /// this one opened (C25). SQLite has one writer at a time, so it needs no lock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_by_identity(&mut self, key: &IdentityKey) -> Result<Option<Account>, StoreError> {
        let statement = match self.sql.connection.get_database_backend() {
            DbBackend::Postgres => LOCKED_BY_IDENTITY,
            _ => BY_IDENTITY,
        };
        account(&self.sql.all(statement, super::identities::key_values(key)).await?)
    }

    /// The account that the identity is linked to. Takes no lock, unlike [`Self::account_by_identity`].
    pub(super) async fn account_by_identity_unlocked(
        &mut self,
        key: &IdentityKey,
    ) -> Result<Option<Account>, StoreError> {
        account(&self.sql.all(BY_IDENTITY, super::identities::key_values(key)).await?)
    }

    /// Makes an account and links the identity to it. The account gets the wished name or, if that is taken, the name
    /// with the next free number.
    ///
    /// The identity is never linked to an existing account that has the wished name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn provision(
        &mut self,
        key: &IdentityKey,
        wished: &Username,
        link: NewLink<'_>,
    ) -> Result<Provisioned, StoreError> {
        for name in candidates(wished) {
            let Some(account) = self.make_account(&name).await? else { continue };
            // The identity is not linked any more: try again.
            while !self.insert_link(key, &account.id, link).await? {
                let Some(linked) = self.account_by_identity(key).await? else { continue };
                self.sql.run("DELETE FROM account WHERE id = $1", [account.id.as_str().into()]).await?;
                return Ok(Provisioned::LinkedMeanwhile(linked));
            }
            let taken_by = if name == *wished { None } else { self.holder(wished).await? };
            return Ok(Provisioned::Made { account, taken_by });
        }
        Ok(Provisioned::NoNameFree)
    }

    /// Makes an account without an identity. `None`: another account has this name, or one that looks the same.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn make_account(&mut self, username: &Username) -> Result<Option<Account>, StoreError> {
        let id = AccountId::fresh();
        let mut values = names::values(username);
        let skeleton = username.skeleton().into();
        values.extend([id.as_str().into(), username.as_str().into(), skeleton, micros(self.now).into()]);
        // On PostgreSQL an error would end the transaction, so a conflict must not be an error.
        let statement = concat!(
            "INSERT INTO account (id, username, username_folded, username_skeleton, created_at, has_search_terms) \
             SELECT $14, $15, $1, $16, $17, 1 WHERE NOT EXISTS (",
            names::holder_query!(),
            ") ON CONFLICT DO NOTHING"
        );
        let made = self.sql.run(statement, values).await? == 1;
        if !made {
            return Ok(None);
        }
        // Its version is new already.
        self.raised.insert(id.clone());
        let terms = search_terms(username, []);
        self.insert_search_terms(terms.iter().map(|term| (term.as_str(), &id))).await?;
        let username = username.clone();
        Ok(Some(Account { id, username, groups: BTreeSet::new(), disabled: None, version: FIRST_VERSION }))
    }

    /// # Errors
    /// When the database fails.
    pub async fn account_by_name(&mut self, name: &Username) -> Result<Option<Account>, StoreError> {
        account(&self.sql.all(BY_NAME, [name.folded().into()]).await?)
    }

    /// # Errors
    /// When the database fails.
    pub async fn account(&mut self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        account(&self.sql.all(BY_ID, [id.as_str().into()]).await?)
    }

    /// Gives an account another name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rename(&mut self, id: &AccountId, to: &Username) -> Result<RenameOutcome, StoreError> {
        let mut values = names::values(to);
        values.push(id.as_str().into());
        let others = names::holder_query!(" AND id <> $14");
        if let Some(holder) = self.sql.one(others, values).await? {
            return Ok(RenameOutcome::Taken { by: holder.parsed(0)? });
        }
        self.lock_account(id).await?;
        let statement = "UPDATE account SET username = $2, username_folded = $3, username_skeleton = $4 WHERE id = $1";
        let values = [id.as_str().into(), to.as_str().into(), to.folded().into(), to.skeleton().into()];
        self.sql.run(statement, values).await?;
        self.update_search_terms(id).await.map(|()| RenameOutcome::Renamed)
    }

    /// Disables an account and ends its sessions (security rule C39). Returns how many sessions ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn disable(&mut self, id: &AccountId, by: &str) -> Result<u64, StoreError> {
        self.lock_account(id).await?;
        let values = [id.as_str().into(), by.into(), micros(self.now).into()];
        self.sql.run("UPDATE account SET disabled_by = $2, disabled_at = $3 WHERE id = $1", values).await?;
        self.end_sessions_of(id).await
    }

    /// Enables an account again. Ends any session that a login in flight opened while the account was disabled.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn enable(&mut self, id: &AccountId) -> Result<(), StoreError> {
        self.lock_account(id).await?;
        let values = [id.as_str().into()];
        self.sql.run("UPDATE account SET disabled_by = NULL, disabled_at = NULL WHERE id = $1", values).await?;
        self.end_sessions_of(id).await.map(|_| ())
    }

    /// Removes an account permanently, with its groups, identities, sessions and password. The audit keeps its rows. No
    /// other account ever gets its id (security rule C26). Its name is free again. `None`: there is no such account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_account(&mut self, id: &AccountId) -> Result<Option<Removed>, StoreError> {
        // All transactions lock in this order: links, account, sessions. This one waits for a login that holds a link,
        // and then ends its session with the others (security rule C25).
        let identities = self.sql.run("DELETE FROM identity WHERE account_id = $1", [id.as_str().into()]).await?;
        self.lock_account(id).await?;
        let sessions = self.end_sessions_of(id).await?;
        let existed = self.sql.run("DELETE FROM account WHERE id = $1", [id.as_str().into()]).await? == 1;
        Ok(existed.then_some(Removed { identities, sessions }))
    }
}

impl Store {
    /// The account that an identity is linked to now. Takes no lock. Uses the writing connection, because a write
    /// follows: SQLite's other connections drop their cached pages at each write.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn account_by_identity(&self, key: &IdentityKey) -> Result<Option<Account>, StoreError> {
        account(&self.writer.all(BY_IDENTITY, super::identities::key_values(key)).await?)
    }

    /// # Errors
    /// When the database fails.
    pub async fn account(&self, id: &AccountId) -> Result<Option<Account>, StoreError> {
        account(&self.reader.all(BY_ID, [id.as_str().into()]).await?)
    }

    /// # Errors
    /// When the database fails.
    pub async fn account_by_name(&self, name: &Username) -> Result<Option<Account>, StoreError> {
        account(&self.reader.all(BY_NAME, [name.folded().into()]).await?)
    }

    /// Accounts in the order of their folded names.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self, list: &AccountQuery) -> Result<Vec<Account>, StoreError> {
        let statement = select_account!(
            "(SELECT * FROM account WHERE username_folded > $1 ORDER BY username_folded LIMIT $2) a \
             LEFT JOIN account_group g ON g.account_id = a.id ORDER BY a.username_folded, g.name"
        );
        let rows = self.reader.all(statement, [list.after.as_str().into(), i64::from(list.limit).into()]).await?;
        let mut accounts: Vec<Account> = Vec::new();
        for row in &rows {
            let id: String = row.get(0)?;
            match accounts.last_mut().filter(|last| last.id.as_str() == id) {
                Some(same) => same.groups.extend(group(row, 0)?),
                None => accounts.push(account_in(row, 0)?),
            }
        }
        Ok(accounts)
    }
}

const BY_IDENTITY: &str = select_account!(
    "identity i JOIN account a ON a.id = i.account_id LEFT JOIN account_group g ON g.account_id = a.id \
     WHERE i.provider = $1 AND i.issuer = $2 AND i.subject = $3"
);
const LOCKED_BY_IDENTITY: &str = select_account!(
    "identity i JOIN account a ON a.id = i.account_id LEFT JOIN account_group g ON g.account_id = a.id \
     WHERE i.provider = $1 AND i.issuer = $2 AND i.subject = $3 FOR SHARE OF i, a"
);
const BY_ID: &str = select_account!("account a LEFT JOIN account_group g ON g.account_id = a.id WHERE a.id = $1");
const BY_NAME: &str =
    select_account!("account a LEFT JOIN account_group g ON g.account_id = a.id WHERE a.username_folded = $1");

fn account(rows: &[Row]) -> Result<Option<Account>, StoreError> {
    account_from(rows, 0)
}

/// One account from rows that differ only in the group. The account's columns begin at `from`.
pub(super) fn account_from(rows: &[Row], from: usize) -> Result<Option<Account>, StoreError> {
    let Some(first) = rows.first() else { return Ok(None) };
    let mut account = account_in(first, from)?;
    for row in rows.iter().skip(1) {
        account.groups.extend(group(row, from)?);
    }
    Ok(Some(account))
}

fn account_in(row: &Row, from: usize) -> Result<Account, StoreError> {
    let by: Option<String> = row.get(from + 2)?;
    let at: Option<OffsetDateTime> = row.time_if_any(from + 3)?;
    Ok(Account {
        id: AccountId::stored(row.get(from)?),
        username: row.parsed(from + 1)?,
        groups: group(row, from)?.into_iter().collect(),
        disabled: at.map(|at| Disabled { by: by.unwrap_or_default(), at }),
        version: u64::try_from(row.get::<i64>(from + 4)?).unwrap_or_default(),
    })
}

fn group(row: &Row, from: usize) -> Result<Option<Group>, StoreError> {
    Ok(row.get::<Option<String>>(from + 5)?.map(Group::from))
}
