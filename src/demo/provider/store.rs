//! A provider's memory, which expires and is bounded: sessions, codes, access tokens.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::Person;
use super::scopes::Scopes;

/// RFC 6749 §4.1.2 allows ten minutes; a browser needs seconds.
pub const CODE_LIFETIME: Duration = Duration::seconds(60);
pub const TOKEN_LIFETIME: Duration = Duration::minutes(5);
pub const SESSION_LIFETIME: Duration = Duration::hours(8);

pub struct MemoryStore {
    pub sessions: ExpiringMap<Session>,
    pub codes: ExpiringMap<Code>,
    pub tokens: ExpiringMap<TokenGrant>,
}

impl MemoryStore {
    pub fn empty() -> Self {
        Self {
            sessions: ExpiringMap::bounded(1_000),
            codes: ExpiringMap::bounded(10_000),
            tokens: ExpiringMap::bounded(10_000),
        }
    }
}

/// Somebody is signed in at the provider, in one browser.
#[derive(Clone)]
pub struct Session {
    pub person: Arc<Person>,
    pub since: OffsetDateTime,
}

/// An authorization code.
pub enum Code {
    Unused(Box<Grant>),
    /// Used, for this access token: a second use revokes it (RFC 6749 §4.1.2).
    Used {
        token: String,
    },
}

/// What a code grants, and what the client must send to redeem it.
pub struct Grant {
    pub session: Session,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scopes: Scopes,
}

/// What an access token grants.
#[derive(Clone)]
pub struct TokenGrant {
    pub person: Arc<Person>,
    pub scopes: Scopes,
}

/// A map whose entries expire. If it is full, the oldest entry is removed.
pub struct ExpiringMap<T> {
    capacity: usize,
    entries: HashMap<String, (T, OffsetDateTime)>,
    by_age: VecDeque<String>,
}

impl<T> ExpiringMap<T> {
    pub fn bounded(capacity: usize) -> Self {
        Self { capacity, entries: HashMap::new(), by_age: VecDeque::new() }
    }

    pub fn insert(&mut self, key: String, value: T, until: OffsetDateTime) {
        while self.by_age.len() >= self.capacity {
            if let Some(oldest) = self.by_age.pop_front() {
                self.entries.remove(&oldest);
            }
        }
        self.by_age.push_back(key.clone());
        self.entries.insert(key, (value, until));
    }

    pub fn get(&self, key: &str, now: OffsetDateTime) -> Option<&T> {
        self.entries.get(key).filter(|(_, until)| now < *until).map(|(value, _)| value)
    }

    /// Replaces a value by `next`, which expires at the same time.
    pub fn replace(&mut self, key: &str, next: T, now: OffsetDateTime) -> Option<T> {
        let (value, _) = self.entries.get_mut(key).filter(|(_, until)| now < *until)?;
        Some(std::mem::replace(value, next))
    }

    pub fn remove(&mut self, key: &str, now: OffsetDateTime) -> Option<T> {
        self.entries.remove(key).filter(|(_, until)| now < *until).map(|(value, _)| value)
    }
}

#[cfg(test)]
mod tests {
    use super::ExpiringMap;
    use time::{Duration, OffsetDateTime};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn a_full_map_removes_the_oldest_entry() {
        let mut map = ExpiringMap::bounded(2);
        for key in ["a", "b", "c"] {
            map.insert(key.into(), key, NOW + Duration::MINUTE);
        }
        assert_eq!([map.get("a", NOW), map.get("b", NOW), map.get("c", NOW)], [None, Some(&"b"), Some(&"c")]);
        assert_eq!(map.entries.len(), map.by_age.len());
    }

    #[test]
    fn entries_expire_at_their_time() {
        let mut map = ExpiringMap::bounded(2);
        map.insert("a".into(), 1, NOW + Duration::SECOND);
        assert_eq!(map.get("a", NOW), Some(&1));
        assert_eq!(map.get("a", NOW + Duration::SECOND), None);
        assert_eq!(map.remove("a", NOW + Duration::SECOND), None);
    }
}
