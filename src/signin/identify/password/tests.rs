//! Tests of typed credentials, and of asking several modules.

use std::ops::ControlFlow;

use super::{
    Credentials, InvalidCredentials, ModuleAnswers, ModulesOutcome, NotAccepted, NotAvailable, OnRefused, RefusalReason,
};
use crate::base::ids::{Issuer, Subject};
use crate::base::secret::Secret;
use crate::signin::challenge::throttle::{Throttled, ThrottledBy};
use crate::signin::identify::{ExternalIdentity, IdentityKey};
use crate::signin::samples::uni;

fn typed(name: &str, password: &str) -> Result<Credentials, InvalidCredentials> {
    Credentials::parse(name.to_owned(), Secret::new(password.to_owned()))
}

// C41
#[test]
fn invalid_credentials_are_not_sent_to_a_server() {
    assert_eq!(typed("ada", "").unwrap_err(), InvalidCredentials::EmptyPassword);
    assert_eq!(typed("ada", "open\0sesame").unwrap_err(), InvalidCredentials::ContainsNul);
    assert_eq!(typed("ada", &"ä".repeat(1025)).unwrap_err(), InvalidCredentials::PasswordTooLong);
    assert_eq!(typed("", "sesame").unwrap_err(), InvalidCredentials::EmptyName);
    assert_eq!(typed(" \t", "sesame").unwrap_err(), InvalidCredentials::EmptyName);
    for copied in ["ada\u{200b}", "\u{feff}ada", "ada\t", "ada\t ", " \u{200b} ada", "\u{202a}ada\u{202c}\n"] {
        assert_eq!(typed(copied, "sesame").unwrap().name().expose(), "ada", "{copied:?}");
    }
    for invalid in ["a\0da", "ada\0", "a\nda", "a\u{202e}da"] {
        assert_eq!(typed(invalid, "sesame").unwrap_err(), InvalidCredentials::InvisibleInName, "{invalid:?}");
    }
    assert_eq!(typed(&"a".repeat(257), "sesame").unwrap_err(), InvalidCredentials::NameTooLong);
}

// C41
#[test]
fn a_password_is_neither_cut_nor_trimmed() {
    for long in ["ä".repeat(1024), format!(" {} ", "x".repeat(72)), " ".to_owned()] {
        assert_eq!(typed("ada", &long).unwrap().password().expose(), &long);
    }
}

// C56: people type their password into the field for the name
#[test]
fn debug_output_shows_neither_name_nor_password() {
    let shown = format!("{:?}", typed("sesame-1", "sesame-2").unwrap());
    assert!(!shown.contains("sesame"), "{shown}");
}

type Answer = Result<ExternalIdentity, NotAccepted>;

fn ada() -> ExternalIdentity {
    let key = IdentityKey { provider: uni(), issuer: Issuer::from("urn:x"), subject: Subject::from("ada".to_owned()) };
    ExternalIdentity::new(key, serde_json::Map::new())
}

fn refused() -> Answer {
    Err(NotAccepted::Refused { why: RefusalReason::Password, subject: None })
}

fn down() -> Answer {
    Err(NotAvailable::new("ldap", "connect", "refused").into())
}

fn throttled() -> Answer {
    Err(Throttled { seconds: 9, by: ThrottledBy::Account }.into())
}

const UNKNOWN: Answer = Err(NotAccepted::Unknown);

/// Asks modules 0, 1, … in turn, and shows the answer that counts.
fn ask(answers: Vec<(Answer, OnRefused)>) -> String {
    let mut asked = ModuleAnswers::default();
    for (number, (answer, on_refused)) in answers.into_iter().enumerate() {
        match asked.add(number, answer, on_refused) {
            ControlFlow::Continue(on) => asked = on,
            ControlFlow::Break(outcome) => return shown(&outcome),
        }
    }
    shown(&asked.end())
}

fn shown(answer: &ModulesOutcome<usize>) -> String {
    match answer {
        ModulesOutcome::Accepted(by, _) => format!("{by} yes"),
        ModulesOutcome::Refused(by, NotAccepted::Refused { .. }) => format!("{by} refused"),
        ModulesOutcome::Refused(by, NotAccepted::NotAvailable(_)) => format!("{by} down"),
        ModulesOutcome::Refused(by, NotAccepted::Busy(_)) => format!("{by} busy"),
        ModulesOutcome::Refused(by, NotAccepted::Throttled(_)) => format!("{by} throttled"),
        ModulesOutcome::Refused(by, NotAccepted::Unknown) => format!("{by} unknown"),
        ModulesOutcome::UnknownName => "nobody".to_owned(),
    }
}

#[test]
fn modules_are_asked_in_order_until_one_decides() {
    use OnRefused::{Next, Stop};
    let busy = || Err(NotAccepted::Busy("busy"));
    for (answers, counts) in [
        (vec![(Ok(ada()), Stop), (refused(), Stop)], "0 yes"),
        (vec![(UNKNOWN, Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(refused(), Stop), (Ok(ada()), Stop)], "0 refused"),
        (vec![(refused(), Next), (Ok(ada()), Stop)], "1 yes"),
        (vec![(refused(), Next), (UNKNOWN, Stop)], "0 refused"),
        (vec![(refused(), Next), (refused(), Next)], "0 refused"),
        (vec![(UNKNOWN, Stop), (UNKNOWN, Next)], "nobody"),
        (vec![(throttled(), Next), (Ok(ada()), Stop)], "1 yes"),
        (vec![(throttled(), Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(throttled(), Stop), (refused(), Stop), (Ok(ada()), Stop)], "0 throttled"),
        (vec![(down(), Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(busy(), Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(busy(), Stop), (UNKNOWN, Stop)], "0 busy"),
        // C42: the same as for an unknown name.
        (vec![(down(), Next), (refused(), Stop), (UNKNOWN, Stop)], "0 down"),
        (vec![(busy(), Next), (refused(), Stop)], "0 busy"),
        (vec![(refused(), Next), (refused(), Stop)], "1 refused"),
        (vec![], "nobody"),
    ] {
        assert_eq!(ask(answers), counts);
    }
}

// C42, C43
#[test]
fn a_wait_at_one_module_is_the_answer_unless_another_accepts() {
    use OnRefused::{Next, Stop};
    let longer = || Err(Throttled { seconds: 900, by: ThrottledBy::Account }.into());
    for (answers, counts) in [
        (vec![(throttled(), Next), (refused(), Next)], "0 throttled"),
        (vec![(refused(), Next), (throttled(), Stop)], "1 throttled"),
        (vec![(throttled(), Stop), (UNKNOWN, Stop)], "0 throttled"),
        (vec![(down(), Stop), (throttled(), Stop), (down(), Stop)], "1 throttled"),
        (vec![(longer(), Stop), (throttled(), Stop)], "1 throttled"),
        (vec![(throttled(), Stop), (longer(), Stop)], "0 throttled"),
    ] {
        assert_eq!(ask(answers), counts);
    }
}

#[test]
fn a_module_that_is_down_never_accepts_and_hides_no_other_module() {
    use OnRefused::{Next, Stop};
    for (answers, counts) in [
        (vec![(down(), Stop)], "0 down"),
        (vec![(down(), Next), (UNKNOWN, Stop)], "0 down"),
        (vec![(UNKNOWN, Stop), (down(), Stop)], "1 down"),
        (vec![(down(), Stop), (refused(), Stop)], "0 down"),
        (vec![(refused(), Next), (down(), Stop)], "1 down"),
    ] {
        assert_eq!(ask(answers), counts);
    }
}
