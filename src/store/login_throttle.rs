//! Passwords that were wrong, counted by marks that only the master key can make; and where somebody is known to sign in.

use ipnet::Ipv6Net;
use sea_orm::Value;
use time::{Duration, OffsetDateTime};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::sql::micros;
use super::{Store, StoreError};
use crate::base::ids::ProviderId;
use crate::base::secret::Marker;
use crate::base::username::folded;
use crate::signin::challenge::waits::{FORGOTTEN, Tries};

/// Whose tries are counted, to whoever holds the master key.
pub type Mark = [u8; 32];

/// Whose tries they are. Each provider has its own: a person whom one of them knows may share a name with somebody whom
/// another knows.
#[derive(Debug, Clone, Copy)]
pub enum Whose<'w> {
    /// A name as it was typed, whatever stands behind it.
    Typed(&'w ProviderId, &'w str),
    /// A name, letter for letter as a server gets it that may take two spellings for two people. All spellings share the
    /// count of [`Self::Typed`]; what a sign-in proves holds for its own spelling.
    Sent(&'w ProviderId, &'w str),
    /// What all names of somebody lead to.
    Account(&'w ProviderId, &'w str),
}

/// The marks of one of them, seen from one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Marks {
    /// They have signed in from there before.
    pub known: Mark,
    /// Tries from there.
    pub here: Mark,
    /// Tries from wherever they are not known.
    pub anywhere: Mark,
    /// Those of them with a name that was spelt this way, for [`Whose::Sent`].
    pub spelling: Option<Mark>,
}

/// The mark of anybody's tries from one network.
#[must_use]
pub fn mark_of_network(marker: &Marker, network: &str) -> Mark {
    marker.mark(&["network", network])
}

/// The marks of a provider's server that bans addresses. There, an IPv6 network is a whole /48: an end site may have one
/// (RFC 6177 §2), so one attacker may come from 65,536 networks of /64.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerMarks {
    /// Tries there, from wherever.
    pub all: Mark,
    /// Tries there, from one network.
    pub network: Mark,
}

impl ServerMarks {
    #[must_use]
    pub fn of(marker: &Marker, provider: &ProviderId, network: &str) -> Self {
        let all = marker.mark(&["server", provider.as_str()]);
        let site = site(network);
        Self { all, network: marker.mark(&["server", provider.as_str(), site.as_deref().unwrap_or(network)]) }
    }
}

/// The IPv6 /48 that a network lies in.
fn site(network: &str) -> Option<String> {
    let network: Ipv6Net = network.parse().ok()?;
    Ipv6Net::new(network.addr(), 48).ok().map(|site| site.trunc().to_string())
}

impl Marks {
    #[must_use]
    pub fn of(marker: &Marker, whose: Whose<'_>, network: &str) -> Self {
        let (name, who): (String, &[&str]) = match whose {
            Whose::Typed(provider, typed) => (alike(typed), &["typed", provider.as_str()]),
            Whose::Sent(provider, sent) => (sent.to_owned(), &["sent", provider.as_str()]),
            Whose::Account(provider, account) => (account.to_owned(), &["account", provider.as_str()]),
        };
        let mark = |kind: &[&str], more: &[&str]| marker.mark(&[kind, who, &[name.as_str()], more].concat());
        let (known, here) = (mark(&["known"], &[network]), mark(&["here"], &[network]));
        let (anywhere, spelling) = match whose {
            Whose::Sent(provider, sent) => {
                (Self::of(marker, Whose::Typed(provider, sent), network).anywhere, Some(mark(&["anywhere"], &[])))
            }
            Whose::Typed(..) | Whose::Account(..) => (mark(&["anywhere"], &[]), None),
        };
        Self { known, here, anywhere, spelling }
    }

    pub fn all(&self) -> impl Iterator<Item = Mark> + use<> {
        [self.known, self.here, self.anywhere].into_iter().chain(self.spelling)
    }
}

