//! Tests of who gets in where, with which permissions, and what a refusal tells the admin.

use time::macros::datetime;

use super::{Denied, Grant, NearestRule, permit};
use crate::base::ids::Group;
use crate::signin::account::{Disabled, Email, Person};
use crate::signin::app::{App, Rooms, Rule, RuleName};
use crate::signin::samples::{conference, dee, location, notes, rooms, rule, uni};

/// What `person` gets in `room` of a conference with these rules.
fn in_room(rules: Vec<Rule>, person: Person, room: &str) -> Result<Grant, Denied> {
    let app = App { rules, ..conference() };
    let location = location(&app, &[("room", room)]);
    permit(&app, person, location)
}

/// What `person` gets at an app without rooms that has these rules.
fn at_notes(rules: Vec<Rule>, person: Person) -> Result<Grant, Denied> {
    let app = App { rules, ..notes() };
    permit(&app, person, location(&app, &[]))
}

fn groups(names: &[&str]) -> Vec<Group> {
    names.iter().map(|name| Group::from(*name)).collect()
}

fn gives(words: &[&str]) -> std::collections::BTreeSet<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn with_mail(address: &str, verified: bool) -> Person {
    let mut person = dee();
    person.profile.email = Some(Email { address: address.into(), verified });
    person
}

#[test]
fn without_a_rule_nobody_gets_in() {
    assert_eq!(at_notes(vec![], dee()), Err(Denied::NoRule { rules_tried: vec![], nearest: None }));
}

#[test]
fn a_rule_without_conditions_and_permissions_lets_everybody_in_and_gives_none() {
    let grant = at_notes(vec![rule("notes.allow[0]")], dee()).unwrap();
    assert!(grant.permissions().is_empty());
    assert_eq!(grant.rules(), [RuleName("notes.allow[0]".into())]);
}

// C31
#[test]
fn the_permissions_of_all_rules_add_up_and_the_grant_names_each_rule() {
    let rules = vec![
        Rule { permissions: gives(&["present", "message"]), ..rule("a") },
        Rule { permissions: gives(&["op"]), groups: Some(groups(&["deans"])), ..rule("b") },
        Rule { permissions: gives(&["record", "message"]), groups: Some(groups(&["staff"])), ..rule("c") },
    ];
    let grant = in_room(rules, dee(), "maths").unwrap();
    assert_eq!(*grant.permissions(), gives(&["message", "present", "record"]));
    assert_eq!(grant.rules(), [RuleName("a".into()), RuleName("c".into())]);
    assert_eq!(grant.location().room().map(super::Room::as_str), Some("maths"));
    assert_eq!(*grant.person(), dee());
}

#[test]
fn within_a_rule_every_condition_must_hold() {
    let strict = || Rule {
        rooms: Some(rooms(&["maths"])),
        groups: Some(groups(&["staff"])),
        providers: Some(vec![uni()]),
        email_domains: Some(vec!["example.edu".into()]),
        accounts: Some(vec!["dee".parse().unwrap()]),
        ..rule("strict")
    };
    let person = with_mail("dee@example.edu", true);
    assert!(in_room(vec![strict()], person.clone(), "maths").is_ok());
    let miss = |rule: Rule, person: Person, room: &str| {
        let Err(Denied::NoRule { nearest: Some(NearestRule { unmet, .. }), .. }) = in_room(vec![rule], person, room)
        else {
            panic!("let in")
        };
        assert_eq!(unmet.len(), 1, "{unmet:?}");
        unmet[0].clone()
    };
    assert_eq!(miss(strict(), person.clone(), "physics"), "is not about room physics");
    let other = Rule { groups: Some(groups(&["deans", "board"])), ..strict() };
    assert_eq!(miss(other, person.clone(), "maths"), "needs group deans or board; has staff");
    let other = Rule { providers: Some(vec!["club".parse().unwrap()]), ..strict() };
    assert_eq!(miss(other, person.clone(), "maths"), "is not about provider uni");
    let other = Rule { email_domains: Some(vec!["example.org".into()]), ..strict() };
    assert_eq!(miss(other, person.clone(), "maths"), "needs a verified address at example.org; has one at example.edu");
    let other = Rule { accounts: Some(vec!["ann".parse().unwrap()]), ..strict() };
    assert_eq!(miss(other, person, "maths"), "names other accounts");
}

