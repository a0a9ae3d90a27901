//! Prints, at each `cargo test`, the suites that it does not run, and how to run them.
//!
//! It reads the suites from `tests/run` and `tests/real`. It fails if `tests` contains a test program that `tests/run`
//! does not run.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

type Failed = Box<dyn std::error::Error>;

/// A line of `tests/run`: `suite 'NAME' COMMAND…`.
struct Suite<'a> {
    name: &'a str,
    command: &'a str,
}

fn main() -> Result<(), Failed> {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let run = fs::read_to_string(tests.join("run"))?;
    let suites: Vec<_> = run.lines().filter_map(suite).collect();
    let unknown = not_run(&tests, &run, &fs::read_to_string(tests.join("../Cargo.toml"))?)?;
    if !unknown.is_empty() {
        return Err(format!("tests/run does not run {}: add a suite for each", unknown.join(", ")).into());
    }
    let mut left_out: Vec<String> =
        suites.iter().filter(|suite| !is_covered(suite)).map(|suite| suite.name.to_owned()).collect();
    for file in files(&tests.join("real"))? {
        if let Some(name) = name(&file).and_then(|name| name.strip_suffix(".test.mjs")) {
            left_out.push(format!("real: {name}: {}", first_sentence(&fs::read_to_string(&file)?)));
        }
    }
    // The number when this test was written. With fewer, this test no longer understands tests/run.
    if left_out.len() < 18 {
        return Err(
            format!("only {} suites were found in tests/run and tests/real: {left_out:?}", left_out.len()).into()
        );
    }
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nnot run by cargo test alone, as each needs a server, a browser or another language:")?;
    for suite in left_out {
        writeln!(out, "  {suite}")?;
    }
    Ok(writeln!(out, "all of them, and everything else: tests/run\n")?)
}

fn suite(line: &str) -> Option<Suite<'_>> {
    let (name, command) = line.trim_start().strip_prefix("suite '")?.split_once('\'')?;
    Some(Suite { name, command: command.trim() })
}

/// Whether `cargo test` runs this suite anyway, or it tests nothing.
fn is_covered(suite: &Suite<'_>) -> bool {
    let covered = ["cargo test --workspace", "cargo fmt", "cargo clippy", "cargo build"];
    covered.iter().any(|command| suite.command.starts_with(command))
}

/// Test programs that neither `cargo test` nor `tests/run` runs.
fn not_run(tests: &Path, run: &str, manifest: &str) -> Result<Vec<String>, Failed> {
    let mut unknown = Vec::new();
    // `tests/run` runs every file of tests/real.
    for folder in fs::read_dir(tests)?.map(|entry| entry.map(|entry| entry.path())) {
        let folder = folder?;
        let below = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !folder.is_dir() || below == "real" || below == "node_modules" {
            continue;
        }
        for file in files(&folder)? {
            let Some(file) = name(&file) else { continue };
            let is_run = if file.ends_with(".test.mjs") {
                run.contains(&format!("tests/{below}/{file}"))
            } else if file.ends_with("_test.go") {
                run.contains(&format!("in_folder tests/{below} go test"))
            } else {
                true
            };
            if !is_run {
                unknown.push(format!("tests/{below}/{file}"));
            }
        }
    }
    for (target, flag) in [("[[test]]", "--test"), ("[[bench]]", "--bench")] {
        for table in manifest.split(target).skip(1) {
            let table = table.split("\n[").next().unwrap_or_default();
            let Some(name) = table.split("name = \"").nth(1).and_then(|rest| rest.split('"').next()) else { continue };
            let by_itself = target == "[[test]]" && !table.contains("test = false");
            if !by_itself && !run.contains(&format!("{flag} {name}")) {
                unknown.push(format!("the target {name}"));
            }
        }
    }
    Ok(unknown)
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failed> {
    let mut files =
        fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    files.retain(|path| path.is_file());
    files.sort();
    Ok(files)
}

fn name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}

/// The first sentence of the comment at the beginning of a file.
fn first_sentence(text: &str) -> String {
    let comment: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//")).map(str::trim).collect();
    let comment = comment.join(" ");
    let end = comment.find(". ").map_or(comment.trim_end_matches('.'), |end| comment.get(..end).unwrap_or(&comment));
    end.to_owned()
}
