//! When a key is published, signs, is retired and goes (security rule C30). Decisions by the clock, and one that
//! writes.

use std::time::Duration;

use time::OffsetDateTime;

use super::SignerError;
use super::jose::{ALGORITHM, KeySigner, NewKey};
use crate::base::ids::KeyId;
use crate::base::secret::{MasterKey, Purpose};
use crate::store::{StoredKey, Transaction};

/// How long a verifier may keep our JWKS: its `max-age`.
pub const JWKS_MAX_AGE: Duration = Duration::from_mins(5);
/// How long it takes until every instance has read the keys again.
pub const KEY_REFRESH_INTERVAL: Duration = Duration::from_mins(1);

/// How long a key waits before it signs, and stays after it has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    lead: Duration,
    tail: Duration,
}

impl Schedule {
    /// For tokens that live no longer than `longest`.
    #[must_use]
    pub fn for_tokens_of(longest: Duration) -> Self {
        let lead = JWKS_MAX_AGE + KEY_REFRESH_INTERVAL;
        Self { lead, tail: lead + longest }
    }
}

/// Where a key is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Can be verified with, does not sign yet.
    Published,
    Active,
    /// Signs no more, but a token that it signed may still be about.
    Retired,
    Gone,
}

/// Where `key` is on its way.
#[must_use]
pub fn phase(key: &StoredKey, now: OffsetDateTime) -> Phase {
    let past = |moment: Option<OffsetDateTime>| moment.is_some_and(|moment| moment <= now);
    if past(key.gone_at) {
        Phase::Gone
    } else if past(key.retired_at) {
        Phase::Retired
    } else if past(Some(key.active_at)) {
        Phase::Active
    } else {
        Phase::Published
    }
}

/// The key that signs now: of the active ones the newest. Where this machine's clock is behind and none is active yet,
/// the one that will be next.
pub(super) fn signing_key<K>(keys: &[K], stored: impl Fn(&K) -> &StoredKey, now: OffsetDateTime) -> Option<&K> {
    let order = |one: &&K, other: &&K| {
        let (one, other) = (stored(one), stored(other));
        one.active_at.cmp(&other.active_at).then_with(|| one.kid.cmp(&other.kid))
    };
    let stored = &stored;
    let in_phase = |wanted| keys.iter().filter(move |key| phase(stored(key), now) == wanted);
    in_phase(Phase::Active).max_by(order).or_else(|| in_phase(Phase::Published).min_by(order))
}

/// How to bring in a new key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// Published first, used when everybody knows it; tokens signed before stay good.
    Scheduled,
    /// The old keys go this moment, and what they signed with them: for a key that was lost, and for the very first.
    Now,
}

/// What a rotation did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rotated {
    Done {
        new: KeyId,
        signs_from: OffsetDateTime,
        retired: Vec<KeyId>,
        removed: Vec<KeyId>,
    },
    /// A key is waiting already: a second one would gain nothing.
    UnderWay {
        waiting: KeyId,
        signs_from: OffsetDateTime,
    },
}

/// Makes a new key and lets the others go, in the caller's transaction. Needs the master key to seal the new key.
///
/// [`Rotation::Now`] opens no old key: so it also works when the master key was lost. [`Rotation::Scheduled`] opens
/// those that stay in use: a key sealed under another master key beside them would keep every server from signing.
///
/// # Errors
/// When a gentle rotation can't open a key that is in use, or the database fails.
pub async fn rotate(
    transaction: &mut Transaction,
    master: &MasterKey,
    schedule: &Schedule,
    how: Rotation,
    now: OffsetDateTime,
) -> Result<Rotated, SignerError> {
    let keys = transaction.keys_to_change().await?;
    let sealer = master.sealer(Purpose::SigningKey);
    if how == Rotation::Scheduled {
        let in_use = keys.iter().filter(|key| matches!(phase(key, now), Phase::Published | Phase::Active));
        for key in in_use {
            KeySigner::open(key, &sealer, transaction.location())?;
        }
    }
    let waiting = keys.iter().find(|key| phase(key, now) == Phase::Published);
    let plan = match (how, waiting) {
        (Rotation::Scheduled, Some(waiting)) => {
            return Ok(Rotated::UnderWay { waiting: waiting.kid.clone(), signs_from: waiting.active_at });
        }
        (Rotation::Scheduled, None) => plan_scheduled(&keys, schedule, now),
        (Rotation::Now, _) => plan_immediate(&keys, now),
    };
    let made = NewKey::make(&sealer)?;
    let new = StoredKey {
        kid: made.kid.clone(),
        algorithm: ALGORITHM.into(),
        public_jwk: made.public_jwk,
        sealed: made.sealed,
        published_at: now,
        active_at: plan.signs_from,
        retired_at: None,
        gone_at: None,
    };
    for key in &plan.removed {
        transaction.remove_key(key).await?;
    }
    for key in &plan.retired {
        transaction.put_key(key).await?;
    }
    transaction.put_key(&new).await?;
    Ok(Rotated::Done {
        new: made.kid,
        signs_from: plan.signs_from,
        retired: plan.retired.into_iter().map(|key| key.kid).collect(),
        removed: plan.removed,
    })
}

struct Plan {
    signs_from: OffsetDateTime,
    retired: Vec<StoredKey>,
    removed: Vec<KeyId>,
}

/// The old key signs until the moment the new one does, so that there is always exactly one.
fn plan_scheduled(keys: &[StoredKey], schedule: &Schedule, now: OffsetDateTime) -> Plan {
    let in_phase = |wanted| keys.iter().filter(move |key| phase(key, now) == wanted);
    // Where none signs, nobody keeps a JWKS that lacks the new one.
    let signs_from = if in_phase(Phase::Active).next().is_none() { now } else { now + schedule.lead };
    let retire = |key: &StoredKey| StoredKey {
        retired_at: Some(signs_from),
        gone_at: Some(signs_from + schedule.tail),
        ..key.clone()
    };
    Plan {
        signs_from,
        retired: in_phase(Phase::Active).map(retire).collect(),
        removed: in_phase(Phase::Gone).map(|key| key.kid.clone()).collect(),
    }
}

fn plan_immediate(keys: &[StoredKey], now: OffsetDateTime) -> Plan {
    Plan { signs_from: now, retired: Vec::new(), removed: keys.iter().map(|key| key.kid.clone()).collect() }
}
