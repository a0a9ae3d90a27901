//! What answers of servers mean.

use ldap3::LdapResult;
use ldap3::controls::{Control, RawControl};

use super::{Bound, OWN_ENTRY, POLICY, Trouble, UNUSABLE, bound, redacted};
use crate::base::redaction::{REPEATED, Redaction};
use crate::signin::identify::password::Wrong;

fn result(rc: u32, text: &str, policy: Option<&[u8]>) -> LdapResult {
    let control = |val: &[u8]| Control(None, RawControl { ctype: POLICY.into(), crit: false, val: Some(val.into()) });
    LdapResult {
        rc,
        matched: String::new(),
        text: text.into(),
        refs: vec![],
        ctrls: policy.map(control).into_iter().collect(),
    }
}

fn read(rc: u32, text: &str, policy: Option<&[u8]>) -> Bound {
    bound(&result(rc, text, policy), Wrong::Password)
}

#[test]
fn an_entry_that_its_owner_may_not_read_is_no_wrong_base() {
    let search = |phase, rc| Trouble::of_search("ldap:389", phase, "uid=ada,dc=x", &result(rc, "", None)).told;
    for rc in [32, 50] {
        let told = search(OWN_ENTRY, rc);
        assert!(told.phase == UNUSABLE && told.why.contains("may not read their own entry"), "{told}");
        assert!(!told.why.contains("correct the base"), "{told}");
    }
    assert!(search("search", 32).why.contains("correct the base"));
    assert!(search(OWN_ENTRY, 51).why.contains("look at its log"));
    // C56
    assert!(!search(OWN_ENTRY, 34).why.contains("uid=ada"));
}

#[test]
fn active_directory_says_why_and_the_log_may_know() {
    let because = |code: &str| {
        read(
            49,
            &format!("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {code}, v4563"),
            None,
        )
    };
    for (code, why) in [
        ("52e", Wrong::Password),
        ("525", Wrong::Password),
        ("530", Wrong::NotAllowed),
        ("532", Wrong::PasswordExpired),
        ("533", Wrong::Disabled),
        ("701", Wrong::AccountExpired),
        ("773", Wrong::PasswordExpired),
        ("775", Wrong::Locked),
    ] {
        assert_eq!(because(code), Bound::No(why), "{code}");
    }
}

// C56
#[test]
fn words_that_hold_what_was_typed_are_left_out_and_the_code_of_active_directory_stays() {
    let typed = Redaction::of(["AcceptSecurityContext", "MyPassw0rd"]);
    let said = |text: &str| redacted(text.to_owned(), &[&Redaction::default(), &typed]);
    assert_eq!(said("filter (uid=mypassw0rd) refused"), REPEATED);
    assert_eq!(said("cannot bind uid=My\\50assw0rd,ou=people"), REPEATED);
    assert_eq!(said("no such user"), "no such user");
    let disabled = said("80090308: comment: AcceptSecurityContext error, data 533, v4563");
    assert_eq!(disabled, format!("AcceptSecurityContext error, data 533, {REPEATED}"));
    assert_eq!(read(49, &disabled, None), Bound::No(Wrong::Disabled));
    assert_eq!(said("AcceptSecurityContext error, data MyPassw0rd, v4563"), REPEATED);
}

#[test]
fn a_password_policy_says_why_and_keeps_out_who_must_change_theirs_first() {
    assert_eq!(read(49, "", Some(&[0x30, 3, 0x81, 1, 1])), Bound::No(Wrong::Locked));
    assert_eq!(read(49, "", Some(&[0x30, 3, 0x81, 1, 0])), Bound::No(Wrong::PasswordExpired));
    assert_eq!(read(0, "", Some(&[0x30, 3, 0x81, 1, 2])), Bound::No(Wrong::PasswordExpired));
    // A warning alone: so many seconds are left.
    assert_eq!(read(0, "", Some(&[0x30, 5, 0xa0, 3, 0x80, 1, 9])), Bound::Yes);
    assert_eq!(read(0, "", Some(&[0x30, 8, 0xa0, 3, 0x80, 1, 9, 0x81, 1, 2])), Bound::No(Wrong::PasswordExpired));
    for odd in [&[][..], &[0x30], &[0x30, 9, 1], &[0x30, 2, 0x81, 200]] {
        assert_eq!(read(49, "", Some(odd)), Bound::No(Wrong::Password), "{odd:?}");
    }
}

#[test]
fn only_success_is_a_yes() {
    assert_eq!(read(0, "", None), Bound::Yes);
    for rc in 1..130 {
        assert_ne!(read(rc, "", None), Bound::Yes, "{rc}");
    }
}
