//! How results of binds and searches are interpreted.

use ldap3::LdapResult;
use ldap3::controls::{Control, RawControl};

use super::{
    BindOutcome, Failover, HIDDEN_GROUPS_PHASE, OWN_ENTRY_PHASE, OWN_GROUPS_PHASE, PASSWORD_POLICY, SUBJECT_PHASE,
    ServerError, bind_outcome, redacted,
};
use crate::base::redaction::{REDACTED_WHOLE, Redaction};
use crate::signin::identify::password::RefusalReason;

fn result(rc: u32, text: &str, password_policy: Option<&[u8]>) -> LdapResult {
    let control =
        |val: &[u8]| Control(None, RawControl { ctype: PASSWORD_POLICY.into(), crit: false, val: Some(val.into()) });
    LdapResult {
        rc,
        matched: String::new(),
        text: text.into(),
        refs: vec![],
        ctrls: password_policy.map(control).into_iter().collect(),
    }
}

fn read(rc: u32, text: &str, password_policy: Option<&[u8]>) -> BindOutcome {
    bind_outcome(&result(rc, text, password_policy), RefusalReason::Password)
}

#[test]
fn an_entry_that_its_owner_may_not_read_is_not_a_wrong_base() {
    let search = |phase, rc| ServerError::of_search("ldap:389", phase, "uid=ada,dc=x", &result(rc, "", None)).cause;
    for rc in [32, 50] {
        let cause = search(OWN_ENTRY_PHASE, rc);
        assert!(cause.phase == SUBJECT_PHASE && cause.why.contains("may not read their own entry"), "{cause}");
        assert!(!cause.why.contains("correct the base"), "{cause}");
    }
    assert!(search("search", 32).why.contains("correct the base"));
    assert!(search(OWN_ENTRY_PHASE, 51).why.contains("look at its log"));
    // C56
    assert!(!search(OWN_ENTRY_PHASE, 34).why.contains("uid=ada"));
}

#[test]
fn a_person_who_may_read_only_a_part_of_their_groups_may_read_their_entry() {
    let search = |rc| ServerError::of_search("ldap:389", OWN_GROUPS_PHASE, "uid=ada,dc=x", &result(rc, "", None));
    for rc in [32, 50] {
        let ServerError { cause, failover } = search(rc);
        assert_eq!((cause.phase, failover), (HIDDEN_GROUPS_PHASE, Failover::Stop));
        assert!(
            cause.why.starts_with("a signed-in person may read only a part of their groups; let `self`"),
            "{cause}"
        );
    }
    // C56
    assert!(!search(34).cause.why.contains("uid=ada"));
}

#[test]
fn a_code_of_active_directory_gives_the_reason_for_the_log() {
    let because = |code: &str| {
        read(
            49,
            &format!("80090308: LdapErr: DSID-0C090439, comment: AcceptSecurityContext error, data {code}, v4563"),
            None,
        )
    };
    for (code, why) in [
        ("52e", RefusalReason::Password),
        ("525", RefusalReason::Password),
        ("530", RefusalReason::NotAllowed),
        ("532", RefusalReason::PasswordExpired),
        ("533", RefusalReason::Disabled),
        ("701", RefusalReason::AccountExpired),
        ("773", RefusalReason::PasswordReset),
        ("775", RefusalReason::Locked),
    ] {
        assert_eq!(because(code), BindOutcome::Refused(why), "{code}");
    }
}

// C56
#[test]
fn text_that_holds_typed_words_is_left_out_and_the_code_of_active_directory_stays() {
    let typed = Redaction::of(["AcceptSecurityContext", "MyPassw0rd"]);
    let redacted_text = |text: &str| redacted(text.to_owned(), &[&Redaction::default(), &typed]);
    assert_eq!(redacted_text("filter (uid=mypassw0rd) refused"), REDACTED_WHOLE);
    assert_eq!(redacted_text("cannot bind uid=My\\50assw0rd,ou=people"), REDACTED_WHOLE);
    assert_eq!(redacted_text("no such user"), "no such user");
    let disabled = redacted_text("80090308: comment: AcceptSecurityContext error, data 533, v4563");
    assert_eq!(disabled, format!("AcceptSecurityContext error, data 533, {REDACTED_WHOLE}"));
    assert_eq!(read(49, &disabled, None), BindOutcome::Refused(RefusalReason::Disabled));
    assert_eq!(redacted_text("AcceptSecurityContext error, data MyPassw0rd, v4563"), REDACTED_WHOLE);
}

#[test]
fn a_password_policy_gives_the_reason_and_refuses_a_password_that_must_be_changed() {
    assert_eq!(read(49, "", Some(&[0x30, 3, 0x81, 1, 1])), BindOutcome::Refused(RefusalReason::Locked));
    assert_eq!(read(49, "", Some(&[0x30, 3, 0x81, 1, 0])), BindOutcome::Refused(RefusalReason::PasswordExpired));
    assert_eq!(read(0, "", Some(&[0x30, 3, 0x81, 1, 2])), BindOutcome::Refused(RefusalReason::PasswordReset));
    // Only a warning: the seconds until the password expires.
    assert_eq!(read(0, "", Some(&[0x30, 5, 0xa0, 3, 0x80, 1, 9])), BindOutcome::Accepted);
    assert_eq!(
        read(0, "", Some(&[0x30, 8, 0xa0, 3, 0x80, 1, 9, 0x81, 1, 2])),
        BindOutcome::Refused(RefusalReason::PasswordReset)
    );
    for invalid in [&[][..], &[0x30], &[0x30, 9, 1], &[0x30, 2, 0x81, 200]] {
        assert_eq!(read(49, "", Some(invalid)), BindOutcome::Refused(RefusalReason::Password), "{invalid:?}");
    }
}

#[test]
fn only_the_code_of_success_is_accepted() {
    assert_eq!(read(0, "", None), BindOutcome::Accepted);
    for rc in 1..130 {
        assert_ne!(read(rc, "", None), BindOutcome::Accepted, "{rc}");
    }
}
