//! All that a visitor learns of a refusal: which page they meet.

macro_rules! public_variants {
    ($($(#[$about:meta])* $variant:ident),+ $(,)?) => {
        /// What happened, as far as a visitor learns it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Public { $($(#[$about])* $variant),+ }

        #[cfg(test)]
        impl Public {
            pub const ALL: &[Self] = &[$(Self::$variant),+];
        }
    };
}

public_variants! {
    /// The sign-in took longer than ten minutes.
    LoginExpired,
    /// The browser began eight later sign-ins, so this one was dropped.
    LoginEvicted,
    /// The config gives the provider another issuer than when the sign-in began.
    ProviderChanged,
    /// It was finished before, and they are signed in.
    AlreadySignedIn,
    /// It was finished before, and nobody is signed in now: `web` looks.
    AlreadyFinished,
    /// The cookie is gone: another browser, blocked cookies, plain http.
    LoginMissing,
    /// The provider sent them back with a no.
    ProviderDenied,
    /// The provider cannot be reached.
    ProviderUnreachable,
    /// The provider's answer broke a rule.
    AnswerRefused,
    /// The provider refuses us.
    ClientRejected,
    /// Name or password is not right: the same for whatever is wrong with them (security rule C42).
    WrongPassword,
    /// Too many tries: there is a wait.
    TooManyAttempts,
    AccountDisabled,
    ProviderDisabled,
    AppDisabled,
    /// Signed in, but no rule of the app lets them in.
    NotPermitted,
    /// Accounts are made by hand, and they have none.
    IdentityUnknown,
    /// The provider gave no name for the account.
    UsernameMissing,
    /// It gave one that no account here can have.
    UsernameInvalid,
    /// Unregistered address, bad room.
    InvalidLink,
    /// A start that leads to a place we know, and lacks something or asks for what we can't do.
    UnusableLink,
    /// The same page, for an app or a provider that is not in the config.
    UnknownApp,
    /// Our store is gone, locked or full.
    ServiceUnavailable,
    NotFound,
    /// A callback that carries no state of ours (C2).
    InvalidCallback,
    /// A POST without proof that it came from our own page (C53).
    CrossSiteRequest,
    /// A method or a form that no page of ours sends.
    BadRequest,
}
