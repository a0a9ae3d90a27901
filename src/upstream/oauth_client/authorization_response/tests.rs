//! Which authorization responses are accepted, and how a provider's error is reported.

use url::form_urlencoded;

use super::{AuthorizationResponse, ErrorResponse};
use crate::base::parameters::{ParameterError, Parameters};
use crate::upstream::provider_words::ProviderWords;
use crate::upstream::redirect::{ProviderRefusal, ResponsibleParty, UnreadableAnswer, UnverifiedAnswer as _};

fn read(pairs: &[(&str, &str)]) -> Result<AuthorizationResponse, UnreadableAnswer> {
    let encoded = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    AuthorizationResponse::read(&Parameters::read(encoded.as_bytes()))
}

fn declined(error: &str, description: Option<&str>) -> ProviderRefusal {
    let response = ErrorResponse { error: error.to_owned(), description: description.map(str::to_owned) };
    response.declined(&ProviderWords::without(["s3cr3t-state"]))
}

// C8, C9
#[test]
fn a_response_has_exactly_one_code_or_one_error() {
    let good = read(&[("code", "c"), ("iss", "https://sso.example.edu"), ("session_state", "x")]).unwrap();
    assert_eq!(good.iss.as_deref(), Some("https://sso.example.edu"));
    assert!(matches!(good.code, Ok(code) if code.expose() == "c"));
    let error = read(&[("error", "access_denied"), ("error_description", "no")]).unwrap();
    assert!(matches!(error.code, Err(ErrorResponse { error, description: Some(text) }) if error == "access_denied"
            && text == "no"));
    for (twice, name) in [(("code", "c"), "code"), (("error", "e"), "error"), (("iss", "i"), "iss")] {
        assert_eq!(read(&[twice, twice]).unwrap_err(), ParameterError::Repeated(name).into());
    }
    // A repeated description refuses nothing, and an empty parameter counts as not sent (RFC 6749 §3.1).
    let repeated = [("code", ""), ("error", "e"), ("error_description", "one"), ("error_description", "two")];
    let error = read(&repeated).unwrap();
    assert!(matches!(error.code, Err(ErrorResponse { description: Some(text), .. }) if text == "one"));
    let good = read(&[("code", "c"), ("error", ""), ("error_description", "")]).unwrap();
    assert!(matches!(good.code, Ok(code) if code.expose() == "c"));
    // C8: counts as missing, which is refused if the metadata promises `iss`.
    assert_eq!(read(&[("code", "c"), ("iss", "")]).unwrap().iss, None);
    let endless = "c".repeat(4097);
    for (pairs, why) in [
        (&[("code", endless.as_str())][..], "its `code` has 4097 bytes; the longest accepted code has 4096"),
        (&[], "it has neither `code` nor `error`"),
        (&[("code", "")], "it has neither `code` nor `error`"),
        (&[("code", ""), ("error", "")], "it has neither `code` nor `error`"),
        (&[("code", "c"), ("error", "e")], "it has both `code` and `error`"),
    ] {
        assert_eq!(read(pairs).unwrap_err().0, why, "{pairs:?}");
    }
}

// Facebook's refusals, as it sends them with and without `error`.
#[test]
fn a_refusal_may_have_a_reason_or_a_number_in_place_of_an_error() {
    let refusal = |pairs: &[(&str, &str)]| {
        let refused = read(pairs).unwrap().code.unwrap_err().declined(&ProviderWords::without(["s3cr3t-state"]));
        (refused.responsible, refused.quoted())
    };
    for (pairs, responsible, quoted) in [
        (
            &[("error_reason", "user_denied"), ("error", "access_denied"), ("error_code", "200")][..],
            ResponsibleParty::Person,
            "access_denied",
        ),
        (&[("error_reason", "user_denied")], ResponsibleParty::Person, "user_denied"),
        (&[("error_code", "200")], ResponsibleParty::Person, "error_code-200"),
        (&[("error_code", "2")], ResponsibleParty::Provider, "error_code-2"),
        (
            &[("error_code", "1349048"), ("error_message", "Can't load URL: s3cr3t-state")],
            ResponsibleParty::Operator,
            "error_code-1349048: \"Can't load URL: [left out]\"",
        ),
    ] {
        assert_eq!(refusal(pairs), (responsible, quoted.to_owned()), "{pairs:?}");
    }
    // Beside a code, they are words that nothing reads.
    assert!(read(&[("code", "c"), ("error_code", "200"), ("error_reason", "x")]).unwrap().code.is_ok());
    assert_eq!(
        read(&[("error_code", "1"), ("error_code", "2")]).unwrap_err(),
        ParameterError::Repeated("error_code").into()
    );
}

// C2, C8
#[test]
fn only_the_parameters_that_are_read_must_be_utf8() {
    let read = |encoded: &str| AuthorizationResponse::read(&Parameters::read(encoded.as_bytes()));
    assert!(read("code=c&x=%E9&%FF=1").is_ok());
    let error = read("error=access_denied&error_description=refus%E9").unwrap();
    assert!(matches!(error.code, Err(ErrorResponse { description: Some(text), .. }) if text == "refus\u{fffd}"));
    for (encoded, name) in [("code=%E9", "code"), ("code=c&iss=%E9", "iss"), ("code=c&error=%E9", "error")] {
        assert_eq!(read(encoded).unwrap_err(), ParameterError::NotUtf8(name).into(), "{encoded}");
    }
}

// RFC 6749 §4.1.2.1, OpenID Connect Core §3.1.2.6
#[test]
fn an_error_has_a_responsible_party_and_fits_one_line_of_the_log() {
    for (code, responsible) in [
        ("access_denied", ResponsibleParty::Person),
        ("login_required", ResponsibleParty::Person),
        ("anything else", ResponsibleParty::Person),
        ("invalid_scope", ResponsibleParty::Operator),
        ("invalid_resource", ResponsibleParty::Operator),
        ("unauthorized_client", ResponsibleParty::Operator),
        ("registration_not_supported", ResponsibleParty::Operator),
        ("unauthorized_scope_error", ResponsibleParty::Operator),
        ("redirect_mismatch", ResponsibleParty::Operator),
        ("redirect_uri_mismatch", ResponsibleParty::Operator),
        ("INVALID_SCOPE", ResponsibleParty::Operator),
        ("ACCESS_DENIED", ResponsibleParty::Person),
        ("SERVER_ERROR", ResponsibleParty::Provider),
        ("server_error", ResponsibleParty::Provider),
        ("temporarily_unavailable", ResponsibleParty::Provider),
    ] {
        assert_eq!(declined(code, None).responsible, responsible, "{code}");
    }
    let message = declined("access_denied", Some("no\nWARN all is well")).to_string();
    assert_eq!(message, "the provider answered access_denied: \"noWARN all is well\"");
    // C56
    let message = declined("access_denied", Some("of s3cr3t-state")).to_string();
    assert_eq!(message, "the provider answered access_denied: \"of [left out]\"");
    assert_eq!(declined("a b", None).to_string(), "the provider answered \"a b\"");
    let message = declined("invalid_scope", None).to_string();
    assert_eq!(message, "the provider refuses our request: invalid_scope; check our registration there");
    assert_eq!(declined("server_error", None).to_string(), "the provider reports a problem: server_error");
}
