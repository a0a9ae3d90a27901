//! `--dry-run`: the commands that change accounts say what they would do, and change nothing.

use serde_json::Value;

use super::installation::Installation;

const ISSUER: &str = "https://sso.example.edu";

/// Dee has a group, an identity and an address.
fn installation() -> Installation {
    let installation = Installation::new();
    installation.stdout(&["identity", "link", "uni", ISSUER, "sub-of-dee", "dee", "--new"]);
    installation.stdout(&["user", "group", "add", "dee", "staff"]);
    installation.stdout(&["user", "address", "add", "dee", "dee@example.edu"]);
    installation
}

fn state(installation: &Installation) -> [Value; 4] {
    let list = [&["user", "show", "dee"][..], &["user", "list"], &["admin", "list"], &["audit"]];
    list.map(|command| installation.json(command))
}

#[test]
fn each_command_that_changes_an_account_can_be_tried_first() {
    let installation = installation();
    installation.stdout(&["user", "disable", "dee"]);
    let commands: [(&[&str], &str); 12] = [
        (&["user", "rename", "dee", "eve"], "\"dee\" is now called \"eve\""),
        (&["user", "enable", "dee"], "\"dee\" is enabled again."),
        (&["user", "group", "add", "dee", "choir"], "\"dee\" is now in choir."),
        (&["user", "group", "remove", "dee", "staff"], "\"dee\" is no longer in staff."),
        (&["user", "address", "add", "dee", "d@example.edu"], "\"dee\" has the address d@example.edu now."),
        (&["user", "address", "remove", "dee", "dee@example.edu"], "\"dee\" no longer has the address"),
        (&["user", "end-session", "dee", "--all"], "\"dee\" is signed out: 0 sessions ended."),
        (&["user", "remove", "dee"], "\"dee\" (id "),
        (&["user", "remove", "dee", "--erase"], "Personal values erased in 5 rows"),
        (&["identity", "link", "uni", ISSUER, "another", "dee"], "Subject another of uni is now linked to \"dee\""),
        (&["identity", "unlink", "uni", ISSUER, "sub-of-dee"], "is no longer linked to \"dee\""),
        (&["admin", "add", "dee", "--role", "viewer"], "\"dee\" has the role viewer now"),
    ];
    let before = state(&installation);
    for (command, text) in commands {
        let said = installation.stdout(&[command, &["--dry-run"]].concat());
        let first = "Dry run: nothing was changed. The command would say:\n  ";
        assert!(said.starts_with(first) && said.contains(text), "{command:?}: {said}");
        let json = installation.json(&[command, &["--dry-run"]].concat());
        assert_eq!(json["dry_run"], true, "{command:?}: {json}");
        assert_eq!(state(&installation), before, "{command:?}");
    }
    installation.stdout(&["user", "enable", "dee"]);
    installation.stdout(&["admin", "add", "dee"]);
    let before = state(&installation);
    installation.stdout(&["user", "disable", "dee", "--dry-run"]);
    assert_eq!(installation.json(&["admin", "remove", "dee", "--dry-run"])["before"], "admin");
    assert_eq!(state(&installation), before);
    // Without the word, the JSON says nothing of it.
    assert_eq!(installation.json(&["user", "disable", "dee"]).get("dry_run"), None);
    // A dry run fails where the command would.
    let failed = installation.failure(&["user", "rename", "nobody", "eve", "--dry-run"]);
    assert!(failed.contains("there is no account \"nobody\""), "{failed}");
}

#[test]
fn a_dry_run_makes_no_database() {
    let installation = Installation::new();
    installation.stdout(&["identity", "link", "uni", ISSUER, "sub-of-dee", "dee", "--new", "--dry-run"]);
    assert!(!installation.folder().join("vestibule.db").exists());
}

// R3: only the command line changes how an account with a role is opened.
#[test]
fn the_command_line_does_everything_to_an_account_with_a_role() {
    for role in ["viewer", "helpdesk", "admin"] {
        let installation = installation();
        installation.stdout(&["admin", "add", "dee", "--role", role]);
        let commands: [&[&str]; 10] = [
            &["user", "end-session", "dee", "--all"],
            &["user", "group", "add", "dee", "choir"],
            &["user", "group", "remove", "dee", "staff"],
            &["identity", "link", "uni", ISSUER, "another", "dee"],
            &["identity", "unlink", "uni", ISSUER, "another"],
            &["user", "disable", "dee"],
            &["user", "enable", "dee"],
            &["user", "rename", "dee", "eve"],
            &["admin", "add", "eve", "--role", "admin"],
            &["admin", "remove", "eve"],
        ];
        for command in commands {
            installation.stdout(command);
        }
        let eve = installation.json(&["user", "show", "eve"]);
        assert_eq!(eve["groups"], serde_json::json!(["choir"]), "{role}");
    }
}
