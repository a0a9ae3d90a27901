//! The provider's API, as one login asks it.

use http::{HeaderMap, Response};
use url::Url;

use crate::base::ids::ProviderId;
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
}

impl Api<'_> {
    /// A good answer of the API. `what`: the request's name in errors.
    ///
    /// # Errors
    /// When there is none, with the provider's own words.
    pub async fn get(&self, what: &'static str, url: &Url) -> Result<Response<Vec<u8>>, UpstreamError> {
        let mut url = url.clone();
        for (name, value) in &self.parameters {
            url.query_pairs_mut().append_pair(name, value.expose());
        }
        let secrets: Vec<_> = self.secrets().collect();
        ApiRequest { what, url: &url, headers: self.headers, secrets: &secrets }
            .send(self.http, self.access_token)
            .await
    }

    /// What the API gets, and the log never shows (security rule C56).
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        let all = [self.access_token].into_iter().chain(self.parameters.iter().map(|(_, value)| value));
        all.map(|secret| secret.expose().as_str())
    }
}
