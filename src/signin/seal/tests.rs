//! Tests of the claims in a token.

use std::time::Duration;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::macros::datetime;

use super::{TokenClaims, TokenFields, token_claims};
use crate::base::ids::Group;
use crate::signin::account::{Email, Person};
use crate::signin::app::{App, Audience, Claim, RoomPattern, Rule};
use crate::signin::arrive::arrive;
use crate::signin::permit::permit;
use crate::signin::samples::{conference, dee, location, notes, query, rule};

const NOW: OffsetDateTime = datetime!(2026-03-01 12:00:00.999 UTC);
const SECOND: i64 = 1_772_366_400;

fn fields() -> TokenFields<'static> {
    TokenFields {
        issuer: "https://auth.example.org",
        now: NOW,
        jti: "unique".into(),
        nonce: None,
        auth_time: Some(NOW - time::Duration::hours(1)),
    }
}

fn sealed_for(app: &App, parameters: &[(&str, &str)], person: Person) -> TokenClaims {
    let grant = permit(app, person, location(app, parameters)).unwrap();
    token_claims(app, &grant, &fields())
}

/// Dee, with all that a provider can attest.
fn well_known() -> Person {
    let mut person = dee();
    person.profile.name = Some("Dee Ó".into());
    person.profile.email = Some(Email { address: "dee@example.edu".into(), verified: false });
    person.profile.groups.insert("students".into());
    person.profile.amr = vec!["pwd".into(), "otp".into()];
    person
}

// C28, C57
#[test]
fn a_token_has_the_basic_claims_and_no_others_unless_the_app_asks() {
    let claims = sealed_for(&notes(), &[], well_known());
    assert_eq!(claims.token_type, "login+jwt");
    assert_eq!(claims.app, notes().id);
    assert_eq!(
        Value::Object(claims.body),
        json!({
            "iss": "https://auth.example.org",
            "sub": "0123456789abcdefghjkmnpqrs",
            "aud": "https://notes.example.org/signed-in",
            "iat": SECOND,
            "exp": SECOND + 60,
            "jti": "unique",
            "permissions": [],
            "idp": "uni",
            "amr": ["pwd", "otp"],
            "auth_time": SECOND - 3600,
        })
    );
}

#[test]
fn a_token_for_a_room_holds_the_room_and_the_username() {
    let claims = sealed_for(&conference(), &[("room", "é/a b")], dee());
    assert_eq!(claims.token_type, "JWT");
    assert_eq!(claims.body["sub"], "dee");
    assert_eq!(claims.body["room"], "é/a b");
    assert_eq!(claims.body["aud"], "https://meet.example.org/group/%C3%A9/a%20b/");
    assert_eq!(claims.body["exp"], SECOND + 120);
}

// C28, C52: one audience, a string, however the location was asked for
#[test]
fn the_audience_is_the_registered_location_as_one_string() {
    let mut app = conference();
    app.addresses.listed = vec!["https://meet.example.org/lobby?x=1".into()];
    for (parameters, audience) in [
        ([("room", "maths")], "https://meet.example.org/group/maths/"),
        ([("location", "https://meet.example.org/group/maths/")], "https://meet.example.org/group/maths/"),
        ([("location", "https://meet.example.org/lobby?x=1")], "https://meet.example.org/lobby?x=1"),
    ] {
        assert_eq!(sealed_for(&app, &parameters, dee()).body["aud"], audience);
    }
}

#[test]
fn an_app_behind_a_path_prefix_gets_the_audience_it_will_check() {
    let mut app = conference();
    app.addresses.listed = vec!["https://meet.example.org/lobby".into()];
    app.addresses.audience =
        Some(Audience::OfRoom(RoomPattern::parse("https://inner.example.org/group/{room}/").unwrap()));
    let claims = sealed_for(&app, &[("room", "a b")], dee());
    assert_eq!(claims.body["aud"], "https://inner.example.org/group/a%20b/");
    let lobby = [("location", "https://meet.example.org/lobby")];
    assert_eq!(sealed_for(&app, &lobby, dee()).body["aud"], "https://meet.example.org/lobby");

    let mut app = notes();
    app.addresses.audience = Some(Audience::Fixed("https://inner.example.org/".into()));
    assert_eq!(sealed_for(&app, &[], dee()).body["aud"], "https://inner.example.org/");
}

// C28
#[test]
fn the_lifetime_of_a_token_is_whole_seconds_and_never_longer_than_configured() {
    for (lifetime, seconds) in
        [(Duration::from_secs(30), 30), (Duration::from_millis(1999), 1), (Duration::from_millis(999), 0)]
    {
        let claims = sealed_for(&App { lifetime, ..notes() }, &[], dee());
        assert_eq!(claims.body["iat"], SECOND);
        assert_eq!(claims.body["exp"], SECOND + seconds);
    }
    let forever = sealed_for(&App { lifetime: Duration::MAX, ..notes() }, &[], dee());
    assert_eq!(forever.body["exp"], i64::MAX);
}

#[test]
fn the_apps_nonce_comes_back_unchanged() {
    let request = arrive(&notes(), &query(&[("nonce", "n\"+%7E~")])).unwrap();
    let grant = permit(&notes(), dee(), request.location).unwrap();
    let claims = token_claims(&notes(), &grant, &TokenFields { nonce: request.nonce.as_ref(), ..fields() });
    assert_eq!(claims.body["nonce"], "n\"+%7E~");
}

#[test]
fn a_token_holds_only_the_claims_that_the_app_asks_for() {
    let all = vec![Claim::PreferredUsername, Claim::Name, Claim::Email, Claim::Groups];
    let claims = sealed_for(&App { claims: all.clone(), ..notes() }, &[], well_known()).body;
    assert_eq!(claims["preferred_username"], "dee");
    assert_eq!(claims["name"], "Dee Ó");
    assert_eq!(claims["email"], "dee@example.edu");
    assert_eq!(claims["email_verified"], false);
    assert_eq!(claims["groups"], json!(["staff", "students"]));
    // If the provider attested nothing, nothing is invented.
    let claims = sealed_for(&App { claims: all, ..notes() }, &[], dee()).body;
    assert_eq!(claims["name"], "dee");
    assert!(!claims.contains_key("email") && !claims.contains_key("email_verified") && !claims.contains_key("amr"));
    let claims = sealed_for(&App { claims: vec![Claim::Name], ..notes() }, &[], well_known()).body;
    assert!(!claims.contains_key("email") && !claims.contains_key("groups"));
}

// C31
#[test]
fn permissions_come_only_from_rules_and_never_from_a_provider() {
    let mut app = conference();
    app.rules = vec![Rule { permissions: ["present".to_owned(), "message".to_owned()].into(), ..rule("a") }];
    let mut person = well_known();
    person.profile.groups.extend([Group::from("op"), Group::from("admin")]);
    person.profile.amr = vec!["op".into()];
    person.profile.name = Some("op\",\"permissions\":[\"admin\"],\"x\":\"".into());
    app.claims = vec![Claim::Name];
    let claims = sealed_for(&app, &[("room", "maths")], person);
    assert_eq!(claims.body["permissions"], json!(["message", "present"]));
}

// C58
#[test]
fn a_later_delivery_never_makes_the_authentication_look_fresher() {
    let claims = sealed_for(&notes(), &[], dee()).body;
    assert_eq!(claims["auth_time"], SECOND - 3600);
    assert_eq!(claims["iat"], SECOND);
}
