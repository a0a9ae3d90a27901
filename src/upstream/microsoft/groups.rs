//! The groups of a person who is in too many for the ID token. The token then says where they are, and Microsoft Graph
//! lists them (its documentation, "Groups overage claim" and "List a user's memberships").

use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;
use tokio::time::{Duration, timeout};
use url::Url;

use crate::base::readable_json::readable;
use crate::base::strict_json::Members;
use crate::signin::identify::ExternalIdentity;
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::Api;
use crate::upstream::oauth_client::groups_required::GroupsRequired;

/// The claim with the ids of the groups.
pub const CLAIM: &str = "groups";

/// The groups of the person and those that these groups are in, by their ids alone. The part after the last slash
/// leaves out roles and administrative units. It is a query of the kind that needs `$count` and the header below.
const PATH: &str = "/me/transitiveMemberOf/microsoft.graph.group";
const QUERY: &str = "$count=true&$select=id&$top=999";
const CONSISTENCY: HeaderName = HeaderName::from_static("consistencylevel");

/// More than anybody has: a page has 999 groups.
const MOST_PAGES: usize = 20;
/// A person waits.
const LONGEST: Duration = Duration::from_secs(10);

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
        let late = |_| UpstreamError::Busy(format!("{WHAT} takes longer than {} s", LONGEST.as_secs()));
        let listed = timeout(LONGEST, self.list(api)).await.unwrap_or_else(|elapsed| Err(late(elapsed)));
        let groups = self.required.settle(&identity.key.provider, listed)?;
        identity.claims.insert(CLAIM.to_owned(), groups.into());
        Ok(())
    }

    async fn list(&self, api: Api<'_>) -> Result<Vec<String>, UpstreamError> {
        let api = Api { headers: &self.headers, ..api };
        let mut next = Some(self.first.clone());
        let mut groups = Vec::new();
        for _ in 0..MOST_PAGES {
            let Some(url) = next else { return Ok(groups) };
            let answer = api.get(WHAT, &url).await?;
            next = read(answer.body(), &url, &mut groups)?;
        }
        match next {
            None => Ok(groups),
            Some(_) => Err(unusable(&format!("it has more than {MOST_PAGES} pages"))),
        }
    }
}

/// OpenID Connect Core §5.6.2: the token names the source of a claim that it does not have.
fn are_elsewhere(identity: &ExternalIdentity) -> bool {
    identity.claims.get("_claim_names").is_some_and(|names| names.get(CLAIM).is_some())
}

/// Reads a page. Returns the address of the next one. The access token goes to no other server.
fn read(body: &[u8], url: &Url, groups: &mut Vec<String>) -> Result<Option<Url>, UpstreamError> {
    let body = readable(body);
    let page = Members::read(&body).map_err(|why| unusable(&format!("it is not a JSON object ({why})")))?;
    let member = |name: &str| page.get(name).map_err(|why| unusable(&format!("`{name}` can't be read ({why})")));
    let Some(Value::Array(listed)) = member("value")? else { return Err(unusable("`value` is not a list")) };
    for group in listed {
        let id = group.get("id").and_then(Value::as_str);
        groups.push(id.ok_or_else(|| unusable("a group has no `id`"))?.to_owned());
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
        let next = read(body.as_bytes(), &url, &mut groups).map_err(|why| why.to_string())?;
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
            r#"{"value":[7]}"#,
            r#"{"value":[{"name":"a"}]}"#,
            r#"{"value":[],"value":[{"id":"a"}]}"#,
            r#"{"value":[],"@odata.nextLink":"https://graph.example/","@odata.nextLink":"https://graph.example/"}"#,
        ] {
            assert!(page(body).is_err(), "{body}");
        }
        assert_eq!(page(r#"{"value":[]}"#), Ok((Vec::new(), None)));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body: Vec<u8>) {
            let _ = read(&body, &Url::parse("https://graph.example/").unwrap(), &mut Vec::new());
        }
    }
}
