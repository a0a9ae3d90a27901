//! The organisations and the teams of a person, as groups.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;
use http::HeaderMap;
use http::header::LINK;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use url::Url;

use super::memberships::{Membership, Organization, Team};
use crate::base::ids::Group;
use crate::base::strict_json::Members;
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::Api;
use crate::upstream::oauth_client::groups_required::GroupsRequired;
use crate::upstream::oauth_client::skipped_entries::{SkippedEntries, UnreadableEntry};
use crate::upstream::oauth2::extension::{ApiExtension, OwnClaims};

/// The claim with the groups.
pub const CLAIM: &str = "groups";

/// Asks for the memberships with two requests, or more if there are several pages.
#[derive(Debug)]
pub struct Groups {
    organizations: Url,
    teams: Url,
    required: GroupsRequired,
}

/// The most that the API returns at once.
const PAGE: usize = 100;
/// A person waits for them.
const MAX_PAGES: usize = 10;

impl Groups {
    /// `user`: the address of the API that says who the person is.
    pub fn below(user: &Url, required: GroupsRequired) -> Self {
        let below = |name: &str| {
            let mut url = user.clone();
            url.set_query(None);
            url.set_path(&format!("{}/{name}", user.path().trim_end_matches('/')));
            url
        };
        Self { organizations: below("orgs"), teams: below("teams"), required }
    }
}

#[async_trait]
impl ApiExtension for Groups {
    async fn claims(&self, api: &Api<'_>) -> Result<OwnClaims, UpstreamError> {
        const ORGANIZATIONS: &str = "the list of organisations";
        const TEAMS: &str = "the list of teams";
        let organizations = all_pages::<Organization>(api, ORGANIZATIONS, &self.organizations);
        let teams = all_pages::<Team>(api, TEAMS, &self.teams);
        let (organizations, teams) =
            tokio::join!(self.required.settle(ORGANIZATIONS, organizations), self.required.settle(TEAMS, teams));
        let (organizations, teams) = (organizations?, teams?);
        let names = organizations.groups.iter().flat_map(Organization::groups);
        let names: BTreeSet<String> = names.chain(teams.groups.iter().flat_map(Team::groups)).collect();
        let missing = [organizations.missing, teams.missing].into_iter().flatten().collect();
        Ok(OwnClaims { claims: Map::from_iter([(CLAIM.to_owned(), json!(names))]), missing })
    }

    fn identity_settings(&self) -> Value {
        json!([self.organizations.as_str(), self.teams.as_str()])
    }

    fn unmatchable_groups(&self, groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        groups.keys().filter_map(|name| name_fault(name)).collect()
    }
}

/// What is wrong with the name of a group, and the fix.
fn name_fault(name: &str) -> Option<(String, String)> {
    if name.contains('/') || name.starts_with('@') {
        let fix = name.trim_start_matches('@').replace('/', ":");
        return Some((format!("{name:?} is no group there"), format!("write {fix:?}: a team is ORGANISATION:TEAM")));
    }
    let kind = if name.contains(':') { "team" } else { "org" };
    let warning = || {
        let what =
            format!("groups: {name:?} is a name, and after a rename somebody else may take it, and these rights");
        (what, format!("write its id, as {kind}#NUMBER: docs/config.md says where to find it"))
    };
    (!name.contains('#')).then(warning)
}

/// All entries of a list. We count the pages ourselves, so that no answer can send the access token to another server.
async fn all_pages<M: Membership>(api: &Api<'_>, what: &str, list: &Url) -> Result<Vec<M>, UpstreamError> {
    let (mut all, mut skipped) = (Vec::new(), SkippedEntries::default());
    for page in 1..=MAX_PAGES {
        let mut url = list.clone();
        url.query_pairs_mut().append_pair("per_page", &PAGE.to_string()).append_pair("page", &page.to_string());
        let answer = api.get(what, &url).await?;
        let entries = entries(what, answer.body())?;
        let is_last = !has_next(answer.headers(), entries.len());
        all.extend(entries.into_iter().filter_map(|entry| skipped.keep(membership(entry))));
        if is_last {
            skipped.warn(api.provider, what);
            return Ok(all);
        }
    }
    let most = PAGE * MAX_PAGES;
    Err(UpstreamError::AnswerUnusable(format!("{what} has more than {most} entries, and Vestibule reads no more")))
}

