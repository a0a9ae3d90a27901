//! What `vestibule check` prints for the keys that relax a security rule or demand something of each sign-in.

use serde_json::json;

use super::provider::{check_provider, check_provider_metadata};
use super::{check, config, provider};
use crate::installation::Installation;

// C8, C12, C13, C15
#[tokio::test(flavor = "multi_thread")]
async fn each_relaxed_rule_is_a_warning_with_its_number_and_its_line() {
    let settings = "iss_parameter = \"if_sent\"\nissuer_aliases = [\"account.example.edu\"]\n\
                    nonce = \"not_returned\"\nreauth = \"trust\"\nverified_strings = true";
    let metadata = json!({ "authorization_response_iss_parameter_supported": true });
    let output = check_provider_metadata(settings, metadata).await;
    assert!(output.succeeded, "{}", output.text);
    for (setting, rule) in [
        ("iss_parameter = \"if_sent\"", "C8"),
        ("issuer_aliases = [\"account.example.edu\"]", "C12"),
        ("nonce = \"not_returned\"", "C13"),
        ("reauth = \"trust\"", "C13"),
        ("verified_strings = true", "C15"),
    ] {
        let line = output.line(&format!("WARN provider uni: {setting}: security rule {rule} does not hold here: "));
        assert!(line.ends_with(&format!("→ leave out {setting}, unless the provider can't do without it")), "{line}");
    }
    output
        .line("ok   provider uni: answers: it promises `iss` in each, and iss_parameter = \"if_sent\" accepts silence");
}

// C4, C13
#[tokio::test(flavor = "multi_thread")]
async fn what_a_preset_sets_is_listed_and_its_relaxed_rules_name_it() {
    let text = config("https://sso.example.edu").replace("issuer = \"https://sso.example.edu\"\n", "");
    let text = text.replace("kind = \"oidc\"", "kind = \"linkedin\"\nscopes = [\"openid\"]");
    let installation = Installation::with_config(&text);
    let output = check(installation.folder(), &["--offline"]);
    output.line("ok   provider uni: preset linkedin: kind = \"oidc\"");
    output.line("ok   provider uni: preset linkedin: issuer = \"https://www.linkedin.com/oauth\"");
    assert!(!output.text.contains("preset linkedin: scopes"), "the file has them: {}", output.text);
    for setting in ["pkce = false", "nonce = \"not_returned\""] {
        let line = output.line(&format!("WARN provider uni: {setting}: security rule"));
        assert!(line.ends_with(" → the preset sets it, since LinkedIn can't do without it"), "{line}");
    }
}

// C22
#[tokio::test(flavor = "multi_thread")]
async fn a_relaxed_rule_that_the_operator_sets_is_not_called_the_presets() {
    let text = config("https://sso.example.edu").replace("issuer = \"https://sso.example.edu\"\n", "");
    let text = text.replace("kind = \"oidc\"", "kind = \"facebook\"\nemail_verified = true");
    let installation = Installation::with_config(&text);
    let output = check(installation.folder(), &["--offline"]);
    let line = output.line("WARN provider uni: email_verified = true: security rule C22");
    assert!(line.ends_with("→ leave out email_verified = true, unless the provider can't do without it"), "{line}");
}

// C4
#[tokio::test(flavor = "multi_thread")]
async fn without_pkce_its_absence_from_the_metadata_is_no_second_warning() {
    for methods in [json!(null), json!(["plain"]), json!(["S256"])] {
        let metadata = json!({ "code_challenge_methods_supported": methods });
        let output = check_provider_metadata("pkce = false", metadata).await;
        assert!(!output.text.contains("PKCE: "), "{}", output.text);
        output.line("WARN provider uni: pkce = false: security rule C4 does not hold here: ");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demand_that_the_metadata_do_not_list_is_a_warning() {
    let settings = "acr_values = [\"urn:two\"]\nmax_age = \"1h\"\nclaims = '{\"id_token\":{\"email\":null}}'";
    let metadata = json!({ "acr_values_supported": ["urn:two"], "claims_parameter_supported": true });
    let output = check_provider_metadata(settings, metadata).await;
    output.line("ok   provider uni: acr_values: a sign-in with another `acr` than \"urn:two\" is refused");
    output.line("ok   provider uni: max_age: a sign-in without `auth_time`, or with a proof more than 3600 s old, is");
    output.line("ok   provider uni: claims: each request asks for {\"id_token\":{\"email\":null}}");
    let output = check_provider_metadata(settings, json!({ "acr_values_supported": ["urn:one"] })).await;
    let line = output.line("WARN provider uni: acr_values: it lists none of \"urn:two\"");
    assert!(line.ends_with(" → nobody gets in if it sends none of these; it lists \"urn:one\""), "{line}");
    let line = output.line("WARN provider uni: claims: each request asks for {\"id_token\":{\"email\":null}}, and it");
    assert!(line.ends_with(" → sign in once to see whether they come"), "{line}");
}

// The provider may refuse a request that lacks them, so the test of the sign-in page sends them, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_request_that_tries_the_redirect_address_has_the_demands() {
    let provider = provider().await;
    let text = config(provider.issuer()).replace("allow_private", "acr_values = [\"urn:two\"]\nallow_private");
    tokio::task::spawn_blocking(move || check(Installation::with_config(&text).folder(), &[])).await.unwrap();
    let received = provider.received().authorize;
    assert_eq!(received.last().unwrap().get("acr_values"), Some("urn:two"));
}

// C19
#[tokio::test(flavor = "multi_thread")]
async fn metadata_elsewhere_are_checked_and_blamed_on_their_own_key() {
    let provider = provider().await;
    let (issuer, address) = (provider.issuer(), format!("{}/elsewhere/metadata", provider.issuer()));
    let with = |address: &str| {
        config(issuer).replace("allow_private", &format!("discovery_url = \"{address}\"\nallow_private"))
    };
    let run = |text: String| tokio::task::spawn_blocking(move || check(Installation::with_config(&text).folder(), &[]));
    let output = run(with(&address)).await.unwrap();
    assert!(output.succeeded, "{}", output.text);
    output.line("ok   provider uni: discovery: the issuer matches");
    output.line(&format!(
        "WARN provider uni: discovery_url = \"{address}\": security rule C19 does not hold here: the server"
    ));
    let output = run(with(&format!("{issuer}/nowhere"))).await.unwrap();
    let line = output.line(&format!("BAD  provider uni: discovery: {issuer}/nowhere answers with status 404"));
    assert!(
        line.ends_with(" → check that `discovery_url` is exactly the address of the provider's metadata"),
        "{line}"
    );
    let output = check_provider("", |_| ()).await;
    assert!(!output.text.contains("C19"), "{}", output.text);
}
