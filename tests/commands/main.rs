//! Admin commands: the real binary with a config and a database for each test.

#![cfg(test)]

mod access_requests;
mod addresses;
mod busy_server;
mod check;
mod installation;
mod dry_runs;
mod erasure;
mod help;
mod import;
mod keys;
mod one_file;
mod without_database;
mod passwords;
mod providers;
mod registration;
mod reloads;
mod serving;
mod search;
mod sessions;
mod subject_sources;

use installation::Installation;
use serde_json::Value;
use vestibule::base::clock::Clock;
use vestibule::base::ids::ReferenceCode;
use vestibule::store::{AuditEntry, Event};

const DEE: [&str; 3] = ["uni", "https://sso.example.edu", "248289761001"];

#[test]
fn an_account_is_linked_shown_renamed_and_disabled() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    let link = ["identity", "link", provider, issuer, subject, "dee"];
    installation.make_database();
    assert!(installation.failure(&link).contains("--new makes it"));
    assert!(installation.stdout(&[&link[..], &["--new"]].concat()).contains("is now linked to \"dee\""));
    assert!(installation.stdout(&link).contains("was already linked to \"dee\""));

    installation.stdout(&["user", "group", "add", "dee", "staff"]);
    let shown = installation.json(&["user", "show", "DEE"]);
    assert_eq!((&shown["username"], &shown["groups"][0]), (&"dee".into(), &"staff".into()));
    assert_eq!(shown["identities"][0]["subject"], subject);

    assert!(installation.stdout(&["user", "rename", "dee", "eve"]).contains("\"dee\" is now called \"eve\""));
    assert!(installation.stdout(&["user", "disable", "eve"]).contains("\"eve\" is disabled; 0 sessions ended."));
    let by_id = installation.json(&["user", "show", "--by-id", shown["id"].as_str().unwrap()]);
    assert!(by_id["disabled"]["by"].as_str().unwrap().starts_with("cli:"));
    assert!(installation.stdout(&["user", "enable", "eve"]).contains("\"eve\" is enabled again."));
    assert!(installation.failure(&["user", "show", "dee"]).contains("user list"));
}

// C21
#[test]
fn an_identity_is_never_taken_from_another_account() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    let refused = installation.failure(&["identity", "link", provider, issuer, subject, "eve", "--new"]);
    assert!(refused.contains("linked to the account \"dee\""), "{refused}");
    assert_eq!(installation.json(&["user", "list"])["users"].as_array().unwrap().len(), 1, "no account was made");
    assert!(installation.failure(&["identity", "link", "unu", issuer, subject, "dee"]).contains("it names: uni"));
    let refused = installation.failure(&["identity", "link", provider, "https://sso.example.edu/", "7", "dee"]);
    assert!(
        refused.contains(
            "provider uni has the issuer https://sso.example.edu, so no sign-in has the issuer \
             \"https://sso.example.edu/\"; write https://sso.example.edu, or change"
        ),
        "{refused}"
    );
    installation.stdout(&["identity", "unlink", provider, issuer, subject]);
    assert_eq!(installation.json(&["identity", "list"]), Value::Array(Vec::new()));
    assert!(installation.failure(&["identity", "unlink", provider, issuer, subject]).contains("no account is linked"));
}

#[test]
fn a_name_missing_from_the_config_is_reported_with_the_known_names() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    let message = installation.stderr(&["user", "group", "add", "dee", "staf"]);
    assert_eq!(message, "Note: no rule in the config names the group staf. The config names: none\n");
    installation.configure("[[app.allow]]\ngroups = [\"staff\"]\n");
    let message = installation.stderr(&["user", "group", "add", "dee", "staf"]);
    assert_eq!(message, "Note: no rule in the config names the group staf. The config names: staff\n");
    assert_eq!(installation.stderr(&["user", "group", "add", "dee", "staff"]), "");
    let message = installation.stderr(&["user", "group", "add", "dee", "tutors"]);
    assert_eq!(
        message,
        "Note: no rule in the config names the group tutors. The config names: staff. Accounts have: staf, staff\n"
    );
    // An app that gets groups in its tokens may know groups that no rule names.
    installation.configure(
        "[[app]]\nid = \"wiki\"\nkind = \"plain\"\nname = \"Wiki\"\nurl \
                            = \"https://wiki.example.org/\"\nclaims = [\"groups\"]\n[[app.allow]]\n",
    );
    let message = installation.stderr(&["user", "group", "add", "dee", "tutor"]);
    assert!(
        message.starts_with("Note: no rule in the config names the group tutor. The config names: staff. "),
        "{message}"
    );
    let refused = installation.failure(&["key", "push", "--app", "note"]);
    assert_eq!(refused, "the config names no app note; it names: notes, wiki\n");
}

