//! Reads sections of the config file. Each part asks for its keys by name. A mistake is noted, and reading goes on.

mod json;
mod named_tables;
mod section;
mod tree;
mod unknown_keys;
mod unquoted_value;
mod values;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

pub use json::json_object;
pub(super) use named_tables::list_named_tables;
pub use section::{Section, WrittenKeys};
pub use tree::Node;
use tree::start_of_table;
pub(super) use tree::{Table, Value, parse};
use unknown_keys::{ClosedSection, Explanation, UnknownKey};
pub(super) use unquoted_value::nearest_key;
pub use values::{
    Fault, Read, alternatives, boolean, duration, exact_address, integer, list, non_empty_list, one_of, one_or_more,
    parsed, text, unknown_word, web_address,
};

use super::mistakes::Mistake;
use crate::base::invisible::is_invisible;
use crate::base::secret::Secret;
use crate::base::text_file::{self, TextFileError};

/// The file that is being read, and its mistakes so far.
pub(super) struct Reader {
    file: PathBuf,
    /// Paths in the file are relative to this folder.
    folder: PathBuf,
    mistakes: RefCell<Vec<Mistake>>,
    /// Required keys that are missing.
    missing: RefCell<Vec<Mistake>>,
    /// The tables that were read completely, inner tables before outer ones.
    closed: RefCell<Vec<ClosedSection>>,
    unknown_keys: RefCell<Vec<UnknownKey>>,
    /// The right keys in place of those that are probably misspelt or misplaced. They are not also reported as missing.
    intended_keys: RefCell<BTreeSet<String>>,
    /// Lines that are not TOML. Mistakes that follow from them are not reported.
    broken_lines: BTreeSet<usize>,
    /// The line where the table of the first broken line begins. Mistakes from here on may follow from the broken line.
    unknown_from: Option<usize>,
    secret_files: RefCell<BTreeSet<PathBuf>>,
    /// Keys of the file whose value is a secret.
    secrets_inline: RefCell<Vec<String>>,
    /// Valid values that may be a mistake.
    warnings: RefCell<Vec<Mistake>>,
}

impl Reader {
    pub(super) fn new(file: &Path, text: &str, broken: Vec<Mistake>) -> Self {
        let absolute = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        Self {
            file: file.to_owned(),
            folder: absolute.parent().map(Path::to_owned).unwrap_or_default(),
            broken_lines: broken.iter().filter_map(Mistake::line).collect(),
            unknown_from: broken.iter().filter_map(Mistake::line).min().map(|line| start_of_table(text, line)),
            mistakes: RefCell::new(broken),
            missing: RefCell::default(),
            closed: RefCell::default(),
            unknown_keys: RefCell::default(),
            intended_keys: RefCell::default(),
            secret_files: RefCell::default(),
            secrets_inline: RefCell::default(),
            warnings: RefCell::default(),
        }
    }

    pub(super) fn root<'r>(&'r self, table: &'r Table) -> Section<'r> {
        Section::root(self, table)
    }

    /// All mistakes, with those of the environment.
    ///
    /// If a line is not TOML, it may be the only cause of other mistakes in its table, of those after it, of missing
    /// keys and of mistakes of the environment. These are left out until the line is fixed.
    pub(super) fn into_mistakes(self, environment: Vec<Mistake>) -> Vec<Mistake> {
        self.explain_unknown_keys();
        let (mut found, intended) = (self.mistakes.into_inner(), self.intended_keys.into_inner());
        if let Some(first) = self.unknown_from {
            found
                .retain(|mistake| mistake.line().is_some_and(|line| line < first || self.broken_lines.contains(&line)));
        } else {
            found.extend(environment);
            let misspelt = |path: &str| {
                let within =
                    |outer: &String| path.strip_prefix(outer.as_str()).is_some_and(|rest| rest.starts_with('.'));
                intended.contains(path) || intended.iter().any(within)
            };
            found.extend(self.missing.into_inner().into_iter().filter(|missing| !misspelt(&missing.path())));
        }
        found
    }

    /// The keys that the table `name` may have; `None` if it was not read to its end.
    pub(super) fn keys_of(&self, name: &str) -> Option<BTreeSet<String>> {
        self.closed.borrow().iter().find(|section| section.name == name).map(|section| section.keys.clone())
    }

