//! No message shows a secret (C56).

use std::path::Path;

use vestibule::config::{Environment, read};
use vestibule::upstream::KINDS;

use super::{COMPLETE, folder, in_folder};
use crate::{APP, PROVIDER, SERVER, mistakes, mistakes_with};

// C56: the secret is written where its path belongs
#[test]
fn a_secret_written_in_place_of_its_file_is_not_shown() {
    let long = "TOPSECRET".repeat(60);
    for secret in ["TOPSECRETVALUE==", "TOP/SECRET+VALUE.w", "/TOPSECRET", &long] {
        let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &format!("client_secret_file = \"{secret}\""));
        let variables =
            [("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET_FILE", secret), ("VESTIBULE_DATABASE__URL_FILE", secret)];
        for message in
            [mistakes(&[SERVER, &text, APP].concat()), mistakes_with(&[SERVER, PROVIDER, APP].concat(), &variables)]
        {
            assert!(
                message.contains("_file` names a file that ")
                    && !message.contains("SECRET+")
                    && !message.contains("TOPSECRET"),
                "{message}"
            );
        }
    }
}

#[test]
fn an_unquoted_text_is_reported_and_not_shown() {
    for word in ["TOPSECRET", "s3cret", "true-secret", "9f8e7d6c", "abc def", "+secret"] {
        let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &format!("client_secret = {word}"));
        assert_eq!(
            mistakes(&[SERVER, &text, APP].concat()),
            "vestibule.toml:9: not TOML: the value of `client_secret` is not a number, true or false, and a text needs \
             quotation marks; write client_secret = \"…\"",
            "{word}"
        );
    }
}

/// Breaks a line with a secret at every place: the message may name the key, but no six characters of the value.
fn assert_never_shown(secret: &str, breaks: &str) {
    let own = "[[provider]]\nid = \"own\"\nkind = \"password\"\nname = \"Own\"\n";
    let line = format!("client_secret = \"{secret}\"");
    let pepper = line.replace("client_secret", "pepper");
    let characters: Vec<char> = secret.chars().collect();
    for (whole, text) in
        [(&line, PROVIDER.replace("client_secret = \"s3cret-of-uni\"", &line)), (&pepper, format!("{own}{pepper}\n"))]
    {
        for at in whole.char_indices().map(|(at, _)| at).skip_while(|at| *at < whole.find('=').unwrap()) {
            let (before, after) = whole.split_at(at);
            let broken = text.replace(whole.as_str(), &format!("{before}{breaks}{after}"));
            let read =
                read(&[SERVER, &broken, APP].concat(), Path::new("vestibule.toml"), &Environment::default(), &KINDS);
            let Err(message) = read else { continue };
            let message = message.to_string();
            for piece in characters.windows(6) {
                let piece: String = piece.iter().collect();
                assert!(!message.contains(&piece), "{piece:?} of {secret:?} broken at {at}: {message}");
            }
        }
    }
}

// C56
#[test]
fn a_secret_broken_over_lines_is_not_shown() {
    for breaks in ["\n", "\r\n", "\n\n  ", "\"\n", "\n\"", "\n="] {
        assert_never_shown("Q2hhbmdlTWVQbGVhc2VTZWNyZXQxMjM0NTY3ODkwMTI==", breaks);
        assert_never_shown("Zm9v=YmFyYmF6cXV4.Zm9vMTIzNDU2 [Nzg5MGFi]=ZGVmZ2hp", breaks);
    }
    let text = PROVIDER.replace("client_secret = \"s3cret-of-uni\"", "client_secret = \"Q2hhbmdl\nTWVQbGVhc2U==\"");
    assert_eq!(
        mistakes(&[SERVER, &text, APP].concat()),
        "vestibule.toml:9: not TOML: invalid basic string, expected `\"`\nvestibule.toml:10: not TOML: a value is not \
         a number, true or false, and a text needs quotation marks, the second one in the same line"
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]
    // C56. No `#`: it turns the rest of the line into a comment, and what is left may be a key, which the message
    // must name.
    #[test]
    fn no_piece_of_a_secret_is_in_a_message(secret in "[a-zA-Z0-9+/=_. \\[\\]{},'-]{12,40}", breaks in "\"?\n[ \"=]?") {
        assert_never_shown(&secret, &breaks);
    }
}

// C56
#[test]
fn a_secret_appears_neither_in_debug_output_nor_in_a_mistake() {
    let folder = folder();
    let config = in_folder(&folder, COMPLETE, &[("VESTIBULE_DATABASE__URL", "postgres://u:hush@h/d")]);
    let shown = format!("{config:?} {}", config.database);
    assert!(!shown.contains("s3cret") && !shown.contains("hush"), "{shown}");

    let variables =
        [("VESTIBULE_PROVIDER__UNI__CLIENT_SECRET", "hush"), ("VESTIBULE_DATABASE__URL", "postgres:/u:hush@")];
    let twice = [SERVER, PROVIDER, "client_secret_file = [\"hush\"]\nclient_secret = \"hush\"\n", APP].concat();
    for message in [mistakes(&twice), mistakes_with(&[SERVER, PROVIDER, APP, "x = 1"].concat(), &variables)] {
        assert!(!message.contains("s3cret") && !message.contains("hush"), "{message}");
    }
    let environment: Environment = variables.into_iter().collect();
    assert!(!format!("{environment:?}").contains("hush"));
}
