//! The provider's API, as one login asks it.

use http::{HeaderMap, Response};
use url::Url;

use crate::base::ids::ProviderId;
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::http::Http;
use crate::upstream::oauth_client::ApiRequest;

/// The API with the access token of one person.
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
    /// A good answer of the API. `what`: the request's name in errors.
    ///
    /// # Errors
    /// When there is none, with the provider's own words.
    pub async fn get(&self, what: &str, url: &Url) -> Result<Response<Vec<u8>>, UpstreamError> {
        let mut url = url.clone();
        for (name, value) in &self.parameters {
            url.query_pairs_mut().append_pair(name, value.expose());
        }
        let request = ApiRequest { what, url: &url, headers: self.headers };
        request.send(self.http, self.access_token, self.secrets).await
    }
}
