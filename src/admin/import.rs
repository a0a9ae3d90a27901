//! People brought along from elsewhere, with the passwords that they have.
//!
//! In batches, each one transaction: what was done before a power cut stays done, and the same list again does the
//! rest.

mod entry;

pub use entry::{Listed, Place, Problem};

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::{Admin, AdminError};
use crate::base::ids::Group;
use crate::base::lookalike::MixedScripts;
use crate::base::username::Username;
use crate::passwords::LocalPasswords;
use crate::passwords::foreign::{Foreign, recognise};
use crate::signin::account::Account;
use crate::store::{Event, Linking, Transaction};

/// What becomes of whoever has an account already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhoIsThere {
    IsLeftAlone,
    GetsThePasswordOfTheList,
}

/// Whether anything is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Run {
    /// Everything is looked at, nothing is written.
    Dry,
    ForGood,
}

/// An entry that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    #[serde(flatten)]
    pub place: Place,
    pub name: Option<String>,
    pub why: String,
}

/// What became of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    Made,
    Replaced,
    /// It had this very password.
    WasSoBefore,
}

/// What became of a list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    pub made: u64,
    pub replaced: u64,
    /// Who had this very password before.
    pub unchanged: u64,
    pub refused: Vec<Refused>,
    /// How often each way of hashing was met, among those that were taken.
    pub schemes: HashMap<&'static str, u64>,
}

/// A list under way.
#[derive(Debug)]
pub struct Import<'a> {
    admin: &'a Admin,
    passwords: &'a LocalPasswords,
    who_is_there: WhoIsThere,
    run: Run,
    /// Folded names, and where they stand.
    seen: HashMap<String, Place>,
    /// Skeletons of names, and where they stand.
    looks: HashMap<String, Place>,
    done: Imported,
}

/// An entry that can be taken.
struct Checked {
    name: Username,
    foreign: Foreign,
    hash: String,
    groups: BTreeSet<Group>,
}

impl Admin {
    /// Begins to take a list.
    #[must_use]
    pub fn import<'a>(&'a self, passwords: &'a LocalPasswords, who_is_there: WhoIsThere, run: Run) -> Import<'a> {
        Import {
            admin: self,
            passwords,
            who_is_there,
            run,
            seen: HashMap::new(),
            looks: HashMap::new(),
            done: Imported::default(),
        }
    }

    async fn note_import(&self, passwords: &LocalPasswords, done: &Imported) -> Result<(), AdminError> {
        let Imported { made, replaced, unchanged, refused, .. } = done;
        let refused = refused.len();
        let mut entry = self.entry(Event::AccountsImported);
        entry.provider = Some(passwords.provider().clone());
        entry.detail = Some(format!("{made} made, {replaced} replaced, {unchanged} as before, {refused} refused"));
        let mut transaction = self.store.begin().await?;
        transaction.audit(&entry).await?;
        Ok(transaction.commit().await?)
    }
}

