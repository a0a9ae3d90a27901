//! Which rooms a file names: `use` trees and paths in the middle of code, by `crate`, `super` or our own name.

use super::source::{Source, Token};

/// A room of the house that a file names, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// The first name below the root; `None` where the root itself is named, or everything in it.
    pub room: Option<String>,
    pub line: usize,
}

/// Every path of `source` that leads to the root of the crate, each with the room it names there.
pub fn named(source: &Source) -> Vec<Named> {
    let home = module_of(&source.path);
    // The modules written out within this file, each with the depth of braces at which it closes.
    let (mut inner, mut depth, mut named) = (Vec::new(), 0_usize, Vec::new());
    let mut at = 0;
    while at < source.tokens.len() {
        let rest = &source.tokens[at..];
        match word(rest, 0) {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if inner.last() == Some(&depth) {
                    inner.pop();
                }
            }
            "mod" if word(rest, 2) == "{" => {
                inner.push(depth);
                depth += 1;
                at += 2;
            }
            start @ ("crate" | "super" | "self" | "vestibule") => {
                let before = if at == 0 { "" } else { source.tokens[at - 1].text.as_str() };
                let goes_on = word(rest, 1) == "::" || (word(rest, 1) == "as" && start != "self");
                // A path begins here unless one is already under way; `$crate::…` and `::vestibule::…` begin here too.
                let begins = before != "::" || start == "vestibule";
                if begins && goes_on && start != "self" {
                    walk(rest, home.len() + inner.len(), &mut named);
                } else if begins && goes_on {
                    walk(&rest[2..], home.len() + inner.len(), &mut named);
                }
            }
            _ => {}
        }
        at += 1;
    }
    named
}

/// Follows a path that begins with `crate`, `super` or our own name, in a module `depth` below the root.
fn walk(path: &[Token], depth: usize, named: &mut Vec<Named>) {
    let line = path.first().map_or(0, |token| token.line);
    let depth = match word(path, 0) {
        "crate" | "vestibule" => 0,
        "super" if depth > 0 => depth - 1,
        _ => return,
    };
    match word(path, 1) {
        "::" => below(&path[2..], depth, named),
        // `use crate as x`, or the root passed on as it is.
        _ if depth == 0 => named.push(Named { room: None, line }),
        _ => {}
    }
}

/// What follows `::`, in a module `depth` below the root: a name, `super`, `*`, or a list of them in braces.
fn below(path: &[Token], depth: usize, named: &mut Vec<Named>) {
    let Some(first) = path.first() else { return };
    match first.text.as_str() {
        "super" => walk(path, depth, named),
        "{" => list(&path[1..]).into_iter().for_each(|item| below(item, depth, named)),
        "*" | "self" if depth == 0 => named.push(Named { room: None, line: first.line }),
        room if depth == 0 => named.push(Named { room: Some(room.to_owned()), line: first.line }),
        _ => {}
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

/// The module that a file is: `src/signin/arrive/room.rs` is `signin`, `arrive`, `room`.
pub fn module_of(path: &str) -> Vec<&str> {
    let below = path.strip_prefix("src/").unwrap_or(path);
    let mut names: Vec<&str> = below.strip_suffix(".rs").unwrap_or(below).split('/').collect();
    if matches!(names.last(), Some(&"mod")) || matches!(names[..], ["lib" | "main"]) {
        names.pop();
    }
    names
}
