//! How long to wait before the next attempt with a password: not at all at first, then twice as long each time, up to a
//! limit.

use std::fmt;

use time::{Duration, OffsetDateTime};

use crate::base::clock::format_wait;

/// Failed attempts in a row, without a right password between them: at one account, or from one network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failures {
    pub count: u32,
    pub last: OffsetDateTime,
}

/// How many failures one account has before its first wait, unless the provider's config says fewer.
pub const FREE_TRIES: u32 = 5;
/// How many failures one network has before its first wait. A network may be a whole school behind one address.
const FREE_TRIES_PER_NETWORK: u32 = 50;
const FIRST_WAIT: Duration = Duration::seconds(10);
/// The longest wait of an account. A stranger who never gives up gets four attempts an hour at one account, and locks
/// nobody out permanently. NIST SP 800-63B-4 §3.2.2 allows 100 failures in a row.
pub const MAX_ACCOUNT_WAIT: Duration = Duration::minutes(15);
/// The longest wait of a network. It is short, because the mistakes of one person make all newcomers of a school wait.
const MAX_NETWORK_WAIT: Duration = Duration::minutes(1);
/// A count starts again after a day without a failure.
pub const FAILURES_EXPIRE_AFTER: Duration = Duration::days(1);
/// How long a server that bans addresses counts a failure. ejabberd counts it for an hour, and removes old failures
/// only every ten minutes. One minute more allows for clocks that differ.
pub const SERVER_FAILURES_EXPIRE_AFTER: Duration = Duration::minutes(71);
/// The wait if only attempts in flight reach a limit. If a class signs in at once, a few get through at a time.
const IN_FLIGHT_WAIT: Duration = Duration::seconds(2);
/// The longest wait of all.
pub const MAX_WAIT: Duration = SERVER_FAILURES_EXPIRE_AFTER;

/// How many failures are free, and what waits follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    free: u32,
    first: Duration,
    longest: Duration,
    /// The count ends after this long without a failure.
    pub expire_after: Duration,
    by: ThrottledBy,
}

impl Limit {
    /// For all names from one network.
    pub const NETWORK: Self = Self {
        free: FREE_TRIES_PER_NETWORK,
        first: FIRST_WAIT,
        longest: MAX_NETWORK_WAIT,
        expire_after: FAILURES_EXPIRE_AFTER,
        by: ThrottledBy::Network,
    };

    /// For one account or one name. If fewer failures than usual are free, the provider's server locks accounts early.
    /// Then each wait is the longest, so that the server forgets the failures meanwhile.
    #[must_use]
    pub fn account(free_tries: u32) -> Self {
        let first = if free_tries < FREE_TRIES { MAX_ACCOUNT_WAIT } else { FIRST_WAIT };
        Self {
            free: free_tries,
            first,
            longest: MAX_ACCOUNT_WAIT,
            expire_after: FAILURES_EXPIRE_AFTER,
            by: ThrottledBy::Account,
        }
    }

    /// For all people together, at one server that bans an address after `bans_after` failures in a row. The limit
    /// stays below that number.
    #[must_use]
    pub fn server(bans_after: u32) -> Self {
        let free = bans_after.saturating_sub(1).max(1);
        Self {
            free,
            first: SERVER_FAILURES_EXPIRE_AFTER,
            longest: SERVER_FAILURES_EXPIRE_AFTER,
            expire_after: SERVER_FAILURES_EXPIRE_AFTER,
            by: ThrottledBy::Server,
        }
    }

    /// For strangers, who have not signed in from their network before: three quarters of [`Self::server`]. The rest is
    /// left for the people who have.
    #[must_use]
    pub fn strangers(bans_after: u32) -> Self {
        let all = Self::server(bans_after);
        let free = (bans_after.saturating_mul(3) / 4).min(all.free.saturating_sub(1)).max(1);
        Self { free, ..all }
    }

    /// The share of one network in [`Self::strangers`]: half, so that no single network makes all strangers wait.
    #[must_use]
    pub fn strangers_of_a_network(bans_after: u32) -> Self {
        let all = Self::strangers(bans_after);
        Self { free: (all.free / 2).max(1), by: ThrottledBy::NetworkAtServer, ..all }
    }
}

/// Lets an attempt through, or says how long to wait. `in_flight` attempts are running now, and all of them may fail.
///
/// # Errors
/// How long to wait.
pub fn may_attempt(
    failures: Option<Failures>,
    in_flight: u32,
    limit: &Limit,
    now: OffsetDateTime,
) -> Result<(), Throttled> {
    let failures = failures.filter(|failures| now - failures.last < limit.expire_after);
    let count = failures.map_or(0, |failures| failures.count);
    if count.saturating_add(in_flight) < limit.free {
        return Ok(());
    }
    // From here on, one attempt at a time: of a hundred parallel attempts, one is checked.
    let free_at = failures.map_or(now, |failures| failures.last + wait_after(count, limit));
    let over = free_at <= now;
    if over && in_flight == 0 {
        return Ok(());
    }
    let (left, by) = if over {
        (IN_FLIGHT_WAIT, ThrottledBy::AttemptsInFlight)
    } else {
        ((free_at - now).min(limit.longest), limit.by)
    };
    let seconds = left.whole_seconds() + i64::from(left.subsec_nanoseconds() > 0);
    Err(Throttled { seconds: u32::try_from(seconds).unwrap_or(u32::MAX), by })
}

fn wait_after(failures: u32, limit: &Limit) -> Duration {
    match failures.checked_sub(limit.free) {
        None => Duration::ZERO,
        Some(more) => limit.first.saturating_mul(1 << more.min(10)).min(limit.longest),
    }
}

/// There were too many attempts. No further attempt is made until the wait is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{by}: {} to wait", format_wait(*seconds))]
pub struct Throttled {
    /// Whole seconds, at least one.
    pub seconds: u32,
    pub by: ThrottledBy,
}

/// Which limit was reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ThrottledBy {
    Account,
    Network,
    /// The share of one network, at one server that bans addresses.
    NetworkAtServer,
    /// The limit of all people together, at one server that bans addresses.
    Server,
    /// Failures and attempts in flight together reach a limit, but the failures alone don't.
    AttemptsInFlight,
}

impl fmt::Display for ThrottledBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Account => "too many tries for this name",
            Self::Network => "too many tries from this network",
            Self::NetworkAtServer => {
                "too many tries from this network at this server, which bans Vestibule's address after too many of all \
                 people"
            }
            Self::Server => {
                "too many tries at this server, by all people together; after a few more it would ban Vestibule's \
                 address"
            }
            Self::AttemptsInFlight => {
                "too many sign-ins with this name, from this network or at this server at the same moment"
            }
        })
    }
}

#[cfg(test)]
mod tests;
