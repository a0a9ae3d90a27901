//! `vestibule user address`, and the e-mail column of an imported list.

use serde_json::json;

use super::installation::Installation;

const ISSUER: &str = "https://sso.example.edu";

fn addresses(installation: &Installation, name: &str) -> Vec<String> {
    let shown = installation.json(&["user", "show", name]);
    let text = |value: &serde_json::Value| format!("{} by {}", value["address"], value["source"]).replace('"', "");
    shown["addresses"].as_array().unwrap().iter().map(text).collect()
}

#[test]
fn an_address_is_given_to_an_account_and_taken_away() {
    let installation = Installation::new();
    installation.stdout(&["identity", "link", "uni", ISSUER, "sub-of-dee", "dee", "--new"]);
    for said in ["has the address dee@example.edu now.", "had the address dee@example.edu already."] {
        let done = installation.stdout(&["user", "address", "add", "dee", "Dee@example.edu"]);
        assert_eq!(done, format!("\"dee\" {said}\n"));
    }
    assert_eq!(addresses(&installation, "dee"), ["dee@example.edu by admin"]);
    assert!(installation.stdout(&["user", "show", "dee"]).contains("  address: dee@example.edu (by admin)"));
    let wrong = installation.failure(&["user", "address", "add", "dee", "dee"]);
    assert!(wrong.contains("invalid value 'dee' for '<ADDRESS>'"), "{wrong}");
    for said in ["no longer has the address dee@example.edu.", "did not have the address dee@example.edu."] {
        let done = installation.stdout(&["user", "address", "remove", "dee", "Dee@example.edu"]);
        assert_eq!(done, format!("\"dee\" {said}\n"));
    }
    assert_eq!(addresses(&installation, "dee"), [""; 0]);
    let rows = installation.json(&["audit"])["rows"].clone();
    let events: Vec<_> = rows.as_array().unwrap().iter().map(|row| row["event"].clone()).take(2).collect();
    assert_eq!(events, [json!("address_removed"), json!("address_added")]);
    let missing = installation.failure(&["user", "address", "add", "nobody", "dee@example.edu"]);
    assert!(missing.contains("there is no account \"nobody\""), "{missing}");
}

#[test]
fn the_addresses_of_an_imported_list_are_kept() {
    const HASH: &str = "$2y$05$SxtZUU7ucyoIJKca/DTdruW6wYucO5CWZclj2UQo1cuTb0PwzFa0.";
    let installation = Installation::new();
    installation.configure("\n[[provider]]\nid = \"local\"\nkind = \"password\"\nname = \"Local account\"\n");
    let list = format!("name,hash,email\ngrace,{HASH},grace@example.edu\nada,{HASH},\neve,{HASH},no address\n");
    let (ended_well, output) = installation.run_with_input(&["user", "import", "-"], &list);
    assert!(!ended_well && output.contains("line 4, \"eve\""), "{output}");
    assert_eq!(addresses(&installation, "grace"), ["grace@example.edu by import"]);
    assert_eq!(addresses(&installation, "ada"), [""; 0]);
    let list = json!([{ "name": "bob", "hash": HASH, "email": "bob@example.edu" }]).to_string();
    installation.stdout_with_input(&["user", "import", "-"], &list);
    assert_eq!(addresses(&installation, "bob"), ["bob@example.edu by import"]);
}
