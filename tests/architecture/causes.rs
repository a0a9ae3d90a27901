//! Every cause that the log can name has a line in docs/failures.md.

use std::collections::BTreeSet;
use std::path::Path;

use super::sources;

/// Each text after `cause = ` in the code, and each cause in the table of refusals.
fn causes(path: &str, text: &str) -> BTreeSet<String> {
    let quoted = |text: &str| text.split('"').nth(1).map(str::to_owned);
    let mut found: BTreeSet<String> =
        text.match_indices("cause = \"").filter_map(|(at, _)| quoted(&text[at..])).collect();
    if path == "src/broker/refusal/table.rs" {
        found.extend(text.match_indices("row(\"").filter_map(|(at, _)| quoted(&text[at..])));
    }
    found
}

#[test]
fn every_cause_in_the_log_is_documented() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = std::fs::read_to_string(root.join("docs/failures.md")).unwrap();
    let all: BTreeSet<String> =
        sources(root, "src").iter().flat_map(|source| causes(&source.path, &source.text)).collect();
    assert!(all.len() > 35, "only {} causes were found", all.len());
    let missing: Vec<_> = all.iter().filter(|cause| !docs.contains(&format!("`{cause}`"))).collect();
    assert!(missing.is_empty(), "docs/failures.md lacks {missing:?}");
}
