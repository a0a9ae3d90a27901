//! The list of key types for lines that are not TOML agrees with the keys that the reader asks for.

use std::collections::{BTreeMap, BTreeSet};

use super::{mistakes, mistakes_with};
use vestibule::upstream::KINDS;

#[test]
fn every_config_key_has_a_known_type_for_unquoted_values() {
    let Reader { asked, sections } = Reader::walked();
    for (section, key) in [("server", "listen"), ("provider", "group_base"), ("app", "authserver"), ("allow", "rooms")]
    {
        assert!(asked.contains_key(key), "[{section}] was not visited: {asked:?}");
    }
    let mut wrong = Vec::new();
    // `groups` is a table in a provider, and a list in a rule.
    for (key, types) in asked.iter().filter(|(key, _)| *key != "groups") {
        let message = mistakes(&format!("[server]\n{key} = word\n"));
        let message = message.lines().find(|line| line.contains("not TOML") && line.contains(&format!("`{key}`")));
        let listed =
            message.and_then(|message| WRITTEN.iter().find(|(words, _)| message.contains(words))).map(|(_, of)| *of);
        if !listed.is_some_and(|listed| types.contains(listed)) {
            wrong.push(format!("`{key}` is {types:?} and is listed as {listed:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
    // The reader asks for some keys only if they are present.
    let is_read = |key: &str| {
        let unknown = format!("unknown key `{key}`");
        asked.contains_key(key)
            || sections.iter().any(|text| !mistakes(&format!("{text}{key} = 1.5\n")).contains(&unknown))
    };
    let stale: Vec<_> = listed().filter(|key| !is_read(key)).collect();
    assert_eq!(stale, [""; 0], "no section has these listed keys");
}

/// The keys in the lists of the reader's source.
fn listed() -> impl Iterator<Item = &'static str> {
    let source = include_str!("../../src/config/reader/unquoted_value.rs");
    let lists = source.split("&str = \"").skip(1).filter_map(|rest| rest.split('"').next());
    lists.flat_map(str::split_whitespace).filter(|word| *word != "\\")
}

/// The keys and sections that the config reader asks for.
#[derive(Default)]
struct Reader {
    /// Each key with its possible types.
    asked: BTreeMap<String, BTreeSet<&'static str>>,
    /// Configs that end in a section, one for each section except the root and tables that accept any key.
    sections: Vec<String>,
}

/// The message about a value of the wrong type, and the expected type.
const WANTED: [(&str, &str); 5] = [
    ("must be a string", "text"),
    ("must be true or false", "flag"),
    ("must be a whole number", "number"),
    ("must be a list, ", "list"),
    ("must be `false`, or ", "number"),
];
/// The message about an unquoted value, and the type that it expects.
const WRITTEN: [(&str, &str); 4] = [
    ("a text needs quotation marks", "text"),
    ("must be true or false", "flag"),
    ("must be a whole number", "number"),
    ("must be a list of texts", "list"),
];

impl Reader {
    fn walked() -> Self {
        let mut reader = Self::default();
        reader.collect_keys("", "");
        reader
    }

    /// Collects the keys of the section that `text` ends in, with their types. `path` is that section's name.
    fn collect_keys(&mut self, text: &str, path: &str) {
        let known = known(text);
        if !path.is_empty() && !known.is_empty() {
            self.sections.push(text.to_owned());
        }
        for key in known {
            if key == "kind" {
                self.asked.entry(key).or_default().insert("text");
                continue;
            }
            if text.contains(&format!("\n{key} = ")) {
                continue;
            }
            let message = mistakes_with(&format!("{text}{key} = 1.5\n"), &[]);
            let message = message.lines().find(|line| line.contains(&format!("`{key}` must be ")));
            let message = message.unwrap_or_else(|| panic!("{text}{key} = 1.5 is accepted"));
            let inner = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            if message.contains("must be a list of tables") {
                for kind in kinds(&key) {
                    self.collect_keys(&format!("{text}[[{inner}]]\n{kind}"), &inner);
                }
            } else if message.contains("must be a table") {
                self.collect_keys(&format!("{text}[{inner}]\n"), &inner);
            } else {
                let (_, of) =
                    WANTED.iter().find(|(words, _)| message.contains(words)).unwrap_or_else(|| panic!("{message}"));
                self.asked.entry(key).or_default().insert(of);
            }
        }
    }
}

/// The first lines of a table, one for each set of keys that it may have.
fn kinds(table: &str) -> Vec<String> {
    match table {
        "provider" => {
            let kinds = KINDS.offered.iter().map(|kind| format!("kind = \"{}\"\n", kind.name()));
            let ways = ["base = \"dc=x\"", "bind_dn = \"uid={username}\"", "preset = \"active-directory\""];
            let kinds = kinds.chain(["kind = \"xmpp\"\ndomains = [\"example.org\"]\n".to_owned()]);
            let kinds = kinds.chain(ways.map(|way| format!("kind = \"ldap\"\n{way}\n")));
            kinds.chain((KINDS.presets)().iter().map(|preset| format!("kind = \"{}\"\n", preset.name))).collect()
        }
        "app" => {
            let kinds = ["galene", "plain"].map(|kind| format!("kind = \"{kind}\"\n"));
            kinds.into_iter().chain(["kind = \"galene\"\n[app.galene_api]\n".to_owned()]).collect()
        }
        _ => vec![String::new()],
    }
}

/// The keys of the section that `text` ends in.
fn known(text: &str) -> Vec<String> {
    let message = mistakes(&format!("{text}qqqqqqqqqqqq = 1\n"));
    let message = message.lines().find_map(|line| line.split_once("`qqqqqqqqqqqq`; known here: "));
    message.map(|(_, keys)| keys.split(", ").map(str::to_owned).collect()).unwrap_or_default()
}
