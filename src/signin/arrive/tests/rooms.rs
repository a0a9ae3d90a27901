//! Tests of rooms: their names, and the addresses that follow from them.

use super::{App, Location, Room, RoomPattern, StartRefused, conference, location, notes, start, takes_all};
use crate::signin::app::InvalidRoom;

#[test]
fn a_room_is_given_by_its_name_or_by_its_address() {
    for (name, address) in [
        ("maths", "https://meet.example.org/group/maths/"),
        ("seminars/a", "https://meet.example.org/group/seminars/a/"),
        ("a b", "https://meet.example.org/group/a%20b/"),
        ("é", "https://meet.example.org/group/%C3%A9/"),
        ("e\u{301}", "https://meet.example.org/group/e%CC%81/"),
        ("a+b&c=d:e@f", "https://meet.example.org/group/a%2Bb%26c%3Dd%3Ae%40f/"),
        ("a.b~c-d_e", "https://meet.example.org/group/a.b~c-d_e/"),
        ("教室", "https://meet.example.org/group/%E6%95%99%E5%AE%A4/"),
        ("group", "https://meet.example.org/group/group/"),
    ] {
        let by_name = location(&conference(), &[("room", name)]);
        assert_eq!(by_name.as_str(), address);
        assert_eq!(by_name.room().map(Room::as_str), Some(name));
        assert_eq!(location(&conference(), &[("location", address)]), by_name);
    }
}

#[test]
fn a_bad_room_name_is_refused_with_the_rule_it_breaks() {
    for name in ["/", "/a", "a/", "a//b", ".", "..", ".hidden", "a/.b", "a/../b", "../a", "a/./b"] {
        assert_eq!(
            start(&conference(), &[("room", name)]),
            Err(StartRefused::InvalidRoom(InvalidRoom::Segment)),
            "{name:?}"
        );
    }
    let bad = ["a\\b", "a%2fb", "a%", "a?b", "a#b", "a\nb", "\0", "a\u{7f}", "a\u{85}b", "a\u{202e}b", "a\u{200b}b"];
    for name in bad {
        assert_eq!(
            start(&conference(), &[("room", name)]),
            Err(StartRefused::InvalidRoom(InvalidRoom::Character)),
            "{name:?}"
        );
    }
    assert_eq!(Room::parse(""), Err(InvalidRoom::Length));
    assert_eq!(Room::parse(&"é".repeat(65)), Err(InvalidRoom::Length));
    assert!(Room::parse(&"é".repeat(64)).is_ok());
}

// C32: `location.href` and `encodeURIComponent` keep characters that we encode. The token goes to our own spelling.
#[test]
fn a_rooms_address_as_browsers_write_it_leads_to_our_own_spelling() {
    let group = |name: &str| format!("https://meet.example.org/group/{name}/");
    for (sent, ours) in [
        ("a+b", "a%2Bb"),
        ("a@b:c;d!e(f)*g,h&i=j$k~l", "a%40b%3Ac%3Bd%21e%28f%29%2Ag%2Ch%26i%3Dj%24k~l"),
        // encodeURIComponent("What's up (2)!")
        ("What's%20up%20(2)!", "What%27s%20up%20%282%29%21"),
        ("%c3%a9", "%C3%A9"),
        ("m%61ths", "maths"),
        ("seminars/a'b", "seminars/a%27b"),
        ("a%2bb%2Bc", "a%2Bb%2Bc"),
    ] {
        let found = location(&conference(), &[("location", &group(sent))]);
        assert_eq!(found.as_str(), group(ours), "{sent}");
        assert_eq!(Ok(found), Location::of_page(&group(sent), &conference()), "as in the JSON form: {sent}");
        // A browser at the sent address is in the same room.
        let read = |address: &str| percent_encoding::percent_decode_str(address).decode_utf8().unwrap().into_owned();
        assert_eq!(read(url::Url::parse(&group(sent)).unwrap().path()), read(&format!("/group/{ours}/")));
    }
}

