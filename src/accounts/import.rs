//! Imports many accounts from a list, with their password hashes.
//!
//! The list is imported in batches. Each batch is one transaction. If the import breaks off, the finished batches stay,
//! and a second import of the same list does the rest.

mod entry;
mod report;

pub use entry::{EntryPosition, EntryProblem, ListEntry};
pub use report::ImportReport;

use std::collections::{BTreeSet, HashMap};

use super::operation::Operation;
use super::passwords::Written;
use super::permission::Permission;
use super::{AccountError, AccountRef, Accounts, Actor, Change};
use crate::base::ids::Group;
use crate::base::lookalike::MixedScripts;
use crate::base::mail_address::MailAddress;
use crate::base::username::{self, Username};
use crate::passwords::LocalPasswords;
use crate::passwords::foreign::{ForeignHash, may_hold_hash, recognise};
use crate::signin::account::Account;
use crate::signin::link::LinkProof;
use crate::store::{AddressSource, AuditDetail, AuditEntry, Event};

/// What to do with an account that exists already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfExists {
    Refuse,
    ReplacePassword,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Everything is checked, and nothing is written.
    DryRun,
    Write,
}

/// An entry that was not imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedEntry {
    pub place: EntryPosition,
    /// Invisible characters are escaped, so that it fits into one line of text. `None`: it may be a hash or a password.
    pub name: Option<String>,
    pub problem: EntryProblem,
}

/// What was done with an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum EntryOutcome {
    Made,
    Replaced,
    /// The account has this hash already, and was added to groups.
    Joined,
    /// The account has this hash already.
    Unchanged,
}

/// An import in progress.
#[derive(Debug)]
pub struct Import<'a> {
    accounts: &'a Accounts,
    actor: &'a Actor,
    passwords: &'a LocalPasswords,
    if_exists: IfExists,
    mode: ImportMode,
    /// The place of each folded name so far.
    folded: HashMap<String, EntryPosition>,
    /// The place of each skeleton so far.
    skeletons: HashMap<String, EntryPosition>,
    done: ImportReport,
}

/// An entry without mistakes.
struct CheckedEntry {
    name: Username,
    foreign: ForeignHash,
    hash: String,
    groups: BTreeSet<Group>,
    email: Option<MailAddress>,
}

/// Whether the name of a refused entry may be shown. Otherwise it may be a hash or a password (security rule C56).
fn can_be_shown(name: &str) -> bool {
    name.chars().count() <= username::MAX_LENGTH && !may_hold_hash(name)
}

impl Accounts {
    /// Begins an import.
    #[must_use]
    pub fn import<'a>(
        &'a self,
        actor: &'a Actor,
        passwords: &'a LocalPasswords,
        if_exists: IfExists,
        mode: ImportMode,
    ) -> Import<'a> {
        Import {
            accounts: self,
            actor,
            passwords,
            if_exists,
            mode,
            folded: HashMap::new(),
            skeletons: HashMap::new(),
            done: ImportReport::default(),
        }
    }
}

