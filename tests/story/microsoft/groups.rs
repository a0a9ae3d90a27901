//! Groups: in the token, at Microsoft Graph if they are too many, and app roles.

use serde_json::json;
use support::Log;
use support::doubles::{FakeMicrosoft, Graph};

use super::{NOTES, TENANT, claims, refusal, server_of_one_tenant, set};

const STAFF: &str = "5f2c0000-0000-0000-0000-000000000003";
const MAPPED: (&str, &str) = ("groups", "{ \"5f2c0000-0000-0000-0000-000000000003\" = \"staff\" }");

fn many() -> Vec<String> {
    (1..=3).map(|number| format!("5f2c0000-0000-0000-0000-00000000000{number}")).collect()
}

// C31
#[tokio::test]
async fn groups_that_are_too_many_for_the_token_come_from_graph_page_by_page() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server_of_one_tenant(&microsoft, &[MAPPED]).await;
    microsoft.behave(TENANT, set(json!({ "groups": [STAFF] })));
    assert_eq!(claims(&server).await["groups"], json!(["staff"]));
    assert!(microsoft.received().graph.is_empty());
    assert_eq!(microsoft.received().authorize[0].get("scope"), Some("openid profile email User.Read"));
    // The mapped group is on the second page.
    microsoft.behave(TENANT, |microsoft| microsoft.groups = many());
    assert_eq!(claims(&server).await["groups"], json!(["staff"]));
    let asked = microsoft.received().graph;
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked[0].ends_with("?$count=true&$select=id&$top=999"), "{asked:?}");
}

#[tokio::test]
async fn groups_that_do_not_come_refuse_the_sign_in_unless_the_config_does_without() {
    let microsoft = FakeMicrosoft::start().await;
    for (graph, scopes, words) in [
        (Graph::Good, "[\"openid\", \"profile\"]", "status 403; it says: Insufficient privileges"),
        (Graph::Broken, "[\"openid\", \"User.Read\"]", "status 503"),
        (Graph::OtherServer, "[\"openid\", \"User.Read\"]", "its next page is not at the same server"),
        (Graph::Endless, "[\"openid\", \"GroupMember.Read.All\"]", "it has more than 20 pages"),
    ] {
        let server = server_of_one_tenant(&microsoft, &[MAPPED, ("scopes", scopes)]).await;
        microsoft.behave(TENANT, |microsoft| (microsoft.groups, microsoft.graph) = (many(), graph));
        let (line, heading) = refusal(&server).await;
        assert_eq!(heading, "Microsoft does not say in which groups you are.");
        assert!(line.contains("groups_unknown") && line.contains(words), "{line}");
        server.reconfigure(|config| _ = config.provider("microsoft").set("groups_required", "false"));
        let log = Log::open();
        let claims = claims(&server).await;
        assert!(claims["groups"].as_array().is_none_or(Vec::is_empty), "{claims}");
        let text = log.text();
        assert!(text.contains("a person signs in without some of their groups") && text.contains(words), "{text}");
    }
}

// C19: a redirect that is followed would lead to a good answer, and the access token with it.
#[tokio::test]
async fn graph_is_asked_at_the_address_of_the_config_and_never_where_a_redirect_leads() {
    let microsoft = FakeMicrosoft::start().await;
    let server = server_of_one_tenant(&microsoft, &[MAPPED]).await;
    microsoft.behave(TENANT, |microsoft| (microsoft.groups, microsoft.graph) = (many(), Graph::Redirects));
    let (line, _) = refusal(&server).await;
    let words =
        "the list of groups at 127.0.0.1 answers with status 302, a redirect to 127.0.0.1, which is not followed";
    assert!(line.contains("groups_unknown") && line.contains(words), "{line}");
    let asked = microsoft.received().graph;
    assert!(asked.len() == 1 && !asked[0].contains("$skiptoken"), "{asked:?}");
}

#[tokio::test]
async fn app_roles_and_configs_without_groups_need_no_request() {
    let microsoft = FakeMicrosoft::start().await;
    for keys in [&[][..], &[("groups_claim", "\"roles\""), ("groups", "{ \"Teacher\" = \"staff\" }")]] {
        let server = server_of_one_tenant(&microsoft, keys).await;
        microsoft.behave(TENANT, |microsoft| {
            microsoft.groups = many();
            microsoft.claims.insert("roles".to_owned(), json!(["Teacher"]));
        });
        let token = server.browser().sign_in("/auth/notes").await.token_at(NOTES);
        let claims = server.verify_token(&token).await.1;
        let expected = if keys.is_empty() { json!([]) } else { json!(["staff"]) };
        assert_eq!(claims.get("groups").cloned().unwrap_or(json!([])), expected);
    }
    let received = microsoft.received();
    assert!(received.graph.is_empty());
    assert!(received.authorize.iter().all(|request| request.get("scope") == Some("openid profile email")));
}
