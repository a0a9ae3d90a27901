//! Templates of filters and DNs. Each filled-in text is escaped, so it is always one value.

use std::fmt::Write as _;

use serde::Serialize;

/// The placeholders for the typed name and for the DN of the found entry.
const USERNAME_PLACEHOLDER: &str = "{username}";
const DN_PLACEHOLDER: &str = "{dn}";

/// A filter with placeholders (RFC 4515).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Filter(String);

/// Why a text is not a valid template of a filter or a DN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    #[error("lacks {0}")]
    MissingPlaceholder(&'static str),
    #[error("has a {{…}} that is not known here")]
    UnknownPlaceholder,
    #[error("is not an LDAP filter")]
    InvalidFilter,
    #[error("is not an LDAP filter: it has {open} `(` and {close} `)`")]
    UnequalBrackets { open: usize, close: usize },
    #[error("is not a DN with {{username}} as the whole value of its first part")]
    InvalidDn,
}

impl Filter {
    /// A filter that finds the entry of a name.
    ///
    /// # Errors
    /// When it is not a filter, or has no placeholder for the name.
    pub fn of_people(text: &str) -> Result<Self, TemplateError> {
        if !text.contains(USERNAME_PLACEHOLDER) {
            return Err(TemplateError::MissingPlaceholder(USERNAME_PLACEHOLDER));
        }
        Self::parse(text, &[USERNAME_PLACEHOLDER])
    }

    /// A filter that finds the groups of a person.
    ///
    /// # Errors
    /// When it is not a filter, or has no placeholder for the person.
    pub fn of_groups(text: &str) -> Result<Self, TemplateError> {
        if !text.contains(USERNAME_PLACEHOLDER) && !text.contains(DN_PLACEHOLDER) {
            return Err(TemplateError::MissingPlaceholder(DN_PLACEHOLDER));
        }
        Self::parse(text, &[USERNAME_PLACEHOLDER, DN_PLACEHOLDER])
    }

    fn parse(text: &str, known: &[&str]) -> Result<Self, TemplateError> {
        let text = without_spaces_between_parts(text);
        let bare = known.iter().fold(text.clone(), |text, place| text.replace(place, "x"));
        if bare.contains(['{', '}']) {
            return Err(TemplateError::UnknownPlaceholder);
        }
        let (open, close) = (bare.matches('(').count(), bare.matches(')').count());
        ldap3::parse_filter(&bare).map_err(|()| {
            if open == close { TemplateError::InvalidFilter } else { TemplateError::UnequalBrackets { open, close } }
        })?;
        Ok(Self(text))
    }

    /// The filter for one name (security rule C44).
    pub fn for_name(&self, name: &str) -> String {
        fill(&self.0, &[(USERNAME_PLACEHOLDER, &filter_value(name))])
    }

    /// The filter that matches every entry that it could match for some name.
    pub fn for_anybody(&self) -> String {
        let (mut filter, mut rest) = (String::with_capacity(self.0.len()), self.0.as_str());
        while let Some(first) = rest.chars().next() {
            let end = if "()&|!".contains(first) { 1 } else { rest.find(')').unwrap_or(rest.len()) };
            let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
            filter.push_str(&part_for_anybody(part));
            rest = after;
        }
        filter
    }

    /// The filter for one entry (security rule C44).
    pub fn for_entry(&self, name: &str, dn: &str) -> String {
        fill(&self.0, &[(USERNAME_PLACEHOLDER, &filter_value(name)), (DN_PLACEHOLDER, &filter_value(dn))])
    }
}

/// One comparison, such as `uid={username}`, with `*` for the name. Only an equality takes a `*`, and never two in a
/// row (RFC 4515 §3). For the others: whether the entry has the attribute.
fn part_for_anybody(part: &str) -> String {
    let filled = fill(part, &[(USERNAME_PLACEHOLDER, "*")]);
    if !part.contains(USERNAME_PLACEHOLDER) || ldap3::parse_filter(format!("({filled})")).is_ok() {
        return filled;
    }
    match part.split([':', '~', '<', '>', '=']).next() {
        Some(attribute) if !attribute.is_empty() => format!("{attribute}=*"),
        // `:caseIgnoreMatch:={username}` asks for any attribute.
        Some(_) | None => "objectClass=*".to_owned(),
    }
}