/// What all spellings of a name have in common, which some server or other takes for one name: besides case and width, spaces
/// (RFC 4518 §2.6.1) and accents, as the usual collations of SQL databases do. Two people whose names are alike share
/// the count of strangers' tries.
fn alike(name: &str) -> String {
    let plain: String = name.nfkd().filter(|c| !is_combining_mark(*c)).collect();
    folded(&plain).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many marks one statement takes: those of a name, of the account that the module names and of the account that the
/// name led to last time, of the network, and of the server.
const MOST: usize = 12;

impl Store {
    /// What is counted under each of these marks, in their order. Twelve at most are looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tries(&self, marks: &[Mark]) -> Result<Vec<Option<Tries>>, StoreError> {
        let rows = self.reader.all(LOOK, padded(marks)).await?;
        let mut found = vec![None; marks.len()];
        for row in &rows {
            let mark: Vec<u8> = row.get(0)?;
            let tries = Tries { failures: u32::try_from(row.get::<i64>(1)?).unwrap_or(u32::MAX), last: row.time(2)? };
            for (place, _) in found.iter_mut().zip(marks).filter(|(_, asked)| asked.as_slice() == mark) {
                *place = Some(tries);
            }
        }
        Ok(found)
    }

    /// One more that went wrong, under each of these marks. The count begins anew if the last one is older than `forgotten`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_try(&self, marks: &[Mark], forgotten: Duration, now: OffsetDateTime) -> Result<(), StoreError> {
        for marks in marks.chunks(MOST) {
            let times = [micros(now).into(), micros(now - forgotten).into()];
            self.writer.run(COUNT, padded(marks).into_iter().chain(times)).await?;
        }
        Ok(())
    }

    /// It went well: forgets what was counted under these, and remembers those as known. Says under how many something was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive(&self, forgotten: &[Mark], known: &[Mark], now: OffsetDateTime) -> Result<u64, StoreError> {
        let mut forgiven = 0;
        for mark in forgotten {
            let statement = "DELETE FROM login_throttle WHERE key = $1 AND failures > 0";
            forgiven += self.writer.run(statement, [mark.to_vec().into()]).await?;
        }
        for mark in known {
            let statement = "INSERT INTO login_throttle (key, failures, last_at) VALUES ($1, 0, $2) \
                             ON CONFLICT (key) DO UPDATE SET failures = 0, last_at = excluded.last_at";
            self.writer.run(statement, [mark.to_vec().into(), micros(now).into()]).await?;
        }
        Ok(forgiven)
    }

    /// Forgets the tries under `spelling`, and no others of those under `all`. What was counted under `spelling` before the
    /// count under `all` can have begun anew is no part of it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive_spelling(&self, all: Mark, spelling: Mark, now: OffsetDateTime) -> Result<(), StoreError> {
        let transaction = self.begin().await?;
        // Of two at once, the database gives the row to one.
        let statement = "DELETE FROM login_throttle WHERE key = $1 AND last_at > $2 RETURNING failures";
        let row = transaction.sql.one(statement, [spelling.to_vec().into(), micros(now - FORGOTTEN).into()]).await?;
        if let Some(row) = row {
            let failures: i64 = row.get(0)?;
            let statement = "UPDATE login_throttle SET failures = failures - $2 WHERE key = $1 AND failures > $2";
            let left = transaction.sql.run(statement, [all.to_vec().into(), failures.into()]).await?;
            if left == 0 {
                let statement = "DELETE FROM login_throttle WHERE key = $1 AND failures > 0 AND failures <= $2";
                transaction.sql.run(statement, [all.to_vec().into(), failures.into()]).await?;
            }
        }
        transaction.commit().await
    }

    /// Forgets everybody's tries, and no place where somebody is known; says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forgive_all(&self) -> Result<u64, StoreError> {
        self.writer.run("DELETE FROM login_throttle WHERE failures > 0", []).await
    }

    /// Removes tries that nobody remembers by `now`; says how many there were.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune_tries(&self, now: OffsetDateTime) -> Result<u64, StoreError> {
        let statement = "DELETE FROM login_throttle WHERE key IN (SELECT key FROM login_throttle \
                         WHERE last_at <= CASE WHEN failures = 0 THEN $1 ELSE $2 END LIMIT 1000)";
        self.in_batches(statement, &[micros(now - KNOWN_FOR).into(), micros(now - FORGOTTEN).into()]).await
    }
}

/// How long a network from which somebody signed in is known as theirs.
pub const KNOWN_FOR: Duration = Duration::days(90);

const LOOK: &str = "SELECT key, failures, last_at FROM login_throttle \
                    WHERE key IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";

/// Each mark once, and in one order for all: else two tries could wait for each other's rows. `WHERE true` tells SQLite
/// that no join follows.
const COUNT: &str = "INSERT INTO login_throttle (key, failures, last_at) SELECT mark, 1, $13 FROM (SELECT $1 AS mark \
                     UNION SELECT $2 UNION SELECT $3 UNION SELECT $4 UNION SELECT $5 UNION SELECT $6 UNION SELECT $7 \
                     UNION SELECT $8 UNION SELECT $9 UNION SELECT $10 UNION SELECT $11 UNION SELECT $12) AS marks \
                     WHERE true ORDER BY mark ON CONFLICT (key) DO UPDATE SET \
                     failures = CASE WHEN login_throttle.last_at <= $14 THEN 1 ELSE login_throttle.failures + 1 END, \
                     last_at = CASE WHEN excluded.last_at > login_throttle.last_at THEN excluded.last_at ELSE login_throttle.last_at END";

/// One text of a statement for any number of marks: the last stands in the places that are left.
fn padded(marks: &[Mark]) -> Vec<Value> {
    let last = marks.last().copied().unwrap_or_default();
    marks.iter().copied().chain(std::iter::repeat(last)).take(MOST).map(|mark| mark.to_vec().into()).collect()
}
