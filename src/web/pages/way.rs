//! A way on: what a person can do next.

use serde::Serialize;

/// A link that leads on. One of a page's ways is `primary` and becomes its button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Way {
    pub kind: WayKind,
    pub href: String,
    pub primary: bool,
    /// The app's name, for the kinds that speak it: Continue, Return, `SignIn`.
    pub name: Option<String>,
}

/// What a way on does; its words are the message `way-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WayKind {
    StartAgain,
    StartAgainHere,
    /// On to the app, signed in.
    Continue,
    TryAgain,
    AnotherWay,
    UseAnotherAccount,
    /// Back to the app, not signed in.
    Return,
    SignIn,
    SignOut,
}

impl Way {
    /// The way most people want: the page's button.
    #[must_use]
    pub fn primary(kind: WayKind, href: impl Into<String>) -> Self {
        Self { kind, href: href.into(), primary: true, name: None }
    }

    /// Another way, as a link below the button.
    #[must_use]
    pub fn other(kind: WayKind, href: impl Into<String>) -> Self {
        Self { primary: false, ..Self::primary(kind, href) }
    }

    /// The same, naming the app it leads to.
    #[must_use]
    pub fn named(self, app: impl Into<String>) -> Self {
        Self { name: Some(app.into()), ..self }
    }
}

#[cfg(test)]
impl WayKind {
    pub(super) const ALL: [Self; 9] = [
        Self::StartAgain,
        Self::StartAgainHere,
        Self::Continue,
        Self::TryAgain,
        Self::AnotherWay,
        Self::UseAnotherAccount,
        Self::Return,
        Self::SignIn,
        Self::SignOut,
    ];
}