impl Import<'_> {
    /// Notes an entry that is not taken.
    pub fn refuse(&mut self, place: Place, name: Option<&str>, problem: &Problem) {
        let name = match problem {
            Problem::UnreadableOf { name, .. } => Some(name.as_str()),
            _ => name,
        };
        // What can't be seen is spelt out: it would break the line of the report.
        let name = name.map(|name| name.escape_debug().to_string());
        self.done.refused.push(Refused { place, name, why: problem.to_string() });
    }

    /// Takes some entries: all of them, or, when the database fails, none.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take(&mut self, entries: &[Listed]) -> Result<(), AdminError> {
        let mut transaction = self.admin.store.begin().await?;
        let mut settled = Vec::new();
        for entry in entries {
            let became = match self.check(entry) {
                Ok(checked) => {
                    let scheme = checked.foreign.scheme();
                    self.settle(&mut transaction, checked).await?.map(|settled| (settled, scheme))
                }
                Err(problem) => Err(problem),
            };
            settled.push((entry.place, &entry.name, became));
        }
        match self.run {
            Run::Dry => drop(transaction),
            Run::ForGood => transaction.commit().await?,
        }
        for (place, name, became) in settled {
            match became {
                Err(problem) => self.refuse(place, Some(name), &problem),
                Ok((settled, scheme)) => {
                    *self.done.schemes.entry(scheme).or_default() += 1;
                    match settled {
                        Settled::Made => self.done.made += 1,
                        Settled::Replaced => self.done.replaced += 1,
                        Settled::WasSoBefore => self.done.unchanged += 1,
                    }
                }
            }
        }
        Ok(())
    }

    /// Writes down that a list was taken, as far as it was.
    ///
    /// # Errors
    /// When the database fails; what was done stays done.
    pub async fn end(self) -> Result<Imported, (Imported, AdminError)> {
        let mut done = self.done;
        done.refused.sort_by_key(|refused| refused.place);
        match self.run {
            Run::Dry => Ok(done),
            Run::ForGood => match self.admin.note_import(self.passwords, &done).await {
                Ok(()) => Ok(done),
                Err(why) => Err((done, why)),
            },
        }
    }

    fn check(&mut self, entry: &Listed) -> Result<Checked, Problem> {
        let name: Username = entry.name.parse()?;
        if let Some(earlier) = self.seen.get(&name.folded()).or_else(|| self.looks.get(&name.skeleton())) {
            return Err(Problem::Twice(*earlier));
        }
        self.seen.insert(name.folded(), entry.place);
        self.looks.insert(name.skeleton(), entry.place);
        let hash = entry.hash.trim().to_owned();
        let foreign = recognise(&hash)?;
        let groups = entry.groups.iter().map(|name| Group::named(name).map_err(|why| Problem::group(name, why)));
        Ok(Checked { name, foreign, hash, groups: groups.collect::<Result<_, _>>()? })
    }

    async fn settle(
        &self,
        transaction: &mut Transaction,
        checked: Checked,
    ) -> Result<Result<Settled, Problem>, AdminError> {
        let Checked { name, foreign, hash, groups } = checked;
        // An account that exists keeps its name, whatever alphabets it is written in.
        let admitted = self.admin.scripts.admit(name.as_str());
        let made = match &admitted {
            Ok(()) => transaction.make_account(&name).await?,
            Err(_) => None,
        };
        let (account, settled) = match made {
            Some(account) => (account, Settled::Made),
            None => match self.found(transaction, &name, &hash, admitted).await? {
                Ok(account) => (account, Settled::Replaced),
                Err(otherwise) => return Ok(otherwise),
            },
        };
        let key = self.passwords.identity(&account.id);
        // Never so for an account just made: nobody had its id before.
        let by_link = match transaction.link(&key, &account.id).await? {
            Linking::Done { sessions_ended } => sessions_ended,
            Linking::Already => 0,
            Linking::Anothers { username, .. } => return Ok(Err(Problem::IdentityOfAnother(username))),
        };
        transaction.set_password(&account.id, &hash).await?;
        let sessions = match settled {
            Settled::Replaced => by_link + transaction.end_sessions_of(&account.id).await?,
            Settled::Made | Settled::WasSoBefore => 0,
        };
        for group in &groups {
            transaction.add_to_group(&account.id, group).await?;
        }
        let within: Vec<_> = groups.iter().map(Group::as_str).collect();
        let within = if within.is_empty() { String::new() } else { format!(", in {}", within.join(", ")) };
        let detail = format!("{}: imported, hashed by {}{within}", account.username, foreign.scheme());
        let (event, detail) = match settled {
            Settled::Made => (Event::AccountMade, detail),
            Settled::Replaced | Settled::WasSoBefore => {
                (Event::PasswordSet, format!("{detail}; {sessions} sessions ended"))
            }
        };
        let mut row = self.admin.entry_about(event, &account.id, detail);
        row.provider = Some(self.passwords.provider().clone());
        transaction.audit(&row).await?;
        Ok(Ok(settled))
    }

    /// Who has that name already: to be given this password, or to be left alone.
    async fn found(
        &self,
        transaction: &mut Transaction,
        name: &Username,
        hash: &str,
        admitted: Result<(), MixedScripts>,
    ) -> Result<Result<Account, Result<Settled, Problem>>, AdminError> {
        let Some(account) = transaction.account_by_name(name).await? else {
            if let Err(mixed) = admitted {
                return Ok(Err(Err(mixed.into())));
            }
            let holder = transaction.holder(name).await?;
            let holder = holder.ok_or_else(|| AdminError::NoSuchAccount(super::Whom::Name(name.clone())))?;
            return Ok(Err(Err(Problem::LooksLike(holder))));
        };
        let kept = self.admin.store.password_of(&account.id).await?.and_then(|kept| kept.hash);
        if kept.as_deref() == Some(hash) {
            return Ok(Err(Ok(Settled::WasSoBefore)));
        }
        Ok(match self.who_is_there {
            WhoIsThere::GetsThePasswordOfTheList => Ok(account),
            WhoIsThere::IsLeftAlone => Err(Err(Problem::Exists(account.username))),
        })
    }
}
