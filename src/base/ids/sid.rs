//! The public id of a session.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;
use time::OffsetDateTime;

use super::{InvalidName, base32};
use crate::base::random;

/// The public id of a session: the millisecond in which it began, and 80 random bits, as in a UUID of version 7 (RFC
/// 9562 §5.7). It names a session on pages, in commands and in the audit log. It does not come from the id in the
/// cookie, and signs nobody in (security rule C37).
///
/// New ids come at the end of an index, so the logins of one moment write the same page of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Sid(String);

impl Sid {
    /// A new id for a session that begins now.
    #[must_use]
    pub fn fresh(now: OffsetDateTime) -> Self {
        let milliseconds = u64::try_from(now.unix_timestamp_nanos() / 1_000_000).unwrap_or_default();
        let mut bytes = [0; 16];
        let (time, random) = bytes.split_at_mut(6);
        time.copy_from_slice(&milliseconds.to_be_bytes()[2..]);
        random.copy_from_slice(&random::bytes::<10>());
        Self(base32(&bytes, 26))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Sid {
    type Err = InvalidName;

    /// 26 characters; 32 if the database drew it.
    fn from_str(text: &str) -> Result<Self, InvalidName> {
        let is_sid =
            matches!(text.len(), 26 | 32) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        is_sid.then(|| Self(text.to_owned())).ok_or(InvalidName("the id of a session is 26 or 32 of a-z and 0-9"))
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use time::{Duration, OffsetDateTime};

    use super::Sid;

    #[test]
    fn a_later_id_sorts_after_an_earlier_one_and_no_two_are_equal() {
        let start = OffsetDateTime::from_unix_timestamp(1_800_000_000).unwrap();
        let ids: Vec<Sid> = (0..500).map(|i| Sid::fresh(start + Duration::milliseconds(i * 37))).collect();
        assert!(ids.is_sorted());
        let of_one_moment: BTreeSet<Sid> = (0..500).map(|_| Sid::fresh(start)).collect();
        assert_eq!(of_one_moment.len(), 500);
        assert!(of_one_moment.iter().all(|sid| sid.as_str().parse::<Sid>().as_ref() == Ok(sid)));
    }
}
