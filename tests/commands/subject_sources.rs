//! A provider whose subjects come from another claim, member or attribute than those of its identities.

use super::installation::Installation;
use super::serving::{CONFIG, Server};

const LDAP: &str = "
[[provider]]
id = \"uni\"
kind = \"ldap\"
name = \"Example University\"
servers = [\"ldaps://127.0.0.1:1\"]
bind_dn = \"uid={username},dc=example,dc=org\"
issuer = \"https://uni.example.org\"
";
const OAUTH2: &str = "
[[provider]]
id = \"uni\"
kind = \"oauth2\"
name = \"Example University\"
issuer = \"https://uni.example.org\"
client_id = \"vestibule\"
client_secret = \"secret\"
auth_url = \"https://uni.example.org/auth\"
token_url = \"https://uni.example.org/token\"
userinfo_url = \"https://uni.example.org/me\"
";
const OIDC: &str = "
[[provider]]
id = \"uni\"
kind = \"oidc\"
name = \"Example University\"
issuer = \"https://uni.example.org\"
discovery_url = \"https://uni.example.org/metadata\"
client_id = \"vestibule\"
client_secret = \"secret\"
";
const WEBHOOK: &str = "
[[provider]]
id = \"uni\"
kind = \"webhook\"
name = \"Example University\"
issuer = \"https://uni.example.org\"
url = \"https://uni.example.org/hook\"
secret = \"secret-of-the-hook-0123456789abcdef\"
";
const LINK: [&str; 5] = ["identity", "link", "uni", "https://uni.example.org", "4711"];

fn write(installation: &Installation, provider: &str, more: &str) {
    std::fs::write(installation.path("vestibule.toml"), [CONFIG, provider, more].concat()).unwrap();
}

// C21
#[test]
fn identities_whose_subjects_something_else_gave_are_reported_at_a_check_and_at_a_start() {
    let installation = Installation::with_config(CONFIG);
    write(&installation, LDAP, "");
    installation.stdout(&[&LINK[..], &["ada", "--new"]].concat());
    for (provider, more, source) in [
        (LDAP, "subject_attribute = \"employeeNumber\"", "employeenumber"),
        (OAUTH2, "subject = \"data.id\"", "data.id"),
        (OAUTH2, "subject = \"d.id\"\ncalls = { d = \"https://uni.example.org/d\" }", "d.id of a call"),
        (OIDC, "", "sub"),
        (OIDC, "subject_claims = [\"tid\", \"sub\"]", "tid, sub"),
        (WEBHOOK, "", "the webhook's subject"),
    ] {
        write(&installation, provider, more);
        let what = format!(
            "its subjects are {source}. Identities whose subjects were entryuuid: 1. No sign-in leads to these any more"
        );
        let fix = "put back the setting that gave entryuuid; else unlink them: `vestibule identity unlink-all uni \
                   --issuer https://uni.example.org --subject-source entryuuid`";
        let found = installation.check();
        assert!(found.contains(&format!("WARN provider uni: {what} → {fix}\n")), "{found}");
        let log = Server::start(&installation).log_until("whose subjects were");
        assert!(log.contains(&format!("{what}; {fix}")), "{log}");
    }
    // Case means nothing in the name of an attribute.
    write(&installation, LDAP, "subject_attribute = \"ENTRYUUID\"");
    assert!(!installation.check().contains("whose subjects were"));
}

#[test]
fn a_link_by_hand_confirms_an_identity_whose_subject_something_else_gave() {
    let installation = Installation::with_config(CONFIG);
    write(&installation, LDAP, "");
    installation.stdout(&[&LINK[..], &["ada", "--new"]].concat());
    assert!(installation.stdout(&[&LINK[..], &["ada"]].concat()).contains("was already linked to \"ada\""));
    write(&installation, LDAP, "subject_attribute = \"employeeNumber\"");
    assert!(installation.stdout(&[&LINK[..], &["ada"]].concat()).contains("is now linked to \"ada\""));
    assert!(!installation.check().contains("whose subjects were"));
    assert!(installation.stdout(&["user", "show", "ada", "--json"]).contains("\"version\": 2"));
}

#[test]
fn a_password_links_its_account_with_its_source() {
    let installation = Installation::with_config(CONFIG);
    installation.stdout(&["user", "add", "grace", "--generate"]);
    let grace = installation.json(&["user", "show", "grace"]);
    let identity = &grace["identities"][0];
    assert_eq!((&identity["subject_source"], &identity["proof"]), (&"the id of the account".into(), &"admin".into()));
    // Then another kind at the same id and issuer gets nobody's account.
    let webhook =
        WEBHOOK.replace("\"uni\"", "\"local\"").replace("https://uni.example.org\"", "urn:vestibule:password\"");
    let (server, app) = CONFIG.split_once("[[provider]]").unwrap();
    let (_, app) = app.split_once("[[app]]").unwrap();
    std::fs::write(installation.path("vestibule.toml"), [server, &webhook, "[[app]]", app].concat()).unwrap();
    let found = installation.check();
    assert!(
        found.contains("its subjects are the webhook's subject. Identities whose subjects were the id of"),
        "{found}"
    );
}

#[test]
fn all_identities_of_a_provider_are_unlinked_by_one_command() {
    let installation = Installation::with_config(CONFIG);
    write(&installation, LDAP, "");
    installation.stdout(&[&LINK[..], &["ada", "--new"]].concat());
    let refused = installation.failure(&["identity", "unlink-all", "uni"]);
    assert!(refused.contains("This unlinks the identities of uni: 1. There is no terminal to ask at"), "{refused}");
    let refused = installation.failure(&["identity", "unlink-all", "uni", "--issuer", "urn:x", "--yes"]);
    assert!(
        refused.contains("no identity of uni has that issuer and source; there are identities under https://uni"),
        "{refused}"
    );
    let refused = installation.failure(&["identity", "unlink-all", "local", "--yes"]);
    assert!(refused.contains("no identity of local is linked; `vestibule identity list` shows all"), "{refused}");
    let refused = installation.failure(&["identity", "unlink-all", "uni", "--subject-source", "id", "--yes"]);
    assert!(refused.contains("no identity of uni has that issuer and source"), "{refused}");
    assert!(installation.stdout(&["user", "show", "ada"]).contains("subject 4711 (by entryuuid), linked "));
    let done = installation.stdout(&["identity", "unlink-all", "uni", "--subject-source", "entryuuid", "--yes"]);
    assert_eq!(done, "Identities of uni that are no longer linked: 1.\n");
    assert!(installation.stdout(&["audit", "--json"]).contains("subject 4711"), "each identity has a row");
    assert!(installation.stdout(&["identity", "list"]).contains("No identities."));
}

#[test]
fn all_identities_under_one_issuer_are_unlinked_and_others_stay() {
    let installation = Installation::with_config(CONFIG);
    for issuer in ["urn:former", "urn:current"] {
        let moved = LDAP.replace("https://uni.example.org", issuer);
        write(&installation, &moved, "");
        for subject in ["1", "2"] {
            let name = format!("{}{subject}", issuer.trim_start_matches("urn:"));
            installation.stdout(&["identity", "link", "uni", issuer, subject, &name, "--new"]);
        }
    }
    let found = installation.check();
    let fix = "else unlink them: `vestibule identity unlink-all uni --issuer urn:former`";
    assert!(found.contains(fix), "{found}");
    let done = installation.json(&["identity", "unlink-all", "uni", "--issuer", "urn:former", "--yes"]);
    assert_eq!(done, serde_json::json!({ "provider": "uni", "identities": 2 }));
    assert!(!installation.check().contains("urn:former"));
    let left = installation.stdout(&["identity", "list"]);
    assert!(left.contains("current1") && left.contains("current2") && !left.contains("former1"), "{left}");
}
