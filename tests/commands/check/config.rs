//! Findings about the config itself.

use std::os::unix::fs::PermissionsExt as _;

use super::{check, config};
use crate::installation::Installation;

#[test]
fn five_mistakes_in_a_config_are_reported_with_their_fixes() {
    let installation = Installation::with_config(
        r#"[server]
public_url = "http://auth.example.org"
[[provider]]
id = "uni"
kind = "oicd"
name = "Example University"
[[app]]
id = "notes"
kind = "plain"
name = "Notes"
url = "https://notes.example.org/"
locations = ["https://notes.example.org/#in"]
lifetime = "60"
[[app.allow]]
provider = ["uni"]
"#,
    );
    let output = check(installation.folder(), &[]);
    assert!(!output.succeeded);
    assert_eq!(
        output.text,
        "\
BAD  config: vestibule.toml:2: [server] `public_url` must be an origin such as https://auth.example.org: https, unless \
    the host is this machine itself
BAD  config: vestibule.toml:5: [provider.uni] `kind` does not know \"oicd\" → did you mean \"oidc\"?
BAD  config: vestibule.toml:12: [app.notes] `locations` holds a # → leave out the # and what follows: the token goes \
    there
BAD  config: vestibule.toml:13: [app.notes] `lifetime` is not a duration → write a number and s, m, h or d, such \
    as \"8h\"
BAD  config: vestibule.toml:15: [app.notes.allow[1]] unknown key `provider` → did you mean `providers`?

Wrong: 5; warnings: 0.
"
    );
}

#[test]
fn a_missing_config_is_reported_with_the_command_that_writes_one() {
    let folder = tempfile::tempdir().unwrap();
    let output = check(folder.path(), &["--config", "none.toml"]);
    assert!(!output.succeeded);
    let line = output.line("BAD  config: none.toml: does not exist");
    assert!(line.ends_with("→ `vestibule init --config none.toml` writes one"), "{line}");
}

#[test]
fn token_addresses_are_listed_and_exceptions_from_rules_cause_warnings() {
    let galene = r#"[[app]]
id = "galene"
kind = "galene"
name = "Conference"
url = "https://galene.example.org/"
[[app.allow]]
rooms = ["*"]
"#;
    let installation = Installation::with_config(&(config("http://127.0.0.1:1") + galene));
    let output = check(installation.folder(), &["--offline"]);
    assert!(output.succeeded, "{}", output.text);
    assert_eq!(
        output.line("ok   app notes: tokens"),
        "ok   app notes: tokens at https://notes.example.org/, in the fragment as `token`, valid for 60 s"
    );
    assert_eq!(
        output.line("ok   app galene: tokens"),
        "ok   app galene: tokens at https://galene.example.org/group/{room}/, in the query as `token`, valid for 120 s"
    );
    assert!(output.line("WARN app galene: delivery = \"query\"").contains("access log"));
    assert!(output.line("WARN provider uni: allow_private").contains("private"));
    assert_eq!(output.lines_with("WARN").len(), 2, "{}", output.text);
    assert!(output.text.ends_with("\nNothing is wrong; warnings: 2.\n"), "{}", output.text);
}

#[test]
fn an_asterisk_in_an_address_causes_a_warning() {
    let url = "url = \"https://notes.example.org/\"\n";
    let more = format!("{url}locations = [\"http://localhost:9999/*\", \"https://notes.example.org/in\"]\n");
    let output =
        check(Installation::with_config(&config("http://127.0.0.1:1").replace(url, &more)).folder(), &["--offline"]);
    assert_eq!(
        output.line("WARN app notes: "),
        "WARN app notes: tokens go to http://localhost:9999/*, but * is not a wildcard there: no other address \
         matches → write each address into `locations`; for rooms, room_location with {room} in place of the *"
    );
    assert!(output.text.ends_with("\nNothing is wrong; warnings: 2.\n"), "{}", output.text);
}

