//! `kind = "ldap"`: directories. A person is signed in when a bind with their name and password succeeds.
//!
//! | step | direct (`bind_dn`) | search (`base`) |
//! | --- | --- | --- |
//! | DN | built from the name by the template | of the one entry that the service account finds |
//! | attempts count for | the name as it is sent; after a success, the entry's subject | the entry's subject |
//! | password | bind as that DN | bind as that entry, on a separate connection |
//! | entry | the person reads it; after a refusal the same request is made | the service account has read it |
//! | groups | those in the entry, and a search as the person | the same, as the service account |

mod active_directory;
mod answer;
mod ber;
mod compare;
mod connection;
mod dial;
mod dn;
mod entry;
mod entry_match;
mod groups;
pub(super) mod kind;
mod memberships;
mod message_filter;
mod person;
mod preset;
mod probe;
mod results;
mod saslprep;
mod server;
mod servers;
pub mod settings;
mod starttls;
mod template;
mod tls;
mod unknown_name;
mod value;
mod warnings;

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use ldap3::Scope;
use tokio::time::Instant;

use self::connection::SearchRequest;
use self::entry_match::EntryMatch;
use self::groups::NamedGroups;
use self::results::{BindOutcome, ONE_ENTRY_PHASES, OWN_ENTRY_PHASE, OWN_ENTRY_UNREADABLE, SUBJECT_PHASE};
use self::saslprep::canonical;
use self::servers::{BindAttempt, BindError, Servers};
use self::settings::{LdapSettings, LoginMethod, Search, Searcher};
use self::template::DnTemplate;
use self::warnings::Warned;
use super::PasswordModule;
use super::attempt::{Attempt, CountedBy};
use super::concurrency_limit::{ConcurrencyLimit, OverloadMessages};
use super::health::Health;
use super::probe::FindingSink;
use crate::base::clock::Clock;
use crate::base::ids::{Group, Issuer, ProviderId};
use crate::passwords::pool::{HashingPool, half_of_the_cores};
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{NotAccepted, NotAvailable, RefusalReason};

/// How many sign-ins may wait for their turn.
const QUEUE: usize = 16;
const BUSY: OverloadMessages = OverloadMessages {
    full: "the queue of 16 sign-ins for the directory is full; raise `at_once` of the provider if the directory can \
           answer more at a time",
    slow: "the sign-in waited half of `timeout` for its turn at the directory; raise `at_once` of the provider, or \
           see why the directory is slow",
};

/// One directory.
#[derive(Debug)]
pub struct Ldap {
    id: ProviderId,
    settings: Arc<LdapSettings>,
    /// The groups that the config names.
    named: NamedGroups,
    servers: Servers,
    health: Health,
    clock: Clock,
    limit: ConcurrencyLimit,
    /// Compares hashes, when the config asks for that instead of a bind.
    compare_pool: HashingPool,
    warned: Warned,
}

impl Ldap {
    /// `named`: the groups that the config names. `ca`: certificates in PEM, trusted in addition to the system's.
    ///
    /// # Errors
    /// When TLS can't be set up.
    pub fn new(
        id: ProviderId,
        settings: Arc<LdapSettings>,
        named: &BTreeMap<String, Group>,
        ca: Option<&[u8]>,
        clock: Clock,
    ) -> Result<Self, rustls::Error> {
        let service = match &settings.login_method {
            LoginMethod::Search(Search { searcher: Searcher::Account(service), .. }) => Some(service.clone()),
            LoginMethod::Search(Search { searcher: Searcher::Anonymous, .. }) | LoginMethod::Direct(_) => None,
        };
        let servers = Servers::new(id.clone(), settings.servers.clone(), service, tls::trust(ca)?, clock.clone());
        let limit = ConcurrencyLimit::new(settings.at_once, QUEUE, BUSY);
        let compare_pool = HashingPool::new(half_of_the_cores(), settings.at_once);
        let named = NamedGroups::new(named.keys());
        Ok(Self {
            id,
            settings,
            named,
            servers,
            health: Health::new(clock.clone()),
            clock,
            limit,
            compare_pool,
            warned: Warned::default(),
        })
    }
}

#[async_trait]
impl PasswordModule for Ldap {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.check_provider(sink).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let checked = self.check_with_permit(attempt).await;
        match &checked {
            Err(NotAccepted::NotAvailable(cause)) if ONE_ENTRY_PHASES.contains(&cause.phase) => {}
            other => self.health.record(other, attempt.password_state()),
        }
        checked
    }
}

impl Ldap {
    /// Limits how many sign-ins ask the servers at once.
    async fn check_with_permit(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let typed = attempt.trimmed_name();
        let name = self.settings.name_form.bare_name(typed);
        // Attempts are counted before they take a permit: a throttled name must not delay others.
        match &self.settings.login_method {
            LoginMethod::Direct(template) => {
                // Most directories ignore case in DNs. Those whose schema compares the attribute exactly
                // (`caseExactMatch`, RFC 4517 §4.2.4) may have both `ada` and `Ada`.
                let password = attempt.password_for_name(name.unwrap_or(typed)).await?;
                let Some(name) = name else { return Err(NotAccepted::Unknown) };
                let deadline = Instant::now() + self.settings.timeout;
                let _permit =
                    self.limit.acquire(self.settings.timeout / 2).await.map_err(|busy| attempt.mark_unsent(busy))?;
                let bind_attempt = BindAttempt {
                    attempt,
                    counted_by: CountedBy::Name(name),
                    password,
                    wrong: RefusalReason::NameOrPassword,
                };
                self.check_direct(template, name, &bind_attempt, deadline).await
            }
            LoginMethod::Search(search) => {
                attempt.admit_lookup().await?;
                let deadline = Instant::now() + self.settings.timeout;
                let _permit = self.limit.acquire(self.settings.timeout / 2).await?;
                let Some(name) = name else {
                    attempt.password_for(&canonical(typed)).await?;
                    return Err(NotAccepted::Unknown);
                };
                self.check_by_search(search, name, attempt, deadline).await
            }
        }
    }

