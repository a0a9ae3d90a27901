//! Tests of what an app may ask: first the address, then each parameter.

use super::{HINTS, Location, LoginRequest, Opaque, Preferences, Prompt, StartRefused, arrive};
use crate::signin::app::{Addresses, App, Room, RoomPattern};
use crate::signin::samples::{conference, location, notes, query, uni};

mod addresses;
mod pages;
mod rooms;

fn start(app: &App, parameters: &[(&str, &str)]) -> Result<LoginRequest, StartRefused> {
    arrive(app, &query(parameters))
}

/// Every parameter that a start knows.
const KNOWN: [&str; 11] = [
    "location",
    "room",
    "state",
    "nonce",
    "provider",
    "login_hint",
    "prompt",
    "ui_locales",
    "dpop_jkt",
    "code_challenge",
    "code_challenge_method",
];

/// An app that takes both `location` and `room`, for tests that go through all parameters.
fn takes_all() -> App {
    let mut app = conference();
    app.addresses.listed = notes().addresses.listed;
    app
}

#[test]
fn a_start_with_every_parameter_keeps_every_value() {
    let request = start(
        &notes(),
        &[
            ("location", "https://notes.example.org/signed-in"),
            ("state", "s!~"),
            ("nonce", "n"),
            ("provider", "uni"),
            ("login_hint", "dee@example.edu"),
            ("prompt", "login"),
            ("ui_locales", "fr de"),
        ],
    )
    .unwrap();
    assert_eq!(request.location.as_str(), "https://notes.example.org/signed-in");
    assert_eq!(request.state.as_ref().map(Opaque::as_str), Some("s!~"));
    assert_eq!(request.nonce.as_ref().map(Opaque::as_str), Some("n"));
    assert_eq!(request.preferences.provider, Some(uni()));
    assert_eq!(request.preferences.login_hint.as_deref(), Some("dee@example.edu"));
    assert_eq!(request.preferences.prompt, Prompt::Login);
    assert_eq!(request.preferences.ui_locales.as_deref(), Some("fr de"));
}

#[test]
fn a_start_without_any_parameter_asks_for_nothing_special() {
    let request = start(&notes(), &[]).unwrap();
    assert_eq!((request.state, request.nonce), (None, None));
    assert_eq!(request.preferences, Preferences::default());
}

#[test]
fn every_parameter_that_decides_is_refused_if_it_is_given_twice_even_with_the_same_value() {
    for name in KNOWN.into_iter().filter(|name| !HINTS.contains(name)) {
        let value = if name == "location" { "https://notes.example.org/signed-in" } else { "x" };
        let mut parameters = vec![(name, value), (name, value)];
        if !matches!(name, "location" | "room") {
            parameters.insert(1, ("room", "maths"));
        }
        assert_eq!(start(&takes_all(), &parameters), Err(StartRefused::Repeated(name)));
        // An empty value and a full one are a repetition, too.
        parameters[0].1 = "";
        assert_eq!(start(&takes_all(), &parameters), Err(StartRefused::Repeated(name)));
    }
}

#[test]
fn a_hint_that_is_given_twice_counts_as_not_sent() {
    for name in HINTS {
        for values in [["de", "fr"], ["de", "de"], ["", "de"]] {
            let twice = values.map(|value| (name, value));
            assert_eq!(start(&notes(), &twice), start(&notes(), &[]), "{name} {values:?}");
        }
    }
}

// RFC 6749 §3.1
#[test]
fn a_parameter_without_a_value_counts_as_not_sent() {
    for name in KNOWN {
        let beside: &[(&str, &str)] = &[("room", "maths"), ("location", "https://notes.example.org/signed-in")];
        let beside = beside.iter().filter(|(other, _)| *other != name).take(1).copied();
        let without: Vec<_> = beside.collect();
        let with: Vec<_> = without.iter().copied().chain([(name, "")]).collect();
        assert_eq!(start(&takes_all(), &with), start(&takes_all(), &without), "{name}");
        assert!(start(&takes_all(), &with).is_ok(), "{name}");
    }
    let all_empty: Vec<_> = KNOWN.iter().map(|name| (*name, "")).collect();
    assert_eq!(start(&notes(), &all_empty), start(&notes(), &[]));
}

