//! What a provider's API needs and no key of the config can say. A kind of provider that is based on this one
//! implements it.

use std::collections::BTreeMap;
use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::base::ids::Group;
use crate::base::secret::Secret;
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::Api;

/// The part of a provider's API that needs code.
#[async_trait]
pub trait ApiExtension: fmt::Debug + Send + Sync {
    /// More parameters of every request to the API.
    fn parameters(&self, _access_token: &Secret<String>) -> Vec<(&'static str, Secret<String>)> {
        Vec::new()
    }

    /// More claims, from requests of their own. They take precedence over those of the config's requests.
    ///
    /// # Errors
    /// When they did not come, and the sign-in needs them.
    async fn claims(&self, _api: &Api<'_>) -> Result<Map<String, Value>, UpstreamError> {
        Ok(Map::new())
    }

    /// As [`crate::upstream::settings::KindSettings::identity_settings`].
    fn identity_settings(&self) -> Value {
        Value::Null
    }

    /// As [`crate::upstream::settings::KindSettings::unmatchable_groups`].
    fn unmatchable_groups(&self, _groups: &BTreeMap<String, Group>) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// Of a provider that the config describes completely.
#[derive(Debug)]
pub struct NoExtension;

impl ApiExtension for NoExtension {}
