//! `vestibule user import`: accounts with password hashes from another system.

use vestibule::store::{AuditQuery, Event};

use super::installation::Installation;

const LIST: &str = "\
name,hash,groups,phone
Grace,$2y$05$SxtZUU7ucyoIJKca/DTdruW6wYucO5CWZclj2UQo1cuTb0PwzFa0.,staff;tutors,g@example.org
ada,$6$saltstring$.r0X7ub5wGR2v4Xz7svCIozfnlorFh19V89t8KC9Umd81uGhFgsyTRNyzQDXDIm17fFcR9z3z7oBNdsyYBbtm/,,
eve,{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=,,
GRACE,{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,,
a/b,{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,,
mallory,hunter2hunter2,,
bob,{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW
";

fn installation() -> Installation {
    let installation = Installation::new();
    installation.configure(
        "\n[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Local account\"\nmemory_mib = 7\npasses = 5\n",
    );
    installation
}

#[tokio::test]
async fn a_list_is_imported_and_each_refused_line_is_named_with_its_reason() {
    let installation = installation();
    let (ended_well, output) = installation.run_with_input(&["user", "import", "-"], LIST);
    assert!(!ended_well, "{output}");
    for expected in [
        "line 4, \"eve\": {SHA} has no salt",
        "line 5, \"GRACE\": line 2 has the same name; upper and lower case make no difference",
        "line 6, \"a/b\": a username holds no /",
        "line 7: this is not a hash of a known form",
        "line 8: it has 2 fields, but the first line has 4",
        "Not used: phone.",
        "Hashed: 1 by SHA-crypt, 1 by bcrypt.",
        "2 made, 0 given another password, 0 added to groups, 0 as before, 5 refused.",
    ] {
        assert!(output.contains(expected), "{expected}: {output}");
    }
    // C56
    for secret in ["hunter2", "W6ph5", "SxtZUU7", "5xNJs6"] {
        assert!(!output.contains(secret), "{output}");
    }
    let shown = installation.json(&["user", "show", "grace"]);
    assert_eq!((&shown["groups"][0], &shown["groups"][1]), (&"staff".into(), &"tutors".into()));
    assert_eq!(
        (&shown["identities"][0]["provider"], &shown["identities"][0]["subject"]),
        (&"local".into(), &shown["id"])
    );
    assert!(shown["identities"][0]["linked_at"].is_string(), "{shown}");

    let store = installation.store().await;
    let rows = store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap();
    let events: Vec<_> = rows.iter().rev().map(|row| row.entry.event).collect();
    let (created, joined) = (Event::AccountCreated, Event::GroupAdded);
    assert_eq!(events, [created, joined, joined, created, Event::AccountsImported]);
    let message = rows[0].entry.detail.as_deref();
    assert_eq!(message, Some("2 made, 0 replaced, 0 added to groups, 0 as before, 5 refused"));
    assert!(!format!("{rows:?}").contains("SxtZUU7"));
    store.close().await;
}

// C56
#[test]
fn swapped_columns_show_neither_a_hash_nor_a_password() {
    let installation = installation();
    installation.configure("\n[[app.allow]]\ngroups = [\"staff\"]\n");
    let long = "x".repeat(100_000);
    let list = format!(
        "name,hash,groups\n$2y$05$SxtZUU7ucyoIJKca/DTdruW6wYucO5CWZclj2UQo1cuTb0PwzFa0.,ada,staff\n\
         hunter2hunter2,bob,staff\nhunter2/hunter2,cleo,\ndee,staff,hunter2hunter2\n\
         {{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,{{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,\n\
         {long},{{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,\n\
         ada,staff,\"$argon2id$v=19$m=65536,t=3,p=4$SxtZUU7$AbCdEf\"\neve,staff,\"hunter2, again\"\n\
         hunter2/hunter2,mariagonzalez,\nhunter2/2,,staff\nhunter2/3,x,\nhunter2/4,!guest,\nhunter2/5,*ada,\n\
         hunter2/6,0123456789abcdef0123456789abcdef,\n\
         pbkdf2_sha256$600000$SxtZUU7$AbCdEf,mariagonzalez,\nscrypt:32768:8:1$SxtZUU7$AbCdEf,{{SHA}}6ph5Mm5,\n\
         ada:$2y$05$SxtZUU7,{{SHA}}6ph5Mm5,\n6b3a55e0261b0304143f805a24924d0c,alexander.ray,\n\
         a/b,{{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,\"$argon2id$v=19$m=65536,t=3,p=4$SxtZUU7$AbCdEf\"\n\
         c/d,{{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,staff;$2y$05$SxtZUU7\n\
         bob,{{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,$2y$05$SxtZUU7\x07\n"
    );
    for flags in [&[][..], &["--json"]] {
        let (_, output) = installation.run_with_input(&[&["user", "import", "-", "--dry-run"], flags].concat(), &list);
        assert!(
            ["SxtZUU7", "hunter2", "5xNJs6", "6b3a55", "ada"].iter().all(|secret| !output.contains(secret)),
            "{output}"
        );
        assert!(output.len() < 5000, "{output}");
    }
    let errors = installation.failure_with_input(&["user", "import", "-", "--dry-run"], &list);
    assert!(!errors.contains("hunter2") && !errors.contains("SxtZUU7"), "{errors}");
    for (list, expected) in [
        ("[{\"name\": \"hunter2\", \"hash\": null}]", "entry 1 (line 1): its \"hash\" is neither"),
        ("[{\"name\": \"hunter2\", \"hash\": \"ada\", \"groups\": 1}]", "entry 1 (line 1): its \"groups\" is not"),
    ] {
        let (_, output) = installation.run_with_input(&["user", "import", "-", "--dry-run"], list);
        assert!(output.contains(expected) && !output.contains("hunter2"), "{output}");
    }
}

#[test]
fn a_name_beside_a_hash_is_shown_even_if_the_hash_is_refused() {
    let installation = installation();
    for hash in ["{SHA}W6ph5", "$1$damaged", "!$6$locked", "{PLAIN}x", "{CRYPT}ab0123456789.", "$6$rounds=9999999$a$b"]
    {
        let list = format!("name,hash\nada,{hash}\n");
        let (_, output) = installation.run_with_input(&["user", "import", "-", "--dry-run"], &list);
        assert!(output.contains("line 2, \"ada\": "), "{hash}: {output}");
    }
}

#[tokio::test]
async fn a_dry_run_reports_the_same_and_writes_nothing() {
    let installation = installation();
    let (ended_well, output) = installation.run_with_input(&["user", "import", "-", "--dry-run"], LIST);
    assert!(
        !ended_well
            && output
                .contains("Would be: 2 made, 0 given another password, 0 added to groups, 0 as before, 5 refused."),
        "{output}"
    );
    let store = installation.store().await;
    assert_eq!(store.password_by_name("grace").await.unwrap(), None);
    assert!(store.audit_list(&AuditQuery { limit: 10, ..AuditQuery::default() }).await.unwrap().is_empty());
    store.close().await;
}

#[tokio::test]
async fn existing_accounts_keep_their_passwords_without_replace_and_an_import_can_be_repeated() {
    let installation = installation();
    let list = |hash: &str| serde_json::json!([{ "name": "grace", "hash": hash }]).to_string();
    let (first, second) = ("{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW", "$1$xyz$VlPelr.7s56Oe59bia2BU.");
    installation.stdout_with_input(&["user", "import", "-"], &list(first));
    let again = installation.stdout_with_input(&["user", "import", "-"], &list(first));
    assert!(again.contains("0 made, 0 given another password, 0 added to groups, 1 as before, 0 refused."), "{again}");

    let (ended_well, output) = installation.run_with_input(&["user", "import", "-"], &list(second));
    assert!(
        !ended_well
            && output.contains("entry 1 (line 1), \"grace\": the account \"grace\" has that name already; --replace"),
        "{output}"
    );
    let store = installation.store().await;
    let hash = async || store.password_by_name("grace").await.unwrap().unwrap().hash.unwrap();
    assert_eq!(hash().await, first);
    let replaced = installation.stdout_with_input(&["user", "import", "-", "--replace"], &list(second));
    assert!(replaced.contains("0 made, 1 given another password"), "{replaced}");
    assert_eq!(hash().await, second);
    store.close().await;
}

#[tokio::test]
async fn an_import_with_replace_adds_its_groups_even_if_the_hash_is_unchanged() {
    let installation = installation();
    let list = |groups| one_account("{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW", groups);
    installation.stdout_with_input(&["user", "import", "-"], &list(&["staff"]));
    let store = installation.store().await;
    let groups = async || {
        let grace = store.account_by_name(&"grace".parse().unwrap()).await.unwrap().unwrap();
        grace.groups.iter().map(|group| group.as_str().to_owned()).collect::<Vec<_>>()
    };
    // A repeated list, as after an interruption, changes nothing.
    installation.stdout_with_input(&["user", "import", "-"], &list(&["staff", "tutors"]));
    assert_eq!(groups().await, ["staff"]);
    let added = "0 made, 0 given another password, 1 added to groups, 0 as before, 0 refused.";
    let dry = ["user", "import", "-", "--replace", "--dry-run"];
    let output = installation.stdout_with_input(&dry, &list(&["staff", "tutors"]));
    assert!(output.contains(&format!("Would be: {added}")), "{output}");
    assert_eq!(groups().await, ["staff"]);
    let output = installation.stdout_with_input(&dry[..4], &list(&["staff", "tutors"]));
    assert!(output.contains(added), "{output}");
    assert_eq!(groups().await, ["staff", "tutors"]);
    store.close().await;
}

// C54
#[tokio::test]
async fn each_group_that_an_import_adds_has_its_own_row_in_the_audit() {
    let installation = installation();
    let (first, second) = ("{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW", "$1$xyz$VlPelr.7s56Oe59bia2BU.");
    let import = |list: String| installation.stdout_with_input(&["user", "import", "-", "--replace"], &list);
    // The account is made; it keeps its password; it gets another password.
    import(one_account(first, &["staff", "tutors"]));
    import(one_account(first, &["staff", "choir"]));
    import(one_account(second, &["staff", "orchestra"]));
    let store = installation.store().await;
    let rows = store.audit_list(&AuditQuery { limit: 20, ..AuditQuery::default() }).await.unwrap();
    let rows = rows.into_iter().rev().filter(|row| row.entry.event != Event::AccountsImported);
    let rows: Vec<_> = rows.map(|row| (row.entry.event, row.entry.detail.unwrap().to_string())).collect();
    let made = "grace: imported, hashed by {SSHA}, in staff, tutors";
    let replaced = "grace: imported, hashed by MD5-crypt, in orchestra, staff; 0 sessions ended";
    let expected = [
        (Event::AccountCreated, made),
        (Event::GroupAdded, "grace: staff"),
        (Event::GroupAdded, "grace: tutors"),
        (Event::GroupAdded, "grace: choir"),
        (Event::PasswordSet, replaced),
        (Event::GroupAdded, "grace: orchestra"),
    ];
    assert_eq!(rows, expected.map(|(event, detail)| (event, detail.to_owned())));
    store.close().await;
}

fn one_account(hash: &str, groups: &[&str]) -> String {
    serde_json::json!([{ "name": "grace", "hash": hash, "groups": groups }]).to_string()
}

#[test]
fn a_column_that_may_hold_groups_is_named() {
    let list = "name,hash,Group\nada,{SSHA}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW,staff\n";
    let output = installation().stdout_with_input(&["user", "import", "-"], list);
    assert!(output.contains("Not used: group. The column with groups has to be called groups."), "{output}");
}

#[test]
fn an_import_without_local_accounts_in_the_config_says_what_to_add() {
    let refused = Installation::new().failure_with_input(&["user", "import", "-"], LIST);
    assert!(refused.contains("kind = \"password\""), "{refused}");
}

#[test]
fn a_confusable_name_is_refused_and_never_gets_the_imported_password() {
    let installation = installation();
    let list = |name: &str| format!("name,hash\n{name},{{SSHA}}5xNJs6NiEF0AlMsqtTnyTNy87NENgbDW\n");
    installation.stdout_with_input(&["user", "import", "-"], &list("coco"));
    for flags in [&[][..], &["--replace"]] {
        let (ended_well, output) =
            installation.run_with_input(&[&["user", "import", "-"], flags].concat(), &list("сосо"));
        let why = "line 2, \"сосо\": it looks like the account \"coco\", whose name is written in other letters";
        assert!(!ended_well && output.contains(why), "{output}");
    }
    let (_, output) = installation.run_with_input(&["user", "import", "-"], &list("аda"));
    assert!(output.contains("this one mixes Cyrillic and Latin"), "{output}");
    installation.configure("\n[accounts]\nusernames = \"mixed_scripts\"\n");
    installation.stdout_with_input(&["user", "import", "-"], &list("аda"));
}

#[test]
fn a_list_that_is_not_a_text_file_is_reported_with_its_type() {
    let installation = installation();
    let output = installation.failure_with_input(&["user", "import", "."], "");
    assert!(output.contains(". is a folder, not a file"), "{output}");
    let output = installation.failure_with_input(&["user", "import", "none.csv"], "");
    assert!(output.contains("none.csv does not exist"), "{output}");
    let output = installation.failure_with_input(&["user", "import", "-"], "name,hash\n\0");
    assert!(output.contains("standard input is not text: line 2"), "{output}");
    // A pipe that is not named `-`. It can be read only once.
    for file in ["-", "/dev/stdin"] {
        let output = installation.failure_with_input(&["user", "import", file], "BZh91AY&SY\0");
        assert!(output.contains("is compressed; unpack it first: bunzip2"), "{output}");
    }
}

#[test]
fn galene_password_hashes_are_imported_unchanged() {
    let installation = installation();
    let list = concat!(
        r#"{"name": "vimes", "groups": ["op"], "hash": {"type":"pbkdf2","hash":"sha-256","#,
        r#""key":"99a8f5a5e8e01c3c061e776bcdc7ebfbd033168f3ca9363724bf55449245a272","#,
        r#""salt":"0102030405060708","iterations":4096}}"#
    );
    let output = installation.stdout_with_input(&["user", "import", "-"], list);
    assert!(output.contains("Hashed: 1 by PBKDF2.\n1 made"), "{output}");
}
