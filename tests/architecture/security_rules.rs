//! Every test that docs/security-rules.md names exists.

use std::path::Path;

use super::sources;

/// The names of Rust tests in a page: names of at least four words, in backticks.
fn quoted_tests(page: &str) -> impl Iterator<Item = &str> {
    let is_name = |text: &&str| {
        text.split('_').count() > 3 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    page.split('`').skip(1).step_by(2).filter(is_name)
}

#[test]
fn every_test_that_a_security_rule_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/security-rules.md")).unwrap();
    let code: String = ["src", "tests"].iter().flat_map(|folder| sources(root, folder)).map(|it| it.text).collect();
    let quoted: Vec<&str> = quoted_tests(&page).collect();
    assert!(quoted.len() > 150, "only {} names were found", quoted.len());
    let missing: Vec<_> = quoted.into_iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/security-rules.md names tests that do not exist: {missing:?}");
}

#[test]
fn test_names_are_distinguished_from_paths_and_keys() {
    let page = "| `web/post` | `free_tries` | `a_login_is_begun_once` \u{b7} `Cause::Store` |";
    assert_eq!(quoted_tests(page).collect::<Vec<_>>(), ["a_login_is_begun_once"]);
}
