//! `vestibule user remove --erase`: the audit keeps its rows without the person.

use super::installation::Installation;

const LINK: [&str; 5] = ["identity", "link", "uni", "https://sso.example.edu", "sub-zelda"];

fn names_person(text: &str) -> bool {
    text.contains("zelda") || text.contains("sso.example.edu")
}

#[test]
fn an_erased_account_is_removed_and_its_rows_in_the_audit_name_no_person() {
    let installation = Installation::new();
    installation.stdout(&[&LINK[..], &["zelda", "--new"]].concat());
    installation.stdout(&["user", "group", "add", "zelda", "choir"]);
    let rows = || installation.json(&["audit"])["rows"].as_array().unwrap().clone();
    let before = rows();
    let details: Vec<_> = before.iter().map(|row| row["detail"].as_str().unwrap()).collect();
    let linked = "zelda: issuer https://sso.example.edu, subject sub-zelda";
    assert_eq!(details, ["zelda: choir", linked, "zelda"], "the newest first");
    assert_eq!((&before[0]["target"], &before[0]["actor_account"]), (&"choir".into(), &serde_json::Value::Null));

    let refused = installation.failure(&["user", "remove", "zelda", "--erase"]);
    let warning = "This removes \"zelda\" permanently, and erases the person from the audit.";
    assert!(refused.contains(warning), "{refused}");
    assert_eq!(rows(), before);
    let done = installation.json(&["user", "remove", "zelda", "--erase", "--yes"]);
    let numbers = ["identities", "sessions_ended", "rows_erased"].map(|name| done[name].as_u64().unwrap());
    assert_eq!((&done["username"], numbers), (&"zelda".into(), [1, 0, 3]));

    let after = rows();
    let details: Vec<_> = after.iter().map(|row| row["detail"].as_str().unwrap()).collect();
    let erased = "1 identity and 0 sessions removed with it; personal values erased in 3 rows";
    assert_eq!(details, [erased, "(erased): choir", "(erased): issuer (erased), subject (erased)", "(erased)"]);
    assert!(!names_person(&installation.stdout(&["audit"])));
}

#[test]
fn the_person_of_an_account_that_was_removed_before_is_erased_by_its_id() {
    let installation = Installation::new();
    installation.stdout(&[&LINK[..], &["zelda", "--new"]].concat());
    let id = installation.json(&["user", "show", "zelda"])["id"].as_str().unwrap().to_owned();
    let removed = installation.stdout(&["user", "remove", "zelda", "--yes"]);
    assert_eq!(removed, format!("\"zelda\" (id {id}) was removed, with 1 identity and 0 sessions.\n"));
    assert!(names_person(&installation.stdout(&["audit"])));
    let missing = installation.failure(&["user", "remove", "zelda", "--erase", "--yes"]);
    assert!(missing.contains("there is no account \"zelda\"") && missing.contains("--by-id"), "{missing}");
    let refused = installation.failure(&["user", "remove", "--by-id", &id, "--erase"]);
    assert!(
        refused.contains(&format!("This erases the person of the removed account {id} from the audit.")),
        "{refused}"
    );
    let done = installation.stdout(&["user", "remove", "--by-id", &id, "--erase", "--yes"]);
    let text =
        format!("The account with the id {id} was removed before. Personal values erased in 3 rows of the audit.\n");
    assert_eq!(done, text);
    assert!(!names_person(&installation.stdout(&["audit"])));
    let again = installation.failure(&["user", "remove", "--by-id", &id, "--erase", "--yes"]);
    assert!(again.contains("there is no account id"), "{again}");
}
