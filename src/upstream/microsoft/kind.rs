//! `kind = "microsoft"`: its row in the table of kinds, and its keys.

use std::sync::Arc;

use url::Url;

use super::groups::{CLAIM, GroupSource};
use super::rules::MicrosoftRules;
use super::tenants::Tenants;
use crate::config::preset::is_guid;
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
        let foreign_rights = foreign_rights(section, &tenants);
        let mut settings = match tenants {
            Tenants::One => parse(section)?,
            Tenants::Listed(_) | Tenants::Any => parse_for(section, Some(tenants.issuer()), Credential::parse)?,
        };
        if groups.is_some() && !section.has("scopes") {
            Arc::make_mut(&mut settings.client).scopes.push(GROUPS_SCOPE.to_owned());
        }
        Some(Arc::new(OidcSettings { own: Arc::new(MicrosoftRules { tenants, groups, foreign_rights }), ..settings }))
    }
}

/// The claim that gives groups, if the admins of other tenants decide it: they assign our roles to their people, and
/// choose the names of their groups. Only the id of a group belongs to one tenant. If every tenant may sign in, anybody
/// could be such an admin, so that is a mistake.
fn foreign_rights(section: &mut Section, tenants: &Tenants) -> Option<String> {
    if !tenants.are_several() || !section.has("groups") {
        return None;
    }
    let claim = section.text_of("groups_claim").filter(|claim| claim != CLAIM);
    let names: Vec<_> = section.texts("groups").into_keys().filter(|name| !is_guid(name)).collect();
    if *tenants == Tenants::Any {
        if let Some(claim) = &claim {
            let fault = Fault::new(format!("= {claim:?} would let the admins of any tenant give these groups"));
            section.note_fault("groups_claim", fault.fix("leave it out and map ids of groups, or list `tenants`"));
        } else if let Some(name) = names.first() {
            let fault = Fault::new(format!("maps {name:?}, and the admins of any tenant may name a group so"));
            section.note_fault("groups", fault.fix("map the group's id, or list `tenants`"));
        }
    }
    claim.or_else(|| names.first().map(|_| CLAIM.to_owned()))
}

/// Where a person's groups are, if the config maps the groups of the claim that may be too long for a token.
fn groups(section: &mut Section) -> Option<GroupSource> {
    let private = PrivateAddresses::read(section);
    let graph = section.optional("graph_url", parsed(|text| endpoint(text, private)));
    let required = GroupsRequired::read(section);
    let graph = graph.or_else(|| Url::parse("https://graph.microsoft.com/v1.0").ok())?;
    let is_mapped = section.has("groups") && section.text_of("groups_claim").as_deref() == Some(CLAIM);
    is_mapped.then(|| GroupSource::below(&graph, required))
}
