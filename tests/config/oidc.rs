//! The keys of `kind = "oidc"` for providers that differ from the standard, and for what a sign-in demands.

use super::{APP, PROVIDER, SERVER, good, mistakes, mistakes_with, settings_of};
use vestibule::signin::identify::{NoncePresence, Reauth};
use vestibule::upstream::oauth_client::verified_strings::VerifiedForm;
use vestibule::upstream::oidc::settings::{IssPromise, OidcSettings};

fn config(lines: &str) -> String {
    [SERVER, PROVIDER, lines, "\n", APP].concat()
}

fn settings(lines: &str) -> std::sync::Arc<OidcSettings> {
    settings_of(&good(&config(lines)).providers[0])
}

fn mistake(lines: &str) -> String {
    mistakes(&config(lines)).replace("vestibule.toml:10: [provider.uni] ", "")
}

#[test]
fn without_these_keys_nothing_is_relaxed_or_demanded() {
    let plain = settings("");
    assert_eq!((plain.nonce, plain.iss_parameter), (NoncePresence::Required, IssPromise::Kept));
    assert_eq!((plain.verified_form, plain.reauth), (VerifiedForm::Boolean, Reauth::Refuse));
    assert!(plain.issuer_aliases.is_empty() && plain.discovery_url.is_none());
    assert_eq!(plain.demands.parameters(), [("acr_values", None), ("claims", None), ("max_age", None)]);
    assert_eq!(plain.metadata_address(), "https://sso.example.edu/.well-known/openid-configuration");
}

// C21
#[test]
fn the_claims_of_a_subject_hold_sub() {
    let names = settings("subject_claims = [\"https://slack.com/team_id\", \"sub\"]").subject_claims.clone();
    assert_eq!(names.names(), ["https://slack.com/team_id", "sub"]);
    for (list, words) in [
        ("[\"oid\"]", "lacks \"sub\", the only claim that a provider never gives to somebody else; add \"sub\""),
        ("[\"sub\", \"tid\", \"tid\"]", "holds \"tid\" twice"),
    ] {
        assert_eq!(mistake(&format!("subject_claims = {list}")), format!("`subject_claims` {words}"));
    }
}

#[test]
fn the_words_of_a_key_are_known() {
    for (line, words) in [
        ("nonce = \"optional\"", "`nonce` does not know \"optional\"; use \"required\" or \"not_returned\""),
        ("iss_parameter = \"never\"", "`iss_parameter` does not know \"never\"; use \"as_promised\" or \"if_sent\""),
        ("reauth = \"always\"", "`reauth` does not know \"always\"; use \"refuse\" or \"trust\""),
    ] {
        assert_eq!(mistake(line), words);
    }
}

// C19
#[test]
fn the_address_of_the_metadata_is_an_address_like_the_issuer_and_may_have_a_query() {
    let elsewhere = "https://other.example.edu/.well-known/openid-configuration?p=policy";
    assert_eq!(settings(&format!("discovery_url = \"{elsewhere}\"")).metadata_address(), elsewhere);
    for (address, words) in [
        ("http://sso.example.edu/m", "must be https; plain http is for loopback alone, with allow_private = true"),
        (
            "https://localhost/m",
            "is on this machine itself, which is refused; add allow_private = true if that is meant",
        ),
        ("https://a:b@sso.example.edu/m", "holds a name or a password; leave them out"),
        ("https://sso.example.edu/m#x", "holds a #; leave out the # and what follows"),
        ("/m", "must be an address such as https://api.example.org/me"),
    ] {
        assert_eq!(mistake(&format!("discovery_url = \"{address}\"")), format!("`discovery_url` {words}"));
    }
}

// C12
#[test]
fn an_alias_is_any_exact_text_but_the_issuer_itself() {
    let aliases = settings("issuer_aliases = [\"account.example.edu\", \"https://sso.example.edu/\"]");
    let aliases: Vec<_> = aliases.issuer_aliases.iter().map(|alias| alias.as_str().to_owned()).collect();
    assert_eq!(aliases, ["account.example.edu", "https://sso.example.edu/"]);
    assert_eq!(
        mistake("issuer_aliases = [\"https://sso.example.edu\"]"),
        "`issuer_aliases` holds \"https://sso.example.edu\", which is the issuer itself; leave it out"
    );
}

