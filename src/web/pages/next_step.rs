//! The links to what a person can do next.

use serde::Serialize;

/// One such link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NextStep {
    pub kind: NextStepKind,
    pub href: String,
    /// Whether it is the page's button. The other steps are links below it.
    pub primary: bool,
    /// The app's name, if the words of this kind contain it.
    pub name: Option<String>,
}

/// What a next step does; its words are the message `step-…`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum NextStepKind {
    StartAgain,
    /// In this browser: the login may have begun in another one.
    StartAgainHere,
    /// After the person has signed out at the provider. The start demands no proof: it can't get one.
    StartAgainSignedOut,
    /// On to the app, signed in.
    Continue,
    TryAgain,
    ChooseProvider,
    UseAnotherAccount,
    /// Back to the app, not signed in.
    Return,
    SignIn,
    /// To our own sign-in page, without parameters: those of the start can't be used.
    SignInHere,
    SignOut,
}

impl NextStep {
    /// A step that leads to `href`. `app` is the name of the app.
    #[must_use]
    pub fn new(kind: NextStepKind, href: impl Into<String>, app: Option<&str>) -> Self {
        let name = app.filter(|_| kind.names_app()).map(str::to_owned);
        Self { kind, href: href.into(), primary: kind.is_primary(), name }
    }
}

impl NextStepKind {
    /// Whether most people want this step, so that it is the page's button.
    const fn is_primary(self) -> bool {
        match self {
            Self::StartAgain
            | Self::StartAgainHere
            | Self::StartAgainSignedOut
            | Self::Continue
            | Self::TryAgain
            | Self::UseAnotherAccount
            | Self::SignIn
            | Self::SignInHere
            | Self::SignOut => true,
            Self::ChooseProvider | Self::Return => false,
        }
    }

    /// Whether it leads to a sign-in that is not finished yet.
    #[must_use]
    pub const fn leads_to_sign_in(self) -> bool {
        match self {
            Self::StartAgain
            | Self::StartAgainHere
            | Self::StartAgainSignedOut
            | Self::TryAgain
            | Self::ChooseProvider
            | Self::UseAnotherAccount => true,
            Self::Continue | Self::Return | Self::SignIn | Self::SignInHere | Self::SignOut => false,
        }
    }

    /// Whether its words name the app.
    const fn names_app(self) -> bool {
        match self {
            Self::Continue | Self::Return | Self::SignIn => true,
            Self::StartAgain
            | Self::StartAgainHere
            | Self::StartAgainSignedOut
            | Self::TryAgain
            | Self::ChooseProvider
            | Self::UseAnotherAccount
            | Self::SignInHere
            | Self::SignOut => false,
        }
    }
}

#[cfg(test)]
impl NextStepKind {
    pub(super) const ALL: [Self; 11] = [
        Self::StartAgain,
        Self::StartAgainHere,
        Self::StartAgainSignedOut,
        Self::Continue,
        Self::TryAgain,
        Self::ChooseProvider,
        Self::UseAnotherAccount,
        Self::Return,
        Self::SignIn,
        Self::SignInHere,
        Self::SignOut,
    ];
}
