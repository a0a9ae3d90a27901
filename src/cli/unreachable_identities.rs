//! Finds identities that no sign-in leads to with this config: their provider has another id, issuer or client now, or
//! gives subjects of another form.

use std::fmt;

use crate::base::ids::{ProviderId, Subject};
use crate::config::preset::SubjectScope;
use crate::config::{Config, Provider};
use crate::store::{IssuerCount, Store, StoreError};
use crate::upstream::ProviderSettings;
use crate::upstream::settings::unlink_all;

/// Identities of one provider that no sign-in leads to.
#[derive(Debug)]
pub struct Unreachable {
    pub provider: ProviderId,
    what: String,
    pub fix: String,
}

impl fmt::Display for Unreachable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}. No sign-in leads to these any more", self.what)
    }
}

/// How many subjects of one provider are looked at.
const SUBJECTS: u32 = 1_000;

/// Finds such identities for every provider in the config, even for disabled ones, and for ids that a provider had
/// before.
///
/// # Errors
/// When the database fails.
pub async fn find(config: &Config<ProviderSettings>, store: &Store) -> Result<Vec<Unreachable>, StoreError> {
    let mut found = Vec::new();
    for counted in store.count_by_issuer().await? {
        match config.providers.iter().find(|provider| provider.id == counted.provider) {
            None => found.extend(under_former_id(config, &counted)),
            Some(provider) if !provider.settings.accepts_issuer(&provider.id, &counted.issuer) => {
                found.push(under_former_issuer(provider, &counted));
            }
            Some(provider) => match with_other_source(provider, &counted) {
                Some(other) => found.push(other),
                None => found.extend(with_impossible_subject(provider, &counted, store).await?),
            },
        }
    }
    for provider in &config.providers {
        found.extend(under_former_client(provider, store).await?);
    }
    Ok(found)
}

/// Some providers give each client other subjects for the same people.
async fn under_former_client(
    provider: &Provider<ProviderSettings>,
    store: &Store,
) -> Result<Vec<Unreachable>, StoreError> {
    let scope = provider.preset.map(|preset| (&*preset.title, preset.subject_scope));
    let (title, others) = match scope {
        Some((title, SubjectScope::Client)) => (title, "each client"),
        Some((title, SubjectScope::Owner)) => (title, "the clients of each owner"),
        Some((_, SubjectScope::Provider)) | None => return Ok(Vec::new()),
    };
    let Some(current) = provider.settings.client_id() else { return Ok(Vec::new()) };
    let unreachable = |(former, identities): (String, u64)| {
        let id = &provider.id;
        Unreachable {
            provider: id.clone(),
            what: format!(
                "{title} gives {others} other subjects for the same people. Identities that came through another \
                 client id, {former}: {identities}"
            ),
            fix: format!(
                "put back client_id = '{former}'; else link each person's new identity to their account: `vestibule \
                 identity link {id} ISSUER SUBJECT ACCOUNT`"
            ),
        }
    };
    Ok(store.count_by_other_client(&provider.id, current).await?.into_iter().map(unreachable).collect())
}

/// The config has no provider of this id, but one with the same issuer: it may have had the id. Without such a one, the
/// provider was removed on purpose.
fn under_former_id(config: &Config<ProviderSettings>, counted: &IssuerCount) -> Option<Unreachable> {
    let IssuerCount { provider: former, issuer, identities, .. } = counted;
    // An issuer may contain the id.
    let has_issuer =
        |it: &&Provider<ProviderSettings>| [&it.id, former].iter().any(|id| it.settings.accepts_issuer(id, issuer));
    let renamed: Vec<_> = config.providers.iter().filter(has_issuer).map(|provider| provider.id.as_str()).collect();
    (!renamed.is_empty()).then(|| {
        let renamed = renamed.join(" or ");
        Unreachable {
            provider: former.clone(),
            what: format!(
                "the config has no provider of this id. Identities under it: {identities}, with the issuer {issuer}, \
                 as {renamed} has it"
            ),
            fix: format!(
                "if {renamed} had this id before, put back id = '{former}' there; else unlink them: `vestibule \
                 identity unlink-all {former}`"
            ),
        }
    })
}

fn under_former_issuer(provider: &Provider<ProviderSettings>, counted: &IssuerCount) -> Unreachable {
    let IssuerCount { issuer: former, identities, .. } = counted;
    let settings = &provider.settings;
    let current = settings.issuer(&provider.id);
    Unreachable {
        provider: provider.id.clone(),
        what: format!("its issuer is {current}. Identities under another one, {former}: {identities}"),
        fix: settings.issuer_origin().change_fix(&provider.id, former, settings.issuer_inputs()),
    }
}

/// A new subject could equal an old one of somebody else, so nobody signs in with these (security rule C21).
fn with_other_source(provider: &Provider<ProviderSettings>, counted: &IssuerCount) -> Option<Unreachable> {
    let (id, current) = (&provider.id, provider.settings.subject_source());
    let former = counted.subject_source.as_deref().filter(|former| *former != current)?;
    Some(Unreachable {
        provider: id.clone(),
        what: format!("its subjects are {current}. Identities whose subjects were {former}: {}", counted.identities),
        fix: format!(
            "put back the setting that gave {former}; else unlink them: {}",
            unlink_all(id, &counted.issuer, Some(former))
        ),
    })
}

async fn with_impossible_subject(
    provider: &Provider<ProviderSettings>,
    counted: &IssuerCount,
    store: &Store,
) -> Result<Option<Unreachable>, StoreError> {
    let subjects = store.subjects_of(&counted.provider, &counted.issuer, SUBJECTS).await?;
    let fault = |subject: &Subject| {
        let fault = provider.settings.subject_fault(subject.as_str())?;
        Some(format!("{:?} can't be a subject now: {fault}", subject.as_str()))
    };
    let faults: Vec<_> = subjects.iter().filter_map(fault).collect();
    Ok(faults.first().map(|first| Unreachable {
        provider: provider.id.clone(),
        what: format!("{first}. Identities with such a subject: {} of {}", faults.len(), subjects.len()),
        fix: "put back the setting that they came with; else unlink each with `vestibule identity unlink`".to_owned(),
    }))
}

/// Logs such identities. This may take a while, because the database counts all identities.
pub async fn log_all(config: &Config<ProviderSettings>, store: &Store) {
    match find(config, store).await {
        Ok(found) => {
            for identities in found {
                tracing::warn!(provider = %identities.provider, "{identities}; {}", identities.fix);
            }
        }
        Err(why) => tracing::warn!(error = %why, "the identities could not be counted by issuer"),
    }
}
