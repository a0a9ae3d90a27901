//! The rules for every file. Each fault names its file and line.

use super::layers::{LAYERS, layer, may_name};
use super::paths::{module_of, named_paths};
use super::source::{Source, Token};
use super::stages::later_stages;

/// Longest file of code, in lines.
pub const LONGEST: usize = 300;
/// Longest file of tests or benchmarks, in lines.
pub const LONGEST_TESTS: usize = 400;
/// Longest line, in characters, as in rustfmt.toml. Rustfmt does not wrap comments, texts and macros.
pub const WIDEST: usize = 120;
/// Files that may be longer, and why.
const LONGER: [(&str, &str); 0] = [];
/// Only these files call C.
const UNSAFE: &str = "src/upstream/pam/native/";
/// Names that don't say what a file holds.
const VAGUE_NAMES: [&str; 6] = ["util", "utils", "helper", "helpers", "common", "misc"];
/// Words of code that waits, reads a clock or does I/O. A pure decision does none of these.
const IMPURE: [&str; 16] = [
    "async",
    "await",
    "async_trait",
    "axum",
    "hyper",
    "reqwest",
    "sea_orm",
    "sqlx",
    "tokio",
    "tower",
    "tower_sessions",
    "Clock",
    "Instant",
    "SystemTime",
    "now_utc",
    "now_local",
];
/// The parts of `std` that do I/O.
const IO_MODULES: [&str; 6] = ["env", "fs", "io", "net", "process", "thread"];

/// The faults of a file in `src/`.
pub fn faults(source: &Source) -> Vec<String> {
    let mut faults = faults_anywhere(source);
    faults.extend(layer_faults(source));
    if source.path == "src/lib.rs" {
        faults.extend(table_of_contents(source));
    }
    if module_of(&source.path).first() == Some(&"signin") {
        faults.extend(impurities(source));
        faults.extend(later_stages(source));
    }
    faults
}

/// The faults of any file.
pub fn faults_anywhere(source: &Source) -> Vec<String> {
    let mut faults: Vec<String> = length(source).into_iter().collect();
    faults.extend(width(source));
    if !source.text.starts_with("//!") {
        faults.push(fault_at(source, 1, "opens without a //! line that says what the file holds"));
    }
    for [word, next] in pairs(source) {
        match word.text.as_str() {
            "unsafe" if !source.path.starts_with(UNSAFE) => {
                faults.push(fault_at(source, word.line, "holds unsafe code"));
            }
            unfinished @ ("todo" | "unimplemented") if next.text == "!" => {
                faults.push(fault_at(source, word.line, &format!("holds {unfinished}!")));
            }
            "mod" if VAGUE_NAMES.contains(&next.text.as_str()) => {
                faults.push(fault_at(
                    source,
                    word.line,
                    &format!("`mod {}` does not say what the file holds", next.text),
                ));
            }
            _ => {}
        }
    }
    // With this attribute, a module could be in a file of another name.
    for [hash, bracket, path] in triples(source) {
        if (hash.text.as_str(), bracket.text.as_str(), path.text.as_str()) == ("#", "[", "path") {
            faults.push(fault_at(source, hash.line, "a module is in the file of its name: no #[path]"));
        }
    }
    faults.extend(
        module_of(&source.path)
            .into_iter()
            .filter(|name| VAGUE_NAMES.contains(name))
            .map(|name| fault_at(source, 1, &format!("the name `{name}` does not say what the file holds"))),
    );
    faults
}

/// A folder names only folders of lower layers.
fn layer_faults(source: &Source) -> Vec<String> {
    let home = module_of(&source.path);
    let mut faults = Vec::new();
    match (home.first(), source.path.as_str()) {
        // The binary starts only the topmost layer, and `lib.rs` only lists the modules.
        (None, "src/main.rs") => faults.extend(named_paths(source).into_iter().filter_map(|named| {
            let folder = named.folder().unwrap_or("everything");
            (folder != "cli")
                .then(|| fault_at(source, named.line, &format!("names {folder}; the binary starts only cli")))
        })),
        (None, _) => {
            let names = named_paths(source).into_iter();
            faults.extend(names.map(|named| fault_at(source, named.line, "names a module; it only lists them")));
        }
        (Some(own), _) if layer(own).is_none() => {
            faults.push(fault_at(source, 1, &format!("`{own}` is in no layer of tests/architecture/layers.rs")));
        }
        (Some(own), _) => faults.extend(named_paths(source).into_iter().filter_map(|named| match named.folder() {
            None => Some(fault_at(source, named.line, "names the root of the crate: name a module of it")),
            Some(folder) if may_name(own, folder) => None,
            Some(folder) => {
                Some(fault_at(source, named.line, &format!("{own} names {folder}, which is not a lower layer")))
            }
        })),
    }
    faults
}

/// `lib.rs` lists the modules, lowest layer first.
fn table_of_contents(source: &Source) -> Vec<String> {
    let listed: Vec<_> = pairs(source).filter(|[word, _]| word.text == "mod").map(|[_, name]| name).collect();
    let order = LAYERS.map(|(name, _)| name);
    let place = |name: &Token| order.iter().position(|known| *known == name.text);
    let mut faults: Vec<String> = listed
        .iter()
        .filter(|name| place(name).is_none())
        .map(|name| fault_at(source, name.line, &format!("`{}` is in no layer", name.text)))
        .collect();
    if !listed.is_sorted_by_key(|name| place(name)) {
        faults.push(fault_at(source, 1, "lists the modules in another order than that of the layers"));
    }
    faults
}

/// `signin/` only decides.
fn impurities(source: &Source) -> Vec<String> {
    let words = source.tokens.iter().filter(|token| IMPURE.contains(&token.text.as_str()));
    let mut faults: Vec<String> =
        words.map(|word| fault_at(source, word.line, &format!("signin is pure, and `{}` is not", word.text))).collect();
    for [first, colons, part] in triples(source) {
        let path = first.text == "std" && colons.text == "::";
        if path && (part.text == "{" || IO_MODULES.contains(&part.text.as_str())) {
            faults.push(fault_at(
                source,
                first.line,
                "signin is pure, and this part of std does I/O (name the parts one by one)",
            ));
        }
    }
    faults
}

fn length(source: &Source) -> Option<String> {
    let lines = source.text.lines().count();
    let excused = LONGER.iter().any(|(path, _)| *path == source.path);
    let code = source.path.starts_with("src/") && !module_of(&source.path).contains(&"tests");
    let longest = if code { LONGEST } else { LONGEST_TESTS };
    (lines > longest && !excused)
        .then(|| fault_at(source, lines, &format!("has {lines} lines; a file has at most {longest}")))
}

fn width(source: &Source) -> impl Iterator<Item = String> {
    let wide = source.text.lines().zip(1..).filter(|(line, _)| line.chars().count() > WIDEST);
    wide.map(|(_, number)| fault_at(source, number, &format!("is wider than {WIDEST} characters")))
}

pub fn fault_at(source: &Source, line: usize, fault: &str) -> String {
    format!("{}:{line}: {fault}", source.path)
}

fn pairs(source: &Source) -> impl Iterator<Item = &[Token; 2]> {
    source.tokens.array_windows::<2>()
}

fn triples(source: &Source) -> impl Iterator<Item = &[Token; 3]> {
    source.tokens.array_windows::<3>()
}
