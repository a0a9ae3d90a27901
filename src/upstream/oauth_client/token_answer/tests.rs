//! Which members of a token answer are read, and how an answer without tokens is reported.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{ClientSettings, TokenRequest, WantedTokens};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::settings::{ClientAuth, Pkce};

static SETTINGS: LazyLock<ClientSettings> = LazyLock::new(|| ClientSettings {
    client_id: "vestibule".to_owned(),
    secret: Some(Secret::new("s3cr3t+/".to_owned())),
    secret_place: "provider.uni.client_secret".to_owned(),
    auth: ClientAuth::Basic,
    scopes: Vec::new(),
    scope_separator: " ",
    pkce: Pkce::S256,
    auth_params: BTreeMap::new(),
    token_params: BTreeMap::new(),
});
static PUBLIC_CLIENT: LazyLock<ClientSettings> = LazyLock::new(|| ClientSettings {
    secret: None,
    secret_place: "provider.uni.client_secret, which is not set".to_owned(),
    auth: ClientAuth::None,
    ..SETTINGS.clone()
});

fn request() -> TokenRequest<'static> {
    request_for(WantedTokens::IdTokenAndAccessToken)
}

fn request_for(wanted: WantedTokens) -> TokenRequest<'static> {
    let redaction = Redaction::of(["c0de", "v3r1f13r", "s3cr3t+/"]);
    TokenRequest { host: "sso.example.edu", settings: &SETTINGS, wanted, redaction }
}

fn answer(status: u16, kind: &str, body: &[u8]) -> http::Response<Vec<u8>> {
    http::Response::builder().status(status).header("content-type", kind).body(body.to_vec()).unwrap()
}

fn good() -> Value {
    json!({ "access_token": "at", "token_type": "Bearer", "id_token": "a.b.c" })
}

/// The two tokens of the answer.
fn read(answer: &http::Response<Vec<u8>>, request: &TokenRequest<'_>) -> Result<[String; 2], UpstreamError> {
    super::read(answer, request)
        .map(|tokens| [tokens.id_token, tokens.access_token].map(|token| token.expose().clone()))
}

fn tokens() -> [String; 2] {
    ["a.b.c", "at"].map(str::to_owned)
}

// A search for secrets costs a tenth of a login.
#[test]
fn a_good_answer_is_not_searched_for_secrets() {
    for wanted in [WantedTokens::IdToken, WantedTokens::IdTokenAndAccessToken] {
        let request = request_for(wanted);
        let answer = answer(200, "application/json", good().to_string().as_bytes());
        assert_eq!(read(&answer, &request).unwrap(), tokens());
        assert!(!request.redaction.was_used());
    }
}

// C56
#[test]
fn the_media_type_of_an_answer_without_a_token_shows_no_secret() {
    let answer = answer(200, "text/c0de; x=s3cr3t%2B%2F", b"{}");
    let why = read(&answer, &request()).unwrap_err().to_string();
    assert!(why.contains("got none (status 200") && why.contains("[left out]"), "{why}");
    assert!(!why.contains("c0de") && !why.contains("s3cr3t"), "{why}");
}

// C56
#[test]
fn no_piece_of_a_secret_stays_where_a_media_type_is_cut() {
    const SECRET: &str = "a-c0de-of-more-than-thirty-characters";
    for before in 20..=70 {
        let words = format!("{}{SECRET}", "x ".repeat(before / 2));
        let mut page = answer(200, &format!("text/{words}"), b"{}");
        page.headers_mut().insert("content-encoding", words.parse().unwrap());
        let request = TokenRequest { redaction: Redaction::of([SECRET]), ..request() };
        let why = read(&page, &request).unwrap_err().to_string();
        assert!(!why.contains("a-c0"), "{before}: {why}");
    }
}

fn read_body(status: u16, body: &Value) -> Result<[String; 2], UpstreamError> {
    read(&answer(status, "application/json", body.to_string().as_bytes()), &request())
}

fn with(name: &str, value: Value) -> Value {
    let mut body = good();
    body[name] = value;
    body
}

