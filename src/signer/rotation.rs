//! Key rotation: when a key is published, signs, is retired and is removed (security rule C30).

use std::time::Duration;

use time::OffsetDateTime;

use super::SignerError;
use super::jose::{ALGORITHM, KeySigner, NewKey};
use crate::base::clock::is_in_future;
use crate::base::ids::KeyId;
use crate::base::secret::{MasterKey, Purpose};
use crate::store::{StoredKey, Transaction};

/// How long a verifier may cache our JWKS: its `max-age`.
pub const JWKS_MAX_AGE: Duration = Duration::from_mins(5);
/// The time within which every instance reads the keys again.
pub const KEY_REFRESH_INTERVAL: Duration = Duration::from_mins(1);

/// How long a key is published before and after it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schedule {
    /// From publication until the key signs.
    lead: Duration,
    /// From retirement until the key is gone.
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

/// The phase of a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Published for verifiers. Does not sign yet.
    Published,
    Active,
    /// No longer signs, but a token that it signed may still be valid.
    Retired,
    Gone,
}

/// The phase of `key` at the time `now`.
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

/// The key that signs now: the newest active one. If no key is active yet, because this machine's clock is behind, the
/// one that becomes active next.
pub(super) fn signing_key<K>(keys: &[K], stored: impl Fn(&K) -> &StoredKey, now: OffsetDateTime) -> Option<&K> {
    let order = |one: &&K, other: &&K| {
        let (one, other) = (stored(one), stored(other));
        one.active_at.cmp(&other.active_at).then_with(|| one.kid.cmp(&other.kid))
    };
    let stored = &stored;
    let in_phase = |wanted| keys.iter().filter(move |key| phase(stored(key), now) == wanted);
    in_phase(Phase::Active).max_by(order).or_else(|| in_phase(Phase::Published).min_by(order))
}

/// How a new key replaces the old ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// The new key is published first, and signs when every verifier can know it. Older tokens stay valid.
    Scheduled,
    /// The old keys are removed at once, and tokens that they signed become invalid. For a lost key, and for the first
    /// key.
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
    /// A new key is published already and does not sign yet. Nothing was changed.
    InProgress {
        waiting: KeyId,
        signs_from: OffsetDateTime,
    },
}

/// Makes a new key, and retires or removes the others, in the caller's transaction. Needs the master key to seal the
/// new key.
///
/// [`Rotation::Now`] opens no old key, so it also works if the master key was lost. [`Rotation::Scheduled`] checks that
/// the master key opens the keys in use: with keys under two master keys, no server could sign.
///
/// # Errors
/// When a scheduled rotation can't open a key that is in use, or the database fails.
pub async fn rotate(
    transaction: &mut Transaction,
    master: &MasterKey,
    schedule: &Schedule,
    how: Rotation,
    now: OffsetDateTime,
) -> Result<Rotated, SignerError> {
    let keys = transaction.keys_to_change().await?;
    let (keys, never_signed) = as_of_now(keys, schedule, now);
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
            return Ok(Rotated::InProgress { waiting: waiting.kid.clone(), signs_from: waiting.active_at });
        }
        (Rotation::Scheduled, None) => plan_scheduled(&keys, schedule, now),
        (Rotation::Now, _) => plan_immediate(&keys, now),
    };
    let removed = plan.removed.into_iter().chain(never_signed).collect::<Vec<_>>();
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
    for key in &removed {
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
        removed,
    })
}

/// The keys, and the ids of those to remove. A key that would sign later than a rotation now could make it sign comes
/// from a time when the clock was ahead; waiting for it could take years. If it signs already, for lack of another key,
/// its times become now. Otherwise it never signed, and is removed.
fn as_of_now(keys: Vec<StoredKey>, schedule: &Schedule, now: OffsetDateTime) -> (Vec<StoredKey>, Vec<KeyId>) {
    let signing = signing_key(&keys, |key| key, now).map(|key| key.kid.clone());
    let is_too_late =
        |key: &StoredKey| phase(key, now) == Phase::Published && is_in_future(key.active_at, now + schedule.lead);
    let (late, mut in_time): (Vec<_>, Vec<_>) = keys.into_iter().partition(is_too_late);
    let (signs, never_signed): (Vec<_>, Vec<_>) = late.into_iter().partition(|key| Some(&key.kid) == signing.as_ref());
    in_time.extend(signs.into_iter().map(|key| StoredKey { published_at: now, active_at: now, ..key }));
    (in_time, never_signed.into_iter().map(|key| key.kid).collect())
}

struct Plan {
    signs_from: OffsetDateTime,
    retired: Vec<StoredKey>,
    removed: Vec<KeyId>,
}

/// The old key signs until the new one does, so that exactly one key signs at any time.
fn plan_scheduled(keys: &[StoredKey], schedule: &Schedule, now: OffsetDateTime) -> Plan {
    let in_phase = |wanted| keys.iter().filter(move |key| phase(key, now) == wanted);
    // If no key signs yet, no verifier has cached a JWKS without the new key.
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
