//! Admin commands for accounts with a password.

use vestibule::base::ids::AccountId;
use vestibule::store::{AuditQuery, Event};

use super::installation::Installation;

fn installation() -> Installation {
    let installation = Installation::new();
    installation.configure(
        "\n[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Local account\"\nmemory_mib = 7\npasses = 5\n",
    );
    installation
}

const PASSWORD: &str = "correct horse battery staple";

#[tokio::test]
async fn an_account_is_created_given_a_new_password_and_removed() {
    let installation = installation();
    let add = ["user", "add", "Grace", "--group", "staff", "--group", "tutors", "--password-stdin"];
    let output = installation.stdout_with_input(&add, &format!("{PASSWORD}\n"));
    assert!(output.starts_with("Made \"Grace\" (id ") && output.contains("in staff, tutors."), "{output}");
    assert!(!output.contains(PASSWORD));
    let shown = installation.json(&["user", "show", "grace"]);
    let id = shown["id"].as_str().unwrap();
    assert_eq!((&shown["groups"][0], &shown["groups"][1]), (&"staff".into(), &"tutors".into()));
    let identity = &shown["identities"][0];
    assert_eq!((&identity["provider"], &identity["issuer"]), (&"local".into(), &"urn:vestibule:password".into()));
    assert_eq!(identity["subject"], id);

    let store = installation.store().await;
    let hash = async || store.password_by_name("grace").await.unwrap().unwrap().hash.unwrap();
    let first = hash().await;
    assert!(first.starts_with("$argon2id$v=19$m=7168,t=5,p=1$"), "{first}");
    let passwd =
        installation.stdout_with_input(&["user", "passwd", "grace", "--password-stdin"], "another good password");
    assert!(passwd.contains("\"Grace\" has a new password; 0 sessions ended."), "{passwd}");
    assert_ne!(hash().await, first);

    let removed = installation.json(&["user", "remove", "grace", "--yes"]);
    assert_eq!((&removed["username"], &removed["identities"]), (&"Grace".into(), &1.into()));
    assert!(installation.failure(&["user", "show", "grace"]).contains("user list"));
    assert_eq!(store.password_by_name("grace").await.unwrap(), None);
    let query = AuditQuery { account: Some(AccountId::stored(id.into())), limit: 10, ..AuditQuery::default() };
    let rows = store.audit_list(&query).await.unwrap();
    let events: Vec<_> = rows.iter().rev().map(|row| row.entry.event).collect();
    let made = [Event::AccountCreated, Event::GroupAdded, Event::GroupAdded, Event::PasswordSet];
    assert_eq!(events, [&made[..], &[Event::PasswordSet, Event::AccountRemoved]].concat());
    assert!(rows.iter().all(|row| row.entry.actor.as_deref().unwrap().starts_with("cli:")));
    store.close().await;
}

#[test]
fn a_generated_password_is_shown_once() {
    let installation = installation();
    let made = installation.json(&["user", "add", "grace", "--generate"]);
    assert_eq!(made["password"].as_str().unwrap().len(), 23);
    let output = installation.stdout(&["user", "passwd", "grace", "--generate"]);
    assert!(output.contains("Its password, shown only now: ") && !output.contains(made["password"].as_str().unwrap()));
}

#[test]
fn a_result_that_cannot_be_written_is_an_error_and_a_lost_password_is_named() {
    let installation = installation();
    let incomplete =
        "standard output can't be written: No space left on device (os error 28); the output is incomplete";
    let lost = "the generated password was set, and is lost: standard output did not take it; set another: vestibule \
                user passwd --generate";
    for (command, account) in [
        (&["user", "add", "grace", "--generate"][..], Some("grace")),
        (&["user", "passwd", "GRACE", "--generate", "--json"], Some("GRACE")),
        (&["user", "list", "--json"], None),
        (&["audit"], None),
        (&["check", "--offline"], None),
    ] {
        let (succeeds, errors) = installation.run_with_full_disk(command);
        assert!(!succeeds && errors.contains(incomplete), "{command:?}: {errors}");
        match account {
            Some(account) => assert!(errors.contains(&format!("{lost} {account}\n")), "{errors}"),
            None => assert!(!errors.contains("password"), "{errors}"),
        }
    }
    // A reader that ended is not an error, unless a password is lost.
    assert_eq!(installation.run_without_reader(&["user", "list"]), (true, String::new()));
    let (succeeds, errors) = installation.run_without_reader(&["user", "add", "ada", "--generate"]);
    assert!(!succeeds && errors.ends_with(&format!("{lost} ada\n")), "{errors}");
}

