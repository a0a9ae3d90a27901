//! The compiler ignores a file that no module names, so it would stay unnoticed.

use std::path::Path;

use super::source::Source;
use super::sources;

/// The files that no `mod` of their parent names.
fn unnamed(sources: &[Source]) -> Vec<&str> {
    let names = |parent: &str, name: &str| {
        let named = |source: &&Source| source.path == parent;
        let found = sources.iter().find(named).map(|source| source.tokens.array_windows::<2>());
        found.is_some_and(|mut pairs| pairs.any(|[first, second]| (&*first.text, &*second.text) == ("mod", name)))
    };
    let is_named = |path: &str| {
        let module = path.strip_suffix("/mod.rs").or_else(|| path.strip_suffix(".rs")).unwrap_or(path);
        let Some((folder, name)) = module.rsplit_once('/') else { return true };
        let parents = ["/mod.rs", ".rs", "/lib.rs", "/main.rs"];
        ["lib", "main"].contains(&name) || parents.iter().any(|end| names(&format!("{folder}{end}"), name))
    };
    sources.iter().map(|source| &*source.path).filter(|path| !is_named(path)).collect()
}

#[test]
fn every_file_is_named_by_a_module() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for folder in ["src", "migrations/src", "tests/support/src"] {
        assert_eq!(unnamed(&sources(root, folder)), [""; 0], "{folder}");
    }
}

#[test]
fn a_file_that_no_module_names_is_found() {
    let files = [
        ("src/lib.rs", "pub mod config;"),
        ("src/config/mod.rs", "mod reader;"),
        ("src/config/reader.rs", "mod keys;"),
        ("src/config/reader/keys.rs", ""),
        ("src/config/reader/inputs.rs", ""),
        ("src/store/mod.rs", ""),
    ];
    let sources = files.map(|(path, text)| Source::read(path, text));
    assert_eq!(unnamed(&sources), ["src/config/reader/inputs.rs", "src/store/mod.rs"]);
}
