//! Tests of `location.href`, which a page sends us. Without its query and fragment, it must be a registered address.

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
fn the_query_and_the_fragment_of_a_page_do_not_count() {
    for end in ["", "?", "#", "?token=", "?a=b&c", "#x", "?a#b", "#a?b", "?a=https://evil.example/#x", "##", "??"] {
        assert_eq!(registered(&format!("{MATHS}{end}")).as_deref(), Some(MATHS), "{end}");
    }
    let long = format!("{MATHS}#{}", "x".repeat(60_000));
    assert_eq!(registered(&long).as_deref(), Some(MATHS));
}

// C52: the audience has our spelling, whatever spelling came
#[test]
fn a_room_means_the_same_however_the_browser_encodes_it() {
    let group = |name: &str| format!("https://meet.example.org/group/{name}/");
    for (sent, written) in [
        ("caf%C3%A9", "caf%C3%A9"),
        ("caf%c3%a9", "caf%C3%A9"),
        ("two%20words", "two%20words"),
        ("m%61ths", "maths"),
        // Characters that browsers keep as typed: WHATWG URL, the path percent-encode set.
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

/// The same group on other hosts, or with our host in another spelling.
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
fn a_page_at_another_address_is_refused() {
    for href in NOT_THERE.iter().chain(&NOT_OURS) {
        assert!(matches!(at(&conference(), href), Err(StartRefused::UnknownLocation { .. })), "{href:?}");
        assert!(at(&notes(), href).is_err(), "{href:?}");
    }
    let long = format!("https://meet.example.org/group/{}/", "x".repeat(2048));
    assert!(matches!(at(&conference(), &long), Err(StartRefused::TooLong { name: "location", .. })));
}

// C52: a browser at an accepted address is at the registered origin
#[test]
fn an_accepted_page_has_the_origin_of_its_location() {
    let hrefs = NOT_THERE.iter().chain(&NOT_OURS).map(|href| href.replace("maths", "ma%74hs"));
    // The endings are allowed, so that some addresses are accepted.
    for href in hrefs.chain(["?x", "#x", "?room=b#x"].map(|end| format!("https://meet.example.org/group/maths/{end}")))
    {
        let location = match at(&conference(), &href) {
            Ok(location) => location,
            Err(why) => {
                assert!(!href.ends_with('x'), "{href:?}: {why}");
                continue;
            }
        };
        let (sent, found) = (Url::parse(&href).unwrap(), Url::parse(location.as_str()).unwrap());
        assert_eq!(sent.origin(), found.origin(), "{href:?}");
    }
}

// C52
#[test]
fn an_app_without_rooms_accepts_only_its_addresses() {
    let listed = "https://notes.example.org/signed-in";
    for end in ["", "?x", "#x"] {
        assert_eq!(at(&notes(), &format!("{listed}{end}")).unwrap().as_str(), listed);
    }
    assert!(at(&notes(), "https://notes.example.org/signed%2Din").is_err());
}
