//! The answers of PAM services, and the results of a check.

use std::time::{Duration, Instant};

use serde_json::json;
use vestibule::signin::identify::password::{Credentials, NotAccepted, RefusalReason};
use vestibule::upstream::attempt::{Attempt, PasswordState};
use vestibule::upstream::health::silent_since;
use vestibule::upstream::pam::settings::SubjectForm;
use vestibule::upstream::{Availability, PasswordModule as _};

use super::{Fixture, RecordingGate, check, refused, trouble};
use vestibule::base::secret::Secret;

/// A service whose only password is `open sesame`.
const SESAME: &str = "\
auth [success=1 default=ignore] pam_exec.so quiet expose_authtok {folder}/sesame
auth requisite pam_deny.so
auth required pam_permit.so
account required pam_permit.so
";

fn sesame() -> Fixture {
    Fixture::with(SESAME).script("sesame", "[ \"$(tr -d '\\000')\" = 'open sesame' ]")
}

#[tokio::test]
async fn the_right_password_proves_an_identity() {
    let fixture = sesame();
    let identity = check(&fixture.module(), "daemon", "open sesame").await.unwrap();
    assert_eq!(identity.key.subject.as_str(), "daemon");
    assert_eq!(identity.key.issuer.as_str(), "pam:vestibule");
    assert_eq!(identity.claims["preferred_username"], json!("daemon"));
    assert_eq!((&identity.claims["name"], &identity.claims["groups"]), (&json!("daemon"), &json!(["daemon"])));
    assert_eq!(fixture.module().issuer().as_str(), "pam:vestibule");
}

// C15
#[tokio::test]
async fn a_subject_of_more_than_255_bytes_is_refused() {
    let fixture = sesame();
    let module = fixture.module();
    let longest = check(&module, &"a".repeat(255), "open sesame").await;
    assert!(longest.is_ok(), "{longest:?}");
    let trouble = trouble(check(&module, &"a".repeat(256), "open sesame").await);
    assert_eq!(trouble.phase, "subject");
    assert!(trouble.why.contains("more than 255 bytes; give them a shorter name"), "{trouble}");
}

#[tokio::test]
async fn the_subject_can_be_uid_and_name() {
    let fixture = sesame();
    let module = fixture.with_subject(SubjectForm::UidAndName, Duration::from_secs(20));
    let identity = check(&module, "daemon", "open sesame").await.unwrap();
    assert_eq!(identity.key.subject.as_str(), "1:daemon");
    assert_eq!(identity.claims["preferred_username"], json!("daemon"));
    let Err(NotAccepted::Refused { subject: who, .. }) = check(&module, "daemon", "wrong").await else {
        panic!("let in")
    };
    assert_eq!(who.unwrap().as_str(), "1:daemon", "a refusal counts for the same identity");
    // A name without a uid never counts as an account with one.
    let trouble = trouble(check(&module, "virtual.person", "open sesame").await);
    assert_eq!(trouble.phase, "subject");
    assert!(
        trouble.why.contains("without a uid") && trouble.why.contains("; check that it can be queried, or set"),
        "{trouble}"
    );
}

#[tokio::test]
async fn a_person_unknown_to_the_system_has_only_a_name() {
    let identity = check(&sesame().module(), "virtual.person", "open sesame").await.unwrap();
    assert_eq!(identity.key.subject.as_str(), "virtual.person");
    assert_eq!(identity.claims["groups"], json!([]));
    assert_eq!(identity.claims.get("name"), None);
}

// C42
#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_are_refused_alike() {
    let fixture = sesame();
    let module = fixture.module();
    let mut took = Vec::new();
    for name in ["daemon", "nobody-here", "../daemon"] {
        let begun = Instant::now();
        assert_eq!(refused(&check(&module, name, "open sesam").await), RefusalReason::NameOrPassword, "{name}");
        took.push(begun.elapsed());
    }
    for elapsed in took {
        assert!(elapsed >= Duration::from_secs(1), "answered before a full second: {elapsed:?}");
    }
    assert_eq!(module.health().availability(), Availability::Answering);
}