fn entries<'b>(what: &str, body: &'b [u8]) -> Result<Vec<&'b RawValue>, UpstreamError> {
    // The library's words may quote the answer.
    serde_json::from_slice(body).map_err(|why| {
        let (line, column) = (why.line(), why.column());
        UpstreamError::AnswerUnusable(format!("{what} can't be read at line {line}, column {column}"))
    })
}

fn membership<M: Membership>(entry: &RawValue) -> Result<M, UnreadableEntry> {
    let entry = Members::read(entry.get().as_bytes()).map_err(|_| UnreadableEntry::NoObject)?;
    M::read(&entry)
}

/// Whether there is another page (RFC 8288). Without the header, a page that is not full is the last one.
fn has_next(headers: &HeaderMap, entries: usize) -> bool {
    let mut links = headers.get_all(LINK).iter().filter_map(|link| link.to_str().ok()).peekable();
    if links.peek().is_none() {
        return entries >= PAGE;
    }
    links.any(|link| link.contains("rel=\"next\"") || link.contains("rel=next"))
}

#[cfg(test)]
mod tests {
    use http::header::LINK;
    use http::{HeaderMap, HeaderValue};

    use super::{Groups, GroupsRequired, has_next};
    use crate::upstream::oauth2::extension::ApiExtension as _;

    fn groups(user: &str) -> Groups {
        Groups::below(&user.parse().unwrap(), GroupsRequired::Yes)
    }

    #[test]
    fn the_lists_are_below_the_address_of_the_person() {
        for (user, organizations) in [
            ("https://api.github.com/user", "https://api.github.com/user/orgs"),
            ("https://github.example.org/api/v3/user?x=1", "https://github.example.org/api/v3/user/orgs"),
        ] {
            assert_eq!(groups(user).organizations.as_str(), organizations);
        }
    }

    #[test]
    fn the_header_decides_whether_there_is_another_page_and_without_it_a_full_page_does() {
        let headers = |link: &'static str| HeaderMap::from_iter([(LINK, HeaderValue::from_static(link))]);
        let next = "<https://api.github.com/user/teams?page=2>; rel=\"next\", <https://api.github.com/x>; rel=\"last\"";
        assert!(has_next(&headers(next), 3));
        assert!(!has_next(&headers("<https://api.github.com/x?page=1>; rel=\"prev\""), 100));
        assert!(has_next(&HeaderMap::new(), 100) && !has_next(&HeaderMap::new(), 99));
    }

    #[test]
    fn a_team_that_is_written_as_a_path_gets_a_hint() {
        let written = ["acme", "acme:staff", "team#42", "org#7", "@acme/staff"];
        let written = written.map(|name| (name.to_owned(), "staff".to_owned().into())).into();
        let found = groups("https://api.github.com/user").unmatchable_groups(&written);
        let [(path, path_fix), (organization, org_fix), (team, team_fix)] = found.as_slice() else {
            panic!("{found:?}")
        };
        assert_eq!(
            (path.as_str(), path_fix.as_str()),
            ("\"@acme/staff\" is no group there", "write \"acme:staff\": a team is ORGANISATION:TEAM",)
        );
        assert!(organization.starts_with("groups: \"acme\" is a name, and after a rename somebody else may take it"));
        assert!(org_fix.starts_with("write its id, as org#NUMBER"), "{org_fix}");
        assert!(team.contains("\"acme:staff\"") && team_fix.contains("team#NUMBER"), "{team} {team_fix}");
    }
}
