//! The groups of a person whose password was right: from their entry, and by searches.

use std::collections::BTreeSet;

use ldap3::Scope;
use tokio::time::Instant;

use super::connection::{Connection, Found, More, Question};
use super::entry::Entry;
use super::groups::{NamedGroups, in_any_groups, in_named_groups, read};
use super::servers::Servers;
use super::settings::LdapSettings;
use crate::base::ids::{ProviderId, Subject};
use crate::signin::identify::password::{NotAccepted, NotAvailable};
use crate::upstream::attempt::Attempt;

/// Active Directory sends 1,500 values of an attribute at a time, so this is enough for 150,000 groups.
const MOST_RANGES: usize = 100;

/// Reads groups for one sign-in.
pub struct GroupReader<'a> {
    pub provider: &'a ProviderId,
    pub settings: &'a LdapSettings,
    /// The groups that the config names.
    pub named: &'a NamedGroups,
    pub servers: &'a Servers,
    /// The connection on which the person is signed in. Without one the service account reads.
    pub own: Option<&'a Connection>,
    pub attempt: &'a Attempt<'a>,
    pub until: Instant,
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
        let mut rest = entry.rest_of(&member_of.attribute);
        for _ in 0..MOST_RANGES {
            let Some(attribute) = rest else { break };
            let question = Question {
                base: entry.dn.clone(),
                scope: Scope::Base,
                filter: "(objectClass=*)".to_owned(),
                attributes: vec![attribute],
                most: 1,
            };
            let found = self.ask("search", &question).await?;
            groups.extend(found.entries.iter().flat_map(|entry| entry.groups(member_of)));
            rest = found.entries.first().and_then(|entry| entry.rest_of(&member_of.attribute));
        }
        let Some(search) = &self.settings.group_search else { return Ok(groups) };
        for question in in_named_groups(search, username, &entry.dn, self.named) {
            let found = self.ask("groups", &question).await?;
            if found.more == More::HeldBack {
                tracing::warn!(
                    provider = %self.provider, %subject,
                    "is in more groups with names of `groups` than the directory gives at once, and the others don't \
                     count; raise its size limit, or narrow group_filter"
                );
            }
            groups.extend(read(search, &found));
        }
        // `vestibule login` also shows groups that the config does not name yet.
        if !self.attempt.may_write()
            && let Ok(found) = self.ask("groups", &in_any_groups(search, username, &entry.dn)).await
        {
            groups.extend(read(search, &found));
        }
        Ok(groups)
    }

    async fn ask(&self, phase: &'static str, question: &Question) -> Result<Found, NotAvailable> {
        match self.own {
            Some(connection) => {
                let typed = self.attempt.redaction();
                connection.search(phase, question, typed, self.until).await.map_err(|trouble| trouble.told)
            }
            None => Ok(self.servers.ask(phase, question, self.attempt.redaction(), self.until).await?.found),
        }
    }
}