// C41: every character as it was typed
#[tokio::test]
async fn a_password_is_passed_to_pam_unchanged() {
    let long = format!(" {} ", "ü".repeat(250));
    let fixture = Fixture::with(SESAME).script("sesame", &format!("[ \"$(tr -d '\\000')\" = '{long}' ]"));
    assert!(check(&fixture.module(), "daemon", &long).await.is_ok());
    assert_eq!(refused(&check(&fixture.module(), "daemon", long.trim()).await), RefusalReason::NameOrPassword);
}

// C41: PAM modules cut longer passwords, so such a password must never match
#[tokio::test]
async fn a_password_that_pam_would_cut_is_refused() {
    let script = "[ \"$(tr -d '\\000' | cut -c1-100)\" = \"$(printf '%0100d' 0)\" ]";
    let fixture = Fixture::with(SESAME).script("sesame", script);
    assert!(check(&fixture.module(), "daemon", &"0".repeat(511)).await.is_ok());
    assert_eq!(refused(&check(&fixture.module(), "daemon", &"0".repeat(512)).await), RefusalReason::NameOrPassword);
}

// C41
#[test]
fn an_empty_password_and_nul_never_reach_pam() {
    for bad in ["", "a\0b"] {
        assert!(Credentials::parse("daemon".into(), Secret::new(bad.to_owned())).is_err(), "{bad:?}");
    }
}

// C43
#[tokio::test]
async fn tries_are_counted_under_the_name_that_pam_gets() {
    let fixture = sesame();
    let (module, gate) = (fixture.module(), RecordingGate::default());
    let names = ["daemon", "Daemon", "ＤＡＥＭＯＮ"];
    for name in names {
        let typed = Credentials::parse(name.to_owned(), Secret::new("open sesame".to_owned())).unwrap();
        let _result = module.check(&Attempt::new(&typed, &gate)).await;
    }
    assert_eq!(*gate.0.lock().unwrap(), names);
}

// C43
#[tokio::test]
async fn spaces_around_a_name_are_left_out() {
    let fixture = sesame();
    let module = fixture.with_subject(SubjectForm::UidAndName, Duration::from_secs(20));
    for name in ["daemon ", " daemon", "daemon\u{a0}", "\u{3000}daemon  "] {
        let gate = RecordingGate::default();
        let typed = Credentials::parse(name.to_owned(), Secret::new("open sesame".to_owned())).unwrap();
        let identity = module.check(&Attempt::new(&typed, &gate)).await.unwrap();
        assert_eq!(identity.key.subject.as_str(), "1:daemon", "{name:?}");
        assert_eq!(*gate.0.lock().unwrap(), ["daemon"], "{name:?}");
    }
    // A space within the name stays.
    assert_eq!(check(&fixture.module(), "dae mon", "open sesame").await.unwrap().key.subject.as_str(), "dae mon");
}

// C46
#[tokio::test]
async fn the_account_step_can_refuse_a_right_password() {
    for (answer, why) in [
        ("acct_expired", RefusalReason::AccountExpired),
        ("new_authtok_reqd", RefusalReason::PasswordChangeRequired),
        ("authtok_expired", RefusalReason::PasswordExpired),
        ("perm_denied", RefusalReason::NotAllowed),
        ("user_unknown", RefusalReason::NotAllowed),
    ] {
        let fixture =
            Fixture::with(&format!("auth required pam_permit.so\naccount required pam_debug.so acct={answer}\n"));
        assert_eq!(refused(&check(&fixture.module(), "daemon", "pw").await), why, "{answer}");
    }
}

