//! The keys of Google, and what its preset makes of them.

use super::{APP, SERVER, good, mistakes, settings_of};
use vestibule::upstream::oidc::settings::OidcSettings;

const GOOGLE: &str =
    "[[provider]]\nkind = \"google\"\nclient_id = \"1.apps.googleusercontent.com\"\nclient_secret = \"s3cret\"\n";

fn config(keys: &str) -> String {
    [SERVER, GOOGLE, keys, APP].concat()
}

// C75
#[test]
fn a_hosted_domain_is_also_a_hint_in_the_request() {
    for (keys, hint) in [
        ("", None),
        ("hosted_domain = \"Example.org\"\n", Some("example.org")),
        ("hosted_domain = [\"example.org\"]\n", Some("example.org")),
        ("hosted_domain = [\"example.org\", \"example.net\"]\nauth_params = { access_type = \"online\" }\n", Some("*")),
    ] {
        let provider = &good(&config(keys)).providers[0];
        assert_eq!((provider.id.as_str(), &*provider.name), ("google", "Google"));
        let settings = settings_of::<OidcSettings>(provider);
        assert_eq!(settings.client.auth_params.get("hd").map(String::as_str), hint, "{keys}");
        assert_eq!(settings.issuer.as_str(), "https://accounts.google.com");
    }
}

// C75
#[test]
fn a_hint_alone_and_what_is_no_domain_are_refused() {
    assert_eq!(
        mistakes(&config("auth_params = { hd = \"example.org\" }\n")),
        "vestibule.toml:7: [provider.google] `auth_params` sets \"hd\", which is only a hint to the sign-in page; \
         write hosted_domain = \"…\" in its place, which is sent and checked"
    );
    for wrong in ["*", "ada@example.org", "localhost", "https://example.org", "example.org."] {
        assert_eq!(
            mistakes(&config(&format!("hosted_domain = \"{wrong}\"\n"))),
            format!(
                "vestibule.toml:7: [provider.google] `hosted_domain` holds {wrong:?}, which is not a domain; write it \
                 as \"example.org\""
            )
        );
    }
    let why = mistakes(&config("hosted_domain = []\n"));
    assert!(why.contains("`hosted_domain` is an empty list"), "{why}");
}
