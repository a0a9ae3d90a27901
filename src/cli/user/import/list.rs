//! The lists that people are brought along in: CSV with a header, a JSON array, or one JSON object a line.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::admin::{Listed, Place, Problem};

/// A list as it was read.
#[derive(Debug)]
pub struct List {
    pub entries: Vec<Listed>,
    pub unreadable: Vec<(Place, Problem)>,
    /// Names of columns that mean nothing here.
    pub not_read: Vec<String>,
}

/// Reads a list of any of the three forms.
///
/// # Errors
/// When it is none of them.
pub fn read(text: &str) -> Result<List, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.trim_start().chars().next() {
        None => Err("the list is empty".into()),
        Some('[') => read_array(text),
        Some('{') => Ok(read_lines(text)),
        Some(_) => read_csv(text),
    }
}

const NAMES: [&str; 2] = ["name", "username"];
const HASHES: [&str; 2] = ["hash", "password_hash"];
const GROUPS: &str = "groups";

fn read_csv(text: &str) -> Result<List, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| why.to_string())?.clone();
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let find = |names: &[&str]| columns.iter().position(|column| names.contains(&column.as_str()));
    let missing = |name| {
        format!("the first line names no column \"{name}\"; it has to read like this: name,hash or name,hash,groups")
    };
    let name = find(&NAMES).ok_or_else(|| missing("name"))?;
    let hash = find(&HASHES).ok_or_else(|| missing("hash"))?;
    let groups = find(&[GROUPS]);
    let known = [Some(name), Some(hash), groups];
    let others = columns.iter().enumerate().filter(|(at, _)| !known.contains(&Some(*at)));
    let not_read = others.map(|(_, column)| column.clone()).collect();
    let mut list = List { entries: Vec::new(), unreadable: Vec::new(), not_read };
    let mut lines = Lines { text, line: 1, at: 0 };
    for record in reader.records() {
        let record = match record {
            Ok(record) => record,
            Err(why) => {
                let place = lines.of(why.position());
                list.unreadable.push((place, Problem::Unreadable("it is no CSV".into())));
                continue;
            }
        };
        let place = lines.of(record.position());
        if record.len() != columns.len() {
            let (has, first) = (record.len(), columns.len());
            let why = format!("it has {has} fields, and the first line {first}; a field with a comma stands in quotes");
            list.unreadable.push((place, Problem::Unreadable(why)));
            continue;
        }
        let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let groups = groups.map(field).unwrap_or_default();
        let groups = groups.split(';').map(str::trim).filter(|group| !group.is_empty()).map(str::to_owned);
        list.entries.push(Listed {
            place,
            name: field(name).trim().to_owned(),
            hash: field(hash),
            groups: groups.collect(),
        });
    }
    Ok(list)
}

/// Counts lines as editors do: the reader's own count lags behind where they end in `\r\n`, or are empty.
struct Lines<'t> {
    text: &'t str,
    line: u64,
    /// As far as they are counted, in bytes.
    at: usize,
}

impl Lines<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> Place {
        let start = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.at);
        let blank = self.text.bytes().skip(start).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.as_bytes().get(self.at..start + blank).unwrap_or_default();
        self.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.at = self.at.max(start + blank);
        Place::Line(self.line)
    }
}

fn read_array(text: &str) -> Result<List, String> {
    let values: Vec<Value> = serde_json::from_str(text)
        .map_err(|why| format!("line {}, column {}: this is no JSON array", why.line(), why.column()))?;
    Ok(gathered((1..).map(Place::Entry).zip(values.into_iter().map(Some))))
}

fn read_lines(text: &str) -> List {
    let lines = (1..).map(Place::Line).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
    gathered(lines.map(|(place, line)| (place, serde_json::from_str(line).ok())))
}