#[test]
fn no_new_master_key_replaces_one_that_seals_keys() {
    let installation = Installation::new();
    installation.make_database();
    installation.make_master_key();
    installation.stdout(&["key", "rotate"]);
    let (file, backup) = (installation.path("vestibule.key"), installation.path("backup.key"));
    std::fs::rename(&file, &backup).unwrap();
    for command in [&["key", "rotate"][..], &["serve"]] {
        let refused = installation.failure(command);
        assert!(
            refused.contains(
                "vestibule.key does not exist and VESTIBULE_MASTER_KEY is not set, but a master key seals the "
            ) && refused.contains("; put back the backup of the master key, or "),
            "{refused}"
        );
        assert!(!file.exists());
    }
    // A second master key cannot seal keys beside those of the first.
    installation.make_master_key();
    assert!(installation.failure(&["key", "rotate"]).contains("sealed under another master key"));
    std::fs::rename(&backup, &file).unwrap();
    assert_eq!(installation.json(&["key", "list"]).as_array().unwrap().len(), 1);

    std::fs::remove_file(&file).unwrap();
    installation.stdout(&["key", "rotate", "--now"]);
    assert!(file.exists());
}

#[test]
fn impossible_arguments_are_refused_before_a_command_does_anything() {
    let installation = Installation::new();
    for (command, expected) in [
        (&["user", "release", "--everybody", "--provider", "uni"][..], "cannot be used with"),
        (&["identity", "list", "--limit", "0"], "0 is not in 1..=100000"),
        (&["identity", "link", "uni", "https://sso.example.edu", "", "dee", "--new"], "a subject has 1 to 255 bytes"),
        (&["init", "--config", "none/vestibule.toml"], "(os error 2); make its folder first"),
        (&["init", "--config", "."], ". is a folder, not a file; name the file in it: --config ./vestibule.toml"),
    ] {
        let refused = installation.failure(command);
        assert!(refused.contains(expected), "{command:?}: {refused}");
    }
    let installation = Installation::new();
    std::fs::create_dir(installation.path("vestibule.db")).unwrap();
    assert!(
        installation
            .failure(&["user", "list"])
            .contains("vestibule.db is a folder, not a file, code 14; name a file in it")
    );
}

// C30
#[test]
fn keys_are_listed_rotated_and_exported_without_their_private_parts() {
    let installation = Installation::new();
    installation.make_database();
    assert!(installation.stdout(&["key", "list"]).contains("No keys yet"));
    installation.make_master_key();
    installation.stdout(&["key", "rotate"]);
    installation.stdout(&["key", "rotate"]);
    assert!(installation.stdout(&["key", "rotate"]).contains("nothing was changed"));
    let listed = installation.json(&["key", "list"]);
    let phases: Vec<_> = listed.as_array().unwrap().iter().map(|key| key["phase"].as_str().unwrap()).collect();
    assert!(phases.contains(&"active") && phases.contains(&"published"), "{phases:?}");
    let exported = installation.json(&["key", "export", "--galene"]);
    for key in exported.as_array().unwrap() {
        assert_eq!((&key["alg"], &key["kty"]), (&"ES256".into(), &"EC".into()));
        assert!(key["kid"].is_string() && key.get("d").is_none());
    }
    assert_eq!(installation.json(&["key", "rotate", "--now"])["removed"].as_array().unwrap().len(), 2);
    assert_eq!(installation.json(&["key", "list"]).as_array().unwrap().len(), 1);
}

#[test]
fn an_unknown_or_malformed_reference_code_is_reported() {
    let installation = Installation::new();
    installation.make_database();
    let unknown = installation.failure(&["explain", "v-23456789"]);
    assert!(unknown.contains("the audit log does not have V-23456789"), "{unknown}");
    // Such as a callback with a parameter that was repeated.
    assert!(unknown.contains("or because the answer could not be read, came a second time, or belongs"), "{unknown}");
    assert!(installation.failure(&["explain", "v77k6k93s"]).contains("the audit log does not have V-77K6K93S"));
    assert!(installation.failure(&["explain", "hello"]).contains("a reference code is V-"));
    assert!(installation.failure(&["explain", "V-23456789, V-BCDFGHJK"]).contains("it holds several reference codes"));
}

