//! Operations that can be undone: merges of two accounts.
//!
//! The identities move to the other account. Groups and addresses are copied to it, and those that it did not have
//! before are remembered. The closed account keeps its own groups, addresses and password, for the case that the
//! operation is undone.

use sea_orm::Value;
use serde::Serialize;
use time::OffsetDateTime;

use super::identities::{key_in, key_values};
use super::sql::{Row, micros};
use super::{AccountAddress, Store, StoreError, Transaction};
use crate::base::ids::{AccountId, Group, OperationId};
use crate::base::username::Username;
use crate::signin::identify::IdentityKey;

/// A merge of two accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Merge {
    pub id: OperationId,
    /// The account that was closed.
    pub from: AccountId,
    pub from_username: Username,
    /// The account that has the identities now.
    pub into: AccountId,
    pub into_username: Username,
    pub by: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub undo_until: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    pub undone_at: Option<OffsetDateTime>,
}

/// What the other account got by a merge.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MergedItems {
    pub identities: Vec<IdentityKey>,
    pub groups: Vec<Group>,
    pub addresses: Vec<AccountAddress>,
}

macro_rules! select_merge {
    ($rest:literal) => {
        concat!(
            "SELECT o.id, o.account_from, f.username, o.account_into, i.username, o.made_by, o.made_at, o.undo_until, \
             o.undone_at FROM operation o JOIN account f ON f.id = o.account_from \
             JOIN account i ON i.id = o.account_into ",
            $rest
        )
    };
}

const MERGE: &str = select_merge!("WHERE o.id = $1");

impl Transaction {
    /// Moves all identities, which the caller has locked, and copies groups and addresses. The caller has locked both
    /// accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_to_account(&mut self, from: &AccountId, into: &AccountId) -> Result<MergedItems, StoreError> {
        let values: [Value; 2] = [from.as_str().into(), into.as_str().into()];
        let statement = "UPDATE identity SET account_id = $2 WHERE account_id = $1 RETURNING provider, issuer, subject";
        let identities = self.sql.all(statement, values.clone()).await?;
        let statement = "INSERT INTO account_group (account_id, name) \
                         SELECT $2, name FROM account_group WHERE account_id = $1 ON CONFLICT DO NOTHING \
                         RETURNING name";
        let groups = self.sql.all(statement, values.clone()).await?;
        let statement = "INSERT INTO address (folded, account_id, source) \
                         SELECT folded, $2, source FROM address WHERE account_id = $1 ON CONFLICT DO NOTHING \
                         RETURNING folded, source";
        let addresses = self.sql.all(statement, values).await?;
        if !identities.is_empty() {
            // Somebody may have signed in with one of them, so no address may claim the account (rule L4).
            let statement = "UPDATE account SET unclaimed = 0 WHERE id = $1";
            self.sql.run(statement, [into.as_str().into()]).await?;
        }
        for account in [from, into] {
            self.update_search_terms(account).await?;
        }
        Ok(MergedItems {
            identities: identities.iter().map(key_in).collect::<Result<_, _>>()?,
            groups: groups
                .iter()
                .map(|row| Ok(Group::from(row.get::<String>(0)?)))
                .collect::<Result<_, StoreError>>()?,
            addresses: addresses.iter().map(|row| address_at(row, 0)).collect::<Result<_, _>>()?,
        })
    }

    /// Moves one identity. Returns whether it was still linked to `from`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn move_identity(
        &mut self,
        key: &IdentityKey,
        from: &AccountId,
        into: &AccountId,
    ) -> Result<bool, StoreError> {
        let statement = "UPDATE identity SET account_id = $5 \
                         WHERE provider = $1 AND issuer = $2 AND subject = $3 AND account_id = $4";
        let values = key_values(key).into_iter().chain([from.as_str().into(), into.as_str().into()]);
        let moved = self.sql.run(statement, values).await? == 1;
        for account in [from, into] {
            self.update_search_terms(account).await?;
        }
        Ok(moved)
    }

    /// Takes an address from this source away from an account. Returns whether the account had it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_merged_address(
        &mut self,
        account: &AccountId,
        address: &AccountAddress,
    ) -> Result<bool, StoreError> {
        self.lock_account(account).await?;
        let statement = "DELETE FROM address WHERE folded = $1 AND account_id = $2 AND source = $3";
        let values = [address.address.as_str().into(), account.as_str().into(), address.source.as_str().into()];
        let removed = self.sql.run(statement, values).await? == 1;
        self.update_search_terms(account).await?;
        Ok(removed)
    }

    /// Remembers a merge and what it moved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keep_merge(&mut self, merge: &Merge, items: &MergedItems) -> Result<(), StoreError> {
        let Merge { id, from, into, by, at, undo_until, .. } = merge;
        let statement = "INSERT INTO operation (id, kind, account_from, account_into, made_by, made_at, undo_until) \
                         VALUES ($1, 'merge', $2, $3, $4, $5, $6)";
        let values: [Value; 6] = [
            id.as_str().into(),
            from.as_str().into(),
            into.as_str().into(),
            by.as_deref().into(),
            micros(*at).into(),
            micros(*undo_until).into(),
        ];
        self.sql.run(statement, values).await?;
        let identities = items.identities.iter().map(|key| {
            let [provider, issuer, subject] = key_values(key);
            ["identity".into(), provider, issuer, subject, Value::String(None), Value::String(None)]
        });
        let unused = || [Value::String(None), Value::Bytes(None), Value::Bytes(None)];
        let groups = items.groups.iter().map(|group| {
            let [provider, issuer, subject] = unused();
            ["group".into(), provider, issuer, subject, group.as_str().into(), Value::String(None)]
        });
        let addresses = items.addresses.iter().map(|AccountAddress { address, source }| {
            let [provider, issuer, subject] = unused();
            ["address".into(), provider, issuer, subject, address.as_str().into(), source.as_str().into()]
        });
        let statement = "INSERT INTO operation_item \
                         (operation_id, number, kind, provider, issuer, subject, name, source) \
                         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        for (number, item) in (0_i64..).zip(identities.chain(groups).chain(addresses)) {
            self.sql.run(statement, [id.as_str().into(), number.into()].into_iter().chain(item)).await?;
        }
        Ok(())
    }

    /// A merge, with both of its accounts and their identities locked: no other transaction undoes it, or removes one
    /// of the accounts, until this one ends.
    ///
    /// Removing an account removes its merges. So a lock on the row of the merge, taken before the accounts, would be
    /// a deadlock with a removal.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn lock_merge(&mut self, id: &OperationId) -> Result<Option<Merge>, StoreError> {
        let Some(Merge { from, into, .. }) = self.read_merge(id).await? else { return Ok(None) };
        for account in [(&from).min(&into), (&from).max(&into)] {
            self.lock_identities_of(account).await?;
        }
        for account in [(&from).min(&into), (&from).max(&into)] {
            self.lock_account(account).await?;
        }
        // Another transaction may have undone it while this one waited.
        self.read_merge(id).await
    }

    async fn read_merge(&mut self, id: &OperationId) -> Result<Option<Merge>, StoreError> {
        self.sql.one(MERGE, [id.as_str().into()]).await?.as_ref().map(merge).transpose()
    }

    /// What a merge moved.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn merged_items(&mut self, id: &OperationId) -> Result<MergedItems, StoreError> {
        let statement = "SELECT provider, issuer, subject, name, source, kind FROM operation_item \
                         WHERE operation_id = $1 ORDER BY provider, issuer, subject, number";
        let mut items = MergedItems::default();
        for row in self.sql.all(statement, [id.as_str().into()]).await? {
            match row.get::<String>(5)?.as_str() {
                "identity" => items.identities.push(key_in(&row)?),
                "group" => items.groups.push(Group::from(row.get::<String>(3)?)),
                "address" => items.addresses.push(address_at(&row, 3)?),
                _ => return Err(row.damaged("operation_item")),
            }
        }
        Ok(items)
    }

    /// The merge that closed this account, if it was not undone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn merge_of(&mut self, from: &AccountId) -> Result<Option<Merge>, StoreError> {
        let statement = select_merge!("WHERE o.account_from = $1 AND o.undone_at IS NULL");
        self.sql.one(statement, [from.as_str().into()]).await?.as_ref().map(merge).transpose()
    }

    /// Whether an account has a password here.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_local_password(&mut self, account: &AccountId) -> Result<bool, StoreError> {
        let statement = "SELECT 1 FROM password WHERE account_id = $1";
        Ok(self.sql.one(statement, [account.as_str().into()]).await?.is_some())
    }

    /// Records that a merge was undone.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_merge(&mut self, id: &OperationId, by: Option<&str>) -> Result<(), StoreError> {
        let statement = "UPDATE operation SET undone_by = $2, undone_at = $3 WHERE id = $1";
        self.sql.run(statement, [id.as_str().into(), by.into(), micros(self.now).into()]).await.map(drop)
    }
}

