//! What each request demands of a sign-in, besides the identity (OpenID Connect Core §3.1.2.1, §5.5).

use std::time::Duration;

use serde_json::Value;

use crate::config::reader::{Fault, Section, duration, json_object, non_empty_list, parsed};

/// What the config demands of each sign-in.
#[derive(Debug, Clone, Default)]
pub struct Demands {
    /// The accepted values of `acr`, the preferred one first. Empty: any, or none.
    pub acr_values: Vec<String>,
    acr_parameter: Option<String>,
    /// How old a proof may be when the person is sent to the provider.
    pub max_age: Option<Duration>,
    max_age_parameter: Option<String>,
    /// A JSON object.
    pub claims: Option<String>,
}

impl Demands {
    pub(super) fn read(section: &mut Section) -> Self {
        let acr_values = section.optional("acr_values", non_empty_list(parsed(acr_value))).unwrap_or_default();
        let max_age = section.optional("max_age", duration);
        Self {
            acr_parameter: (!acr_values.is_empty()).then(|| acr_values.join(" ")),
            acr_values,
            max_age,
            max_age_parameter: max_age.map(|age| age.as_secs().to_string()),
            claims: section.optional("claims", json_object).map(|claims| claims.to_string()),
        }
    }

    /// Whether the config asks for this claim by name, in the ID token or in userinfo.
    #[must_use]
    pub fn request_claim(&self, name: &str) -> bool {
        let claims: Option<Value> = self.claims.as_ref().and_then(|claims| serde_json::from_str(claims).ok());
        let has = |part: &str| claims.as_ref().and_then(|claims| claims.get(part)?.get(name)).is_some();
        ["id_token", "userinfo"].into_iter().any(has)
    }

    /// The parameters of the authorization request: `acr_values`, `claims` and `max_age`.
    #[must_use]
    pub fn parameters(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("acr_values", self.acr_parameter.as_deref()),
            ("claims", self.claims.as_deref()),
            ("max_age", self.max_age_parameter.as_deref()),
        ]
    }
}

/// Spaces separate the values in the request.
fn acr_value(text: &str) -> Result<String, Fault> {
    if text.contains(char::is_whitespace) {
        return Err(Fault::new(format!("holds {text:?}, which has a space in it")).fix("write each value by itself"));
    }
    Ok(text.to_owned())
}
