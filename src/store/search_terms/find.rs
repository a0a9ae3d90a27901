//! Finds accounts by a term, by their id or by the subject of an identity.

use time::Date;

use super::TermRange;
use crate::base::ids::{AccountId, ProviderId, Subject};
use crate::base::username::Username;
use crate::signin::remembered_profile::LastProfile;
use crate::store::identities::date;
use crate::store::sql::Row;
use crate::store::{Store, StoreError};

/// An account, and what helps an admin to recognise its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundAccount {
    pub id: AccountId,
    pub username: Username,
    pub is_disabled: bool,
    /// `None`: nobody has signed in to it, as far as the database knows.
    pub last_sign_in: Option<Date>,
    /// What the provider of the last sign-in sent.
    pub profile: Option<LastProfile>,
}

/// One page of the terms in a range, in the order of their bytes.
#[derive(Debug, Clone, Copy)]
pub struct TermQuery<'q> {
    pub range: &'q TermRange,
    /// The term and the account after which the page begins.
    pub after: Option<(&'q str, &'q AccountId)>,
    pub limit: u32,
}

macro_rules! select_found {
    ($more:literal, $rest:literal) => {
        concat!(
            "SELECT a.id, a.username, a.disabled_at, \
             (SELECT MAX(i.last_sign_in) FROM identity i WHERE i.account_id = a.id), \
             (SELECT i.profile FROM identity i WHERE i.account_id = a.id AND i.profile IS NOT NULL \
              ORDER BY COALESCE(i.last_sign_in, -1) DESC, i.provider, i.issuer, i.subject LIMIT 1)",
            $more,
            " FROM ",
            $rest
        )
    };
}

/// One range scan of the primary key.
macro_rules! by_term {
    ($end:literal) => {
        concat!(
            select_found!(", t.term", "(SELECT term, account FROM search_terms WHERE (term, account) > ($1, $2)"),
            $end,
            " ORDER BY term, account LIMIT $3) t JOIN account a ON a.id = t.account ORDER BY t.term, t.account"
        )
    };
}

/// Looks the subject up at each issuer of the provider, because the primary key has the issuer before the subject.
/// Nearly all providers have one issuer.
const BY_SUBJECT: &str = concat!(
    "WITH RECURSIVE issuers (number, issuer) AS (\
     SELECT 1, (SELECT issuer FROM identity WHERE provider = $1 ORDER BY issuer LIMIT 1) \
     UNION ALL SELECT s.number + 1, (SELECT i.issuer FROM identity i \
     WHERE i.provider = $1 AND i.issuer > s.issuer ORDER BY i.issuer LIMIT 1) \
     FROM issuers s WHERE s.issuer IS NOT NULL AND s.number < 1000) ",
    select_found!(
        "",
        "issuers s JOIN identity k ON k.provider = $1 AND k.issuer = s.issuer AND k.subject = $2 \
         JOIN account a ON a.id = k.account_id ORDER BY a.id LIMIT $3"
    )
);

impl Store {
    /// Accounts by their terms: each with the term. An account with several terms in the range comes several times.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts_by_term(&self, query: TermQuery<'_>) -> Result<Vec<(String, FoundAccount)>, StoreError> {
        let TermQuery { range: TermRange { first, end }, after, limit } = query;
        // No id is empty, so the first page begins with the first term.
        let (term, account) = after.map_or((first.as_str(), ""), |(term, account)| (term, account.as_str()));
        let values = [term.into(), account.into(), i64::from(limit).into()];
        let rows = match end {
            Some(end) => {
                let values = values.into_iter().chain([end.as_str().into()]);
                self.reader.all(by_term!(" AND term < $4"), values).await?
            }
            None => self.reader.all(by_term!(""), values).await?,
        };
        rows.iter().map(|row| Ok((row.get(5)?, found(row)?))).collect()
    }

    /// # Errors
    /// When the database fails.
    pub async fn found_account(&self, id: &AccountId) -> Result<Option<FoundAccount>, StoreError> {
        let row = self.reader.one(select_found!("", "account a WHERE a.id = $1"), [id.as_str().into()]).await?;
        row.as_ref().map(found).transpose()
    }

    /// The accounts whose identities have this subject at any issuer of the provider, at most `limit`.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts_by_subject(
        &self,
        provider: &ProviderId,
        subject: &Subject,
        limit: u32,
    ) -> Result<Vec<FoundAccount>, StoreError> {
        let subject = subject.as_str().as_bytes().to_vec();
        let values = [provider.as_str().into(), subject.into(), i64::from(limit).into()];
        self.reader.all(BY_SUBJECT, values).await?.iter().map(found).collect()
    }
}

fn found(row: &Row) -> Result<FoundAccount, StoreError> {
    Ok(FoundAccount {
        id: AccountId::stored(row.get(0)?),
        username: row.parsed(1)?,
        is_disabled: row.get::<Option<i64>>(2)?.is_some(),
        last_sign_in: row.get::<Option<i64>>(3)?.and_then(date),
        profile: row.get::<Option<String>>(4)?.and_then(|json| serde_json::from_str(&json).ok()),
    })
}