impl Store {
    /// The merges of an account, the newest first; with `None`, the newest of all accounts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn merges(&self, account: Option<&AccountId>, limit: u32) -> Result<Vec<Merge>, StoreError> {
        let limit: Value = i64::from(limit).into();
        let rows = match account {
            Some(account) => {
                let statement = select_merge!(
                    "WHERE o.account_from = $1 OR o.account_into = $1 ORDER BY o.made_at DESC, o.id LIMIT $2"
                );
                self.reader.all(statement, [account.as_str().into(), limit]).await?
            }
            None => self.reader.all(select_merge!("ORDER BY o.made_at DESC, o.id LIMIT $1"), [limit]).await?,
        };
        rows.iter().map(merge).collect()
    }

    /// Merges that nobody can undo any more, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn final_merges(&self, now: OffsetDateTime, limit: u32) -> Result<Vec<Merge>, StoreError> {
        let statement =
            select_merge!("WHERE o.undo_until <= $1 AND o.undone_at IS NULL ORDER BY o.undo_until LIMIT $2");
        self.reader.all(statement, [micros(now).into(), i64::from(limit).into()]).await?.iter().map(merge).collect()
    }
}

fn merge(row: &Row) -> Result<Merge, StoreError> {
    Ok(Merge {
        id: row.parsed(0)?,
        from: AccountId::stored(row.get(1)?),
        from_username: row.parsed(2)?,
        into: AccountId::stored(row.get(3)?),
        into_username: row.parsed(4)?,
        by: row.get(5)?,
        at: row.time(6)?,
        undo_until: row.time(7)?,
        undone_at: row.time_if_any(8)?,
    })
}

fn address_at(row: &Row, from: usize) -> Result<AccountAddress, StoreError> {
    Ok(AccountAddress { address: row.parsed(from)?, source: row.parsed(from + 1)? })
}
