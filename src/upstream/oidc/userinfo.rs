//! Asks the userinfo endpoint, and reads its answer member by member (OpenID Connect Core §5.3).

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::Oidc;
use super::discovery::ProviderMetadata;
use crate::base::ids::ProviderId;
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::strict_json::Members;
use crate::signin::identify::RuleViolation;
use crate::upstream::UpstreamError;
use crate::upstream::answer_words::{error_details, media_type_note, unreachable};
use crate::upstream::claims::readable_claims;
use crate::upstream::http::Phase;
use crate::upstream::oauth_client::TokenAnswer;

/// Its name in errors.
const USERINFO: &str = "userinfo";

impl Oidc {
    /// The claims that the provider has at its userinfo endpoint.
    pub(super) async fn userinfo(
        &self,
        current: &ProviderMetadata,
        tokens: &TokenAnswer,
    ) -> Result<Map<String, Value>, UpstreamError> {
        let Some(endpoint) = &current.endpoints.userinfo else {
            let got = "none; leave `userinfo` out";
            return Err(RuleViolation::new("C17", "userinfo", "an endpoint in the metadata", got).into());
        };
        let answer = self.http.get(endpoint, Some(tokens.access_token.expose())).await;
        let answer = answer.map_err(|why| match why.phase {
            Phase::Size => UpstreamError::AnswerUnusable(format!("userinfo of {why}")),
            Phase::Address | Phase::Resolve | Phase::Connect | Phase::Tls | Phase::Read => unreachable(USERINFO, why),
        })?;
        let redaction = Redaction::of([tokens.access_token.expose().as_str()]);
        let status = answer.status();
        let error = || {
            let host = endpoint.host_str().unwrap_or_default();
            let beside = error_details(&answer, &redaction);
            format!("userinfo at {host} answers with status {}{beside}", status.as_u16())
        };
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(UpstreamError::Busy(error()));
        }
        // The endpoint may have moved since we read the metadata.
        let moved = [StatusCode::NOT_FOUND, StatusCode::METHOD_NOT_ALLOWED, StatusCode::GONE];
        if status.is_redirection() || moved.contains(&status) {
            return Err(UpstreamError::AnswerUnusable(error()));
        }
        read(&answer, &self.id, &redaction)
    }
}

/// The claims of a good answer. An unreadable claim that only describes the person is left out, and a warning names it.
///
/// # Errors
/// C16 and C17: it is not JSON, or its `sub` can't be read.
fn read(
    answer: &http::Response<Vec<u8>>,
    provider: &ProviderId,
    redaction: &Redaction,
) -> Result<Map<String, Value>, UpstreamError> {
    let status = answer.status();
    if !status.is_success() {
        let got = format!("{}{}", status.as_u16(), error_details(answer, redaction));
        return Err(RuleViolation::new("C17", "userinfo", "status 200", got).into());
    }
    let body = readable(answer.body());
    let members = Members::read(&body).map_err(|why| {
        if let Some(jwt) = jwt(answer) {
            let got = format!("{jwt}; set userinfo = false, or have the provider send plain JSON");
            return RuleViolation::new("C17", "userinfo", "JSON", got);
        }
        let kind = redaction.quote(&media_type_note(answer), 200);
        let got = format!("something else ({why}; status {}){kind}", status.as_u16());
        RuleViolation::new("C16", "userinfo", "a JSON object", got)
    })?;
    if !members.has("sub") && members.has("error") {
        let got = format!("an error with status {}{}", status.as_u16(), error_details(answer, redaction));
        return Err(RuleViolation::new("C17", "userinfo", "claims", got).into());
    }
    readable_claims(&members, (provider, "userinfo"), || redaction)
        .map_err(|why| RuleViolation::new("C16", "userinfo", "`sub` once", why.to_string()).into())
}

