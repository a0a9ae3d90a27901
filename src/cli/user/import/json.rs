//! Lists in JSON: an array, objects one after the other, or what Keycloak exports.

use std::collections::BTreeSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::json_value::{JsonFault, next_value, parsed};
use super::keycloak;
use super::list::{EMAIL, GROUPS, HASHES, List, NAMES, groups};
use crate::accounts::{EntryPosition, EntryProblem, ListEntry};

/// Reads a list that begins with `[` or `{`.
///
/// # Errors
/// When an array is broken. Then none of its entries is imported.
pub fn read(text: &str) -> Result<List, String> {
    let mut found = CollectedEntries::default();
    let start = text.len() - text.trim_start().len();
    if text.get(start..).is_some_and(|text| text.starts_with('[')) {
        array(text, start + 1, &mut found)?;
    } else {
        objects(text, start, &mut found);
    }
    Ok(List { entries: found.entries, unreadable: found.unreadable, not_read: found.not_read.into_iter().collect() })
}

fn array(text: &str, start: usize, found: &mut CollectedEntries) -> Result<(), String> {
    let (mut at, mut lines, mut entry) = (start, Lines::of(text), 0);
    loop {
        at += separators(text, at);
        let rest = text.get(at..).unwrap_or_default();
        if let Some(rest) = rest.strip_prefix(']') {
            let more = rest.trim_start();
            if more.is_empty() {
                return Ok(());
            }
            let line = lines.at(text.len() - more.len());
            return Err(format!("line {line}: there is text after the array's end"));
        }
        let line = lines.at(at);
        if rest.is_empty() {
            return Err(format!("line {line}: the array has no closing ]; nothing of it was imported"));
        }
        let (value, length) = next_value(rest).map_err(|JsonFault { ahead, column }| {
            // Within the first line, the column counts from the value's beginning.
            let before =
                text.get(..at).and_then(|before| before.rsplit('\n').next()).map_or(0, |it| it.chars().count());
            let column = if ahead == 0 { before + column } else { column };
            format!("line {}, column {column}: this is not JSON; nothing of the list was imported", line + ahead)
        })?;
        entry += 1;
        found.add(EntryPosition::Entry { entry, line: Some(line) }, value);
        at += length;
    }
}

/// Objects one after the other, each on one line or on several. A broken object does not affect the others.
fn objects(text: &str, start: usize, found: &mut CollectedEntries) {
    let (mut at, mut lines) = (start, Lines::of(text));
    loop {
        at += separators(text, at);
        let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) else { return };
        let line = lines.at(at);
        let place = EntryPosition::Line(line);
        let fault = match next_value(rest) {
            Ok((value, length)) => {
                found.add(place, value);
                at += length;
                continue;
            }
            Err(fault) => fault,
        };
        // The next object begins on a line of its own, as far to the right as this one.
        let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |end| end + 1);
        let begins = format!("\n{}{{", text.get(line_start..at).unwrap_or_default());
        // For an object on one line, its line is enough.
        let no_object = match fault {
            JsonFault { ahead: 0, .. } => "it is not a JSON object".to_owned(),
            JsonFault { ahead, column } => {
                format!("it is not a JSON object: its fault is in line {}, column {column}", line + ahead)
            }
        };
        let why = if let Some(skipped) = rest.find(&begins) {
            at += skipped + 1;
            let last = lines.at(at) - 1;
            if last == line { no_object } else { format!("{no_object}; nothing was read from here to line {last}") }
        } else {
            at = text.len();
            let more = rest.trim_end().contains('\n');
            if more { format!("{no_object}; nothing was read from here on") } else { no_object }
        };
        found.unreadable.push((place, EntryProblem::Unreadable(why)));
    }
}

fn separators(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    rest.len() - rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace()).len()
}

/// Counts lines from the beginning, each once.
struct Lines<'t> {
    text: &'t str,
    line: u64,
    counted: usize,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self { text, line: 1, counted: 0 }
    }

    fn at(&mut self, at: usize) -> u64 {
        let passed = self.text.as_bytes().get(self.counted..at).unwrap_or_default();
        self.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.counted = self.counted.max(at);
        self.line
    }
}

#[derive(Default)]
struct CollectedEntries {
    entries: Vec<ListEntry>,
    unreadable: Vec<(EntryPosition, EntryProblem)>,
    not_read: BTreeSet<String>,
    /// How many people of an export were read so far.
    users: u64,
}

impl CollectedEntries {
    fn add(&mut self, place: EntryPosition, value: &RawValue) {
        match parsed(value) {
            Ok(value) => self.value(place, value),
            Err(why) => self.unreadable(place, &why),
        }
    }

    fn value(&mut self, place: EntryPosition, value: Value) {
        match value {
            Value::Object(mut object) if !NAMES.iter().any(|name| object.contains_key(*name)) => {
                match (object.remove("users"), object.contains_key("realm")) {
                    (Some(Value::Array(users)), _) if users.is_empty() => self.unreadable(of_realm(place), NO_USERS),
                    (Some(Value::Array(users)), _) => {
                        for user in users {
                            let place = self.next_user();
                            match user {
                                Value::Object(user) => self.object(place, user, Source::Keycloak),
                                _ => self.unreadable(place, "it is not a JSON object"),
                            }
                        }
                    }
                    (Some(Value::Object(users)), _) => {
                        for (name, user) in users {
                            let place = self.next_user();
                            match galene(place, name, user) {
                                Ok(entry) => self.entries.push(entry),
                                Err((name, why)) => {
                                    self.unreadable.push((place, EntryProblem::UnreadableNamed { name, why }));
                                }
                            }
                        }
                    }
                    (_, true) => self.unreadable(of_realm(place), NO_USERS),
                    (_, false) => self.object(place, object, Source::List),
                }
            }
            Value::Object(object) => self.object(place, object, Source::List),
            _ => self.unreadable(place, "it is not a JSON object"),
        }
    }