#[test]
fn every_parameter_has_a_length_limit_in_bytes() {
    for name in KNOWN.into_iter().filter(|name| !HINTS.contains(name)) {
        let limit = match name {
            "location" => 2048,
            "room" => 128,
            _ => 256,
        };
        let (fits, long) = ("x".repeat(limit), "x".repeat(limit + 1));
        let wide = "é".repeat(limit / 2) + "x";
        let beside = if matches!(name, "location" | "room") { "none" } else { "room" };
        for too_long in [&long, &wide] {
            let refused = start(&takes_all(), &[(name, too_long), (beside, "maths")]);
            assert_eq!(refused, Err(StartRefused::TooLong { name, limit }));
        }
        let accepted = start(&takes_all(), &[(name, &fits), (beside, "maths")]);
        assert!(!matches!(accepted, Err(StartRefused::TooLong { .. })), "{name}: {accepted:?}");
    }
}

#[test]
fn state_and_nonce_hold_visible_ascii_only() {
    for name in ["state", "nonce"] {
        for bad in ["a b", "é", "a\n", "\0", "a\t", "\u{7f}", "a\r\nSet-Cookie: x", "\u{200b}", " "] {
            assert_eq!(start(&notes(), &[(name, bad)]), Err(StartRefused::NotVisibleAscii(name)), "{bad:?}");
        }
        let all: String = ('!'..='~').collect();
        assert!(start(&notes(), &[(name, &all)]).is_ok());
    }
}

#[test]
fn a_hint_and_languages_are_text_in_any_script_without_control_characters() {
    for name in ["login_hint", "ui_locales"] {
        for good in ["dee@example.edu", "Zoë Ó", "教室", "DOMAIN\\dee", "a \"quoted\" <b>"] {
            let request = start(&notes(), &[(name, good)]).unwrap();
            let asked = request.preferences;
            let kept = if name == "login_hint" { asked.login_hint } else { asked.ui_locales };
            assert_eq!(kept.as_deref(), Some(good));
        }
        // Nothing depends on a hint: the sign-in goes on without an unusable one.
        let long = "é".repeat(129);
        for bad in ["a\r\nb", "\0", "a\tb", "a\u{1b}[2J", "a\u{85}b", "\u{7f}", "caf\u{fffd}", "de\0", &long] {
            assert_eq!(start(&notes(), &[(name, bad)]), start(&notes(), &[]), "{bad:?}");
        }
        assert!(start(&notes(), &[(name, &"x".repeat(256))]).unwrap() != start(&notes(), &[]).unwrap());
    }
}

#[test]
fn a_name_that_is_not_listed_is_ignored_however_often_and_long_it_comes() {
    let long = "x".repeat(100_000);
    let plain = start(&notes(), &[("state", "s")]).unwrap();
    let unlisted =
        [("utm_source", ""), ("utm_source", long.as_str()), ("State", "é"), ("state ", ""), ("state", "s"), ("", "")];
    assert_eq!(start(&notes(), &unlisted).unwrap(), plain);
    // C35: parameters in which other brokers accept an address are ignored.
    for name in ["redirect_uri", "return_to", "redirect", "next", "Location", "location[]", "rd"] {
        let request = start(&notes(), &[(name, "https://evil.example/"), ("state", "s")]).unwrap();
        assert_eq!(request, plain, "{name}");
    }
}

