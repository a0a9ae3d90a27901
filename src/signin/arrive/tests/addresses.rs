//! Tests of the address: it must be written exactly as it was registered.

use proptest::prelude::{Just, Strategy, any, prop_oneof, proptest};
use proptest::sample::{Index, select};
use url::{Url, form_urlencoded};

use super::{Addresses, App, Location, StartRefused, conference, location, notes, start};

fn app_at(listed: &[&str]) -> App {
    let listed = listed.iter().map(|address| (*address).to_owned()).collect();
    App { addresses: Addresses { listed, ..Addresses::default() }, ..notes() }
}

fn refused(app: &App, asked: &str) -> bool {
    matches!(start(app, &[("location", asked)]), Err(StartRefused::UnknownLocation { .. }))
}

#[test]
fn an_address_that_was_not_percent_encoded_gets_a_message_that_says_so() {
    for (registered, arrives) in [
        ("https://a.example/caf%C3%A9", "https://a.example/café"),
        ("https://a.example/?a=1&b=2", "https://a.example/?a=1"),
        ("https://a.example/a+b", "https://a.example/a b"),
    ] {
        let why = start(&app_at(&["https://a.example/", registered]), &[("location", arrives)]).unwrap_err();
        let words = format!(
            "`location` is not percent-encoded in the query: write location={}",
            crate::base::urls::encoded(registered)
        );
        assert_eq!(why.to_string(), words);
    }
    let room = start(&conference(), &[("location", "https://meet.example.org/group/café/")]).unwrap_err();
    assert!(matches!(room, StartRefused::LocationNotEncoded { .. }), "{room}");
    // What arrives from the query `location=https://meet.example.org/group/NAME/`. No message may name another room.
    for name in ["a&b", "a&&b", "a+b", "a b", "a%20b", "a&b=c", "a+b&c", "a&b&c"] {
        let query = format!("location=https://meet.example.org/group/{name}/&utm=1");
        let pairs: Vec<_> = form_urlencoded::parse(query.as_bytes()).collect();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| (name.as_ref(), value.as_ref())).collect();
        let why = start(&conference(), &pairs).unwrap_err();
        assert_eq!(why, StartRefused::RoomNotEncoded, "{name}");
        assert!(why.to_string().starts_with("`location` is not percent-encoded in the query: encode the room's name"));
        assert!(!why.to_string().contains("https:"), "{why}");
    }
    for pairs in [
        [("location", "https://meet.example.org/group/a"), ("state", "b/")],
        [("location", "https://meet.example.org/group/a"), ("b", "c")],
        [("location", "https://meet.example.com/group/a"), ("b/", "")],
        [("b/", ""), ("location", "https://meet.example.org/group/a")],
    ] {
        let why = start(&conference(), &pairs).unwrap_err();
        assert!(matches!(why, StartRefused::UnknownLocation { .. }), "{why}");
    }
}

