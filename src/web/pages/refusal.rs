//! Every refusal, on one page: what happened in a sentence, and the way on.

use serde::Serialize;

use super::{Page, Way};

/// What the person learns. The cause beyond it stands in the log, under the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub app_name: Option<String>,
    pub provider_name: Option<String>,
    pub account_name: Option<String>,
    pub room: Option<String>,
    pub ways: Vec<Way>,
    /// What the app's developer has to mend, in English; shown as plain text, nothing in it a link.
    pub developer: Option<String>,
    /// The reference code, as in the log and the audit.
    pub code: Option<String>,
}

/// What happened; its words are the message `refused-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RefusalKind {
    /// The sign-in took longer than ten minutes.
    WaitedTooLong,
    /// It was finished before, and they are signed in.
    AlreadySignedIn,
    /// It was finished before, and nobody is signed in now.
    AlreadyFinished,
    /// The cookie is gone: another browser, blocked cookies, plain http.
    BegunElsewhere,
    /// The provider sent them back with a no.
    Denied,
    /// The provider cannot be reached.
    NotAnswering,
    /// The provider's answer broke a rule.
    NotTrusted,
    /// The provider refuses us.
    CantBeUsed,
    AccountSwitchedOff,
    ProviderSwitchedOff,
    AppSwitchedOff,
    /// Signed in, but no rule of the app lets them in.
    NotPermitted,
    /// Accounts are made by hand, and they have none.
    NotSetUp,
    /// The provider gave no name an account could have.
    NoName,
    /// Unknown app, unregistered address, bad room, malformed start.
    LinkNotRight,
    /// Our store is gone, locked or full.
    OurTrouble,
    NotFound,
    /// A callback that carries no state of ours (C2).
    NotOurs,
    /// A POST without proof that it came from our own page (C53).
    NotOurButton,
    /// A method or a form that no page of ours sends.
    OddRequest,
}

impl Refusal {
    /// A refusal that names nobody and leads nowhere yet.
    #[must_use]
    pub fn new(kind: RefusalKind) -> Self {
        Self {
            kind,
            app_name: None,
            provider_name: None,
            account_name: None,
            room: None,
            ways: Vec::new(),
            developer: None,
            code: None,
        }
    }
}

impl Page for Refusal {
    const TEMPLATE: &'static str = "refusal.html";

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::all()
    }
}

#[cfg(test)]
mod samples {
    use super::{Refusal, RefusalKind, RefusalKind::*};
    use crate::web::pages::{Way, WayKind, tests::HOSTILE};

    const ALL: [RefusalKind; 20] = [
        WaitedTooLong,
        AlreadySignedIn,
        AlreadyFinished,
        BegunElsewhere,
        Denied,
        NotAnswering,
        NotTrusted,
        CantBeUsed,
        AccountSwitchedOff,
        ProviderSwitchedOff,
        AppSwitchedOff,
        NotPermitted,
        NotSetUp,
        NoName,
        LinkNotRight,
        OurTrouble,
        NotFound,
        NotOurs,
        NotOurButton,
        OddRequest,
    ];

    pub fn all() -> Vec<Refusal> {
        let known = ALL.map(known);
        let unknown = ALL.map(|kind| Refusal { ways: unnamed(ways(kind)), ..Refusal::new(kind) });
        let roomless = Refusal { room: None, ..self::known(NotPermitted) };
        known.into_iter().chain(unknown).chain([roomless, long(), hostile()]).collect()
    }

    fn known(kind: RefusalKind) -> Refusal {
        Refusal {
            kind,
            app_name: Some("Conference".into()),
            provider_name: Some("Example University".into()),
            account_name: Some("Dee".into()),
            room: Some("seminar B".into()),
            ways: ways(kind),
            developer: (kind == LinkNotRight).then(|| {
                "The parameter location is not registered for the app notes. The nearest registered address is https://notes.example.org/signed-in.".into()
            }),
            code: Some("V-BCDFGHJK".into()),
        }
    }

    /// As `design/failures.md` gives them.
    fn ways(kind: RefusalKind) -> Vec<Way> {
        let primary = |kind| Way::primary(kind, "/auth/galene?room=seminar%20B").named("Conference");
        let other = |kind| Way::other(kind, "/auth/galene?room=seminar%20B").named("Conference");
        let (again, elsewhere, back) =
            (|| primary(WayKind::TryAgain), || other(WayKind::AnotherWay), || other(WayKind::Return));
        match kind {
            WaitedTooLong | AlreadyFinished => vec![primary(WayKind::StartAgain)],
            AlreadySignedIn => vec![primary(WayKind::Continue), other(WayKind::SignOut)],
            BegunElsewhere => vec![primary(WayKind::StartAgainHere)],
            Denied => vec![again(), elsewhere(), back()],
            NotAnswering | NotTrusted | CantBeUsed => vec![again(), elsewhere()],
            AccountSwitchedOff => vec![primary(WayKind::UseAnotherAccount)],
            ProviderSwitchedOff => vec![primary(WayKind::AnotherWay), back()],
            NotPermitted | NotSetUp => vec![primary(WayKind::UseAnotherAccount), back()],
            NoName | OurTrouble | OddRequest => vec![again()],
            LinkNotRight => vec![primary(WayKind::Return)],
            NotOurButton => vec![primary(WayKind::SignOut)],
            NotFound | NotOurs => vec![primary(WayKind::SignIn)],
            AppSwitchedOff => vec![],
        }
    }

    fn unnamed(ways: Vec<Way>) -> Vec<Way> {
        ways.into_iter().map(|way| Way { name: None, ..way }).collect()
    }

    /// The longest names an operator may reasonably choose.
    fn long() -> Refusal {
        let app = "Videokonferenzsystem der Donaudampfschifffahrtsgesellschaft";
        Refusal {
            app_name: Some(app.into()),
            provider_name: Some("Gemeinsames Rechenzentrum der nordostniedersächsischen Fachhochschulen".into()),
            ways: ways(Denied).into_iter().map(|way| way.named(app)).collect(),
            ..known(Denied)
        }
    }

    fn hostile() -> Refusal {
        Refusal {
            kind: NotPermitted,
            app_name: Some(HOSTILE.into()),
            provider_name: Some(HOSTILE.into()),
            account_name: Some(HOSTILE.into()),
            room: Some(HOSTILE.into()),
            ways: WayKind::ALL.into_iter().map(|kind| Way::other(kind, HOSTILE).named(HOSTILE)).collect(),
            developer: Some(HOSTILE.into()),
            code: Some(HOSTILE.into()),
        }
    }
}
