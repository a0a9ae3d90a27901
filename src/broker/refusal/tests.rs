//! Tests of the commands that a refusal shows to an admin.

use super::Cause;
use crate::signin::identify::IdentityKey;

#[test]
fn the_command_that_links_an_identity_quotes_its_words_for_a_shell() {
    for (issuer, subject, fix) in [
        (
            "https://sso.example.edu",
            "ada",
            "link it: vestibule identity link -- uni https://sso.example.edu 'ada' USERNAME",
        ),
        (
            "ldap:dc=x,ou=a b",
            r"CORP\tom's",
            r"link it: vestibule identity link -- uni 'ldap:dc=x,ou=a b' 'CORP\tom'\''s' USERNAME",
        ),
        (
            "unix:host",
            "ada\n",
            "no command can link it: its issuer \"unix:host\" or its subject \"ada\\n\" holds a NUL or ends with a \
             line break",
        ),
    ] {
        let (provider, issuer, subject) = ("uni".parse().unwrap(), issuer.into(), subject.into());
        let cause = Cause::IdentityUnknown(IdentityKey { provider, issuer, subject });
        assert_eq!(cause.to_string(), format!("the identity is linked to no account; {fix}"));
    }
}
