//! The page of every refusal: one sentence on what happened, and the next steps.

mod table;

use serde::Serialize;

use super::{NextStep, Page};

pub use table::row;

/// What the page shows. The log has the cause, under the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalPage {
    /// The id of the message with the page's words, without its beginning `refused-`.
    pub message: &'static str,
    pub app_name: Option<String>,
    pub provider_name: Option<String>,
    pub account_name: Option<String>,
    pub room: Option<String>,
    pub next_steps: Vec<NextStep>,
    /// What the app's developer has to correct, in English. Shown as plain text without links.
    pub developer: Option<String>,
    /// The reference code, as in the log and the audit.
    pub code: Option<String>,
}

impl Page for RefusalPage {
    const TEMPLATE: &'static str = "refusal.html";
    const SOURCE: &'static str = include_str!("../../../templates/refusal.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::all()
    }
}

#[cfg(test)]
pub(in crate::web) mod samples {
    use super::{RefusalPage, row};
    use crate::broker::Public;
    use crate::web::pages::{NextStep, NextStepKind, tests::HOSTILE};

    const START: &str = "/auth/galene?room=seminar%20B";
    /// The steps that a refusal does not have if it knows the app.
    const NOT_TO_AN_APP: [NextStepKind; 2] = [NextStepKind::SignOut, NextStepKind::SignInHere];

    pub fn all() -> Vec<RefusalPage> {
        let known = Public::ALL.iter().map(|public| known(*public));
        let unknown = Public::ALL.iter().map(|public| unknown(*public));
        let roomless = RefusalPage { room: None, ..self::known(Public::NotPermitted) };
        let own_page = Public::ALL.iter().map(|public| own_page(*public));
        known.chain(unknown).chain(own_page).chain([roomless, long(), hostile()]).collect()
    }

    /// Everything is known: the app, its start, the provider and the account.
    pub fn known(public: Public) -> RefusalPage {
        let row = row(public);
        let is_start = matches!(public, Public::InvalidLink | Public::UnusableLink | Public::UnknownApp);
        RefusalPage {
            message: row.message,
            app_name: Some("Conference".into()),
            provider_name: Some("Example University".into()),
            account_name: Some("Dee".into()),
            room: Some("seminar B".into()),
            next_steps: row
                .next_steps(|step| has_address(step, &NOT_TO_AN_APP).then(|| START.to_owned()), Some("Conference")),
            developer: is_start.then(|| {
                "The parameter location is not registered for the app notes. The nearest registered address is \
                 https://notes.example.org/signed-in."
                    .into()
            }),
            code: Some("V-BCDFGHJK".into()),
        }
    }

    /// The sign-in leads to a page of our own. Everything else is known.
    pub fn own_page(public: Public) -> RefusalPage {
        let step = |step| has_address(step, &[NextStepKind::Return, NextStepKind::SignOut]).then(|| "/auth".to_owned());
        let reason = "`return_to` is not a path of this server: it leads to another site";
        RefusalPage {
            app_name: None,
            room: None,
            next_steps: row(public).next_steps(step, None),
            developer: (public == Public::UnusableLink).then(|| reason.to_owned()),
            ..known(public)
        }
    }

    /// Nothing is known.
    pub fn unknown(public: Public) -> RefusalPage {
        let row = row(public);
        let next_steps = row.next_steps(|step| (step == NextStepKind::SignOut).then(|| "/logout".to_owned()), None);
        RefusalPage {
            message: row.message,
            app_name: None,
            provider_name: None,
            account_name: None,
            room: None,
            next_steps,
            developer: None,
            code: None,
        }
    }

    fn has_address(step: NextStepKind, without: &[NextStepKind]) -> bool {
        !without.contains(&step)
    }

    /// The longest names an operator may reasonably choose.
    fn long() -> RefusalPage {
        let app = "Videokonferenzsystem der Donaudampfschifffahrtsgesellschaft";
        RefusalPage {
            app_name: Some(app.into()),
            provider_name: Some("Gemeinsames Rechenzentrum der nordostniedersächsischen Fachhochschulen".into()),
            next_steps: row(Public::ProviderDenied).next_steps(|_| Some(START.to_owned()), Some(app)),
            ..known(Public::ProviderDenied)
        }
    }

    fn hostile() -> RefusalPage {
        RefusalPage {
            message: row(Public::NotPermitted).message,
            app_name: Some(HOSTILE.into()),
            provider_name: Some(HOSTILE.into()),
            account_name: Some(HOSTILE.into()),
            room: Some(HOSTILE.into()),
            next_steps: NextStepKind::ALL.into_iter().map(|kind| NextStep::new(kind, HOSTILE, Some(HOSTILE))).collect(),
            developer: Some(HOSTILE.into()),
            code: Some(HOSTILE.into()),
        }
    }
}