// C32, C35: attacks that made other brokers redirect elsewhere, and other spellings of the registered address.
const NOT_REGISTERED: [&str; 62] = [
    // Another site.
    "https://evil.example/",
    "https://evil.example/signed-in",
    "//evil.example/signed-in",
    "/signed-in",
    "signed-in",
    "\\\\evil.example",
    "/\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "https:/notes.example.org/signed-in",
    "https:///notes.example.org/signed-in",
    // Another scheme.
    "http://notes.example.org/signed-in",
    "HTTPS://notes.example.org/signed-in",
    "//notes.example.org/signed-in",
    "javascript:alert(1)//https://notes.example.org/signed-in",
    "data:text/html,https://notes.example.org/signed-in",
    "wss://notes.example.org/signed-in",
    "view-source:https://notes.example.org/signed-in",
    // Another host's name before or after ours.
    "https://notes.example.org@evil.example/signed-in",
    "https://notes.example.org:x@evil.example/signed-in",
    "https://evil.example@notes.example.org/signed-in",
    "https://@notes.example.org/signed-in",
    "https://notes.example.org.evil.example/signed-in",
    "https://evilnotes.example.org/signed-in",
    "https://evil.notes.example.org/signed-in",
    "https://example.org/signed-in",
    "https://notes.example.org%2eevil.example/signed-in",
    "https://notes.example.org%00.evil.example/signed-in",
    "https://notes.example.org\\@evil.example/signed-in",
    "https://notes.example.org\\.evil.example/signed-in",
    "https://evil.example/https://notes.example.org/signed-in",
    "https://evil.example/?https://notes.example.org/signed-in",
    "https://evil.example/#https://notes.example.org/signed-in",
    // The same host in another spelling.
    "https://NOTES.example.org/signed-in",
    "https://notes.example.org./signed-in",
    "https://notes.example.org:443/signed-in",
    "https://notes.example.org:/signed-in",
    "https://notes.example.org:8443/signed-in",
    "https://n\u{43e}tes.example.org/signed-in",
    "https://notes\u{3002}example.org/signed-in",
    "https://ｎotes.example.org/signed-in",
    "https://not%65s.example.org/signed-in",
    "https://note\u{ad}s.example.org/signed-in",
    // The same path in another spelling, a path below it, a path beside it.
    "https://notes.example.org",
    "https://notes.example.org/",
    "https://notes.example.org/Signed-in",
    "https://notes.example.org/signed-in/",
    "https://notes.example.org/signed-in2",
    "https://notes.example.org/signed-i",
    "https://notes.example.org//signed-in",
    "https://notes.example.org/./signed-in",
    "https://notes.example.org/x/../signed-in",
    "https://notes.example.org/x/%2e%2e/signed-in",
    "https://notes.example.org/signed-in/..%2f..%2fevil",
    "https://notes.example.org%2fsigned-in",
    "https://notes.example.org/signed%2din",
    "https://notes.example.org\\signed-in",
    // Something added.
    "https://notes.example.org/signed-in?",
    "https://notes.example.org/signed-in?next=https://evil.example/",
    "https://notes.example.org/signed-in#",
    "https://notes.example.org/signed-in;x",
    "https://notes.example.org/signed-in\0",
];

// C32, C35
#[test]
fn an_address_that_differs_in_one_byte_is_not_registered() {
    let app = notes();
    for asked in NOT_REGISTERED {
        assert!(refused(&app, asked), "{asked}");
    }
    for space in [" ", "\t", "\n", "\r\n", "\u{a0}", "\u{feff}", "\u{2028}"] {
        assert!(refused(&app, &format!("https://notes.example.org/signed-in{space}")));
        assert!(refused(&app, &format!("{space}https://notes.example.org/signed-in")));
    }
    assert!(start(&app, &[("location", "https://notes.example.org/signed-in")]).is_ok());
}

// C32: a registration is never read as a pattern
#[test]
fn a_registration_matches_only_itself() {
    let app =
        app_at(&["https://a.example/*", "https://*.a.example/", "https://a.example/x?y=1", "https://a.example/."]);
    for asked in ["https://a.example/b", "https://b.a.example/", "https://a.example/x", "https://a.example/x?y=1&z=2"] {
        assert!(refused(&app, asked), "{asked}");
    }
    assert_eq!(location(&app, &[("location", "https://a.example/x?y=1")]).as_str(), "https://a.example/x?y=1");
}

// C32: the port must match, even on loopback
#[test]
fn a_port_is_part_of_the_address() {
    let app = app_at(&["http://127.0.0.1:5173/signed-in"]);
    for asked in ["http://127.0.0.1/signed-in", "http://127.0.0.1:5174/signed-in", "http://localhost:5173/signed-in"] {
        assert!(refused(&app, asked), "{asked}");
    }
}

#[test]
fn an_app_with_one_address_may_leave_out_the_location() {
    assert_eq!(location(&notes(), &[]).as_str(), "https://notes.example.org/signed-in");
    let two = app_at(&["https://notes.example.org/a", "https://notes.example.org/b"]);
    assert_eq!(start(&two, &[]), Err(StartRefused::AmbiguousLocation));
    assert_eq!(start(&app_at(&[]), &[]), Err(StartRefused::AmbiguousLocation));
}

// C35
#[test]
fn an_app_without_addresses_gets_no_start() {
    let app = app_at(&[]);
    for asked in ["https://notes.example.org/", "", "https://evil.example/"] {
        assert!(start(&app, &[("location", asked)]).is_err());
    }
}

