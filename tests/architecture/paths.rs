//! The paths that a file names: in `use` trees and in the middle of code.

use super::source::{Source, Token};

/// A path, from the root of the crate: `crate::signin::permit::Grant` is `signin`, `permit`, `Grant`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedPath {
    /// Empty for the root itself. `*` stands for everything.
    pub path: Vec<String>,
    /// The name of the path in this file: its last name, or the one after `as`.
    pub alias: String,
    /// The module that contains the path: that of the file, or an inline module in it.
    pub within: Vec<String>,
    pub line: usize,
}

impl NamedPath {
    /// The folder of `src/` that the path leads to; `None` for the root itself and for everything in it.
    pub fn folder(&self) -> Option<&str> {
        self.path.first().map(String::as_str).filter(|name| *name != "*")
    }
}

/// Every path of `source` that begins with `crate`, `super`, `self` or our own name.
pub fn named_paths(source: &Source) -> Vec<NamedPath> {
    named_paths_with(source, |_| false)
}

/// Like [`named_paths`], and also the paths that begin at a child of the current module. `is_module` says which paths
/// are modules.
pub fn named_paths_with(source: &Source, is_module: impl Fn(&[String]) -> bool) -> Vec<NamedPath> {
    let home: Vec<String> = module_of(&source.path).into_iter().map(str::to_owned).collect();
    // The inline modules of this file, each with the depth of braces at which it closes.
    let (mut inner, mut depth, mut named) = (Vec::<(String, usize)>::new(), 0_usize, Vec::new());
    let mut at = 0;
    while at < source.tokens.len() {
        let rest = &source.tokens[at..];
        let within = || home.iter().cloned().chain(inner.iter().map(|(name, _)| name.clone())).collect::<Vec<_>>();
        // A path begins here unless the token before is `::`.
        let begins = at == 0 || source.tokens[at - 1].text != "::";
        match word(rest, 0) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inner.last().is_some_and(|(_, closes)| *closes == depth) {
                    inner.pop();
                }
            }
            "mod" if word(rest, 2) == "{" => {
                inner.push((word(rest, 1).to_owned(), depth));
                depth += 1;
                at += 2;
            }
            // `::vestibule::…` begins with `::`; `use crate as x` names the root.
            start @ ("crate" | "vestibule" | "super" | "self")
                if (begins || start == "vestibule")
                    && (word(rest, 1) == "::" || (word(rest, 1) == "as" && start != "self")) =>
            {
                let mut path = PathReader { named: &mut named, within: within() };
                match start {
                    "crate" | "vestibule" => path.after(rest, Vec::new()),
                    "self" => path.after(rest, within()),
                    _ => path.below(rest, within()),
                }
            }
            name if begins && word(rest, 1) == "::" => {
                let mut below = within();
                below.push(name.to_owned());
                if is_module(&below) {
                    PathReader { named: &mut named, within: within() }.after(rest, below);
                }
            }
            _ => {}
        }
        at += 1;
    }
    named
}

/// Collects the paths of a `use` tree.
struct PathReader<'n> {
    named: &'n mut Vec<NamedPath>,
    within: Vec<String>,
}

impl PathReader<'_> {
    /// The first token ends `path` so far: the path continues after `::`, or is complete.
    fn after(&mut self, tokens: &[Token], path: Vec<String>) {
        let goes_on = word(tokens, 1) == "::" && word(tokens, 2) != "<";
        if goes_on {
            return self.below(&tokens[2..], path);
        }
        let last = path.last().cloned().unwrap_or_default();
        let alias = if word(tokens, 1) == "as" { word(tokens, 2).to_owned() } else { last };
        let line = tokens.first().map_or(0, |token| token.line);
        self.named.push(NamedPath { path, alias, within: self.within.clone(), line });
    }

    /// What follows `::` in the module `path`: a name, `super`, `self`, `*`, or a list of them in braces.
    fn below(&mut self, tokens: &[Token], mut path: Vec<String>) {
        match word(tokens, 0) {
            "" => {}
            "super" => {
                path.pop();
                // `super` alone is a module in a `use` tree, but not in `pub(super)`.
                if word(tokens, 1) != ")" {
                    self.after(tokens, path);
                }
            }
            "self" => self.after(tokens, path),
            "{" => list(&tokens[1..]).into_iter().for_each(|item| self.below(item, path.clone())),
            name => {
                path.push(name.to_owned());
                self.after(tokens, path);
            }
        }
    }
}

/// The items of a list, up to the brace that closes it.
fn list(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut items, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 0 => {
                items.push(&tokens[start..at]);
                break;
            }
            "}" => depth -= 1,
            "," if depth == 0 => {
                items.push(&tokens[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    items
}

fn word(tokens: &[Token], at: usize) -> &str {
    tokens.get(at).map_or("", |token| token.text.as_str())
}

/// The module of a file: `src/signin/arrive/location.rs` is `signin`, `arrive`, `location`.
pub fn module_of(path: &str) -> Vec<&str> {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let mut names: Vec<&str> = below.strip_suffix(".rs").unwrap_or(below).split('/').collect();
    if matches!(names.last(), Some(&"mod")) || matches!(names[..], ["lib" | "main"]) {
        names.pop();
    }
    names
}
