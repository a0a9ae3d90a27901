//! Our own URLs. All of them are built here.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use url::{Host, ParseError, Url};

use super::ids::{AppId, LinkRequestTag, ProviderId};

/// Where browsers reach us, the `public_url` of the config: only an origin, without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl {
    text: String,
    origin: url::Origin,
}

/// Why an address cannot be our public one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidPublicUrl(Cow<'static, str>);

impl InvalidPublicUrl {
    const fn new(why: &'static str) -> Self {
        Self(Cow::Borrowed(why))
    }
}

impl std::str::FromStr for PublicUrl {
    type Err = InvalidPublicUrl;

    fn from_str(text: &str) -> Result<Self, InvalidPublicUrl> {
        let url = Url::parse(text).map_err(|why| match why {
            ParseError::RelativeUrlWithoutBase => InvalidPublicUrl::new("it is not an address; begin it with https://"),
            _ => InvalidPublicUrl(why.to_string().into()),
        })?;
        if text.get(..url.scheme().len()).is_some_and(|scheme| scheme != url.scheme()) && text == text.trim() {
            return Err(InvalidPublicUrl::new("https:// in small letters"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidPublicUrl::new("only scheme, host and port, without a name, a password, a ? or a #"));
        }
        if url.path() != "/" || text.ends_with('/') {
            return Err(InvalidPublicUrl::new(
                "only scheme, host and port, without a path and without a slash at the end",
            ));
        }
        if !has_plain_host(&url) {
            return Err(InvalidPublicUrl::new("a host of letters, digits, - and . only"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) => {}
            "http" => return Err(InvalidPublicUrl::new("https, unless the host is this machine itself")),
            _ => return Err(InvalidPublicUrl::new("https and no other scheme")),
        }
        let origin = url.origin();
        let text = origin.ascii_serialization();
        Ok(Self { text, origin })
    }
}

/// Whether the host is a plain host name or a numeric address. URLs allow many other characters in a host, and some of
/// them have a meaning in headers that hold addresses: `;`, `,` and `*` in a Content-Security-Policy. `_` is allowed,
/// because internal networks use such names.
#[must_use]
pub fn has_plain_host(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')),
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => true,
        None => false,
    }
}

impl PublicUrl {
    /// As in `iss`: without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn origin(&self) -> &url::Origin {
        &self.origin
    }

    /// The address that a browser on one of our pages understands by `reference`.
    #[must_use]
    pub fn resolve(&self, reference: &str) -> Option<Url> {
        Url::parse(&self.text).and_then(|base| base.join(reference)).ok()
    }

    /// Where `provider` sends browsers back to: the address to register at the provider.
    #[must_use]
    pub fn callback(&self, provider: &ProviderId) -> String {
        format!("{}/callback/{provider}", self.text)
    }

    /// Where a sign-in for `app` starts, with its parameters.
    #[must_use]
    pub fn auth(&self, app: &AppId, parameters: &[(&str, &str)]) -> String {
        format!("{}{}", self.text, auth_path(app, parameters))
    }

    #[must_use]
    pub fn jwks(&self) -> String {
        format!("{}{JWKS}", self.text)
    }
}

/// A domain in the one form of all its spellings: lower case, and letters outside ASCII as `xn--` (RFC 5890 §2.3.2.1).
///
/// Stricter than browsers: a label outside ASCII that they would map to an ASCII one, such as a Kelvin sign to k, stays
/// as it is, and so equals no domain.
#[must_use]
pub fn comparable_domain(domain: &str) -> String {
    // Most domains are ASCII, and then IDNA changes only the case. Each rule compares domains at each login.
    if domain.is_ascii() {
        return domain.to_ascii_lowercase();
    }
    let label = |label: &str| {
        if label.is_ascii() || label.contains('%') {
            return label.to_ascii_lowercase();
        }
        match Host::parse(label) {
            Ok(Host::Domain(ascii)) if ascii.starts_with("xn--") && !ascii.contains('.') => ascii,
            Ok(_) | Err(_) => label.to_ascii_lowercase(),
        }
    };
    domain.split('.').map(label).collect::<Vec<_>>().join(".")
}

/// Whether an address may hold the end of a password after its host: `https://name:12/rest@host/` parses as a host
/// `name`, the port 12 and a path. Such an address is refused, because messages would show its parts.
#[must_use]
pub fn may_hide_a_password(address: &str) -> bool {
    let after = address.split_once("://").map_or(address, |(_, after)| after);
    let (authority, rest) =
        after.split_at_checked(after.find(['/', '?', '#']).unwrap_or(after.len())).unwrap_or((after, ""));
    let port = authority.rsplit_once(']').map_or(authority, |(_, port)| port);
    port.contains(':') && rest.contains('@')
}

