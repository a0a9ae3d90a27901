//! Asks a provider's API with an access token (RFC 6750 §2.1).

use http::{HeaderMap, Response, StatusCode};
use url::Url;

use crate::base::ids::ProviderId;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::answer_words::{error_details, unreachable};
use crate::upstream::http::{Http, HttpError, Phase};

/// The provider's API with the access token of one person, as one login asks it.
#[derive(Debug)]
pub struct Api<'a> {
    pub provider: &'a ProviderId,
    pub http: &'a Http,
    pub access_token: &'a Secret<String>,
    /// Headers and parameters of every request to it.
    pub headers: &'a HeaderMap,
    pub parameters: Vec<(&'static str, Secret<String>)>,
    /// What the log must not show of an answer (security rule C56).
    pub secrets: &'a Redaction,
}

impl Api<'_> {
    /// A good answer of the API. `what`: the request's name in errors, such as "userinfo".
    ///
    /// # Errors
    /// When there is none, with the provider's own words.
    pub async fn get(&self, what: &str, url: &Url) -> Result<Response<Vec<u8>>, UpstreamError> {
        let mut url = url.clone();
        for (name, value) in &self.parameters {
            url.query_pairs_mut().append_pair(name, value.expose());
        }
        let answer = self.http.get_with(&url, self.access_token, self.headers).await.map_err(|why| match why {
            // The provider has answered.
            HttpError { phase: Phase::Size, .. } => UpstreamError::AnswerUnusable(format!("{what} of {why}")),
            why => unreachable(what.to_owned(), why),
        })?;
        let status = answer.status();
        if status.is_success() {
            return Ok(answer);
        }
        let host = url.host_str().unwrap_or_default();
        let beside = error_details(&answer, self.secrets);
        let error = format!("{what} at {host} answers with status {}{beside}", status.as_u16());
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(UpstreamError::Busy(error));
        }
        Err(UpstreamError::AnswerUnusable(error))
    }
}
