//! Every test that docs/security-rules.md and docs/linking.md name exists, and they have a row for every rule that the
//! code cites.

use std::collections::BTreeSet;
use std::path::Path;

use super::{sources, texts};

/// The names of Rust tests in a page: names of at least four words, in backticks.
fn quoted_tests(page: &str) -> impl Iterator<Item = &str> {
    let is_name = |text: &&str| {
        text.split('_').count() > 3 && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    page.split('`').skip(1).step_by(2).filter(is_name)
}

/// The titles of other tests in a page: texts with spaces in the last cell of a rule, in quotation marks or backticks.
fn quoted_titles(page: &str) -> impl Iterator<Item = &str> {
    let cells = page.lines().filter(|line| line.starts_with("| C")).filter_map(|line| line.rsplit(" | ").next());
    let titles = cells.flat_map(|cell| cell.split(" \u{b7} ")).filter_map(|test| {
        let mark = test.chars().next().filter(|first| ['"', '`'].contains(first))?;
        test.split(mark).nth(1)
    });
    titles.filter(|title| title.contains(' '))
}

#[test]
fn every_title_that_a_security_rule_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("docs/security-rules.md")).unwrap();
    let folders = ["tests", "examples", "src"];
    let files = folders.iter().flat_map(|folder| texts(root, folder, &["mjs", "go"]));
    let code: String = files.map(|(_, text)| text).collect();
    let titles: Vec<&str> = quoted_titles(&page).collect();
    assert!(titles.len() > 10, "only {titles:?} were found");
    let missing: Vec<_> = titles.into_iter().filter(|title| !code.contains(title)).collect();
    assert!(missing.is_empty(), "docs/security-rules.md names tests that do not exist: {missing:?}");
}

#[test]
fn every_test_that_a_security_rule_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = rules(root);
    let code: String = ["src", "tests"].iter().flat_map(|folder| sources(root, folder)).map(|it| it.text).collect();
    let quoted: Vec<&str> = quoted_tests(&page).collect();
    assert!(quoted.len() > 150, "only {} names were found", quoted.len());
    let missing: Vec<_> = quoted.into_iter().filter(|name| !code.contains(&format!("fn {name}("))).collect();
    assert!(missing.is_empty(), "the pages of rules name tests that do not exist: {missing:?}");
}

/// The pages of rules, one after the other.
fn rules(root: &Path) -> String {
    let pages = ["docs/security-rules.md", "docs/linking.md"];
    pages.map(|page| std::fs::read_to_string(root.join(page)).unwrap()).concat()
}

/// The rules that a text cites: words of `C` or `L`, and a number.
fn cited_rules(text: &str) -> impl Iterator<Item = &str> {
    let is_rule = |word: &&str| {
        let number = word.strip_prefix(['C', 'L']).unwrap_or_default();
        (1..=2).contains(&number.len()) && !number.starts_with('0') && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(is_rule)
}

#[test]
fn every_security_rule_that_the_code_cites_has_a_row() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = rules(root);
    let rows: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
    let folders = ["src", "migrations/src", "tests", "benches", "examples"];
    let files = folders.iter().flat_map(|folder| texts(root, folder, &["rs", "mjs", "go"]));
    let mut cited = 0;
    let mut missing = Vec::new();
    for (path, text) in files {
        for rule in cited_rules(&text) {
            cited += 1;
            if !rows.contains(rule) {
                missing.push(format!("{path}: {rule}"));
            }
        }
    }
    assert!(cited > 900, "only {cited} were found");
    assert!(missing.is_empty(), "these rules have no row: {missing:?}");
}

#[test]
fn citations_are_distinguished_from_other_words() {
    let text = "// C3, C25\n\"C14\" (security rule C56) C0 C007 U+C3A9 XC1 C1X C_2 Broken::new(C100) L5 XL6";
    assert_eq!(cited_rules(text).collect::<Vec<_>>(), ["C3", "C25", "C14", "C56", "L5"]);
}

#[test]
fn test_names_are_distinguished_from_paths_and_keys() {
    let page = "| `web/post` | `free_tries` | `a_login_is_begun_once` \u{b7} `Cause::Store` |";
    assert_eq!(quoted_tests(page).collect::<Vec<_>>(), ["a_login_is_begun_once"]);
    let page = "| C1 | A \"rule\" here. | `web/post` | `a_login_is_begun_once` \u{b7} \"a page posts\", in Chromium |";
    assert_eq!(quoted_titles(page).collect::<Vec<_>>(), ["a page posts"]);
}
