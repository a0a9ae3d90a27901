//! What a visitor learns of a refusal: the page that it shows.

macro_rules! public_variants {
    ($($(#[$about:meta])* $variant:ident),+ $(,)?) => {
        /// The page of a refusal.
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
    /// The browser began later sign-ins, and this one no longer fits into its cookies.
    LoginEvicted,
    /// Since the sign-in began, the provider was removed from the config, or got another issuer there.
    ProviderChanged,
    /// The sign-in was finished before, and the person is signed in.
    AlreadySignedIn,
    /// The sign-in was finished before, and the browser has no valid session now. `web` checks that.
    AlreadyFinished,
    /// The cookie is gone: another browser, blocked cookies, plain http.
    LoginMissing,
    /// The sign-in was refused at the provider.
    ProviderDenied,
    /// The provider does not answer, or it can't sign people in now.
    ProviderUnreachable,
    /// The provider's server rejects everybody from our address.
    AddressBanned,
    /// The provider's answer broke a rule or can't be used, or the provider did not accept the code.
    AnswerRefused,
    /// The provider attests a person of an organization that the config does not name.
    OtherOrganization,
    /// The provider does not say when the person signed in there, and the sign-in demands that it was just now.
    ProofUnknown,
    /// The provider says that the person signed in there before, and the sign-in demands that it was just now.
    ProofTooOld,
    /// The person signed in at the provider by another method than the config demands.
    MethodRefused,
    /// The provider does not say in which groups the person is, and the config demands it.
    GroupsUnknown,
    /// The provider refuses Vestibule as a client.
    ClientRejected,
    /// The name or the password is wrong. All such causes show one page (security rule C42).
    WrongPassword,
    /// The person has to wait: too many attempts failed, or too many password checks are waiting.
    TooManyAttempts,
    AccountDisabled,
    ProviderDisabled,
    AppDisabled,
    /// Signed in, but no rule of the app lets them in.
    NotPermitted,
    /// The identity is linked to no account, and its provider creates none.
    IdentityUnknown,
    /// The person waited too long with their answer at a first login, or it was given already.
    LinkRequestOver,
    /// The new identity was linked to another account meanwhile.
    LinkTaken,
    /// The proof of the account no longer holds, so nothing was linked.
    LinkProofRefused,
    /// The provider gave no name for the account, or no variant of that name is free.
    UsernameMissing,
    /// The provider gave a username that no account here can have.
    UsernameInvalid,
    /// The address is not registered, or the room is invalid.
    InvalidLink,
    /// A start for a registered address lacks a parameter or asks for something unsupported.
    UnusableLink,
    /// The app or the provider is not in the config. Shows the page of `InvalidLink`.
    UnknownApp,
    /// The database is unreachable, locked or full, or the token can't be signed.
    ServiceUnavailable,
    /// The same, and so the session could not end. Only `web` knows what was asked for.
    StillSignedIn,
    /// The same, and so the password could not change. Only `web` knows what was asked for.
    PasswordUnchanged,
    NotFound,
    /// A callback without a state of ours (C2), or one that the protocol can't read.
    InvalidCallback,
    /// A POST without proof that it came from our own page (C53), or from a page of the app (C51).
    CrossSiteRequest,
    /// A method or a form that no page of ours sends.
    BadRequest,
}