#[test]
fn a_rule_that_can_never_match_causes_a_warning() {
    let rules = r#"providers = ["old"]
[[app.allow]]
email_domains = ["example.edu"]
[[app.allow]]
"#;
    let old = r#"
scopes = ["openid"]
[[provider]]
id = "old"
kind = "oidc"
name = "Old"
enabled = false
issuer = "https://old.example.edu"
client_id = "vestibule"
client_auth = "none"
[[app]]"#;
    let text = config("http://127.0.0.1:1").replacen("\n[[app]]", old, 1) + rules;
    let output = check(Installation::with_config(&text).folder(), &["--offline"]);
    assert!(output.succeeded, "{}", output.text);
    assert!(output.line("WARN app notes: notes.allow[1]").contains("its providers are disabled"));
    assert!(output.line("WARN app notes: notes.allow[2]").ends_with("→ add \"email\" to `scopes` of [provider.uni]"));
    assert!(output.line("ok   provider old: disabled").contains("nobody can sign in with it"));
}

#[test]
fn a_domain_rule_that_trusts_every_provider_causes_a_warning() {
    let text = config("http://127.0.0.1:1") + "email_domains = [\"example.edu\"]\n";
    let output = check(Installation::with_config(&text).folder(), &["--offline"]);
    let warned = "WARN app notes: notes.allow[1] trusts the e-mail addresses of any provider";
    assert!(output.line(warned).ends_with("→ name `providers` beside `email_domains`"), "{}", output.text);
    for named in [
        text.clone() + "providers = [\"uni\"]\n",
        text.replace("[[app.allow]]", "providers = [\"uni\"]\n[[app.allow]]"),
    ] {
        let output = check(Installation::with_config(&named).folder(), &["--offline"]);
        assert!(!output.text.contains("trusts the e-mail addresses"), "{}", output.text);
    }
}

#[test]
fn a_config_without_an_enabled_provider_is_wrong() {
    let text = config("http://127.0.0.1:1").replace("allow_private = true", "allow_private = true\nenabled = false");
    let output = check(Installation::with_config(&text).folder(), &["--offline"]);
    assert!(!output.succeeded);
    assert!(output.line("BAD  app notes:").contains("every provider it offers is disabled"));
    assert!(output.line("BAD  providers:").contains("nobody can sign in"));
}

#[test]
fn a_username_template_that_yields_no_valid_name_causes_a_warning() {
    let template = "allow_private = true\nusername = \"uni/{{ preferred_username }}\"";
    let text = config("http://127.0.0.1:1").replace("allow_private = true", template);
    let output = check(Installation::with_config(&text).folder(), &["--offline"]);
    assert!(
        output.line("WARN provider uni: the username template").contains("a username holds no /"),
        "{}",
        output.text
    );
}

#[test]
fn a_banning_server_that_is_asked_before_another_provider_causes_a_warning() {
    let chat = "[[provider]]\nid = \"chat\"\nkind = \"xmpp\"\nname = \"Chat\"\ndomains = [\"example.org\"]\n";
    let local = "[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Passwords\"\n";
    let both = |first: &str, second: &str, app: &str| {
        let text = config("http://127.0.0.1:1").replacen("[[app]]", &format!("{first}{second}[[app]]"), 1);
        check(
            Installation::with_config(&text.replace("[[app.allow]]", &format!("{app}[[app.allow]]"))).folder(),
            &["--offline"],
        )
    };
    let next = format!("{chat}on_refused = \"next\"\n");
    let warned = "WARN provider chat: on_refused";
    let output = both(&next, local, "");
    assert_eq!(
        output.line(warned),
        "WARN provider chat: on_refused = \"next\": every login of people of local is tried here first, and counts at \
         this server as a failure; it bans Vestibule's address after 20 in a row → name chat last, in the file and in \
         `providers` of apps; or let the server exempt Vestibule's address, and write bans_after = false here"
    );
    let in_the_app = both(local, &next, "providers = [\"chat\", \"local\"]\n");
    assert_eq!(in_the_app.lines_with(warned).len(), 1, "{}", in_the_app.text);
    for fine in [
        both(chat, local, ""),
        both(local, &next, ""),
        both(&next, local, "providers = [\"local\", \"chat\"]\n"),
        both(&format!("{next}bans_after = false\n"), local, ""),
        both(&next, &format!("{local}enabled = false\n"), ""),
        both(&next, local, "enabled = false\n"),
        both(&next, "", ""),
    ] {
        assert!(!fine.text.contains("on_refused"), "{}", fine.text);
    }
}

