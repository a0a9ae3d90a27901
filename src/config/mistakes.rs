//! The mistakes of a config, each with its place and how to fix it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Where a mistake is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MistakePlace {
    /// The file as a whole.
    File,
    /// Line and column of the file, each counted from 1; columns in characters.
    Line { line: usize, column: usize },
    /// An environment variable.
    Variable(String),
}

/// One mistake, for the operator. It never holds the value of a secret (security rule C56).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    pub file: PathBuf,
    pub place: MistakePlace,
    /// `provider.uni`; empty for the file itself.
    pub section: String,
    pub key: Option<String>,
    pub what: String,
    pub fix: Option<String>,
}

impl Mistake {
    /// `provider.uni.client_id`.
    #[must_use]
    pub fn path(&self) -> String {
        let parts = [Some(self.section.as_str()).filter(|section| !section.is_empty()), self.key.as_deref()];
        parts.into_iter().flatten().collect::<Vec<_>>().join(".")
    }

    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self.place {
            MistakePlace::Line { line, .. } => Some(line),
            MistakePlace::File | MistakePlace::Variable(_) => None,
        }
    }
}

/// ``vestibule.toml:12: [provider.uni] unknown key `clientid`; did you mean `client_id`?``
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            MistakePlace::File => write!(f, "{}: ", self.file.display())?,
            MistakePlace::Line { line, .. } => write!(f, "{}:{line}: ", self.file.display())?,
            MistakePlace::Variable(name) => write!(f, "{name}: ")?,
        }
        if !self.section.is_empty() {
            write!(f, "[{}] ", self.section)?;
        }
        f.write_str(&self.what)?;
        self.fix.as_ref().map_or(Ok(()), |fix| write!(f, "; {fix}"))
    }
}

/// Every mistake of one config, in the order of the file; those of the environment come last.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n"))]
pub struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// In order, and each once: two parts may have read the same key.
    pub(super) fn sorted(mut found: Vec<Mistake>) -> Self {
        found.sort_by(|one, other| one.place.cmp(&other.place));
        let mut unique: Vec<Mistake> = Vec::new();
        for mistake in found {
            if !unique.contains(&mistake) {
                unique.push(mistake);
            }
        }
        Self(unique)
    }

    /// The only mistake: the file as a whole can't be used.
    pub(super) fn of_file(file: &Path, what: String, fix: String) -> Self {
        let (file, fix) = (file.to_owned(), Some(fix));
        Self(vec![Mistake { file, place: MistakePlace::File, section: String::new(), key: None, what, fix }])
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Mistake> {
        self.0.iter()
    }
}

impl<'m> IntoIterator for &'m Mistakes {
    type Item = &'m Mistake;
    type IntoIter = std::slice::Iter<'m, Mistake>;
    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
