//! What a refusal says to an admin.

use super::shell_quoted;

#[test]
fn what_is_pasted_into_a_shell_is_what_the_provider_said_and_nothing_unseen() {
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
