//! The shapes of a person's own page.

use time::macros::{date, datetime};

use super::{
    AccountPage, AppRights, Day, Done, HistoryEntry, HistoryKind, MethodState, PlaceKind, PlaceRights, Proof, Reason,
    ReasonKind, SessionEntry, SignInMethod,
};
use crate::web::pages::tests::HOSTILE;

const UNIVERSITY: &str = "Example University";

pub fn samples() -> Vec<AccountPage> {
    let plain = plain();
    let done = |done| AccountPage { done: Some(done), ..plain.clone() };
    let mut samples = vec![plain.clone(), full(), every_history(), alone(), hostile()];
    samples.extend(Done::ALL.map(done));
    samples
}

fn plain() -> AccountPage {
    AccountPage {
        username: "grace".into(),
        groups: vec!["staff".into(), "lecturers".into()],
        done: None,
        methods: vec![method(UNIVERSITY, MethodState::On, Proof::Founding)],
        add_method_href: "/account/methods/add".into(),
        password_href: Some("/account/password".into()),
        sessions: vec![session(true, Some("Firefox"), Some("Linux")), session(false, Some("Safari"), Some("iOS"))],
        provider_name: UNIVERSITY.into(),
        rights: vec![wiki(), conference()],
        history: vec![event(HistoryKind::SignedIn), event(HistoryKind::PasswordChanged)],
        end_action: "/account/sessions/end".into(),
        end_others_action: "/account/sessions/end-others".into(),
        export_href: "/account/export".into(),
        sign_out_href: "/logout".into(),
    }
}

fn full() -> AccountPage {
    let mut methods = vec![
        method(UNIVERSITY, MethodState::On, Proof::Admin),
        method("Example Social", MethodState::Off, Proof::Import),
        method("old-directory", MethodState::Gone, Proof::Before),
        method("Example Lab", MethodState::On, Proof::Proven),
        method("Example School", MethodState::On, Proof::Domain),
    ];
    methods[2].last_used = None;
    methods[2].name_there = None;
    let sessions = vec![
        session(true, Some("Edge"), None),
        session(false, None, Some("Android")),
        SessionEntry { network: None, ..session(false, None, None) },
    ];
    AccountPage { methods, sessions, ..plain() }
}

fn every_history() -> AccountPage {
    let kinds = [
        HistoryKind::SignedIn,
        HistoryKind::SignedOut,
        HistoryKind::NotLetIn,
        HistoryKind::Refused,
        HistoryKind::SessionEnded,
        HistoryKind::SessionsEnded,
        HistoryKind::PasswordChanged,
        HistoryKind::PasswordSet,
        HistoryKind::Linked,
        HistoryKind::Unlinked,
        HistoryKind::Created,
        HistoryKind::GroupsChanged,
        HistoryKind::Exported,
        HistoryKind::RoleChanged,
        HistoryKind::Changed,
    ];
    let mut history: Vec<_> = kinds.map(event).into();
    history.push(HistoryEntry { count: 3, app_name: None, ..event(HistoryKind::Refused) });
    history.push(HistoryEntry { app_name: None, provider_name: None, ..event(HistoryKind::SignedIn) });
    AccountPage { history, ..plain() }
}

fn alone() -> AccountPage {
    let sessions = vec![session(true, Some("Chrome"), Some("Windows"))];
    AccountPage { groups: Vec::new(), password_href: None, sessions, rights: Vec::new(), ..plain() }
}

fn hostile() -> AccountPage {
    let text = || HOSTILE.to_owned();
    let method = SignInMethod {
        name_there: Some(text()),
        email_there: Some(text()),
        ..method(HOSTILE, MethodState::On, Proof::Founding)
    };
    let session = SessionEntry {
        sid: text(),
        network: Some(text()),
        provider_name: text(),
        ..session(false, Some("Firefox"), Some("Linux"))
    };
    let place = PlaceRights {
        place: PlaceKind::Room,
        name: Some(text()),
        permissions: vec![text()],
        rules: vec![vec![reason(ReasonKind::Group, Some(HOSTILE))]],
    };
    let event = HistoryEntry { app_name: Some(text()), provider_name: Some(text()), ..event(HistoryKind::SignedIn) };
    AccountPage {
        username: text(),
        groups: vec![text()],
        done: None,
        add_method_href: HOSTILE.into(),
        methods: vec![method],
        password_href: Some(text()),
        sessions: vec![session],
        provider_name: text(),
        rights: vec![AppRights { app_name: text(), places: vec![place] }],
        history: vec![event],
        end_action: text(),
        end_others_action: text(),
        export_href: text(),
        sign_out_href: text(),
    }
}

fn method(provider: &str, state: MethodState, proof: Proof) -> SignInMethod {
    SignInMethod {
        provider_name: provider.into(),
        state,
        name_there: Some("Grace Hopper".into()),
        email_there: Some("grace@example.edu".into()),
        proof,
        linked_on: date!(2026 - 05 - 03).into(),
        last_used: Some(date!(2026 - 11 - 30).into()),
        remove_href: "/account/methods/remove?method=q7Jf3mPz8nA5xK2w0vYbRg".into(),
    }
}

fn session(is_current: bool, browser: Option<&'static str>, system: Option<&'static str>) -> SessionEntry {
    SessionEntry {
        sid: "5f0c8z0x3m9k7q2t6v1w4y8b2d".into(),
        browser,
        system,
        network: Some("2001:db8:85a3:8d3::/64".into()),
        provider_name: UNIVERSITY.into(),
        started_on: date!(2026 - 11 - 28).into(),
        last_used: Day::from(date!(2026 - 12 - 01)),
        is_current,
    }
}

fn wiki() -> AppRights {
    let rules = vec![vec![reason(ReasonKind::Everybody, None)]];
    let place = PlaceRights { place: PlaceKind::App, name: None, permissions: Vec::new(), rules };
    AppRights { app_name: "Wiki".into(), places: vec![place] }
}

fn conference() -> AppRights {
    let place = |place, name: Option<&str>, permissions: &[&str], rules| PlaceRights {
        place,
        name: name.map(str::to_owned),
        permissions: permissions.iter().map(|&word| word.to_owned()).collect(),
        rules,
    };
    let by_group = vec![reason(ReasonKind::Group, Some("staff")), reason(ReasonKind::Provider, Some(UNIVERSITY))];
    let by_domain = vec![reason(ReasonKind::Domain, Some("example.edu"))];
    let by_account = vec![reason(ReasonKind::Account, None)];
    let places = vec![
        place(PlaceKind::Room, Some("seminars/*"), &["op", "present"], vec![by_group, by_account]),
        place(PlaceKind::AnyOtherRoom, None, &["present"], vec![by_domain.clone()]),
        place(PlaceKind::AnyRoom, None, &[], vec![by_domain]),
    ];
    AppRights { app_name: "Conference".into(), places }
}

fn reason(kind: ReasonKind, name: Option<&str>) -> Reason {
    Reason { kind, name: name.map(str::to_owned) }
}

fn event(kind: HistoryKind) -> HistoryEntry {
    HistoryEntry {
        at: datetime!(2026-12-01 14:05 UTC).into(),
        kind,
        count: 1,
        app_name: Some("Wiki".into()),
        provider_name: Some(UNIVERSITY.into()),
    }
}
