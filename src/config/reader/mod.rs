//! Reads sections of the config file. Each part asks for its keys by name. A mistake is noted, and reading goes on.

mod bare;
mod brackets;
mod section;
mod tree;
mod values;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub(super) use brackets::list_named_tables;
pub use section::Section;
pub use tree::Node;
use tree::start_of_table;
pub(super) use tree::{Table, Value, parse};
pub use values::{
    Fault, Read, duration, exact_address, flag, list, or, parsed, some, text, unknown_word, web_address, whole, word,
};

use super::mistakes::Mistake;
use crate::base::invisible::is_unseen;
use crate::base::secret::Secret;
use crate::base::text_file::{self, NotText};

/// The file that is being read, and its mistakes so far.
pub(super) struct Reader {
    file: PathBuf,
    /// Paths in the file are relative to this folder.
    folder: PathBuf,
    found: RefCell<Vec<Mistake>>,
    /// Required keys that are missing.
    missing: RefCell<Vec<Mistake>>,
    /// Keys that misspelt ones were probably meant to be. They are not reported as missing, too.
    meant: RefCell<BTreeSet<String>>,
    /// Lines that are no TOML. Mistakes that follow from them are not reported.
    broken: BTreeSet<usize>,
    /// From this line on, nothing is known for sure: here begins the table of the first broken line.
    unknown_from: Option<usize>,
    secret_files: RefCell<BTreeSet<PathBuf>>,
    /// Keys of the file whose value is a secret.
    secrets_inline: RefCell<Vec<String>>,
    /// What may be wrong, and is taken as it is.
    doubts: RefCell<Vec<Mistake>>,
}

impl Reader {
    pub(super) fn new(file: &Path, text: &str, broken: Vec<Mistake>) -> Self {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        Self {
            file: file.to_owned(),
            folder: absolute.parent().map(Path::to_owned).unwrap_or_default(),
            broken: broken.iter().filter_map(Mistake::line).collect(),
            unknown_from: broken.iter().filter_map(Mistake::line).min().map(|line| start_of_table(text, line)),
            found: RefCell::new(broken),
            missing: RefCell::default(),
            meant: RefCell::default(),
            secret_files: RefCell::default(),
            secrets_inline: RefCell::default(),
            doubts: RefCell::default(),
        }
    }

    pub(super) fn root<'r>(&'r self, table: &'r Table) -> Section<'r> {
        Section::root(self, table)
    }

    /// All mistakes, with those of the environment.
    ///
    /// If a line is no TOML, it may be the only cause of other mistakes in its table, of those after it, of missing
    /// keys and of mistakes of the environment. These are left out until the line is fixed.
    pub(super) fn found(self, of_environment: Vec<Mistake>) -> Vec<Mistake> {
        let (mut found, meant) = (self.found.into_inner(), self.meant.into_inner());
        if let Some(first) = self.unknown_from {
            found.retain(|mistake| mistake.line().is_some_and(|line| line < first || self.broken.contains(&line)));
        } else {
            found.extend(of_environment);
            let misspelt = |path: &str| {
                let within =
                    |outer: &String| path.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('.'));
                meant.contains(path) || meant.iter().any(within)
            };
            found.extend(self.missing.into_inner().into_iter().filter(|missing| !misspelt(&missing.path())));
        }
        found
    }

    pub(super) fn note(&self, mistake: Mistake) {
        if !mistake.line().is_some_and(|line| self.broken.contains(&line)) {
            self.found.borrow_mut().push(mistake);
        }
    }
}

/// A secret and its place in the config.
#[derive(Debug, Clone)]
pub struct Placed {
    pub value: Secret<String>,
    /// `provider.uni.client_secret_file (uni.secret)`: for messages.
    pub place: String,
}

fn contents(path: &Path) -> Result<Vec<u8>, Fault> {
    match text_file::bytes(path) {
        Ok(bytes) if bytes.is_empty() => Err(empty(path)),
        Ok(bytes) => Ok(bytes),
        Err(why) => Err(unread(path, &why)),
    }
}

/// The text of a file that holds nothing else.
fn text_in(path: &Path) -> Result<String, Fault> {
    let text = text_file::decoded(contents(path)?).map_err(|why| unread(path, &why))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err(empty(path)) } else { Ok(text.to_owned()) }
}

/// What is odd about a secret that was probably written otherwise than meant. Says no word of it (security rule C56).
fn odd_secret(secret: &str) -> Option<(&'static str, &'static str)> {
    if secret.contains(['\n', '\r']) {
        Some((
            "several lines, and all of them together are taken as the secret",
            "leave the secret alone in it, on one line",
        ))
    } else if secret.trim() != secret {
        Some((
            "a space before or after the secret, and the space is taken as a part of it",
            "take it out, unless it is meant",
        ))
    } else if let [first @ ('"' | '\''), _, .., last] = secret.chars().collect::<Vec<_>>().as_slice()
        && first == last
    {
        Some((
            "quotation marks around the secret, and they are taken as a part of it",
            "take them out, unless they are meant; env files of containers keep them",
        ))
    } else if secret.chars().any(is_unseen) {
        Some((
            "a character that nobody sees, such as a zero-width space, and it is taken as a part of the secret",
            "write the secret anew without it",
        ))
    } else {
        None
    }
}

fn unread(path: &Path, why: &NotText) -> Fault {
    let fault = Fault::new(match why {
        // C56: what names no file may be the secret itself, in place of a path.
        NotText::Missing | NotText::Io(_) => format!("names a file that {why}"),
        NotText::Folder
        | NotText::Denied
        | NotText::Special
        | NotText::TooLarge
        | NotText::Binary { .. }
        | NotText::Utf16
        | NotText::Encoding { .. } => {
            format!("names {}, which {why}", path.display())
        }
    });
    match why {
        NotText::Missing => fault.fix("write the path of a file that is there, relative to the config's folder"),
        NotText::Folder => fault.fix("name a file in it"),
        NotText::Special | NotText::TooLarge => fault.fix("name a file that holds this alone"),
        NotText::Denied => fault.fix("let the user that runs Vestibule read it"),
        NotText::Binary { .. } => fault.fix("write a secret as text, such as `openssl rand -base64 32` prints"),
        NotText::Utf16 | NotText::Encoding { .. } => fault.fix("save it in UTF-8"),
        NotText::Io(_) => fault.fix("see that its disk is there, and in order"),
    }
}

fn empty(path: &Path) -> Fault {
    Fault::new(format!("names {}, which is empty", path.display()))
}

/// The one of `known` that was probably meant: of the similar ones, the one with the fewest letters to change.
pub(super) fn nearest<'k>(found: &str, known: impl Iterator<Item = &'k str>) -> Option<&'k str> {
    let small = found.to_lowercase();
    let likeness = |word: &str| strsim::jaro_winkler(&word.to_lowercase(), &small);
    let near = known.filter(|word| likeness(word) >= 0.8);
    near.min_by_key(|word| strsim::osa_distance(&word.to_lowercase(), &small))
}
