//! `vestibule user search`.

use super::DEE;
use super::installation::Installation;

#[test]
fn an_operator_finds_an_account_and_reads_what_to_try_next() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    for (subject, name) in [(subject, "dee"), ("2", "deborah"), ("3", "della street")] {
        installation.stdout(&["identity", "link", provider, issuer, subject, name, "--new"]);
    }
    installation.stdout(&["user", "disable", "dee"]);
    let found = installation.stdout(&["user", "search", "DEE"]);
    assert!(found.contains("dee") && found.contains("disabled") && !found.contains("deborah"), "{found}");
    assert!(installation.stdout(&["user", "search", "della", "st"]).contains("della street"));
    let found = installation.json(&["user", "search", &format!("{provider}:{subject}")]);
    assert_eq!(
        (&found["accounts"][0]["username"], &found["accounts"][0]["matched"]["by"]),
        (&"dee".into(), &"subject".into())
    );
    assert_eq!((&found["complete"], &found["next"]), (&true.into(), &serde_json::Value::Null));

    // The printed command leads to the next page.
    let first = installation.stdout(&["user", "search", "de", "--limit", "2"]);
    let more = first.lines().find_map(|line| line.strip_prefix("More: vestibule ")).expect(&first);
    let next = installation.stdout(&more.split(' ').collect::<Vec<_>>());
    assert!(first.contains("deborah") && !first.contains("della") && next.contains("della street"), "{first}{next}");
    let other = installation.failure(&more.replace(" de ", " x ").split(' ').collect::<Vec<_>>());
    assert!(other.contains("another text"), "{other}");

    for (text, advice) in [
        ("orah", "try fewer letters"),
        ("x@example.org", "the beginning of an address"),
        ("uni:9", "identity list"),
        ("V-23456789", "vestibule explain"),
    ] {
        let nothing = installation.stdout(&["user", "search", text]);
        assert!(nothing.contains("No account found") && nothing.contains(advice), "{nothing}");
    }
    assert!(installation.failure(&["user", "search", " "]).contains("empty"));
}
