//! A folder with only a config: which commands create a database there, and which do not.

use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::chown;

use super::installation::Installation;
use super::serving::CONFIG;

#[test]
fn without_a_database_most_commands_are_refused_and_create_nothing() {
    let installation = Installation::with_config(CONFIG);
    let files = installation.files();
    for command in [
        "user list",
        "user search grace",
        "user show grace",
        "user rename grace ada",
        "user passwd grace --generate",
        "user remove grace --yes",
        "user disable grace",
        "user enable grace",
        "user release grace",
        "user release --name grace",
        "user release --everybody",
        "user group add grace staff",
        "user group remove grace staff",
        "identity list",
        "identity link local issuer subject grace",
        "identity unlink local issuer subject",
        "identity unlink-all local --yes",
        "key list",
        "key rotate",
        "key rotate --now",
        "key export --galene",
        "key push --app notes",
        "explain V-23456789",
    ] {
        let refused = installation.failure(&command.split(' ').collect::<Vec<_>>());
        assert!(refused.contains("there is no database yet: ") && refused.contains("`vestibule serve`"), "{refused}");
        assert_eq!(installation.files(), files, "{command}");
    }
    std::fs::write(installation.path("people.csv"), "name,hash\n").unwrap();
    let files = installation.files();
    assert!(installation.stdout(&["user", "import", "people.csv", "--dry-run"]).contains("Would be: 0 made"));
    installation.check();
    assert_eq!(installation.files(), files);
}

/// A provider whose identities may be linked by hand.
const UNI: &str = "
[[provider]]
id = \"uni\"
kind = \"oidc\"
name = \"Example University\"
issuer = \"https://sso.example.edu\"
client_id = \"vestibule\"
client_secret = \"secret\"
";

#[test]
fn commands_for_new_accounts_create_a_database_but_no_master_key() {
    for command in ["user add grace --generate", "identity link uni https://sso.example.edu subject grace --new"] {
        let installation = Installation::with_config(CONFIG);
        installation.configure(UNI);
        installation.stdout(&command.split(' ').collect::<Vec<_>>());
        assert!(
            installation.path("vestibule.db").exists() && !installation.path("vestibule.key").exists(),
            "{command}"
        );
        assert!(installation.stdout(&["user", "list"]).contains("grace"));
        let refused = installation.failure(&["key", "rotate"]);
        assert!(refused.contains("no master key yet, and no signing key"), "{refused}");
        assert!(!installation.path("vestibule.key").exists());
    }
}

#[test]
fn a_database_that_root_creates_in_another_users_folder_causes_a_warning() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let installation = Installation::with_config(CONFIG);
    chown(installation.path("vestibule.toml").parent().unwrap(), Some(65_534), None).unwrap();
    let (success, output) = installation.run_with_variables(&[], &["user", "add", "grace", "--generate"]);
    assert!(success && output.contains("vestibule.db was made by root, in a folder of uid 65534: "), "{output}");
    assert!(output.contains("chown --reference="), "{output}");
    let (success, output) = installation.run_with_variables(&[], &["user", "add", "ada", "--generate"]);
    assert!(success && !output.contains("root"), "the warning appears only once: {output}");
}

#[test]
fn a_temporary_folder_that_cannot_be_made_is_reported_with_the_variable_to_set() {
    let installation = Installation::with_config(CONFIG);
    for command in [&["demo"][..], &["user", "import", "/dev/null", "--dry-run"]] {
        let (ended_well, output) = installation.run_with_variables(&[("TMPDIR", "/nonexistent")], command);
        assert!(!ended_well, "{output}");
        assert!(output.contains("no temporary folder can be made in /nonexistent: "), "{output}");
        assert!(output.trim_end().ends_with("; name another in TMPDIR"), "{output}");
    }
}

#[test]
fn a_database_in_a_folder_whose_name_is_not_utf_8_is_reported_with_its_cause() {
    let installation = Installation::with_config(CONFIG);
    let folder = installation.folder().join(std::ffi::OsStr::from_bytes(b"caf\xe9"));
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(installation.path("vestibule.toml"), folder.join("vestibule.toml")).unwrap();
    std::fs::write(folder.join("vestibule.db"), "").unwrap();
    let output = super::installation::process_in(&folder, &["user", "list"]).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let expected = "has an address that can't be used: filename passed to SQLite must be valid UTF-8; give each folder \
                    of its path, and the file, a name in UTF-8";
    assert!(errors.contains(expected), "{errors}");
}
