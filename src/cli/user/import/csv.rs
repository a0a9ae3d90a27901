//! Lists in CSV with a header.

use super::list::{EMAIL, GROUPS, HASHES, List, NAMES, groups};
use crate::accounts::{EntryPosition, EntryProblem, ListEntry};
use crate::base::counted::counted;

/// Reads a list in CSV.
///
/// # Errors
/// When its first line lacks a column that we need, or can't be read.
pub fn read(text: &str) -> Result<List, String> {
    // Excel may write the separator into a first line of its own.
    match text.split_once('\n') {
        Some((first, rest)) if let Some(delimiter) = stated_delimiter(first) => table(rest, delimiter, 2),
        Some(_) | None => table(text, delimiter(text), 1),
    }
}

/// `sep=;`
fn stated_delimiter(line: &str) -> Option<u8> {
    let line = line.trim_matches(['\r', '"']).to_lowercase();
    match line.strip_prefix("sep=")?.as_bytes() {
        [delimiter @ (b',' | b';' | b'\t' | b'|')] => Some(*delimiter),
        _ => None,
    }
}

/// `first_line`: the number of the line that names the columns.
fn table(text: &str, delimiter: u8, first_line: u64) -> Result<List, String> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).delimiter(delimiter).from_reader(text.as_bytes());
    let header = reader.headers().map_err(|why| why.to_string())?.clone();
    if let Some(first) = text.get(..byte_offset(&reader)).filter(|first| has_broken_quotation(first, delimiter)) {
        return Err(format!("a quotation mark that opens in the first line {}", closing_problem(first, 1, delimiter)));
    }
    let columns: Vec<String> = header.iter().map(|name| name.trim().to_lowercase()).collect();
    let twice = |name: &str| columns.iter().filter(|column| *column == name).count() > 1;
    if let Some(column) = NAMES.iter().chain(&HASHES).chain(&[GROUPS, EMAIL]).copied().find(|name| twice(name)) {
        return Err(format!("the first line names the column \"{column}\" twice; leave one of them out"));
    }
    let find = |names: &[&str]| columns.iter().position(|column| names.contains(&column.as_str()));
    let name = find(&NAMES).ok_or_else(|| missing_column("name", text))?;
    let hash = find(&HASHES).ok_or_else(|| missing_column("hash", text))?;
    let groups_at = find(&[GROUPS]);
    let email_at = find(&[EMAIL]);
    let known = [Some(name), Some(hash), groups_at, email_at];
    let others = columns.iter().enumerate().filter(|(at, _)| !known.contains(&Some(*at)));
    let others = others.filter(|(_, column)| !column.is_empty());
    let not_read = others.map(|(_, column)| column.clone()).collect();
    // A line may lack the columns after those that are read.
    let needed = [Some(name), Some(hash), groups_at].into_iter().flatten().max().map_or(0, |last| last + 1);
    let mut list = List { entries: Vec::new(), unreadable: Vec::new(), not_read };
    let mut lines = Lines { text, line: first_line, at: 0 };
    let mut record = csv::StringRecord::new();
    loop {
        let start = byte_offset(&reader);
        match reader.read_record(&mut record) {
            Ok(true) => {}
            Ok(false) => break,
            Err(why) => {
                let place = lines.of(why.position());
                list.unreadable.push((place, EntryProblem::Unreadable("it is not CSV".into())));
                continue;
            }
        }
        let place = lines.of(record.position());
        let span = text.get(start..byte_offset(&reader)).unwrap_or_default().trim_matches(['\r', '\n']);
        let is_broken = |at: usize| record.get(at).is_some_and(|field| field.contains(['\r', '\n']));
        let ours_is_broken = known.into_iter().flatten().any(is_broken);
        let holds_a_record = record.iter().any(|field| {
            let parts = |line: &str| line.bytes().filter(|byte| *byte == delimiter).count() + 1;
            field.lines().skip(1).any(|line| parts(line) >= columns.len())
        });
        let has = (columns.len()..record.len())
            .rev()
            .find(|at| record.get(*at).is_some_and(|field| !field.is_empty()))
            .map_or(record.len().min(columns.len()), |at| at + 1);
        let may_hold_other_records = ours_is_broken || holds_a_record || record.len() != columns.len();
        let is_open = Quotes::of(span, delimiter) == Quotes::Open;
        if is_open || span.contains('\n') && (may_hold_other_records || has_broken_quotation(span, delimiter)) {
            refuse_each_line(&mut list.unreadable, place, span, delimiter);
            continue;
        }
        // Spreadsheets and editors leave lines that hold only spaces or separators.
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        if !(needed..=columns.len()).contains(&has) {
            let why = field_count_problem(has, columns.len(), (record.get(0).unwrap_or_default(), delimiter));
            list.unreadable.push((place, EntryProblem::Unreadable(why)));
            continue;
        }
        let field = |at: usize| record.get(at).unwrap_or_default().to_owned();
        let name = field(name).trim().to_owned();
        let hash = field(hash);
        match groups(&groups_at.map(field).unwrap_or_default(), &hash) {
            Ok(groups) => {
                let email = email_at.map(field);
                list.entries.push(ListEntry { place, name, hash, groups, email });
            }
            Err(why) => list.unreadable.push((place, EntryProblem::unreadable(name, &hash, why))),
        }
    }
    Ok(list)
}

