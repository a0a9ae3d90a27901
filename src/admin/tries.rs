//! Tries of passwords that went wrong, forgiven by an admin.

use serde::Serialize;

use super::{AccountName, Admin, AdminError, Whom};
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

/// Nobody has to wait any longer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AllReleased {
    pub forgiven: u64,
}

/// In how many rows of the audit it is looked for networks of theirs.
const LOOKED_AT: u32 = 1_000;

impl Admin {
    /// Forgets the tries at one account: by its name, by each of its identities, from wherever they came.
    ///
    /// # Errors
    /// When there is no such account, or the database fails.
    pub async fn release(&self, whom: &Whom, master: &MasterKey) -> Result<Released, AdminError> {
        let user = self.user(whom).await?;
        let query = AuditQuery { account: Some(user.id.clone()), limit: LOOKED_AT, ..AuditQuery::default() };
        let rows = self.store.audit_list(&query).await?;
        let mut networks: Vec<String> = rows.into_iter().filter_map(|row| row.entry.network).collect();
        networks.push(String::new());
        networks.sort();
        networks.dedup();
        let marker = master.marker(Purpose::Tries);
        let identities = user.identities.iter().flatten();
        // Where a server can't be asked who a name is, tries are counted by the name itself.
        let folded_name = user.username.folded();
        let subjects: Vec<_> =
            identities.map(|it| (&it.provider, it.subject.as_str(), folded(it.subject.as_str()))).collect();
        let accounts = subjects.iter().flat_map(|(provider, subject, folded)| {
            [*subject, folded, &folded_name].map(|account| Whose::Account(provider, account))
        });
        let whose: Vec<Whose<'_>> = accounts.chain([Whose::Typed(user.username.as_str())]).collect();
        let marks: Vec<Mark> = networks
            .iter()
            .flat_map(|network| whose.iter().map(|whose| Marks::of(&marker, *whose, network)))
            .flat_map(|marks| [marks.here, marks.anywhere])
            .collect();
        let forgiven = self.store.forgive(&marks, &[], self.clock.now()).await?;
        let account = AccountName { id: user.id, username: user.username };
        self.store.audit(&self.entry_about(Event::TriesForgiven, &account.id, account.username.as_str())).await?;
        Ok(Released { account, forgiven })
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
