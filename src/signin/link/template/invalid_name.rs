//! Explains why a name can't be a username, and corrects the template.

use crate::base::ids::InvalidName;
use crate::base::invisible::is_invisible;
use crate::base::username::MAX_LENGTH;

/// The characters of `name` that no username may hold, each once and in order.
fn forbidden_characters(name: &str) -> Vec<char> {
    let mut forbidden_characters = Vec::new();
    for c in name.chars().filter(|c| matches!(c, '/' | '\\') || is_invisible(*c)) {
        if forbidden_characters.len() < MAX_REPLACED && !forbidden_characters.contains(&c) {
            forbidden_characters.push(c);
        }
    }
    forbidden_characters
}

const MAX_REPLACED: usize = 4;

/// The rule, and the characters that break it. These characters alone reveal no name (security rule C56).
pub(super) fn explain_invalid(name: &str, why: &InvalidName) -> String {
    let forbidden_characters: Vec<_> = forbidden_characters(name).into_iter().map(shown).collect();
    if forbidden_characters.is_empty() {
        why.to_string()
    } else {
        format!("{why}, and this one holds {}", forbidden_characters.join(" and "))
    }
}

fn shown(c: char) -> String {
    if is_invisible(c) { format!("U+{:04X}", u32::from(c)) } else { c.to_string() }
}

/// What to write in the config, so that this name becomes a valid username. Between `'''`, a `\` and a `'` need no
/// escape. The text holds no `"` and no two `\` in a row: the text log would escape them.
pub(super) fn corrected_template(template: &str, name: &str) -> String {
    let expression = template.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    let forbidden_characters = forbidden_characters(name);
    let long = name.chars().count() > MAX_LENGTH;
    let Some(expression) = expression.filter(|inner| !inner.contains("}}")) else {
        return format!(
            "shorten and replace inside its parts, as in {{{{ name[:{MAX_LENGTH}] | replace('/', '-') }}}}"
        );
    };
    if !long && forbidden_characters.is_empty() {
        return "use another claim in the template".to_owned();
    }
    let cut = if long { format!("[:{MAX_LENGTH}]") } else { String::new() };
    let replaced = forbidden_characters.into_iter().map(|c| match c {
        '\\' => r" | replace('\u005c', '-')".to_owned(),
        '/' => " | replace('/', '-')".to_owned(),
        unseen => format!(r" | replace('\u{:04x}', '')", u32::from(unseen)),
    });
    let replaced: String = replaced.collect();
    format!("write username = '''{{{{ ({expression}){cut}{replaced} }}}}'''")
}