#[test]
fn within_a_list_one_is_enough_and_an_empty_list_lets_nobody_in() {
    assert!(at_notes(vec![Rule { groups: Some(groups(&["deans", "staff"])), ..rule("a") }], dee()).is_ok());
    for empty in [
        Rule { rooms: Some(vec![]), ..rule("a") },
        Rule { groups: Some(vec![]), ..rule("a") },
        Rule { providers: Some(vec![]), ..rule("a") },
        Rule { email_domains: Some(vec![]), ..rule("a") },
        Rule { accounts: Some(vec![]), ..rule("a") },
    ] {
        assert!(in_room(vec![empty.clone()], dee(), "maths").is_err(), "{empty:?}");
    }
}

#[test]
fn a_group_counts_whether_an_admin_or_a_mapped_claim_gave_it() {
    let rules = || vec![Rule { groups: Some(groups(&["students"])), ..rule("a") }];
    assert!(at_notes(rules(), dee()).is_err());
    let mut person = dee();
    person.profile.groups.insert("students".into());
    assert!(at_notes(rules(), person).is_ok());
    let mut person = dee();
    person.account.groups.insert("students".into());
    assert!(at_notes(rules(), person).is_ok());
    // Byte for byte: a group of another case or with a space is another group.
    let mut person = dee();
    person.profile.groups.extend(["Students".into(), "students ".into(), "student".into()]);
    assert!(at_notes(rules(), person).is_err());
}

