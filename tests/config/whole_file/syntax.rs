//! Text that is not TOML, and tables of the wrong shape.

use vestibule::config::{Environment, read};
use vestibule::upstream::KINDS;

use super::{COMPLETE, folder};
use crate::{APP, PROVIDER, SERVER, mistakes, mistakes_with};

#[test]
fn a_config_cut_off_anywhere_is_reported() {
    let folder = folder();
    let file = folder.path().join("vestibule.toml");
    for end in (0..COMPLETE.len()).step_by(3) {
        if let Err(found) = read(&COMPLETE[..end], &file, &Environment::default(), &KINDS) {
            assert!(found.iter().count() > 0, "{end}");
        }
    }
}

#[test]
fn lines_that_are_not_toml_are_reported_beside_every_other_mistake() {
    let text = [SERVER, "listn = \"x\"\n", PROVIDER, "client_id = \"again\"\nname \"x\"\n", APP].concat();
    assert_eq!(
        mistakes(&text),
        "\
vestibule.toml:3: [server] unknown key `listn`; did you mean `listen`?
vestibule.toml:11: not TOML: duplicate key `client_id`: the same key is further up
vestibule.toml:12: not TOML: key with no value, expected `=`"
    );
}

#[test]
fn a_list_of_tables_written_as_one_table_is_reported_with_a_fix() {
    let text = [SERVER, &PROVIDER.replace("[[provider]]", "[provider]"), APP].concat();
    assert_eq!(mistakes(&text), "vestibule.toml:3: `provider` must be a list of tables; write [[provider]]");
}

#[test]
fn a_section_of_the_wrong_shape_is_one_mistake() {
    let text = [&SERVER.replace("[server]", "[[server]]"), PROVIDER, APP].concat();
    assert_eq!(mistakes(&text), "vestibule.toml:1: `server` must be a table; write [server], in single brackets");
}

#[test]
fn after_an_unclosed_heading_or_quotation_only_earlier_mistakes_are_reported() {
    let heading = [&SERVER.replace("[server]", "[server"), PROVIDER, APP].concat();
    assert_eq!(mistakes(&heading), "vestibule.toml:1: not TOML: unclosed table, expected `]`");
    let variables = [("VESTIBULE_PROVIDER__UNI__CLIENT_ID", "x"), ("VESTIBULE_SEVER__LISTEN", "x")];
    assert_eq!(mistakes_with(&heading, &variables), mistakes(&heading));
    let quote = [SERVER, "[brand]\nname = \"Example\n", PROVIDER, APP, "[nobody]\nknows = 1\n"].concat();
    let message = mistakes(&quote);
    assert!(message.starts_with("vestibule.toml:4: not TOML: ") && !message.contains("nobody"), "{message}");
}

#[test]
fn an_unquoted_value_is_corrected_by_the_type_of_its_key() {
    let flag = "the value of `enabled` must be true or false, in lower case and with nothing after it; write";
    let number = "the value of `free_tries` must be a whole number: digits alone, without a 0 before them; write";
    for (line, expected) in [
        ("enabled = True", format!("{flag} enabled = true")),
        ("enabled = yes", format!("{flag} enabled = true")),
        ("enabled = true;", format!("{flag} enabled = true")),
        ("enabled = off # for now", format!("{flag} enabled = false")),
        ("enabled = perhaps", format!("{flag} enabled = true or enabled = false")),
        ("free_tries = 007", format!("{number} free_tries = 7")),
        ("free_tries = 5x", format!("{number} free_tries = …")),
        ("scopes = openid", "the value of `scopes` must be a list of texts; write scopes = [\"…\"]".to_owned()),
        (
            "issuer_ = word",
            "a value is not a number, true or false, and a text needs quotation marks, the second one in the \
                           same line"
                .to_owned(),
        ),
    ] {
        let text = format!("{SERVER}{PROVIDER}{line}\n{APP}");
        assert_eq!(mistakes(&text), format!("vestibule.toml:10: not TOML: {expected}"), "{line}");
    }
}

#[test]
fn a_key_without_a_value_is_named() {
    for line in ["enabled =", "enabled = # later"] {
        let text = format!("{SERVER}{PROVIDER}{line}\n{APP}");
        let expected = "`enabled` has no value; write one after the =, or leave the line out";
        assert_eq!(mistakes(&text), format!("vestibule.toml:10: not TOML: {expected}"), "{line}");
    }
}

/// The message about a broken line names its key.
#[test]
fn every_key_of_the_complete_example_has_a_known_type_for_unquoted_values() {
    for (line, text) in COMPLETE.lines().enumerate() {
        let key = text
            .split_once(" = ")
            .map(|(key, _)| key)
            .filter(|key| *key != "groups" && !key.starts_with(['"', '#', '[']));
        let Some(key) = key else { continue };
        let mut lines: Vec<String> = COMPLETE.lines().map(str::to_owned).collect();
        lines[line] = format!("{key} = word");
        let message = mistakes(&lines.join("\n"));
        assert!(message.contains(&format!("not TOML: the value of `{key}` ")), "{message}");
    }
}

