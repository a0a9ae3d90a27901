//! Tests of `location.href`, which a page sends us of itself: query and fragment aside, a registration or nothing.

use url::Url;

use super::{App, StartRefused, conference, notes};
use crate::signin::arrive::Location;

fn at(app: &App, href: &str) -> Result<Location, StartRefused> {
    Location::of_page(href, app)
}

/// What the token's `aud` will say.
fn registered(href: &str) -> Option<String> {
    at(&conference(), href).ok().map(|location| location.as_str().to_owned())
}

const MATHS: &str = "https://meet.example.org/group/maths/";

// C52
#[test]
fn query_and_fragment_are_the_pages_own_affair() {
    for end in ["", "?", "#", "?token=", "?a=b&c", "#x", "?a#b", "#a?b", "?a=https://evil.example/#x", "##", "??"] {
        assert_eq!(registered(&format!("{MATHS}{end}")).as_deref(), Some(MATHS), "{end}");
    }
    let long = format!("{MATHS}#{}", "x".repeat(60_000));
    assert_eq!(registered(&long).as_deref(), Some(MATHS));
}

// C52: the audience is written as we write it, whichever spelling came
#[test]
fn a_room_means_the_same_however_the_browser_encodes_it() {
    let group = |name: &str| format!("https://meet.example.org/group/{name}/");
    for (sent, written) in [
        ("caf%C3%A9", "caf%C3%A9"),
        ("caf%c3%a9", "caf%C3%A9"),
        ("two%20words", "two%20words"),
        ("m%61ths", "maths"),
        // What browsers leave as it was typed: WHATWG URL, the path percent-encode set.
        ("it's", "it%27s"),
        ("it%27s", "it%27s"),
        ("a+b", "a%2Bb"),
        ("a%2Bb", "a%2Bb"),
        ("!$&'()*,;=:@~[]|", "%21%24%26%27%28%29%2A%2C%3B%3D%3A%40~%5B%5D%7C"),
        ("deep/room", "deep/room"),
        ("deep%2Froom", "deep/room"),
        ("deep%2froom/b", "deep/room/b"),
    ] {
        assert_eq!(registered(&group(sent)), Some(group(written)), "{sent}");
        let typed = Url::parse(&group(sent)).unwrap();
        assert_eq!(registered(typed.as_str()), Some(group(written)), "{typed}");
    }
}

/// Addresses that no page of the app has.
const NOT_THERE: [&str; 40] = [
    "",
    "#",
    "?",
    "https://meet.example.org/group/",
    "https://meet.example.org/group//",
    "https://meet.example.org/group/maths",
    "https://meet.example.org/group/maths%2F",
    "https://meet.example.org/group/maths//",
    "https://meet.example.org/group/maths%2F/",
    "https://meet.example.org/group//maths/",
    "https://meet.example.org/maths/",
    "https://meet.example.org/Group/maths/",
    "https://meet.example.org/gr%6Fup/maths/",
    "https://meet.example.org/x/../group/maths/",
    "https://meet.example.org//group/maths/",
    "https://meet.example.org/group/../group/maths/",
    "https://meet.example.org/group/./maths/",
    "https://meet.example.org/group/%2e%2e/",
    "https://meet.example.org/group/%2E/",
    "https://meet.example.org/group/a/%2e%2e/b/",
    "https://meet.example.org/group/.keys/",
    "https://meet.example.org/group/a%5Cb/",
    "https://meet.example.org/group/a\\b/",
    "https://meet.example.org/group/%25/",
    "https://meet.example.org/group/%2561/",
    "https://meet.example.org/group/100%/",
    "https://meet.example.org/group/a%3Fb/",
    "https://meet.example.org/group/a%23b/",
    "https://meet.example.org/group/%00/",
    "https://meet.example.org/group/a%0Ab/",
    "https://meet.example.org/group/a\tb/",
    "https://meet.example.org/group/%E2%80%AEb/",
    "https://meet.example.org/group/%FF/",
    "https://meet.example.org/group/%C0%AF/",
    "https://meet.example.org/group/%ED%A0%80/",
    "https://meet.example.org/group/café/",
    "https://meet.example.org/group/two words/",
    " https://meet.example.org/group/maths/",
    "https://meet.example.org/group/maths/ ",
    "https://meet.example.org\\group/maths/",
];

/// The same group on hosts that are not ours, or not written as ours is.
const NOT_OURS: [&str; 16] = [
    "http://meet.example.org/group/maths/",
    "HTTPS://meet.example.org/group/maths/",
    "https://MEET.example.org/group/maths/",
    "https://meet.example.org:443/group/maths/",
    "https://meet.example.org:8443/group/maths/",
    "https://meet.example.org./group/maths/",
    "https://meet.example.org@evil.example/group/maths/",
    "https://evil.example@meet.example.org/group/maths/",
    "https://@meet.example.org/group/maths/",
    "https://meet.example.org.evil.example/group/maths/",
    "https://evil.example/https://meet.example.org/group/maths/",
    "https://evil.example/#https://meet.example.org/group/maths/",
    "https://evil.example/?https://meet.example.org/group/maths/",
    "//meet.example.org/group/maths/",
    "/group/maths/",
    "javascript:https://meet.example.org/group/maths/",
];

// C32, C52
#[test]
fn a_page_that_stands_elsewhere_gets_nothing() {
    for href in NOT_THERE.iter().chain(&NOT_OURS) {
        assert!(matches!(at(&conference(), href), Err(StartRefused::UnknownLocation { .. })), "{href:?}");
        assert!(at(&notes(), href).is_err(), "{href:?}");
    }
    let long = format!("https://meet.example.org/group/{}/", "x".repeat(2048));
    assert!(matches!(at(&conference(), &long), Err(StartRefused::TooLong { name: "location", .. })));
}

// C52: whatever is taken, a browser at that address would be at the registered one
#[test]
fn what_is_taken_leads_where_it_says() {
    let hrefs = NOT_THERE.iter().chain(&NOT_OURS).map(|href| href.replace("maths", "ma%74hs"));
    // What a page's own address may add, so that something is taken.
    for href in hrefs.chain(["?x", "#x", "?room=b#x"].map(|end| format!("https://meet.example.org/group/maths/{end}")))
    {
        let location = match at(&conference(), &href) {
            Ok(location) => location,
            Err(why) => {
                assert!(!href.ends_with('x'), "{href:?}: {why}");
                continue;
            }
        };
        let (sent, said) = (Url::parse(&href).unwrap(), Url::parse(location.as_str()).unwrap());
        assert_eq!(sent.origin(), said.origin(), "{href:?}");
    }
}

// C52
#[test]
fn an_app_without_rooms_is_held_to_its_addresses() {
    let listed = "https://notes.example.org/signed-in";
    for end in ["", "?x", "#x"] {
        assert_eq!(at(&notes(), &format!("{listed}{end}")).unwrap().as_str(), listed);
    }
    assert!(at(&notes(), "https://notes.example.org/signed%2Din").is_err());
}
