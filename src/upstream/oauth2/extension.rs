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
use crate::upstream::oauth_client::groups_required::MissingGroups;

/// The claims of requests that only the kind knows.
#[derive(Debug, Default)]
pub struct OwnClaims {
    pub claims: Map<String, Value>,
    /// What the person signs in without, if they sign in.
    pub missing: Vec<MissingGroups>,
}

/// The part of a provider's API that needs code.
#[async_trait]
pub trait ApiExtension: fmt::Debug + Send + Sync {
    /// More parameters of every request to the API.
    fn parameters(&self, _access_token: &Secret<String>) -> Vec<(&'static str, Secret<String>)> {
        Vec::new()
    }

    /// More claims, from requests of their own, which run beside those of the config. They take precedence.
    ///
    /// # Errors
    /// When they did not come, and the sign-in needs them.
    async fn claims(&self, _api: &Api<'_>) -> Result<OwnClaims, UpstreamError> {
        Ok(OwnClaims::default())
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
