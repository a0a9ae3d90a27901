//! Counts and lists of a provider's identities, for operators. Each function reads many rows.

use sea_orm::Value;

use super::sql::Row;
use super::{Store, StoreError};
use crate::base::ids::{Issuer, ProviderId, Subject};
use crate::signin::identify::IdentityKey;

/// How many identities of one provider have one issuer and one source of subjects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssuerCount {
    pub provider: ProviderId,
    pub issuer: Issuer,
    /// What gave the subjects. `None`: nobody knows.
    pub subject_source: Option<String>,
    pub identities: u64,
}

impl Store {
    /// The subjects under a provider and an issuer, at most `limit`, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subjects_of(
        &self,
        provider: &ProviderId,
        issuer: &Issuer,
        limit: u32,
    ) -> Result<Vec<Subject>, StoreError> {
        let statement = "SELECT subject FROM identity WHERE provider = $1 AND issuer = $2 ORDER BY subject LIMIT $3";
        let values: [Value; 3] =
            [provider.as_str().into(), issuer.as_str().as_bytes().to_vec().into(), i64::from(limit).into()];
        self.reader.all(statement, values).await?.iter().map(|row| Ok(Subject::from(row.text(0)?))).collect()
    }

    /// Identities of a provider, at most `limit`: all of them, or those under one issuer, or those whose subjects one
    /// source gave.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn identities_at(
        &self,
        provider: &ProviderId,
        issuer: Option<&Issuer>,
        source: Option<&str>,
        limit: u32,
    ) -> Result<Vec<IdentityKey>, StoreError> {
        let statement = match (issuer, source) {
            (None, None) => "SELECT issuer, subject FROM identity WHERE provider = $1 LIMIT $2",
            (Some(_), None) => "SELECT issuer, subject FROM identity WHERE provider = $1 AND issuer = $3 LIMIT $2",
            (None, Some(_)) => {
                "SELECT issuer, subject FROM identity WHERE provider = $1 AND subject_source = $3 LIMIT $2"
            }
            (Some(_), Some(_)) => {
                "SELECT issuer, subject FROM identity WHERE provider = $1 AND issuer = $3 AND subject_source = $4 \
                 LIMIT $2"
            }
        };
        let values: [Value; 2] = [provider.as_str().into(), i64::from(limit).into()];
        let more = [issuer.map(|issuer| issuer.as_str().as_bytes().to_vec().into()), source.map(Into::into)];
        let key = |row: &Row| {
            let (issuer, subject) = (Issuer::from(row.text(0)?), Subject::from(row.text(1)?));
            Ok(IdentityKey { provider: provider.clone(), issuer, subject })
        };
        self.reader
            .all(statement, values.into_iter().chain(more.into_iter().flatten()))
            .await?
            .iter()
            .map(key)
            .collect()
    }

    /// How many identities each issuer has, by provider and by what gave their subjects. Reads all identities.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_by_issuer(&self) -> Result<Vec<IssuerCount>, StoreError> {
        let statement = "SELECT provider, issuer, subject_source, COUNT(*) FROM identity \
                         GROUP BY provider, issuer, subject_source ORDER BY provider, issuer, subject_source";
        let counted = |row: &Row| {
            let (provider, issuer) = (row.parsed(0)?, Issuer::from(row.text(1)?));
            let identities = u64::try_from(row.get::<i64>(3)?).unwrap_or(0);
            Ok(IssuerCount { provider, issuer, subject_source: row.get(2)?, identities })
        };
        self.reader.all(statement, []).await?.iter().map(counted).collect()
    }

    /// How many identities of one provider came through each client id but `current`. Identities that an admin linked
    /// came through none, and are not counted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn count_by_other_client(
        &self,
        provider: &ProviderId,
        current: &str,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let statement = "SELECT client_id, COUNT(*) FROM identity WHERE provider = $1 AND client_id <> $2 \
                         GROUP BY client_id ORDER BY client_id";
        let counted = |row: &Row| Ok((row.get::<String>(0)?, u64::try_from(row.get::<i64>(1)?).unwrap_or(0)));
        self.reader.all(statement, [provider.as_str().into(), current.into()]).await?.iter().map(counted).collect()
    }
}
