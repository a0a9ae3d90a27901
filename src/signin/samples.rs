//! Apps and people for the tests of the stages.

use std::time::Duration;

use super::account::{Account, Person, Profile};
use super::app::{
    AddressScheme, Addresses, App, AppKind, AuthServerSupport, ErrorReturn, KeyDelivery, Permissions, ResponseMode,
    RoomPattern, Rooms, Rule, RuleName, SubjectClaim,
};
use super::arrive::{Location, arrive};
use crate::base::ids::{AccountId, Group, ProviderId};

/// An app at `https://notes.example.org/signed-in` that learns of refusals.
pub fn notes() -> App {
    App {
        id: "notes".parse().unwrap(),
        kind: AppKind {
            name: "plain",
            product: "the app",
            addresses: AddressScheme::Listed,
            response_mode: ResponseMode::Fragment,
            lifetime: Duration::from_mins(1),
            authserver: AuthServerSupport::None,
            keys: KeyDelivery::Fetched,
            token_type: "login+jwt",
            subject: SubjectClaim::AccountId,
            error_return: ErrorReturn::Location,
            permissions: Permissions::OfTheApp,
            check_username: |_| Ok(()),
        },
        name: "Notes".into(),
        url: "https://notes.example.org/".parse().unwrap(),
        enabled: true,
        providers: None,
        authserver: None,
        addresses: Addresses { listed: vec!["https://notes.example.org/signed-in".into()], ..Addresses::default() },
        require_state: false,
        response_mode: ResponseMode::Fragment,
        token_parameter: "token".into(),
        lifetime: Duration::from_mins(1),
        claims: Vec::new(),
        rules: vec![rule("notes.allow[0]")],
    }
}

/// An app with rooms at `https://meet.example.org/group/{room}/` that never learns of refusals.
pub fn conference() -> App {
    let mut app = notes();
    app.id = "conference".parse().unwrap();
    app.kind.token_type = "JWT";
    app.kind.subject = SubjectClaim::Username;
    app.kind.error_return = ErrorReturn::Never;
    app.url = "https://meet.example.org/".parse().unwrap();
    app.addresses.listed.clear();
    app.addresses.rooms = Some(RoomPattern::parse("https://meet.example.org/group/{room}/").unwrap());
    app.response_mode = ResponseMode::Query;
    app.lifetime = Duration::from_mins(2);
    app.rules = vec![rule("conference.allow[0]")];
    app
}

/// A rule without conditions and permissions.
pub fn rule(name: &str) -> Rule {
    Rule { name: RuleName(name.into()), ..Rule::default() }
}

pub fn rooms(names: &[&str]) -> Vec<Rooms> {
    names.iter().map(|name| Rooms::parse(name).unwrap()).collect()
}

/// Dee, of the local group `staff`, signed in by `uni`.
pub fn dee() -> Person {
    Person {
        account: Account {
            id: AccountId::stored("0123456789abcdefghjkmnpqrs".into()),
            username: "dee".parse().unwrap(),
            groups: [Group::from("staff")].into(),
            disabled: None,
            version: 1,
        },
        provider: uni(),
        profile: Profile::default(),
    }
}

pub fn uni() -> ProviderId {
    "uni".parse().unwrap()
}

pub fn query(parameters: &[(&str, &str)]) -> Vec<(String, String)> {
    parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// The location of a start with these parameters.
pub fn location(app: &App, parameters: &[(&str, &str)]) -> Location {
    arrive(app, &query(parameters)).unwrap().location
}
