//! Addresses of a provider in the config.

use url::Url;

use crate::base::ids::Issuer;
use crate::base::urls::{is_loopback, may_hide_a_password};
use crate::config::PrivateAddresses;
use crate::config::reader::Fault;

/// Checks the shape of an issuer, and keeps it unchanged: it is compared byte for byte (OpenID Connect Discovery §4.3).
///
/// # Errors
/// What is wrong with it, and the fix.
pub fn issuer(text: &str, private: PrivateAddresses) -> Result<Issuer, Fault> {
    let Ok(url) = Url::parse(text) else {
        return Err(Fault::new("must be an address such as https://sso.example.edu"));
    };
    if text.contains("/.well-known/") {
        return Err(Fault::new("must be the issuer, not its discovery document")
            .fix("leave out /.well-known/ and what follows"));
    }
    if has_credentials(&url, text) || url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::new("must be scheme, host, port and path, and nothing more"));
    }
    check_scheme(&url, private)?;
    Ok(Issuer::from(text))
}

/// The address of an endpoint (RFC 6749 §3.1): it may have a query, and no fragment.
///
/// # Errors
/// What is wrong with it, and the fix.
pub fn endpoint(text: &str, private: PrivateAddresses) -> Result<Url, Fault> {
    let Ok(url) = Url::parse(text) else {
        return Err(Fault::new("must be an address such as https://api.example.org/me"));
    };
    if has_credentials(&url, text) {
        return Err(Fault::new("holds a name or a password").fix("leave them out"));
    }
    if url.fragment().is_some() {
        return Err(Fault::new("holds a #").fix("leave out the # and what follows"));
    }
    check_scheme(&url, private)?;
    Ok(url)
}

fn has_credentials(url: &Url, text: &str) -> bool {
    !url.username().is_empty() || url.password().is_some() || may_hide_a_password(text)
}

fn check_scheme(url: &Url, private: PrivateAddresses) -> Result<(), Fault> {
    let allowed = private == PrivateAddresses::Allowed;
    match (url.scheme(), is_loopback(url), allowed) {
        ("https", false, _) | ("https" | "http", true, true) => Ok(()),
        ("https" | "http", true, false) => {
            Err(Fault::new("is on this machine itself, which is refused")
                .fix("add allow_private = true if that is meant"))
        }
        _ => Err(Fault::new("must be https").fix("plain http is for loopback alone, with allow_private = true")),
    }
}
