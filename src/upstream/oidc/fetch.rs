//! Fetches a provider's documents.

use url::Url;

use crate::base::redaction::Redaction;
use crate::upstream::FetchError;
use crate::upstream::answer_words::{error_details, without_query};
use crate::upstream::http::{Accept, Http};

/// The names of the documents in errors.
pub const METADATA: &str = "the metadata";
pub const KEY_SET: &str = "the key set";

/// Fetches a document. Its `Content-Type` does not matter, since its reader checks what it holds.
pub async fn fetch_document(
    http: &Http,
    (what, accept): (&'static str, Accept),
    url: &Url,
) -> Result<http::Response<Vec<u8>>, FetchError> {
    let answer = http.get_as(accept, url).await.map_err(|error| FetchError::Http { what: what.into(), error })?;
    let status = answer.status();
    if status.is_success() {
        return Ok(answer);
    }
    let why = format!("it answers with status {}{}", status.as_u16(), error_details(&answer, &Redaction::default()));
    Err(FetchError::Document { what, address: without_query(url), why })
}
