//! The groups of somebody whose password was right: read of their entry, and searched for.

use std::collections::BTreeSet;

use ldap3::Scope;
use tokio::time::Instant;

use super::Ldap;
use super::connection::{Connection, Found, More, Question};
use super::entry::Entry;
use super::groups::{in_any_groups, in_named_groups, read};
use crate::base::ids::Subject;
use crate::signin::identify::password::{NotAccepted, NotAvailable};
use crate::upstream::attempt::Attempt;

/// Active Directory gives 1,500 values of an attribute at once: this is for 150,000 groups.
const MOST_RANGES: usize = 100;

impl Ldap {
    /// The groups that the entry names, and those that a search finds. Only groups that the config names decide anything, so
    /// only those are searched for: some people are in more groups than a directory gives at once.
    pub(super) async fn groups(
        &self,
        entry: &Entry,
        called: &str,
        subject: &Subject,
        at: &At<'_>,
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
            let found = self.ask("search", &question, at).await?;
            groups.extend(found.entries.iter().flat_map(|entry| entry.groups(member_of)));
            rest = found.entries.first().and_then(|entry| entry.rest_of(&member_of.attribute));
        }
        let Some(search) = &self.settings.group_search else { return Ok(groups) };
        for question in in_named_groups(search, called, &entry.dn, &self.named) {
            let found = self.ask("groups", &question, at).await?;
            if found.more == More::HeldBack {
                tracing::warn!(
                    provider = %self.id, %subject,
                    "is in more groups with names of `groups` than the directory gives at once, and the others don't count; \
                     raise its size limit, or narrow group_filter"
                );
            }
            groups.extend(read(search, &found));
        }
        // Whoever tries a sign-in from the terminal wants to see groups that are not in the config yet.
        if !at.attempt.may_write()
            && let Ok(found) = self.ask("groups", &in_any_groups(search, called, &entry.dn), at).await
        {
            groups.extend(read(search, &found));
        }
        Ok(groups)
    }

    /// Asks as the person, where they read their own entry, else as the service account.
    async fn ask(&self, phase: &'static str, question: &Question, at: &At<'_>) -> Result<Found, NotAvailable> {
        match at.own {
            Some(connection) => connection.search(phase, question, at.until).await.map_err(|trouble| trouble.told),
            None => Ok(self.servers.ask(phase, question, at.until).await?.found),
        }
    }
}

/// Where a sign-in stands once the password is right.
pub struct At<'a> {
    /// The person's own connection, where nobody else reads for them.
    pub own: Option<&'a Connection>,
    pub attempt: &'a Attempt<'a>,
    pub until: Instant,
}
