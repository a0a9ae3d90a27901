//! The events of the audit log.

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// What happened.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum Event { $($(#[$doc])* $name),+ }

        impl Event {
            /// All names.
            pub const NAMES: &[&str] = &[$($text),+];

            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }
        }

        impl std::str::FromStr for Event {
            type Err = crate::base::ids::InvalidName;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($text => Ok(Self::$name),)+
                    _ => Err(crate::base::ids::InvalidName("not an event of the audit log")),
                }
            }
        }
    };
}

events! {
    SignedIn = "signed_in",
    SignedOut = "signed_out",
    Refused = "refused",
    AccountCreated = "account_created",
    /// An admin imported accounts from a list. The detail says how many.
    AccountsImported = "accounts_imported",
    AccountRenamed = "account_renamed",
    AccountDisabled = "account_disabled",
    AccountEnabled = "account_enabled",
    AccountRemoved = "account_removed",
    /// As [`Self::AccountRemoved`], and the personal values were erased from the audit log. The detail holds none.
    AccountErased = "account_erased",
    /// An admin set the password of an account.
    PasswordSet = "password_set",
    /// The owner of the account changed its password.
    PasswordChanged = "password_changed",
    /// Somebody ended one session of an account, by its public id.
    SessionEnded = "session_ended",
    /// Somebody ended all sessions of an account, or all but their own.
    SessionsEnded = "sessions_ended",
    /// Somebody got a file of everything that names the person.
    AccountExported = "account_exported",
    GroupAdded = "group_added",
    GroupRemoved = "group_removed",
    ThrottleReset = "throttle_reset",
    /// Somebody signed in with an identity that no account has, and was asked whether they have one.
    LinkAsked = "link_asked",
    /// A person without an account asked to be let in.
    AccessRequested = "access_requested",
    /// An admin decided about such a request.
    AccessRequestDecided = "access_request_decided",
    IdentityLinked = "identity_linked",
    IdentityUnlinked = "identity_unlinked",
    /// An account got a role of identity admins.
    RoleGiven = "role_given",
    RoleTaken = "role_taken",
    /// Somebody made an address that makes one person an admin.
    AdminInvited = "admin_invited",
    KeyPublished = "key_published",
    KeyRemoved = "key_removed",
    /// Our public keys were sent to an app.
    KeysPushed = "keys_pushed",
    KeysNotPushed = "keys_not_pushed",
    /// An admin suspended a provider: nobody signs in there, and its sessions ended.
    ProviderSuspended = "provider_suspended",
    /// An admin let people sign in at a suspended provider again.
    ProviderResumed = "provider_resumed",
    /// An admin merged an account into another one. Both accounts get a row.
    AccountsMerged = "accounts_merged",
    /// An admin undid a merge. Both accounts get a row.
    MergeUndone = "merge_undone",
    /// An admin gave an account an e-mail address.
    AddressAdded = "address_added",
    /// An admin took an e-mail address away from an account.
    AddressRemoved = "address_removed",
}