// C46
#[tokio::test]
async fn each_refusal_of_the_auth_step_has_its_reason() {
    for (answer, why) in [
        ("auth_err", RefusalReason::NameOrPassword),
        ("user_unknown", RefusalReason::NameOrPassword),
        ("maxtries", RefusalReason::Locked),
        ("perm_denied", RefusalReason::NotAllowed),
    ] {
        let fixture =
            Fixture::with(&format!("auth required pam_debug.so auth={answer}\naccount required pam_permit.so\n"));
        assert_eq!(refused(&check(&fixture.module(), "virtual.person", "pw").await), why, "{answer}");
    }
    for answer in ["authinfo_unavail", "cred_insufficient", "system_err", "abort"] {
        let fixture =
            Fixture::with(&format!("auth required pam_debug.so auth={answer}\naccount required pam_permit.so\n"));
        let trouble = trouble(check(&fixture.module(), "daemon", "pw").await);
        assert_eq!((trouble.server.as_str(), trouble.phase), ("pam", "authenticate"), "{answer}");
    }
}

// C42: for example, Vestibule may not read a file that modules read only for existing users.
#[tokio::test]
async fn an_error_that_only_known_users_cause_looks_like_a_wrong_password() {
    let only_known_users = "auth [user_unknown=die default=ignore] pam_succeed_if.so quiet uid >= 0\n\
                       auth required pam_debug.so auth=system_err\naccount required pam_permit.so\n";
    let fixture = Fixture::with(only_known_users);
    assert_eq!(refused(&check(&fixture.module(), "daemon", "pw").await), RefusalReason::NotChecked);
    assert_eq!(refused(&check(&fixture.module(), "nobody-here", "pw").await), RefusalReason::NameOrPassword);
    let everybody = Fixture::with("auth required pam_debug.so auth=system_err\naccount required pam_permit.so\n");
    for name in ["daemon", "nobody-here"] {
        assert_eq!(trouble(check(&everybody.module(), name, "pw").await).phase, "authenticate", "{name}");
    }
}

// C42: sshd, login and sudo refuse as well. `pam_exec` returns PAM_SYSTEM_ERR, whatever status its program ends with.
#[tokio::test]
async fn a_program_that_ends_with_an_error_refuses_every_name_alike() {
    let exec = "pam_exec.so quiet expose_authtok {folder}/fails";
    for lines in [
        format!("auth required {exec}\naccount required pam_permit.so\n"),
        format!("auth required pam_permit.so\naccount required {exec}\n"),
    ] {
        let fixture = Fixture::with(&lines).script("fails", "exit 3");
        for name in ["daemon", "nobody-here"] {
            let (module, gate) = (fixture.module(), RecordingGate::default());
            let typed = Credentials::parse(name.to_owned(), Secret::new("pw".to_owned())).unwrap();
            let attempt = Attempt::new(&typed, &gate);
            let answer = module.check(&attempt).await;
            assert_eq!(refused(&answer), RefusalReason::ProgramFailed, "{name}: {lines}");
            // C43
            assert_eq!(attempt.password_state(), PasswordState::HandedOut);
        }
    }
}

// C43: a module may end with PAM_SYSTEM_ERR for some wrong passwords.
#[tokio::test]
async fn a_pam_error_counts_as_a_wrong_password_and_does_not_mark_pam_silent() {
    let counts = async |fixture: &Fixture, name: &str| {
        let (module, gate) = (fixture.module(), RecordingGate::default());
        let typed = Credentials::parse(name.to_owned(), Secret::new("pw".to_owned())).unwrap();
        let attempt = Attempt::new(&typed, &gate);
        trouble(module.check(&attempt).await);
        (attempt.password_state(), matches!(module.health().availability(), Availability::Silent { .. }))
    };
    let fixture = Fixture::with("auth required pam_debug.so auth=system_err\naccount required pam_permit.so\n");
    assert_eq!(counts(&fixture, "daemon").await, (PasswordState::HandedOut, false));
    assert_eq!(counts(&Fixture::new(), "daemon").await, (PasswordState::Withheld, true), "there is no such service");
}