// C32: only the room's name may be spelled otherwise, and never so that it could mean another path
#[test]
fn an_address_that_is_not_exactly_a_rooms_address_is_not_registered() {
    for asked in [
        "https://meet.example.org/group/maths",
        "https://meet.example.org/group/maths//",
        "https://meet.example.org/group//maths/",
        "https://meet.example.org/group//",
        "https://meet.example.org/group/",
        "https://meet.example.org/maths/",
        "https://meet.example.org/gr%6Fup/maths/",
        "https://meet.example.org/group/a b/",
        "https://meet.example.org/group/a\"b/",
        "https://meet.example.org/group/é/",
        "https://meet.example.org/group/%2Fa/",
        "https://meet.example.org/group/a%2F/",
        "https://meet.example.org/group/a%2F..%2Fb/",
        "https://meet.example.org/group/%252E%252E/",
        "https://meet.example.org/group/a%252Bb/",
        "https://meet.example.org/group/%C3/",
        "https://meet.example.org/group/%FF/",
        "https://meet.example.org/group/seminars%2Fa/",
        "https://meet.example.org/group/seminars%2fa/",
        "https://meet.example.org/group/../evil/",
        "https://meet.example.org/group/%2e%2e/evil/",
        "https://meet.example.org/group/%2E%2E/",
        "https://meet.example.org/group/a/%2e%2e/%2e%2e/",
        "https://meet.example.org/group/.hidden/",
        "https://meet.example.org/group/a%5Cb/",
        "https://meet.example.org/group/a\\b/",
        "https://meet.example.org/group/a%00/",
        "https://meet.example.org/group/a%25/",
        "https://meet.example.org/group/a%252f/",
        "https://meet.example.org/group/%E2%80%AEa/",
        "https://meet.example.org/group/maths/?x=/",
        "https://meet.example.org/group/maths/#/",
        "https://meet.example.org/group/maths/?",
        "https://meet.example.org/Group/maths/",
        "https://Meet.example.org/group/maths/",
        "https://meet.example.org:443/group/maths/",
        "https://meet.example.org./group/maths/",
        "https://meet.example.org@evil.example/group/maths/",
        "https://evil.example/https://meet.example.org/group/maths/",
        "http://meet.example.org/group/maths/",
        "https://meet.example.org/group/{room}/",
    ] {
        let answer = start(&conference(), &[("location", asked)]);
        assert!(matches!(&answer, Err(why) if why.is_about_location()), "{asked}: {answer:?}");
    }
    let long = format!("https://meet.example.org/group/{}/", "x".repeat(129));
    assert!(start(&conference(), &[("location", &long)]).is_err());
}

#[test]
fn location_and_room_exclude_each_other_and_one_is_needed() {
    let both = [("location", "https://meet.example.org/group/maths/"), ("room", "maths")];
    assert_eq!(start(&conference(), &both), Err(StartRefused::LocationAndRoom));
    assert_eq!(start(&conference(), &[]), Err(StartRefused::AmbiguousLocation));
    assert_eq!(start(&takes_all(), &[]), Err(StartRefused::AmbiguousLocation));
}

#[test]
fn a_start_for_an_app_without_rooms_cannot_name_one() {
    assert_eq!(start(&notes(), &[("room", "maths")]), Err(StartRefused::NoRooms));
}

// C27
#[test]
fn a_room_whose_pattern_was_changed_meanwhile_is_no_longer_registered() {
    let before = location(&conference(), &[("room", "a b")]);
    assert!(before.still_registered(&conference()));
    assert!(!before.still_registered(&notes()));
    let mut moved = conference();
    moved.addresses.rooms = Some(RoomPattern::parse("https://new.example.org/group/{room}/").unwrap());
    assert!(!before.still_registered(&moved));
    // An address that is now listed without a room is not the location of that room.
    let mut listed = conference();
    (listed.addresses.listed, listed.addresses.rooms) = (vec![before.as_str().to_owned()], None);
    assert!(!before.still_registered(&listed));
}

#[test]
fn a_sealed_location_opens_unchanged_and_only_with_a_valid_room() {
    let before = location(&conference(), &[("room", "é/a b")]);
    let written = serde_json::to_string(&before).unwrap();
    assert_eq!(serde_json::from_str::<Location>(&written).unwrap(), before);
    assert!(serde_json::from_str::<Location>(&written.replace("é/a b", "../x")).is_err());
}

#[test]
fn a_room_pattern_has_one_room_in_its_path_or_as_a_value_of_its_query() {
    for good in [
        "https://meet.example.org/group/{room}/",
        "https://meet.example.org/{room}",
        "https://meet.example.org:8443/r/{room}/join",
        "http://127.0.0.1:8000/{room}.html",
        "https://room/{room}",
        "https://[2001:db8::1]/{room}",
        "https://xn--mnchen-3ya.example/{room}",
        "https://meet.example.org/?room={room}",
        "https://meet.example.org/page/?x=1&room={room}&y=",
    ] {
        assert_eq!(RoomPattern::parse(good).unwrap().text(), good);
    }
    for bad in [
        "https://meet.example.org/group/",
        "https://meet.example.org/{room}/{room}",
        "https://meet.example.org/?{room}",
        "https://meet.example.org/?{room}=x",
        "https://meet.example.org/?room=r-{room}",
        "https://meet.example.org/?room={room}x",
        "https://meet.example.org/?room={room}=",
        "https://meet.example.org/?room={room}#x",
        "https://meet.example.org/?room={room}&x={room}",
        "https://meet.example.org?room={room}",
        "https://meet.example.org/room={room}",
        "https://meet.example.org/?é={room}",
        "https://meet.example.org/?x=/{room}",
        "https://meet.example.org/#{room}",
        "https://meet.example.org/#/{room}",
        "https://meet.example.org/{room}?x=1",
        "https://meet.example.org/{room}#",
        "https://meet.example.org:443/{room}/",
        "https://Meet.example.org/{room}/",
        "https://münchen.example/{room}/",
        "https://meet.example.org/é/{room}/",
        "https://meet.example.org/a/../{room}/",
        "https://meet.example.org/{room}/../x",
        "https://meet.example.org/{Room}/",
        " https://meet.example.org/{room}/",
        "/group/{room}/",
        "{room}",
        "",
    ] {
        assert!(RoomPattern::parse(bad).is_err(), "{bad}");
    }
}

