//! `vestibule check` for a directory: each server by itself, by the same steps as a sign-in.

use ldap3::Scope;
use tokio::time::Instant;

use super::Ldap;
use super::connection::{Connection, Question};
use super::server::Protection;
use super::settings::{GroupSearch, Search, Searcher, WayIn};
use crate::base::random;
use crate::base::redaction::Redaction;
use crate::signin::identify::password::NotAvailable;
use crate::upstream::probe::{Speaker, Tell};

/// In so many entries the attribute of `compare` is looked for.
const SAMPLE: i32 = 20;

impl Ldap {
    pub(super) async fn look(&self, tell: Tell<'_>) {
        let mut to = Speaker::new(format!("provider {}", self.id), tell);
        for (at, server) in self.servers.list().iter().enumerate() {
            let until = Instant::now() + self.settings.timeout;
            let connected = match server.protection {
                Protection::Tls => "connected, TLS from the first byte, certificate good",
                Protection::StartTls => "connected, TLS after StartTLS, certificate good",
                Protection::None => "connected",
            };
            let opened = match &self.settings.way_in {
                WayIn::Direct(_) => self.servers.connect(at, until).await,
                WayIn::Search(_) => self.servers.for_service(at, until).await,
            };
            let connection = match opened {
                Ok(connection) => connection,
                Err(trouble) => {
                    blame(&trouble.told, &mut to);
                    continue;
                }
            };
            to.good(format!("{}: {connected}", server.name()));
            if server.protection == Protection::None {
                to.warn(
                    format!("{}: passwords travel without encryption, within this machine", server.name()),
                    "use ldaps://, or leave out `encryption` for StartTLS",
                );
            }
            if let WayIn::Search(search) = &self.settings.way_in {
                self.look_around(search, &connection, until, &mut to).await;
            }
        }
    }

    async fn look_around(&self, search: &Search, connection: &Connection, until: Instant, to: &mut Speaker<'_>) {
        let server = connection.server();
        match &search.searcher {
            Searcher::Account(service) => to.good(format!("{server}: signed in as {}", service.dn)),
            Searcher::Nobody => {
                to.warn(format!("{server}: searches as nobody"), "give it an account of its own: service_dn");
            }
        }
        let base = Question {
            base: search.base.clone(),
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: vec!["1.1".to_owned()],
            most: 1,
        };
        match connection.search("search", &base, &Redaction::default(), until).await {
            Ok(_) => to.good(format!("{server}: base {:?} is there", search.base)),
            Err(trouble) => return blame(&trouble.told, to),
        }
        self.look_for_people(search, connection, until, to).await;
        self.look_for_subjects(search, connection, until, to).await;
        let Some(groups) = &self.settings.group_search else { return };
        let base = Question { base: groups.base.clone(), ..base };
        match connection.search("groups", &base, &Redaction::default(), until).await {
            Ok(_) => to.good(format!("{server}: group_base {:?} is there", groups.base)),
            Err(trouble) => return blame(&trouble.told, to),
        }
        self.look_for_groups(groups, connection, until, to).await;
    }

    /// Whether a group is found by its name. Directories compute some attributes as they answer, and find nothing by
    /// those.
    async fn look_for_groups(
        &self,
        groups: &GroupSearch,
        connection: &Connection,
        until: Instant,
        to: &mut Speaker<'_>,
    ) {
        let attribute = &groups.attribute;
        let find = |filter: String| Question {
            base: groups.base.clone(),
            scope: Scope::Subtree,
            filter,
            attributes: vec![attribute.clone()],
            most: 1,
        };
        let one = match connection
            .search("groups", &find(format!("({attribute}=*)")), &Redaction::default(), until)
            .await
        {
            Ok(found) => found.entries.iter().find_map(|group| group.all_texts(attribute).next().map(str::to_owned)),
            Err(trouble) => return blame(&trouble.told, to),
        };
        let Some(one) = one else {
            return to.warn(
                format!("{}: no group under {:?} is found that has a {attribute}", connection.server(), groups.base),
                "make a group there, or name an attribute in group_attribute that the directory can search for",
            );
        };
        match connection.search("groups", &find(groups.filter_of(&[one])), &Redaction::default(), until).await {
            Ok(found) if found.entries.is_empty() => to.wrong(
                format!("{}: a group is not found by its {attribute}", connection.server()),
                "name an attribute in group_attribute that the directory can search for, such as \"cn\"",
            ),
            Ok(_) => to.good(format!("{}: groups are found by their {attribute}", connection.server())),
            Err(trouble) => blame(&trouble.told, to),
        }
    }

