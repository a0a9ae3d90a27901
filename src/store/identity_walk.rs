//! Finds identities by what they are, in the order of their keys.
//!
//! No index has the proof or the last sign-in: each sign-in would have to write it. So this walks along the primary key
//! (provider, issuer, subject), reads a bounded number of rows, and says where to go on. Whether an account has another
//! identity is looked up by the index `identity_by_account`.

use time::Date;

use super::identities::{key_in, key_values, linked_identity};
use super::sql::day_of;
use super::{LinkedIdentity, Store, StoreError};
use crate::base::ids::ProviderId;
use crate::signin::identify::IdentityKey;
use crate::signin::link::LinkProof;

/// Which identities are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IdentityFilter {
    pub provider: Option<ProviderId>,
    pub proof: Option<LinkProof>,
    /// Those that nobody has used on this day or later, as far as the database knows.
    pub unused_since: Option<Date>,
    /// Those whose account has no other identity.
    pub only_way: bool,
}

/// Identities that were found on a part of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityWalk {
    pub found: Vec<LinkedIdentity>,
    /// Where to go on. `None`: there are no more.
    pub next: Option<IdentityKey>,
    /// Whether it stopped because it had read [`MAX_READ`] rows, before it had found enough.
    pub stopped: bool,
}

/// How many rows one walk reads at most.
pub const MAX_READ: u32 = 2_000;

macro_rules! columns {
    () => {
        "provider, issuer, subject, account_id, \
         (SELECT a.username FROM account a WHERE a.id = w.account_id) AS username, client_id, created_at, proof, \
         linked_by, linked_from, last_sign_in, profile, subject_source"
    };
}

/// The found rows, and then the last row that was read, if there may be more. In one statement, which sees one state.
macro_rules! walk {
    ($within:literal) => {
        concat!(
            "WITH walked AS (SELECT * FROM identity WHERE ",
            $within,
            " ORDER BY provider, issuer, subject LIMIT $4) \
             SELECT * FROM (SELECT ",
            columns!(),
            ", CAST(0 AS BIGINT) AS is_end FROM walked w WHERE ($5 = '' OR proof = $5) \
             AND (CAST($6 AS BIGINT) < 0 OR COALESCE(last_sign_in, -1) < $6) \
             AND (CAST($7 AS BIGINT) = 0 OR NOT EXISTS (SELECT 1 FROM identity o WHERE o.account_id = w.account_id \
             AND (o.provider <> w.provider OR o.issuer <> w.issuer OR o.subject <> w.subject))) \
             ORDER BY provider, issuer, subject LIMIT $8) found \
             UNION ALL SELECT * FROM (SELECT ",
            columns!(),
            ", CAST(1 AS BIGINT) AS is_end FROM walked w ORDER BY provider, issuer, subject \
             LIMIT 1 OFFSET $9) last_read \
             ORDER BY is_end, provider, issuer, subject"
        )
    };
}

macro_rules! of_provider {
    () => {
        walk!("provider = $1 AND (issuer, subject) > ($2, $3)")
    };
}

macro_rules! of_all {
    () => {
        walk!("(provider, issuer, subject) > ($1, $2, $3)")
    };
}

impl Store {
    /// The identities after a key, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn walk_identities(
        &self,
        filter: &IdentityFilter,
        after: Option<&IdentityKey>,
        limit: u32,
    ) -> Result<IdentityWalk, StoreError> {
        let after = after.filter(|key| filter.provider.as_ref().is_none_or(|provider| key.provider == *provider));
        let start = match (after, &filter.provider) {
            (Some(key), _) => key_values(key),
            (None, provider) => {
                let provider = provider.as_ref().map_or("", ProviderId::as_str);
                [provider.into(), Vec::<u8>::new().into(), Vec::<u8>::new().into()]
            }
        };
        let proof = filter.proof.map_or("", LinkProof::as_str);
        let day = filter.unused_since.map_or(-1, |day| day_of(day.midnight().assume_utc()));
        let values = start.into_iter().chain([
            i64::from(MAX_READ).into(),
            proof.into(),
            day.into(),
            i64::from(filter.only_way).into(),
            i64::from(limit + 1).into(),
            i64::from(MAX_READ - 1).into(),
        ]);
        let rows = match &filter.provider {
            Some(_) => self.reader.all(of_provider!(), values).await?,
            None => self.reader.all(of_all!(), values).await?,
        };
        let (mut found, mut end) = (Vec::new(), None);
        for row in &rows {
            match row.get::<i64>(13)? {
                0 => found.push(linked_identity(row)?),
                _ => end = Some(key_in(row)?),
            }
        }
        let limit = limit as usize;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = if more { found.last().map(|identity| identity.key.clone()) } else { end };
        Ok(IdentityWalk { stopped: !more && next.is_some(), found, next })
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;

    use crate::base::clock::Clock;
    use crate::store::{Database, Store};

    #[tokio::test]
    async fn each_walk_is_a_range_of_the_primary_key_and_never_a_scan_of_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&Database::file(folder.path().join("v.db")), Clock::system()).await.unwrap();
        for (plan, range) in [
            (
                concat!("EXPLAIN QUERY PLAN ", of_all!()),
                "SEARCH identity USING PRIMARY KEY ((provider,issuer,subject)>(?,?,?))",
            ),
            (
                concat!("EXPLAIN QUERY PLAN ", of_provider!()),
                "SEARCH identity USING PRIMARY KEY (provider=? AND (issuer,subject)>(?,?))",
            ),
        ] {
            let values = std::iter::repeat_n(Value::from(0_i64), 9);
            let rows = store.reader.all(plan, values).await.unwrap();
            let lines: Vec<String> = rows.iter().map(|row| row.get(3).unwrap()).collect();
            assert!(lines.iter().any(|line| line == range), "{lines:#?}");
            let scans: Vec<_> = lines.iter().filter(|line| line.starts_with("SCAN ")).collect();
            let bounded = ["SCAN walked", "SCAN w", "SCAN found", "SCAN last_read"];
            assert!(scans.iter().all(|scan| bounded.contains(&scan.as_str())), "{lines:#?}");
            let by_account = "SEARCH o USING COVERING INDEX identity_by_account (account_id=?)";
            assert!(lines.iter().any(|line| line == by_account), "{lines:#?}");
        }
    }
}
