//! Tests of the texts and the answers of access requests.

use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::{AccessState, Answers, MAX_TEXT, RequestText};
use crate::signin::link::{AskAtFirstLogin, UsernameTemplate};

const NOON: OffsetDateTime = datetime!(2026-11-22 12:00 UTC);

#[test]
fn a_text_is_one_line_of_at_most_500_visible_characters() {
    let text = |given: &str| RequestText::parse(given).unwrap().to_string();
    assert_eq!(text("  I teach\r\n\r\nmaths.\t Dee \u{202e}\0\u{1b}[31m"), "I teach maths. Dee [31m");
    assert_eq!(text(" \r\n\u{200b}"), "");
    assert_eq!(text("<script>alert(1)</script>"), "<script>alert(1)</script>");
    assert_eq!(text(&"ü".repeat(MAX_TEXT)).chars().count(), MAX_TEXT);
    let long = RequestText::parse(&"ü".repeat(MAX_TEXT + 1)).unwrap_err();
    assert_eq!(long.to_string(), "the text has 501 characters, and at most 500 are kept");
}

#[test]
fn a_decision_replaces_the_answers_that_the_config_offers() {
    let template = || Some(UsernameTemplate::parse("{{ preferred_username }}").unwrap());
    let all = AskAtFirstLogin { prove: true, new: template(), request: template() };
    let only_request = AskAtFirstLogin { prove: false, new: None, request: template() };
    let no_request = AskAtFirstLogin { prove: true, new: template(), request: None };
    let (fresh, old) = (Some(NOON - Duration::hours(23)), Some(NOON - Duration::hours(24)));
    let answers = |prove, new, request| Answers { prove, new, request };
    for (ask, latest, expected) in [
        (&all, None, answers(true, true, true)),
        (&all, Some((AccessState::Waiting, None)), answers(true, true, true)),
        (&all, Some((AccessState::Linked, fresh)), answers(true, true, true)),
        (&all, Some((AccessState::Refused, fresh)), answers(false, false, false)),
        (&all, Some((AccessState::Refused, old)), answers(false, false, true)),
        (&no_request, Some((AccessState::Refused, old)), answers(false, false, false)),
        (&only_request, None, answers(false, false, true)),
        (&only_request, Some((AccessState::Proving, fresh)), answers(true, false, false)),
        (&only_request, Some((AccessState::Proving, old)), answers(true, false, true)),
    ] {
        assert_eq!(ask.answers(latest, NOON), expected, "{latest:?}");
    }
}

#[test]
fn each_state_is_read_as_it_is_written() {
    for state in [AccessState::Waiting, AccessState::Proving, AccessState::Linked, AccessState::Refused] {
        assert_eq!(state.as_str().parse(), Ok(state));
    }
    assert!("gone".parse::<AccessState>().is_err());
}
