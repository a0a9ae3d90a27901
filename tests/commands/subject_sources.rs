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
const LINK: [&str; 5] = ["identity", "link", "uni", "https://uni.example.org", "4711"];

fn write(installation: &Installation, provider: &str, more: &str) {
    std::fs::write(installation.path("vestibule.toml"), [CONFIG, provider, more].concat()).unwrap();
}

// C21
#[test]
fn another_source_of_subjects_is_refused_while_there_are_identities_of_the_former_one() {
    let installation = Installation::with_config(CONFIG);
    write(&installation, LDAP, "");
    installation.stdout(&[&LINK[..], &["ada", "--new"]].concat());
    for (provider, key, source) in [
        (LDAP, "subject_attribute", "employeenumber"),
        (OAUTH2, "subject", "data.id"),
        (OIDC, "subject_claims", "sub"),
        (OIDC, "subject_claims", "tid, sub"),
    ] {
        let more = match source {
            "sub" => String::new(),
            "tid, sub" => "subject_claims = [\"tid\", \"sub\"]".to_owned(),
            source => format!("{key} = \"{source}\""),
        };
        write(&installation, provider, &more);
        let what = format!(
            "`{key}` is {source}, but the subjects of its identities are entryuuid (identities: 1). Somebody could \
             get the account of another person"
        );
        let fix = format!(
            "put back the former `{key}`; or, if all these people may become new ones, `vestibule identity unlink-all \
             uni`"
        );
        let found = installation.check();
        assert!(found.contains(&format!("BAD  provider uni: {what} → {fix}\n")), "{found}");
        for command in [&["serve"][..], &[&LINK[..], &["ben", "--new"]].concat()] {
            let refused = installation.failure(command);
            assert!(refused.contains(&format!("provider uni: {what}; {fix}")), "{refused}");
        }
    }
    // Case means nothing in the name of an attribute.
    write(&installation, LDAP, "subject_attribute = \"ENTRYUUID\"");
    assert!(!installation.check().contains("BAD  provider uni: `subject_attribute`"));
    drop(Server::start(&installation));
}

#[test]
fn another_source_of_subjects_is_taken_once_the_identities_are_unlinked() {
    let installation = Installation::with_config(CONFIG);
    write(&installation, LDAP, "");
    installation.stdout(&[&LINK[..], &["ada", "--new"]].concat());
    let mut server = Server::start(&installation);
    write(&installation, LDAP, "subject_attribute = \"employeeNumber\"");
    server.reload_config();
    let log = server.log_until("the config can't be used, so the old one stays");
    assert!(log.contains("`subject_attribute` is employeenumber, but the subjects of its identities are"), "{log}");

    let refused = installation.failure(&["identity", "unlink-all", "uni"]);
    assert!(refused.contains("This unlinks the identities of uni: 1. There is no terminal to ask at"), "{refused}");
    let refused = installation.failure(&["identity", "unlink-all", "uni", "--issuer", "urn:x", "--yes"]);
    assert!(
        refused.contains("no identity of uni has that issuer; there are identities under https://uni"),
        "{refused}"
    );
    let refused = installation.failure(&["identity", "unlink-all", "local", "--yes"]);
    assert!(refused.contains("no identity of local is linked; `vestibule identity list` shows all"), "{refused}");
    let done = installation.stdout(&["identity", "unlink-all", "uni", "--yes"]);
    assert_eq!(done, "Identities of uni that are no longer linked: 1.\n");
    assert!(installation.stdout(&["audit", "--json"]).contains("subject 4711"), "each identity has a row");

    server.reload_config();
    server.log_until("the config was read again");
    drop(server);
    drop(Server::start(&installation));
    installation.stdout(&[&LINK[..], &["ben", "--new"]].concat());
    write(&installation, LDAP, "");
    assert!(installation.failure(&["serve"]).contains("the subjects of its identities are employeenumber"));
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
