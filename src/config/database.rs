//! `[database]`: a file, or the address of a PostgreSQL server.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use url::Url;

use super::certificates::holds_certificate;
use super::reader::{Fault, Section, one_of};
use crate::base::invisible::is_invisible;
use crate::base::secret::{Secret, constant_time_eq};
use crate::base::text_file::{self, TextFileError};

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

/// The parameters of an address. The driver ignores others without a warning.
const PARAMETERS: [&str; 18] = [
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "statement-cache-capacity",
    "options",
];
/// The parameters whose empty value means none.
const MAY_BE_EMPTY: [&str; 2] = ["application_name", "options"];
const SSL_MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// An address of PostgreSQL, as written. A password with a reserved character in it is refused: the rest of the
/// password would count as the host or the database, which messages show.
fn postgres(url: &str) -> Result<String, Fault> {
    if !url.contains("://") {
        return Err(Fault::new("must begin with postgres://").fix(POSTGRES_FORM));
    }
    let encode = |what: String| {
        Fault::new(what).fix(
            "in the user and the password, write %23 for #, %40 for @, %3A for :, %2F for /, %3F for ? and %25 for %",
        )
    };
    if url.contains('#') {
        return Err(encode("holds a #, which ends an address".into()));
    }
    // libpq lets the host be left out after a user: postgres://user@/database?host=/run/postgresql
    let authority = url.find("://").map_or(0, |at| at + 3);
    let end = url.get(authority..).and_then(|rest| rest.find(['/', '?'])).map_or(url.len(), |at| authority + at);
    let url = match (url.get(..end), url.get(end..)) {
        (Some(before), Some(after)) if before.ends_with('@') => format!("{before}localhost{after}"),
        _ => url.to_owned(),
    };
    let parsed = Url::parse(&url).map_err(|why| match why {
        // Without an @ after it, this is not a piece of a password.
        url::ParseError::InvalidPort if !url.get(end..).is_some_and(|rest| rest.contains('@')) => {
            Fault::new("has a port that is not a number from 0 to 65535").fix("write HOST:5432, or leave the port out")
        }
        why => encode(format!("is not an address: {why}")),
    })?;
    if parsed.path().contains('@') || parsed.query().is_some_and(|query| query.contains('@')) {
        return Err(encode("holds an @ after the host".into()));
    }
    let encoded = [parsed.username(), parsed.password().unwrap_or_default(), parsed.path()];
    if encoded.into_iter().any(|part| !is_well_encoded(part)) {
        return Err(encode("holds a % that is not part of percent-encoded UTF-8".into()));
    }
    for (name, value) in parsed.query_pairs() {
        let known = PARAMETERS.contains(&&*name) || name.starts_with("options[");
        let fault = match &*name {
            _ if !known => Fault::new("has a parameter after its ? that is not known")
                .fix(format!("it may be {}; in a password, write %3F for ?", PARAMETERS.join(", "))),
            "sslmode" | "ssl-mode" if !SSL_MODES.contains(&&*value) => Fault::new("has an sslmode that is not known")
                .fix(format!("it may be {}; in a password, write %3F for ?", SSL_MODES.join(", "))),
            "port" if value.parse::<u16>().is_err() => Fault::new("has a port that is not a number from 0 to 65535")
                .fix("write port=5432, or leave it out; in a password, write %3F for ?"),
            // In place of an empty value, libpq uses its default, and the driver the empty value.
            name if value.trim().is_empty() && !MAY_BE_EMPTY.contains(&name) && !name.starts_with("options[") => {
                Fault::new(format!("has an empty {name} after its ?"))
                    .fix(format!("write a value after {name}=, or leave it out; in a password, write %3F for ?"))
            }
            "hostaddr" if value.parse::<IpAddr>().is_err() && !value.contains(',') => {
                Fault::new("has a hostaddr that is not an IP address")
                    .fix("write the name as host=; in a password, write %3F for ?")
            }
            "statement-cache-capacity" if value.parse::<usize>().is_err() => {
                Fault::new("has a statement-cache-capacity that is not a number")
                    .fix("write 100, or leave it out; in a password, write %3F for ?")
            }
            "sslrootcert" | "ssl-root-cert" | "ssl-ca" | "sslcert" | "ssl-cert" | "sslkey" | "ssl-key"
                if !value.starts_with("-----BEGIN") =>
            {
                match tls_file_fault(&name, Path::new(&*value)) {
                    Some(fault) => fault,
                    None => continue,
                }
            }
            _ => continue,
        };
        return Err(fault);
    }
    let has = |wanted: &str| parsed.query_pairs().any(|(name, value)| name == wanted && !value.is_empty());
    let has_comma = |wanted: &str| parsed.query_pairs().any(|(name, value)| name == wanted && value.contains(','));
    let names_host = parsed.host_str().is_some_and(|host| !host.is_empty()) || has("host") || has("hostaddr");
    if parsed.host_str().is_some_and(|host| host.contains(',')) || has_comma("host") || has_comma("hostaddr") {
        return Err(Fault::new("names several hosts").fix("name one: the driver does not try others"));
    }
    if !names_host && parsed.path().trim_matches('/').is_empty() && !has("dbname") {
        return Err(Fault::new("names neither a host nor a database").fix(POSTGRES_FORM));
    }
    Ok(url)
}

const POSTGRES_FORM: &str = "write \"postgres://USER:PASSWORD@HOST/DATABASE\"";

/// What is wrong with a file that a parameter names. Without its path, which may be a piece of a password.
fn tls_file_fault(name: &str, path: &Path) -> Option<Fault> {
    let fault = |what: &dyn fmt::Display| Fault::new(format!("names a file by {name} that {what}"));
    match text_file::read_bytes(path) {
        Ok(file) if name.ends_with("key") || holds_certificate(&file) => None,
        Ok(_) => Some(
            fault(&"holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----")
                .fix("name another file, or convert one in DER by `openssl x509 -inform der`"),
        ),
        Err(why) => Some(fault(&why).fix(match &why {
            TextFileError::Missing if path.is_relative() => "write its absolute path",
            TextFileError::Missing => "name a file that exists; in a password, write %3F for ?",
            TextFileError::Folder => "name the file in it",
            TextFileError::Denied => "let the user that runs Vestibule read it",
            TextFileError::UnusablePath(_) => "write another path",
            TextFileError::Io(_) => "check its disk",
            TextFileError::Special
            | TextFileError::TooLarge
            | TextFileError::Utf16
            | TextFileError::Encoding { .. }
            | TextFileError::Binary { .. } => "name a file that holds only this",
        })),
    }
}

fn holds_password(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password"))
}

/// Percent-encoding that spells UTF-8.
fn is_well_encoded(part: &str) -> bool {
    let behind: Vec<&str> = part.split('%').skip(1).collect();
    let hexadecimal = |rest: &&str| rest.get(..2).is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
    behind.iter().all(hexadecimal) && percent_encoding::percent_decode_str(part).decode_utf8().is_ok()
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
