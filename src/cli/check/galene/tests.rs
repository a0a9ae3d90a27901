//! What a group of Galène says, judged.

use super::Group;
use crate::signin::app::Room;
use crate::signin::samples::conference;
use crate::upstream::galene::Said;
use crate::upstream::probe::{Speaker, Verdict};

#[test]
fn a_portal_at_another_address_of_ours_is_wrong_and_one_elsewhere_may_be_the_operators_own() {
    let (app, room) = (conference(), Room::parse("maths").unwrap());
    let ours = "https://auth.example.org";
    let public_url = ours.parse().unwrap();
    let told = |said: Said| {
        let mut found = Vec::new();
        Group { app: &app, room: &room, public_url: &public_url }
            .compare(&said, &mut Speaker::new("x", &mut |finding| found.push(finding)));
        found.pop().unwrap()
    };
    let here = format!("{ours}/auth/{}", app.id);
    for (portal, verdict, what) in [
        (format!("{here}?room=maths"), Verdict::Good, "leads here, into this room"),
        (format!("{here}?room=physics"), Verdict::Wrong, "leads into another room"),
        (here.clone(), Verdict::Wrong, "names no room, so sign-ins from there are refused"),
        (format!("{here}?room="), Verdict::Wrong, "names no room, so sign-ins from there are refused"),
        (format!("{ours}/auth/another?room=maths"), Verdict::Wrong, "no sign-in to this app begins there"),
        (format!("{here}/?room=maths"), Verdict::Wrong, "no sign-in to this app begins there"),
        (format!("{ours}/page.html"), Verdict::Warning, "which is not ours"),
        ("https://another.example/auth/another?room=maths".into(), Verdict::Warning, "which is not ours"),
    ] {
        let found = told(Said { auth_portal: portal.clone(), ..Said::default() });
        assert_eq!((found.verdict, found.what.contains(what)), (verdict, true), "{portal}: {found}");
    }
    let found = told(Said { auth_server: format!("{here}/"), ..Said::default() });
    assert_eq!(found.verdict, Verdict::Wrong);
    assert!(found.what.ends_with("is ours, and not the one of this app"), "{found}");
}
