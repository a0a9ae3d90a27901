//! The members that we use of a provider's metadata (OpenID Connect Discovery §3).

use std::fmt;

use oauth2::{AuthUrl, TokenUrl};
use serde_json::Value;
use url::Url;

use super::settings::UserInfo;
use crate::base::readable_json::readable;
use crate::base::strict_json::Members;
use crate::signin::identify::{IssParameter, Issuers};

/// The member with the address of the key set.
pub const JWKS_URI: &str = "jwks_uri";

/// A provider's endpoints.
#[derive(Debug, Clone)]
pub struct Endpoints {
    pub authorization: AuthUrl,
    pub token: TokenUrl,
    /// `None` if we don't ask it, or the provider has none.
    pub userinfo: Option<Url>,
    pub iss_promise: IssParameter,
    pub keys: Url,
}

impl Endpoints {
    /// Reads the members that we use. All others may be missing or invalid.
    ///
    /// # Errors
    /// The problem, with the name of the member.
    pub fn read(bytes: &[u8], issuers: Issuers<'_>, userinfo: UserInfo) -> Result<Self, String> {
        let bytes = readable(bytes);
        let document = Members::read(&bytes).map_err(|why| format!("it is not a JSON object ({why})"))?;
        // Discovery §4.3: equal byte for byte. Otherwise it is the metadata of another provider (security rule C19).
        let published = required(&document, "issuer")?;
        if !issuers.contain(&published) {
            let published: String = published.chars().take(200).collect();
            let fix = if is_multi_tenant(&published) { format!("; {}", one_tenant("`issuer`")) } else { String::new() };
            let configured = issuers.configured.as_str();
            return Err(format!("its issuer is {published:?}, and the config says {configured:?}{fix}"));
        }
        let authorization = required_url(&document, "authorization_endpoint")?;
        let token = required_url(&document, "token_endpoint")?;
        Ok(Self {
            authorization: AuthUrl::from_url(authorization),
            token: TokenUrl::from_url(token),
            userinfo: match userinfo {
                UserInfo::Ask if member(&document, "userinfo_endpoint")?.is_some() => {
                    Some(required_url(&document, "userinfo_endpoint")?)
                }
                UserInfo::Ask | UserInfo::Skip => None,
            },
            iss_promise: iss_promise(member(&document, "authorization_response_iss_parameter_supported")?.as_ref()),
            keys: required_url(&document, JWKS_URI)?,
        })
    }

    /// All addresses, each with its member of the metadata: those that we request, and the one that people are sent to.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Url)> {
        let always = [
            ("authorization_endpoint", self.authorization.url()),
            ("token_endpoint", self.token.url()),
            (JWKS_URI, &self.keys),
        ];
        always.into_iter().chain(self.userinfo.as_ref().map(|url| ("userinfo_endpoint", url)))
    }
}

/// Whether an issuer is a pattern, as under Entra's `common`: `https://login.microsoftonline.com/{tenantid}/v2.0`.
pub fn is_multi_tenant(issuer: &str) -> bool {
    issuer.contains('{')
}

/// No ID token has a pattern as its issuer. `keys`: those that decide the issuer.
pub fn one_tenant(keys: impl fmt::Display) -> String {
    format!("that is a pattern for many tenants; name one in {keys}, by its id")
}

/// RFC 9207 §3. The text `"true"` counts as true: it can only make us stricter.
fn iss_promise(value: Option<&Value>) -> IssParameter {
    match value {
        Some(Value::Bool(true)) => IssParameter::Required,
        Some(Value::String(text)) if text == "true" => IssParameter::Required,
        Some(_) | None => IssParameter::Optional,
    }
}

fn member(document: &Members<'_>, name: &str) -> Result<Option<Value>, String> {
    document.get(name).map_err(|why| format!("`{name}` can't be read ({why})"))
}

fn required(document: &Members<'_>, name: &str) -> Result<String, String> {
    match member(document, name)? {
        Some(Value::String(text)) if text.is_empty() => Err(format!("`{name}` is empty")),
        Some(Value::String(text)) => Ok(text),
        Some(_) => Err(format!("`{name}` is not text")),
        None => Err(format!("`{name}` is missing")),
    }
}