/// Why a line with another number of fields than the first line is refused. `only`: its first field.
fn field_count_problem(has: usize, wanted: usize, (only, delimiter): (&str, u8)) -> String {
    let others = [b':', b',', b';', b'\t', b'|'].into_iter().filter(|other| *other != delimiter);
    let other = others.max_by_key(|other| only.bytes().filter(|byte| byte == other).count());
    if let Some(other) = other.filter(|other| has == 1 && only.as_bytes().contains(other)) {
        let (other, ours) = (delimiter_name(other), delimiter_name(delimiter));
        return format!(
            "its fields are separated by a {other}, but those of the first line by a {ours}; use one of them"
        );
    }
    if only.trim_start().starts_with('#') {
        return "it looks like a comment, which CSV does not have; take it out".to_owned();
    }
    let fields = counted(has, "field", "fields");
    let name = delimiter_name(delimiter);
    if has < wanted {
        return format!(
            "it has {fields}, but the first line has {wanted}; write a {name} before each empty field, too"
        );
    }
    format!("it has {fields}, but the first line has {wanted}; put a field with a {name} in quotes")
}

fn byte_offset<R: std::io::Read>(reader: &csv::Reader<R>) -> usize {
    usize::try_from(reader.position().byte()).unwrap_or(usize::MAX)
}

/// Refuses each line of a record that spans several lines because of a stray quotation mark. The lines below the first
/// are most likely other people, so each is reported separately.
fn refuse_each_line(
    unreadable: &mut Vec<(EntryPosition, EntryProblem)>,
    place: EntryPosition,
    span: &str,
    delimiter: u8,
) {
    let EntryPosition::Line(first) = place else { return };
    for (line, _) in (first..).zip(span.lines()).filter(|(line, text)| *line == first || !text.trim().is_empty()) {
        let why = if line == first {
            format!("a quotation mark that opens here {}", closing_problem(span, first, delimiter))
        } else {
            format!("it is within the quotation marks that open in line {first}")
        };
        unreadable.push((EntryPosition::Line(line), EntryProblem::Unreadable(why)));
    }
}

fn closing_problem(span: &str, first: u64, delimiter: u8) -> String {
    match Quotes::of(span, delimiter) {
        Quotes::Open => "is never closed: close it, or write a quotation mark within a field twice".to_owned(),
        Quotes::Closed | Quotes::Stray => {
            let last = first + u64::try_from(span.trim_end().lines().count()).unwrap_or(1) - 1;
            format!("goes on to line {last}; write each person on one line")
        }
    }
}

fn has_broken_quotation(span: &str, delimiter: u8) -> bool {
    let span = span.trim_matches(['\r', '\n']);
    span.contains('\n') && Quotes::of(span, delimiter) != Quotes::Closed
}

/// Whether the quotation marks of a record are valid (RFC 4180 §2). The csv crate accepts any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quotes {
    Closed,
    /// The last quotation is never closed.
    Open,
    /// A quotation ends before its field ends.
    Stray,
}