    /// Whether the filter finds people and no unknown name, and whether the entries show a hash to compare passwords
    /// with.
    async fn look_for_people(&self, search: &Search, connection: &Connection, until: Instant, to: &mut Speaker<'_>) {
        let server = connection.server();
        let question = |filter: String, attribute: &str| Question {
            base: search.base.clone(),
            scope: search.scope,
            filter,
            attributes: vec![attribute.to_owned()],
            most: 1,
        };
        let by_name = question(search.filter.for_name(&random::token()), "1.1");
        match connection.search("search", &by_name, &Redaction::default(), until).await {
            Ok(found) if found.entries.is_empty() => {}
            Ok(_) => to.wrong(
                format!("{server}: `filter` finds an entry by a name that nobody has"),
                "let it ask for {username} in each of its alternatives",
            ),
            Err(trouble) => return blame(&trouble.told, to),
        }
        let anybody = search.filter.for_anybody();
        match connection.search("search", &question(anybody.clone(), "1.1"), &Redaction::default(), until).await {
            Ok(found) if found.entries.is_empty() => {
                return to.wrong(
                    format!("{server}: {anybody} finds nobody under {:?}, so nobody can sign in", search.base),
                    "correct the attributes and classes in `filter`, or `base`, or let service_dn read them",
                );
            }
            Ok(_) => to.good(format!("{server}: {anybody} finds people")),
            Err(trouble) => return blame(&trouble.told, to),
        }
        let Some(attribute) = &search.compare else { return };
        // A server may hide the attribute from filters and still send it, so the filter does not contain it.
        let with_hash = question(anybody, attribute);
        let with_hash = Question { most: SAMPLE, ..with_hash };
        match connection.search("search", &with_hash, &Redaction::default(), until).await {
            Ok(found) if found.entries.iter().any(|entry| entry.texts(attribute).next().is_some()) => {
                to.good(format!("{server}: {attribute} can be read"));
            }
            Ok(_) => to.wrong(
                format!(
                    "{server}: none of the entries looked at shows its {attribute}, so no password can be compared"
                ),
                "let service_dn read it, or leave out `compare`, so that people bind",
            ),
            Err(trouble) => blame(&trouble.told, to),
        }
    }

    /// Whether any entry shows the subject's attribute.
    async fn look_for_subjects(&self, search: &Search, connection: &Connection, until: Instant, to: &mut Speaker<'_>) {
        let attribute = &self.settings.subject_attribute;
        let anybody = Question {
            base: search.base.clone(),
            scope: search.scope,
            filter: format!("({attribute}=*)"),
            attributes: vec![attribute.clone()],
            most: 1,
        };
        match connection.search("search", &anybody, &Redaction::default(), until).await {
            Ok(found) if found.entries.iter().any(|entry| entry.subject(attribute).is_ok()) => {
                to.good(format!("{}: {attribute} can be read", connection.server()));
            }
            Ok(_) => to.wrong(
                format!("{}: no entry under {:?} shows an {attribute}", connection.server(), search.base),
                "let service_dn read it, or name another in subject_attribute",
            ),
            Err(trouble) => blame(&trouble.told, to),
        }
    }
}

fn blame(told: &NotAvailable, to: &mut Speaker<'_>) {
    to.wrong_as_told(told);
}
