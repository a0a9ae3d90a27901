//! The fixes that `vestibule check` names for a provider's documents and endpoints.

use std::collections::BTreeSet;

use http::StatusCode;

use crate::config::reader::WrittenKeys;

/// The setting for an address in the metadata.
pub fn of_metadata(member: &str) -> String {
    format!("`{member}` of the provider's metadata")
}

/// Where the config has the address of the metadata.
#[derive(Debug, Clone, Copy)]
pub enum MetadataAddress<'s> {
    /// In the key `discovery_url`.
    Own,
    /// Below the issuer, which these keys decide.
    BelowIssuer(&'s WrittenKeys),
}

impl MetadataAddress<'_> {
    /// The key that decides which server is asked.
    pub fn server_key(self) -> String {
        match self {
            Self::Own => "`discovery_url`".to_owned(),
            Self::BelowIssuer(keys) => format!("`{}`", keys.first()),
        }
    }
}

/// The fix if the metadata have another issuer. `keys`: those that decide ours.
pub fn issuer_fix(keys: &WrittenKeys, published: &str) -> String {
    if keys.is_only(ISSUER) {
        return format!("set issuer = {published:?}, if that is the provider you mean");
    }
    format!("correct {keys} so that the issuer is {published:?}, if that is the provider you mean")
}

const ISSUER: &str = "issuer";

/// The fix for metadata that come with this status.
pub fn status_fix(status: StatusCode, address: MetadataAddress<'_>) -> String {
    let fix = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "have the provider, or a proxy before it, let everybody read this address"
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            "the provider has a problem: its log may name it; run this check again later"
        }
        _ => match address {
            MetadataAddress::Own => "check that `discovery_url` is exactly the address of the provider's metadata",
            MetadataAddress::BelowIssuer(keys) if keys.is_only(ISSUER) => {
                "check that `issuer` is exactly the provider's issuer"
            }
            MetadataAddress::BelowIssuer(keys) => {
                return format!("correct {keys} so that this is the address of the provider's metadata");
            }
        },
    };
    fix.to_owned()
}

/// The fix if a provider does not list the value of the config's `key`. `ours`: all values that we have.
pub fn fix_for_unlisted(key: &str, ours: &[&str], listed: &BTreeSet<&str>) -> String {
    if ours.iter().any(|one| listed.contains(one)) {
        format!("set {key} to one that it accepts")
    } else {
        format!("Vestibule has none of these: have the provider accept one of {} for this client", ours.join(", "))
    }
}

/// What a provider may demand of each request, and we don't send (RFC 9126 §5, RFC 9101 §10.5).
pub const UNSUPPORTED_DEMANDS: [(&str, &str); 2] = [
    ("require_pushed_authorization_requests", "pushed authorization requests"),
    ("require_signed_request_object", "signed request objects"),
];

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::{MetadataAddress, WrittenKeys, fix_for_unlisted, issuer_fix, status_fix};

    #[test]
    fn a_fix_names_the_keys_that_the_operator_has() {
        let own = WrittenKeys::new("issuer", &[]);
        let inputs = WrittenKeys::new("issuer", &["host", "realm"]);
        let published = "https://sso.example.org/realms/staff";
        assert_eq!(
            [&own, &inputs].map(|keys| issuer_fix(keys, published)),
            [
                "set issuer = \"https://sso.example.org/realms/staff\", if that is the provider you mean",
                "correct `host` and `realm` so that the issuer is \"https://sso.example.org/realms/staff\", if that is \
                 the provider you mean"
            ]
        );
        let addresses =
            [MetadataAddress::BelowIssuer(&own), MetadataAddress::BelowIssuer(&inputs), MetadataAddress::Own];
        assert_eq!(
            addresses.map(|address| status_fix(StatusCode::NOT_FOUND, address)),
            [
                "check that `issuer` is exactly the provider's issuer",
                "correct `host` and `realm` so that this is the address of the provider's metadata",
                "check that `discovery_url` is exactly the address of the provider's metadata",
            ]
        );
        assert_eq!(addresses.map(MetadataAddress::server_key), ["`issuer`", "`host`", "`discovery_url`"]);
    }

    #[test]
    fn the_fix_names_the_config_only_if_it_has_a_value_that_the_provider_accepts() {
        let fix = |listed: &[&str]| {
            fix_for_unlisted("response_mode", &["query", "form_post"], &listed.iter().copied().collect())
        };
        assert_eq!(fix(&["fragment", "form_post"]), "set response_mode to one that it accepts");
        assert_eq!(
            fix(&["fragment"]),
            "Vestibule has none of these: have the provider accept one of query, form_post for this client"
        );
    }
}
