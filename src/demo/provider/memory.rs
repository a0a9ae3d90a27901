//! What the university remembers, for a while and never without bound: sessions, codes, access tokens.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use super::Person;
use super::claims::Scopes;

/// RFC 6749 §4.1.2 allows ten minutes; a browser needs seconds.
pub const CODE_LIVES: Duration = Duration::seconds(60);
pub const TOKEN_LIVES: Duration = Duration::minutes(5);
pub const SESSION_LIVES: Duration = Duration::hours(8);

pub struct Memory {
    pub sessions: Kept<Session>,
    pub codes: Kept<Code>,
    pub tokens: Kept<Access>,
}

impl Memory {
    pub fn empty() -> Self {
        Self { sessions: Kept::at_most(1_000), codes: Kept::at_most(10_000), tokens: Kept::at_most(10_000) }
    }
}

/// Somebody is signed in at the university, in one browser.
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

/// What a code stands for, and what its redeemer must show.
pub struct Grant {
    pub session: Session,
    pub redirect_uri: String,
    pub challenge: String,
    pub nonce: Option<String>,
    pub scopes: Scopes,
}

/// What an access token opens.
#[derive(Clone)]
pub struct Access {
    pub person: Arc<Person>,
    pub scopes: Scopes,
}

/// A map that forgets: each thing at its time, and the oldest where there is no room.
pub struct Kept<T> {
    most: usize,
    things: HashMap<String, (T, OffsetDateTime)>,
    by_age: VecDeque<String>,
}

impl<T> Kept<T> {
    pub fn at_most(most: usize) -> Self {
        Self { most, things: HashMap::new(), by_age: VecDeque::new() }
    }

    pub fn put(&mut self, key: String, thing: T, until: OffsetDateTime) {
        while self.by_age.len() >= self.most {
            if let Some(oldest) = self.by_age.pop_front() {
                self.things.remove(&oldest);
            }
        }
        self.by_age.push_back(key.clone());
        self.things.insert(key, (thing, until));
    }

    pub fn get(&self, key: &str, now: OffsetDateTime) -> Option<&T> {
        self.things.get(key).filter(|(_, until)| now < *until).map(|(thing, _)| thing)
    }

    /// Puts `next` in the place of what is there, until the same time.
    pub fn swap(&mut self, key: &str, next: T, now: OffsetDateTime) -> Option<T> {
        let (thing, _) = self.things.get_mut(key).filter(|(_, until)| now < *until)?;
        Some(std::mem::replace(thing, next))
    }

    pub fn take(&mut self, key: &str, now: OffsetDateTime) -> Option<T> {
        self.things.remove(key).filter(|(_, until)| now < *until).map(|(thing, _)| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::Kept;
    use time::{Duration, OffsetDateTime};

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    #[test]
    fn the_oldest_is_forgotten_where_there_is_no_room() {
        let mut kept = Kept::at_most(2);
        for key in ["a", "b", "c"] {
            kept.put(key.into(), key, NOW + Duration::MINUTE);
        }
        assert_eq!([kept.get("a", NOW), kept.get("b", NOW), kept.get("c", NOW)], [None, Some(&"b"), Some(&"c")]);
        assert_eq!(kept.things.len(), kept.by_age.len());
    }

    #[test]
    fn everything_ends_at_its_time() {
        let mut kept = Kept::at_most(2);
        kept.put("a".into(), 1, NOW + Duration::SECOND);
        assert_eq!(kept.get("a", NOW), Some(&1));
        assert_eq!(kept.get("a", NOW + Duration::SECOND), None);
        assert_eq!(kept.take("a", NOW + Duration::SECOND), None);
    }
}