/// Which kind of JWT an answer is, if it is not an object. Core §5.3.2 lets a provider sign and encrypt it.
fn jwt(answer: &http::Response<Vec<u8>>) -> Option<&'static str> {
    let content_type = answer.headers().get(CONTENT_TYPE).and_then(|content_type| content_type.to_str().ok());
    let is_jwt_type = content_type
        .is_some_and(|content_type| content_type.trim_start().to_ascii_lowercase().starts_with("application/jwt"));
    let body = answer.body().trim_ascii();
    let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let parts = body.split(|byte| *byte == b'.');
    match parts.clone().count() {
        // RFC 7516 §7.1. The second part may be empty.
        5 if parts.flatten().all(is_base64url) => Some("an encrypted JWT, which is not supported"),
        3 if body.starts_with(b"eyJ") => Some("a signed JWT, which is not supported yet"),
        _ if is_jwt_type && !body.is_empty() && !body.starts_with(b"{") => {
            Some("a signed JWT, which is not supported yet")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::read;
    use crate::base::redaction::Redaction;
    use crate::upstream::UpstreamError;

    fn read_answer(status: u16, kind: &str, body: &[u8]) -> Result<Map<String, Value>, UpstreamError> {
        let answer = http::Response::builder().status(status).header("content-type", kind).body(body.to_vec()).unwrap();
        read(&answer, &"uni".parse().unwrap(), &Redaction::of(["t0ken"]))
    }

    // C16
    #[test]
    fn a_repeated_claim_is_left_out_unless_it_decides() {
        let body = concat!(
            r#"{"sub":"ada","name":"A","name":"B","address":{"a":1,"a":2},"#,
            r#""nickname":null,"large":1e999,"groups":["x"]}"#
        );
        let claims = read_answer(200, "text/plain", body.as_bytes()).unwrap();
        assert_eq!(Value::Object(claims), json!({ "sub": "ada", "groups": ["x"] }));
        let why = read_answer(200, "application/json", br#"{"sub":"a","sub":"b"}"#).unwrap_err().to_string();
        assert_eq!(why, "C16: userinfo: expected `sub` once, got a member named twice");
        // Neither true nor false, so a sign-in with an `email` refuses the person.
        let claims = read_answer(200, "", br#"{"sub":"a","email_verified":true,"email_verified":false}"#).unwrap();
        assert_eq!(Value::Object(claims), json!({ "sub": "a", "email_verified": [] }));
    }

    // C15
    #[test]
    fn invalid_unicode_and_claims_of_an_id_token_do_not_stop_a_sign_in() {
        for (body, read) in [
            (&b"{\"sub\":\"ada\",\"name\":\"J\xfcrgen\"}"[..], json!({ "sub": "ada" })),
            (b"{\"sub\":\"ada\",\"name\":\"a\tb\"}", json!({ "sub": "ada", "name": "a\tb" })),
            (b"{\"sub\":\"ada\",\"iss\":\"a\",\"iss\":\"b\",\"exp\":1e999}", json!({ "sub": "ada" })),
            (b"{\"sub\":\"ada\",\"azp\":{\"a\":1,\"a\":2},\"nonce\":\"\\ud800\"}\0", json!({ "sub": "ada" })),
            (b"\xef\xbb\xbf{\"sub\":\"ada\"}", json!({ "sub": "ada" })),
        ] {
            let claims = read_answer(200, "application/jwt", body).unwrap();
            assert_eq!(Value::Object(claims), read);
        }
        assert!(read_answer(200, "", b"{\"sub\":\"j\xfc\"}").is_err());
    }

    // C56
    #[test]
    fn the_name_of_an_unreadable_claim_of_userinfo_does_not_carry_the_access_token_into_the_log() {
        let log = support::Log::open();
        assert!(read_answer(200, "", br#"{"sub":"ada","for t0ken":1e999}"#).is_ok());
        let text = log.text();
        assert!(text.contains("the claim (left out") && !text.contains("t0ken"), "{text}");
    }

    #[test]
    fn an_error_with_status_200_is_quoted() {
        for (body, words) in [
            (
                &br#"{"error":"invalid_token","error_description":"t0ken is old"}"#[..],
                "invalid_token: [left out] is old",
            ),
            (br#"{"sub":null,"error":{"code":403,"message":"API off"}}"#, "API off"),
        ] {
            let why = read_answer(200, "application/json", body).unwrap_err().to_string();
            assert_eq!(why, format!("C17: userinfo: expected claims, got an error with status 200; it says: {words}"));
        }
        assert!(read_answer(200, "", br#"{"sub":"ada","error":"none"}"#).is_ok());
    }

    #[test]
    fn an_answer_that_is_not_json_is_reported_with_its_type() {
        let jwt = "C17: userinfo: expected JSON, got a signed JWT, which is not supported yet; set userinfo = false, \
                   or have the provider send plain JSON";
        assert_eq!(read_answer(200, "application/jwt; charset=utf-8", b"eyJh.eyJi.c").unwrap_err().to_string(), jwt);
        assert_eq!(read_answer(200, "application/json", b"eyJh.eyJi.c").unwrap_err().to_string(), jwt);
        let why = read_answer(200, "text/html", b"<p>Sign in").unwrap_err().to_string();
        assert!(why.starts_with("C16: userinfo: expected a JSON object, got something else ("), "{why}");
        assert!(why.ends_with("it says that it is text/html"), "{why}");
        // C56
        let why = read_answer(200, "text/t0ken", b"<p>Sign in").unwrap_err().to_string();
        assert!(why.ends_with("it says that it is text/[left out]"), "{why}");
        for kind in ["application/jwt", "application/json"] {
            let why = read_answer(200, kind, b"eyJh..Yg.Yw.ZA\n").unwrap_err().to_string();
            let encrypted =
                jwt.replace("a signed JWT, which is not supported yet", "an encrypted JWT, which is not supported");
            assert_eq!(why, encrypted);
            let why = read_answer(204, kind, b"").unwrap_err().to_string();
            let empty = "C16: userinfo: expected a JSON object, got something else (it is empty; status 204)";
            assert!(why.starts_with(empty), "{why}");
        }
        assert!(read_answer(200, "", b"{\"sub\":\"a\",\"v\":\"1.2.3.4.5\"}").is_ok());
        let why = read_answer(403, "text/html", b"").unwrap_err().to_string();
        assert_eq!(why, "C17: userinfo: expected status 200, got 403");
        let body = br#"{"error":{"code":403,"message":"API off for t0ken"}}"#;
        let why = read_answer(403, "application/json", body).unwrap_err().to_string();
        assert_eq!(why, "C17: userinfo: expected status 200, got 403; it says: API off for [left out]");
        // RFC 6750 §3, with the words of AD FS.
        let challenge = "Bearer error=\"invalid_token\", error_description=\"MSIS9921: other audience\"";
        let answer = http::Response::builder().status(401).header("www-authenticate", challenge);
        let answer = answer.body(Vec::new()).unwrap();
        let why = read(&answer, &"uni".parse().unwrap(), &Redaction::default()).unwrap_err().to_string();
        assert_eq!(why, format!("C17: userinfo: expected status 200, got 401; it says: {challenge}"));
    }
}
