//! Findings about identities that no sign-in leads to.

use super::database::{known_through, known_under, started};
use super::{check_async, config, provider_and_installation};

#[tokio::test(flavor = "multi_thread")]
async fn identities_under_a_former_id_of_a_provider_are_counted_and_reported_with_the_id() {
    let (provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    for username in ["ada", "ben"] {
        known_under(installation.folder(), provider.issuer(), username).await;
    }
    let text = config(provider.issuer()).replace("\"uni\"", "\"uni2\"");
    std::fs::write(installation.folder().join("vestibule.toml"), &text).unwrap();
    let output = check_async(installation.folder()).await;
    assert_eq!(
        output.line("WARN provider uni: "),
        format!(
            "WARN provider uni: the config has no provider of this id. Identities under it: 2, with the issuer {}, as \
             uni2 has it. No sign-in leads to these any more → if uni2 had this id before, put back id = 'uni' there; \
             else unlink them: `vestibule identity unlink-all uni`",
            provider.issuer()
        )
    );
    // A provider that was removed on purpose.
    let text = text.replace(provider.issuer(), "https://another.example.edu");
    std::fs::write(installation.folder().join("vestibule.toml"), text).unwrap();
    assert!(check_async(installation.folder()).await.lines_with("WARN provider uni: ").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_former_issuer_come_back_with_the_inputs_that_the_preset_made_it_of() {
    let (provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    let former = "https://sso.example.org/realms/staff";
    known_under(installation.folder(), former, "ada").await;
    let issuer = provider.issuer();
    let text = config(issuer).replace(&format!("issuer = \"{issuer}\""), &format!("discovery_url = \"{issuer}/m\""));
    let keys = "kind = \"keycloak\"\nhost = \"sso.example.org\"\nrealm = \"all\"";
    std::fs::write(installation.folder().join("vestibule.toml"), text.replace("kind = \"oidc\"", keys)).unwrap();
    let output = check_async(installation.folder()).await;
    let line = output.line("WARN provider uni: its issuer is https://sso.example.org/realms/all. Identities ");
    assert!(line.contains(&format!("→ put back `host` and `realm` of {former} if the provider still has")), "{line}");
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_a_former_client_are_counted_if_the_provider_has_other_subjects_for_each() {
    let (provider, installation) = provider_and_installation().await;
    started(installation.folder()).await;
    for (username, client) in [("ada", Some("old")), ("ben", Some("old")), ("cleo", Some("vestibule")), ("dee", None)] {
        known_through(installation.folder(), "https://www.linkedin.com/oauth", username, client).await;
    }
    let issuer = provider.issuer();
    let text = config(issuer).replace(&format!("issuer = \"{issuer}\""), &format!("discovery_url = \"{issuer}/m\""));
    for (kind, is_reported) in [("linkedin", true), ("gitlab", false)] {
        let text = text.replace("kind = \"oidc\"", &format!("kind = \"{kind}\""));
        std::fs::write(installation.folder().join("vestibule.toml"), text).unwrap();
        let output = check_async(installation.folder()).await;
        let expected = "WARN provider uni: LinkedIn gives each client other subjects for the same people. Identities \
                        that came through another client id, old: 2. No sign-in leads to these any more → put back \
                        client_id = 'old'; else link each person's new identity to their account: `vestibule identity \
                        link uni ISSUER SUBJECT ACCOUNT`";
        assert_eq!(output.text.contains(expected), is_reported, "{}", output.text);
    }
}
