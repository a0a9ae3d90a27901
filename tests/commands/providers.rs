//! `vestibule provider`: lists providers, suspends one and resumes it.

use serde_json::json;

use super::DEE;
use super::installation::Installation;

#[test]
fn a_provider_is_listed_suspended_and_resumed() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    let list = installation.stdout(&["provider", "list"]);
    assert!(list.starts_with("PROVIDER  STATE  LINKS  SESSIONS  LAST SIGN-IN\nuni       on     1      0"), "{list}");

    let unknown = installation.failure(&["provider", "suspend", "unni"]);
    assert!(unknown.contains("there is no provider unni; the config and the database have: uni"), "{unknown}");
    let dry = installation.stdout(&["provider", "suspend", "uni", "--dry-run"]);
    assert!(dry.contains("1 identity at uni") && dry.contains("Nothing was changed"), "{dry}");
    assert_eq!(installation.json(&["provider", "list"])[0]["state"], "on");

    let done = installation.json(&["provider", "suspend", "uni", "--why", "its keys\x1b[31m leaked"]);
    let expected = json!({
        "provider": "uni", "dry_run": false, "change": "done", "links": 1, "sessions": 0,
        "accounts_without_other_method": 1,
    });
    assert_eq!(done, expected);
    assert!(installation.stdout(&["provider", "suspend", "uni"]).contains("was suspended already"));
    let list = installation.stdout(&["provider", "list"]);
    assert!(list.contains("uni       suspended") && list.contains("uni was suspended at "), "{list}");
    assert!(list.contains(" by cli:") && list.contains("its keys") && !list.contains('\x1b'), "{list}");
    let audit = installation.stdout(&["audit", "--event", "provider_suspended"]);
    assert!(audit.contains("1 account without another way to sign in") && !audit.contains("leaked"), "{audit}");

    assert!(installation.stdout(&["provider", "resume", "uni"]).contains("can sign in at uni again"));
    assert!(installation.stdout(&["provider", "resume", "uni"]).contains("uni was not suspended"));
    assert_eq!(installation.json(&["provider", "list"])[0]["suspended_by"], json!(null));
}

#[test]
fn a_provider_of_a_former_config_can_be_suspended() {
    let installation = Installation::new();
    let [provider, issuer, subject] = DEE;
    installation.stdout(&["identity", "link", provider, issuer, subject, "dee", "--new"]);
    let config = super::installation::CONFIG.replace("\"uni\"", "\"new\"");
    std::fs::write(installation.path("vestibule.toml"), config).unwrap();
    assert!(installation.stdout(&["provider", "list"]).contains("uni       not in the config"));
    assert!(installation.stdout(&["provider", "suspend", "uni"]).starts_with("uni is suspended: 1 identity can't"));
}