pub const JWKS: &str = "/.well-known/jwks.json";
pub const LOGOUT: &str = "/logout";
/// Where a sign-in without an app starts.
pub const OWN_AUTH: &str = "/auth";
/// The page of a person's own account.
pub const ACCOUNT: &str = "/account";
/// The pages of identity admins.
pub const ADMIN: &str = "/admin";
pub const ADMIN_SEARCH: &str = "/admin/search";
pub const ADMIN_ACCOUNT: &str = "/admin/account";
/// Asks before an account is changed, and changes it.
pub const ADMIN_CHANGE: &str = "/admin/account/change";
pub const ADMIN_PROVIDERS: &str = "/admin/providers";
pub const ADMIN_PROVIDER: &str = "/admin/provider";
pub const ADMIN_MERGE: &str = "/admin/account/merge";
pub const ADMIN_UNDO: &str = "/admin/account/undo";
pub const ADMIN_IDENTITIES: &str = "/admin/identities";
pub const ADMIN_SESSION_END: &str = "/admin/account/session";
pub const ADMIN_REQUEST: &str = "/admin/request";
/// Links the person of an access request to an account.
pub const ADMIN_REQUEST_LINK: &str = "/admin/request/link";
/// Makes one person an admin.
pub const ADMIN_INVITATION: &str = "/admin/invitation";
/// Asks people who sent a form to sign in again.
pub const SIGN_IN_AGAIN: &str = "/account/sign-in";
pub const PASSWORD_CHANGE: &str = "/account/password";
/// What we know of the person, as a file.
pub const ACCOUNT_EXPORT: &str = "/account/export";
/// Adds a sign-in method.
pub const METHOD_ADDITION: &str = "/account/methods/add";
/// Removes a sign-in method.
pub const METHOD_REMOVAL: &str = "/account/methods/remove";
pub const SESSION_END: &str = "/account/sessions/end";
pub const OTHER_SESSIONS_END: &str = "/account/sessions/end-others";
/// The question at a first login whether the person has an account.
pub const LINK: &str = "/link";
pub const LINK_PROVE: &str = "/link/prove";
pub const LINK_PASSWORD: &str = "/link/password";
pub const LINK_CONFIRM: &str = "/link/confirm";
pub const LINK_NEW: &str = "/link/new";
pub const LINK_REQUEST: &str = "/link/request";
pub const LINK_BACK: &str = "/link/back";
pub const LINK_DISMISS: &str = "/link/dismiss";

/// The path where a sign-in for `app` starts, with its parameters: for links on our own pages.
#[must_use]
pub fn auth_path(app: &AppId, parameters: &[(&str, &str)]) -> String {
    with_query(format!("/auth/{app}"), parameters)
}

/// The path of an invitation to become an admin. It is a secret.
#[must_use]
pub fn admin_invitation_path(secret: &str) -> String {
    with_query(ADMIN_INVITATION.to_owned(), &[("code", secret)])
}

/// The address of an invitation to become an admin. It is a secret.
#[must_use]
pub fn admin_invitation_url(public_url: &PublicUrl, secret: &str) -> String {
    format!("{}{}", public_url.as_str(), admin_invitation_path(secret))
}

/// The same for a sign-in without an app.
#[must_use]
pub fn own_auth_path(parameters: &[(&str, &str)]) -> String {
    with_query(OWN_AUTH.to_owned(), parameters)
}

fn with_query(path: String, parameters: &[(&str, &str)]) -> String {
    if parameters.is_empty() { path } else { format!("{path}?{}", query(parameters)) }
}

/// The path of a page or a step of a link request.
#[must_use]
pub fn link_path(path: &str, request: &LinkRequestTag, parameters: &[(&str, &str)]) -> String {
    let all: Vec<_> = [("a", request.as_str())].into_iter().chain(parameters.iter().copied()).collect();
    format!("{path}?{}", query(&all))
}

/// Names and values as a query or fragment. Only letters, digits and `-._~` stay unencoded.
#[must_use]
pub fn query(parameters: &[(&str, &str)]) -> String {
    let pairs = parameters.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// RFC 3986 §2.3: the unreserved characters stay unencoded.
const RESERVED: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `text` percent-encoded, for one path segment, parameter name or value.
#[must_use]
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, &RESERVED).to_string()
}

/// Whether the address is on this machine, by name or number.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(ip)) => ip.is_loopback(),
        Some(url::Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{PublicUrl, query};

    #[test]
    fn the_public_url_is_only_an_origin() {
        for good in
            ["https://auth.example.org", "http://localhost:8080", "http://127.0.0.1", "https://[2001:db8::1]:8443"]
        {
            assert_eq!(good.parse::<PublicUrl>().unwrap().as_str(), good);
        }
        for bad in [
            "https://auth.example.org/",
            "https://*.example.org",
            "https://a;b.example.org",
            "https://a,b.example.org",
            "https://a/b",
            "https://u@a",
            "https://a?x",
            "https://a#x",
            "http://a",
            "ftp://a",
            "a",
        ] {
            assert!(bad.parse::<PublicUrl>().is_err(), "{bad}");
        }
        for (bad, why) in [
            ("auth.example.org", "begin it with https://"),
            ("https://a:99999", "invalid port number"),
            ("https://[::1", "invalid IPv6 address"),
            ("https://", "empty host"),
        ] {
            assert!(bad.parse::<PublicUrl>().unwrap_err().to_string().contains(why), "{bad}");
        }
    }

    #[test]
    fn no_character_in_a_value_can_end_the_value() {
        assert_eq!(query(&[("a", "b&c=d#e"), ("f", "g h")]), "a=b%26c%3Dd%23e&f=g%20h");
    }
}
