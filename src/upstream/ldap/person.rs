//! Reads what a directory says about a person: subject, claims and groups.

use serde_json::Value;
use tokio::time::Instant;

use super::connection::Connection;
use super::entry::Entry;
use super::groups::MatchedGroups;
use super::memberships::GroupReader;
use super::results::SUBJECT_PHASE;
use super::settings::EmailTrust;
use super::warnings::Warning;
use super::{INVALID_DN, Ldap};
use crate::base::ids::Subject;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::upstream::attempt::Attempt;

impl Ldap {
    pub(super) fn group_reader<'a>(
        &'a self,
        person_connection: Option<&'a Connection>,
        attempt: &'a Attempt<'_>,
        deadline: Instant,
    ) -> GroupReader<'a> {
        let Self { id: provider, settings, named, servers, warned, .. } = self;
        GroupReader { provider, settings, named, servers, warned, person_connection, attempt, deadline }
    }

    pub(super) fn subject(&self, entry: &Entry, server: impl FnOnce() -> String) -> Result<Subject, NotAvailable> {
        let attribute = &self.settings.subject_attribute;
        entry.subject(attribute).map_err(|why| NotAvailable::new(server(), SUBJECT_PHASE, why.explain(attribute)))
    }

    /// The identity of a person whose password was right.
    pub(super) async fn identity(
        &self,
        entry: Entry,
        subject: Subject,
        name: &str,
        reader: &GroupReader<'_>,
    ) -> Result<ExternalIdentity, NotAccepted> {
        // With the replacement characters the DN may equal that of another entry (security rule C21).
        if entry.dn.contains(char::REPLACEMENT_CHARACTER) {
            tracing::warn!(provider = %self.id, "{INVALID_DN}");
            return Err(NotAccepted::Refused { why: RefusalReason::NotAllowed, subject: Some(subject) });
        }
        let mut claims = entry.claims(&self.settings.claims);
        for (claim, attribute) in entry.unreadable_claims(&self.settings.claims, &claims) {
            self.warn_unreadable_claim(claim, attribute);
        }
        if self.settings.email_trust == EmailTrust::Verified && claims.contains_key("email") {
            claims.insert("email_verified".to_owned(), Value::Bool(true));
        }
        // Before the search for groups, since a wrong password causes none.
        reader.attempt.check_enabled(&subject).await?;
        let username = claims.get("preferred_username").and_then(Value::as_str).unwrap_or(name);
        let groups = reader.groups(&entry, username, &subject).await?;
        let MatchedGroups { groups, left_out, misspelt } = self.named.matched(groups);
        for (configured, name) in &misspelt {
            self.warn_of_spelling(configured, name, &subject);
        }
        if left_out > 0 {
            tracing::debug!(
                provider = %self.id, %subject, left_out, "groups that the config does not name were left out"
            );
        }
        claims.insert("groups".to_owned(), groups.into());
        let key = IdentityKey { provider: self.id.clone(), issuer: self.settings.issuer.clone(), subject };
        Ok(ExternalIdentity { auth_time: Some(self.clock.now()), ..ExternalIdentity::new(key, claims) })
    }

    /// Names a group that only its letter case keeps apart from one in the config.
    fn warn_of_spelling(&self, configured: &str, name: &str, subject: &Subject) {
        if self.warned.is_new(Warning::GroupSpelling(configured.to_owned())) {
            tracing::warn!(
                provider = %self.id, %subject,
                "the directory calls a group {name:?}, and `groups` calls it {configured:?}, so it does not count; \
                 write {name:?} there"
            );
        }
    }

    fn warn_unreadable_claim(&self, claim: &str, attribute: &str) {
        if self.warned.is_new(Warning::UnreadableClaim(claim.to_owned())) {
            tracing::warn!(
                provider = %self.id, cause = "claim_ignored",
                "the claim {claim:?} is left out: the values of {attribute} are not text; name another attribute in \
                 `claims`; sign-ins go on"
            );
        }
    }
}