#[tokio::test]
async fn a_refusal_is_explained_by_its_reference_code() {
    let installation = Installation::new();
    let store = installation.store().await;
    let entry = AuditEntry {
        app: Some("notes".parse().unwrap()),
        provider: Some("uni".parse().unwrap()),
        cause: Some("not_permitted".into()),
        detail: Some(
            "no rule lets the person in: tried notes.allow[0]; nearest notes.allow[0]: needs group staff; has students"
                .into(),
        ),
        code: ReferenceCode::read("V-23456789"),
        network: Some("192.0.2.0/24".into()),
        ..AuditEntry::new(Clock::system().now(), Event::Refused)
    };
    store.audit(&entry).await.unwrap();
    store.audit(&AuditEntry { code: ReferenceCode::read("V-BCDFGHJK"), ..entry }).await.unwrap();
    let output = installation.stdout(&["explain", "23456789"]);
    for fact in ["V-23456789", "not_permitted", "needs group staff", "app: notes", "192.0.2.0/24", "one of 2"] {
        assert!(output.contains(fact), "{fact} in {output}");
    }
    assert_eq!(installation.json(&["explain", "v-bcdfghjk"])["cause"], "not_permitted");
}

#[test]
fn a_command_leaves_no_wal_files() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    installation.stdout(&["user", "list"]);
    assert_eq!(installation.files(), ["uni.secret", "vestibule.db", "vestibule.toml"]);
}

#[test]
fn groups_are_listed_with_their_accounts_and_a_list_in_one_name_is_refused() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    for group in ["staff", "stafff", "tutors"] {
        installation.stdout(&["user", "group", "add", "dee", group]);
    }
    for several in ["a,b", "a;b", " a", ""] {
        assert!(installation.failure(&["user", "group", "add", "dee", several]).contains("a group"), "{several}");
    }
    assert!(installation.failure(&["user", "add", "ada", "--group", "staff,tutors"]).contains("no comma"));
    assert!(
        installation
            .failure(&["user", "group", "add", "dee", "staff "])
            .contains("a group's name has no space before or after it")
    );
    // An invalid name from before this check can still be removed.
    assert!(installation.stdout(&["user", "group", "remove", "dee", "a,b"]).contains("was not in a,b"));

    installation.configure("groups = [\"staff\", \"directors\"]\n");
    let listed = installation.json(&["user", "group", "list"]);
    let listed: Vec<_> =
        listed.as_array().unwrap().iter().map(|it| (&it["group"], &it["accounts"], &it["config"])).collect();
    let rule = serde_json::json!(["notes.allow[1]"]);
    let none = serde_json::json!([]);
    assert_eq!(
        listed,
        [
            (&"directors".into(), &0.into(), &rule),
            (&"staff".into(), &1.into(), &rule),
            (&"stafff".into(), &1.into(), &none),
            (&"tutors".into(), &1.into(), &none),
        ]
    );
    assert!(installation.stdout(&["user", "group", "list"]).starts_with("GROUP"));
    let output = installation.check();
    let warned = "WARN app notes: notes.allow[1] asks for the group directors, which no account has";
    assert!(output.contains(warned) && !output.contains("asks for the group staff,"), "{output}");
}

