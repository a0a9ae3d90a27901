//! The fixes that `vestibule check` names for a provider's documents and endpoints.

use http::StatusCode;

use crate::upstream::http::{HttpError, Phase};

/// The fix for a request without an answer. `setting`: where its address is written.
pub fn http_fix(why: &HttpError, setting: &str) -> String {
    let fix = match why.phase {
        Phase::Address => why.address_fix(),
        Phase::Resolve => {
            return format!("check that the name in {setting} is right and that this machine can look it up");
        }
        Phase::Connect => "check that it is up and that this machine may reach it",
        Phase::Tls => return why.tls_fix(setting, "ca_file"),
        Phase::Read | Phase::Size => "see what the provider sends",
    };
    fix.to_owned()
}

/// The setting for an address in the metadata.
pub fn of_metadata(member: &str) -> String {
    format!("`{member}` of the provider's metadata")
}

/// The fix for metadata that come with this status.
pub fn status_fix(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
            "have the provider, or a proxy before it, let everybody read this address"
        }
        status if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            "the provider has a problem: its log may name it; run this check again later"
        }
        _ => "check that `issuer` is exactly the provider's issuer",
    }
}
