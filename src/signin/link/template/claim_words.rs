//! The claims that the text of a template names, as paths: `data.login` for `data.login` and `claims["data"].login`.

use std::collections::BTreeSet;

/// The paths in the conditions of a template: between `if` or `elif` and the end of the condition.
pub(super) fn tested_paths(template: &str) -> BTreeSet<String> {
    let dotted = with_dots(template);
    let (mut paths, mut is_condition) = (BTreeSet::new(), false);
    for (word, end) in words(&dotted) {
        match word {
            "if" | "elif" => is_condition = true,
            "else" => is_condition = false,
            word if is_condition => {
                let path = below_claims(word);
                paths.extend([path, without_place(path)].map(ToOwned::to_owned));
            }
            _ => {}
        }
        is_condition &= !matches!(end, Some('%' | '}'));
    }
    paths
}

/// The paths that the template steps into: `data` and `data.user` for `data.user.login`. The last step does not count
/// if it is a place, as in `name[0]`: it may be that of a character.
pub(super) fn paths_with_members(template: &str) -> BTreeSet<String> {
    let dotted = with_dots(template);
    let mut inner = BTreeSet::new();
    for (word, _) in words(&dotted) {
        let path = without_place(below_claims(word));
        inner.extend(path.match_indices('.').map(|(dot, _)| path.split_at(dot).0.to_owned()));
    }
    inner
}

/// The path without a number as its last step.
pub(super) fn without_place(path: &str) -> &str {
    match path.rsplit_once('.') {
        Some((list, place)) if is_place(place) => list,
        Some(_) | None => path,
    }
}

/// The template with a dot for each subscript.
fn with_dots(template: &str) -> String {
    let dotted = template.replace('"', "'").replace("['", ".").replace("']", "");
    let mut parts = dotted.split('[');
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once(']') {
            Some((place, rest)) if is_place(place) => whole.extend([".", place, rest]),
            Some(_) | None => whole.extend(["[", part]),
        }
    }
    whole
}

fn is_place(step: &str) -> bool {
    !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit())
}

/// Each word with the character after it.
fn words(template: &str) -> impl Iterator<Item = (&str, Option<char>)> {
    let is_part = |c: char| c.is_alphanumeric() || "_:/.-".contains(c);
    template.split_inclusive(move |c: char| !is_part(c)).map(move |word| {
        match word.char_indices().next_back().filter(|(_, last)| !is_part(*last)) {
            Some((at, last)) => (word.split_at(at).0, Some(last)),
            None => (word, None),
        }
    })
}

fn below_claims(word: &str) -> &str {
    word.strip_prefix("claims.").unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::{paths_with_members, tested_paths};

    #[test]
    fn each_way_to_write_a_path_names_the_same_claim() {
        for path in ["a.b.c", "a['b'].c", "a[\"b\"]['c']", "claims.a.b.c", "claims['a'].b.c", "claims[\"a\"]['b'].c"] {
            let tested = tested_paths(&format!("{{% if {path} %}}{{{{ x.y }}}}{{% endif %}}"));
            assert!(tested.contains("a.b.c") && !tested.contains("x.y"), "{path}: {tested:?}");
            let inner = paths_with_members(&format!("{{{{ {path} | lower }}}}"));
            assert_eq!(inner.into_iter().collect::<Vec<_>>(), ["a", "a.b"], "{path}");
        }
        for (template, inner) in [
            ("{{ names[0] }}{{ name[:64] }}{{ name[-1] }}", &[][..]),
            ("{{ emails[0].value }}", &["emails", "emails.0"]),
            ("{{ claims['a:b'] }}", &[]),
        ] {
            assert_eq!(paths_with_members(template).into_iter().collect::<Vec<_>>(), inner, "{template}");
        }
    }
}
