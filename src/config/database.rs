//! `[database]`: a file, or the address of a PostgreSQL server.

mod postgres_url;

use std::fmt;
use std::path::PathBuf;

use url::Url;

use self::postgres_url::postgres;
use super::reader::{Fault, Section, one_of};
use crate::base::invisible::is_invisible;
use crate::base::secret::{Secret, constant_time_eq};

/// Where the data is.
#[derive(Debug, Clone)]
pub enum DatabaseUrl {
    /// `path` is absolute.
    Sqlite { path: PathBuf, synchronous: Synchronous },
    /// The whole address. It may hold a password.
    Postgres(Secret<String>),
}

/// When SQLite has a commit on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Synchronous {
    /// Soon after. A power cut may lose the last moments, but does not damage the file.
    #[default]
    Normal,
    /// Before the answer goes out.
    Full,
}

impl DatabaseUrl {
    /// When a commit is on disk, if the config decides that.
    #[must_use]
    pub const fn synchronous(&self) -> Option<Synchronous> {
        match self {
            Self::Sqlite { synchronous, .. } => Some(*synchronous),
            Self::Postgres(_) => None,
        }
    }

    /// Whether both lead to the same database in the same way, with the same user and password.
    #[must_use]
    pub fn has_same_address(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Sqlite { path, .. }, Self::Sqlite { path: other, .. }) => path == other,
            (Self::Postgres(url), Self::Postgres(other)) => {
                constant_time_eq(url.expose().as_bytes(), other.expose().as_bytes())
            }
            (Self::Sqlite { .. }, Self::Postgres(_)) | (Self::Postgres(_), Self::Sqlite { .. }) => false,
        }
    }

    pub(super) fn read(section: &mut Section) -> Option<Self> {
        let folder = section.folder();
        let asked = section
            .optional("synchronous", one_of(&[("normal", Synchronous::Normal), ("full", Synchronous::Full)], &[]));
        let synchronous = asked.unwrap_or_default();
        let Some(placed) = section.possible_secret("url") else {
            if !section.has("url") && !section.has("url_file") {
                return Some(Self::Sqlite { path: folder.join("vestibule.db"), synchronous });
            }
            return None;
        };
        let url = placed.value.expose();
        let key = if section.has("url") { "url" } else { "url_file" };
        // No message repeats the address: it may hold a password (security rule C56).
        let wrong = |fault: Fault| {
            section.note_fault(key, fault);
            None
        };
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                "" | ":memory:" => wrong(Fault::new("names no file").fix("write \"sqlite:vestibule.db\"")),
                path if path.contains(['?', '#']) => wrong(Fault::new("takes no parameters after the file's name")),
                path if path.trim() != path => wrong(
                    Fault::new("names a file whose name begins or ends with a space")
                        .fix("leave the space out; if there is such a file, rename it"),
                ),
                path if path.chars().any(is_invisible) => wrong(
                    Fault::new("names a file whose name holds an invisible character")
                        .fix("write the name again without it; if there is such a file, rename it"),
                ),
                path => Some(Self::Sqlite { path: folder.join(path), synchronous }),
            };
        }
        if !url.starts_with("postgres:") && !url.starts_with("postgresql:") {
            if let Some(fault) = quoting_fault(url) {
                return wrong(fault);
            }
            let must = Fault::new("must begin with sqlite: or postgres://");
            return wrong(must.fix("write \"sqlite:vestibule.db\" or \"postgres://user@host/database\""));
        }
        if asked.is_some() {
            let own = Fault::new("is for SQLite").fix("leave it out: PostgreSQL has its own `synchronous_commit`");
            section.note_fault("synchronous", own);
        }
        match postgres(url) {
            Ok(url) => {
                if holds_password(&url) {
                    section.record_inline_secret("url");
                    section.warn_of_suspicious_secret("url", &placed);
                }
                Some(Self::Postgres(Secret::new(url)))
            }
            Err(fault) => wrong(fault),
        }
    }
}

/// A space or a quotation mark before an address.
fn quoting_fault(url: &str) -> Option<Fault> {
    if url.trim_start() != url {
        return Some(Fault::new("begins with a space").fix("leave it out"));
    }
    url.starts_with(['"', '\''])
        .then(|| Fault::new("holds quotation marks within quotation marks").fix("keep one pair"))
}

fn holds_password(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password"))
}

/// Without the password, for messages.
impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite { path, .. } => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => match Url::parse(url.expose()) {
                Ok(url) => {
                    let parameter = |wanted| url.query_pairs().find(|(name, _)| name == wanted).map(|(_, value)| value);
                    let port = parameter("port").or_else(|| url.port().map(|port| port.to_string().into()));
                    let with_port = |before| port.map_or_else(String::new, |port| format!("{before}{port}"));
                    let (path, host) = (url.path(), url.host_str().unwrap_or_default());
                    match parameter("host") {
                        Some(host) => write!(f, "postgres://{path}?host={host}{}", with_port("&port=")),
                        None => write!(f, "postgres://{host}{}{path}", with_port(":")),
                    }
                }
                Err(_) => f.write_str("postgres://…"),
            },
        }
    }
}
