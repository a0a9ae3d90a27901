//! The security headers of each response.

use std::collections::BTreeSet;

use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

/// What one of our pages may do. It loads nothing from other sites and can't be framed. Without a logo, its icon is an
/// empty `data:` address; nothing else is inline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// No form.
    Reading,
    /// A form that posts to us.
    Form,
    /// A form that posts to us, and whose answer redirects to these origins of the app.
    SignIn(BTreeSet<String>),
    /// A form that a script of ours posts to us. The answer redirects to these origins of the app, and Chromium checks
    /// each redirect of a form against `form-action`.
    Repost(BTreeSet<String>),
    /// A form that a script of ours posts to a provider. There is no `form-action`: Chromium checks each redirect of a
    /// form against it, and only the provider knows where it redirects.
    PostToProvider,
}

impl Policy {
    /// The `Content-Security-Policy`.
    #[must_use]
    pub fn header(&self) -> HeaderValue {
        match self {
            Self::Reading => HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; \
                 frame-ancestors 'none'",
            ),
            Self::Form => HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; \
                 frame-ancestors 'none'",
            ),
            Self::SignIn(origins) => with_redirects_to("", origins),
            Self::Repost(origins) => with_redirects_to(" script-src 'self';", origins),
            Self::PostToProvider => HeaderValue::from_static(
                "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; base-uri 'none'; \
                 frame-ancestors 'none'",
            ),
        }
    }
}

fn with_redirects_to(more: &str, origins: &BTreeSet<String>) -> HeaderValue {
    let sources: BTreeSet<&str> = origins.iter().map(|origin| source_expression(origin)).collect();
    let to: String = sources.into_iter().flat_map(|source_expression| [" ", source_expression]).collect();
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src 'self' data:;{more} form-action 'self'{to}; base-uri 'none'; \
         frame-ancestors 'none'"
    );
    // An origin is ASCII. If one is not, the page may have no form.
    HeaderValue::try_from(policy).unwrap_or_else(|_| Policy::Reading.header())
}

/// The narrowest source expression that matches the origin. CSP Level 3 §2.3.1 allows no IPv6 address as a host, and
/// browsers ignore it. Only the scheme remains, so `form-action` is wider on the sign-in pages of such an app.
fn source_expression(origin: &str) -> &str {
    match origin.split_once("//") {
        Some((scheme, host)) if host.starts_with('[') => scheme,
        Some(_) | None => origin,
    }
}

/// Adds each of these headers unless the handler has set it. The referrer policy `same-origin` makes browsers send the
/// origin with a page's own POST. Redirects to apps set `no-referrer` themselves.
pub fn add_missing(headers: &mut HeaderMap) {
    let defaults = [
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "same-origin"),
        (CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ];
    for (name, value) in defaults {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    headers.entry(CONTENT_SECURITY_POLICY).or_insert_with(|| Policy::Reading.header());
}

#[cfg(test)]
mod tests {
    use super::Policy;

    // C38
    #[test]
    fn a_page_that_posts_itself_may_redirect_only_to_the_app() {
        let policy = Policy::Repost(["https://notes.example.org".to_owned()].into()).header();
        assert!(policy.to_str().unwrap().contains("form-action 'self' https://notes.example.org; base-uri"));
    }

    #[test]
    fn an_app_at_an_ipv6_address_is_allowed_by_its_scheme() {
        let origins = ["http://[::1]:9210", "http://[::1]:9211", "https://notes.example.org"].map(str::to_owned);
        for policy in [Policy::SignIn(origins.clone().into()), Policy::Repost(origins.into())] {
            let header = policy.header();
            let header = header.to_str().unwrap();
            assert!(header.contains("form-action 'self' http: https://notes.example.org; base-uri"), "{header}");
        }
    }
}