/// Removes spaces between the parts of a filter: operators write filters over several lines, and RFC 4515 §3 has no
/// such spaces. Spaces within a value stay; one at its end is written `\20`.
fn without_spaces_between_parts(text: &str) -> String {
    let (mut tidy, mut rest) = (String::with_capacity(text.len()), text.trim());
    while let Some(first) = rest.chars().next() {
        let end = if "()&|!".contains(first) { 1 } else { rest.find(')').unwrap_or(rest.len()) };
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        match part.split_once('=') {
            Some((before, value)) => {
                // Neither an attribute nor the operator contains a space.
                tidy.extend(before.chars().filter(|c| !c.is_whitespace()));
                tidy.push('=');
                tidy.push_str(value.trim());
            }
            None => tidy.push_str(part.trim_end()),
        }
        rest = after.trim_start();
    }
    tidy
}

/// A DN with a placeholder for the name: `uid={username},ou=people,dc=example,dc=org`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DnTemplate {
    before: String,
    after: String,
}

impl DnTemplate {
    /// # Errors
    /// When it is invalid. The placeholder must be the whole value of the first part, so that a name can't add another
    /// part.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        let (before, after) =
            text.split_once(USERNAME_PLACEHOLDER).ok_or(TemplateError::MissingPlaceholder(USERNAME_PLACEHOLDER))?;
        if after.contains(['{', '}']) || before.contains(['{', '}']) {
            return Err(TemplateError::UnknownPlaceholder);
        }
        let attribute = before.trim().strip_suffix('=').ok_or(TemplateError::InvalidDn)?.trim_end();
        let parent = after.trim().strip_prefix(',').ok_or(TemplateError::InvalidDn)?.trim_start();
        if !is_attribute(attribute) || !parent.contains('=') {
            return Err(TemplateError::InvalidDn);
        }
        Ok(Self { before: format!("{attribute}="), after: format!(",{parent}") })
    }

    /// The DN for one name (security rule C44).
    pub fn for_name(&self, name: &str) -> String {
        [&self.before, dn_value(name).as_str(), &self.after].concat()
    }

    /// The parent of all entries.
    pub fn parent(&self) -> &str {
        self.after.trim_start_matches(',')
    }
}

/// `uid`, `memberOf`, `1.2.840.113556.1.4.221` (RFC 4512 §1.4).
pub fn is_attribute(text: &str) -> bool {
    let begins_well = text.bytes().next().is_some_and(|b| b.is_ascii_alphanumeric());
    begins_well && text.len() <= 64 && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.'))
}

/// Escapes a value for a filter (RFC 4515 §3): bytes with a meaning there, and all that is not plain ASCII, are written
/// in hex.
pub fn filter_value(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut written, byte| {
        match byte {
            b'*' | b'(' | b')' | b'\\' | 0..0x20 | 0x7f.. => _ = write!(written, "\\{byte:02x}"),
            plain => written.push(char::from(plain)),
        }
        written
    })
}

/// Escapes a value for a DN (RFC 4514 §2.4), where a space at either end and a leading `#` have a meaning, too.
pub fn dn_value(text: &str) -> String {
    let last = text.len().saturating_sub(1);
    text.bytes().enumerate().fold(String::with_capacity(text.len()), |mut written, (at, byte)| {
        let special = matches!(byte, b'"' | b'+' | b',' | b';' | b'<' | b'=' | b'>' | b'\\' | 0..0x20 | 0x7f..);
        let special_at_an_end = (byte == b' ' && (at == 0 || at == last)) || (byte == b'#' && at == 0);
        if special || special_at_an_end {
            _ = write!(written, "\\{byte:02x}");
        } else {
            written.push(char::from(byte));
        }
        written
    })
}

/// Fills each placeholder once. The filled-in texts are not searched for placeholders.
fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let (mut filled, mut rest) = (String::with_capacity(template.len() + 64), template);
    while let Some(at) = rest.find('{') {
        let (before, from) = rest.split_at(at);
        filled.push_str(before);
        let filling = values.iter().find_map(|(place, value)| from.strip_prefix(place).map(|after| (*value, after)));
        let (value, after) = filling.unwrap_or_else(|| ("{", from.get(1..).unwrap_or_default()));
        filled.push_str(value);
        rest = after;
    }
    filled + rest
}

#[cfg(test)]
mod tests;