#[test]
fn a_table_in_the_wrong_brackets_is_one_mistake() {
    let message_for = |from: &str, to: &str| mistakes(&[SERVER, PROVIDER, APP].concat().replace(from, to));
    assert_eq!(
        message_for("[server]", "[[server]]"),
        "vestibule.toml:1: `server` must be a table; write [server], in single brackets"
    );
    assert_eq!(
        message_for("[[provider]]", "[provider]"),
        "vestibule.toml:3: `provider` must be a list of tables; write [[provider]]"
    );
    // A named table has all it needs; only its brackets are wrong.
    assert_eq!(
        message_for("[[provider]]\nid = \"uni\"", "[provider.uni]"),
        "vestibule.toml:3: `provider` must be a list of tables, found [provider.uni]; write [[provider]], and below it \
         id = \"uni\""
    );
    let text = [SERVER, &PROVIDER.replace("[[provider]]", "[provider.uni]"), APP].concat();
    let text = text.replace("[[app.allow]]", "[[app.allow]]\nproviders = [\"uni\"]");
    assert_eq!(
        mistakes(&text),
        "vestibule.toml:3: `provider` must be a list of tables, found [provider.uni]; write [[provider]]"
    );
    let app = APP.replace("[[app]]\nid = \"notes\"", "[app.notes]").replace("[[app.allow]]", "[[app.notes.allow]]");
    assert_eq!(
        mistakes(&[SERVER, PROVIDER, &app].concat()),
        "vestibule.toml:10: `app` must be a list of tables, found [app.notes]; write [[app]], and below it id \
         = \"notes\""
    );
    assert_eq!(message_for("[[app]]", "[app]"), "vestibule.toml:10: `app` must be a list of tables; write [[app]]");
    assert_eq!(message_for("[[app]]", "[[apps]]"), "vestibule.toml:10: unknown section `apps`; did you mean `app`?");
}

#[test]
fn a_table_in_single_brackets_beside_others_in_double_ones_is_named() {
    let brackets = |name: &str| {
        format!("[{name}] is in single brackets, but the file has others in double ones; write [[{name}]]")
    };
    let second = PROVIDER.replace("[[provider]]", "[provider]").replace("uni", "uno");
    let message = mistakes(&[SERVER, PROVIDER, &second, APP].concat());
    assert_eq!(message, format!("vestibule.toml:10: not TOML: {}", brackets("provider")));
    let message = mistakes(&[SERVER, PROVIDER, APP, &APP.replace("[[app]]", "[app]")].concat());
    assert_eq!(message, format!("vestibule.toml:16: not TOML: {}", brackets("app")));
    let message = mistakes(&[SERVER, PROVIDER, APP, "[server]\n"].concat());
    let twice = "the same table is further up; write all its keys under one heading";
    assert_eq!(message, format!("vestibule.toml:16: not TOML: {twice}"));
}

#[test]
fn missing_keys_are_not_reported_in_a_table_with_a_broken_line() {
    let local = "[[provider]]\nid = \"uni\"\nkind = \"oidc\"\nname = \"Uni\"\nissuer = \"http://127.0.0.1:9/\"\n\
                 client_id = \"x\"\nclient_secret = \"abc\nallow_private = true\n[provider.groups]\nstaff \
                 = \"staff\"\n";
    let broken = "not TOML: invalid basic string, expected `\"`";
    assert_eq!(mistakes(&[SERVER, local, APP].concat()), format!("vestibule.toml:9: {broken}"));
    let message = mistakes(&[SERVER, "listn = \"x\"\n", local, APP].concat());
    assert!(
        message.starts_with("vestibule.toml:3: [server] unknown key `listn`;") && message.ends_with(broken),
        "{message}"
    );
    assert_eq!(message.lines().count(), 2, "{message}");
    let in_a_part = local
        .replace("\"abc", "\"abc\"")
        .replace("staff = \"staff\"", "staff = \"staff")
        .replace("allow_private = true\n", "");
    assert_eq!(
        mistakes(&[SERVER, &in_a_part, APP].concat()),
        "vestibule.toml:11: not TOML: invalid basic string, expected `\"`"
    );
}

#[test]
fn an_invisible_or_confusable_character_is_named() {
    let space = "looks like a space, but is another character; write a space in its place, or leave it out";
    let mark = "is a typographic quotation mark, but TOML takes only \" and '; write \"…\"";
    let unseen = "an invisible character; write the line again without it";
    for (line, expected) in [
        ("\u{a0}enabled = true", format!("U+00A0 {space}")),
        ("enabled\u{2003}= true", format!("U+2003 {space}")),
        ("\u{200b}enabled = true", format!("the line holds U+200B, {unseen}")),
        ("username = “TOPSECRET”", format!("“ (U+201C) {mark}")),
        ("username = ‘TOPSECRET’", format!("‘ (U+2018) {mark}")),
        ("client–id = \"x\"", "– (U+2013) is a typographic dash, but keys hold only the hyphen; write -".to_owned()),
        ("\u{1a}", format!("the line holds U+001A, {unseen}")),
    ] {
        let text = format!("{SERVER}{PROVIDER}{line}\n{APP}");
        assert_eq!(mistakes(&text), format!("vestibule.toml:10: not TOML: {expected}"), "{line:?}");
    }
}
