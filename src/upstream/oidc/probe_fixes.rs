//! The fixes that `vestibule check` names for a provider's documents and endpoints.

use std::collections::BTreeSet;

use http::StatusCode;

/// The setting for an address in the metadata.
pub fn of_metadata(member: &str) -> String {
    format!("`{member}` of the provider's metadata")
}

/// The fix for metadata that come with this status. `setting`: the key with their address.
pub fn status_fix(status: StatusCode, setting: &str) -> String {
    let fix = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "have the provider, or a proxy before it, let everybody read this address"
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            "the provider has a problem: its log may name it; run this check again later"
        }
        _ if setting == "`issuer`" => "check that `issuer` is exactly the provider's issuer",
        _ => return format!("check that {setting} is exactly the address of the provider's metadata"),
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
    use super::fix_for_unlisted;

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
