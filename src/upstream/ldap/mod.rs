//! `kind = "ldap"`: directories. A person is signed in when a bind with their name and password succeeds.
//!
//! | step | direct (`bind_dn`) | search (`base`) |
//! | --- | --- | --- |
//! | whose DN | the DN that the template makes of the name | the one entry that the service account finds |
//! | account for counting tries | the name as it is sent; after a yes the entry's subject | the entry's subject |
//! | password | bind as that DN | bind as that entry, on a connection of its own |
//! | entry | the person reads it; after a no the same is asked | the service account has read it |
//! | groups | those in the entry, and a search as the person | the same, as the service account |

mod answer;
mod ber;
mod compare;
mod connection;
mod dial;
mod dn;
mod entry;
mod groups;
mod guard;
pub(super) mod kind;
mod memberships;
mod person;
mod prepared;
mod preset;
mod probe;
mod server;
mod servers;
pub mod settings;
mod starttls;
mod template;
mod trouble;
mod unknown_name;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ldap3::Scope;
use tokio::time::Instant;

use self::connection::{More, Question};
use self::groups::NamedGroups;
use self::servers::{NotBound, Servers, Tried, trust};
use self::settings::{LdapSettings, Search, Searcher, WayIn};
use self::template::DnTemplate;
use self::trouble::{Bound, NOT_READ, OWN_ENTRY, UNUSABLE};
use super::ChecksPasswords;
use super::attempt::{Attempt, CountedBy};
use super::health::Health;
use super::probe::Tell;
use super::turns::{Overload, Turns};
use crate::base::clock::Clock;
use crate::base::ids::{Group, Issuer, ProviderId};
use crate::base::username::folded;
use crate::passwords::pool::{HashingPool, half_of_the_cores};
use crate::signin::identify::ExternalIdentity;
use crate::signin::identify::password::{NotAccepted, NotAvailable, Wrong};

/// How many sign-ins may wait for their turn.
const QUEUE: usize = 16;
const BUSY: Overload = Overload {
    full: "more sign-ins wait for the directory than the 16 that may; raise `at_once` of the provider if the \
           directory can answer more at a time",
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
    turns: Turns,
    /// Compares hashes, when the config asks for that instead of a bind.
    comparing: HashingPool,
    /// The claims whose values can't be read, once the log has named them.
    unreadable: Mutex<BTreeSet<String>>,
}

impl Ldap {
    /// `named`: the groups that the config names. `ca`: certificates in PEM, trusted beside the system's.
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
        let service = match &settings.way_in {
            WayIn::Search(Search { searcher: Searcher::Account(service), .. }) => Some(service.clone()),
            WayIn::Search(Search { searcher: Searcher::Nobody, .. }) | WayIn::Direct(_) => None,
        };
        let servers = Servers::new(settings.servers.clone(), service, trust(ca)?, clock.clone());
        let turns = Turns::new(settings.at_once, QUEUE, BUSY);
        let comparing = HashingPool::new(half_of_the_cores(), settings.at_once);
        let named = NamedGroups::new(named.keys());
        Ok(Self {
            id,
            settings,
            named,
            servers,
            health: Health::new(clock.clone()),
            clock,
            turns,
            comparing,
            unreadable: Mutex::default(),
        })
    }
}

#[async_trait]
impl ChecksPasswords for Ldap {
    fn issuer(&self) -> &Issuer {
        &self.settings.issuer
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn probe(&self, tell: Tell<'_>) {
        self.look(tell).await;
    }

    async fn check(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        let checked = self.in_turn(attempt).await;
        match &checked {
            Err(NotAccepted::NotAvailable(told)) if told.phase == UNUSABLE => {}
            heard => self.health.learn(heard, attempt.password()),
        }
        checked
    }
}

impl Ldap {
    /// Bounds how many sign-ins ask the servers at once.
    async fn in_turn(&self, attempt: &Attempt<'_>) -> Result<ExternalIdentity, NotAccepted> {
        // A phone's keyboard adds a space to a name. The password is never trimmed.
        let typed = attempt.name().trim();
        let name = self.settings.form.name(typed);
        // Tries are counted before anybody takes a turn: a name that has to wait must not delay others.
        match &self.settings.way_in {
            WayIn::Direct(template) => {
                // Most directories ignore case in DNs. Those whose schema compares the attribute exactly
                // (`caseExactMatch`, RFC 4517 §4.2.4) may have both `ada` and `Ada`.
                let password = attempt.password_for_name(name.unwrap_or(typed)).await?;
                let Some(name) = name else { return Err(NotAccepted::Unknown) };
                let until = Instant::now() + self.settings.timeout;
                let _turn = self.turns.next(self.settings.timeout / 2).await.map_err(|busy| attempt.unsent(busy))?;
                let tried =
                    Tried { attempt, counted_by: CountedBy::Name(name), password, wrong: Wrong::NameOrPassword };
                self.directly(template, name, &tried, until).await
            }
            WayIn::Search(search) => {
                attempt.may_be_looked_up().await?;
                let until = Instant::now() + self.settings.timeout;
                let _turn = self.turns.next(self.settings.timeout / 2).await?;
                let Some(name) = name else {
                    attempt.password_for(&canonical(typed)).await?;
                    return Err(NotAccepted::Unknown);
                };
                self.by_search(search, name, attempt, until).await
            }
        }
    }

