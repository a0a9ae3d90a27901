//! What the kind of one provider adds to OpenID Connect. Every call is here; other code knows only the standard.

use std::fmt;

use async_trait::async_trait;
use serde_json::{Map, Value};

use crate::base::ids::Issuer;
use crate::signin::arrive::Prompt;
use crate::signin::identify::{ExternalIdentity, RuleViolation};
use crate::upstream::UpstreamError;
use crate::upstream::oauth_client::{Api, WantedTokens};
use crate::upstream::relaxed_rule::RelaxedRule;
use crate::upstream::settings::IssuerOrigin;

/// The rules of one provider beside the standard's. The default of each function is the standard.
#[async_trait]
pub trait OwnRules: fmt::Debug + Send + Sync {
    /// The address of the metadata, if it is not below the issuer and the config names none.
    fn metadata_address(&self) -> Option<String> {
        None
    }

    /// What the request tells the sign-in page about the person.
    fn hints<'h>(&self, prompt: Prompt, login_hint: Option<&'h str>) -> Hints<'h> {
        Hints { prompt: prompt.for_provider(), login_hint }
    }

    /// Whether the provider attests people of this issuer, too, which is not the configured one.
    fn accepts_issuer(&self, _issuer: &str) -> bool {
        false
    }

    /// Who decides the issuer.
    fn issuer_origin(&self) -> IssuerOrigin {
        IssuerOrigin::Provider
    }

    /// The issuer that an ID token with these claims must have, and that goes into the person's key. `None`: the
    /// configured one.
    ///
    /// # Errors
    /// C12: the claims name none.
    fn issuer_of(&self, _claims: &Map<String, Value>) -> Result<Option<Issuer>, RuleViolation> {
        Ok(None)
    }

    /// Whether a key whose `issuer` in the key set is `key_issuer` may sign a token of `issuer`. The standard has no
    /// such member.
    fn key_may_sign(&self, _key_issuer: &Issuer, _issuer: &Issuer) -> bool {
        true
    }

    /// Brings the claims of an ID token or of userinfo into the standard's form, before anything decides by them.
    fn read_claims(&self, _claims: &mut Map<String, Value>) {}

    /// Whether the person of a verified ID token may sign in.
    ///
    /// # Errors
    /// Why not.
    fn admit(&self, _identity: &ExternalIdentity) -> Result<(), UpstreamError> {
        Ok(())
    }

    /// The tokens that a sign-in needs, besides those that the config asks for.
    fn wanted_tokens(&self) -> WantedTokens {
        WantedTokens::IdToken
    }

    /// Adds the claims that the provider keeps elsewhere.
    ///
    /// # Errors
    /// When they are needed and don't come.
    async fn complete(&self, _identity: &mut ExternalIdentity, _api: Api<'_>) -> Result<(), UpstreamError> {
        Ok(())
    }

    /// The settings that decide who people are, as
    /// [`KindSettings::identity_settings`](crate::upstream::settings::KindSettings::identity_settings).
    fn identity_settings(&self) -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// The security rules that the settings relax.
    fn relaxed_rules(&self) -> Vec<RelaxedRule> {
        Vec::new()
    }
}

/// The standard and nothing else.
#[derive(Debug)]
pub struct NoOwnRules;

impl OwnRules for NoOwnRules {}

/// Parameters of the authorization request (OpenID Connect Core §3.1.2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hints<'h> {
    pub prompt: Option<&'static str>,
    pub login_hint: Option<&'h str>,
}
