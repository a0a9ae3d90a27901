//! `kind = "facebook"`: its row in the table of kinds.

use std::sync::Arc;

use super::proof::SecretProof;
use crate::config::reader::Section;
use crate::config::{ProviderKind, SignInMethod};
use crate::upstream::oauth2;
use crate::upstream::settings::ProviderSettings;

/// `kind = "facebook"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "facebook"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        let mut settings = oauth2::settings::parse(section)?;
        if let Some(secret) = settings.client.secret.clone() {
            settings.extension = Arc::new(SecretProof(secret));
        }
        Some(Arc::new(settings))
    }
}
