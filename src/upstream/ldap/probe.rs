//! `vestibule check` for a directory: each server separately, by the same steps as a sign-in.

use ldap3::Scope;
use tokio::time::Instant;

use super::Ldap;
use super::connection::{Connection, SearchRequest};
use super::server::Protection;
use super::settings::{GroupSearch, LoginMethod, Search, Searcher};
use crate::base::random;
use crate::base::redaction::Redaction;
use crate::signin::identify::password::NotAvailable;
use crate::upstream::probe::{FindingSink, Reporter};

/// How many entries are searched for the attribute of `compare`.
const SAMPLE: i32 = 20;

impl Ldap {
    pub(super) async fn check_provider(&self, sink: FindingSink<'_>) {
        let mut reporter = Reporter::new(format!("provider {}", self.id), sink);
        for (index, server) in self.servers.list().iter().enumerate() {
            let deadline = Instant::now() + self.settings.timeout;
            let connected = match server.protection {
                Protection::Tls => "connected, TLS from the first byte, certificate good",
                Protection::StartTls => "connected, TLS after StartTLS, certificate good",
                Protection::None => "connected",
            };
            let opened = match &self.settings.login_method {
                LoginMethod::Direct(_) => self.servers.connect(index, deadline).await,
                LoginMethod::Search(_) => self.servers.for_service(index, deadline).await,
            };
            let connection = match opened {
                Ok(connection) => connection,
                Err(error) => {
                    report_failure(&error.cause, &mut reporter);
                    continue;
                }
            };
            reporter.good(format!("{}: {connected}", server.name()));
            if server.protection == Protection::None {
                reporter.warn(
                    format!("{}: passwords are sent without encryption, within this machine", server.name()),
                    "use ldaps://, or leave out `encryption` for StartTLS",
                );
            }
            if let LoginMethod::Search(search) = &self.settings.login_method {
                self.check_search(search, &connection, deadline, &mut reporter).await;
            }
        }
    }

    async fn check_search(
        &self,
        search: &Search,
        connection: &Connection,
        deadline: Instant,
        reporter: &mut Reporter<'_>,
    ) {
        let server = connection.server();
        match &search.searcher {
            Searcher::Account(service) => reporter.good(format!("{server}: signed in as {}", service.dn)),
            Searcher::Anonymous => {
                reporter.warn(format!("{server}: searches anonymously"), "give it its own account: service_dn");
            }
        }
        let base = SearchRequest {
            base: search.base.clone(),
            scope: Scope::Base,
            filter: "(objectClass=*)".to_owned(),
            attributes: vec!["1.1".to_owned()],
            size_limit: 1,
        };
        match connection.search("search", &base, &Redaction::default(), deadline).await {
            Ok(_) => reporter.good(format!("{server}: base {:?} is there", search.base)),
            Err(error) => return report_failure(&error.cause, reporter),
        }
        self.check_people(search, connection, deadline, reporter).await;
        self.check_subjects(search, connection, deadline, reporter).await;
        let Some(groups) = &self.settings.group_search else { return };
        let base = SearchRequest { base: groups.base.clone(), ..base };
        match connection.search("groups", &base, &Redaction::default(), deadline).await {
            Ok(_) => reporter.good(format!("{server}: group_base {:?} is there", groups.base)),
            Err(error) => return report_failure(&error.cause, reporter),
        }
        self.check_groups(groups, connection, deadline, reporter).await;
    }

    /// Whether a group is found by its name. Directories compute some attributes for the answer, and can't search for
    /// these.
    async fn check_groups(
        &self,
        groups: &GroupSearch,
        connection: &Connection,
        deadline: Instant,
        reporter: &mut Reporter<'_>,
    ) {
        let attribute = &groups.attribute;
        let find = |filter: String| SearchRequest {
            base: groups.base.clone(),
            scope: Scope::Subtree,
            filter,
            attributes: vec![attribute.clone()],
            size_limit: 1,
        };
        let one = match connection
            .search("groups", &find(format!("({attribute}=*)")), &Redaction::default(), deadline)
            .await
        {
            Ok(found) => found.entries.iter().find_map(|group| group.all_texts(attribute).next().map(str::to_owned)),
            Err(error) => return report_failure(&error.cause, reporter),
        };
        let Some(one) = one else {
            return reporter.warn(
                format!("{}: no group with a {attribute} is found under {:?}", connection.server(), groups.base),
                "make a group there, or name an attribute in group_attribute that the directory can search for",
            );
        };
        match connection.search("groups", &find(groups.filter_of(&[one])), &Redaction::default(), deadline).await {
            Ok(found) if found.entries.is_empty() => reporter.wrong(
                format!("{}: a group is not found by its {attribute}", connection.server()),
                "name an attribute in group_attribute that the directory can search for, such as \"cn\"",
            ),
            Ok(_) => reporter.good(format!("{}: groups are found by their {attribute}", connection.server())),
            Err(error) => report_failure(&error.cause, reporter),
        }
    }