impl Quotes {
    fn of(span: &str, delimiter: u8) -> Self {
        let ends_a_field = |byte: u8| byte == delimiter || byte == b'\r' || byte == b'\n';
        let mut bytes = span.bytes().peekable();
        let mut at_start = true;
        while let Some(byte) = bytes.next() {
            if byte == b'"' && at_start {
                loop {
                    match bytes.next() {
                        None => return Self::Open,
                        Some(b'"') if bytes.next_if_eq(&b'"').is_none() => break,
                        Some(_) => {}
                    }
                }
                if bytes.peek().is_some_and(|next| !ends_a_field(*next)) {
                    return Self::Stray;
                }
                at_start = false;
            } else {
                at_start = ends_a_field(byte);
            }
        }
        Self::Closed
    }
}

/// The separator of the fields. In many countries, spreadsheets write semicolons or tabs.
fn delimiter(text: &str) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default().to_lowercase();
    let names = |delimiter: &u8| {
        let columns: Vec<&str> =
            first.split(char::from(*delimiter)).map(|name| name.trim().trim_matches('"').trim()).collect();
        let has = |names: &[&str]| names.iter().any(|name| columns.contains(name));
        has(&NAMES) && has(&HASHES)
    };
    [b',', b';', b'\t'].into_iter().find(names).unwrap_or(b',')
}

fn delimiter_name(delimiter: u8) -> &'static str {
    match delimiter {
        b';' => "semicolon",
        b'\t' => "tab",
        b':' => "colon",
        b'|' => "|",
        _ => "comma",
    }
}

fn missing_column(column: &str, text: &str) -> String {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let hint = match first.split_once(':') {
        Some((_, rest)) if rest.starts_with(['$', '{', '!', '*']) => match rest.matches(':').count() {
            0 => ". This looks like an .htpasswd: `vestibule user import --help` shows how to bring it in",
            _ if !rest.starts_with('{') => {
                ". This looks like /etc/shadow: `vestibule user import --help` shows how to bring it in"
            }
            _ => {
                ". This looks like a passwd-file, such as Dovecot's: `vestibule user import --help` shows how to bring \
                 it in"
            }
        },
        Some(("dn", _)) => ". This looks like LDIF, which is not read: write it as CSV",
        Some(_) | None => other_format(first),
    };
    let form = "it has to read like this: name,hash or name,hash,groups";
    format!("the first line names no column \"{column}\"; {form}{hint}")
}

/// Names the format of a list that is neither CSV nor JSON, by its first line.
fn other_format(first: &str) -> &'static str {
    let first = first.trim().to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| first.starts_with(word));
    if begins(&["insert ", "copy ", "create ", "select ", "begin;", "set ", "-- ", "/*"]) || first == "--" {
        ". This looks like SQL, which is not read: let the database write CSV, such as psql's \
         \\copy (SELECT …) TO 'people.csv' CSV HEADER"
    } else if begins(&["+--", "|"]) || first.contains(" | ") {
        ". This looks like a table that a database's client drew: let it write CSV (psql --csv), or tabs (mysql -B)"
    } else if begins(&["<"]) {
        ". This looks like HTML or XML, which is not read: write it as CSV"
    } else if begins(&["---", "%yaml"]) || first.ends_with(':') {
        ". This looks like YAML, which is not read: write it as JSON or CSV"
    } else {
        ""
    }
}

/// Counts lines as editors do. The reader's own count is too low after empty lines, and after `\r\n`.
struct Lines<'t> {
    text: &'t str,
    line: u64,
    /// Lines are counted up to this byte.
    at: usize,
}

impl Lines<'_> {
    fn of(&mut self, position: Option<&csv::Position>) -> EntryPosition {
        let start = position.and_then(|at| usize::try_from(at.byte()).ok()).unwrap_or(self.at);
        let blank = self.text.bytes().skip(start).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let passed = self.text.as_bytes().get(self.at..start + blank).unwrap_or_default();
        self.line += passed.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        self.at = self.at.max(start + blank);
        EntryPosition::Line(self.line)
    }
}
