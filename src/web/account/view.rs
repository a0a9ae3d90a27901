//! What the page of a person's own account shows, made from the account and the config.

use std::collections::BTreeSet;

use time::Date;
use time::format_description::well_known::Iso8601;

use super::methods;
use crate::accounts::{Identity, Session};
use crate::admin::{Place, PlacePreview, preview_app};
use crate::base::ids::{AppId, Group, ProviderId};
use crate::base::invisible::{escape_invisible, is_invisible};
use crate::base::urls::{
    ACCOUNT_EXPORT, LOGOUT, METHOD_ADDITION, OTHER_SESSIONS_END, PASSWORD_CHANGE, SESSION_END, comparable_domain,
};
use crate::broker::{LiveConfig, OwnAccount};
use crate::signin::account::Person;
use crate::signin::app::{App, Rule};
use crate::signin::link::LinkProof;
use crate::signin::permit::Grant;
use crate::store::{AuditRow, Event};
use crate::web::pages::{
    AccountPage, AppRights, Day, Done, HistoryEntry, HistoryKind, MethodState, PlaceKind, PlaceRights, Proof, Reason,
    ReasonKind, SessionEntry, SignInMethod,
};

pub fn page(config: &LiveConfig, person: &Person, account: OwnAccount, done: Option<Done>) -> AccountPage {
    let OwnAccount { details, has_password, sessions, history } = account;
    let mut sessions: Vec<SessionEntry> = sessions.iter().map(|session| session_entry(config, session)).collect();
    sessions.sort_by_key(|session| !session.is_current);
    AccountPage {
        username: details.username.to_string(),
        groups: groups(person).into_iter().map(|group| group.as_str().to_owned()).collect(),
        done,
        methods: details.identities.iter().flatten().map(|identity| method(config, identity)).collect(),
        add_method_href: METHOD_ADDITION.to_owned(),
        password_href: has_password.then(|| PASSWORD_CHANGE.to_owned()),
        sessions,
        provider_name: provider_name(config, &person.provider),
        rights: config.enabled_apps().into_iter().filter_map(|app| rights(config, app, person)).collect(),
        history: history.into_iter().map(|row| history_entry(config, row)).collect(),
        end_action: SESSION_END.to_owned(),
        end_others_action: OTHER_SESSIONS_END.to_owned(),
        export_href: ACCOUNT_EXPORT.to_owned(),
        sign_out_href: LOGOUT.to_owned(),
    }
}

/// The groups of the account, and those that the provider gave at this sign-in: the rules look at both.
fn groups(person: &Person) -> BTreeSet<&Group> {
    person.account.groups.union(&person.profile.groups).collect()
}

/// A provider that is gone has only its id.
pub fn provider_name(config: &LiveConfig, id: &ProviderId) -> String {
    config.provider(id).map_or_else(|| id.to_string(), |provider| provider.name.clone())
}

pub fn app_name(config: &LiveConfig, id: &AppId) -> String {
    config.app(id).map_or_else(|| id.to_string(), |app| app.name.clone())
}

pub fn method(config: &LiveConfig, identity: &Identity) -> SignInMethod {
    let profile = identity.profile.clone().unwrap_or_default();
    SignInMethod {
        provider_name: provider_name(config, &identity.provider),
        state: match config.provider(&identity.provider) {
            Some(provider) if provider.is_on() => MethodState::On,
            Some(_) => MethodState::Off,
            None => MethodState::Gone,
        },
        name_there: profile.name.map(|name| shortened(&name)),
        email_there: profile.email.map(|email| shortened(&email.address)),
        proof: match identity.proof {
            LinkProof::Founding => Proof::Founding,
            LinkProof::Proven => Proof::Proven,
            LinkProof::Admin => Proof::Admin,
            LinkProof::Domain => Proof::Domain,
            LinkProof::Import => Proof::Import,
            LinkProof::Before => Proof::Before,
        },
        linked_on: identity.linked_at.into(),
        last_used: identity.last_sign_in.as_deref().and_then(day),
        remove_href: methods::path(&identity.key()),
    }
}

/// A name from a provider may be as long as its answer, and hold any characters.
pub fn shortened(text: &str) -> String {
    const MOST: usize = 100;
    let visible = text.chars().filter(|letter| !is_invisible(*letter));
    let mut short: String = visible.clone().take(MOST).collect();
    if visible.count() > MOST {
        short.push('…');
    }
    short
}

/// A subject or an issuer, which an admin compares letter by letter. It may hold any characters, too.
pub fn exact(text: &str) -> String {
    escape_invisible(text)
}

pub fn day(text: &str) -> Option<Day> {
    date(text).map(Day::from)
}

pub fn date(text: &str) -> Option<Date> {
    Date::parse(text, &Iso8601::DATE).ok()
}

pub fn session_entry(config: &LiveConfig, session: &Session) -> SessionEntry {
    SessionEntry {
        sid: session.sid.to_string(),
        browser: session.agent.and_then(|agent| name_of(&BROWSERS, agent.browser)),
        system: session.agent.and_then(|agent| name_of(&SYSTEMS, agent.system)),
        network: session.network.clone(),
        provider_name: provider_name(config, &session.provider),
        started_on: session.started_at.into(),
        last_used: session.last_used.into(),
        is_current: session.is_current,
    }
}

