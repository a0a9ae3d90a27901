//! How results of binds and searches are interpreted.

use ldap3::LdapResult;
use ldap3::controls::{Control, RawControl};

use super::{
    BindOutcome, Failover, HIDDEN_GROUPS_PHASE, OWN_ENTRY_PHASE, OWN_GROUPS_PHASE, PASSWORD_EXPIRED, PASSWORD_POLICY,
    SUBJECT_PHASE, ServerError, bind_outcome, redacted, service_account_refused,
};
use crate::base::redaction::{REDACTED_WHOLE, Redaction};
use crate::signin::identify::password::RefusalReason;

fn control(name: &str, val: &[u8]) -> Control {
    Control(None, RawControl { ctype: name.into(), crit: false, val: Some(val.into()) })
}

fn result(rc: u32, text: &str, password_policy: Option<&[u8]>) -> LdapResult {
    LdapResult {
        rc,
        matched: String::new(),
        text: text.into(),
        refs: vec![],
        ctrls: password_policy.map(|val| control(PASSWORD_POLICY, val)).into_iter().collect(),
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
        ("52E", RefusalReason::Password),
        ("52f", RefusalReason::Restricted),
        ("52F", RefusalReason::Restricted),
        ("530", RefusalReason::NotAllowed),
        ("531", RefusalReason::NotAllowed),
        ("534", RefusalReason::NotAllowed),
        ("569", RefusalReason::NotAllowed),
        ("568", RefusalReason::TooManyGroups),
        ("532", RefusalReason::PasswordExpired),
        ("533", RefusalReason::Disabled),
        ("701", RefusalReason::AccountExpired),
        ("773", RefusalReason::PasswordReset),
        ("775", RefusalReason::Locked),
        ("51f", RefusalReason::UnknownCode(0x51f)),
        ("0", RefusalReason::UnknownCode(0)),
        ("cafe1", RefusalReason::Password),
        ("none", RefusalReason::Password),
    ] {
        assert_eq!(because(code), BindOutcome::Refused(why), "{code}");
    }
    assert!(RefusalReason::UnknownCode(0x51f).to_string().contains("with the code 51f, "));
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
    let digits = Redaction::of(["1234"]);
    assert_eq!(redacted("AcceptSecurityContext error, data 1234, v4563".into(), &[&digits]), REDACTED_WHOLE);
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
fn a_service_account_that_a_policy_refuses_after_a_success_has_no_error_code() {
    let reset: &[u8] = &[0x30, 3, 0x81, 1, 2];
    let words = |rc| service_account_refused(RefusalReason::PasswordReset, &result(rc, "", Some(reset)));
    assert!(words(0).ends_with("or requires a change; look at its account there"), "{}", words(0));
    assert!(words(49).ends_with("or requires a change (49 invalidCredentials); look at its account there"));
}

// 389 Directory Server, and others of its family
#[test]
fn the_control_of_an_expired_password_gives_the_reason() {
    let read = |rc, text: &str, controls: &[(&str, &[u8])]| {
        let ctrls = controls.iter().map(|(name, val)| control(name, val)).collect();
        bind_outcome(&LdapResult { ctrls, ..result(rc, text, None) }, RefusalReason::Password)
    };
    let expired: (&str, &[u8]) = (PASSWORD_EXPIRED, b"0");
    let expiring: (&str, &[u8]) = ("2.16.840.1.113730.3.4.5", b"3600");
    let refused = |why| BindOutcome::Refused(why);
    assert_eq!(read(49, "password expired!", &[expired]), refused(RefusalReason::PasswordExpired));
    assert_eq!(read(0, "", &[expired]), refused(RefusalReason::PasswordChangeRequired));
    // The error of a password policy says more. Without an error, it is one of the last logins.
    assert_eq!(read(49, "", &[expired, (PASSWORD_POLICY, &[0x30, 3, 0x81, 1, 1])]), refused(RefusalReason::Locked));
    let reset: &[u8] = &[0x30, 3, 0x81, 1, 2];
    assert_eq!(read(0, "", &[expired, (PASSWORD_POLICY, reset)]), refused(RefusalReason::PasswordReset));
    let grace: &[u8] = &[0x30, 5, 0xa0, 3, 0x81, 1, 2];
    assert_eq!(read(0, "", &[expired, (PASSWORD_POLICY, grace)]), BindOutcome::Accepted);
    assert_eq!(read(0, "", &[expiring]), BindOutcome::Accepted);
    assert_eq!(read(49, "", &[expiring]), refused(RefusalReason::Password));
}

#[test]
fn only_the_code_of_success_is_accepted() {
    assert_eq!(read(0, "", None), BindOutcome::Accepted);
    for rc in 1..130 {
        assert_ne!(read(rc, "", None), BindOutcome::Accepted, "{rc}");
    }
}
