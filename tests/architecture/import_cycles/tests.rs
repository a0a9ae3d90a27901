//! Cycles are found, and code that only looks like one is not.

use super::cycles;
use crate::source::Source;

/// The cycles of these files, each a path and its code.
fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files.iter().map(|(path, code)| Source::read(path, code)).collect();
    cycles(&sources)
}

#[test]
fn every_form_of_import_cycle_is_found() {
    let closed: [&[(&str, &str)]; 6] = [
        &[("src/a/one.rs", "use super::two::Two;"), ("src/a/two.rs", "fn a() { super::one::b(); }")],
        &[("src/a/one.rs", "use super::two;"), ("src/a/two.rs", "use crate::a::one;")],
        &[
            ("src/a/one.rs", "use super::two::Two;"),
            ("src/a/two.rs", "use super::three::Three;"),
            ("src/a/three.rs", "use super::one::One;"),
        ],
        // Through a name that the parent module re-exports.
        &[
            ("src/a/mod.rs", "mod one; mod two; pub use two::Two;"),
            ("src/a/one.rs", "use super::Two;"),
            ("src/a/two.rs", "use super::one::One;"),
        ],
        // Through a part of the other module.
        &[
            ("src/a/one.rs", "mod part; fn a() { part::b(); }"),
            ("src/a/one/part.rs", "use super::super::two::Two;"),
            ("src/a/two.rs", "use super::one::One;"),
        ],
        &[("src/a/one.rs", "use super::two::{Two as Other, self};"), ("src/a/two.rs", "type A = super::one::One;")],
    ];
    for files in closed {
        assert_eq!(cycles_of(files).len(), 1, "{files:?}: {:?}", cycles_of(files));
    }
}

#[test]
fn one_way_imports_and_imports_of_tests_form_no_cycle() {
    let open: [&[(&str, &str)]; 4] = [
        &[("src/a/one.rs", "use super::two::Two;"), ("src/a/two.rs", "struct Two; fn one() { one() }")],
        // A module and its part.
        &[("src/a/mod.rs", "mod one; use one::One;"), ("src/a/one.rs", "use super::Two; use super::*;")],
        &[
            ("src/a/one.rs", "use super::two::Two;"),
            ("src/a/two.rs", "#[cfg(test)] mod tests { use super::super::one::One; }"),
        ],
        &[
            ("src/a/one.rs", "use super::two::Two;"),
            ("src/a/two/tests.rs", "use crate::a::one::One;"),
            ("src/a/two.rs", ""),
        ],
    ];
    for files in open {
        assert_eq!(cycles_of(files), Vec::<String>::new(), "{files:?}");
    }
}