fn required_url(document: &Members<'_>, name: &str) -> Result<Url, String> {
    required(document, name)?.parse().map_err(|why| format!("`{name}` is not an address ({why})"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::{Endpoints, IssParameter, Issuers, UserInfo};
    use crate::base::ids::Issuer;

    fn read(document: &str, userinfo: UserInfo) -> Result<Endpoints, String> {
        let issuers = Issuers { configured: &Issuer::from("https://sso.example.edu"), aliases: &[] };
        Endpoints::read(document.as_bytes(), issuers, userinfo)
    }

    fn good() -> Value {
        json!({
            "issuer": "https://sso.example.edu",
            "authorization_endpoint": "https://sso.example.edu/authorize",
            "token_endpoint": "https://sso.example.edu/token",
            "jwks_uri": "https://sso.example.edu/jwks",
        })
    }

    fn with(name: &str, value: Value) -> String {
        let mut document = good();
        document[name] = value;
        document.to_string()
    }

    // C19
    #[test]
    fn unused_members_may_be_missing_or_invalid() {
        assert!(read(&good().to_string(), UserInfo::Skip).is_ok());
        assert!(read(&format!("\u{feff}{}", good()), UserInfo::Skip).is_ok());
        for name in [
            "end_session_endpoint",
            "registration_endpoint",
            "userinfo_endpoint",
            "subject_types_supported",
            "response_types_supported",
            "scopes_supported",
            "claims_parameter_supported",
            "request_uri_parameter_supported",
        ] {
            for value in [json!(""), json!("/relative"), json!(null), json!(1), json!("yes"), json!([1]), json!({})] {
                assert!(read(&with(name, value.clone()), UserInfo::Skip).is_ok(), "{name} {value}");
            }
        }
        let twice = good().to_string().replacen('{', r#"{"odd":1,"odd":2,"more":{"a":1,"a":2},"large":1e999,"#, 1);
        assert!(read(&twice, UserInfo::Skip).is_ok());
    }

    // C19, C16
    #[test]
    fn the_error_names_the_required_member_that_is_wrong() {
        for name in ["issuer", "authorization_endpoint", "token_endpoint", "jwks_uri"] {
            for (value, words) in [(json!(null), "missing"), (json!(""), "is empty"), (json!([]), "is not text")] {
                let why = read(&with(name, value), UserInfo::Skip).unwrap_err();
                assert_eq!(why, format!("`{name}` is {}", words.trim_start_matches("is ")));
            }
            let twice = good().to_string().replacen('{', &format!("{{\"{name}\":\"https://other.example\","), 1);
            assert!(read(&twice, UserInfo::Skip).unwrap_err().starts_with(&format!("`{name}` can't be read")));
        }
        let why = read(&with("token_endpoint", json!("/token")), UserInfo::Skip).unwrap_err();
        assert_eq!(why, "`token_endpoint` is not an address (relative URL without a base)");
        let why = read(&with("issuer", json!("https://sso.example.edu/")), UserInfo::Skip).unwrap_err();
        assert!(why.starts_with("its issuer is \"https://sso.example.edu/\", and the config says "), "{why}");
        let many = "https://login.microsoftonline.com/{tenantid}/v2.0";
        let why = read(&with("issuer", json!(many)), UserInfo::Skip).unwrap_err();
        assert!(why.ends_with("; that is a pattern for many tenants; name one in `issuer`, by its id"), "{why}");
        assert!(read("<!doctype html>", UserInfo::Skip).unwrap_err().starts_with("it is not a JSON object"));
    }

    #[test]
    fn the_userinfo_endpoint_is_read_only_if_it_is_used() {
        let metadata = with("userinfo_endpoint", json!("https://sso.example.edu/userinfo"));
        assert!(read(&metadata, UserInfo::Skip).unwrap().userinfo.is_none());
        assert!(read(&metadata, UserInfo::Ask).unwrap().userinfo.is_some());
        assert!(read(&good().to_string(), UserInfo::Ask).unwrap().userinfo.is_none());
        let why = read(&with("userinfo_endpoint", json!("")), UserInfo::Ask).unwrap_err();
        assert_eq!(why, "`userinfo_endpoint` is empty");
    }

    // C8
    #[test]
    fn an_unusual_promise_of_iss_never_makes_us_less_strict() {
        for (value, iss_promise) in [
            (json!(true), IssParameter::Required),
            (json!("true"), IssParameter::Required),
            (json!(false), IssParameter::Optional),
            (json!(null), IssParameter::Optional),
            (json!("no"), IssParameter::Optional),
        ] {
            let document = with("authorization_response_iss_parameter_supported", value);
            assert_eq!(read(&document, UserInfo::Skip).unwrap().iss_promise, iss_promise);
        }
    }

    proptest! {
        // C19
        #[test]
        fn arbitrary_bytes_are_refused_as_metadata_without_a_panic(bytes: Vec<u8>) {
            let issuers = Issuers { configured: &Issuer::from("https://sso.example.edu"), aliases: &[] };
            prop_assert!(Endpoints::read(&bytes, issuers, UserInfo::Ask).is_err());
        }
    }
}
