//! Describes answers of a provider that can't be used, for the log.

use std::borrow::Cow;

use http::header::{CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use url::Url;

use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::strict_json::Members;
use crate::upstream::http::HttpError;
use crate::upstream::peer_info::encoding_in_words;
use crate::upstream::{FetchError, UpstreamError};

/// The error of an endpoint that gave no answer. `what`: its name in the log.
pub fn unreachable(what: impl Into<Cow<'static, str>>, error: HttpError) -> UpstreamError {
    UpstreamError::Unreachable { fault: FetchError::Http { what: what.into(), error }, since: None }
}

/// An address without the parts that may hold a secret.
pub fn without_query(url: &Url) -> String {
    let mut bare = url.clone();
    bare.set_query(None);
    bare.set_fragment(None);
    bare.into()
}

/// The media type and the encoding of an answer, in words. Empty for plain JSON.
pub fn media_type_note<B>(answer: &http::Response<B>, redaction: &Redaction) -> String {
    format!("{}{}", media_type(answer, redaction), encoding_in_words(answer, redaction))
}

fn media_type<B>(answer: &http::Response<B>, redaction: &Redaction) -> String {
    let content_type =
        answer.headers().get(CONTENT_TYPE).and_then(|content_type| content_type.to_str().ok()).unwrap_or_default();
    if content_type.contains("json") || content_type.is_empty() {
        return String::new();
    }
    format!("; it says that it is {}", redaction.quote(content_type, 60))
}

/// The details of an error beside its status: the target of a redirect, or the server's own words.
pub fn error_details(answer: &http::Response<Vec<u8>>, redaction: &Redaction) -> String {
    if answer.status().is_redirection() {
        return redaction.quote(&redirect_note(answer), 200);
    }
    let words = error_in_body(answer.body()).or_else(|| {
        // Some servers write their own language here, which `to_str` refuses.
        let challenge = String::from_utf8_lossy(answer.headers().get(WWW_AUTHENTICATE)?.as_bytes());
        // RFC 6750 §3: a challenge without `error` only asks for a token.
        challenge.contains("error").then(|| challenge.into_owned())
    });
    words.map_or_else(String::new, |words| quoted(&words, redaction))
}

/// The details of an error that came with a good status. Empty if the answer has no member `error`.
pub fn error_note(answer: &Members<'_>, redaction: &Redaction) -> String {
    let words = if answer.has("error") { error_text(answer) } else { None };
    words.map_or_else(String::new, |words| quoted(&words, redaction))
}

fn quoted(words: &str, redaction: &Redaction) -> String {
    format!("; it says: {}", redaction.quote(words, 160))
}

/// The members that hold an error's text: in OAuth (RFC 6749 §5.2), in other APIs (RFC 9457), and at Okta.
const ERROR_TEXT_MEMBERS: [&str; 5] = ["error_description", "message", "detail", "title", "errorSummary"];

fn error_in_body(body: &[u8]) -> Option<String> {
    error_text(&Members::read(&readable(body)).ok()?)
}

fn error_text(members: &Members<'_>) -> Option<String> {
    let text = |name: &str| {
        members.lossy_text(name).or_else(|| {
            // Google's and Facebook's APIs: `{"error": {"message": "…", "code": 100}}`.
            let error = Members::read(members.raw(name).ok()??.get().as_bytes()).ok()?;
            let number = error.get("code").ok().flatten().and_then(|code| code.as_u64());
            // Google repeats the status there.
            let number = number.filter(|number| !(400..600).contains(number));
            let number = number.map_or_else(String::new, |number| format!(" (code {number})"));
            error.lossy_text("message").map(|message| format!("{message}{number}"))
        })
    };
    let words: Vec<String> =
        [text("error"), ERROR_TEXT_MEMBERS.into_iter().find_map(text)].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(": "))
}

/// The host that a redirect leads to. The rest of the address may hold secrets.
fn redirect_note<B>(answer: &http::Response<B>) -> String {
    let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    let host = to.and_then(|to| Url::parse(to).ok()).and_then(|url| url.host_str().map(str::to_owned));
    let host = host.map_or_else(String::new, |host| format!(" to {host}"));
    format!(", a redirect{host}, which is not followed")
}