// C32, C35: a room in the host would let the sender of a link choose where the token goes
#[test]
fn a_room_never_chooses_the_host() {
    for bad in [
        "https://{room}/",
        "https://{room}",
        "https://{room}/group/",
        "https://{room}.example.org/",
        "https://meet.{room}/",
        "https://meet.example.org{room}/",
        "https://meet.example.org:{room}/",
        "https://me@{room}/",
        "https://{room}@meet.example.org/",
        "https://me:{room}@meet.example.org/",
        "https://me@meet.example.org/{room}/",
        "https://={room}/",
        "https://me={room}@meet.example.org/",
        "https://meet.example.org={room}",
        "https://meet.example.org:={room}/",
        "https:{room}/",
        "//{room}/",
    ] {
        assert!(RoomPattern::parse(bad).is_err(), "{bad}");
    }
}

// C35
#[test]
fn a_room_pattern_is_a_web_address() {
    for bad in ["javascript:{room}", "javascript:/{room}", "data:text/html,/{room}", "ftp://a/{room}", "app:///{room}"]
    {
        assert!(RoomPattern::parse(bad).is_err(), "{bad}");
    }
}

// C32: the text before the room must not form `..` or an escape together with the name
#[test]
fn a_room_starts_at_the_start_of_a_path_segment() {
    for bad in ["https://a.example/r-{room}/", "https://a.example/%2{room}/", "https://a.example/.{room}/"] {
        assert!(RoomPattern::parse(bad).is_err(), "{bad}");
    }
}

// C32: a room's name cannot end its query value or add another one
#[test]
fn a_room_in_the_query_is_one_value_and_nothing_more() {
    let pattern = RoomPattern::parse("https://meet.example.org/page/?x=1&room={room}&y=2").unwrap();
    let at = |value: &str| format!("https://meet.example.org/page/?x=1&room={value}&y=2");
    for (name, value) in
        [("maths", "maths"), ("a/b", "a/b"), ("a b", "a%20b"), ("a+b&c=d", "a%2Bb%26c%3Dd"), ("é", "%C3%A9")]
    {
        let room = Room::parse(name).unwrap();
        assert_eq!(pattern.address_of(&room), at(value));
        assert_eq!(pattern.room_of(&at(value)), Some(room));
        let read = url::Url::parse(&at(value)).unwrap();
        let read: Vec<(String, String)> = read.query_pairs().into_owned().collect();
        let expected =
            [("x", "1"), ("room", name), ("y", "2")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(read, expected);
    }
    // encodeURIComponent keeps these.
    assert_eq!(pattern.room_of(&at("it's%20(2)!*~")), Some(Room::parse("it's (2)!*~").unwrap()));
    for other in [
        "", "a+b", "a&room=b", "a&b", "a;b", "a%2Fb", "é", "a=b", "a%00", "%FF", "a#b", "../a", "a/", "a%252Bb",
        "{room}",
    ] {
        assert_eq!(pattern.room_of(&at(other)), None, "{other}");
    }
}

// C32: every address that a room name can make stays below the pattern when a browser reads it
#[test]
fn a_browser_reads_a_rooms_address_as_we_wrote_it() {
    let pattern = RoomPattern::parse("https://meet.example.org/group/{room}/").unwrap();
    let characters: Vec<char> = (' '..='~').chain("éß教\u{a0}\u{ad}\u{3002}／＼．\u{fffd}\u{10ffff}".chars()).collect();
    let mut valid = 0;
    for c in characters {
        for name in [format!("{c}"), format!("a{c}"), format!("{c}a"), format!("a/{c}{c}/b"), format!("a{c}{c}")] {
            let Ok(room) = Room::parse(&name) else { continue };
            valid += 1;
            let address = pattern.address_of(&room);
            let read = url::Url::parse(&address).unwrap();
            assert_eq!(read.as_str(), address);
            assert!(read.path().starts_with("/group/") && read.path().ends_with('/'), "{address}");
            assert_eq!(pattern.room_of(&address), Some(room));
        }
    }
    assert!(valid > 300, "only {valid} names are valid");
    let app: App = conference();
    assert_eq!(location(&app, &[("room", "maths")]).as_str(), "https://meet.example.org/group/maths/");
}