    fn next_user(&mut self) -> EntryPosition {
        self.users += 1;
        EntryPosition::Entry { entry: self.users, line: None }
    }

    fn unreadable(&mut self, place: EntryPosition, why: &str) {
        self.unreadable.push((place, EntryProblem::Unreadable(why.into())));
    }

    fn object(&mut self, place: EntryPosition, mut object: Map<String, Value>, source: Source) {
        match entry(place, &mut object, source) {
            Ok(entry) => {
                self.not_read.extend(object.into_iter().map(|(key, _)| key));
                self.entries.push(entry);
            }
            Err(problem) => self.unreadable.push((place, problem)),
        }
    }
}

/// Where an object comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    List,
    Keycloak,
}

const NO_USERS: &str =
    "it is a Keycloak realm without people; export it with them: kc.sh export --realm NAME --file FILE";

/// The place of a whole realm: people of realms are counted from 1, too.
fn of_realm(place: EntryPosition) -> EntryPosition {
    match place {
        EntryPosition::Entry { line: Some(line), .. } => EntryPosition::Line(line),
        EntryPosition::Entry { line: None, .. } | EntryPosition::Line(_) => place,
    }
}

/// A person in a Galène group file: `"users": {"grace": {"password": {…}, "permissions": "present"}}`.
fn galene(place: EntryPosition, name: String, user: Value) -> Result<ListEntry, (String, String)> {
    let password = match user {
        Value::Object(mut user) => user.remove("password"),
        _ => None,
    };
    match password {
        Some(hash @ Value::Object(_)) => {
            Ok(ListEntry { place, name, hash: hash.to_string(), groups: Vec::new(), email: None })
        }
        Some(Value::String(_)) => Err((name, "its \"password\" is in plain text: choose a new one".to_owned())),
        Some(_) | None => Err((name, "it has no \"password\" in this Galène group file".to_owned())),
    }
}

fn entry(place: EntryPosition, object: &mut Map<String, Value>, source: Source) -> Result<ListEntry, EntryProblem> {
    let take = |object: &mut Map<String, Value>, names: &[&str]| names.iter().find_map(|name| object.remove(*name));
    let keys = keys_of(object);
    let name = match take(object, &NAMES) {
        Some(Value::String(name)) => name,
        // The number of a person, as many universities have it.
        Some(Value::Number(number)) if number.is_u64() => number.to_string(),
        Some(_) => {
            return Err(EntryProblem::Unreadable("its \"name\" is neither a text nor a whole number".into()));
        }
        None => return Err(EntryProblem::Unreadable(format!("it has no \"name\" or \"username\"; {keys}"))),
    };
    let marks = ["credentials", "createdTimestamp", "serviceAccountClientId", "realmRoles", "requiredActions"];
    let of_keycloak = source == Source::Keycloak || marks.iter().any(|mark| object.contains_key(*mark));
    let hash = match take(object, &HASHES) {
        Some(Value::String(hash)) => Ok(hash),
        Some(galene @ Value::Object(_)) => Ok(galene.to_string()),
        None if of_keycloak => keycloak::hash(object),
        Some(_) => Err("its \"hash\" is neither a text nor an object".to_owned()),
        None => Err(format!("it has no \"hash\" or \"password_hash\"; {keys}")),
    };
    let hash = match hash {
        Ok(hash) => hash,
        // Keycloak wrote the name.
        Err(why) if of_keycloak => return Err(EntryProblem::UnreadableNamed { name, why }),
        Err(why) => return Err(EntryProblem::Unreadable(why)),
    };
    let groups = match take(object, &[GROUPS]) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => groups(&text, &hash),
        Some(list) => serde_json::from_value(list).map_err(|_| "its \"groups\" is not a list of texts".to_owned()),
    };
    let groups = match groups {
        Ok(groups) => groups.into_iter(),
        Err(why) => return Err(EntryProblem::unreadable(name, &hash, why)),
    };
    // Keycloak writes the path of a group.
    let groups = groups.map(|group: String| match of_keycloak.then(|| group.strip_prefix('/')) {
        Some(Some(path)) => path.to_owned(),
        Some(None) | None => group,
    });
    // People may write their own address in Keycloak, so that of an export proves nothing.
    let email = if of_keycloak { None } else { object.remove(EMAIL) };
    let email = match email {
        None | Some(Value::Null) => None,
        Some(Value::String(email)) => Some(email),
        Some(_) => return Err(EntryProblem::unreadable(name, &hash, "its \"email\" is not a text".to_owned())),
    };
    Ok(ListEntry { place, name, hash, groups: groups.collect(), email })
}

/// The keys of an object, for a message about one that is missing.
fn keys_of(object: &Map<String, Value>) -> String {
    const SHOWN: usize = 8;
    let short = |key: &String| key.chars().take(40).flat_map(char::escape_debug).collect::<String>();
    let shown: Vec<_> = object.keys().take(SHOWN).map(|key| format!("\"{}\"", short(key))).collect();
    match (shown.as_slice(), object.len().saturating_sub(SHOWN)) {
        ([], _) => "it is empty".to_owned(),
        (shown, 0) => format!("its keys are {}", shown.join(", ")),
        (shown, more) => format!("its keys are {} and {more} more", shown.join(", ")),
    }
}