/// The names that browsers and systems have in all languages, by the ids of [`crate::base::user_agent`].
const BROWSERS: [(&str, &str); 5] =
    [("edge", "Edge"), ("opera", "Opera"), ("firefox", "Firefox"), ("chrome", "Chrome"), ("safari", "Safari")];
const SYSTEMS: [(&str, &str); 6] = [
    ("android", "Android"),
    ("ios", "iOS"),
    ("windows", "Windows"),
    ("chromeos", "ChromeOS"),
    ("macos", "macOS"),
    ("linux", "Linux"),
];

fn name_of(names: &[(&str, &'static str)], id: &str) -> Option<&'static str> {
    names.iter().find(|(known, _)| *known == id).map(|(_, name)| *name)
}

/// `None`: the app does not let the person in anywhere.
fn rights(config: &LiveConfig, app: &App, person: &Person) -> Option<AppRights> {
    let places: Vec<_> =
        preview_app(app, person).into_iter().filter_map(|place| place_rights(config, app, place)).collect();
    (!places.is_empty()).then(|| AppRights { app_name: app.name.clone(), places })
}

fn place_rights(config: &LiveConfig, app: &App, PlacePreview { place, permit }: PlacePreview) -> Option<PlaceRights> {
    let grant = permit.ok()?;
    let has_rooms = app.addresses.rooms.is_some();
    let (place, name) = match place {
        Place::Location(address) => (PlaceKind::App, has_rooms.then_some(address)),
        Place::EachLocation => (PlaceKind::App, None),
        Place::Rooms(rooms) => (PlaceKind::Room, Some(rooms)),
        Place::AnyRoom => (PlaceKind::AnyRoom, None),
        Place::AnyOtherRoom => (PlaceKind::AnyOtherRoom, None),
    };
    let rules = app.rules.iter().filter(|rule| grant.rules().contains(&rule.name));
    Some(PlaceRights {
        place,
        name,
        permissions: grant.permissions().iter().cloned().collect(),
        rules: rules.map(|rule| reasons(config, rule, &grant)).collect(),
    })
}

/// The conditions of a rule that holds, in the person's own values.
fn reasons(config: &LiveConfig, rule: &Rule, grant: &Grant) -> Vec<Reason> {
    let person = grant.person();
    let reason = |kind, name: Option<String>| Reason { kind, name };
    let mut reasons = Vec::new();
    if let Some(wanted) = &rule.groups {
        let own = groups(person);
        let group = wanted.iter().find(|group| own.contains(group));
        reasons.push(reason(ReasonKind::Group, group.map(|group| group.as_str().to_owned())));
    }
    if rule.providers.is_some() {
        reasons.push(reason(ReasonKind::Provider, Some(provider_name(config, &person.provider))));
    }
    if rule.email_domains.is_some() {
        let domain = person.profile.email.as_ref().and_then(|email| email.address.rsplit_once('@'));
        reasons.push(reason(ReasonKind::Domain, domain.map(|(_, domain)| comparable_domain(domain))));
    }
    if rule.accounts.is_some() {
        reasons.push(reason(ReasonKind::Account, None));
    }
    if reasons.is_empty() {
        reasons.push(reason(ReasonKind::Everybody, None));
    }
    reasons
}

fn history_entry(config: &LiveConfig, AuditRow { entry, last_at, count, .. }: AuditRow) -> HistoryEntry {
    HistoryEntry {
        at: last_at.into(),
        kind: match entry.event {
            Event::SignedIn => HistoryKind::SignedIn,
            Event::SignedOut => HistoryKind::SignedOut,
            Event::Refused if entry.cause.as_deref() == Some(NOT_PERMITTED) => HistoryKind::NotLetIn,
            Event::Refused => HistoryKind::Refused,
            Event::SessionEnded => HistoryKind::SessionEnded,
            Event::SessionsEnded => HistoryKind::SessionsEnded,
            Event::PasswordChanged => HistoryKind::PasswordChanged,
            Event::PasswordSet => HistoryKind::PasswordSet,
            Event::IdentityLinked => HistoryKind::Linked,
            Event::IdentityUnlinked => HistoryKind::Unlinked,
            Event::AccountCreated => HistoryKind::Created,
            Event::GroupAdded | Event::GroupRemoved => HistoryKind::GroupsChanged,
            Event::AccountExported => HistoryKind::Exported,
            Event::RoleGiven | Event::RoleTaken => HistoryKind::RoleChanged,
            Event::AccountsImported
            | Event::AccountRenamed
            | Event::AccountDisabled
            | Event::AccountEnabled
            | Event::AccountRemoved
            | Event::AccountErased
            | Event::LinkAsked
            | Event::AccessRequested
            | Event::AccessRequestDecided
            | Event::ThrottleReset
            | Event::KeyPublished
            | Event::KeyRemoved
            | Event::KeysPushed
            | Event::KeysNotPushed
            | Event::AdminInvited
            | Event::ProviderSuspended
            | Event::ProviderResumed
            | Event::AccountsMerged
            | Event::MergeUndone
            | Event::AddressAdded
            | Event::AddressRemoved => HistoryKind::Changed,
        },
        count,
        app_name: entry.app.as_ref().map(|id| app_name(config, id)),
        provider_name: entry.provider.as_ref().map(|id| provider_name(config, id)),
    }
}

/// The cause of a refusal by the rules of an app, as the audit log has it.
const NOT_PERMITTED: &str = "not_permitted";