#[test]
fn a_directory_group_that_can_never_match_causes_a_warning() {
    const GROUPS: &str = r#"{ "CN=Staff, DC=example,dc=org" = "staff", "tutors" = "tutors", "cn=a, b" = "b" }"#;
    let directory_with = |groups: &str, more: &str| {
        let keys = r#"[[provider]]
id = "dir"
kind = "ldap"
name = "Directory"
servers = ["ldaps://ldap.example.org"]
bind_dn = "uid={username},dc=example,dc=org"
"#;
        let text = config("http://127.0.0.1:1") + keys + "groups = " + groups + "\n" + more;
        let output = check(Installation::with_config(&text).folder(), &["--offline"]);
        output.lines_with("WARN provider dir: groups:").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let directory = |more: &str| directory_with(GROUPS, more);
    assert_eq!(
        directory(""),
        [
            "WARN provider dir: groups: \"cn=a, b\" looks like a DN, but is not valid → \
             write it as in RFC 4514: a comma within a value is `\\,`",
            "WARN provider dir: groups: \"tutors\" is not a DN, and memberOf gives the DNs of groups: nobody is ever \
             in it → write the group's DN, or set member_of_as = \"name\"",
        ]
    );
    assert_eq!(directory("group_base = \"dc=example,dc=org\"\n").len(), 1);
    assert_eq!(
        directory("member_of_as = \"name\"\n"),
        ["WARN provider dir: groups: \"CN=Staff, DC=example,dc=org\" is a DN, and member_of_as = \"name\" gives \
          names: nobody is ever in it → write the group's name, or leave out member_of_as"]
    );
    let only_dns = r#"{ "cn=staff,ou=groups,dc=x" = "staff" }"#;
    assert_eq!(directory_with(only_dns, "").len(), 0);
    assert_eq!(
        directory_with(only_dns, "group_base = \"dc=x\"\n"),
        ["WARN provider dir: groups: all its keys are DNs, such as \"cn=staff,ou=groups,dc=x\", but group_base \
          finds groups by their cn, so no key matches → write \"staff\", or leave out group_base if memberOf gives \
          the groups"]
    );
    assert_eq!(directory("member_of_as = \"name\"\ngroup_base = \"dc=x\"\ngroup_attribute = \"entryDN\"\n").len(), 0);
}

#[test]
fn a_secret_file_that_others_can_read_causes_a_warning_with_a_fix() {
    let text = config("http://127.0.0.1:1")
        .replace("client_secret = \"s3cret-of-uni\"", "client_secret_file = \"uni.secret\"")
        .replace("[[provider]]", "[database]\nurl_file = \"url.secret\"\n[[provider]]");
    let installation = Installation::with_config(&text);
    let files = ["uni.secret", "url.secret"].map(|name| installation.path(name));
    std::fs::write(&files[0], "s3cret-of-uni").unwrap();
    std::fs::write(&files[1], "postgres://vestibule:s3cret@127.0.0.1:1/vestibule").unwrap();
    for (mode, warned) in [(0o600, 0), (0o400, 0), (0o644, 2), (0o604, 2)] {
        for file in &files {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let output = check(installation.folder(), &["--offline"]);
        assert!(output.succeeded, "{}", output.text);
        assert_eq!(output.lines_with("WARN secret:").len(), warned, "{mode:o}: {}", output.text);
        for file in files.iter().take(warned) {
            let file = file.display();
            let line = output.line(&format!("WARN secret: {file} can be read by others (mode {mode:o}, owner "));
            assert!(line.contains(&format!(") → as its owner, run: chmod 600 {file}, or let root own it")), "{line}");
        }
    }
}

#[test]
fn the_findings_are_also_available_as_json() {
    let output = check(Installation::with_config(&config("http://127.0.0.1:1")).folder(), &["--offline", "--json"]);
    let message: serde_json::Value = serde_json::from_str(&output.text).unwrap();
    assert_eq!((message["wrong"].as_u64(), message["warnings"].as_u64()), (Some(0), Some(1)));
    let findings = message["findings"].as_array().unwrap();
    assert_eq!(findings[0]["verdict"], "good");
    let warning = findings.iter().find(|finding| finding["verdict"] == "warning").unwrap();
    assert_eq!(warning["about"], "provider uni");
    assert!(warning["what"].as_str().unwrap().starts_with("allow_private") && warning["fix"].is_string());
}
