//! Microsoft's own rules about issuers, keys, verified addresses and groups (its documentation, "ID token claims",
//! "Access tokens", "Optional claims").

use async_trait::async_trait;
use serde_json::{Map, Value, json};

use super::groups::GroupSource;
use super::tenants::{Tenants, issuer_of, tenant_of};
use crate::base::ids::Issuer;
use crate::signin::arrive::Prompt;
use crate::signin::identify::{ExternalIdentity, RuleViolation};
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::{Api, WantedTokens};
use crate::upstream::oidc::own_rules::{Hints, OwnRules};
use crate::upstream::relaxed_rule::RelaxedRule;
use crate::upstream::settings::IssuerOrigin;

/// What stands for the id of a tenant in the issuer of a key.
const TENANT_ID: &str = "{tenantid}";

/// Microsoft's own rules.
#[derive(Debug)]
pub struct MicrosoftRules {
    pub tenants: Tenants,
    /// Where a person's groups are if they are too many for the token. `None` if the config maps none of them.
    pub groups: Option<GroupSource>,
    /// The claim that gives groups, if the admins of the listed tenants decide it.
    pub foreign_rights: Option<String>,
}

#[async_trait]
impl OwnRules for MicrosoftRules {
    fn metadata_address(&self) -> Option<String> {
        self.tenants.metadata_address()
    }

    /// Microsoft refuses `login_hint` beside `prompt=select_account`.
    fn hints<'h>(&self, prompt: Prompt, login_hint: Option<&'h str>) -> Hints<'h> {
        let login_hint = login_hint.filter(|_| prompt != Prompt::SelectAccount);
        Hints { prompt: prompt.for_provider(), login_hint }
    }

    fn accepts_issuer(&self, issuer: &str) -> bool {
        tenant_of(issuer).is_some_and(|id| self.tenants.admit(id))
    }

    fn issuer_origin(&self) -> IssuerOrigin {
        if self.tenants.are_several() { IssuerOrigin::Tenant } else { IssuerOrigin::Provider }
    }

    /// The metadata of many tenants have a pattern in place of an issuer. So the claim `tid` names the tenant, and the
    /// token's issuer must be that tenant's (security rule C12). Of one listed tenant, too: a person of another one
    /// then reads that they used an account of another organisation.
    fn issuer_of(&self, claims: &Map<String, Value>) -> Result<Option<Issuer>, RuleViolation> {
        if self.tenants == Tenants::One {
            return Ok(None);
        }
        let tid = claims.get("tid");
        let issuer = tid.and_then(Value::as_str).and_then(issuer_of);
        issuer.map(Some).ok_or_else(|| {
            let got = tid.map_or_else(|| "none".to_owned(), Value::to_string);
            RuleViolation::new("C12", "`tid` of the ID token", "the id of a tenant", got)
        })
    }

    /// A key's issuer is that of one tenant, or a pattern for all of them.
    fn key_may_sign(&self, key_issuer: &Issuer, issuer: &Issuer) -> bool {
        let (key_issuer, issuer) = (key_issuer.as_str(), issuer.as_str());
        let fits = |(before, after): (&str, &str)| {
            let id = issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            id.is_some_and(|id| !id.is_empty() && !id.contains('/'))
        };
        key_issuer == issuer || key_issuer.split_once(TENANT_ID).is_some_and(fits)
    }

    /// The admins of a tenant may give a person any address, so nothing but `xms_edov` says that it is verified: the
    /// domain is the tenant's own (security rule C22).
    fn read_claims(&self, claims: &mut Map<String, Value>) {
        claims.remove("email_verified");
        if claims.contains_key("email") {
            let verified = match claims.get("xms_edov") {
                Some(Value::Bool(verified)) => *verified,
                Some(Value::String(text)) => text == "1" || text == "true",
                Some(_) | None => false,
            };
            claims.insert("email_verified".to_owned(), Value::Bool(verified));
        }
    }

    /// Security rule C75.
    fn admit(&self, identity: &ExternalIdentity) -> Result<(), UpstreamError> {
        let Tenants::Listed(ids) = &self.tenants else { return Ok(()) };
        let id = tenant_of(identity.key.issuer.as_str()).unwrap_or_default();
        if ids.contains(id) {
            return Ok(());
        }
        let expected = ids.iter().map(String::as_str).collect::<Vec<_>>().join(" or ");
        let rule = RuleViolation::new("C75", "`tid` of the ID token", expected, id);
        Err(UpstreamError::OtherOrganization(rule))
    }

    fn wanted_tokens(&self) -> WantedTokens {
        if self.groups.is_some() { WantedTokens::IdTokenAndAccessToken } else { WantedTokens::IdToken }
    }

    async fn complete(&self, identity: &mut ExternalIdentity, api: Api<'_>) -> Result<(), UpstreamError> {
        match &self.groups {
            Some(groups) => groups.complete(identity, api).await,
            None => Ok(()),
        }
    }

    fn identity_settings(&self) -> Vec<(&'static str, Value)> {
        match &self.tenants {
            Tenants::One => Vec::new(),
            Tenants::Listed(ids) => vec![("tenants", json!(ids))],
            Tenants::Any => vec![("tenants", json!("any"))],
        }
    }

    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        let pattern = "the metadata have a pattern in place of an issuer, so a token's own claim `tid` names its \
                       issuer, and one set of keys signs for all tenants";
        let relaxed = |rule, setting: &str, consequence| RelaxedRule { rule, setting: setting.to_owned(), consequence };
        match &self.tenants {
            Tenants::One => Vec::new(),
            Tenants::Listed(_) if !self.tenants.are_several() => Vec::new(),
            Tenants::Listed(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| format!("{id:?}")).collect();
                let rights = self.foreign_rights.as_ref().map(|claim| {
                    let anybody = "the admins of each listed tenant decide which of their people get these groups";
                    relaxed("C75", &format!("groups_claim = {claim:?}"), anybody)
                });
                let tenants = relaxed("C19", &format!("tenants = [{}]", ids.join(", ")), pattern);
                [tenants].into_iter().chain(rights).collect()
            }
            Tenants::Any => {
                let anybody = "the people of every organization at Microsoft can sign in, and its admins choose their \
                               names";
                vec![relaxed("C19", "tenants = \"any\"", pattern), relaxed("C75", "tenants = \"any\"", anybody)]
            }
        }
    }
}

#[cfg(test)]
mod tests;
