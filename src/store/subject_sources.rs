//! What gave the subjects of the identities of each provider: the name of a claim, a member or an attribute.

use super::{Store, StoreError};
use crate::base::ids::{Issuer, ProviderId};

impl Store {
    /// What gave the subjects under this provider and issuer. `None` if it was never recorded.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn subject_source(&self, provider: &ProviderId, issuer: &Issuer) -> Result<Option<String>, StoreError> {
        let statement = "SELECT source FROM subject_source WHERE provider = $1 AND issuer = $2";
        let values = [provider.as_str().into(), issuer.as_str().as_bytes().to_vec().into()];
        self.reader.one(statement, values).await?.map(|row| row.get(0)).transpose()
    }

    /// Records what gives the subjects under this provider and issuer from now on, if `former` is still recorded.
    /// `false`: another process has recorded something else meanwhile.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn record_subject_source(
        &self,
        provider: &ProviderId,
        issuer: &Issuer,
        source: &str,
        former: Option<&str>,
    ) -> Result<bool, StoreError> {
        let statement = match former {
            None => {
                "INSERT INTO subject_source (provider, issuer, source) VALUES ($1, $2, $3) \
                 ON CONFLICT (provider, issuer) DO NOTHING"
            }
            Some(_) => "UPDATE subject_source SET source = $3 WHERE provider = $1 AND issuer = $2 AND source = $4",
        };
        let values = [provider.as_str().into(), issuer.as_str().as_bytes().to_vec().into(), source.into()];
        let written = self.writer.run(statement, values.into_iter().chain(former.map(Into::into))).await?;
        Ok(written == 1)
    }
}