// C46
#[tokio::test]
async fn a_broken_service_lets_nobody_in() {
    let permits = "auth required pam_permit.so\naccount required pam_permit.so\n";
    for (lines, says) in [
        ("auth required pam_permit.so\n", "no line for `account`"),
        ("account required pam_permit.so\n", "no line for `auth`"),
        (
            "auth sufficient pam_gone.so\nauth required pam_permit.so\naccount required pam_permit.so\n",
            "pam_gone.so, which does not exist",
        ),
        (
            "auth required pam_permit.so\naccount [default=ignore] pam_gone.so\naccount required pam_permit.so\n",
            "pam_gone.so",
        ),
        (
            "@include /gone/gone\nauth required pam_permit.so\naccount required pam_permit.so\n",
            "vestibule, line 1: it includes \"/gone/gone\", which does not exist",
        ),
        (
            "auth required pam_permit.so\naccount required pam_exec.so /gone/check\n",
            "vestibule has a line for pam_exec.so with the program /gone/check, which does not exist",
        ),
        ("auth\naccount required pam_permit.so\n", "names no module"),
    ] {
        let fixture = Fixture::with(lines);
        std::fs::write(fixture.path("other"), permits).unwrap();
        let trouble = trouble(check(&fixture.module(), "daemon", "pw").await);
        assert_eq!(trouble.phase, "service", "{trouble}");
        assert!(trouble.why.contains(says) && trouble.why.contains("; "), "{trouble}");
    }
    let absent = Fixture::new();
    std::fs::write(absent.path("other"), permits).unwrap();
    let module = absent.module();
    let trouble = trouble(check(&module, "daemon", "pw").await);
    assert!(trouble.why.contains("there is no service file"), "{trouble}");
    assert!(silent_since(&module.health().availability()).is_some());
}

// C46: libpam's own reading of malformed lines never accepts either.
#[tokio::test]
async fn a_malformed_control_or_module_lets_nobody_in() {
    for lines in [
        "auth maybe pam_permit.so\naccount required pam_permit.so\n",
        "auth required pam_permit.so\naccount [success] pam_permit.so\n",
        "auth required /etc/hostname\naccount required pam_permit.so\n",
    ] {
        let result = check(&Fixture::with(lines).module(), "daemon", "pw").await;
        assert!(
            matches!(result, Err(NotAccepted::NotAvailable(_) | NotAccepted::Refused { .. })),
            "{lines}: {result:?}"
        );
    }
}

// C46: Debian's libpam reads /etc/pam.d/common-account for a relative include, and that file accepts root.
#[tokio::test]
async fn no_other_file_than_the_included_one_decides() {
    let lines = |account: &str| format!("auth required pam_permit.so\n{account}\n");
    let fixture = Fixture::with(&lines("account include {folder}/common-account"));
    std::fs::write(fixture.path("common-account"), "account required pam_deny.so\n").unwrap();
    let module = fixture.module();
    assert_eq!(refused(&check(&module, "root", "pw").await), RefusalReason::NotAllowed);
    for word in ["account include", "account substack", "@include"] {
        // The file changes while the server runs.
        std::fs::write(fixture.path("vestibule"), lines(&format!("{word} common-account"))).unwrap();
        let trouble = trouble(check(&module, "root", "pw").await);
        assert_eq!(trouble.phase, "service", "{trouble}");
        let says = "vestibule, line 2: it includes \"common-account\" by a relative path";
        assert!(trouble.why.contains(says), "{trouble}");
    }
}

#[tokio::test]
async fn a_probe_names_the_relative_include_and_the_missing_program() {
    for (line, says) in [
        ("account include more", "vestibule, line 2: it includes \"more\" by a relative path"),
        ("account required pam_exec.so /gone/check", "the program /gone/check, which does not exist"),
        ("account required pam_permit.so\nauth optional pam_exec.so /gone/check", "the program /gone/check, which"),
    ] {
        let fixture = Fixture::with(&format!("auth required pam_permit.so\n{line}\n"));
        let mut found = Vec::new();
        fixture.module().probe(&mut |finding| found.push(format!("{finding:?}").replace('\\', ""))).await;
        assert!(found.iter().any(|finding| finding.contains(says)), "{found:?}");
    }
}
