//! Tests of the findings about a Galène group.

use super::Group;
use crate::signin::app::Room;
use crate::signin::samples::conference;
use crate::upstream::galene::StatusFields;
use crate::upstream::probe::{Reporter, Verdict};

#[test]
fn a_portal_at_a_wrong_address_of_ours_is_an_error_and_a_portal_elsewhere_is_a_warning() {
    let (app, room) = (conference(), Room::parse("maths").unwrap());
    let ours = "https://auth.example.org";
    let public_url = ours.parse().unwrap();
    let last_finding = |fields: StatusFields| {
        let mut found = Vec::new();
        Group { app: &app, room: &room, public_url: &public_url }
            .compare(&fields, &mut Reporter::new("x", &mut |finding| found.push(finding)));
        found.pop().unwrap()
    };
    let auth_url = format!("{ours}/auth/{}", app.id);
    let pattern = app.addresses.rooms.clone().unwrap();
    let [group, other_group] = ["maths", "physics"].map(|room| {
        url::form_urlencoded::byte_serialize(pattern.address_of(&Room::parse(room).unwrap()).as_bytes())
            .collect::<String>()
    });
    for (portal, verdict, what) in [
        (format!("{auth_url}?room=maths"), Verdict::Good, "leads here, into this room"),
        (format!("{auth_url}?room=physics"), Verdict::Wrong, "leads into another room"),
        (format!("{auth_url}?location={group}"), Verdict::Good, "leads here, into this room"),
        (format!("{auth_url}?location={other_group}"), Verdict::Wrong, "leads into another room"),
        (format!("{auth_url}?room=maths&room=maths"), Verdict::Wrong, "the parameter `room` was given more than once"),
        (auth_url.clone(), Verdict::Wrong, "names no room, so sign-ins from there are refused"),
        (format!("{auth_url}?room="), Verdict::Wrong, "names no room, so sign-ins from there are refused"),
        (format!("{ours}/auth/another?room=maths"), Verdict::Wrong, "no sign-in to this app begins there"),
        (format!("{auth_url}/?room=maths"), Verdict::Wrong, "no sign-in to this app begins there"),
        (format!("{ours}/page.html"), Verdict::Warning, "which is not ours"),
        ("https://another.example/auth/another?room=maths".into(), Verdict::Warning, "which is not ours"),
    ] {
        let found = last_finding(StatusFields { auth_portal: portal.clone(), ..StatusFields::default() });
        assert_eq!((found.verdict, found.what.contains(what)), (verdict, true), "{portal}: {found}");
    }
    let found = last_finding(StatusFields { auth_server: format!("{auth_url}/"), ..StatusFields::default() });
    assert_eq!(found.verdict, Verdict::Wrong);
    assert!(found.what.ends_with("is ours, but not the one of this app"), "{found}");
}
