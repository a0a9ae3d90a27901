//! Gives an account e-mail addresses, and takes them away.

use serde::Serialize;

use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor, Change};
use crate::base::mail_address::MailAddress;
use crate::store::{AddressSource, AuditDetail, Event};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AddressChanged {
    #[serde(flatten)]
    pub account: AccountName,
    pub address: MailAddress,
    pub change: Change,
}

impl Accounts {
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn add_address(
        &self,
        actor: &Actor,
        account: &AccountRef,
        address: &MailAddress,
    ) -> Result<AddressChanged, AccountError> {
        self.change_address(actor, account, address, Holding::Begins).await
    }

    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn remove_address(
        &self,
        actor: &Actor,
        account: &AccountRef,
        address: &MailAddress,
    ) -> Result<AddressChanged, AccountError> {
        self.change_address(actor, account, address, Holding::Ends).await
    }

    async fn change_address(
        &self,
        actor: &Actor,
        account: &AccountRef,
        address: &MailAddress,
        holding: Holding,
    ) -> Result<AddressChanged, AccountError> {
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let account = operation.lock(account).await?;
        let (transaction, id) = (&mut operation.transaction, &account.id);
        let (changed, event) = match holding {
            Holding::Begins => (transaction.add_address(id, address, AddressSource::Admin).await?, Event::AddressAdded),
            Holding::Ends => (transaction.remove_address(id, address).await?, Event::AddressRemoved),
        };
        let change = if changed {
            let detail = AuditDetail::of_username(&account.username).text(": ").personal("address", address);
            operation.record(event, id, detail).await?;
            operation.commit().await?;
            Change::Done
        } else {
            Change::Already
        };
        Ok(AddressChanged { account: AccountName::from(&account), address: address.clone(), change })
    }
}

/// Whether an account gets an address or loses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Holding {
    Begins,
    Ends,
}
