//! `vestibule user import`: makes accounts for people of another system, with the hashes of their passwords.

mod csv;
mod json;
mod json_value;
mod keycloak;
mod list;

use std::collections::HashMap;
use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;

use serde::Serialize;

use super::super::admin_command::{AdminCommand, CommandError, IfNoDatabase, with_fix};
use crate::accounts::{EntryPosition, EntryProblem, IfExists, ImportMode, ImportReport, RefusedEntry};
use crate::base::ids::Group;
use crate::base::text_file::{self, TextFileError};
use crate::cli::console::{clear_progress, show_progress};
use crate::passwords::foreign::{is_hash, recognise};
use list::List;

/// Make accounts for all people in a list, with the hashes of their passwords
///
/// Each account is made as by `vestibule user add`. People sign in with the passwords they know; at the first sign-in,
/// each password is hashed again with argon2id. An entry is refused, with the reason, if its hash is invalid or
/// protects no password; the other entries are imported. Supported are argon2, bcrypt, scrypt, PBKDF2, yescrypt,
/// SHA-crypt, MD5-crypt, {SSHA}, {SSHA256} and {SSHA512}, as crypt(3), LDAP servers, Dovecot, Django, Werkzeug,
/// Passlib, Nextcloud, Keycloak and Galène write them. A bcrypt hash covers only the first 72 bytes of a password, so
/// a longer one never matches it: give these people a new password.
///
/// To continue an interrupted import, give the same list again: accounts that already have the same hash are skipped.
/// With `--replace`, they join the groups of the list.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Import {
    #[command(flatten)]
    command: AdminCommand,
    /// The list: CSV with a header, a JSON array, JSON objects, or a Keycloak export; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Check the whole list and report what an import would do, without writing anything
    #[arg(long)]
    dry_run: bool,
    /// Set the passwords and add the groups of the list for accounts that exist; if a password changes, the account's
    /// sessions end
    #[arg(long)]
    replace: bool,
}

const EXAMPLES: &str = r#"Lists:
  name,hash,groups
  grace,$2y$10$…,staff;tutors
  ada,{SSHA}…,

  [{"name": "grace", "hash": "$2y$10$…", "groups": ["staff", "tutors"]}]

  In CSV, semicolons separate several groups; in JSON, groups are a list.
  A hash may be an object, as in Galène's group files: "hash": {"type": "pbkdf2", …}. Other columns are not read.

Examples:
  vestibule user import people.csv --dry-run
  vestibule user import people.csv
  vestibule user import x-realm.json         after: kc.sh export --realm x --file x-realm.json
  awk -F: 'BEGIN {print "name,hash"} {print $1 ",\"" $2 "\""}' .htpasswd | vestibule user import -
      the same works for Dovecot's passwd-file
  getent shadow | awk -F: 'BEGIN {print "name,hash"} $2 ~ /^\$/ {print $1 "," $2}' | vestibule user import -

  (printf 'name\thash\n'; mysql -NBe 'SELECT username, password FROM users' mail) | vestibule user import -

The exit status is 1 if anything was refused."#;

/// Entries in one transaction: few enough not to delay people who sign in meanwhile.
const BATCH: usize = 200;

/// The result of an import.
#[derive(Debug, Serialize)]
struct Report {
    dry_run: bool,
    made: u64,
    replaced: u64,
    joined: u64,
    unchanged: u64,
    refused: Vec<RefusedRow>,
    schemes: HashMap<&'static str, u64>,
    /// Columns that are not used here.
    not_read: Vec<String>,
    /// Why the import did not reach the end of the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    broken_off: Option<String>,
}

/// An entry that was refused, and why.
#[derive(Debug, Serialize)]
struct RefusedRow {
    #[serde(flatten)]
    place: EntryPosition,
    name: Option<String>,
    why: String,
}

impl RefusedRow {
    fn new(RefusedEntry { place, name, problem }: RefusedEntry) -> Self {
        let why = match &problem {
            EntryProblem::Exists(_) => format!("{problem}; --replace gives it the password of the list"),
            _ => problem.to_string(),
        };
        Self { place, name, why }
    }
}

