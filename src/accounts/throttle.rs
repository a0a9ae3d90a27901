//! Resets the login throttle: forgets failed attempts, so that the next attempt does not have to wait.

use std::collections::BTreeSet;

use serde::Serialize;

use super::operation::Operation;
use super::permission::Permission;
use super::{AccountError, AccountName, AccountRef, Accounts, Actor};
use crate::base::ids::ProviderId;
use crate::base::secret::{MasterKey, Purpose};
use crate::base::username::folded;
use crate::store::{
    AuditDetail, AuditEntry, AuditQuery, Event, StoreError, ThrottleKey, ThrottleKeys, ThrottleSubject,
};

/// An account whose failed attempts were forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    #[serde(flatten)]
    pub account: AccountName,
    /// How many failure counts were deleted.
    pub forgiven: u64,
}

/// A name as people type it, whose failed attempts were forgotten. It does not have to belong to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameReleased {
    pub name: String,
    pub providers: Vec<ProviderId>,
    /// How many failure counts were deleted.
    pub forgiven: u64,
}

/// The failed attempts of all names were forgotten.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllReleased {
    /// How many failure counts were deleted.
    pub forgiven: u64,
    /// How many failure counts were kept, because a server that bans addresses still counts these failures.
    pub kept: u64,
}

/// How many rows of the audit log are searched for networks.
const ROWS_SEARCHED: u32 = 1_000;

impl Accounts {
    /// Forgets the failed attempts at one account: those by its name and by its identities at each of `providers`, and
    /// those with any other name that led to these, from every network.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn release(
        &self,
        actor: &Actor,
        account: &AccountRef,
        providers: &[ProviderId],
        master: &MasterKey,
    ) -> Result<Released, AccountError> {
        let found = self.details(account).await?;
        let query = AuditQuery { account: Some(found.id.clone()), limit: ROWS_SEARCHED, ..AuditQuery::default() };
        let networks = self.networks(&query).await?;
        // Some providers don't say which account a name belongs to. There, attempts are counted by the name itself.
        let of_name = providers.iter().flat_map(|provider| subjects(provider, found.username.as_str()));
        // The subject of a local password, even if the account is not linked to its provider.
        let of_id = providers
            .iter()
            .map(|provider| OwnedThrottleSubject::Account(provider.clone(), found.id.as_str().to_owned()));
        let identities = found.identities.iter().flatten().filter(|identity| providers.contains(&identity.provider));
        let of_identities =
            identities.flat_map(|identity| subjects(&identity.provider, identity.subject.as_str())).collect::<Vec<_>>();
        let subjects: Vec<OwnedThrottleSubject> = of_name.chain(of_id).chain(of_identities).collect();
        let account = AccountName { id: found.id, username: found.username };
        let counted = self.counts(&subjects, &networks, master).await?;
        let mut operation = self.begin(actor, Permission::ReleaseThrottle).await?;
        let forgiven = operation.transaction.forgive_counts(&counted).await?;
        operation.record(Event::ThrottleReset, &account.id, AuditDetail::of_username(&account.username)).await?;
        operation.commit().await?;
        Ok(Released { account, forgiven })
    }

    /// Forgets the failed attempts with a name as people type it, or with a subject, at each of `providers`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_name(
        &self,
        actor: &Actor,
        name: &str,
        providers: Vec<ProviderId>,
        master: &MasterKey,
    ) -> Result<NameReleased, AccountError> {
        let networks = self.networks(&AuditQuery { limit: ROWS_SEARCHED, ..AuditQuery::default() }).await?;
        let subjects: Vec<OwnedThrottleSubject> =
            providers.iter().flat_map(|provider| subjects(provider, name)).collect();
        let counted = self.counts(&subjects, &networks, master).await?;
        let mut operation = self.begin(actor, Permission::ReleaseThrottle).await?;
        let forgiven = operation.transaction.forgive_counts(&counted).await?;
        let detail = AuditDetail::new().text("the name ").personal("name", format_args!("{name:?}")).text(" at ");
        let detail = detail.facts(", ", &providers).text("; counts forgotten: ").fact(&forgiven);
        operation.record_release(detail).await?;
        operation.commit().await?;
        Ok(NameReleased { name: name.to_owned(), providers, forgiven })
    }

    /// The keys of the counts of these names, and of the accounts that attempts with these names led to.
    async fn counts(
        &self,
        subjects: &[OwnedThrottleSubject],
        networks: &[String],
        master: &MasterKey,
    ) -> Result<BTreeSet<ThrottleKey>, StoreError> {
        let mac_key = master.mac_key(Purpose::LoginThrottle);
        let (mut keys, mut accounts) = (BTreeSet::new(), BTreeSet::new());
        for (network, subject) in networks.iter().flat_map(|network| subjects.iter().map(move |it| (network, it))) {
            let of_network = ThrottleKeys::of(&mac_key, subject.borrowed(), network);
            keys.extend([of_network.this_network, of_network.all_networks].into_iter().chain(of_network.spelling));
            if let OwnedThrottleSubject::Account(..) = subject {
                accounts.insert(of_network.all_networks);
            }
        }
        self.store.counts_of(&keys, &accounts).await
    }

    /// The networks in these rows, and the empty name of an unknown network.
    async fn networks(&self, query: &AuditQuery) -> Result<Vec<String>, AccountError> {
        let rows = self.store.audit_list(query).await?;
        let mut networks: Vec<String> = rows.into_iter().filter_map(|row| row.entry.network).collect();
        networks.push(String::new());
        networks.sort();
        networks.dedup();
        Ok(networks)
    }

    /// Forgets all failed attempts, and keeps the known networks. Also keeps the counts of what servers that ban
    /// addresses have seen: those servers forget nothing by this, and would ban our address after a few more failures.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_all(&self, actor: &Actor) -> Result<AllReleased, AccountError> {
        let mut operation = self.begin(actor, Permission::ReleaseThrottle).await?;
        let forgiven = operation.transaction.forgive_all().await?;
        let kept = operation.transaction.counts_at_servers().await?;
        let detail = AuditDetail::new().text("all names; counts forgotten: ").fact(&forgiven);
        let kept_too = |detail: AuditDetail| detail.text("; kept, since a server still counts: ").fact(&kept);
        operation.record_release(if kept == 0 { detail } else { kept_too(detail) }).await?;
        operation.commit().await?;
        Ok(AllReleased { forgiven, kept })
    }
}

