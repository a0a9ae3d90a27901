//! Asks the userinfo endpoint, and reads its answer member by member (OpenID Connect Core §5.3).

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::Oidc;
use super::discovery::ProviderMetadata;
use crate::base::ids::{Issuer, ProviderId};
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
    /// The claims that the provider has at its userinfo endpoint. `issuer`: that of the ID token. `sent`: what the
    /// provider was sent, which the log does not show.
    pub(super) async fn userinfo(
        &self,
        (current, issuer): (&ProviderMetadata, &Issuer),
        tokens: &TokenAnswer,
        sent: &Redaction,
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
        let status = answer.status();
        let error = || {
            let host = endpoint.host_str().unwrap_or_default();
            let beside = error_details(&answer, sent);
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
        match Form::of(&answer, sent)? {
            Form::Signed(compact) => self.signed_userinfo(compact, (current, issuer), sent).await,
            Form::Json => read(&answer, &self.id, sent),
        }
    }
}

/// The form of a good answer.
#[derive(Debug, PartialEq, Eq)]
enum Form<'a> {
    Json,
    /// A JWS in compact form, not yet checked.
    Signed(&'a [u8]),
}

impl<'a> Form<'a> {
    /// Core §5.3.2 lets a provider sign userinfo, and encrypt it. A JWT is always verified, whatever type its answer
    /// names.
    /// Plain JSON is trusted by its connection (Core §5.3.4).
    ///
    /// # Errors
    /// C17: the status is an error, or it is encrypted.
    fn of(answer: &'a http::Response<Vec<u8>>, redaction: &Redaction) -> Result<Self, RuleViolation> {
        let status = answer.status();
        if !status.is_success() {
            let got = format!("{}{}", status.as_u16(), error_details(answer, redaction));
            return Err(RuleViolation::new("C17", "userinfo", "status 200", got));
        }
        let content_type = answer.headers().get(CONTENT_TYPE).and_then(|content_type| content_type.to_str().ok());
        let is_jwt_type = content_type
            .is_some_and(|content_type| content_type.trim_start().to_ascii_lowercase().starts_with("application/jwt"));
        let body = answer.body().trim_ascii();
        let is_base64url = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        let parts = body.split(|byte| *byte == b'.');
        match parts.clone().count() {
            // RFC 7516 §7.1. The second part may be empty.
            5 if parts.flatten().all(is_base64url) => {
                let got =
                    "an encrypted JWT, which is not supported; have the provider sign it only, or send plain JSON";
                Err(RuleViolation::new("C17", "userinfo", "JSON or a signed JWT", got))
            }
            3 if body.starts_with(b"eyJ") => Ok(Self::Signed(body)),
            _ if is_jwt_type && !body.is_empty() && !is_object(body) => Ok(Self::Signed(body)),
            _ => Ok(Self::Json),
        }
    }
}

/// Whether it begins as an object, as [`Members::read`] sees it.
fn is_object(body: &[u8]) -> bool {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start().starts_with(b"{")
}

/// The claims of an answer in plain JSON. An unreadable claim that only describes the person is left out, and a warning
/// names it.
///
/// # Errors
/// C16 and C17: it is not JSON, or its `sub` can't be read, or it is an error.
fn read(
    answer: &http::Response<Vec<u8>>,
    provider: &ProviderId,
    redaction: &Redaction,
) -> Result<Map<String, Value>, UpstreamError> {
    let status = answer.status();
    let body = readable(answer.body());
    let members = Members::read(&body).map_err(|why| {
        let kind = media_type_note(answer, redaction);
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

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{Form, read};
    use crate::base::redaction::Redaction;
    use crate::upstream::UpstreamError;

    fn read_answer(status: u16, kind: &str, text: &[u8]) -> Result<Map<String, Value>, UpstreamError> {
        let answer = http::Response::builder().status(status).header("content-type", kind).body(text.to_vec()).unwrap();
        let redaction = Redaction::of(["t0ken"]);
        assert_eq!(Form::of(&answer, &redaction)?, Form::Json);
        read(&answer, &"uni".parse().unwrap(), &redaction)
    }

    /// The JWT that an answer is.
    fn jwt(kind: &str, text: &[u8]) -> Option<Vec<u8>> {
        let answer = http::Response::builder().header("content-type", kind).body(text.to_vec()).unwrap();
        match Form::of(&answer, &Redaction::default()).unwrap() {
            Form::Signed(compact) => Some(compact.to_vec()),
            Form::Json => None,
        }
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
    fn a_jwt_is_known_by_its_form_or_its_type() {
        for kind in ["application/jwt; charset=utf-8", "Application/JWT", "application/json", "text/plain"] {
            assert_eq!(jwt(kind, b" eyJh.eyJi.c\n").as_deref(), Some(&b"eyJh.eyJi.c"[..]), "{kind}");
            assert_eq!(jwt(kind, b"eyJh.eyJi.").as_deref(), Some(&b"eyJh.eyJi."[..]), "{kind}");
            assert_eq!(jwt(kind, b"{\"sub\":\"a.b.c\"}"), None, "{kind}");
            assert_eq!(jwt(kind, b"\xef\xbb\xbf {\"sub\":\"a\"}"), None, "{kind}");
            assert_eq!(jwt(kind, b""), None, "{kind}");
        }
        assert_eq!(jwt("application/jwt", b"a.b").as_deref(), Some(&b"a.b"[..]));
        assert_eq!(jwt("text/html", b"<p>a.b"), None);
    }

    #[test]
    fn an_answer_that_is_not_json_is_reported_with_its_type() {
        let why = read_answer(200, "text/html", b"<p>Sign in").unwrap_err().to_string();
        assert!(why.starts_with("C16: userinfo: expected a JSON object, got something else ("), "{why}");
        assert!(why.ends_with("it says that it is text/html"), "{why}");
        // C56
        let why = read_answer(200, "text/t0ken", b"<p>Sign in").unwrap_err().to_string();
        assert!(why.ends_with("it says that it is text/[left out]"), "{why}");
        for kind in ["application/jwt", "application/json"] {
            let why = read_answer(200, kind, b"eyJh..Yg.Yw.ZA\n").unwrap_err().to_string();
            let encrypted = "C17: userinfo: expected JSON or a signed JWT, got an encrypted JWT, which is not \
                             supported; have the provider sign it only, or send plain JSON";
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
        let challenged = |challenge: &[u8]| {
            let answer = http::Response::builder().status(401).header("www-authenticate", challenge);
            Form::of(&answer.body(Vec::new()).unwrap(), &Redaction::default()).unwrap_err().to_string()
        };
        for challenge in [
            "Bearer error=\"invalid_token\", error_description=\"MSIS9921: other audience\"",
            "Bearer error=\"für wen?\"",
        ] {
            let why = challenged(challenge.as_bytes());
            assert_eq!(why, format!("C17: userinfo: expected status 200, got 401; it says: {challenge}"));
        }
        let why = challenged(b"Bearer error=\"insufficient_scope\", error_description=\"no \xfc\"");
        assert!(
            why.contains("it says: Bearer error=\"insufficient_scope\", error_description=\"no \u{fffd}\""),
            "{why}"
        );
    }
}
