//! Tests of the commands that a refusal quotes for an admin.

use super::{shell_operand, shell_quoted};

#[test]
fn a_quoted_subject_is_safe_in_a_shell_and_shows_invisible_characters() {
    for (subject, pasted) in [
        ("ada-1815", "'ada-1815'"),
        ("d'or; rm -rf ~ $(id)", r"'d'\''or; rm -rf ~ $(id)'"),
        ("ada\nWARN all is well", r"$'ada\u000aWARN all is well'"),
        ("ada\u{200b}", r"$'ada\u200b'"),
        ("\u{202e}'\\", r"$'\u202e\'\u005c'"),
        ("d'or \"x\"", r"$'d\'or \u0022x\u0022'"),
        ("a\"b=c", r"$'a\u0022b\u003dc'"),
        ("cn=O'Brien,dc=x", r"$'cn\u003dO\'Brien,dc\u003dx'"),
        ("cn=ada,dc=x", "'cn=ada,dc=x'"),
    ] {
        assert_eq!(shell_quoted(subject), pasted);
    }
}

#[test]
fn a_name_that_begins_like_an_option_follows_two_hyphens() {
    for (name, pasted) in [("ada", "ada"), ("Ada L.", "'Ada L.'"), ("-dash", "-- '-dash'"), ("--help", "-- '--help'")] {
        assert_eq!(shell_operand(name), pasted);
    }
}