#[test]
fn the_members_we_use_are_read_from_any_good_answer() {
    for status in [200, 201, 203] {
        for kind in ["application/json", "text/plain", "text/html; charset=utf-8", "application/jwt"] {
            let bytes = [b"\xef\xbb\xbf".as_slice(), good().to_string().as_bytes()].concat();
            assert_eq!(read(&answer(status, kind, &bytes), &request()), Ok(tokens()));
        }
    }
    for name in ["expires_in", "refresh_token", "scope", "error_description", "odd"] {
        for any in [json!("3599"), json!(3599), json!(-1), json!(1.5), json!(null), json!([]), json!({}), json!(true)] {
            assert_eq!(read_body(200, &with(name, any.clone())), Ok(tokens()), "{name} {any}");
        }
    }
    for harmless in [json!(null), json!(""), json!(0)] {
        assert_eq!(read_body(200, &with("error", harmless)), Ok(tokens()));
    }
    for kind in [json!("bearer"), json!("BEARER"), json!(null)] {
        assert_eq!(read_body(200, &with("token_type", kind)), Ok(tokens()));
    }
    let twice = good().to_string().replacen('{', r#"{"expires_in":1,"expires_in":"x","deep":{"a":1,"a":2},"#, 1);
    assert!(read(&answer(200, "", twice.as_bytes()), &request()).is_ok());
}

// C14, C15, C16
#[test]
fn each_used_member_must_appear_once_and_have_its_type() {
    for (name, rule) in [("id_token", "C14"), ("access_token", "C14")] {
        let broken = |value: Value| match read_body(200, &with(name, value)) {
            Err(UpstreamError::AnswerRefused(broken)) => broken.rule,
            other => panic!("{other:?}"),
        };
        assert_eq!([broken(json!(null)), broken(json!(""))], [rule, rule]);
        for mistyped in [json!(1), json!(["a.b.c"]), json!({}), json!(true)] {
            assert_eq!(broken(mistyped), "C15");
        }
        let twice = good().to_string().replacen('{', &format!("{{\"{name}\":\"x\","), 1);
        let why = read(&answer(200, "application/json", twice.as_bytes()), &request()).unwrap_err();
        assert!(why.to_string().starts_with("C16: the token answer"), "{why}");
    }
    let why = read_body(200, &with("token_type", json!("mac"))).unwrap_err().to_string();
    assert_eq!(why, "C14: `token_type` of the token answer: expected Bearer, got mac");
}

// C15
#[test]
fn an_unused_access_token_may_be_missing_or_invalid() {
    let read_body =
        |body: &Value| read(&answer(200, "", body.to_string().as_bytes()), &request_for(WantedTokens::IdToken));
    for any in [json!(null), json!(""), json!(7), json!([])] {
        assert_eq!(read_body(&with("access_token", any.clone())).unwrap()[1], "", "{any}");
    }
    assert_eq!(read_body(&with("token_type", json!("DPoP"))), Ok(tokens()));
    assert_eq!(read_body(&good()), Ok(tokens()));
    assert!(read_body(&with("id_token", json!(null))).is_err());
}

#[test]
fn a_provider_that_wants_a_secret_is_not_told_to_renew_one() {
    let body = json!({ "error": "invalid_client" }).to_string();
    let request = TokenRequest { settings: &PUBLIC_CLIENT, ..request() };
    let why = read(&answer(401, "application/json", body.as_bytes()), &request).unwrap_err();
    assert_eq!(
        why.to_string(),
        "the token endpoint at sso.example.edu refuses our client, which has no secret: invalid_client (status 401); \
         set client_secret, or register a public client there; check our registration there"
    );
}

#[test]
fn each_oauth_error_maps_to_the_party_that_can_resolve_it() {
    use UpstreamError::{Busy, ClientRejected, CodeRefused, Denied, ExchangeRefused, RequestRejected};
    let refused =
        |status: u16, error: &str| read_body(status, &json!({ "error": error, "error_description": "x" })).unwrap_err();
    for error in ["invalid_client", "incorrect_client_credentials", "bad_client_secret", "invalid_client_id"] {
        assert!(matches!(refused(200, error), ClientRejected { .. }), "{error}");
    }
    for error in ["invalid_grant", "INVALID_GRANT", "bad_verification_code", "invalid_code"] {
        assert!(matches!(refused(400, error), CodeRefused(_)), "{error}");
    }
    assert!(matches!(refused(400, "invalid_request"), ExchangeRefused(_)));
    assert!(matches!(refused(400, "unheard_of"), ExchangeRefused(_)));
    // Auth0 sends the second for a wrong secret, and Google the third for a deleted client.
    for error in ["unauthorized_client", "access_denied", "deleted_client"] {
        assert!(matches!(refused(401, error), ClientRejected { .. }), "{error}");
    }
    assert!(matches!(refused(401, "invalid_grant"), CodeRefused(_)));
    for error in ["invalid_scope", "unsupported_grant_type", "redirect_uri_mismatch", "bad_redirect_uri"] {
        assert!(matches!(refused(400, error), RequestRejected(_)), "{error}");
    }
    // As Gitea and Forgejo write it.
    let forge = |words: &str| {
        read_body(400, &json!({ "error": "unauthorized_client", "error_description": words })).unwrap_err()
    };
    for words in ["client is not authorized", "failed PKCE code challenge"] {
        assert!(matches!(forge(words), CodeRefused(_)), "{words}");
    }
    assert!(matches!(forge("unexpected redirect URI"), RequestRejected(_)));
    for words in ["invalid client secret", "", "x"] {
        assert!(matches!(forge(words), ClientRejected { .. }), "{words}");
    }
    for error in ["access_denied", "consent_required"] {
        assert!(matches!(refused(403, error), Denied(_)), "{error}");
    }
    for error in ["slow_down", "temporarily_unavailable", "server_error"] {
        assert!(matches!(refused(400, error), Busy(_)), "{error}");
    }
    assert!(matches!(refused(429, "unheard_of"), Busy(_)));
    // The same error with a good status is still an error.
    assert!(matches!(refused(200, "invalid_grant"), CodeRefused(_)));
    for (status, error, words) in [
        (400, "invalid_grant", "the provider does not accept its own code: invalid_grant: x (status 400)"),
        (
            200,
            "invalid_request",
            "the token endpoint at sso.example.edu refuses the exchange: invalid_request: x (status 200)",
        ),
        (400, "slow_down", "the token endpoint at sso.example.edu reports a problem: slow_down: x (status 400)"),
        (
            403,
            "access_denied",
            "the token endpoint at sso.example.edu refuses this person: access_denied: x (status 403)",
        ),
        (
            400,
            "invalid_scope",
            "the token endpoint at sso.example.edu refuses our request: invalid_scope: x (status 400); check our \
             registration there",
        ),
        (
            401,
            "invalid_client",
            "the provider refuses our credential provider.uni.client_secret: invalid_client: x (status 401); it \
             has characters that are percent-encoded in a Basic header (RFC 6749 §2.3.1), and some providers don't \
             decode them: if it is right, set client_auth = \"client_secret_post\"; renew it there and with the \
             provider",
        ),
    ] {
        assert_eq!(refused(status, error).to_string(), words);
    }
}

#[test]
fn an_unexpected_answer_is_reported_with_its_status_and_media_type() {
    let read_body = |status: u16, kind: &str| {
        let mut answer = answer(status, kind, b"<!doctype html><p>Bad gateway");
        answer.headers_mut().insert("location", "https://portal.example/login?code=c0de".parse().unwrap());
        read(&answer, &request()).unwrap_err()
    };
    for (status, kind, words) in [
        (
            502,
            "text/html",
            "the token endpoint at sso.example.edu reports a problem: status 502 without an OAuth error in it; it says \
             that it is text/html",
        ),
        (
            302,
            "",
            "the token endpoint at sso.example.edu answers with status 302 without an OAuth error in it, a redirect to \
             portal.example, which is not followed",
        ),
        (
            404,
            "",
            "the token endpoint at sso.example.edu answers with status 404 without an OAuth error in it; see whether \
             `token_url`, or `token_endpoint` in its metadata, is right",
        ),
        (
            401,
            "",
            "the token endpoint at sso.example.edu answers with status 401 without an OAuth error in it; our \
             credential may be wrong: provider.uni.client_secret",
        ),
    ] {
        assert_eq!(read_body(status, kind).to_string(), words);
    }
    for (body, words) in [
        (r#"{"errorCode":"E0000022","errorSummary":"no c0de"}"#, "no [left out]"),
        (r#"{"title":"Forbidden","status":403}"#, "Forbidden"),
    ] {
        let why = read(&answer(403, "application/json", body.as_bytes()), &request()).unwrap_err().to_string();
        let status = "the token endpoint at sso.example.edu answers with status 403 without an OAuth error in it";
        assert_eq!(why, format!("{status}; it says: {words}"));
    }
    let object = json!({ "error": { "code": 403, "message": "API off for c0de" } });
    let why = super::read(&answer(403, "", object.to_string().as_bytes()), &request()).unwrap_err().to_string();
    let words = "error: API off for [left out] (code 403) (status 403)";
    assert_eq!(why, format!("the token endpoint at sso.example.edu refuses the exchange: {words}"));
    let why = read_body(200, "text/html").to_string();
    assert!(why.starts_with("the token answer of sso.example.edu is not a JSON object ("), "{why}");
    assert!(why.ends_with("status 200; it says that it is text/html"), "{why}");
}

// C56
#[test]
fn secrets_that_a_provider_repeats_stay_out_of_the_log() {
    let basic = STANDARD.encode("vestibule:s3cr3t%2B%2F");
    for repeated in [
        "c0de\n\u{202e}".to_owned(),
        "v3r1f13r".to_owned(),
        "s3cr3t+/".to_owned(),
        "s3cr3t%2B%2F".to_owned(),
        "s3cr3t%2b%2f".to_owned(),
        "s3cr3t%252B%252F".to_owned(),
        basic.clone(),
        basic.replace('=', "%3D"),
    ] {
        let body = json!({ "error": "invalid_grant", "error_description": format!("{repeated} is not ours") });
        assert_eq!(
            read_body(400, &body).unwrap_err().to_string(),
            "the provider does not accept its own code: invalid_grant: [left out] is not ours (status 400)",
            "{repeated}"
        );
        let error = read_body(400, &json!({ "error": repeated })).unwrap_err().to_string();
        assert!(error.ends_with("refuses the exchange: [left out] (status 400)"), "{error}");
        let kind = read_body(200, &with("token_type", json!(repeated))).unwrap_err().to_string();
        assert_eq!(kind, "C14: `token_type` of the token answer: expected Bearer, got [left out]");
    }
    // The answer's own tokens, too.
    for (name, token) in [("access_token", "gho_16C7e42F292c69"), ("id_token", "eyJhbGciOi.eyJpc3Mi.c2ln")] {
        let mut body = with("token_type", json!(format!("of {token}")));
        body[name] = json!(token);
        let kind = read_body(200, &body).unwrap_err().to_string();
        assert_eq!(kind, "C14: `token_type` of the token answer: expected Bearer, got of [left out]");
    }
    let mut page = answer(302, "text/c0de", b"");
    page.headers_mut().insert("location", "https://c0de.example/".parse().unwrap());
    let why = read(&page, &request()).unwrap_err().to_string();
    assert!(!why.contains("c0de") && why.matches("[left out]").count() == 2, "{why}");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_refused_as_a_token_answer_without_a_panic(
        status in 100..600_u16,
        bytes: Vec<u8>,
        kind in "\\PC{0,20}",
    ) {
        let mut answer = http::Response::builder().status(status).body(bytes).unwrap();
        if let Ok(kind) = kind.parse() {
            answer.headers_mut().insert("content-type", kind);
        }
        let why = read(&answer, &request()).unwrap_err().to_string();
        prop_assert!(!why.contains(char::is_control) && why.chars().count() < 1_000, "{}", why);
    }

    // The oracle is serde_json's own reader.
    #[test]
    fn accepted_members_equal_those_of_the_answer(
        status in proptest::sample::select(vec![200_u16, 201, 302, 400, 500]),
        id_token in "null|1|\"[a-z.]{0,9}\"",
        access_token in "null|1|\"[a-z]{0,9}\"",
        kind in "null|1|\"(Bearer|bearer|mac)\"",
        error in "null|\"(invalid_grant)?\"",
        expires in "null|1|\"3599\"|\\[\\]",
    ) {
        let text = format!("{{\"id_token\":{id_token},\"access_token\":{access_token},\"token_type\":{kind},\
                            \"error\":{error},\"expires_in\":{expires}}}");
        let plain: Value = serde_json::from_str(&text).unwrap();
        let is_filled = |token: &str| plain[token].as_str().is_some_and(|text| !text.is_empty());
        let fits = (200..300).contains(&status)
            && ["id_token", "access_token"].iter().all(|token| is_filled(token))
            && (plain["token_type"].is_null() || plain["token_type"].as_str().is_some_and(|kind| kind != "mac"))
            && plain["error"] != "invalid_grant";
        match read(&answer(status, "", text.as_bytes()), &request()) {
            Ok([id_token, access_token]) => {
                prop_assert!(fits);
                prop_assert_eq!(id_token, plain["id_token"].as_str().unwrap());
                prop_assert_eq!(access_token, plain["access_token"].as_str().unwrap());
            }
            Err(_) => prop_assert!(!fits),
        }
    }
}
