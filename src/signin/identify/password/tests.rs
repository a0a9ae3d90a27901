//! Tests of what was typed, and of asking around.

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
fn what_no_server_must_see_comes_no_further() {
    assert_eq!(typed("ada", "").unwrap_err(), InvalidCredentials::EmptyPassword);
    assert_eq!(typed("ada", "open\0sesame").unwrap_err(), InvalidCredentials::ContainsNul);
    assert_eq!(typed("ada", &"ä".repeat(1025)).unwrap_err(), InvalidCredentials::PasswordTooLong);
    assert_eq!(typed("", "sesame").unwrap_err(), InvalidCredentials::EmptyName);
    assert_eq!(typed(" \t", "sesame").unwrap_err(), InvalidCredentials::EmptyName);
    for odd in ["a\0da", "ada\n", "ada\u{202e}", &"a".repeat(257)] {
        assert_eq!(typed(odd, "sesame").unwrap_err(), InvalidCredentials::InvalidName, "{odd:?}");
    }
}

// C41
#[test]
fn a_password_is_neither_cut_nor_trimmed() {
    for long in ["ä".repeat(1024), format!(" {} ", "x".repeat(72)), " ".to_owned()] {
        assert_eq!(typed("ada", &long).unwrap().password().expose(), &long);
    }
}

// C56: people type their password where the name belongs
#[test]
fn neither_name_nor_password_shows_itself() {
    let shown = format!("{:?}", typed("sesame-1", "sesame-2").unwrap());
    assert!(!shown.contains("sesame"), "{shown}");
}

type Said = Result<ExternalIdentity, NotAccepted>;

fn ada() -> ExternalIdentity {
    let key = IdentityKey { provider: uni(), issuer: Issuer::from("urn:x"), subject: Subject::from("ada".to_owned()) };
    ExternalIdentity::new(key, serde_json::Map::new())
}

fn refused() -> Said {
    Err(NotAccepted::Refused { why: RefusalReason::Password, subject: None })
}

fn away() -> Said {
    Err(NotAvailable { server: "ldap".into(), phase: "connect", why: "refused".into() }.into())
}

fn held() -> Said {
    Err(Throttled { seconds: 9, by: ThrottledBy::Account }.into())
}

const UNKNOWN: Said = Err(NotAccepted::Unknown);

/// Asks modules 0, 1, … in turn, and tells which answer counts.
fn ask(said: Vec<(Said, OnRefused)>) -> String {
    let mut asked = ModuleAnswers::default();
    for (number, (said, on_refused)) in said.into_iter().enumerate() {
        match asked.add(number, said, on_refused) {
            ControlFlow::Continue(on) => asked = on,
            ControlFlow::Break(answer) => return tell(&answer),
        }
    }
    tell(&asked.end())
}

fn tell(answer: &ModulesOutcome<usize>) -> String {
    match answer {
        ModulesOutcome::Accepted(by, _) => format!("{by} yes"),
        ModulesOutcome::Refused(by, NotAccepted::Refused { .. }) => format!("{by} refused"),
        ModulesOutcome::Refused(by, NotAccepted::NotAvailable(_)) => format!("{by} away"),
        ModulesOutcome::Refused(by, NotAccepted::Busy(_)) => format!("{by} busy"),
        ModulesOutcome::Refused(by, NotAccepted::Throttled(_)) => format!("{by} held"),
        ModulesOutcome::Refused(by, NotAccepted::Unknown) => format!("{by} unknown"),
        ModulesOutcome::UnknownName => "nobody".to_owned(),
    }
}

#[test]
fn modules_are_asked_in_order_until_one_knows() {
    use OnRefused::{Next, Stop};
    let busy = || Err(NotAccepted::Busy("busy"));
    for (said, counts) in [
        (vec![(Ok(ada()), Stop), (refused(), Stop)], "0 yes"),
        (vec![(UNKNOWN, Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(refused(), Stop), (Ok(ada()), Stop)], "0 refused"),
        (vec![(refused(), Next), (Ok(ada()), Stop)], "1 yes"),
        (vec![(refused(), Next), (UNKNOWN, Stop)], "0 refused"),
        (vec![(refused(), Next), (refused(), Next)], "0 refused"),
        (vec![(UNKNOWN, Stop), (UNKNOWN, Next)], "nobody"),
        (vec![(held(), Next), (Ok(ada()), Stop)], "1 yes"),
        (vec![(held(), Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(held(), Stop), (refused(), Stop), (Ok(ada()), Stop)], "0 held"),
        (vec![(away(), Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(busy(), Stop), (Ok(ada()), Stop)], "1 yes"),
        (vec![(busy(), Stop), (UNKNOWN, Stop)], "0 busy"),
        // C42: the same as for a name that nobody has.
        (vec![(away(), Next), (refused(), Stop), (UNKNOWN, Stop)], "0 away"),
        (vec![(busy(), Next), (refused(), Stop)], "0 busy"),
        (vec![(refused(), Next), (refused(), Stop)], "1 refused"),
        (vec![], "nobody"),
    ] {
        assert_eq!(ask(said), counts);
    }
}

// C42, C43
#[test]
fn a_wait_at_one_module_is_the_answer_unless_another_says_yes() {
    use OnRefused::{Next, Stop};
    let longer = || Err(Throttled { seconds: 900, by: ThrottledBy::Account }.into());
    for (said, counts) in [
        (vec![(held(), Next), (refused(), Next)], "0 held"),
        (vec![(refused(), Next), (held(), Stop)], "1 held"),
        (vec![(held(), Stop), (UNKNOWN, Stop)], "0 held"),
        (vec![(away(), Stop), (held(), Stop), (away(), Stop)], "1 held"),
        (vec![(longer(), Stop), (held(), Stop)], "1 held"),
        (vec![(held(), Stop), (longer(), Stop)], "0 held"),
    ] {
        assert_eq!(ask(said), counts);
    }
}

#[test]
fn a_module_that_is_away_is_never_a_yes_and_hides_no_other() {
    use OnRefused::{Next, Stop};
    for (said, counts) in [
        (vec![(away(), Stop)], "0 away"),
        (vec![(away(), Next), (UNKNOWN, Stop)], "0 away"),
        (vec![(UNKNOWN, Stop), (away(), Stop)], "1 away"),
        (vec![(away(), Stop), (refused(), Stop)], "0 away"),
        (vec![(refused(), Next), (away(), Stop)], "1 away"),
    ] {
        assert_eq!(ask(said), counts);
    }
}
