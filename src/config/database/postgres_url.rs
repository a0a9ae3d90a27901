//! The address of a PostgreSQL server, checked before the driver reads it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;
use std::path::Path;

use url::Url;

use crate::base::text_file::{self, TextFileError};
use crate::config::certificates::holds_certificate;
use crate::config::reader::Fault;

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
pub(super) fn postgres(url: &str) -> Result<String, Fault> {
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
    if parsed.as_str().contains("%00") {
        return Err(Fault::new("holds %00, a byte that PostgreSQL accepts nowhere").fix("leave it out"));
    }
    check_parameters(&parsed)?;
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

fn check_parameters(url: &Url) -> Result<(), Fault> {
    let mut given = BTreeSet::new();
    for (name, value) in url.query_pairs() {
        if let Some(fault) = parameter_fault(&name, &value) {
            return Err(fault);
        }
        // The driver adds up several `options`. Of any other parameter, it takes the last value.
        let setting = setting(&name);
        if name != "options" && !given.insert(setting.to_owned()) {
            let shown = if name.starts_with("options[") { "the same options[…]" } else { setting };
            return Err(Fault::new(format!("has several values for {shown} after its ?"))
                .fix("keep one; in a password, write %3F for ?"));
        }
    }
    Ok(())
}

/// What a parameter sets, whichever of its names is used.
fn setting(name: &str) -> &str {
    match name {
        "ssl-mode" => "sslmode",
        "ssl-root-cert" | "ssl-ca" => "sslrootcert",
        "ssl-cert" => "sslcert",
        "ssl-key" => "sslkey",
        // The driver has one host, and takes either as the host.
        "host" | "hostaddr" => "host or hostaddr",
        name => name,
    }
}

/// What is wrong with a parameter. Quotes neither an unknown name nor a value, which may be a piece of a password.
fn parameter_fault(name: &str, value: &str) -> Option<Fault> {
    let option = name.strip_prefix("options[");
    let fault = match name {
        // The driver ignores it.
        _ if option.is_some_and(|rest| !is_option_name(rest)) => {
            Fault::new("has a parameter that begins with options[ and does not end with the name of a setting and ]")
                .fix("write options[NAME]=VALUE; in a password, write %3F for ?")
        }
        _ if option.is_none() && !PARAMETERS.contains(&name) => {
            Fault::new("has a parameter after its ? that is not known")
                .fix(format!("it may be {}; in a password, write %3F for ?", PARAMETERS.join(", ")))
        }
        "sslmode" | "ssl-mode" if !SSL_MODES.contains(&value) => Fault::new("has an sslmode that is not known")
            .fix(format!("it may be {}; in a password, write %3F for ?", SSL_MODES.join(", "))),
        "port" if value.parse::<u16>().is_err() => Fault::new("has a port that is not a number from 0 to 65535")
            .fix("write port=5432, or leave it out; in a password, write %3F for ?"),
        // In place of an empty value, libpq uses its default, and the driver the empty value.
        name if value.trim().is_empty() && !MAY_BE_EMPTY.contains(&name) && option.is_none() => {
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
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" if value == "system" => Fault::new(format!(
            "has {name}=system, which only libpq knows"
        ))
        .fix("write sslmode=verify-full, and name the system's file: sslrootcert=/etc/ssl/certs/ca-certificates.crt"),
        "sslrootcert" | "ssl-root-cert" | "ssl-ca" | "sslcert" | "ssl-cert" | "sslkey" | "ssl-key"
            if !value.starts_with("-----BEGIN") =>
        {
            return tls_file_fault(name, Path::new(value));
        }
        _ => return None,
    };
    Some(fault)
}

/// The rest of `options[NAME]`: the name of one of the server's settings, which may have a prefix and a dot.
fn is_option_name(rest: &str) -> bool {
    let fits = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.'));
    rest.strip_suffix(']').is_some_and(|name| !name.is_empty() && fits(name))
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

/// Percent-encoding that spells UTF-8.
fn is_well_encoded(part: &str) -> bool {
    let behind: Vec<&str> = part.split('%').skip(1).collect();
    let hexadecimal = |rest: &&str| rest.get(..2).is_some_and(|two| two.bytes().all(|byte| byte.is_ascii_hexdigit()));
    behind.iter().all(hexadecimal) && percent_encoding::percent_decode_str(part).decode_utf8().is_ok()
}