    async fn directly(
        &self,
        template: &DnTemplate,
        name: &str,
        tried: &Tried<'_>,
        until: Instant,
    ) -> Result<ExternalIdentity, NotAccepted> {
        let (attempt, dn) = (tried.attempt, template.for_name(name));
        let (bound, connection) = match self.servers.bind(None, &dn, tried, until).await {
            Ok(bound) => bound,
            Err(NotBound::Unsent(why)) => return Err(attempt.unsent(why).into()),
            Err(NotBound::Sent { at, why }) => {
                let others = self.refuses_unknown_names(template, at, attempt, until).await;
                return Err(if others { self.untried(&why, None) } else { why.into() });
            }
        };
        let question = Question {
            base: dn,
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: self.settings.attributes(),
            most: 1,
        };
        // A refusal costs this search, too: only the entry tells whether a right password must look wrong (security
        // rule C42). The connection is anonymous after a failed bind (RFC 4513 §4), so nothing depends on what is
        // found.
        let found = connection.search(OWN_ENTRY, &question, attempt.redaction(), until).await;
        if let Bound::No(why) = bound {
            return Err(NotAccepted::Refused { why, who: None });
        }
        let found = found.map_err(|trouble| trouble.told)?;
        let Some(entry) = found.entries.into_iter().next() else {
            return Err(NotAvailable { server: connection.server(), phase: UNUSABLE, why: NOT_READ.to_owned() }.into());
        };
        let subject = self.subject(&entry, connection.server())?;
        attempt.name_belongs_to(&subject).await?;
        self.identity(entry, subject, name, &self.reader(Some(&connection), attempt, until)).await
    }

    async fn by_search(
        &self,
        search: &Search,
        name: &str,
        attempt: &Attempt<'_>,
        until: Instant,
    ) -> Result<ExternalIdentity, NotAccepted> {
        // Two, to see whether the name is ambiguous.
        let question = Question {
            base: search.base.clone(),
            scope: search.scope,
            filter: search.filter.for_name(name),
            attributes: self.settings.attributes(),
            most: 2,
        };
        let answered = self.servers.ask("search", &question, attempt.redaction(), until).await?;
        let (mut entries, at) = (answered.found.entries, answered.at);
        // Some servers send an entry twice.
        entries.dedup();
        let entry = match (entries.pop(), entries.is_empty(), answered.found.more) {
            (Some(entry), true, More::None) => entry,
            (None, _, More::None) => {
                self.try_unknown_name(search, at, name, attempt, until).await?;
                return Err(NotAccepted::Unknown);
            }
            // Security rule C44: Vestibule never chooses one of several.
            (_, false, _) | (_, true, More::HeldBack) => {
                self.try_unknown_name(search, at, name, attempt, until).await?;
                return Err(NotAccepted::Refused { why: Wrong::Ambiguous, who: None });
            }
        };
        // Without a subject nobody is signed in. But a wrong password comes first, as for an unknown name (security
        // rule C42).
        let subject = self.subject(&entry, self.servers.name(at));
        let account = subject.as_ref().map_or_else(|_| entry.dn.to_lowercase(), ToString::to_string);
        let who = subject.as_ref().ok().cloned();
        let password = attempt.password_for(&account).await?;
        let bound = if let Some(attribute) = &search.compare {
            let compared = compare::with(&self.comparing, &entry, attribute, password, until).await;
            compared.map_err(|busy| attempt.unsent(busy))?
        } else {
            let tried = Tried { attempt, counted_by: CountedBy::Account(&account), password, wrong: Wrong::Password };
            match self.servers.bind(Some(at), &entry.dn, &tried, until).await {
                Ok((bound, _)) => bound,
                Err(NotBound::Unsent(why)) => return Err(attempt.unsent(why).into()),
                Err(NotBound::Sent { at, why }) => {
                    let others = self.accepts_binds(at, until).await;
                    return Err(if others { self.untried(&why, who) } else { why.into() });
                }
            }
        };
        match bound {
            Bound::Yes => self.identity(entry, subject?, name, &self.reader(None, attempt, until)).await,
            Bound::No(why) => {
                if entry.dn.contains(char::REPLACEMENT_CHARACTER) {
                    tracing::warn!(provider = %self.id, "{ODD_DN}");
                }
                Err(NotAccepted::Refused { why, who })
            }
            Bound::CannotTell(why) => {
                Err(self.untried(&NotAvailable { server: self.servers.name(at), phase: "compare", why }, who))
            }
        }
    }
}

const ODD_DN: &str =
    "the DN of a person's entry is not UTF-8 (RFC 4514), so nobody signs in by it; correct the entry there";

/// The form in which directories compare names: they ignore case, width and runs of spaces (RFC 4518 §2).
fn canonical(name: &str) -> String {
    folded(name).split_whitespace().collect::<Vec<_>>().join(" ")
}