    fn explain_unknown_keys(&self) {
        let closed = self.closed.borrow();
        for unknown in self.unknown_keys.borrow().iter() {
            let Some(section) = closed.get(unknown.section) else { continue };
            let Explanation { what, fix, intended } = unknown.explain(section, &closed);
            self.intended_keys.borrow_mut().extend(intended);
            self.note(Mistake {
                file: self.file.clone(),
                place: unknown.place.clone(),
                section: section.name.clone(),
                key: Some(unknown.key.clone()),
                what,
                fix: Some(fix),
            });
        }
    }

    pub(super) fn note(&self, mistake: Mistake) {
        if !mistake.line().is_some_and(|line| self.broken_lines.contains(&line)) {
            self.mistakes.borrow_mut().push(mistake);
        }
    }
}

/// A secret and its place in the config.
#[derive(Debug, Clone)]
pub struct ConfigSecret {
    pub value: Secret<String>,
    /// `provider.uni.client_secret_file (uni.secret)`: for messages.
    pub place: String,
}

fn contents(path: &Path) -> Result<Vec<u8>, Fault> {
    match text_file::read_bytes(path) {
        Ok(bytes) if bytes.is_empty() => Err(empty(path)),
        Ok(bytes) => Ok(bytes),
        Err(why) => Err(unreadable(path, &why)),
    }
}

/// The text of a file that holds nothing else.
fn text_of_file(path: &Path) -> Result<String, Fault> {
    let text = text_file::decode(contents(path)?).map_err(|why| unreadable(path, &why))?;
    let text = text.trim_end_matches(['\r', '\n']);
    if text.is_empty() { Err(empty(path)) } else { Ok(text.to_owned()) }
}

/// What looks wrong about a secret, and the fix. Quotes nothing of the secret (security rule C56).
fn suspicious_secret(secret: &str) -> Option<(&'static str, &'static str)> {
    if secret.contains(['\n', '\r']) {
        Some((
            "several lines, and all of them together count as the secret",
            "leave only the secret in it, on one line",
        ))
    } else if secret.trim() != secret {
        Some(("a space before or after the secret, which counts as a part of it", "remove it, unless it is intended"))
    } else if let [first @ ('"' | '\''), _, .., last] = secret.chars().collect::<Vec<_>>().as_slice()
        && first == last
    {
        Some((
            "quotation marks around the secret, which count as a part of it",
            "remove them, unless they are intended; env files of containers keep them",
        ))
    } else if secret.chars().any(is_invisible) {
        Some((
            "an invisible character, such as a zero-width space, which counts as a part of the secret",
            "write the secret again without it",
        ))
    } else {
        None
    }
}

fn unreadable(path: &Path, why: &TextFileError) -> Fault {
    let fault = Fault::new(match why {
        // C56: a value that names no file may be the secret itself, written in place of a path.
        TextFileError::Missing | TextFileError::UnusablePath(_) | TextFileError::Io(_) => {
            format!("names a file that {why}")
        }
        TextFileError::Folder
        | TextFileError::Denied
        | TextFileError::Special
        | TextFileError::TooLarge
        | TextFileError::Binary { .. }
        | TextFileError::Utf16
        | TextFileError::Encoding { .. } => {
            format!("names {}, which {why}", path.display())
        }
    });
    match why {
        TextFileError::Missing => fault.fix("write the path of a file that exists, relative to the config's folder"),
        TextFileError::Folder => fault.fix("name a file in it"),
        TextFileError::Special | TextFileError::TooLarge => fault.fix("name a file that holds only this"),
        TextFileError::Denied => fault.fix("let the user that runs Vestibule read it"),
        TextFileError::Binary { .. } => {
            fault.fix("write a secret as text, such as `openssl rand -base64 32` prints, and a private key in PEM")
        }
        TextFileError::Utf16 | TextFileError::Encoding { .. } => fault.fix("save it in UTF-8"),
        TextFileError::UnusablePath(_) => fault.fix("write another path"),
        TextFileError::Io(_) => fault.fix("check its disk"),
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
