//! Samples of the pages of a link request.

use super::{AccessOffer, LinkConfirmation, LinkQuestion, MethodLine, NewIdentity, NoticeKind, ProofChoices};
use crate::web::pages::tests::HOSTILE;
use crate::web::pages::{Page as _, SignIn};

pub fn questions() -> Vec<LinkQuestion> {
    let with = |proof: Option<ProofChoices>| LinkQuestion { proof, ..question() };
    let notices = [NoticeKind::NoAccount, NoticeKind::NotFresh, NoticeKind::AccountDisabled, NoticeKind::ProofLost];
    // A form alone, a form beside providers, a search, and a hostile one. The sign-in page has all the others.
    let pages = SignIn::samples();
    let kinds: [&dyn Fn(&SignIn) -> bool; 4] = [
        &|page| page.choices.is_empty() && page.form.is_some(),
        &|page| page.choices.len() > 1 && page.form.as_ref().is_some_and(|form| form.notice.is_some()),
        &|page| page.search.is_some() && !page.choices.is_empty(),
        &|page| page.choices.iter().any(|choice| choice.name == HOSTILE),
    ];
    let mut samples: Vec<LinkQuestion> = Vec::new();
    for is_kind in kinds {
        let SignIn { choices, search, form, .. } = pages.iter().find(|page| is_kind(page)).unwrap().clone();
        samples.push(with(Some(ProofChoices { choices, search, form })));
    }
    samples.extend(notices.map(|notice| LinkQuestion { notice: Some(notice), ..question() }));
    samples.extend([
        with(None),
        LinkQuestion { new_action: None, room: None, app_name: None, ..question() },
        LinkQuestion { request: Some(open_offer()), ..question() },
        LinkQuestion { proof: None, new_action: None, request: Some(open_offer()), ..question() },
        LinkQuestion { proof: None, new_action: None, request: Some(AccessOffer::Full), ..question() },
        LinkQuestion { identity: nameless(), ..question() },
        LinkQuestion {
            app_name: Some(HOSTILE.into()),
            room: Some(HOSTILE.into()),
            identity: hostile_identity(),
            new_action: Some(HOSTILE.into()),
            request: Some(AccessOffer::Open { href: HOSTILE.into() }),
            dismiss_action: HOSTILE.into(),
            ..question()
        },
    ]);
    samples
}

pub fn confirmations() -> Vec<LinkConfirmation> {
    let line = |provider: &str, says: Option<&str>| MethodLine {
        provider_name: provider.into(),
        says: says.map(str::to_owned),
        since: time::macros::date!(2026 - 05 - 03).into(),
    };
    let page = LinkConfirmation {
        account_name: "dee".into(),
        identity: identity(),
        methods: vec![line("Example University", Some("Dee Example")), line("Password", None)],
        confirm_action: "/link/confirm?a=abcd2345".into(),
        back_action: "/link/back?a=abcd2345".into(),
    };
    let hostile = LinkConfirmation {
        account_name: HOSTILE.into(),
        identity: hostile_identity(),
        methods: vec![line(HOSTILE, Some(HOSTILE))],
        confirm_action: HOSTILE.into(),
        back_action: HOSTILE.into(),
    };
    vec![page.clone(), LinkConfirmation { identity: nameless(), ..page }, hostile]
}

fn question() -> LinkQuestion {
    let SignIn { choices, search, form, .. } =
        SignIn::samples().into_iter().find(|page| page.choices.len() > 1).unwrap();
    LinkQuestion {
        app_name: Some("Conference".into()),
        room: Some("seminar B".into()),
        identity: identity(),
        notice: None,
        proof: Some(ProofChoices { choices, search, form }),
        new_action: Some("/link/new?a=abcd2345".into()),
        request: None,
        dismiss_action: "/link/dismiss?a=abcd2345".into(),
    }
}

fn open_offer() -> AccessOffer {
    AccessOffer::Open { href: "/link/request?a=abcd2345".into() }
}

fn identity() -> NewIdentity {
    NewIdentity {
        provider_name: "Example Social".into(),
        name: Some("Dee Example".into()),
        email: Some("dee@example.org".into()),
    }
}

fn nameless() -> NewIdentity {
    NewIdentity { name: None, email: None, ..identity() }
}

fn hostile_identity() -> NewIdentity {
    NewIdentity { provider_name: HOSTILE.into(), name: Some(HOSTILE.into()), email: Some(HOSTILE.into()) }
}
