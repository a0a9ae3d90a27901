//! All that a visitor learns of a refusal: which page they meet.

macro_rules! faces {
    ($($(#[$about:meta])* $face:ident),+ $(,)?) => {
        /// What happened, as far as a visitor learns it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Public { $($(#[$about])* $face),+ }

        #[cfg(test)]
        impl Public {
            pub const ALL: &[Self] = &[$(Self::$face),+];
        }
    };
}

faces! {
    /// The sign-in took longer than ten minutes.
    WaitedTooLong,
    /// The browser began eight later sign-ins, so this one was dropped.
    DroppedForNewer,
    /// The config gives the provider another issuer than when the sign-in began.
    ProviderChanged,
    /// It was finished before, and they are signed in.
    AlreadySignedIn,
    /// It was finished before, and nobody is signed in now: `web` looks.
    AlreadyFinished,
    /// The cookie is gone: another browser, blocked cookies, plain http.
    BegunElsewhere,
    /// The provider sent them back with a no.
    Denied,
    /// The provider cannot be reached.
    NotAnswering,
    /// The provider's answer broke a rule.
    NotTrusted,
    /// The provider refuses us.
    CantBeUsed,
    /// Name or password is not right: the same for whatever is wrong with them (security rule C42).
    PasswordNotRight,
    /// Too many tries: there is a wait.
    TooManyTries,
    AccountSwitchedOff,
    ProviderSwitchedOff,
    AppSwitchedOff,
    /// Signed in, but no rule of the app lets them in.
    NotPermitted,
    /// Accounts are made by hand, and they have none.
    NotSetUp,
    /// The provider gave no name for the account.
    NoName,
    /// It gave one that no account here can have.
    NameUnfit,
    /// Unregistered address, bad room.
    LinkNotRight,
    /// A start that leads to a place we know, and lacks something or asks for what we can't do.
    LinkNotUsable,
    /// The same page, for an app or a provider that is not in the config.
    NoSuchApp,
    /// Our store is gone, locked or full.
    OurTrouble,
    NotFound,
    /// A callback that carries no state of ours (C2).
    NotOurs,
    /// A POST without proof that it came from our own page (C53).
    NotOurButton,
    /// A method or a form that no page of ours sends.
    OddRequest,
}