#[test]
fn a_taken_name_or_an_unacceptable_password_makes_no_account() {
    let installation = installation();
    installation.stdout(&["user", "add", "Grace", "--generate"]);
    let taken = installation.failure(&["user", "add", "GRACE", "--generate"]);
    assert!(taken.contains("\"GRACE\" is taken: the account \"Grace\""), "{taken}");
    let add = ["user", "add", "ada", "--password-stdin"];
    // C41
    for (none, why) in [("", "no password"), ("\n", "no password"), ("a\0b", "NUL"), ("one\ntwo\n", "one line")] {
        let refused = installation.failure_with_input(&add, none);
        assert!(refused.contains(why), "{none:?}: {refused}");
    }
    assert!(installation.failure_with_input(&add, &"x".repeat(1_025)).contains("1024 characters"));
    for (weak, why) in [("eleven char", "12 characters"), ("password1234", "anybody would guess")] {
        let refused = installation.failure_with_input(&add, weak);
        assert!(refused.contains(why), "{weak:?}: {refused}");
    }
    assert!(installation.failure(&["user", "add", "a/b", "--generate"]).contains("a username holds no /"));
    assert_eq!(installation.json(&["user", "list"])["users"].as_array().unwrap().len(), 1);
}

#[test]
fn an_account_is_not_removed_without_confirmation() {
    let installation = installation();
    installation.stdout(&["user", "add", "grace", "--generate"]);
    let refused = installation.failure_with_input(&["user", "remove", "grace"], "grace\n");
    assert!(refused.contains("removes \"grace\" permanently") && refused.contains("--yes"), "{refused}");
    installation.stdout(&["user", "show", "grace"]);
}

#[test]
fn without_a_password_provider_the_command_says_what_to_write() {
    let installation = Installation::new();
    for command in [["user", "add", "grace", "--generate"], ["user", "passwd", "grace", "--generate"]] {
        let refused = installation.failure(&command);
        assert!(refused.contains("kind = \"password\""), "{refused}");
    }
}

#[test]
fn an_account_from_a_provider_can_get_a_password_too() {
    let installation = installation();
    installation.stdout(&["identity", "link", "uni", "https://sso.example.edu", "1", "dee", "--new"]);
    installation.stdout(&["user", "passwd", "dee", "--generate"]);
    let shown = installation.json(&["user", "show", "dee"]);
    let providers: Vec<_> = shown["identities"].as_array().unwrap().iter().map(|it| it["provider"].clone()).collect();
    assert_eq!(providers, ["uni", "local"]);
}

#[test]
fn check_counts_the_accounts_with_a_password() {
    let installation = installation();
    let fresh = installation.check();
    assert!(fresh.contains("WARN provider local: there is no database yet"), "{fresh}");
    installation.stdout(&["user", "add", "grace", "--generate"]);
    let after = installation.check();
    assert!(after.contains("ok   provider local: accounts with a password: 1"), "{after}");
    assert!(after.contains("7 MiB; "), "{after}");
}

#[test]
fn release_resets_the_failed_attempts_of_a_name_without_an_account() {
    let installation = installation();
    installation.make_database();
    let nowhere = installation.failure(&["user", "release", "--name", "ada@example.org", "--provider", "uni"]);
    assert!(nowhere.contains("no provider uni checks passwords; these do: local"), "{nowhere}");
    let released = ["user", "release", "--name", "ada@example.org", "--provider", "local"];
    assert!(installation.failure(&released).contains("No server has started on this database yet"));
    installation.make_master_key();
    let output = installation.stdout(&released);
    assert!(output.starts_with("Nothing was counted for \"ada@example.org\" at: local."), "{output}");
    assert!(installation.failure(&["user", "release", "ada"]).contains("user release --name NAME"));
    let link = ["identity", "link", "local", "urn:vestibule:password", "x", "ada", "--new"];
    assert!(
        installation.failure(&link).contains("which need no link; give the account a password: vestibule user passwd")
    );
    for both in [&["user", "release"][..], &["user", "release", "ada", "--name", "ada"]] {
        installation.failure(both);
    }
}
