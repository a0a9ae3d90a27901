//! Turns a value into the type that was asked for, or into a fault. The text of a fault continues the key's name.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use url::{ParseError, Url};

use super::tree::{Node, Value};
use crate::base::ids::InvalidName;
use crate::base::urls::{has_plain_host, is_loopback, may_hide_a_password};
use crate::config::mistakes::MistakePlace;

/// What is wrong with one value: `must be …, found …`. A message puts the key's name before it.
#[derive(Debug)]
pub struct Fault {
    pub(super) place: Option<MistakePlace>,
    pub(super) what: String,
    pub(super) fix: Option<String>,
}

/// For a value that stands in no file.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        self.fix.as_ref().map_or(Ok(()), |fix| write!(f, "; {fix}"))
    }
}

impl Fault {
    pub fn new(what: impl Into<String>) -> Self {
        Self { place: None, what: what.into(), fix: None }
    }

    /// Puts words before the fault: "holds an address for x that must be https".
    #[must_use]
    pub fn within(mut self, before: &str) -> Self {
        self.what = format!("{before} {}", self.what);
        self
    }

    #[must_use]
    pub fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    /// At this place, unless it has one: an item of a list has a line of its own.
    fn at(mut self, place: &MistakePlace) -> Self {
        self.place.get_or_insert_with(|| place.clone());
        self
    }

    fn expected(expected: &str, found: &Value) -> Self {
        Self::new(format!("must be {expected}, found {}", found.kind()))
    }
}

impl From<InvalidName> for Fault {
    fn from(why: InvalidName) -> Self {
        Self::new(format!("is not usable: {why}"))
    }
}

/// A value, or its faults.
pub type Read<T> = Result<T, Vec<Fault>>;

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

/// A text that is not blank.
///
/// # Errors
/// When it is not a text, or blank.
pub fn text(node: &Node) -> Read<String> {
    match &node.value {
        Value::Text(text) | Value::FromVariable(text) if text.trim().is_empty() => Err(Fault::new("is empty").into()),
        Value::Text(text) | Value::FromVariable(text) => Ok(text.clone()),
        other => Err(Fault::expected("a string", other).into()),
    }
}

/// # Errors
/// When it is neither `true` nor `false`.
pub fn boolean(node: &Node) -> Read<bool> {
    match &node.value {
        Value::Boolean(boolean) => Ok(*boolean),
        Value::FromVariable(text) if text == "true" => Ok(true),
        Value::FromVariable(text) if text == "false" => Ok(false),
        Value::FromVariable(_) => Err(Fault::new("must be true or false").into()),
        Value::Text(text) if text == "true" || text == "false" => {
            Err(Fault::expected("true or false", &node.value).fix("leave out the quotation marks").into())
        }
        other => Err(Fault::expected("true or false", other).into()),
    }
}

/// A whole number within bounds.
pub fn integer(bounds: RangeInclusive<u32>) -> impl Fn(&Node) -> Read<u32> {
    move |node| {
        let number = match &node.value {
            Value::Integer(number) => Some(*number),
            Value::FromVariable(text) => text.parse().ok(),
            Value::Text(text) if text.parse::<i64>().is_ok() => {
                let fault = Fault::expected("a whole number", &node.value);
                return Err(fault.fix("leave out the quotation marks").into());
            }
            other => return Err(Fault::expected("a whole number", other).into()),
        };
        let within = number.and_then(|number| u32::try_from(number).ok()).filter(|number| bounds.contains(number));
        let fault = || Fault::new(format!("must be a whole number from {} to {}", bounds.start(), bounds.end()));
        within.ok_or_else(|| fault().into())
    }
}

/// A text that `parse` accepts. Its error continues the key's name.
pub fn parsed<T, E: Into<Fault>>(parse: impl Fn(&str) -> Result<T, E>) -> impl Fn(&Node) -> Read<T> {
    move |node| text(node).and_then(|text| parse(&text).map_err(|fault| fault.into().into()))
}

/// A list. Each item is read by itself, so that every bad one gets a message. In a variable, commas separate the items.
pub fn list<T>(item: impl Fn(&Node) -> Read<T>) -> impl Fn(&Node) -> Read<Vec<T>> {
    move |node| {
        let given: Vec<Node>;
        let items = match &node.value {
            Value::List(items) => items,
            Value::FromVariable(text) if text.trim().is_empty() => {
                return Err(Fault::new("is empty").fix("leave the variable out").into());
            }
            Value::FromVariable(text) => {
                let parts = text.split(',').map(|part| Value::FromVariable(part.trim().to_owned()));
                given = parts.map(|value| Node::new(node.place.clone(), value)).collect();
                &given
            }
            Value::Text(_) => {
                return Err(Fault::expected("a list", &node.value).fix("put it between [ and ]").into());
            }
            other => return Err(Fault::expected("a list", other).into()),
        };
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for node in items {
            if let Value::Text(text) | Value::FromVariable(text) = &node.value
                && text.trim().is_empty()
            {
                let fix = match &node.value {
                    Value::FromVariable(_) => "leave out one of the commas",
                    _ => "leave it out",
                };
                bad.push(Fault::new("holds an empty word").fix(fix).at(&node.place));
                continue;
            }
            // All our lists hold texts.
            if !matches!(node.value, Value::Text(_) | Value::FromVariable(_)) {
                bad.push(Fault::new(format!("must hold strings, found {}", node.value.kind())).at(&node.place));
                continue;
            }
            match item(node) {
                Ok(value) => good.push(value),
                Err(faults) => bad.extend(faults.into_iter().map(|fault| fault.at(&node.place))),
            }
        }
        if bad.is_empty() { Ok(good) } else { Err(bad) }
    }
}

