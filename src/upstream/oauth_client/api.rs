//! Asks a provider's API with an access token (RFC 6750 §2.1).

use http::{HeaderMap, StatusCode};
use url::Url;

use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::answer_words::{error_details, unreachable};
use crate::upstream::http::{Http, HttpError, Phase};

/// A request to an API.
#[derive(Debug, Clone, Copy)]
pub struct ApiRequest<'r> {
    /// Its name in errors: "userinfo".
    pub what: &'r str,
    pub url: &'r Url,
    pub headers: &'r HeaderMap,
}

impl ApiRequest<'_> {
    /// A good answer. `secrets`: what the provider was sent, which the log does not show.
    ///
    /// # Errors
    /// When there is none, with the provider's own words.
    pub async fn send(
        self,
        http: &Http,
        access_token: &Secret<String>,
        secrets: &Redaction,
    ) -> Result<http::Response<Vec<u8>>, UpstreamError> {
        let Self { what, url, headers } = self;
        let answer = http.get_with(url, access_token, headers).await.map_err(|why| match why {
            // The provider has answered.
            HttpError { phase: Phase::Size, .. } => UpstreamError::AnswerUnusable(format!("{what} of {why}")),
            why => unreachable(what.to_owned(), why),
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let host = url.host_str().unwrap_or_default();
        let beside = error_details(&answer, secrets);
        let error = format!("{what} at {host} answers with status {}{beside}", status.as_u16());
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(UpstreamError::Busy(error));
        }
        Err(UpstreamError::AnswerUnusable(error))
    }
}
