//! The result of an import, for the command and for the audit log.

use std::collections::HashMap;

use super::RefusedEntry;
use crate::accounts::{Accounts, Actor};
use crate::passwords::LocalPasswords;
use crate::store::{AuditDetail, AuditEntry, Event, StoreError};

/// The result of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportReport {
    pub made: u64,
    pub replaced: u64,
    /// Accounts that had this hash already, and were added to groups.
    pub joined: u64,
    /// Accounts that had this hash already.
    pub unchanged: u64,
    pub refused: Vec<RefusedEntry>,
    /// How many imported entries have a hash of each scheme.
    pub schemes: HashMap<&'static str, u64>,
}

impl Accounts {
    pub(super) async fn record_import(
        &self,
        actor: &Actor,
        passwords: &LocalPasswords,
        done: &ImportReport,
    ) -> Result<(), StoreError> {
        let ImportReport { made, replaced, joined, unchanged, refused, .. } = done;
        let refused = refused.len();
        let (provider, now) = (Some(passwords.provider().clone()), self.clock.now());
        let counts =
            [(made, " made, "), (replaced, " replaced, "), (joined, " added to groups, "), (unchanged, " as before, ")];
        let add = |detail: AuditDetail, (number, what)| detail.fact(number).text(what);
        let detail = Some(counts.into_iter().fold(AuditDetail::new(), add).fact(&refused).text(" refused"));
        self.store.audit(&AuditEntry { provider, detail, ..actor.row(Event::AccountsImported, now) }).await
    }
}
