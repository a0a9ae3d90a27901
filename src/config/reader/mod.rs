//! Reads sections of the config file: each key is asked for by name, every mistake is noted, and reading goes on.

mod section;
mod tree;
mod values;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use section::Section;
pub use tree::Node;
pub(super) use tree::{Table, Value, parse};
pub use values::{
    Fault, Read, duration, exact_address, flag, list, or, parsed, some, text, unknown_word, web_address, whole, word,
};

use super::mistakes::Mistake;
use crate::base::secret::Secret;

/// The file being read, and what was found wrong so far.
pub(super) struct Reader {
    file: PathBuf,
    /// Paths in the file are relative to it.
    folder: PathBuf,
    found: RefCell<Vec<Mistake>>,
    /// What is not there and has to be.
    missing: RefCell<Vec<Mistake>>,
    /// What unknown keys were probably meant to be: one such mistake is not told again as a missing key.
    meant: RefCell<BTreeSet<String>>,
    /// Lines that are no TOML: what follows from them is not told again.
    broken: BTreeSet<usize>,
}

impl Reader {
    pub(super) fn new(file: &Path, broken: Vec<Mistake>) -> Self {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        Self {
            file: file.to_owned(),
            folder: absolute.parent().map(Path::to_owned).unwrap_or_default(),
            broken: broken.iter().filter_map(Mistake::line).collect(),
            found: RefCell::new(broken),
            missing: RefCell::default(),
            meant: RefCell::default(),
        }
    }

    pub(super) fn root<'r>(&'r self, table: &'r Table) -> Section<'r> {
        Section::root(self, table)
    }

    pub(super) fn found(self) -> Vec<Mistake> {
        let (mut found, meant) = (self.found.into_inner(), self.meant.into_inner());
        // Where a line is no TOML, what seems missing may stand on it.
        if self.broken.is_empty() {
            let misspelt = |path: &str| {
                let within =
                    |outer: &String| path.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('.'));
                meant.contains(path) || meant.iter().any(within)
            };
            found.extend(self.missing.into_inner().into_iter().filter(|missing| !misspelt(&missing.path())));
        }
        found
    }

    fn note(&self, mistake: Mistake) {
        if !mistake.line().is_some_and(|line| self.broken.contains(&line)) {
            self.found.borrow_mut().push(mistake);
        }
    }
}

/// A secret, and where the operator put it.
#[derive(Debug, Clone)]
pub struct Placed {
    pub value: Secret<String>,
    /// `provider.uni.client_secret_file (uni.secret)`: for messages.
    pub place: String,
}

fn contents(path: &Path) -> Result<Vec<u8>, Fault> {
    match std::fs::read(path) {
        Ok(bytes) if bytes.is_empty() => Err(empty(path)),
        Ok(bytes) => Ok(bytes),
        Err(why) => Err(Fault::new(format!("names {}, which cannot be read: {why}", path.display()))),
    }
}

fn empty(path: &Path) -> Fault {
    Fault::new(format!("names {}, which is empty", path.display()))
}

/// The one of `known` that was probably meant: among those that are alike, the one with the fewest letters to change.
pub(super) fn nearest<'k>(found: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let likeness = |word: &str| strsim::jaro_winkler(word, found);
    let near = known.filter(|word| likeness(word) >= 0.8);
    near.min_by_key(|word| strsim::osa_distance(word, found))
}
