//! Cycles are found, and nothing that only looks like one.

use super::cycles;
use crate::source::Source;

/// The cycles of these files, each a path and its code.
fn cycles_of(files: &[(&str, &str)]) -> Vec<String> {
    let sources: Vec<Source> = files.iter().map(|(path, code)| Source::read(path, code)).collect();
    cycles(&sources)
}

#[test]
fn a_cycle_of_imports_is_found_however_it_is_closed() {
    let closed: [&[(&str, &str)]; 6] = [
        &[("src/a/one.rs", "use super::two::Two;"), ("src/a/two.rs", "fn a() { super::one::b(); }")],
        &[("src/a/one.rs", "use super::two;"), ("src/a/two.rs", "use crate::a::one;")],
        &[
            ("src/a/one.rs", "use super::two::Two;"),
            ("src/a/two.rs", "use super::three::Three;"),
            ("src/a/three.rs", "use super::one::One;"),
        ],
        // By a name that the module above passes on.
        &[
            ("src/a/mod.rs", "mod one; mod two; pub use two::Two;"),
            ("src/a/one.rs", "use super::Two;"),
            ("src/a/two.rs", "use super::one::One;"),
        ],
        // By a part of the other.
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
fn imports_that_lead_one_way_and_those_of_tests_close_no_cycle() {
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
