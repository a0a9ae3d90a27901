//! Fetches what a provider publishes, and says what came instead.

use http::header::{CONTENT_TYPE, LOCATION};
use url::Url;

use crate::base::username::is_unseen;
use crate::upstream::Fault;
use crate::upstream::http::Http;

/// What a fault is about.
pub const METADATA: &str = "the metadata";
pub const KEY_SET: &str = "the key set";

/// Whatever `Content-Type` says: a document is judged by what it holds.
pub async fn document(http: &Http, what: &'static str, url: &Url) -> Result<http::Response<Vec<u8>>, Fault> {
    let answer = http.get(url, None).await?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let to = if status.is_redirection() { led_to(&answer) } else { String::new() };
    Err(Fault::Document { what, address: shown(url), why: format!("it answers with status {}{to}", status.as_u16()) })
}

/// Without what may be secret in it.
pub fn shown(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    shown.into()
}

/// What a document says that it is, where that is not JSON.
pub fn said_type<B>(answer: &http::Response<B>) -> String {
    let said = answer.headers().get(CONTENT_TYPE).and_then(|said| said.to_str().ok()).unwrap_or_default();
    if said.contains("json") || said.is_empty() {
        return String::new();
    }
    let plain: String = said.chars().filter(|c| !is_unseen(*c)).take(60).collect();
    format!("; it says that it is {plain}")
}

/// Where a redirect leads, by its host alone.
pub fn led_to<B>(answer: &http::Response<B>) -> String {
    let to = answer.headers().get(LOCATION).and_then(|to| to.to_str().ok());
    let host = to.and_then(|to| Url::parse(to).ok()).and_then(|url| url.host_str().map(str::to_owned));
    let host = host.map_or_else(String::new, |host| format!(" to {host}"));
    format!(", a redirect{host}, which is not followed")
}
