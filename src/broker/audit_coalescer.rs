//! Merges writes to the audit, so that a flood of refusals causes few writes. Of each kind of refusal, the first
//! `MAX_CODES_PER_ROW` in a minute are written at once, each with its reference code. The others are only counted here,
//! and their number is written later. The store adds all of them to one row, which has a count.
//!
//! Refused passwords that look alike from outside are one kind, whatever audit row each belongs to. If each account
//! were a kind of its own, refusals without an account would reach the limit sooner, and the response time would show
//! it (security rule C42).

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::public::Public;
use crate::store::{AuditEntry, CoalescingKey, MAX_CODES_PER_ROW};

/// The most kinds in a minute that are counted by network. Further kinds are counted without the network. The config
/// limits how many of those there are.
const MAX_KINDS: usize = 1_000;
/// The most audit rows that one kind counts separately. Further rows are counted without the account. The config limits
/// how many of those there are.
const MAX_ROWS: usize = 200;

/// The refusals of each kind in one minute. A shutdown writes the counts; only a killed process loses them.
#[derive(Debug, Default)]
pub struct AuditCoalescer {
    kinds: Mutex<HashMap<CoalescingKey, RefusalKind>>,
}

#[derive(Debug)]
struct RefusalKind {
    minute: i64,
    /// How many were written at once.
    written: u32,
    /// The counts that the audit does not have yet, by audit row.
    unwritten: HashMap<CoalescingKey, UnwrittenRow>,
}

/// A count of refusals that the audit does not have yet, for one audit row.
#[derive(Debug, Clone)]
pub struct UnwrittenRow {
    kind: CoalescingKey,
    row: CoalescingKey,
    pub last: AuditEntry,
    pub times: u32,
}

/// Which refusals are of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grouping {
    /// All refused passwords that show this page.
    ByPage(Public),
    /// Refusals of the same cause.
    ByCause,
}

impl AuditCoalescer {
    /// Returns the entry if it is to be written now. `None`: it was only counted.
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

    /// The counts that are still to be written.
    #[must_use]
    pub fn unwritten(&self) -> Vec<UnwrittenRow> {
        self.kinds().values().flat_map(|kind| kind.unwritten.values().cloned()).collect()
    }

    /// Removes counts that were written. Forgets kinds without a count whose minute is over.
    pub fn mark_written(&self, rows: &[UnwrittenRow], now: OffsetDateTime) {
        let mut kinds = self.kinds();
        for written in rows {
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

    fn kinds(&self) -> MutexGuard<'_, HashMap<CoalescingKey, RefusalKind>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl RefusalKind {
    fn of_minute(minute: i64) -> Self {
        Self { minute, written: 0, unwritten: HashMap::new() }
    }

    fn count(&mut self, kind: CoalescingKey, mut last: AuditEntry) {
        let Some(mut row) = last.bucket() else { return };
        if self.unwritten.len() >= MAX_ROWS && !self.unwritten.contains_key(&row) {
            // Its detail names the account. With the account's id gone, it could never be erased.
            (last.account, last.detail) = (None, None);
            let Some(without_account) = last.bucket() else { return };
            row = without_account;
        }
        let times = self.unwritten.get(&row).map_or(0, |one| one.times) + 1;
        self.unwritten.insert(row, UnwrittenRow { kind, row, last, times });
    }
}

/// The key of a refusal's kind. `None`: the entry is not a refusal.
fn kind_key(entry: &AuditEntry, grouping: Grouping) -> Option<CoalescingKey> {
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
    use crate::store::{AuditDetail, AuditEntry, Event};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 10:00:05 UTC);

    fn from(network: &str) -> AuditEntry {
        AuditEntry {
            cause: Some("login_missing".into()),
            network: Some(network.into()),
            ..AuditEntry::new(NOW, Event::Refused)
        }
    }

    #[test]
    fn the_first_refusals_of_a_kind_are_written_and_the_rest_are_counted() {
        let coalescer = AuditCoalescer::default();
        let written = (0..500).filter(|_| coalescer.add(from("192.0.2.0/24"), Grouping::ByCause).is_some()).count();
        assert_eq!(written, 20);
        assert!(coalescer.add(from("198.51.100.0/24"), Grouping::ByCause).is_some(), "another network is another kind");
        let unwritten = coalescer.unwritten();
        assert_eq!((unwritten.len(), unwritten[0].times), (1, 480));
    }

    #[test]
    fn refusals_during_a_write_wait_for_the_next_write() {
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
        assert_eq!(coalescer.unwritten()[0].times, 1, "the minute is not over");
    }

    #[test]
    fn an_entry_that_could_not_be_written_is_counted() {
        let coalescer = AuditCoalescer::default();
        let failed = coalescer.add(from("192.0.2.0/24"), Grouping::ByCause).unwrap();
        coalescer.count_failed(failed.clone(), Grouping::ByCause);
        assert_eq!(coalescer.unwritten()[0].times, 1);
        coalescer.mark_written(&coalescer.unwritten(), NOW + Duration::minutes(1));
        coalescer.count_failed(failed, Grouping::ByCause);
        assert_eq!(coalescer.unwritten()[0].times, 1, "even after its minute was forgotten");
    }

    #[test]
    fn a_past_minute_is_forgotten_after_its_counts_are_written() {
        let coalescer = AuditCoalescer::default();
        (0..25).for_each(|_| drop(coalescer.add(from("192.0.2.0/24"), Grouping::ByCause)));
        let later = NOW + Duration::minutes(1);
        coalescer.mark_written(&[], later);
        assert_eq!(coalescer.unwritten()[0].times, 5, "nothing is lost while the database can't be reached");
        coalescer.mark_written(&coalescer.unwritten(), later);
        assert!(coalescer.kinds().is_empty());
    }

    #[test]
    fn networks_beyond_the_limit_are_counted_together() {
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
    fn refused_passwords_are_written_as_often_with_and_without_a_known_account() {
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
    fn accounts_beyond_the_limit_are_counted_together_without_an_account() {
        let (coalescer, refused) = (AuditCoalescer::default(), Grouping::ByPage(Public::WrongPassword));
        for number in 0..MAX_ROWS + 70 {
            let detail = Some(AuditDetail::new().personal("explanation", number));
            drop(coalescer.add(AuditEntry { detail, ..wrong_password(Some(number.to_string())) }, refused));
        }
        let unwritten = coalescer.unwritten();
        let erasable = |entry: &AuditEntry| entry.account.is_some() == entry.detail.is_some();
        assert!(unwritten.iter().all(|one| erasable(&one.last)), "a row without an account names nobody");
        let without_account: Vec<_> =
            unwritten.iter().filter(|one| one.last.account.is_none()).map(|one| one.times).collect();
        assert_eq!((unwritten.len(), without_account), (MAX_ROWS + 1, vec![50]));
    }
}
