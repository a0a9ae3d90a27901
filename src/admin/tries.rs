//! Tries of passwords that went wrong, forgiven by an admin.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{AccountName, Admin, AdminError, Whom};
use crate::base::ids::ProviderId;
use crate::base::secret::{MasterKey, Purpose};
use crate::base::username::folded;
use crate::store::{AuditQuery, Event, Mark, Marks, Whose};

/// Whom nobody has to wait for any longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Released {
    #[serde(flatten)]
    pub account: AccountName,
    /// How many counts there were.
    pub forgiven: u64,
}

/// A name as people type it, which need not be that of an account here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NameReleased {
    pub name: String,
    pub providers: Vec<ProviderId>,
    /// How many counts there were.
    pub forgiven: u64,
}

/// Nobody has to wait any longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllReleased {
    pub forgiven: u64,
}

/// In how many rows of the audit it is looked for networks of theirs.
const LOOKED_AT: u32 = 1_000;

impl Admin {
    /// Forgets the tries at one account: by its name and its identities at each of `providers`, from wherever they
    /// came.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn release(
        &self,
        whom: &Whom,
        providers: &[ProviderId],
        master: &MasterKey,
    ) -> Result<Released, AdminError> {
        let user = self.user(whom).await?;
        let query = AuditQuery { account: Some(user.id.clone()), limit: LOOKED_AT, ..AuditQuery::default() };
        let networks = self.networks(&query).await?;
        // Where a server can't be asked who a name is, tries are counted by the name itself.
        let of_name = providers.iter().flat_map(|provider| whose(provider, user.username.as_str()));
        let identities = user.identities.iter().flatten().filter(|identity| providers.contains(&identity.provider));
        let of_identities =
            identities.flat_map(|identity| whose(&identity.provider, identity.subject.as_str())).collect::<Vec<_>>();
        let whose: Vec<Named> = of_name.chain(of_identities).collect();
        let forgiven = self.forgive(&whose, &networks, master).await?;
        let account = AccountName { id: user.id, username: user.username };
        self.store.audit(&self.entry_about(Event::TriesForgiven, &account.id, account.username.as_str())).await?;
        Ok(Released { account, forgiven })
    }

    /// Forgets the tries of a name as people type it, or of a subject, at each of `providers`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_name(
        &self,
        name: &str,
        providers: Vec<ProviderId>,
        master: &MasterKey,
    ) -> Result<NameReleased, AdminError> {
        let networks = self.networks(&AuditQuery { limit: LOOKED_AT, ..AuditQuery::default() }).await?;
        let whose: Vec<Named> = providers.iter().flat_map(|provider| whose(provider, name)).collect();
        let forgiven = self.forgive(&whose, &networks, master).await?;
        let mut entry = self.entry(Event::TriesForgiven);
        let at: Vec<_> = providers.iter().map(ProviderId::as_str).collect();
        entry.detail = Some(format!("the name {name:?} at {}: {forgiven}", at.join(", ")));
        self.store.audit(&entry).await?;
        Ok(NameReleased { name: name.to_owned(), providers, forgiven })
    }

    /// The networks in these rows, and none.
    async fn networks(&self, query: &AuditQuery) -> Result<Vec<String>, AdminError> {
        let rows = self.store.audit_list(query).await?;
        let mut networks: Vec<String> = rows.into_iter().filter_map(|row| row.entry.network).collect();
        networks.push(String::new());
        networks.sort();
        networks.dedup();
        Ok(networks)
    }

    async fn forgive(&self, whose: &[Named], networks: &[String], master: &MasterKey) -> Result<u64, AdminError> {
        let marker = master.marker(Purpose::Tries);
        let seen = |named: &Named, network: &String| {
            let whose = match named {
                Named::Typed(provider, name) => Whose::Typed(provider, name),
                Named::Sent(provider, name) => Whose::Sent(provider, name),
                Named::Account(provider, name) => Whose::Account(provider, name),
            };
            let marks = Marks::of(&marker, whose, network);
            [marks.here, marks.anywhere].into_iter().chain(marks.spelling)
        };
        let marks: BTreeSet<Mark> =
            networks.iter().flat_map(|network| whose.iter().flat_map(move |named| seen(named, network))).collect();
        let marks: Vec<Mark> = marks.into_iter().collect();
        Ok(self.store.forgive(&marks, &[], self.clock.now()).await?)
    }

    /// Forgets everybody's tries, and those of every network.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn release_all(&self) -> Result<AllReleased, AdminError> {
        let forgiven = self.store.forgive_all().await?;
        let mut entry = self.entry(Event::TriesForgiven);
        entry.detail = Some(format!("everybody's: {forgiven}"));
        self.store.audit(&entry).await?;
        Ok(AllReleased { forgiven })
    }
}

/// As [`Whose`].
enum Named {
    Typed(ProviderId, String),
    Sent(ProviderId, String),
    Account(ProviderId, String),
}

/// All that a name may be counted by at one provider: as it was typed, as servers get it, as a subject, and in the
/// forms that servers compare.
fn whose(provider: &ProviderId, name: &str) -> Vec<Named> {
    let folded = folded(name);
    let spaced = folded.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut accounts = vec![name.to_owned(), folded.trim().to_owned(), spaced, folded];
    accounts.sort();
    accounts.dedup();
    let accounts = accounts.into_iter().flat_map(|account| {
        [Named::Sent(provider.clone(), account.clone()), Named::Account(provider.clone(), account)]
    });
    [Named::Typed(provider.clone(), name.to_owned())].into_iter().chain(accounts).collect()
}
