//! Fetches a provider's documents, and describes answers that can't be used.

use http::header::{CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use url::Url;

use crate::base::invisible::is_unseen;
use crate::base::readable_json::readable;
use crate::base::redaction::Redaction;
use crate::base::strict_json::Members;
use crate::upstream::Fault;
use crate::upstream::http::Http;
use crate::upstream::peer_info::encoding_in_words;

/// The documents, as faults name them.
pub const METADATA: &str = "the metadata";
pub const KEY_SET: &str = "the key set";

/// Fetches a document. Its `Content-Type` does not matter, since its reader checks what it holds.
pub async fn document(http: &Http, what: &'static str, url: &Url) -> Result<http::Response<Vec<u8>>, Fault> {
    let answer = http.get(url, None).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let why = format!("it answers with status {}{}", status.as_u16(), told_beside(&answer, &Redaction::default()));
    Err(Fault::Document { what, address: shown(url), why })
}

/// An address without the parts that may hold a secret.
pub fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

/// The media type and the encoding of an answer, in words. Empty for plain JSON.
pub fn said_type<B>(answer: &http::Response<B>) -> String {
    format!("{}{}", media_type(answer), encoding_in_words(answer))
}

fn media_type<B>(answer: &http::Response<B>) -> String {
    let said = answer.headers().get(CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or_default();
    if said.contains("json") || said.is_empty() {
        return String::new();
    }
    let plain: String = said.chars().filter(|c| !is_unseen(*c)).take(60).collect();
    format!("; it says that it is {plain}")
}

/// What an error says beside its status: where a redirect leads, or the server's own words.
pub fn told_beside(answer: &http::Response<Vec<u8>>, redaction: &Redaction) -> String {
    if answer.status().is_redirection() {
        return redaction.quote(&led_to(answer), 200);
    }
    let words = own_words(answer.body()).or_else(|| {
        let challenge = answer.headers().get(WWW_AUTHENTICATE)?.to_str().ok()?;
        // RFC 6750 §3: a challenge without `error` only asks for a token.
        challenge.contains("error").then(|| challenge.to_owned())
    });
    words.map_or_else(String::new, |words| format!("; it says: {}", redaction.quote(&words, 160)))
}

/// The members that hold an error's text: in OAuth (RFC 6749 §5.2), in other APIs (RFC 9457), and at Okta.
const WORDS: [&str; 5] = ["error_description", "message", "detail", "title", "errorSummary"];

fn own_words(body: &[u8]) -> Option<String> {
    let body = readable(body);
    let members = Members::read(&body).ok()?;
    let text = |name: &str| {
        members.words(name).or_else(|| {
            // Google's APIs: `{"error": {"message": "…"}}`.
            Members::read(members.raw(name).ok()??.get().as_bytes()).ok()?.words("message")
        })
    };
    let words: Vec<String> = [text("error"), WORDS.into_iter().find_map(text)].into_iter().flatten().collect();
    (!words.is_empty()).then(|| words.join(": "))
}

/// The host that a redirect leads to. The rest of the address may hold secrets.
fn led_to<B>(answer: &http::Response<B>) -> String {
    let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    let host = to.and_then(|to| Url::parse(to).ok()).and_then(|url| url.host_str().map(str::to_owned));
    let host = host.map_or_else(String::new, |host| format!(" to {host}"));
    format!(", a redirect{host}, which is not followed")
}
