//! The two providers of the demo: what they are called, how they look, and what they can be asked for.

use super::scopes::KnownScopes;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Site {
    /// "Example University" speaks OpenID Connect, by the specification.
    University,
    /// "Example Social" speaks OAuth 2.0 alone, as social networks do.
    Social,
}

impl Site {
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::University => "Example University",
            Self::Social => "Example Social",
        }
    }

    /// As the texts of the pages name it.
    pub(super) const fn id(self) -> &'static str {
        match self {
            Self::University => "university",
            Self::Social => "social",
        }
    }

    pub(super) const fn scopes(self) -> KnownScopes {
        match self {
            Self::University => &["openid", "profile", "email", "groups"],
            Self::Social => &["profile", "email"],
        }
    }

    /// Cookies ignore ports, so each service on this machine needs a name of its own.
    pub(super) const fn session_cookie(self) -> &'static str {
        match self {
            Self::University => "__Host-example-university",
            Self::Social => "__Host-example-social",
        }
    }

    pub(super) const fn stylesheet(self) -> &'static str {
        match self {
            Self::University => concat!(
                include_str!("../../../templates/demo/university.css"),
                include_str!("../../../templates/demo/provider.css")
            ),
            Self::Social => concat!(
                include_str!("../../../templates/demo/social.css"),
                include_str!("../../../templates/demo/provider.css")
            ),
        }
    }

    pub(super) const fn icon(self) -> &'static str {
        match self {
            Self::University => include_str!("../../../templates/demo/university.svg"),
            Self::Social => include_str!("../../../templates/demo/social.svg"),
        }
    }
}
