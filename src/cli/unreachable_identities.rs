//! Finds identities that no sign-in leads to with this config: their provider has another id, issuer or client now, or
//! gives subjects of another form.

use std::fmt;

use crate::base::ids::ProviderId;
use crate::config::preset::SubjectScope;
use crate::config::{Config, Provider};
use crate::store::{IssuerCount, Store, StoreError};
use crate::upstream::ProviderSettings;

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
            Some(provider) => found.extend(with_former_subject(provider, &counted, store).await?),
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
    let IssuerCount { provider: former, issuer, identities } = counted;
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
                "if {renamed} had this id before, put back id = '{former}' there; else unlink each with `vestibule \
                 identity unlink`"
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

async fn with_former_subject(
    provider: &Provider<ProviderSettings>,
    counted: &IssuerCount,
    store: &Store,
) -> Result<Option<Unreachable>, StoreError> {
    let subjects = store.subjects_of(&counted.provider, &counted.issuer, SUBJECTS).await?;
    let former: Vec<_> =
        subjects.iter().filter_map(|subject| provider.settings.former_subject(subject.as_str())).collect();
    Ok(former.first().map(|why| Unreachable {
        provider: provider.id.clone(),
        what: format!("{why}. Identities with such a subject: {} of {}", former.len(), subjects.len()),
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
