//! Samples of the pages of an access request.

use time::macros::date;

use super::{AccessPageState, AccessRequestForm, AccessRequestStatus};
use crate::web::pages::tests::HOSTILE;
use crate::web::pages::{NewIdentity, NextStep, NextStepKind};

const MESSAGE: &str = "I teach the maths seminar from May on. Professor Example knows me.";

pub fn forms() -> Vec<AccessRequestForm> {
    let form = AccessRequestForm {
        app_name: Some("Conference".into()),
        identity: identity(),
        action: "/link/request?a=abcd2345".into(),
        message: String::new(),
        longest: 500,
        too_long: false,
        back_href: "/link?a=abcd2345".into(),
    };
    let hostile = AccessRequestForm {
        app_name: Some(HOSTILE.into()),
        identity: hostile_identity(),
        action: HOSTILE.into(),
        message: format!("</textarea>{HOSTILE}"),
        back_href: HOSTILE.into(),
        ..form.clone()
    };
    let long = AccessRequestForm { message: "Please! ".repeat(70), too_long: true, ..form.clone() };
    let again = AccessRequestForm { message: MESSAGE.into(), ..form.clone() };
    let own = AccessRequestForm { app_name: None, ..form.clone() };
    vec![form, again, long, own, hostile]
}

pub fn statuses() -> Vec<AccessRequestStatus> {
    let try_again = NextStep::new(NextStepKind::TryAgain, "/auth/meet", None);
    let back = NextStep::new(NextStepKind::Return, "https://meet.example.org/", Some("Conference"));
    let waiting = AccessRequestStatus {
        state: AccessPageState::Waiting,
        identity: identity(),
        reference: "req_7kq2mxwd9f4g6h8j0k2m4n6p8r".into(),
        asked_on: date!(2026 - 05 - 03).into(),
        message: Some(MESSAGE.into()),
        note: None,
        next_steps: vec![try_again, back.clone()],
        form_href: Some("/link/request?a=abcd2345".into()),
        question_href: Some("/link?a=abcd2345&view=question".into()),
        dismiss_action: Some("/link/dismiss?a=abcd2345".into()),
    };
    let refused = AccessRequestStatus {
        state: AccessPageState::Refused,
        note: Some("The seminar is for staff. Please ask Professor Example first.".into()),
        question_href: None,
        ..waiting.clone()
    };
    let sent = AccessRequestStatus {
        state: AccessPageState::Sent,
        next_steps: vec![back],
        form_href: None,
        question_href: None,
        dismiss_action: None,
        ..waiting.clone()
    };
    let hostile = AccessRequestStatus {
        identity: hostile_identity(),
        reference: HOSTILE.into(),
        message: Some(HOSTILE.into()),
        note: Some(HOSTILE.into()),
        form_href: Some(HOSTILE.into()),
        dismiss_action: Some(HOSTILE.into()),
        ..refused.clone()
    };
    let brief = |page: &AccessRequestStatus| AccessRequestStatus { message: None, form_href: None, ..page.clone() };
    let long = AccessRequestStatus { message: Some("x".repeat(500)), note: Some("y".repeat(500)), ..refused.clone() };
    vec![brief(&waiting), brief(&refused), brief(&sent), waiting, refused, sent, hostile, long]
}

fn identity() -> NewIdentity {
    NewIdentity {
        provider_name: "Example Social".into(),
        name: Some("Dee Example".into()),
        email: Some("dee@example.org".into()),
    }
}

fn hostile_identity() -> NewIdentity {
    NewIdentity { provider_name: HOSTILE.into(), name: Some(HOSTILE.into()), email: Some(HOSTILE.into()) }
}
