//! `kind = "github"`: its row in the table of kinds.

use std::sync::Arc;

use super::groups::{CLAIM, Groups};
use crate::config::reader::{Fault, Section};
use crate::config::{ProviderDefaults, ProviderKind, SignInMethod};
use crate::upstream::oauth_client::groups_required::GroupsRequired;
use crate::upstream::oauth2;
use crate::upstream::settings::ProviderSettings;

/// `kind = "github"`
pub struct Kind;

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "github"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn defaults(&self) -> ProviderDefaults {
        ProviderDefaults { groups_claim: Some(CLAIM), ..ProviderDefaults::of(self.method()) }
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        let required = GroupsRequired::read(section);
        let fault = Fault::new(format!("is always \"{CLAIM}\" here: organisations and teams"));
        section.reject_key("groups_claim", fault.fix("leave it out"));
        let mut settings = oauth2::settings::parse(section)?;
        // Without a mapping, they are of no use, and the access token may not read them.
        if section.has("groups") {
            settings.extension = Arc::new(Groups::below(&settings.userinfo_url, required));
        }
        Some(Arc::new(settings))
    }
}
