//! An unknown identity whose provider is authoritative for the domain of its address claims the account that an admin
//! or a list prepared for this address (rules L3 and L4).

use super::EndingLogin;
use crate::signin::account::Account;
use crate::signin::link::LinkProof;
use crate::store::{AuditDetail, AuditEntry, Event, NewLink, StoreError, Transaction};

impl Transaction {
    /// Links the identity to the account that it may claim. `None`: there is none, and nothing is written.
    pub(super) async fn claim_by_domain(&mut self, login: &EndingLogin<'_>) -> Result<Option<Account>, StoreError> {
        let Some(address) = login.authoritative_address else { return Ok(None) };
        let key = &login.identity.key;
        let Some(account) = self.claimable(address, key).await? else { return Ok(None) };
        // An admin has said that this person gets no account by themselves.
        let access = self.lock_access_request_of(key).await?;
        if access.is_some_and(|access| access.state.forbids_new_account()) {
            return Ok(None);
        }
        let link = NewLink {
            network: login.network,
            client_id: login.client_id,
            subject_source: Some(login.subject_source),
            ..NewLink::of(LinkProof::Domain)
        };
        if !self.insert_link(key, &account.id, link).await? {
            return Ok(None);
        }
        self.lock_account(&account.id).await?;
        // Another transaction may have changed the account before the lock, such as another claim.
        if self.claimable(address, key).await?.is_none() {
            self.delete_link(key, &account.id).await?;
            return Ok(None);
        }
        self.claim_account(&account.id).await?;
        self.remember_sign_in(key, login.remembered, login.subject_source).await?;
        self.end_sessions_of(&account.id).await?;
        self.settle_access_requests_of(key, (&account.id, None)).await?;
        self.audit(&claimed_entry(login, &account)).await?;
        self.account(&account.id).await
    }
}

fn claimed_entry(login: &EndingLogin<'_>, account: &Account) -> AuditEntry {
    let key = &login.identity.key;
    let detail = AuditDetail::of_username(&account.username)
        .text(": issuer ")
        .personal("issuer", &key.issuer)
        .text(", subject ")
        .personal("subject", &key.subject)
        .text("; claimed by an address of its authoritative_domains");
    AuditEntry {
        app: login.app.cloned(),
        provider: Some(key.provider.clone()),
        account: Some(account.id.clone()),
        actor_account: Some(account.id.clone()),
        network: login.network.map(str::to_owned),
        detail: Some(detail),
        ..AuditEntry::new(login.now, Event::IdentityLinked)
    }
}
