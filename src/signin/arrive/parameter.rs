//! How one parameter of a start is read.

use super::StartRefused;

/// Longest query parameter that we read, in bytes of UTF-8, if it has no limit of its own.
pub const MAX_PARAMETER_LENGTH: usize = 256;

/// In a decoded query, it stands for bytes that are not UTF-8.
const NOT_UTF8: char = char::REPLACEMENT_CHARACTER;

/// RFC 6749 §3.1: a parameter must not be included more than once, and one without a value counts as not sent.
pub fn once<'q>(query: &'q [(String, String)], name: &'static str) -> Result<Option<&'q str>, StartRefused> {
    once_up_to(query, name, MAX_PARAMETER_LENGTH)
}

/// As [`once`], with another limit.
pub fn once_up_to<'q>(
    query: &'q [(String, String)],
    name: &'static str,
    limit: usize,
) -> Result<Option<&'q str>, StartRefused> {
    let mut given = query.iter().filter(|(given, _)| given == name);
    let first = given.next();
    if given.next().is_some() {
        return Err(StartRefused::Repeated(name));
    }
    match first.map(|(_, value)| value.as_str()) {
        Some("") => Ok(None),
        Some(value) if value.len() > limit => Err(StartRefused::TooLong { name, limit }),
        other => Ok(other),
    }
}

/// A hint is text in any script. The sign-in works without it, so an unusable hint counts as not sent: one that is too
/// long, is not UTF-8, holds a control character, which could break a line and takes six bytes in JSON, or is given
/// more than once.
pub fn hint(query: &[(String, String)], name: &'static str) -> Option<String> {
    let text = once_up_to(query, name, usize::MAX).ok().flatten()?;
    let is_usable = text.len() <= MAX_PARAMETER_LENGTH && !text.contains(|c: char| c.is_control() || c == NOT_UTF8);
    is_usable.then(|| text.to_owned())
}
