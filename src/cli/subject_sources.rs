//! Finds providers whose subjects come from another claim, member or attribute than those of their identities. A new
//! subject could equal an old one of somebody else, who would lose the account (security rule C21). So no server uses
//! such a config.

use std::fmt;

use crate::base::ids::ProviderId;
use crate::config::{Config, Provider};
use crate::store::{Store, StoreError};
use crate::upstream::ProviderSettings;
use crate::upstream::settings::SubjectSource;

/// A provider whose subjects come from another source than before, although there are identities.
#[derive(Debug)]
pub struct ChangedSource {
    pub provider: ProviderId,
    current: SubjectSource,
    former: String,
    identities: u64,
}

impl ChangedSource {
    #[must_use]
    pub fn fix(&self) -> String {
        let (key, id) = (self.current.key, &self.provider);
        format!(
            "put back the former `{key}`; or, if all these people may become new ones, `vestibule identity unlink-all \
             {id}`"
        )
    }
}

impl fmt::Display for ChangedSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { current: SubjectSource { key, source }, former, identities, .. } = self;
        write!(
            f,
            "`{key}` is {source}, but the subjects of its identities are {former} (identities: {identities}). Somebody \
             could get the account of another person"
        )
    }
}

/// Why a config is not used.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    #[error("provider {}: {}; {}", .0.provider, .0, .0.fix())]
    Changed(Box<ChangedSource>),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The providers whose source of subjects has changed. Writes nothing.
///
/// # Errors
/// When the database fails.
pub async fn find_changed(config: &Config<ProviderSettings>, store: &Store) -> Result<Vec<ChangedSource>, StoreError> {
    let mut changed = Vec::new();
    for provider in &config.providers {
        match stored_source(provider, store).await? {
            StoredSource::Changed(source) => changed.push(*source),
            StoredSource::Same | StoredSource::Unused { .. } => {}
        }
    }
    Ok(changed)
}

/// Records where the subjects of each provider come from.
///
/// # Errors
/// When a provider has identities whose subjects came from elsewhere, or the database fails.
pub async fn record_all(config: &Config<ProviderSettings>, store: &Store) -> Result<(), SourceError> {
    for provider in &config.providers {
        record(provider, store).await?;
    }
    Ok(())
}

/// As [`record_all`], for one provider.
///
/// # Errors
/// When it has identities whose subjects came from elsewhere, or the database fails.
pub async fn record(provider: &Provider<ProviderSettings>, store: &Store) -> Result<(), SourceError> {
    loop {
        match stored_source(provider, store).await? {
            StoredSource::Same => return Ok(()),
            StoredSource::Changed(changed) => return Err(SourceError::Changed(changed)),
            StoredSource::Unused { current, former } => {
                let issuer = provider.settings.issuer(&provider.id);
                // `false`: another instance was faster. What it recorded is compared now.
                if store.record_subject_source(&provider.id, &issuer, &current.source, former.as_deref()).await? {
                    return Ok(());
                }
            }
        }
    }
}

/// The recorded source of a provider's subjects, compared with its config.
enum StoredSource {
    Same,
    /// No identity came from it, or nothing is recorded.
    Unused {
        current: SubjectSource,
        former: Option<String>,
    },
    Changed(Box<ChangedSource>),
}

async fn stored_source(provider: &Provider<ProviderSettings>, store: &Store) -> Result<StoredSource, StoreError> {
    let Some(current) = provider.settings.subject_source() else { return Ok(StoredSource::Same) };
    let (id, issuer) = (&provider.id, provider.settings.issuer(&provider.id));
    let Some(former) = store.subject_source(id, &issuer).await? else {
        return Ok(StoredSource::Unused { current, former: None });
    };
    if former == current.source {
        return Ok(StoredSource::Same);
    }
    let counts = store.count_by_issuer().await?;
    let reachable = counts.iter().filter(|it| it.provider == *id && provider.settings.accepts_issuer(id, &it.issuer));
    Ok(match reachable.map(|it| it.identities).sum() {
        0 => StoredSource::Unused { current, former: Some(former) },
        identities => {
            StoredSource::Changed(Box::new(ChangedSource { provider: id.clone(), current, former, identities }))
        }
    })
}
