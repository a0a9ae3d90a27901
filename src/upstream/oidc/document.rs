//! The metadata that a provider publishes (OpenID Connect Discovery §3), and what of it we use.

use oauth2::{AuthUrl, TokenUrl};
use openidconnect::core::{
    CoreAuthDisplay, CoreClaimName, CoreClaimType, CoreClientAuthMethod, CoreGrantType,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreResponseMode, CoreResponseType,
    CoreSubjectIdentifierType,
};
use openidconnect::{AdditionalProviderMetadata, JsonWebKeySetUrl, ProviderMetadata};
use serde::{Deserialize, Serialize};
use url::Url;

use super::keys::ProviderKey;
use crate::signin::identify::Promise;

/// RFC 9207 §3.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Additional {
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}
impl AdditionalProviderMetadata for Additional {}

pub type Document = ProviderMetadata<
    Additional,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    ProviderKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

/// A provider's endpoints.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub authorization: AuthUrl,
    pub token: TokenUrl,
    pub userinfo: Option<Url>,
    pub promise: Promise,
    pub keys: JsonWebKeySetUrl,
}

impl Endpoints {
    /// `None` where it has no token endpoint: there is nowhere to bring a code.
    pub fn of(found: &Document) -> Option<Self> {
        let promised = found.additional_metadata().authorization_response_iss_parameter_supported;
        Some(Self {
            authorization: found.authorization_endpoint().clone(),
            token: found.token_endpoint()?.clone(),
            userinfo: found.userinfo_endpoint().map(|endpoint| endpoint.url().clone()),
            promise: if promised { Promise::Kept } else { Promise::None },
            keys: found.jwks_uri().clone(),
        })
    }

    /// Every address that anybody is sent to or asked at.
    pub fn all(&self) -> impl Iterator<Item = &Url> {
        let sure = [self.authorization.url(), self.token.url(), self.keys.url()];
        sure.into_iter().chain(self.userinfo.as_ref())
    }
}