impl Operation<'_> {
    /// Writes a row that is not about one account.
    async fn record_release(&mut self, detail: AuditDetail) -> Result<(), StoreError> {
        let row = AuditEntry { detail: Some(detail), ..self.row(Event::ThrottleReset) };
        self.transaction.audit(&row).await
    }
}

/// As [`ThrottleSubject`], but owned.
enum OwnedThrottleSubject {
    Typed(ProviderId, String),
    Sent(ProviderId, String),
    Account(ProviderId, String),
}

impl OwnedThrottleSubject {
    fn borrowed(&self) -> ThrottleSubject<'_> {
        match self {
            Self::Typed(provider, name) => ThrottleSubject::TypedName(provider, name),
            Self::Sent(provider, name) => ThrottleSubject::SentName(provider, name),
            Self::Account(provider, name) => ThrottleSubject::Account(provider, name),
        }
    }
}

/// All subjects under which attempts with a name may be counted at one provider: the name as it was typed, as it is
/// sent to servers, and as an account, in each form that servers compare.
fn subjects(provider: &ProviderId, name: &str) -> Vec<OwnedThrottleSubject> {
    let folded = folded(name);
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut accounts = vec![name.to_owned(), name.trim().to_owned(), folded.trim().to_owned(), spaced, folded];
    accounts.sort();
    accounts.dedup();
    let accounts = accounts.into_iter().flat_map(|account| {
        [
            OwnedThrottleSubject::Sent(provider.clone(), account.clone()),
            OwnedThrottleSubject::Account(provider.clone(), account),
        ]
    });
    [OwnedThrottleSubject::Typed(provider.clone(), name.to_owned())].into_iter().chain(accounts).collect()
}
