//! Every refusal, on one page: what happened in a sentence, and the way on.

use serde::Serialize;

use super::{Page, Way};
use crate::broker::Public;

/// What the person learns. The cause beyond it stands in the log, under the same code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// What happened; its words are the message `refused-…`.
    pub kind: Public,
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

impl Refusal {
    /// A refusal that names nobody and leads nowhere yet.
    #[must_use]
    pub fn new(kind: Public) -> Self {
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
    use super::{Public, Public::*, Refusal};
    use crate::web::pages::{Way, WayKind, tests::HOSTILE};

    pub fn all() -> Vec<Refusal> {
        let known = Public::ALL.iter().copied().map(known);
        let unknown = Public::ALL.iter().map(|kind| Refusal { ways: unnamed(ways(*kind)), ..Refusal::new(*kind) });
        let roomless = Refusal { room: None, ..self::known(NotPermitted) };
        known.chain(unknown).chain([roomless, long(), hostile()]).collect()
    }

    fn known(kind: Public) -> Refusal {
        Refusal {
            kind,
            app_name: Some("Conference".into()),
            provider_name: Some("Example University".into()),
            account_name: Some("Dee".into()),
            room: Some("seminar B".into()),
            ways: ways(kind),
            developer: matches!(kind, LinkNotRight | LinkNotUsable | NoSuchApp).then(|| {
                "The parameter location is not registered for the app notes. The nearest registered address is https://notes.example.org/signed-in.".into()
            }),
            code: Some("V-BCDFGHJK".into()),
        }
    }

    /// As `design/failures.md` gives them.
    fn ways(kind: Public) -> Vec<Way> {
        let primary = |kind| Way::primary(kind, "/auth/galene?room=seminar%20B").named("Conference");
        let other = |kind| Way::other(kind, "/auth/galene?room=seminar%20B").named("Conference");
        let (again, elsewhere, back) =
            (|| primary(WayKind::TryAgain), || other(WayKind::AnotherWay), || other(WayKind::Return));
        match kind {
            WaitedTooLong | DroppedForNewer | ProviderChanged | AlreadyFinished => vec![primary(WayKind::StartAgain)],
            AlreadySignedIn => vec![primary(WayKind::Continue), other(WayKind::SignOut)],
            BegunElsewhere => vec![primary(WayKind::StartAgainHere)],
            Denied | PasswordNotRight | TooManyTries => vec![again(), elsewhere(), back()],
            NotAnswering | NotTrusted | CantBeUsed => vec![again(), elsewhere()],
            AccountSwitchedOff => vec![primary(WayKind::UseAnotherAccount)],
            ProviderSwitchedOff => vec![primary(WayKind::AnotherWay), back()],
            NotPermitted | NotSetUp => vec![primary(WayKind::UseAnotherAccount), back()],
            NoName | NameUnfit | OurTrouble | OddRequest => vec![again()],
            LinkNotRight | LinkNotUsable | NoSuchApp => vec![primary(WayKind::Return)],
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