// C27
#[test]
fn an_address_that_the_config_has_dropped_is_no_longer_registered() {
    let app = notes();
    let before = location(&app, &[]);
    assert!(before.still_registered(&app));
    assert!(!before.still_registered(&app_at(&["https://notes.example.org/other"])));
    assert!(!before.still_registered(&app_at(&[])));
}

#[test]
fn the_message_names_the_nearest_registered_address() {
    let app = app_at(&["https://notes.example.org/signed-in", "https://old.example.net/"]);
    let refused = start(&app, &[("location", "https://notes.example.org/signed-in/")]).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "`location` is not registered for this app; the nearest registered address is \
         https://notes.example.org/signed-in"
    );
}

/// A registered address with pieces added, removed and doubled anywhere, as an attacker might change it.
fn changed(registered: &'static str) -> impl Strategy<Value = String> {
    let pieces = [
        "",
        "/",
        "//",
        "\\",
        ".",
        "..",
        "/../",
        "/./",
        "%2e",
        "%2f",
        "%5c",
        "%00",
        "%25",
        "@",
        ":",
        "#",
        "?",
        "&",
        ";",
        " ",
        "\t",
        "\n",
        "\0",
        "é",
        "\u{3002}",
        "\u{ff0f}",
        "\u{202e}",
        "https:",
        "evil.example",
        "https://evil.example/",
        "x",
        "X",
        "a b",
        "%20",
        "+",
        "{room}",
        "maths",
    ];
    let one = (any::<Index>(), any::<Index>(), prop_oneof![select(pieces.to_vec()).prop_map(str::to_owned), ".{0,3}"]);
    proptest::collection::vec(one, 0..4).prop_map(move |changes| {
        let mut text: Vec<char> = registered.chars().collect();
        for (at, cut, piece) in changes {
            let at = at.index(text.len() + 1);
            let to = (at + cut.index(3)).min(text.len());
            text.splice(at..to, piece.chars());
        }
        text.into_iter().collect()
    })
}

/// Where a browser goes with this address, by the WHATWG rules. Checks that no part of it is ambiguous.
fn leads_to(address: &str) -> Url {
    let url = Url::parse(address).unwrap();
    assert_eq!(url.as_str(), address, "written as browsers write it");
    assert!(url.username().is_empty() && url.password().is_none() && url.fragment().is_none(), "{address}");
    url
}

const SIGNED_IN: &str = "https://notes.example.org/signed-in";
const MATHS: &str = "https://meet.example.org/group/maths/";

proptest! {
    // C32: the oracle is the parser that browsers agree on.
    #[test]
    fn an_accepted_address_opens_the_same_page_as_the_registered_one(
        asked in prop_oneof![changed(SIGNED_IN), any::<String>(), Just(SIGNED_IN.to_owned())],
    ) {
        match start(&notes(), &[("location", &asked)]) {
            Ok(request) => {
                // An empty one counts as not sent.
                assert!(asked == SIGNED_IN || asked.is_empty(), "{asked}");
                assert_eq!(leads_to(request.location.as_str()), Url::parse(SIGNED_IN).unwrap());
            }
            Err(_) => assert_ne!(asked, SIGNED_IN),
        }
    }

    // C32, C35
    #[test]
    fn an_accepted_address_of_a_room_stays_below_the_rooms(asked in prop_oneof![changed(MATHS), any::<String>()]) {
        let by_start = start(&conference(), &[("location", &asked)]).map(|request| request.location);
        if let Ok(location) = &by_start {
            let read = |address: &str| {
                percent_encoding::percent_decode_str(leads_to(address).path()).decode_utf8().unwrap().into_owned()
            };
            assert_eq!(read(&asked), read(location.as_str()), "only the room's name has another spelling: {asked}");
        }
        let by_page = Location::of_page(&asked, &conference());
        for location in [by_start, by_page].into_iter().flatten() {
            let url = leads_to(location.as_str());
            assert_eq!(url.origin().ascii_serialization(), "https://meet.example.org", "{asked}");
            let rooms = url.path().strip_prefix("/group/").and_then(|rest| rest.strip_suffix('/'));
            assert!(rooms.is_some_and(|rooms| !rooms.is_empty()) && url.query().is_none(), "{asked}: {url}");
            assert!(location.room().is_some(), "{asked}");
        }
    }
}
