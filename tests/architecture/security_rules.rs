//! Every test that docs/security-rules.md names is there.

use std::path::Path;

use super::sources;

/// The names of Rust tests in a page: words of at least four parts in backticks.
fn quoted_tests(page: &str) -> impl Iterator<Item = &str> {
    let is_name = |text: &&str| {
        text.split('_').count() > 3 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    page.split('`').skip(1).step_by(2).filter(is_name)
}

#[test]
fn every_test_that_a_security_rule_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/security-rules.md")).unwrap();
    let code: String = ["src", "tests"].iter().flat_map(|folder| sources(root, folder)).map(|it| it.text).collect();
    let quoted: Vec<&str> = quoted_tests(&page).collect();
    assert!(quoted.len() > 150, "only {} names were found", quoted.len());
    let missing: Vec<_> = quoted.into_iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "docs/security-rules.md names tests that are not there: {missing:?}");
}

#[test]
fn a_name_of_a_test_is_told_from_a_path_and_a_key() {
    let page = "| `web/post` | `free_tries` | `a_login_is_begun_once` \u{b7} `Cause::Store` |";
    assert_eq!(quoted_tests(page).collect::<Vec<_>>(), ["a_login_is_begun_once"]);
}
