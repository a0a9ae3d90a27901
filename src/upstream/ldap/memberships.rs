//! The groups of a person whose password was right: from their entry, and by searches.

use std::collections::BTreeSet;

use ldap3::Scope;
use tokio::time::Instant;

use super::connection::{Completeness, Connection, SearchRequest, SearchResult};
use super::entry::Entry;
use super::groups::{NamedGroups, all_groups_search, group_names, named_group_searches};
use super::results::OWN_GROUPS_PHASE;
use super::servers::Servers;
use super::settings::LdapSettings;
use super::warnings::Warned;
use crate::base::ids::{ProviderId, Subject};
use crate::signin::identify::password::{NotAccepted, NotAvailable};
use crate::upstream::attempt::Attempt;

/// Active Directory sends 1,500 values of an attribute at a time, so this is enough for 150,000 groups.
const MAX_RANGES: usize = 100;

/// Reads groups for one sign-in.
pub struct GroupReader<'a> {
    pub provider: &'a ProviderId,
    pub settings: &'a LdapSettings,
    /// The groups that the config names.
    pub named: &'a NamedGroups,
    pub servers: &'a Servers,
    pub warned: &'a Warned,
    /// The connection on which the person is signed in. Without one the service account reads.
    pub person_connection: Option<&'a Connection>,
    pub attempt: &'a Attempt<'a>,
    pub deadline: Instant,
}

impl GroupReader<'_> {
    /// The groups that the entry names, and those that a search finds. The search asks only for groups that the config
    /// names, since no other group decides anything, and some people are in more groups than a directory sends at a
    /// time.
    pub async fn groups(
        &self,
        entry: &Entry,
        username: &str,
        subject: &Subject,
    ) -> Result<BTreeSet<String>, NotAccepted> {
        let member_of = &self.settings.member_of;
        let mut groups = entry.groups(member_of);
        // Without names in the config no group decides anything. `vestibule login` shows groups all the same.
        let are_needed = !self.named.is_empty() || !self.attempt.may_write();
        let phase = if self.person_connection.is_some() { OWN_GROUPS_PHASE } else { "search" };
        let mut rest = entry.next_range(&member_of.attribute).filter(|_| are_needed);
        for _ in 0..MAX_RANGES {
            let Some(attribute) = rest else { break };
            let request = SearchRequest {
                base: entry.dn.clone(),
                scope: Scope::Base,
                filter: "(objectClass=*)".to_owned(),
                attributes: vec![attribute],
                size_limit: 1,
            };
            let found = match self.search(phase, &request).await {
                Err(error) if self.named.is_empty() => {
                    tracing::warn!(
                        provider = %self.provider, %subject, %error,
                        "not every group is shown, since the rest of {} can't be read; sign-ins fail, too, as soon as \
                         `groups` names a group", member_of.attribute
                    );
                    break;
                }
                found => found?,
            };
            groups.extend(found.entries.iter().flat_map(|entry| entry.groups(member_of)));
            rest = found.entries.first().and_then(|entry| entry.next_range(&member_of.attribute));
        }
        let Some(search) = &self.settings.group_search else { return Ok(groups) };
        for request in named_group_searches(search, username, &entry.dn, self.named) {
            let found = self.search("groups", &request).await?;
            if found.completeness == Completeness::Truncated && self.warned.is_due_for(subject, Instant::now()) {
                tracing::warn!(
                    provider = %self.provider, %subject, cause = "groups_truncated",
                    "is in more groups that `groups` names than the directory returns at once, and the rest does not \
                     count; raise its size limit, or narrow group_filter"
                );
            }
            groups.extend(group_names(search, &found));
        }
        // `vestibule login` also shows groups that the config does not name yet.
        if !self.attempt.may_write()
            && let Ok(found) = self.search("groups", &all_groups_search(search, username, &entry.dn)).await
        {
            groups.extend(group_names(search, &found));
        }
        Ok(groups)
    }

    async fn search(&self, phase: &'static str, request: &SearchRequest) -> Result<SearchResult, NotAvailable> {
        match self.person_connection {
            Some(connection) => {
                let typed = self.attempt.redaction();
                connection.search(phase, request, typed, self.deadline).await.map_err(|error| error.cause)
            }
            None => Ok(self.servers.search(phase, request, self.attempt.redaction(), self.deadline).await?.found),
        }
    }
}
