//! Finds identities under an issuer that their provider no longer has. The issuer is part of an identity, so no sign-in
//! leads to them.

use std::fmt;

use crate::base::ids::{Issuer, ProviderId};
use crate::config::Config;
use crate::store::{Store, StoreError};
use crate::upstream::ProviderSettings;

/// The identities of one provider under an issuer that it no longer has.
#[derive(Debug)]
pub struct FormerIssuer {
    pub provider: ProviderId,
    former: Issuer,
    current: Issuer,
    identities: u64,
    pub fix: String,
}

impl fmt::Display for FormerIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { former, current, identities, .. } = self;
        write!(
            f,
            "its issuer is {current}. Identities under another one, {former}: {identities}. No sign-in leads to these \
             any more"
        )
    }
}

/// Finds such identities for every provider in the config, even for disabled ones.
///
/// # Errors
/// When the database fails.
pub async fn find(config: &Config<ProviderSettings>, store: &Store) -> Result<Vec<FormerIssuer>, StoreError> {
    let mut found = Vec::new();
    for counted in store.count_by_issuer().await? {
        let Some(provider) = config.providers.iter().find(|provider| provider.id == counted.provider) else { continue };
        let current = provider.settings.issuer(&provider.id);
        if current != counted.issuer {
            let fix = provider.settings.issuer_origin().change_fix(&provider.id, &counted.issuer);
            let (provider, former, identities) = (counted.provider, counted.issuer, counted.identities);
            found.push(FormerIssuer { provider, former, current, identities, fix });
        }
    }
    Ok(found)
}

/// Logs such identities. This may take a while, because the database counts all identities.
pub async fn log_all(config: &Config<ProviderSettings>, store: &Store) {
    match find(config, store).await {
        Ok(found) => {
            for issuer in found {
                tracing::warn!(provider = %issuer.provider, "{issuer}; {}", issuer.fix);
            }
        }
        Err(why) => tracing::warn!(error = %why, "the identities could not be counted by issuer"),
    }
}
