//! Merges audit rows of refusals that anybody can cause as often as they like. Of each kind, the first in a minute get
//! a row of their own; the others are counted here and written as one number. So a flood of refusals is no flood of
//! writes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::store::{AuditEntry, Bucket, CODES_A_ROW};

/// The most kinds in a minute that are counted by network. Further ones are counted by kind alone, and the config
/// bounds their number.
const NETWORKS: usize = 1_000;

/// The refusals of each kind in its minute. Only `kill -9` loses them.
#[derive(Debug, Default)]
pub struct AuditCoalescer {
    kinds: Mutex<HashMap<Bucket, Counted>>,
}

#[derive(Debug)]
struct Counted {
    /// With a row of their own.
    written: u32,
    /// Counted here alone.
    unwritten: u32,
    last: AuditEntry,
}

/// Refusals of one kind that the audit does not have yet.
#[derive(Debug, Clone)]
pub struct Unwritten {
    bucket: Bucket,
    pub last: AuditEntry,
    pub times: u32,
}

impl AuditCoalescer {
    /// The entry, if it gets a row of its own. `None`: it is counted here.
    #[must_use]
    pub fn add(&self, mut entry: AuditEntry) -> Option<AuditEntry> {
        let Some(mut bucket) = entry.bucket() else { return Some(entry) };
        let mut kinds = self.kinds();
        if kinds.len() >= NETWORKS && !kinds.contains_key(&bucket) {
            entry.network = None;
            bucket = entry.bucket()?;
        }
        let counted = kinds.entry(bucket).or_insert_with(|| Counted { written: 0, unwritten: 0, last: entry.clone() });
        counted.last = entry;
        if counted.written < CODES_A_ROW {
            counted.written += 1;
            return Some(counted.last.clone());
        }
        counted.unwritten += 1;
        None
    }

    /// Counts an entry from [`Self::add`] that could not be written. Its reference code is lost.
    pub fn count_failed(&self, entry: AuditEntry) {
        let Some(bucket) = entry.bucket() else { return };
        let new = || Counted { written: 1, unwritten: 0, last: entry };
        self.kinds().entry(bucket).or_insert_with(new).unwritten += 1;
    }

    /// What is still to be written.
    #[must_use]
    pub fn unwritten(&self) -> Vec<Unwritten> {
        let kinds = self.kinds();
        let unwritten = kinds.iter().filter(|(_, counted)| counted.unwritten > 0);
        unwritten
            .map(|(bucket, counted)| Unwritten {
                bucket: *bucket,
                last: counted.last.clone(),
                times: counted.unwritten,
            })
            .collect()
    }

    /// These are written now. Forgets kinds whose minute is over and that are written.
    pub fn mark_written(&self, all: &[Unwritten], now: OffsetDateTime) {
        let mut kinds = self.kinds();
        for one in all {
            if let Some(counted) = kinds.get_mut(&one.bucket) {
                counted.unwritten = counted.unwritten.saturating_sub(one.times);
            }
        }
        kinds.retain(|_, counted| counted.unwritten > 0 || counted.last.minute() == AuditEntry::minute_of(now));
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Bucket, Counted>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{AuditCoalescer, NETWORKS};
    use crate::store::{AuditEntry, Event};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-11-23 10:00:05 UTC);

    fn from(network: &str) -> AuditEntry {
        AuditEntry {
            cause: Some("pending_missing".into()),
            network: Some(network.into()),
            ..AuditEntry::new(NOW, Event::Refused)
        }
    }

    #[test]
    fn the_first_of_a_kind_are_written_down_and_the_rest_become_a_number() {
        let coalescer = AuditCoalescer::default();
        let written = (0..500).filter(|_| coalescer.add(from("192.0.2.0/24")).is_some()).count();
        assert_eq!(written, 20);
        assert!(coalescer.add(from("198.51.100.0/24")).is_some(), "another network is another kind");
        let unwritten = coalescer.unwritten();
        assert_eq!((unwritten.len(), unwritten[0].times), (1, 480));
    }

    #[test]
    fn what_comes_while_a_number_is_written_down_waits_for_the_next() {
        let coalescer = AuditCoalescer::default();
        let come = |times: usize| (0..times).for_each(|_| drop(coalescer.add(from("192.0.2.0/24"))));
        come(25);
        let unwritten = coalescer.unwritten();
        come(2);
        coalescer.mark_written(&unwritten, NOW);
        assert_eq!(coalescer.unwritten()[0].times, 2);
        coalescer.mark_written(&coalescer.unwritten(), NOW);
        assert!(coalescer.unwritten().is_empty());
        come(1);
        assert_eq!(coalescer.unwritten()[0].times, 1, "the minute goes on");
    }

    #[test]
    fn what_could_not_be_written_down_is_counted() {
        let coalescer = AuditCoalescer::default();
        let failed = coalescer.add(from("192.0.2.0/24")).unwrap();
        coalescer.count_failed(failed.clone());
        assert_eq!(coalescer.unwritten()[0].times, 1);
        coalescer.mark_written(&coalescer.unwritten(), NOW + Duration::minutes(1));
        coalescer.count_failed(failed);
        assert_eq!(coalescer.unwritten()[0].times, 1, "though its minute was forgotten meanwhile");
    }

    #[test]
    fn a_minute_that_is_over_is_forgotten_once_it_was_told() {
        let coalescer = AuditCoalescer::default();
        (0..25).for_each(|_| drop(coalescer.add(from("192.0.2.0/24"))));
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
        for network in 0..NETWORKS + 500 {
            let entry = coalescer.add(from(&format!("2001:db8:{network:x}::/64")));
            written += usize::from(entry.is_some_and(|entry| entry.network.is_none()));
        }
        assert_eq!((written, coalescer.unwritten()[0].times), (20, 480));
        assert_eq!(coalescer.kinds().len(), NETWORKS + 1);
    }
}
