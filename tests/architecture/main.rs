//! The architecture: every source file is checked against the layers, the order of the stages, and a few rules.

#![cfg(test)]

mod operations;
mod causes;
mod import_cycles;
mod layers;
mod modules;
mod paths;
mod post_routes;
mod rules;
mod security_rules;
mod source;
mod stages;
mod tests;

use std::fs;
use std::path::{Path, PathBuf};

use source::Source;
use vestibule::upstream::KINDS;

#[test]
fn every_file_keeps_to_the_layers_and_the_rules() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let product = sources(root, "src");
    assert!(product.iter().any(|source| source.path == "src/lib.rs"), "no sources were found");
    let mut faults: Vec<String> = product.iter().flat_map(rules::faults).collect();
    faults.extend(product.iter().flat_map(post_routes::faults));
    for other in ["migrations/src", "tests", "benches"] {
        let sources = sources(root, other);
        assert!(!sources.is_empty(), "{other} holds no sources");
        faults.extend(sources.iter().flat_map(rules::faults_anywhere));
    }
    faults.extend(sources(root, "examples").iter().flat_map(rules::faults_anywhere));
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// Every Rust file below `folder`, in order.
fn sources(root: &Path, folder: &str) -> Vec<Source> {
    texts(root, folder, &["rs"]).iter().map(|(path, text)| Source::read(path, text)).collect()
}

/// Every file below `folder` with one of these endings, in order: its path from the project's root, and its text.
fn texts(root: &Path, folder: &str, endings: &[&str]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
        let paths = entries.map(|entry| entry.unwrap().path()).collect::<Vec<PathBuf>>();
        for path in paths {
            let name = path.file_name().unwrap().to_string_lossy();
            if path.is_dir() && name != "target" && name != "node_modules" {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| endings.iter().any(|ending| extension == *ending)) {
                let below = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
                found.push((below, fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

#[test]
fn imports_form_no_cycle() {
    let sources = sources(Path::new(env!("CARGO_MANIFEST_DIR")), "src");
    let faults = import_cycles::cycles(&sources);
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn code_that_the_docs_quote_is_in_the_module() {
    let read = |path: &str| fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap();
    let (page, module) = (read("docs/modules.md"), read("src/upstream/webhook/mod.rs"));
    let quoted: Vec<&str> = page.split("```rust\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(quoted.len() >= 2);
    for code in quoted {
        assert!(module.contains(code), "docs/modules.md quotes code that is not in the module:\n{code}");
    }
}

#[test]
fn only_its_own_folder_names_a_kind_of_provider() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    // "password" is also a form field.
    let kinds: Vec<&str> = KINDS.offered.iter().map(|kind| kind.name()).filter(|name| *name != "password").collect();
    let mut faults = Vec::new();
    // A preset that has a kind of its own has the kind's name, and so has its icon.
    let lists = |path: &str| {
        ["tests", "samples", "src/upstream/presets/mod.rs", "src/web/pages/assets.rs"]
            .iter()
            .any(|it| path.contains(it))
    };
    for source in sources(root, "src").iter().filter(|source| !lists(&source.path)) {
        let others = kinds.iter().filter(|kind| !source.path.starts_with(&format!("src/upstream/{kind}/")));
        let names: Vec<String> = others.map(|kind| format!("\"{kind}\"")).collect();
        for (line, number) in source.text.lines().map(str::trim_start).zip(1..) {
            // A sample config names a kind, as an operator does.
            let code = !line.starts_with("//") && !line.starts_with("kind = ");
            if let Some(name) = names.iter().find(|name| code && line.contains(name.as_str())) {
                faults.push(format!("{}:{number}: names the kind {name}: put it behind ProviderKind", source.path));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}
