//! `[[app.allow]]`: the rules of who may enter, and with which permissions.

use std::collections::BTreeSet;

use super::app_addresses::HasRooms;
use super::known_providers::AppProviders;
use super::reader::{Fault, Node, Read, Section, alternatives, list, nearest, non_empty_list, parsed, text};
use crate::base::ids::Group;
use crate::signin::app::{AppKind, NEVER_GIVEN, Rooms, Rule, RuleName};

/// What the rules of one app may name.
pub(super) struct Scope<'a> {
    pub kind: &'a AppKind,
    pub has_rooms: HasRooms,
    pub providers: AppProviders<'a>,
}

/// The rules of the app `id`, named `notes.allow[1]` and so on.
pub(super) fn read(app: &mut Section, id: &str, scope: &Scope) -> Vec<Rule> {
    let sections = app.some_tables("allow", NO_RULE_FIX);
    let rules = sections.into_iter().zip(1..);
    rules.map(|(section, number)| rule(section, RuleName(format!("{id}.allow[{number}]")), scope)).collect()
}

const NO_RULE_FIX: &str = "add [[app.allow]]: without a rule nobody enters, and a rule without keys lets everybody in";

fn rule(mut section: Section, name: RuleName, scope: &Scope) -> Rule {
    let rooms = match scope.has_rooms {
        HasRooms::Yes => section.optional("rooms", non_empty_list(parsed(rooms))),
        HasRooms::No => {
            section.reject_key(
                "rooms",
                Fault::new("never hold: this app has no rooms").fix("add room_location to the app, or leave them out"),
            );
            None
        }
    };
    let rule = Rule {
        name,
        rooms,
        groups: section.optional("groups", non_empty_list(parsed(group))),
        providers: section.optional("providers", non_empty_list(|node| scope.providers.offered(node))),
        email_domains: section.optional("email_domains", non_empty_list(parsed(domain))),
        accounts: section.optional("accounts", non_empty_list(parsed(str::parse))),
        permissions: section
            .optional("permissions", list(|node| permission(node, scope.kind)))
            .map(flattened)
            .unwrap_or_default(),
    };
    section.close();
    rule
}

fn group(text: &str) -> Result<Group, Fault> {
    Group::parse(text).map_err(|why| Fault::new(format!("holds \"{text}\": {why}")))
}

fn rooms(text: &str) -> Result<Rooms, Fault> {
    Rooms::parse(text).map_err(|why| Fault::new(format!("holds \"{text}\", which is not a room: {why}")))
}

/// In lower case, like the verified addresses that it is compared with.
pub(super) fn domain(text: &str) -> Result<String, Fault> {
    let wrong = |why: &str| {
        Err(Fault::new(format!("holds \"{text}\", which is not a domain: {why}"))
            .fix("write what follows the @: \"example.org\""))
    };
    let label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-');
    if text.contains('@') {
        return wrong("it holds an @");
    }
    if text.contains('*') {
        let fault = Fault::new(format!("holds \"{text}\", but there are no wildcards"));
        return Err(fault.fix("write out each domain: \"example.org\", \"sub.example.org\""));
    }
    if !text.contains('.') || !text.split('.').all(label) {
        return wrong("it must be letters, digits and -, separated by dots");
    }
    Ok(text.to_lowercase())
}

/// Security rule C31: a token allows nothing but what these words give.
fn permission(node: &Node, kind: &AppKind) -> Read<Vec<String>> {
    let word = text(node)?;
    if let Some(expanded) = kind.permissions.expand(&word) {
        return Ok(expanded);
    }
    if word == NEVER_GIVEN {
        return Err(Fault::new("holds \"admin\", which no rule can give").fix("leave it out").into());
    }
    let fault = Fault::new(format!("holds \"{word}\", which is not a permission of a {} app", kind.name));
    let words = kind.permissions.words();
    Err(match (nearest(&word, words.iter().copied()), &words[..]) {
        (Some(near), _) => fault.fix(format!("did you mean \"{near}\"?")),
        (None, []) => fault,
        (None, words) => fault.fix(format!("use {}", alternatives(words))),
    }
    .into())
}

fn flattened(words: Vec<Vec<String>>) -> BTreeSet<String> {
    words.into_iter().flatten().collect()
}
