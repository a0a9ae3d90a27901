//! Fetches a provider's metadata and keys (OpenID Connect Discovery §4).

use std::sync::Arc;

use time::OffsetDateTime;
use url::Url;

use super::endpoints::Endpoints;
use super::fetch::{KEY_SET, METADATA, fetch_document};
use super::key_set::{self, KeySet};
use super::relying_party::RelyingParty;
use super::settings::OidcSettings;
use crate::base::clock::Clock;
use crate::base::redaction::Redaction;
use crate::upstream::FetchError;
use crate::upstream::answer_words::{media_type_note, without_query};
use crate::upstream::http::{Accept, Http};

/// The metadata and keys of a provider.
#[derive(Debug)]
pub struct ProviderMetadata {
    pub endpoints: Endpoints,
    pub keys: KeySet,
    /// Built from these endpoints.
    pub relying_party: Arc<RelyingParty>,
    pub fetched: OffsetDateTime,
    pub keys_fetched: OffsetDateTime,
}

/// What it takes to fetch them.
#[derive(Debug)]
pub struct Discovery {
    pub settings: Arc<OidcSettings>,
    /// Our redirect address.
    pub callback: String,
    pub http: Http,
    pub clock: Clock,
}

impl Discovery {
    /// OpenID Connect Discovery §4.
    pub async fn discover(&self, now: OffsetDateTime) -> Result<ProviderMetadata, FetchError> {
        let address = self.settings.metadata_address();
        let broken = |why: String| FetchError::Document { what: METADATA, address: address.clone(), why };
        let url = Url::parse(&address).map_err(|why| broken(why.to_string()))?;
        let document = fetch_document(&self.http, (METADATA, Accept::Json), &url).await?;
        let endpoints = Endpoints::read(document.body(), self.settings.issuers(), self.settings.userinfo)
            .map_err(|why| broken(format!("{why}{}", media_type_note(&document, &Redaction::default()))))?;
        for (member, endpoint) in endpoints.all() {
            let forbidden = |error| FetchError::Endpoint { address: address.clone(), member, error };
            self.http.check_reach(endpoint).map_err(forbidden)?;
        }
        let relying_party = RelyingParty::new(&self.settings, &endpoints, &self.callback, self.clock.clone());
        let relying_party = Arc::new(relying_party.map_err(|why| broken(why.to_string()))?);
        let keys = self.key_set(&endpoints.keys).await?;
        Ok(ProviderMetadata { endpoints, keys, relying_party, fetched: now, keys_fetched: now })
    }

    pub async fn key_set(&self, url: &Url) -> Result<KeySet, FetchError> {
        let document = fetch_document(&self.http, (KEY_SET, Accept::KeySet), url).await?;
        key_set::read(document.body()).map_err(|why| FetchError::Document {
            what: KEY_SET,
            address: without_query(url),
            why: format!("{why}{}", media_type_note(&document, &Redaction::default())),
        })
    }
}