impl Import<'_> {
    /// Records an entry that is not imported.
    pub fn refuse(&mut self, place: EntryPosition, name: Option<&str>, problem: EntryProblem) {
        let name = problem.name().or(name).filter(|name| can_be_shown(name));
        let name = name.map(|name| name.escape_debug().to_string());
        self.done.refused.push(RefusedEntry { place, name, problem });
    }

    /// Imports a batch of entries. If the database fails, it imports none of them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, entries: &[ListEntry]) -> Result<(), AccountError> {
        let mut operation = self.accounts.begin(self.actor, Permission::CommandLine).await?;
        let mut outcomes = Vec::new();
        for entry in entries {
            let outcome = match self.check(entry) {
                Ok(checked) => {
                    let scheme = checked.foreign.scheme();
                    self.write(&mut operation, checked).await?.map(|taken| (taken, scheme))
                }
                Err(problem) => Err(problem),
            };
            outcomes.push((entry, outcome));
        }
        match self.mode {
            ImportMode::DryRun => drop(operation),
            ImportMode::Write => operation.commit().await?,
        }
        for (entry, outcome) in outcomes {
            match outcome {
                Err(problem) => self.refuse(entry.place, entry.certain_name(), problem),
                Ok((taken, scheme)) => {
                    *self.done.schemes.entry(scheme).or_default() += 1;
                    match taken {
                        EntryOutcome::Made => self.done.made += 1,
                        EntryOutcome::Replaced => self.done.replaced += 1,
                        EntryOutcome::Joined => self.done.joined += 1,
                        EntryOutcome::Unchanged => self.done.unchanged += 1,
                    }
                }
            }
        }
        Ok(())
    }

    /// Ends the import, with one row in the audit log for the whole list.
    ///
    /// # Errors
    /// When the database fails. The finished batches stay.
    pub async fn end(self) -> Result<ImportReport, (ImportReport, AccountError)> {
        let Self { accounts, actor, passwords, mode, mut done, .. } = self;
        done.refused.sort_by_key(|refused| refused.place);
        match mode {
            ImportMode::DryRun => Ok(done),
            ImportMode::Write => match accounts.record_import(actor, passwords, &done).await {
                Ok(()) => Ok(done),
                Err(why) => Err((done, why.into())),
            },
        }
    }

    fn check(&mut self, entry: &ListEntry) -> Result<CheckedEntry, EntryProblem> {
        let name: Username = entry.name.parse()?;
        if let Some(earlier) = self.folded.get(&name.folded()) {
            return Err(EntryProblem::Duplicate(*earlier));
        }
        if let Some(earlier) = name.lookalikes().iter().find_map(|skeleton| self.skeletons.get(skeleton)) {
            return Err(EntryProblem::LookalikeEntry(*earlier));
        }
        self.folded.insert(name.folded(), entry.place);
        self.skeletons.insert(name.skeleton(), entry.place);
        let hash = entry.hash.trim().to_owned();
        let foreign = recognise(&hash)?;
        let groups = entry.groups.iter().map(|name| Group::parse(name).map_err(|why| EntryProblem::group(name, why)));
        let groups = groups.collect::<Result<_, _>>()?;
        let email = entry.email.as_deref().map(str::trim).filter(|email| !email.is_empty());
        let email = email.map(str::parse).transpose().map_err(EntryProblem::Email)?;
        Ok(CheckedEntry { name, foreign, hash, groups, email })
    }

    /// Writes an entry, within the transaction of its batch.
    async fn write(
        &self,
        operation: &mut Operation<'_>,
        checked: CheckedEntry,
    ) -> Result<Result<EntryOutcome, EntryProblem>, AccountError> {
        let CheckedEntry { name, foreign, hash, groups, email } = checked;
        // An existing account keeps its name, even if the name mixes scripts.
        let admitted = self.accounts.scripts.admit(name.as_str());
        let made = match &admitted {
            Ok(()) => operation.transaction.make_account(&name).await?,
            Err(_) => None,
        };
        let (account, taken) = match made {
            Some(account) => (account, EntryOutcome::Made),
            None => match self.existing(operation, &name, &hash, admitted).await? {
                ExistingAccount::Replace(account) => (account, EntryOutcome::Replaced),
                ExistingAccount::Unchanged(account) => {
                    return Ok(Ok(self.add_groups(operation, &account, &groups).await?));
                }
                ExistingAccount::Refuse(problem) => return Ok(Err(problem)),
            },
        };
        if taken == EntryOutcome::Made {
            operation.transaction.mark_unclaimed(&account.id).await?;
            if let Some(email) = &email {
                operation.transaction.add_address(&account.id, email, AddressSource::Import).await?;
            }
        }
        // Never refused for a new account: no identity has its id as a subject.
        let sessions_ended = match operation
            .write_password(self.passwords, &account.id, &hash, LinkProof::Import)
            .await?
        {
            Written::Done { sessions_ended } => sessions_ended,
            Written::IdentityOfAnother { username, .. } => return Ok(Err(EntryProblem::IdentityOfAnother(username))),
        };
        let detail = AuditDetail::of_username(&account.username).text(": imported, hashed by ").text(foreign.scheme());
        let detail = if groups.is_empty() { detail } else { detail.text(", in ").facts(", ", &groups) };
        let (event, detail) = match taken {
            EntryOutcome::Made => (Event::AccountCreated, detail),
            EntryOutcome::Replaced | EntryOutcome::Joined | EntryOutcome::Unchanged => {
                (Event::PasswordSet, detail.text("; ").sessions(sessions_ended).text(" ended"))
            }
        };
        let (provider, detail) = (Some(self.passwords.provider().clone()), Some(detail));
        let row = AuditEntry { provider, detail, ..operation.row_about(event, &account.id) };
        operation.transaction.audit(&row).await?;
        operation.add_to_groups(&account, &groups).await?;
        Ok(Ok(taken))
    }

    /// Adds an account that has the hash of its entry already to the groups of its entry, if the list replaces
    /// passwords. If the import of a list is repeated after an interruption, no groups are added: an operator may have
    /// removed one meanwhile.
    async fn add_groups(
        &self,
        operation: &mut Operation<'_>,
        account: &Account,
        groups: &BTreeSet<Group>,
    ) -> Result<EntryOutcome, AccountError> {
        match self.if_exists {
            IfExists::Refuse => Ok(EntryOutcome::Unchanged),
            IfExists::ReplacePassword => Ok(match operation.add_to_groups(account, groups).await? {
                Change::Done => EntryOutcome::Joined,
                Change::Already => EntryOutcome::Unchanged,
            }),
        }
    }

    /// What to do about a name for which no account could be made.
    async fn existing(
        &self,
        operation: &mut Operation<'_>,
        name: &Username,
        hash: &str,
        admitted: Result<(), MixedScripts>,
    ) -> Result<ExistingAccount, AccountError> {
        let Some(account) = operation.transaction.account_by_name(name).await? else {
            if let Err(mixed) = admitted {
                return Ok(ExistingAccount::Refuse(mixed.into()));
            }
            let holder = operation.transaction.holder(name).await?;
            let holder = holder.ok_or_else(|| AccountError::NoSuchAccount(AccountRef::Name(name.clone())))?;
            return Ok(ExistingAccount::Refuse(EntryProblem::LooksLike(holder)));
        };
        let current = self.accounts.store.password_of(&account.id).await?.and_then(|password| password.hash);
        if current.as_deref() == Some(hash) {
            return Ok(ExistingAccount::Unchanged(account));
        }
        Ok(match self.if_exists {
            IfExists::ReplacePassword => ExistingAccount::Replace(account),
            IfExists::Refuse => ExistingAccount::Refuse(EntryProblem::Exists(account.username)),
        })
    }
}

/// What to do about a name for which no account could be made.
enum ExistingAccount {
    Replace(Account),
    Unchanged(Account),
    Refuse(EntryProblem),
}
