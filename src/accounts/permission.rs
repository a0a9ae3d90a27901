//! Which role each operation needs (rules R2, R3 and R6).

use crate::base::role::Role;

/// What an operation does, as far as roles are concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    EndSessions,
    ReleaseThrottle,
    DisableAccount,
    EnableAccount,
    /// Let the person of an access request prove an account, or refuse them.
    AnswerAccessRequest,
    /// Make or link an account for the person of an access request.
    AdmitPerson,
    ChangeGroups,
    LinkIdentity,
    UnlinkIdentity,
    RenameAccount,
    /// Merge two accounts, or undo it.
    MergeAccounts,
    SuspendProvider,
    GiveRole,
    TakeRole,
    /// What only the command line does, and the person for their own account.
    CommandLine,
}

impl Permission {
    pub const ALL: [Self; 15] = [
        Self::EndSessions,
        Self::ReleaseThrottle,
        Self::DisableAccount,
        Self::EnableAccount,
        Self::AnswerAccessRequest,
        Self::AdmitPerson,
        Self::ChangeGroups,
        Self::LinkIdentity,
        Self::UnlinkIdentity,
        Self::RenameAccount,
        Self::MergeAccounts,
        Self::SuspendProvider,
        Self::GiveRole,
        Self::TakeRole,
        Self::CommandLine,
    ];

    /// The lowest role that may do it. `None`: no role may.
    #[must_use]
    pub const fn role(self) -> Option<Role> {
        match self {
            Self::EndSessions
            | Self::ReleaseThrottle
            | Self::DisableAccount
            | Self::EnableAccount
            | Self::AnswerAccessRequest => Some(Role::Helpdesk),
            Self::AdmitPerson
            | Self::ChangeGroups
            | Self::LinkIdentity
            | Self::UnlinkIdentity
            | Self::RenameAccount
            | Self::MergeAccounts
            | Self::SuspendProvider
            | Self::GiveRole
            | Self::TakeRole => Some(Role::Admin),
            Self::CommandLine => None,
        }
    }

    /// As [`Self::role`], on an account that has a role. What only takes power away is allowed (rule R3): people who
    /// may change how an account is opened can use everything that it may do.
    #[must_use]
    pub const fn role_on_role_holder(self) -> Option<Role> {
        match self {
            Self::EndSessions | Self::DisableAccount | Self::GiveRole | Self::TakeRole => Some(Role::Admin),
            Self::ReleaseThrottle => Some(Role::Helpdesk),
            Self::EnableAccount
            | Self::AnswerAccessRequest
            | Self::AdmitPerson
            | Self::ChangeGroups
            | Self::LinkIdentity
            | Self::UnlinkIdentity
            | Self::RenameAccount
            | Self::MergeAccounts
            | Self::SuspendProvider
            | Self::CommandLine => None,
        }
    }

    /// Whether people may do it to their own account by their role (rule R2).
    #[must_use]
    pub const fn is_for_oneself(self) -> bool {
        matches!(self, Self::EndSessions | Self::ReleaseThrottle)
    }
}

/// The rights of the actor, as the transaction of the operation read them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Authority {
    pub role: Role,
    pub permission: Permission,
}

#[cfg(test)]
mod tests {
    use super::Permission;
    use crate::base::role::Role;

    // R3
    #[test]
    fn on_an_account_with_a_role_nothing_gets_easier_and_only_power_is_taken() {
        let only_from_the_command_line = Permission::ALL.into_iter().filter(|it| it.role_on_role_holder().is_none());
        for permission in Permission::ALL {
            if let Some(needed) = permission.role_on_role_holder() {
                assert!(Some(needed) >= permission.role(), "{permission:?}");
            }
        }
        assert!(only_from_the_command_line.clone().any(|it| it == Permission::LinkIdentity));
        assert!(only_from_the_command_line.clone().any(|it| it == Permission::EnableAccount));
        assert_eq!(only_from_the_command_line.count(), 10);
    }

    #[test]
    fn a_viewer_changes_nothing() {
        assert!(Permission::ALL.into_iter().all(|permission| permission.role() != Some(Role::Viewer)));
    }
}
