//! Tests of the commands that a refusal quotes for an admin.

use super::{shell_argument, shell_quoted, shell_value};

#[test]
fn a_quoted_subject_is_safe_in_a_shell_and_shows_invisible_characters() {
    for (subject, pasted) in [
        ("ada-1815", "'ada-1815'"),
        ("d'or; rm -rf ~ $(id)", r"'d'\''or; rm -rf ~ $(id)'"),
        ("ada\nWARN all is well", r"$'ada\u000aWARN all is well'"),
        ("ada\u{200b}", r"$'ada\u200b'"),
        ("\u{202e}'\\", r"$'\u202e\'\\'"),
    ] {
        assert_eq!(shell_quoted(subject), pasted);
    }
}

#[test]
fn an_argument_that_looks_like_an_option_follows_two_hyphens() {
    let argument = |text| (shell_argument(text), shell_value(text));
    assert_eq!(argument("grace.h@example.org"), ("grace.h@example.org".into(), "grace.h@example.org".into()));
    assert_eq!(argument("--help"), ("-- --help".into(), "--help".into()));
    assert_eq!(argument("-a b"), ("-- '-a b'".into(), "'-a b'".into()));
    assert_eq!(argument(""), ("''".into(), "''".into()));
}
