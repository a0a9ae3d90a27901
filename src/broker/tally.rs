//! Refusals that anybody can cause as often as they like: the first of a kind are written down one by one, the rest counted
//! here and written down as a number, so that a flood of them is no flood of writes.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use crate::store::{AuditEntry, Bucket, CODES_A_ROW};

/// How many kinds a minute are told apart by their network. Beyond it only kinds are counted, and those the config bounds.
const NETWORKS: usize = 1_000;

/// What was seen of each kind in its minute. Lost on `kill -9` alone.
#[derive(Debug, Default)]
pub struct Tally {
    kinds: Mutex<HashMap<Bucket, Counted>>,
}

#[derive(Debug)]
struct Counted {
    written: u32,
    held: u32,
    last: AuditEntry,
}

/// So many more of one kind than the audit knows of.
#[derive(Debug, Clone)]
pub struct More {
    bucket: Bucket,
    /// The last of them.
    pub last: AuditEntry,
    pub times: u32,
}

impl Tally {
    /// The entry as it is to be written down now, while its code can still be found there; `None` once it was counted here.
    #[must_use]
    pub fn weigh(&self, mut entry: AuditEntry) -> Option<AuditEntry> {
        let Some(mut bucket) = entry.bucket() else { return Some(entry) };
        let mut kinds = self.kinds();
        if kinds.len() >= NETWORKS && !kinds.contains_key(&bucket) {
            entry.network = None;
            bucket = entry.bucket()?;
        }
        let counted = kinds.entry(bucket).or_insert_with(|| Counted { written: 0, held: 0, last: entry.clone() });
        counted.last = entry;
        if counted.written < CODES_A_ROW {
            counted.written += 1;
            return Some(counted.last.clone());
        }
        counted.held += 1;
        None
    }

    /// One that [`Self::weigh`] gave back and that could not be written down: its code is lost, its count is not.
    pub fn hold(&self, entry: AuditEntry) {
        let Some(bucket) = entry.bucket() else { return };
        let new = || Counted { written: 1, held: 0, last: entry };
        self.kinds().entry(bucket).or_insert_with(new).held += 1;
    }

    /// What the audit does not know of yet.
    #[must_use]
    pub fn held(&self) -> Vec<More> {
        let kinds = self.kinds();
        let held = kinds.iter().filter(|(_, counted)| counted.held > 0);
        held.map(|(bucket, counted)| More { bucket: *bucket, last: counted.last.clone(), times: counted.held })
            .collect()
    }

    /// Now it does. Minutes that are over and told are forgotten.
    pub fn told(&self, all: &[More], now: OffsetDateTime) {
        let mut kinds = self.kinds();
        for more in all {
            if let Some(counted) = kinds.get_mut(&more.bucket) {
                counted.held = counted.held.saturating_sub(more.times);
            }
        }
        kinds.retain(|_, counted| counted.held > 0 || counted.last.minute() == AuditEntry::minute_of(now));
    }

    fn kinds(&self) -> MutexGuard<'_, HashMap<Bucket, Counted>> {
        self.kinds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use time::{Duration, OffsetDateTime};

    use super::{NETWORKS, Tally};
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
        let tally = Tally::default();
        let written = (0..500).filter(|_| tally.weigh(from("192.0.2.0/24")).is_some()).count();
        assert_eq!(written, 20);
        assert!(tally.weigh(from("198.51.100.0/24")).is_some(), "another network is another kind");
        let held = tally.held();
        assert_eq!((held.len(), held[0].times), (1, 480));
    }

    #[test]
    fn what_comes_while_a_number_is_written_down_waits_for_the_next() {
        let tally = Tally::default();
        let come = |times: usize| (0..times).for_each(|_| drop(tally.weigh(from("192.0.2.0/24"))));
        come(25);
        let held = tally.held();
        come(2);
        tally.told(&held, NOW);
        assert_eq!(tally.held()[0].times, 2);
        tally.told(&tally.held(), NOW);
        assert!(tally.held().is_empty());
        come(1);
        assert_eq!(tally.held()[0].times, 1, "the minute goes on");
    }

    #[test]
    fn what_could_not_be_written_down_is_counted() {
        let tally = Tally::default();
        let failed = tally.weigh(from("192.0.2.0/24")).unwrap();
        tally.hold(failed.clone());
        assert_eq!(tally.held()[0].times, 1);
        tally.told(&tally.held(), NOW + Duration::minutes(1));
        tally.hold(failed);
        assert_eq!(tally.held()[0].times, 1, "though its minute was forgotten meanwhile");
    }

    #[test]
    fn a_minute_that_is_over_is_forgotten_once_it_was_told() {
        let tally = Tally::default();
        (0..25).for_each(|_| drop(tally.weigh(from("192.0.2.0/24"))));
        let later = NOW + Duration::minutes(1);
        tally.told(&[], later);
        assert_eq!(tally.held()[0].times, 5, "nothing is lost while the database is away");
        tally.told(&tally.held(), later);
        assert!(tally.kinds().is_empty());
    }

    #[test]
    fn more_networks_than_can_be_told_apart_are_counted_as_one() {
        let tally = Tally::default();
        let mut written = 0;
        for network in 0..NETWORKS + 500 {
            let entry = tally.weigh(from(&format!("2001:db8:{network:x}::/64")));
            written += usize::from(entry.is_some_and(|entry| entry.network.is_none()));
        }
        assert_eq!((written, tally.held()[0].times), (20, 480));
        assert_eq!(tally.kinds().len(), NETWORKS + 1);
    }
}