fn gathered(values: impl Iterator<Item = (Place, Option<Value>)>) -> List {
    let (mut entries, mut unreadable, mut not_read) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (place, value) in values {
        let read = match value {
            Some(Value::Object(object)) => entry(place, object, &mut not_read),
            Some(_) | None => Err("it is no JSON object"),
        };
        match read {
            Ok(entry) => entries.push(entry),
            Err(why) => unreadable.push((place, Problem::Unreadable(why.into()))),
        }
    }
    List { entries, unreadable, not_read: not_read.into_iter().collect() }
}

fn entry(
    place: Place,
    mut object: Map<String, Value>,
    not_read: &mut BTreeSet<String>,
) -> Result<Listed, &'static str> {
    let mut take = |names: &[&str]| names.iter().find_map(|name| object.remove(*name));
    let Some(Value::String(name)) = take(&NAMES) else { return Err("it has no \"name\" that is a text") };
    let hash = match take(&HASHES) {
        Some(Value::String(hash)) => hash,
        Some(galene @ Value::Object(_)) => galene.to_string(),
        Some(_) | None => return Err("it has no \"hash\" that is a text or an object"),
    };
    let groups = match take(&[GROUPS]) {
        None | Some(Value::Null) => Vec::new(),
        Some(groups) => serde_json::from_value(groups).map_err(|_| "its \"groups\" is no list of texts")?,
    };
    not_read.extend(object.into_iter().map(|(key, _)| key));
    Ok(Listed { place, name, hash, groups })
}

#[cfg(test)]
mod tests {
    use super::{Place, read};

    #[test]
    fn three_forms_say_the_same() {
        let csv = "\u{feff}Name,Groups,Hash\r\ngrace,staff; tutors,\"a,b\"\r\nada,,c\r\n";
        let array =
            r#"[{"name": "grace", "groups": ["staff", "tutors"], "hash": "a,b"}, {"username": "ada", "hash": "c"}]"#;
        let lines = "{\"name\":\"grace\",\"groups\":[\"staff\",\"tutors\"],\"hash\":\"a,b\"}\n\n{\"name\":\"ada\",\"hash\":\"c\"}\n";
        for (text, places) in [
            (csv, [Place::Line(2), Place::Line(3)]),
            (array, [Place::Entry(1), Place::Entry(2)]),
            (lines, [Place::Line(1), Place::Line(3)]),
        ] {
            let list = read(text).unwrap();
            assert!(list.unreadable.is_empty() && list.not_read.is_empty(), "{text}");
            let read: Vec<_> =
                list.entries.iter().map(|it| (it.place, it.name.as_str(), it.hash.as_str(), it.groups.len())).collect();
            assert_eq!(read, [(places[0], "grace", "a,b", 2), (places[1], "ada", "c", 0)]);
        }
    }

    #[test]
    fn lines_are_counted_as_editors_count_them() {
        let list = read("name,hash\n\n\"gra\nce\",a\r\n\r\nada,b\n").unwrap();
        let places: Vec<_> = list.entries.iter().map(|it| it.place).collect();
        assert_eq!(places, [Place::Line(3), Place::Line(6)]);
    }

    #[test]
    fn a_line_that_can_not_be_read_is_named_and_the_rest_is_read() {
        let list = read("name,hash,email\ngrace,a,g@example.org\nada,b\neve,c,e@example.org\n").unwrap();
        assert_eq!((list.entries.len(), list.not_read), (2, vec!["email".to_owned()]));
        assert_eq!(list.unreadable[0].0, Place::Line(3));
        let list = read("{\"name\":\"grace\",\"hash\":\"a\"}\n{\"name\":\"ada\"}\nnonsense\n").unwrap();
        assert_eq!(
            list.unreadable.iter().map(|(place, _)| *place).collect::<Vec<_>>(),
            [Place::Line(2), Place::Line(3)]
        );
    }

    #[test]
    fn a_list_without_names_or_hashes_is_none() {
        for text in ["", " \n", "grace,$2y$…\n", "name,password\n", "[{\"name\": "] {
            assert!(read(text).is_err(), "{text}");
        }
        // JSON's own message would show what stands there.
        assert!(!read("[{\"name\": secret").unwrap_err().contains("secret"));
    }
}
