//! What the kind of one provider adds to OpenID Connect. Every call is here; other code knows only the standard.

use std::fmt;

use serde_json::{Map, Value};

use crate::signin::arrive::Prompt;
use crate::signin::identify::ExternalIdentity;
use crate::upstream::UpstreamError;

/// The rules of one provider beside the standard's. The default of each function is the standard.
pub trait OwnRules: fmt::Debug + Send + Sync {
    /// What the request tells the sign-in page about the person.
    fn hints<'h>(&self, prompt: Prompt, login_hint: Option<&'h str>) -> Hints<'h> {
        Hints { prompt: prompt.for_provider(), login_hint }
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

    /// The settings that decide who people are, as
    /// [`KindSettings::identity_settings`](crate::upstream::settings::KindSettings::identity_settings).
    fn identity_settings(&self) -> Vec<(&'static str, Value)> {
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
