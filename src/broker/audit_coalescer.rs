//! Merges audit rows of refusals that anybody can cause as often as they like. Of each kind, the first in a minute get
//! a row of their own; the others are counted here and written as one number. So a flood of refusals is no flood of
//! writes.
//!
//! Refusals of a password that look alike from outside are one kind, whatever row of the audit each belongs to. If each
//! account were a kind of its own, a name without an account would stop being written sooner, and the time of the
//! answer would tell (security rule C42).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::public::Public;
use crate::store::{AuditEntry, Bucket, MAX_CODES_PER_ROW};

/// The most kinds in a minute that are counted by network. Further ones are counted by kind alone, and the config
/// bounds their number.
const MAX_KINDS: usize = 1_000;
/// The most rows of one kind that are counted apart. Further ones are counted without their account, and the config
/// bounds their number.
const MAX_ROWS: usize = 200;

/// The refusals of each kind in its minute. Only `kill -9` loses them.
#[derive(Debug, Default)]
pub struct AuditCoalescer {
    kinds: Mutex<HashMap<Bucket, RefusalKind>>,
}

#[derive(Debug)]
struct RefusalKind {
    minute: i64,
    /// With a code of their own.
    written: u32,
    /// Those that the audit does not have yet, by their row.
    unwritten: HashMap<Bucket, UnwrittenRow>,
}

/// Refusals of one row that the audit does not have yet.
#[derive(Debug, Clone)]
pub struct UnwrittenRow {
    kind: Bucket,
    row: Bucket,
    pub last: AuditEntry,
    pub times: u32,
}

/// How a refusal looks from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// As every refusal of a password that shows this page.
    ByPage(Public),
    /// As its cause.
    ByCause,
}

impl AuditCoalescer {
    /// The entry, if it is to be written now. `None`: it is counted here.
    #[must_use]
    pub fn add(&self, mut entry: AuditEntry, grouping: Grouping) -> Option<AuditEntry> {
        let Some(mut key) = kind_key(&entry, grouping) else { return Some(entry) };
        let mut kinds = self.kinds();
        if kinds.len() >= MAX_KINDS && !kinds.contains_key(&key) {
            entry.network = None;
            key = kind_key(&entry, grouping)?;
        }
        let kind = kinds.entry(key).or_insert_with(|| RefusalKind::of_minute(entry.minute()));
        if kind.written < MAX_CODES_PER_ROW {
            kind.written += 1;
            return Some(entry);
        }
        kind.count(key, entry);
        None
    }

    /// Counts an entry from [`Self::add`] that could not be written. Its reference code is lost.
    pub fn count_failed(&self, entry: AuditEntry, grouping: Grouping) {
        let Some(key) = kind_key(&entry, grouping) else { return };
        let new = || RefusalKind { written: 1, ..RefusalKind::of_minute(entry.minute()) };
        self.kinds().entry(key).or_insert_with(new).count(key, entry);
    }

    /// What is still to be written.
    #[must_use]
    pub fn unwritten(&self) -> Vec<UnwrittenRow> {
        self.kinds().values().flat_map(|kind| kind.unwritten.values().cloned()).collect()
    }

