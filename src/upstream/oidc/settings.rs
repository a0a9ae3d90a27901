//! The keys of a provider of kind `oidc`.

use crate::base::ids::Issuer;
use crate::base::secret::Secret;
use crate::signin::identify::Algorithm;

#[derive(Debug, Clone)]
pub struct Settings {
    pub issuer: Issuer,
    pub client_id: String,
    pub client_secret: Option<Secret<String>>,
    pub secret_place: String,
    pub client_auth: ClientAuth,
    pub scopes: Vec<String>,
    pub response_mode: ResponseMode,
    pub userinfo: UserInfo,
    pub algorithms: Vec<Algorithm>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    Basic,
    Post,
    None,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    Query,
    FormPost,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserInfo {
    Ask,
    Skip,
}