#[test]
fn demands_become_parameters_of_each_request() {
    let demands =
        settings("acr_values = [\"urn:a\", \"urn:b\"]\nmax_age = \"2h\"\nclaims = '{\"userinfo\":{\"email\":null}}'");
    assert_eq!(
        demands.demands.parameters(),
        [
            ("acr_values", Some("urn:a urn:b")),
            ("claims", Some(r#"{"userinfo":{"email":null}}"#)),
            ("max_age", Some("7200"))
        ]
    );
    let table = "claims = { id_token = { email = {}, acr = { essential = true, values = [\"urn:a\"], n = 1 } } }";
    let expected = serde_json::json!({
        "id_token": { "email": null, "acr": { "essential": true, "values": ["urn:a"], "n": 1 } }
    });
    let sent = settings(table).demands.claims.clone().unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&sent).unwrap(), expected);
    assert_eq!(
        mistake("acr_values = [\"urn:a urn:b\"]"),
        "`acr_values` holds \"urn:a urn:b\", which has a space in it; write each value by itself"
    );
    assert!(mistake("max_age = 3600").starts_with("`max_age` must be a string with a unit, found a number; "));
    assert_eq!(
        mistake("max_age = \"1h\"\nreauth = \"trust\""),
        "vestibule.toml:11: [provider.uni] `reauth` = \"trust\" contradicts `max_age`, which demands that the provider \
         sends `auth_time`; leave out one of the two"
    );
}

#[test]
fn the_requested_claims_are_one_json_object() {
    let fix = "; write one between single quotation marks: '{\"…\": …}'";
    for (text, why) in [
        ("email", "it does not begin as an object"),
        ("[1]", "it does not begin as an object"),
        ("{\"a\":1,\"a\":2}", "a member named twice"),
        ("{\"a\":{\"b\":1,\"b\":2}}", "a member named twice at line 1 column 13"),
    ] {
        assert_eq!(mistake(&format!("claims = '{text}'")), format!("`claims` is not a JSON object: {why}{fix}"));
    }
    assert!(mistake("claims = '{\"a\":'").starts_with("`claims` is not a JSON object: "));
    assert_eq!(mistake("claims = 7"), "`claims` must be a table or JSON text, found a whole number");
    let number = mistake("claims = { id_token = { acr = { n = 1.5 } } }");
    assert!(number.starts_with("`claims` holds ") && number.ends_with(" at \"n\"; write the object as JSON text"));
    let broken = mistakes_with(&config(""), &[("VESTIBULE_PROVIDER__UNI__CLAIMS", "[")]);
    assert!(broken.contains("is not a JSON object: it does not begin as an object"), "{broken}");
    for name in ["acr_values", "claims"] {
        assert_eq!(
            mistake(&format!("auth_params = {{ {name} = \"x\" }}")),
            format!("`auth_params` sets \"{name}\", which has a key of its own; write {name} = … beside it")
        );
    }
}

// C4, C8, C12, C13, C15, C19
#[test]
fn each_key_that_relaxes_a_security_rule_names_it() {
    let rules = |lines: &str| {
        let relaxed = good(&config(lines)).providers[0].settings.relaxed_rules();
        relaxed.into_iter().map(|relaxed| (relaxed.rule, relaxed.setting)).collect::<Vec<_>>()
    };
    for (rule, line) in [
        ("C8", "iss_parameter = \"if_sent\""),
        ("C12", "issuer_aliases = [\"account.example.edu\"]"),
        ("C13", "nonce = \"not_returned\""),
        ("C13", "reauth = \"trust\""),
        ("C15", "verified_strings = true"),
        ("C19", "discovery_url = \"https://other.example.edu/m\""),
    ] {
        assert_eq!(rules(line), [(rule, line.to_owned())]);
    }
    for strict in [
        "iss_parameter = \"as_promised\"\nissuer_aliases = []\nnonce = \"required\"",
        "reauth = \"refuse\"\nverified_strings = false",
        "discovery_url = \"https://sso.example.edu/.well-known/openid-configuration\"",
        "acr_values = [\"urn:a\"]\nmax_age = \"1h\"\nclaims = '{}'",
    ] {
        assert_eq!(rules(strict), [], "{strict}");
    }
    // Without PKCE and without a nonce, only the state and the secret are left.
    let relaxed = good(&config("pkce = false\nnonce = \"not_returned\"")).providers[0].settings.relaxed_rules();
    assert_eq!(relaxed[0].consequence, "only `state` and our credential protect against a code of somebody else");
}