    async fn check_direct(
        &self,
        template: &DnTemplate,
        name: &str,
        bind_attempt: &BindAttempt<'_>,
        deadline: Instant,
    ) -> Result<ExternalIdentity, NotAccepted> {
        let (attempt, dn) = (bind_attempt.attempt, template.for_name(name));
        let (outcome, connection) = match self.servers.bind(None, &dn, bind_attempt, deadline).await {
            Ok(outcome) => outcome,
            Err(BindError::Unsent(why)) => return Err(attempt.mark_unsent(why).into()),
            Err(BindError::Sent { index, why }) => {
                let works_for_others = self.refuses_unknown_names(template, index, attempt, deadline).await;
                return Err(if works_for_others { self.hide_account_error(&why, None) } else { why.into() });
            }
        };
        let request = SearchRequest {
            base: dn,
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: self.settings.attributes(),
            size_limit: 1,
        };
        // A refusal costs this search, too: only the entry shows whether a right password must look wrong (security
        // rule C42). The connection is anonymous after a failed bind (RFC 4513 §4), so nothing depends on the result.
        let found = connection.search(OWN_ENTRY_PHASE, &request, attempt.redaction(), deadline).await;
        if let BindOutcome::Refused(why) = outcome {
            return Err(NotAccepted::Refused { why, subject: None });
        }
        let found = found.map_err(|error| error.cause)?;
        let Some(entry) = found.entries.into_iter().next() else {
            return Err(NotAvailable::new(connection.server(), SUBJECT_PHASE, OWN_ENTRY_UNREADABLE).into());
        };
        let subject = self.subject(&entry, || connection.server())?;
        attempt.admit_subject(&subject).await?;
        self.identity(entry, subject, name, &self.group_reader(Some(&connection), attempt, deadline)).await
    }

    async fn check_by_search(
        &self,
        search: &Search,
        name: &str,
        attempt: &Attempt<'_>,
        deadline: Instant,
    ) -> Result<ExternalIdentity, NotAccepted> {
        // Two, to see whether the name is ambiguous.
        let request = SearchRequest {
            base: search.base.clone(),
            scope: search.scope,
            filter: search.filter.for_name(name),
            attributes: self.settings.attributes(),
            size_limit: 2,
        };
        let answered = self.servers.search("search", &request, attempt.redaction(), deadline).await?;
        let index = answered.index;
        let entry = match EntryMatch::of(answered.found, &self.settings.subject_attribute) {
            EntryMatch::One(entry) => entry,
            EntryMatch::Missing => {
                self.try_unknown_name(search, index, name, attempt, deadline).await?;
                return Err(NotAccepted::Unknown);
            }
            EntryMatch::Ambiguous(why) => {
                self.try_unknown_name(search, index, name, attempt, deadline).await?;
                return Err(NotAccepted::Refused { why, subject: None });
            }
        };
        // An entry without a subject signs nobody in. But the password is checked first, as for an unknown name
        // (security rule C42).
        let subject = self.subject(&entry, || self.servers.name(index));
        let account = subject.as_ref().map_or_else(|_| entry.dn.to_lowercase(), ToString::to_string);
        let who = subject.as_ref().ok().cloned();
        let password = attempt.password_for(&account).await?;
        let outcome = if let Some(attribute) = &search.compare {
            let compared = compare::with_entry(&self.compare_pool, &entry, attribute, password, deadline).await;
            compared.map_err(|busy| attempt.mark_unsent(busy))?
        } else {
            let bind_attempt = BindAttempt {
                attempt,
                counted_by: CountedBy::Account(&account),
                password,
                wrong: RefusalReason::Password,
            };
            match self.servers.bind(Some(index), &entry.dn, &bind_attempt, deadline).await {
                Ok((outcome, _)) => outcome,
                Err(BindError::Unsent(why)) => return Err(attempt.mark_unsent(why).into()),
                Err(BindError::Sent { index, why }) => {
                    let works_for_others = self.accepts_binds(index, deadline).await;
                    return Err(if works_for_others { self.hide_account_error(&why, who) } else { why.into() });
                }
            }
        };
        match outcome {
            BindOutcome::Accepted => {
                self.identity(entry, subject?, name, &self.group_reader(None, attempt, deadline)).await
            }
            BindOutcome::Refused(why) => {
                if entry.dn.contains(char::REPLACEMENT_CHARACTER) {
                    tracing::warn!(provider = %self.id, "{INVALID_DN}");
                }
                Err(NotAccepted::Refused { why, subject: who })
            }
            BindOutcome::Inconclusive(why) => {
                let error = NotAvailable::new(self.servers.name(index), "compare", why);
                Err(self.hide_account_error(&error, who))
            }
        }
    }
}

const INVALID_DN: &str = "a person's DN is not UTF-8 (RFC 4514), so they can't sign in; correct the entry there";