#[tokio::test]
async fn the_audit_is_shown_newest_first_and_filtered_by_account_event_provider_and_time() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    installation.stdout(&["identity", "link", provider, issuer, "2", "eve", "--new"]);
    installation.stdout(&["user", "disable", "dee"]);
    let events = |options: &[&str]| {
        let page = installation.json(&[&["audit"], options].concat());
        let rows = page["rows"].as_array().unwrap().clone();
        rows.iter().map(|row| row["event"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let all = events(&[]);
    assert_eq!(all.first().map(String::as_str), Some("account_disabled"), "{all:?}");
    assert!(all.iter().filter(|event| *event == "identity_linked").count() == 2, "{all:?}");
    assert_eq!(events(&["--account", "DEE", "--event", "account_disabled"]), ["account_disabled"]);
    assert!(events(&["--account", "eve", "--event", "account_disabled"]).is_empty());
    assert_eq!(events(&["--provider", "uni"]).len(), all.iter().filter(|it| it.starts_with("identity")).count());
    assert_eq!(events(&["--since", "1h"]), all);
    assert!(events(&["--since", "2999-01-01T00:00:00Z"]).is_empty());
    assert!(installation.stdout(&["audit", "--since", "2999-01-01T00:00:00Z"]).contains("The audit log has no"));
    let first = installation.json(&["audit", "--limit", "1"]);
    let next = first["next"].as_i64().unwrap().to_string();
    assert_eq!(events(&["--before", &next]), all[1..]);
    let output = installation.stdout(&["audit", "--account", "dee", "--limit", "1"]);
    assert!(
        output.contains("account_disabled") && output.contains("account: dee (id ") && output.contains("by: cli:"),
        "{output}"
    );
    assert!(installation.failure(&["audit", "--account", "nobody"]).contains("for a removed account, use --by-id"));
    assert!(installation.failure(&["audit", "--event", "signed_inn"]).contains("signed_in"));
    let id = installation.json(&["user", "show", "dee"])["id"].as_str().unwrap().to_owned();
    installation.stdout(&["user", "remove", "dee", "--yes"]);
    assert_eq!(events(&["--account", &id, "--by-id"])[0], "account_removed");
    let refused = installation.failure(&["audit", "--provider", "nope"]);
    assert_eq!(refused, "there is no such row, and the config names no provider nope; it names: uni\n");
    let refused = installation.failure(&["audit", "--account", "eve", "--by-id"]);
    assert_eq!(refused, "there is no such row, and no account has the id eve; for a username, leave out --by-id\n");
}

#[test]
fn a_command_that_changes_nothing_says_so() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    assert!(installation.stdout(&["user", "rename", "dee", "dee"]).contains("\"dee\" has this name already"));
    assert_eq!(installation.stdout(&["user", "list", "--after", "zzz"]).trim(), "No accounts after \"zzz\".");
    assert!(
        installation
            .failure(&["user", "release", "dee", "--provider", "foo"])
            .contains("no provider foo checks passwords")
    );
}

#[test]
fn a_key_push_to_another_kind_of_app_names_the_jwks_address() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    let refused = installation.failure(&["key", "push", "--app", "notes"]);
    assert!(
        refused.contains(
            "app notes is of kind \"plain\", but keys are pushed only to Galène's groups; this app reads them at \
             https://auth.example.org/.well-known/jwks.json"
        ),
        "{refused}"
    );
}

#[test]
fn the_login_command_suggests_a_start_with_a_registered_address() {
    let signed_in = "https://notes.example.org/signed-in";
    let listed = format!("locations = [\"{signed_in}\"]");
    let start = "sign in at https://auth.example.org/auth/notes?provider=uni";
    let encoded = vestibule::base::urls::encoded(signed_in);
    for (written, expected) in [
        (listed.clone(), format!("{start} and give")),
        (
            format!("locations = [\"{signed_in}\", \"https://notes.example.org/\"]"),
            format!("{start}&location={encoded} and give"),
        ),
        (format!("{listed}\nrequire_state = true"), format!("{start}&state=try and give")),
        ("room_location = \"https://notes.example.org/{room}/\"".to_owned(), format!("{start}&room=ROOM and give")),
        (format!("{listed}\nenabled = false"), "let an app offer uni in its `providers`".to_owned()),
    ] {
        let refused = Installation::with_config(&installation::CONFIG.replace(&listed, &written)).failure(&[
            "login",
            "--provider",
            "uni",
        ]);
        assert!(refused.contains(&expected), "{written}: {refused}");
    }
}

#[test]
fn control_characters_in_a_subject_are_escaped_on_the_terminal() {
    let installation = Installation::new();
    let [provider, issuer, _] = DEE;
    let subject = "o\u{1b}]0;pwned\u{7}\u{202e}evil\nadmin  uni  https://sso.example.edu  4711";
    let spelt = "o\\u{1b}]0;pwned\\u{7}\\u{202e}evil\\u{a}admin  uni  https://sso.example.edu  4711";
    let linked = installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    let (list, shown) = (installation.stdout(&["identity", "list"]), installation.stdout(&["user", "show", "dee"]));
    let unlinked = installation.stdout(&["identity", "unlink", provider, issuer, subject]);
    assert_eq!(list.trim_end().lines().count(), 2, "{list}");
    for output in [linked, list, shown, unlinked] {
        assert!(output.contains(spelt), "{output}");
        assert!(output.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{output:?}");
    }
}