#[test]
fn only_a_star_alone_and_a_star_at_the_end_stand_for_several_rooms() {
    for (pattern, inside, outside) in [
        ("*", &["maths", "seminars/a", "*", "a*"][..], &[][..]),
        ("maths", &["maths"], &["Maths", "maths/a", "math", "maths2", "maths "]),
        ("seminars/*", &["seminars/a", "seminars/a/b"], &["seminars", "seminars2", "seminars2/a", "x/seminars/a"]),
        ("a/b/*", &["a/b/c"], &["a/b", "a/c", "a/bc/d"]),
        ("é", &["é"], &["e", "e\u{301}", "É"]),
    ] {
        let rules = || vec![Rule { rooms: Some(rooms(&[pattern])), ..rule("a") }];
        for room in inside {
            assert!(in_room(rules(), dee(), room).is_ok(), "{pattern} leaves out {room}");
        }
        for room in outside {
            assert!(in_room(rules(), dee(), room).is_err(), "{pattern} lets into {room}");
        }
    }
    for bad in ["", "**", "a*", "*a", "*/a", "/*", "a/**", "a/*/b", "a/*/*", "../*", ".x", "a//b", "/a", "a/", "a%2f"] {
        assert!(Rooms::parse(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_rule_about_rooms_lets_nobody_in_if_there_is_no_room() {
    let denied = at_notes(vec![Rule { rooms: Some(rooms(&["*"])), ..rule("a") }], dee()).unwrap_err();
    assert_eq!(denied.to_string(), "no rule lets the person in: tried a; nearest a: is not about room (none)");
}

// C22
#[test]
fn a_mail_domain_counts_only_if_the_provider_verified_the_address() {
    let rules = || vec![Rule { email_domains: Some(vec!["example.edu".into()]), ..rule("a") }];
    assert!(at_notes(rules(), with_mail("dee@example.edu", true)).is_ok());
    assert!(at_notes(rules(), with_mail("dee@EXAMPLE.Edu", true)).is_ok());
    assert!(at_notes(rules(), with_mail("dee@example.edu", false)).is_err());
    assert!(at_notes(rules(), dee()).is_err());
}

// C22
#[test]
fn a_mail_domain_is_the_same_in_unicode_and_as_dns_writes_it() {
    let at = |domain: &str, address: &str| {
        at_notes(vec![Rule { email_domains: Some(vec![domain.into()]), ..rule("a") }], with_mail(address, true)).is_ok()
    };
    for domain in ["m\u{fc}nchen.example", "xn--mnchen-3ya.example"] {
        for address in ["a@m\u{fc}nchen.example", "a@M\u{dc}NCHEN.Example", "a@XN--mnchen-3ya.example"] {
            assert!(at(domain, address), "{domain} {address}");
        }
        for address in ["a@munchen.example", "a@m\u{fc}nchen.example.evil.example", "a@m%fcnchen.example"] {
            assert!(!at(domain, address), "{domain} {address}");
        }
    }
    let others = ["a@\u{212a}ent.edu", "a@\u{ff4b}ent.edu", "a@x\u{fc}\u{3002}kent.edu", "a@kent\u{3002}edu"];
    assert_eq!(others.map(|address| at("kent.edu", address)), [false; 4]);
}

// C22: no spelling of an address gives it another domain
#[test]
fn an_ambiguous_address_has_no_domain() {
    let rules = || vec![Rule { email_domains: Some(vec!["kent.edu".into()]), ..rule("a") }];
    for address in [
        "dee@kent.edu.evil.example",
        "dee@evilkent.edu",
        "dee@evil.kent.edu",
        "dee@kent.edu.",
        "dee@kent.edu ",
        "dee@kent.edu\n",
        "dee@evil.example@kent.edu",
        "\"dee@evil.example\"@kent.edu",
        "dee@evil.example,x@kent.edu",
        "<dee@evil.example>, dee@kent.edu",
        "dee@evil.example\0@kent.edu",
        "dee ann@kent.edu",
        "dee\u{200b}@kent.edu",
        "dee@\u{202e}kent.edu",
        "@kent.edu",
        "kent.edu",
        "dee@",
        "",
        // The Kelvin sign, whose small letter is k; fullwidth letters and an @ that NFKC would turn into ours.
        "dee@\u{212a}ent.edu",
        "dee@ｋent.edu",
        "dee＠kent.edu",
        "dee@kеnt.edu",
    ] {
        assert!(at_notes(rules(), with_mail(address, true)).is_err(), "{address:?}");
    }
}

#[test]
fn a_rule_may_name_an_account_in_any_letter_case() {
    let rules = || vec![Rule { accounts: Some(vec!["DEE".parse().unwrap()]), ..rule("a") }];
    assert!(at_notes(rules(), dee()).is_ok());
    let mut twin = dee();
    twin.account.username = "dee-2".parse().unwrap();
    assert!(at_notes(rules(), twin).is_err());
}

// C27
#[test]
fn a_disabled_account_is_refused_everywhere_and_the_reason_names_who_disabled_it() {
    let mut person = dee();
    person.account.disabled = Some(Disabled { by: "ann".into(), at: datetime!(2026-03-01 12:00 UTC) });
    let denied = at_notes(vec![rule("a")], person.clone()).unwrap_err();
    assert_eq!(denied, Denied::AccountDisabled(person.account.disabled.clone().unwrap()));
    assert_eq!(denied.to_string(), "the account was disabled by ann at 2026-03-01 12:00:00 UTC");
    // This is the reason even if no rule would let the person in either.
    assert!(matches!(at_notes(vec![], person), Err(Denied::AccountDisabled(_))));
}

// C27: a session from another app cannot bypass this app's list of providers
#[test]
fn a_session_by_a_provider_that_the_app_does_not_offer_is_refused() {
    let app = App { providers: Some(vec!["club".parse().unwrap()]), ..notes() };
    let denied = permit(&app, dee(), location(&app, &[])).unwrap_err();
    assert_eq!(denied, Denied::Provider(uni()));
    assert_eq!(denied.to_string(), "the app does not offer sign-ins with provider uni");
    let app = App { providers: Some(vec!["club".parse().unwrap(), uni()]), ..notes() };
    assert!(permit(&app, dee(), location(&app, &[])).is_ok());
}

#[test]
fn a_username_that_the_app_does_not_accept_is_refused_before_any_rule() {
    let mut app = notes();
    app.kind.check_username = |_| Err("no names with d");
    let denied = permit(&app, dee(), location(&app, &[])).unwrap_err();
    assert_eq!(denied, Denied::Username("no names with d"));
}

#[test]
fn the_nearest_rule_is_about_this_room_if_there_is_one() {
    let other = Rule { rooms: Some(rooms(&["maths"])), ..rule("other") };
    let here = Rule { rooms: Some(rooms(&["seminars/*"])), groups: Some(groups(&["deans"])), ..rule("here") };
    let Err(Denied::NoRule { nearest, .. }) = in_room(vec![other, here], dee(), "seminars/b") else {
        panic!("let in");
    };
    assert_eq!(nearest.map(|miss| miss.rule), Some(RuleName("here".into())));
}

#[test]
fn the_reason_names_the_rules_that_were_tried_and_the_nearest_one() {
    let rules = vec![
        Rule { rooms: Some(rooms(&["physics"])), groups: Some(groups(&["deans"])), ..rule("conference.allow[0]") },
        Rule { groups: Some(groups(&["deans"])), ..rule("conference.allow[1]") },
    ];
    let mut without_groups = dee();
    without_groups.account.groups.clear();
    let denied = in_room(rules, without_groups, "maths").unwrap_err();
    assert_eq!(
        denied.to_string(),
        "no rule lets the person in: tried conference.allow[0], conference.allow[1]; \
         nearest conference.allow[1]: needs group deans; has none"
    );
    assert_eq!(
        Denied::NoRule { rules_tried: vec![], nearest: None }.to_string(),
        "the app has no rule, so nobody may enter"
    );
}
