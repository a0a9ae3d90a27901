//! Findings about providers with a preset name the keys that the operator has, and not those that the preset sets.

use super::{CheckOutput, check, config, provider};
use crate::installation::Installation;

/// Checks a config whose only provider has these keys beside `id`, `name` and the client.
fn check_keys(keys: &str) -> CheckOutput {
    let text = config("ISSUER")
        .replace("allow_private = true\n", "")
        .replace("kind = \"oidc\"\n", &format!("{keys}\n"))
        .replace("issuer = \"ISSUER\"\n", "");
    check(Installation::with_config(&text).folder(), &[])
}

#[test]
fn a_server_that_is_not_found_is_looked_for_in_the_input_that_names_it() {
    for (keys, found, input) in [
        ("kind = \"keycloak\"\nhost = \"sso.invalid\"\nrealm = \"staff\"", "discovery: sso.invalid", "host"),
        ("kind = \"mastodon\"\nhost = \"social.invalid\"", "token_url: social.invalid", "host"),
        (
            "kind = \"mastodon\"\nhost = \"social.invalid\"\ntoken_url = \"https://token.invalid/\"",
            "token_url: token.invalid",
            "token_url",
        ),
        ("kind = \"gitlab\"\nissuer = \"https://git.invalid\"", "discovery: git.invalid", "issuer"),
    ] {
        let output = check_keys(keys);
        let line = output.line(&format!("BAD  provider uni: {found}, resolve: "));
        assert!(line.contains(&format!("→ check that the name in `{input}` is right")), "{line}");
    }
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn another_issuer_is_blamed_on_the_inputs_that_decide_ours() {
    let provider = provider().await;
    let issuer = provider.issuer();
    let discovery = format!("allow_private = true\ndiscovery_url = \"{issuer}/.well-known/openid-configuration\"");
    for (keys, inputs) in [
        ("kind = \"keycloak\"\nhost = \"sso.example.org\"\nrealm = \"staff\"", "`host` and `realm`"),
        ("kind = \"okta\"\nhost = \"acme.okta.com\"", "`host`"),
    ] {
        let keys = format!("{keys}\n{discovery}");
        let output = tokio::task::spawn_blocking(move || check_keys(&keys)).await.unwrap();
        let line = output.line("BAD  provider uni: discovery: its issuer is ");
        let fix = format!("→ correct {inputs} so that the issuer is \"{issuer}\", if that is the provider you mean");
        assert!(line.ends_with(&fix), "{line}");
    }
}

#[test]
fn an_address_that_is_refused_is_one_mistake_at_the_line_of_its_input() {
    let output = check_keys("kind = \"mastodon\"\nhost = \"127.0.0.1:9\"");
    let bad = output.lines_with("BAD");
    let line = "BAD  config: vestibule.toml:7: [provider.uni] `host` is on this machine itself, which is refused → add \
                allow_private = true if that is meant";
    assert_eq!(bad, [line]);
}