/// A [`list`] that is not empty.
pub fn non_empty_list<T>(item: impl Fn(&Node) -> Read<T>) -> impl Fn(&Node) -> Read<Vec<T>> {
    let list = list(item);
    move |node| match list(node)? {
        items if items.is_empty() => {
            Err(Fault::new("is an empty list").fix("name at least one, or leave the key out").into())
        }
        items => Ok(items),
    }
}

/// One text, or a [`non_empty_list`] of them.
pub fn one_or_more<T>(item: impl Fn(&Node) -> Read<T>) -> impl Fn(&Node) -> Read<Vec<T>> {
    let several = non_empty_list(item);
    move |node| match &node.value {
        Value::Text(text) => {
            let only = Node::new(node.place.clone(), Value::Text(text.clone()));
            several(&Node::new(node.place.clone(), Value::List(vec![only])))
        }
        _ => several(node),
    }
}

/// One of these words. `later` are words that are planned.
pub fn one_of<T: Copy>(words: &[(&'static str, T)], later: &[&str]) -> impl Fn(&Node) -> Read<T> {
    move |node| {
        let found = text(node)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == found) {
            return Ok(*value);
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        Err(unknown_word(&found, &names, later).into())
    }
}

/// `found` is none of `names`. `later` are names that are planned.
#[must_use]
pub fn unknown_word(found: &str, names: &[&str], later: &[&str]) -> Fault {
    let offered = format!("use {}", alternatives(names));
    if later.contains(&found) {
        return Fault::new(format!("= \"{found}\" is not offered yet")).fix(offered);
    }
    let nearest = super::nearest(found, names.iter().copied());
    let fix = nearest.map_or(offered, |near| format!("did you mean \"{near}\"?"));
    Fault::new(format!("does not know \"{found}\"")).fix(fix)
}

/// `"a", "b" or "c"`
#[must_use]
pub fn alternatives(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// A number and `s`, `m`, `h` or `d`: more than zero, and at most ten years, so that no sum of times overflows.
///
/// # Errors
/// When it is no such duration.
pub fn duration(node: &Node) -> Read<Duration> {
    let wrong = |what: &str| Fault::new(what).fix("write a number and s, m, h or d, such as \"8h\"");
    if let Value::Other(_) | Value::Integer(_) = node.value {
        return Err(wrong("must be a string with a unit, found a number").into());
    }
    let text = text(node)?;
    let seconds = match text.as_bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 60 * 60,
        Some(b'd') => 24 * 60 * 60,
        _ => return Err(wrong("is not a duration").into()),
    };
    let digits = text.get(..text.len() - 1).unwrap_or_default();
    let number = Some(digits).filter(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    match number.and_then(|digits| digits.parse::<u64>().ok()).map(|number| number.checked_mul(seconds)) {
        None => Err(wrong("is not a duration").into()),
        Some(Some(0)) => Err(wrong("is zero").into()),
        Some(Some(total)) if total <= LONGEST_DURATION => Ok(Duration::from_secs(total)),
        Some(_) => Err(wrong("is longer than ten years").into()),
    }
}

const LONGEST_DURATION: u64 = 3653 * 24 * 60 * 60;

/// An address to which a browser may be sent: https, or http on this machine.
///
/// # Errors
/// When it is no such address. The error does not repeat it.
pub fn web_address(text: &str) -> Result<Url, Fault> {
    let wrong = |what: &str| Err(Fault::new(format!("must be an address such as https://app.example.org/: {what}")));
    match Url::parse(text) {
        Err(ParseError::RelativeUrlWithoutBase) => wrong("it does not begin with https://"),
        Err(why) => wrong(&why.to_string()),
        Ok(url) if !url.username().is_empty() || url.password().is_some() => wrong("no name or password in it"),
        Ok(_) if may_hide_a_password(text) => {
            Err(Fault::new("holds an @ after the port").fix("write %40 for it, and leave out any name and password"))
        }
        Ok(url) if url.fragment().is_some() => {
            Err(Fault::new("holds a #").fix("leave out the # and what follows: the token goes there"))
        }
        Ok(url) if url.has_host() && !has_plain_host(&url) => {
            Err(Fault::new("holds a host with other characters than letters, digits, - and .")
                .fix("name each host: there are no wildcards"))
        }
        Ok(url) if url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url)) => Ok(url),
        Ok(url) if url.scheme() == "http" => {
            Err(Fault::new("must be https: over plain http, others on the network can read tokens")
                .fix("use https, or a loopback address while trying things out"))
        }
        Ok(_) => wrong("https and no other scheme"),
    }
}

/// As [`web_address`], written exactly as browsers write it: it is compared character by character.
///
/// # Errors
/// When it is not.
pub fn exact_address(text: &str) -> Result<String, Fault> {
    let url = web_address(text)?;
    if url.as_str() == text {
        return Ok(url.into());
    }
    Err(Fault::new("must be written as browsers write it, since it is compared character for character")
        .fix(format!("write \"{url}\"")))
}
