//! Tests of the address where the browser goes, and of what it carries.

use super::{Delivery, ErrorCode, SignedToken, deliver, deliver_error, return_to_app};
use crate::base::secret::Secret;
use crate::signin::app::{App, ErrorReturn, ResponseMode};
use crate::signin::arrive::{Opaque, arrive};
use crate::signin::samples::{conference, location, notes, query};

const BASE: &str = "https://auth.example.org";
const CODES: [ErrorCode; 4] = [
    ErrorCode::AccessDenied,
    ErrorCode::LoginRequired,
    ErrorCode::InteractionRequired,
    ErrorCode::TemporarilyUnavailable,
];

fn token() -> SignedToken {
    SignedToken(Secret::new("aaa.bbb.c-_".into()))
}

fn state(text: &str) -> Opaque {
    arrive(&notes(), &query(&[("state", text)])).unwrap().state.unwrap()
}

fn delivered(app: &App, state: Option<&Opaque>) -> String {
    let parameters: &[_] = if app.addresses.rooms.is_some() { &[("room", "a b")] } else { &[] };
    deliver(app, &location(app, parameters), state, BASE, &token()).address().to_owned()
}

#[test]
fn a_token_goes_into_the_fragment_with_the_issuer_and_the_state() {
    assert_eq!(
        delivered(&notes(), None),
        "https://notes.example.org/signed-in#token=aaa.bbb.c-_&iss=https%3A%2F%2Fauth.example.org"
    );
    assert_eq!(
        delivered(&notes(), Some(&state("s&token=x#y+%26"))),
        "https://notes.example.org/signed-in#token=aaa.bbb.c-_&iss=https%3A%2F%2Fauth.example.org\
         &state=s%26token%3Dx%23y%2B%2526"
    );
}

// C34
#[test]
fn an_address_with_the_token_in_its_query_ends_with_an_empty_fragment() {
    assert_eq!(
        delivered(&conference(), Some(&state("s"))),
        "https://meet.example.org/group/a%20b/?token=aaa.bbb.c-_&iss=https%3A%2F%2Fauth.example.org&state=s#"
    );
}

#[test]
fn a_location_that_holds_a_query_keeps_it() {
    for response_mode in [ResponseMode::Fragment, ResponseMode::Query] {
        let mut app = App { response_mode, ..notes() };
        app.addresses.listed = vec!["https://notes.example.org/?page=signed-in".into()];
        let separator = if response_mode == ResponseMode::Query { '&' } else { '#' };
        let expected = format!("https://notes.example.org/?page=signed-in{separator}token=aaa.bbb.c-_&iss=");
        assert!(delivered(&app, None).starts_with(&expected), "{}", delivered(&app, None));
    }
}

#[test]
fn the_app_chooses_the_name_of_the_token_parameter() {
    let app = App { token_parameter: "jwt".into(), ..notes() };
    assert!(delivered(&app, None).starts_with("https://notes.example.org/signed-in#jwt=aaa.bbb.c-_&iss="));
}

// C33
#[test]
fn an_error_has_code_description_state_and_issuer_and_never_names_the_person() {
    let address = |code| {
        let sent = deliver_error(&notes(), &location(&notes(), &[]), Some(&state("s")), BASE, code).unwrap();
        sent.address().to_owned()
    };
    assert_eq!(
        address(ErrorCode::AccessDenied),
        "https://notes.example.org/signed-in#error=access_denied\
         &error_description=the%20sign-in%20was%20not%20finished%20or%20not%20permitted\
         &state=s&iss=https%3A%2F%2Fauth.example.org"
    );
    for (code, word) in [
        (ErrorCode::LoginRequired, "login_required"),
        (ErrorCode::InteractionRequired, "interaction_required"),
        (ErrorCode::TemporarilyUnavailable, "temporarily_unavailable"),
    ] {
        assert!(address(code).contains(&format!("#error={word}&")), "{}", address(code));
    }
}

// C33: its page would read the error as "go to the portal", and loop
#[test]
fn an_app_that_would_loop_never_gets_an_error() {
    for response_mode in [ResponseMode::Fragment, ResponseMode::Query] {
        for code in CODES {
            let app = App { response_mode, ..conference() };
            assert!(deliver_error(&app, &location(&app, &[("room", "maths")]), None, BASE, code).is_none());
        }
    }
}

// C34
#[test]
fn the_return_address_has_an_empty_fragment() {
    assert_eq!(return_to_app(&conference()).address(), "https://meet.example.org/#");
    let app = App { url: "https://notes.example.org/?a=b#old".parse().unwrap(), ..notes() };
    assert_eq!(return_to_app(&app).address(), "https://notes.example.org/?a=b#");
}

// C34, C35: whatever is sent stays at the registered address, with exactly one fragment
#[test]
fn every_address_that_we_send_is_registered_and_has_one_fragment() {
    let hostile = state("#@evil.example/?//\\..%2f&token=forged&iss=x");
    for response_mode in [ResponseMode::Fragment, ResponseMode::Query] {
        let app = App { response_mode, ..notes() };
        let at = location(&app, &[]);
        let mut sent: Vec<Delivery> = vec![deliver(&app, &at, Some(&hostile), BASE, &token()), return_to_app(&app)];
        sent.extend(CODES.into_iter().filter_map(|code| deliver_error(&app, &at, Some(&hostile), BASE, code)));
        assert_eq!(sent.len(), 6);
        for delivery in sent {
            let address = delivery.address();
            assert_eq!(address.matches('#').count(), 1, "{address}");
            let read = url::Url::parse(address).unwrap();
            assert_eq!(read.as_str(), address);
            assert_eq!(read.host_str(), Some("notes.example.org"));
            assert!(matches!(read.path(), "/signed-in" | "/"));
            let answer = if response_mode == ResponseMode::Query { read.query() } else { read.fragment() };
            let pairs = url::form_urlencoded::parse(answer.unwrap_or_default().as_bytes());
            for (name, value) in pairs {
                match name.as_ref() {
                    "token" => assert_eq!(value, "aaa.bbb.c-_"),
                    "iss" => assert_eq!(value, BASE),
                    "state" => assert_eq!(value, hostile.as_str()),
                    other => assert!(other.starts_with("error"), "{other}"),
                }
            }
        }
    }
}

// C56
#[test]
fn debug_output_shows_neither_a_token_nor_its_address() {
    let delivery = deliver(&notes(), &location(&notes(), &[]), None, BASE, &token());
    let seen = format!("{:?} {:?}", token(), delivery);
    assert!(!seen.contains("aaa"), "{seen}");
}

#[test]
fn only_an_app_of_a_kind_with_error_return_gets_errors() {
    let mut app = conference();
    app.kind.error_return = ErrorReturn::Location;
    let sent =
        deliver_error(&app, &location(&app, &[("room", "maths")]), None, BASE, ErrorCode::LoginRequired).unwrap();
    assert!(sent.address().starts_with("https://meet.example.org/group/maths/?error=login_required&"));
    assert!(sent.address().ends_with('#'));
}
