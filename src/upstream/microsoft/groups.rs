//! The groups of a person who is in too many for the ID token. The token then says where they are, and Microsoft Graph
//! lists them (its documentation, "Groups overage claim" and "List a user's memberships").

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use crate::base::readable_json::readable;
use crate::base::strict_json::{JsonError, Members};
use crate::signin::identify::ExternalIdentity;
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::Api;
use crate::upstream::oauth_client::groups_required::{GroupsRequired, Settled};
use crate::upstream::oauth_client::skipped_entries::{SkippedEntries, UnreadableEntry, text_member};

/// The claim with the ids of the groups.
pub const CLAIM: &str = "groups";

/// The groups of the person and those that these groups are in, by their ids alone. The part after the last slash
/// leaves out roles and administrative units. It is a query of the kind that needs `$count` and the header below.
const PATH: &str = "/me/transitiveMemberOf/microsoft.graph.group";
const QUERY: &str = "$count=true&$select=id&$top=999";
const CONSISTENCY: HeaderName = HeaderName::from_static("consistencylevel");

/// More than anybody has: a page has 999 groups.
const MOST_PAGES: usize = 20;

/// Its name in errors.
const WHAT: &str = "the list of groups";

/// Where the groups are.
#[derive(Debug)]
pub struct GroupSource {
    /// The address of the first page.
    first: Url,
    headers: HeaderMap,
    required: GroupsRequired,
}

impl GroupSource {
    /// `graph`: the address of Microsoft Graph, with its version.
    pub fn below(graph: &Url, required: GroupsRequired) -> Self {
        let mut first = graph.clone();
        first.set_path(&format!("{}{PATH}", graph.path().trim_end_matches('/')));
        first.set_query(Some(QUERY));
        let headers = HeaderMap::from_iter([(CONSISTENCY, HeaderValue::from_static("eventual"))]);
        Self { first, headers, required }
    }

    /// Adds the groups, if the token has them elsewhere. The address in the token is not used: it may name an API that
    /// is gone.
    ///
    /// # Errors
    /// When they don't come, and are required.
    pub async fn complete(&self, identity: &mut ExternalIdentity, api: Api<'_>) -> Result<(), UpstreamError> {
        if !are_elsewhere(identity) {
            return Ok(());
        }
        let provider = &identity.key.provider;
        let Settled { groups, missing } = self.required.settle(WHAT, self.list(api)).await?;
        if let Some(missing) = missing {
            missing.warn(provider);
        }
        identity.claims.insert(CLAIM.to_owned(), groups.into());
        Ok(())
    }

    async fn list(&self, api: Api<'_>) -> Result<Vec<String>, UpstreamError> {
        let api = Api { headers: &self.headers, ..api };
        let mut next = Some(self.first.clone());
        let (mut groups, mut skipped) = (Vec::new(), SkippedEntries::default());
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { break };
            let answer = api.get(WHAT, &url).await?;
            next = read(answer.body(), &url, |entry| groups.extend(skipped.keep(entry)))?;
        }
        match next {
            None => {
                skipped.warn(api.provider, WHAT);
                Ok(groups)
            }
            Some(_) => Err(unusable(&format!("it has more than {MOST_PAGES} pages"))),
        }
    }
}

/// OpenID Connect Core §5.6.2: the token names the source of a claim that it does not have.
fn are_elsewhere(identity: &ExternalIdentity) -> bool {
    identity.claims.get("_claim_names").is_some_and(|names| names.get(CLAIM).is_some())
}

/// Reads a page: the id of each group, or why it can't be read. Returns the address of the next page. The access token
/// goes to no other server.
fn read(
    body: &[u8],
    url: &Url,
    mut listed: impl FnMut(Result<String, UnreadableEntry>),
) -> Result<Option<Url>, UpstreamError> {
    let body = readable(body);
    let page = Members::read(&body).map_err(|why| unusable(&format!("it is not a JSON object ({why})")))?;
    let unreadable = |name: &str, why: JsonError| unusable(&format!("`{name}` can't be read ({why})"));
    let member = |name: &str| page.get(name).map_err(|why| unreadable(name, why));
    let groups = page.raw("value").map_err(|why| unreadable("value", why))?;
    let groups = groups.and_then(|groups| serde_json::from_str::<Vec<&RawValue>>(groups.get()).ok());
    for group in groups.ok_or_else(|| unusable("`value` is not a list"))? {
        let group = Members::read(group.get().as_bytes()).map_err(|_| UnreadableEntry::NoObject);
        listed(group.and_then(|group| text_member(&group, "id")));
    }
    let next = match member("@odata.nextLink")? {
        None => return Ok(None),
        Some(Value::String(next)) => Url::parse(&next).ok(),
        Some(_) => None,
    };
    match next.filter(|next| next.origin() == url.origin()) {
        Some(next) => Ok(Some(next)),
        None => Err(unusable("its next page is not at the same server")),
    }
}

fn unusable(why: &str) -> UpstreamError {
    UpstreamError::AnswerUnusable(format!("{WHAT} can't be used: {why}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use url::Url;

    use super::read;

    fn page(body: &str) -> Result<(Vec<String>, Option<String>), String> {
        let (url, mut groups) = (Url::parse("https://graph.example/v1.0/me").unwrap(), Vec::new());
        let next = read(body.as_bytes(), &url, |id| groups.extend(id)).map_err(|why| why.to_string())?;
        Ok((groups, next.map(String::from)))
    }

    // C56
    #[test]
    fn a_next_page_is_followed_only_at_the_same_server() {
        let more = |next: &str| page(&format!(r#"{{"value":[{{"id":"a"}}],"@odata.nextLink":{next}}}"#));
        let groups = vec!["a".to_owned()];
        let same = "https://graph.example/v1.0/me?$skiptoken=7";
        assert_eq!(more(&format!("\"{same}\"")), Ok((groups.clone(), Some(same.to_owned()))));
        assert_eq!(more("null"), Ok((groups, None)));
        for other in [
            "\"https://evil.example/v1.0/me\"",
            "\"https://graph.example:8443/v1.0/me\"",
            "\"http://graph.example/v1.0/me\"",
            "\"https://graph.example@evil.example/\"",
            "\"/v1.0/me\"",
            "7",
        ] {
            let why = more(other).unwrap_err();
            assert_eq!(why, "the list of groups can't be used: its next page is not at the same server", "{other}");
        }
    }

    #[test]
    fn a_page_that_is_no_list_of_groups_is_an_error_and_never_an_empty_list() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"value":{}}"#,
            r#"{"value":[],"value":[{"id":"a"}]}"#,
            r#"{"value":[],"@odata.nextLink":"https://graph.example/","@odata.nextLink":"https://graph.example/"}"#,
        ] {
            assert!(page(body).is_err(), "{body}");
        }
        assert_eq!(page(r#"{"value":[]}"#), Ok((Vec::new(), None)));
    }

    // C16
    #[test]
    fn a_group_that_cannot_be_read_is_none_and_the_others_count() {
        for odd in ["7", "null", "{}", r#"{"id":7}"#, r#"{"id":"x","id":"y"}"#, r#"{"id":"\ud800"}"#, "[1e999]"] {
            let body = format!(r#"{{"value":[{{"id":"a"}},{odd},{{"id":"b","odd":1e999}}]}}"#);
            assert_eq!(page(&body), Ok((vec!["a".to_owned(), "b".to_owned()], None)), "{odd}");
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body: Vec<u8>) {
            let _ = read(&body, &Url::parse("https://graph.example/").unwrap(), |_| ());
        }
    }
}
