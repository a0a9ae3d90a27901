//! `kind = "microsoft"`: its row in the table of kinds, and its keys.

use std::sync::Arc;

use url::Url;

use super::groups::{CLAIM, GroupSource};
use super::rules::MicrosoftRules;
use super::tenants::Tenants;
use crate::config::reader::{Fault, Section, parsed};
use crate::config::{PrivateAddresses, ProviderKind, SignInMethod};
use crate::upstream::oauth_client::addresses::endpoint;
use crate::upstream::oauth_client::groups_required::GroupsRequired;
use crate::upstream::oauth_client::settings::Credential;
use crate::upstream::oidc::settings::{OidcSettings, parse, parse_for};
use crate::upstream::settings::ProviderSettings;

/// `kind = "microsoft"`
pub struct Kind;

/// What a person's own groups need. Every registration has it from the start.
const GROUPS_SCOPE: &str = "User.Read";

impl ProviderKind<ProviderSettings> for Kind {
    fn name(&self) -> &'static str {
        "microsoft"
    }

    fn method(&self) -> SignInMethod {
        SignInMethod::Redirect
    }

    fn hint_for_product(&self, name: &str) -> Option<Fault> {
        let fault = || Fault::new(format!("= \"{name}\" is called \"microsoft\" here"));
        ["azure", "entra"].contains(&name).then(|| fault().fix("write kind = \"microsoft\", and its `tenant`"))
    }

    fn parse(&self, section: &mut Section) -> Option<ProviderSettings> {
        let tenants = Tenants::read(section);
        let groups = groups(section);
        let mut settings = match tenants {
            Tenants::One => parse(section)?,
            Tenants::Listed(_) | Tenants::Any => parse_for(section, Some(Tenants::issuer()), Credential::parse)?,
        };
        if groups.is_some() && !section.has("scopes") {
            Arc::make_mut(&mut settings.client).scopes.push(GROUPS_SCOPE.to_owned());
        }
        Some(Arc::new(OidcSettings { own: Arc::new(MicrosoftRules { tenants, groups }), ..settings }))
    }
}

/// Where a person's groups are, if the config maps the groups of the claim that may be too long for a token.
fn groups(section: &mut Section) -> Option<GroupSource> {
    let private = PrivateAddresses::read(section);
    let graph = section.optional("graph_url", parsed(|text| endpoint(text, private)));
    let required = GroupsRequired::read(section);
    let graph = graph.or_else(|| Url::parse("https://graph.microsoft.com/v1.0").ok())?;
    let is_mapped = section.has("groups") && section.text_of("groups_claim").as_deref() == Some(CLAIM);
    is_mapped.then_some(GroupSource { graph, required })
}