impl Import {
    pub fn run(&self) -> ExitCode {
        self.command.run_with_status(
            if self.dry_run { IfNoDatabase::UseTemporary } else { IfNoDatabase::Make },
            async |context| {
                let passwords = context.local_passwords()?;
                let List { entries, unreadable, not_read } = read(&self.text()?)?;
                let run = if self.dry_run { ImportMode::DryRun } else { ImportMode::Write };
                let if_exists = if self.replace { IfExists::ReplacePassword } else { IfExists::Refuse };
                let mut import = context.accounts.import(&context.actor, &passwords, if_exists, run);
                for (place, problem) in unreadable {
                    import.refuse(place, None, problem);
                }
                let (all, mut broken_off) = (entries.len(), None);
                for (batch, some) in entries.chunks(BATCH).enumerate() {
                    show_progress(batch * BATCH, all);
                    if let Err(why) = import.take(some).await {
                        broken_off = Some(with_fix(why).to_string());
                        break;
                    }
                }
                clear_progress();
                // If the columns are swapped, a hash or a password may stand in place of the groups.
                let with_hash = entries.iter().filter(|entry| recognise(&entry.hash).is_ok());
                let groups = with_hash.flat_map(|entry| &entry.groups).filter(|group| !is_hash(group));
                let groups: Vec<_> = groups.map(|it| Group::from(it.as_str())).collect();
                context.warn_of_unknown_groups(&groups).await?;
                let done = match import.end().await {
                    Ok(done) => done,
                    Err((done, why)) => {
                        broken_off.get_or_insert(with_fix(why).to_string());
                        done
                    }
                };
                let ImportReport { made, replaced, joined, unchanged, refused, schemes } = done;
                let refused = refused.into_iter().map(RefusedRow::new).collect();
                let dry_run = self.dry_run;
                Ok(Report { dry_run, made, replaced, joined, unchanged, refused, schemes, not_read, broken_off })
            },
            to_text,
            |report: &Report| match (&report.broken_off, report.refused.as_slice()) {
                (None, []) => ExitCode::SUCCESS,
                (Some(_), _) | (_, [_, ..]) => ExitCode::FAILURE,
            },
        )
    }

    fn text(&self) -> Result<String, CommandError> {
        if self.file.as_os_str() == "-" {
            let mut bytes = Vec::new();
            std::io::stdin()
                .read_to_end(&mut bytes)
                .map_err(|why| format!("standard input {}", TextFileError::from(why)))?;
            let unpack = unpacked_by(&bytes);
            return text_file::decode_each(bytes).map_err(|why| match unpack {
                Some(unpack) => format!("standard input is compressed; unpack it first: {unpack}").into(),
                None => format!("standard input {why}").into(),
            });
        }
        // Read once: a pipe can't be read again, and a file may be replaced meanwhile.
        let read = text_file::read_to_end(&self.file);
        let unpack = read.as_ref().ok().and_then(|bytes| unpacked_by(bytes));
        read.and_then(text_file::decode_each).map_err(|why| {
            let shown = self.file.display();
            if let Some(unpack) = unpack {
                return format!("{shown} is compressed; unpack it first: {unpack}").into();
            }
            let fix = match &why {
                TextFileError::Missing | TextFileError::Folder | TextFileError::Special | TextFileError::TooLarge => {
                    "name the file with the list"
                }
                TextFileError::Denied => "let this user read it, or pipe it to standard input, with - as FILE",
                TextFileError::Utf16 | TextFileError::Encoding { .. } => "save it in UTF-8",
                TextFileError::Binary { .. } => "save it as CSV or JSON",
                TextFileError::UnusablePath(_) => "write another path",
                TextFileError::Io(_) => "check its disk",
            };
            format!("{shown} {why}; {fix}").into()
        })
    }
}

/// The program that unpacks a file with these first bytes, if it is compressed.
fn unpacked_by(bytes: &[u8]) -> Option<&'static str> {
    let formats: [(&[u8], &str); 4] =
        [(b"\x1f\x8b", "gunzip"), (b"\x28\xb5\x2f\xfd", "unzstd"), (b"\xfd7zXZ", "unxz"), (b"BZh", "bunzip2")];
    formats.into_iter().find(|(first, _)| bytes.starts_with(first)).map(|(_, program)| program)
}

fn to_text(report: &Report) -> String {
    let Report { dry_run, made, replaced, joined, unchanged, refused, schemes, not_read, broken_off } = report;
    let mut lines: Vec<String> = Vec::new();
    for refused in refused {
        let name = refused.name.as_ref().map_or_else(String::new, |name| format!(", \"{name}\""));
        lines.push(format!("{}{name}: {}", refused.place, refused.why));
    }
    if !not_read.is_empty() {
        let is_groups = |name: &String| ["group", "role", "roles"].contains(&name.as_str());
        let hint = if not_read.iter().any(is_groups) { " The column with groups has to be called groups." } else { "" };
        lines.push(format!("Not used: {}.{hint}", not_read.join(", ")));
    }
    let mut schemes: Vec<_> = schemes.iter().map(|(scheme, count)| format!("{count} by {scheme}")).collect();
    schemes.sort();
    if !schemes.is_empty() {
        lines.push(format!("Hashed: {}.", schemes.join(", ")));
    }
    if let Some(why) = broken_off {
        lines.push(format!("Interrupted: {why}. What was imported stays; give the same list again for the rest."));
    }
    let would = if *dry_run { "Would be: " } else { "" };
    let refused = refused.len();
    lines.push(format!(
        "{would}{made} made, {replaced} given another password, {joined} added to groups, {unchanged} as before, \
         {refused} refused."
    ));
    lines.join("\n")
}

/// Reads a list in any format.
///
/// # Errors
/// When nothing of it can be read.
fn read(text: &str) -> Result<List, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut list = match text.trim_start().chars().next() {
        None => Err("the list is empty".into()),
        Some('[' | '{') => json::read(text),
        Some(_) => csv::read(text),
    }?;
    list.refuse_broken();
    Ok(list)
}

#[cfg(test)]
mod tests;