#[test]
fn prompt_accepts_one_of_three_words_and_no_list() {
    for (word, prompt) in [
        ("login", Prompt::Login),
        ("none", Prompt::None),
        ("select_account", Prompt::SelectAccount),
        // Our own pages and redirects use them.
        ("login_without_proof", Prompt::LoginWithoutProof),
        ("login_for_another_account", Prompt::LoginForAnotherAccount),
    ] {
        assert_eq!(start(&notes(), &[("prompt", word)]).unwrap().preferences.prompt, prompt);
        assert_eq!(prompt.as_parameter(), Some(word));
    }
    for bad in ["consent", "Login", "none login", "login ", "as_needed"] {
        assert_eq!(start(&notes(), &[("prompt", bad)]), Err(StartRefused::UnknownPrompt), "{bad:?}");
    }
}

#[test]
fn a_parameter_of_an_unsupported_feature_is_refused_and_not_ignored() {
    for name in ["dpop_jkt", "code_challenge", "code_challenge_method"] {
        assert_eq!(start(&notes(), &[(name, "S256")]), Err(StartRefused::NotOffered(name)));
    }
}

#[test]
fn a_start_cannot_ask_for_a_provider_that_the_app_does_not_offer() {
    let mut app = notes();
    assert_eq!(
        start(&app, &[("provider", "elsewhere")]).unwrap().preferences.provider,
        Some("elsewhere".parse().unwrap())
    );
    app.providers = Some(vec![uni()]);
    assert_eq!(start(&app, &[("provider", "uni")]).unwrap().preferences.provider, Some(uni()));
    for bad in ["elsewhere", "UNI", "uni ", "../uni", "uni,elsewhere", "é"] {
        assert_eq!(start(&app, &[("provider", bad)]), Err(StartRefused::UnknownProvider), "{bad:?}");
    }
    app.providers = Some(Vec::new());
    assert_eq!(start(&app, &[("provider", "uni")]), Err(StartRefused::UnknownProvider));
}

#[test]
fn an_app_that_requires_state_gets_no_start_without_one() {
    let app = App { require_state: true, ..notes() };
    assert_eq!(start(&app, &[]), Err(StartRefused::StateRequired));
    assert_eq!(start(&app, &[("state", "")]), Err(StartRefused::StateRequired));
    assert_eq!(start(&app, &[("State", "s")]), Err(StartRefused::StateRequired));
    assert!(start(&app, &[("state", "s")]).is_ok());
}

// C33
#[test]
fn the_address_is_checked_before_every_other_parameter() {
    let app = App { require_state: true, ..notes() };
    for (name, value) in [("state", "é"), ("prompt", "x"), ("provider", "?"), ("nonce", "é"), ("dpop_jkt", "x")] {
        let asked = [(name, value), (name, value), ("location", "https://evil.example/")];
        assert!(matches!(start(&app, &asked), Err(StartRefused::UnknownLocation { .. })), "{name}");
    }
}

#[test]
fn a_refusal_never_repeats_the_request() {
    let hostile = "<script>alert(1)</script>";
    let refused: Vec<_> = KNOWN
        .iter()
        .filter_map(|name| start(&takes_all(), &[(name, hostile)]).err())
        .map(|why| why.to_string())
        .collect();
    assert!(refused.len() >= 4, "{refused:?}");
    for why in refused {
        assert!(!why.contains("script"), "{why}");
    }
}

#[test]
fn the_query_of_a_request_gives_the_same_request_again() {
    let asked: [&[(&str, &str)]; 4] = [
        &[("room", "é/a b"), ("state", "s&t=u#v"), ("nonce", "n+%20")],
        &[("room", "maths"), ("provider", "uni"), ("prompt", "none"), ("login_hint", "dee & é")],
        &[("location", "https://notes.example.org/signed-in"), ("ui_locales", "fr de"), ("prompt", "select_account")],
        &[("location", "https://meet.example.org/group/maths/"), ("prompt", "login")],
    ];
    for parameters in asked {
        let request = start(&takes_all(), parameters).unwrap();
        assert_eq!(start(&takes_all(), &request.parameters()).unwrap(), request);
    }
}
