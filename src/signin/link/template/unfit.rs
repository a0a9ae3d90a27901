//! A name that does not fit: which characters are at fault, and the template that replaces them.

use crate::base::ids::NotAName;
use crate::base::invisible::is_unseen;
use crate::base::username::LONGEST;

/// Characters that no username holds, each once and in order.
fn unfit(name: &str) -> Vec<char> {
    let mut unfit = Vec::new();
    for c in name.chars().filter(|c| matches!(c, '/' | '\\') || is_unseen(*c)) {
        if unfit.len() < MOST_REPLACED && !unfit.contains(&c) {
            unfit.push(c);
        }
    }
    unfit
}

const MOST_REPLACED: usize = 4;

/// The rule, and the characters that break it. They alone tell nobody's name (security rule C56).
pub(super) fn why_unfit(name: &str, why: &NotAName) -> String {
    let unfit: Vec<_> = unfit(name).into_iter().map(shown).collect();
    if unfit.is_empty() { why.to_string() } else { format!("{why}, and this one holds {}", unfit.join(" and ")) }
}

fn shown(c: char) -> String {
    if is_unseen(c) { format!("U+{:04X}", u32::from(c)) } else { c.to_string() }
}

/// The template that makes a username of this name, as a line of the config: between `'''`, a `\` and a `'` mean
/// themselves.
pub(super) fn corrected(template: &str, name: &str) -> String {
    let expression = template.trim().strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")).map(str::trim);
    let unfit = unfit(name);
    let long = name.chars().count() > LONGEST;
    let Some(expression) = expression.filter(|inner| !inner.contains("}}")) else {
        return format!("cut and replace in its parts, as {{{{ name[:{LONGEST}] | replace(\"/\", \"-\") }}}} does");
    };
    if !long && unfit.is_empty() {
        return "let the template take another claim".to_owned();
    }
    let cut = if long { format!("[:{LONGEST}]") } else { String::new() };
    let replaced = unfit.into_iter().map(|c| match c {
        '\\' => r#" | replace("\\", "-")"#.to_owned(),
        '/' => r#" | replace("/", "-")"#.to_owned(),
        unseen => format!(r#" | replace("\u{:04x}", "")"#, u32::from(unseen)),
    });
    let replaced: String = replaced.collect();
    format!("write username = '''{{{{ ({expression}){cut}{replaced} }}}}'''")
}