    /// These are written now. Forgets kinds whose minute is over and that are written.
    pub fn mark_written(&self, all: &[UnwrittenRow], now: OffsetDateTime) {
        let mut kinds = self.kinds();
        for written in all {
            let Some(kind) = kinds.get_mut(&written.kind) else { continue };
            if let Some(one) = kind.unwritten.get_mut(&written.row) {
                one.times = one.times.saturating_sub(written.times);
            }
        }
        kinds.retain(|_, kind| {
            kind.unwritten.retain(|_, one| one.times > 0);
            !kind.unwritten.is_empty() || kind.minute == AuditEntry::minute_of(now)
        });
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Bucket, RefusalKind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefusalKind {
    fn of_minute(minute: i64) -> Self {
        Self { minute, written: 0, unwritten: HashMap::new() }
    }

    fn count(&mut self, kind: Bucket, mut last: AuditEntry) {
        let Some(mut row) = last.bucket() else { return };
        if self.unwritten.len() >= MAX_ROWS && !self.unwritten.contains_key(&row) {
            last.account = None;
            let Some(without_account) = last.bucket() else { return };
            row = without_account;
        }
        let times = self.unwritten.get(&row).map_or(0, |one| one.times) + 1;
        self.unwritten.insert(row, UnwrittenRow { kind, row, last, times });
    }
}

/// The key of the kind of a refusal. `None`: no refusal.
fn kind_key(entry: &AuditEntry, grouping: Grouping) -> Option<Bucket> {
    match grouping {
        Grouping::ByCause => entry.bucket(),
        Grouping::ByPage(page) => {
            let cause = Some(format!("{page:?}"));
            AuditEntry { cause, provider: None, account: None, detail: None, ..entry.clone() }.bucket()
        }
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{AuditCoalescer, Grouping, MAX_KINDS, MAX_ROWS};
    use crate::base::ids::AccountId;
    use crate::broker::Public;
    use crate::store::{AuditEntry, Event};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 10:00:05 UTC);

    fn from(network: &str) -> AuditEntry {
        AuditEntry {
            cause: Some("login_missing".into()),
            network: Some(network.into()),
            ..AuditEntry::new(NOW, Event::Refused)
        }
    }

    #[test]
    fn the_first_of_a_kind_are_written_down_and_the_rest_become_a_number() {
        let coalescer = AuditCoalescer::default();
        let written = (0..500).filter(|_| coalescer.add(from("192.0.2.0/24"), Grouping::ByCause).is_some()).count();
        assert_eq!(written, 20);
        assert!(coalescer.add(from("198.51.100.0/24"), Grouping::ByCause).is_some(), "another network is another kind");
        let unwritten = coalescer.unwritten();
        assert_eq!((unwritten.len(), unwritten[0].times), (1, 480));
    }

    #[test]
    fn what_comes_while_a_number_is_written_down_waits_for_the_next() {
        let coalescer = AuditCoalescer::default();
        let add_refusals =
            |times: usize| (0..times).for_each(|_| drop(coalescer.add(from("192.0.2.0/24"), Grouping::ByCause)));
        add_refusals(25);
        let unwritten = coalescer.unwritten();
        add_refusals(2);
        coalescer.mark_written(&unwritten, NOW);
        assert_eq!(coalescer.unwritten()[0].times, 2);
        coalescer.mark_written(&coalescer.unwritten(), NOW);
        assert!(coalescer.unwritten().is_empty());
        add_refusals(1);
        assert_eq!(coalescer.unwritten()[0].times, 1, "the minute goes on");
    }

    #[test]
    fn what_could_not_be_written_down_is_counted() {
        let coalescer = AuditCoalescer::default();
        let failed = coalescer.add(from("192.0.2.0/24"), Grouping::ByCause).unwrap();
        coalescer.count_failed(failed.clone(), Grouping::ByCause);
        assert_eq!(coalescer.unwritten()[0].times, 1);
        coalescer.mark_written(&coalescer.unwritten(), NOW + Duration::minutes(1));
        coalescer.count_failed(failed, Grouping::ByCause);
        assert_eq!(coalescer.unwritten()[0].times, 1, "though its minute was forgotten meanwhile");
    }

    #[test]
    fn a_minute_that_is_over_is_forgotten_once_it_was_told() {
        let coalescer = AuditCoalescer::default();
        (0..25).for_each(|_| drop(coalescer.add(from("192.0.2.0/24"), Grouping::ByCause)));
        let later = NOW + Duration::minutes(1);
        coalescer.mark_written(&[], later);
        assert_eq!(coalescer.unwritten()[0].times, 5, "nothing is lost while the database is away");
        coalescer.mark_written(&coalescer.unwritten(), later);
        assert!(coalescer.kinds().is_empty());
    }

    #[test]
    fn more_networks_than_can_be_told_apart_are_counted_as_one() {
        let coalescer = AuditCoalescer::default();
        let mut written = 0;
        for network in 0..MAX_KINDS + 500 {
            let entry = coalescer.add(from(&format!("2001:db8:{network:x}::/64")), Grouping::ByCause);
            written += usize::from(entry.is_some_and(|entry| entry.network.is_none()));
        }
        assert_eq!((written, coalescer.unwritten()[0].times), (20, 480));
        assert_eq!(coalescer.kinds().len(), MAX_KINDS + 1);
    }
    fn wrong_password(account: Option<String>) -> AuditEntry {
        let account = account.map(AccountId::stored);
        AuditEntry { cause: Some("password_refused".into()), account, ..from("192.0.2.0/24") }
    }

    // C42
    #[test]
    fn a_refused_password_is_written_down_as_often_whether_or_not_an_account_is_known() {
        let refused = Grouping::ByPage(Public::WrongPassword);
        for flood in [None, Some("flooded".to_owned())] {
            let coalescer = AuditCoalescer::default();
            let of_grace = || wrong_password(Some("grace".to_owned()));
            assert!(coalescer.add(of_grace(), refused).is_some());
            (1..20).for_each(|_| assert!(coalescer.add(wrong_password(flood.clone()), refused).is_some()));
            for account in [None, Some("grace"), Some("ada"), Some("grace")] {
                assert_eq!(coalescer.add(wrong_password(account.map(str::to_owned)), refused), None, "{account:?}");
            }
            let waits = Grouping::ByPage(Public::TooManyAttempts);
            assert!(coalescer.add(of_grace(), waits).is_some(), "another page is another kind");
            let mut unwritten: Vec<_> =
                coalescer.unwritten().into_iter().map(|one| (one.last.account, one.times)).collect();
            unwritten.sort_by_key(|(account, _)| account.as_ref().map(|account| account.as_str().to_owned()));
            let [grace, ada] = ["grace", "ada"].map(|id| Some(AccountId::stored(id.to_owned())));
            assert_eq!(unwritten, [(None, 1), (ada, 1), (grace, 2)], "each account has its own count");
            coalescer.mark_written(&coalescer.unwritten(), NOW);
            assert!(coalescer.unwritten().is_empty());
        }
    }

    #[test]
    fn more_accounts_than_can_be_counted_apart_are_counted_as_nobodys() {
        let (coalescer, refused) = (AuditCoalescer::default(), Grouping::ByPage(Public::WrongPassword));
        for number in 0..MAX_ROWS + 70 {
            drop(coalescer.add(wrong_password(Some(number.to_string())), refused));
        }
        let unwritten = coalescer.unwritten();
        let without_account: Vec<_> =
            unwritten.iter().filter(|one| one.last.account.is_none()).map(|one| one.times).collect();
        assert_eq!((unwritten.len(), without_account), (MAX_ROWS + 1, vec![50]));
    }
}