    /// Whether the filter finds people and no unknown name, and whether the entries show a hash to compare passwords
    /// with.
    async fn check_people(
        &self,
        search: &Search,
        connection: &Connection,
        deadline: Instant,
        reporter: &mut Reporter<'_>,
    ) {
        let server = connection.server();
        let request = |filter: String, attribute: &str| SearchRequest {
            base: search.base.clone(),
            scope: search.scope,
            filter,
            attributes: vec![attribute.to_owned()],
            size_limit: 1,
        };
        let by_name = request(search.filter.for_name(&random::token()), "1.1");
        match connection.search("search", &by_name, &Redaction::default(), deadline).await {
            Ok(found) if found.entries.is_empty() => {}
            Ok(_) => reporter.wrong(
                format!("{server}: `filter` finds an entry for an unknown name"),
                "let it ask for {username} in each of its alternatives",
            ),
            Err(error) => return report_failure(&error.cause, reporter),
        }
        let anybody = search.filter.for_anybody();
        match connection.search("search", &request(anybody.clone(), "1.1"), &Redaction::default(), deadline).await {
            Ok(found) if found.entries.is_empty() => {
                return reporter.wrong(
                    format!("{server}: {anybody} finds nobody under {:?}, so nobody can sign in", search.base),
                    "correct the attributes and classes in `filter`, or `base`, or let service_dn read them",
                );
            }
            Ok(_) => reporter.good(format!("{server}: {anybody} finds people")),
            Err(error) => return report_failure(&error.cause, reporter),
        }
        let Some(attribute) = &search.compare else { return };
        // A server may hide the attribute from filters and still send it, so the filter does not contain it.
        let with_hash = request(anybody, attribute);
        let with_hash = SearchRequest { size_limit: SAMPLE, ..with_hash };
        match connection.search("search", &with_hash, &Redaction::default(), deadline).await {
            Ok(found) if found.entries.iter().any(|entry| entry.texts(attribute).next().is_some()) => {
                reporter.good(format!("{server}: {attribute} can be read"));
            }
            Ok(_) => reporter.wrong(
                format!("{server}: none of the sampled entries shows its {attribute}, so no password can be compared"),
                "let service_dn read it, or leave out `compare`, so that people bind",
            ),
            Err(error) => report_failure(&error.cause, reporter),
        }
    }

    /// Whether any entry shows the subject's attribute.
    async fn check_subjects(
        &self,
        search: &Search,
        connection: &Connection,
        deadline: Instant,
        reporter: &mut Reporter<'_>,
    ) {
        let attribute = &self.settings.subject_attribute;
        let anybody = SearchRequest {
            base: search.base.clone(),
            scope: search.scope,
            filter: format!("({attribute}=*)"),
            attributes: vec![attribute.clone()],
            size_limit: 1,
        };
        match connection.search("search", &anybody, &Redaction::default(), deadline).await {
            Ok(found) if found.entries.iter().any(|entry| entry.subject(attribute).is_ok()) => {
                reporter.good(format!("{}: {attribute} can be read", connection.server()));
            }
            Ok(_) => reporter.wrong(
                format!("{}: no entry under {:?} shows the attribute `{attribute}`", connection.server(), search.base),
                "let service_dn read it, or name another in subject_attribute",
            ),
            Err(error) => report_failure(&error.cause, reporter),
        }
    }
}

fn report_failure(cause: &NotAvailable, reporter: &mut Reporter<'_>) {
    reporter.wrong_from_error(cause);
}
