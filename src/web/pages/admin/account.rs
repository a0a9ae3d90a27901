//! One account, as identity admins see it.

use serde::Serialize;

use super::{ChangeForms, MergeLine};
use crate::base::role::Role;
use crate::web::pages::{Day, MethodState, Moment, Page, Proof, SessionEntry};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminAccountPage {
    pub id: String,
    pub username: String,
    pub role: Option<Role>,
    pub groups: Vec<String>,
    pub is_disabled: bool,
    /// What was done, or why nothing was done.
    pub notice: Option<AdminNotice>,
    pub methods: Vec<AdminMethod>,
    pub sessions: Vec<SessionEntry>,
    /// The newest first.
    pub history: Vec<AuditLine>,
    /// What the buttons offer. They post to `action`.
    pub acts: Vec<AdminAct>,
    pub action: String,
    /// What needs a look at its effect first. `None`: nothing is offered.
    pub changes: Option<ChangeForms>,
    /// The newest first.
    pub merges: Vec<MergeLine>,
    /// Where the button beside a session posts to. `None`: there is no such button.
    pub end_session_action: Option<String>,
    pub admin_href: String,
}

/// An identity that is linked to the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminMethod {
    pub provider_name: String,
    pub state: MethodState,
    pub subject: String,
    pub name_there: Option<String>,
    pub email_there: Option<String>,
    pub proof: Proof,
    pub linked_on: Day,
    pub last_used: Option<Day>,
    /// The page that asks before it is unlinked.
    pub unlink_href: Option<String>,
}

/// A row of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AuditLine {
    pub at: Moment,
    /// `signed_in`, as commands and exports write it.
    pub event: &'static str,
    pub provider_name: Option<String>,
    pub by: Option<String>,
}

/// What an admin can do to an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdminAct {
    EndSessions,
    Disable,
    Enable,
    GiveViewer,
    GiveHelpdesk,
    GiveAdmin,
    TakeRole,
}

impl AdminAct {
    pub const ALL: [Self; 7] = [
        Self::EndSessions,
        Self::Disable,
        Self::Enable,
        Self::GiveViewer,
        Self::GiveHelpdesk,
        Self::GiveAdmin,
        Self::TakeRole,
    ];

    /// As in the form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EndSessions => "end-sessions",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::GiveViewer => "give-viewer",
            Self::GiveHelpdesk => "give-helpdesk",
            Self::GiveAdmin => "give-admin",
            Self::TakeRole => "take-role",
        }
    }
}

/// What the address says was done, or why it was not. Anybody can write such an address, so a sentence promises
/// nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AdminNotice {
    Done,
    RoleNeeded,
    HolderOfRole,
    OwnAccount,
    LastAdmin,
    NameTaken,
    NoName,
    DecidedBefore,
    ChangedMeanwhile,
    IdentityTaken,
    BadGroup,
    BadIdentity,
    BadName,
    NoAccount,
    SameAccount,
    MergeDisabled,
    Merged,
    UndoOver,
    UndoLater,
}

impl AdminNotice {
    pub const ALL: [Self; 19] = [
        Self::Done,
        Self::RoleNeeded,
        Self::HolderOfRole,
        Self::OwnAccount,
        Self::LastAdmin,
        Self::NameTaken,
        Self::NoName,
        Self::DecidedBefore,
        Self::ChangedMeanwhile,
        Self::IdentityTaken,
        Self::BadGroup,
        Self::BadIdentity,
        Self::BadName,
        Self::NoAccount,
        Self::SameAccount,
        Self::MergeDisabled,
        Self::Merged,
        Self::UndoOver,
        Self::UndoLater,
    ];

    /// As in the address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::RoleNeeded => "role-needed",
            Self::HolderOfRole => "holder-of-role",
            Self::OwnAccount => "own-account",
            Self::LastAdmin => "last-admin",
            Self::NameTaken => "name-taken",
            Self::NoName => "no-name",
            Self::DecidedBefore => "decided-before",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::IdentityTaken => "identity-taken",
            Self::BadGroup => "bad-group",
            Self::BadIdentity => "bad-identity",
            Self::BadName => "bad-name",
            Self::NoAccount => "no-account",
            Self::SameAccount => "same-account",
            Self::MergeDisabled => "merge-disabled",
            Self::Merged => "merged",
            Self::UndoOver => "undo-over",
            Self::UndoLater => "undo-later",
        }
    }
}

impl Page for AdminAccountPage {
    const TEMPLATE: &'static str = "admin_account.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_account.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use super::GroupLink;
        use crate::web::pages::tests::HOSTILE;
        let day = || Day::from(time::macros::date!(2026 - 05 - 03));
        let method = |proof, text: &str| AdminMethod {
            provider_name: "Example University".into(),
            state: MethodState::On,
            subject: text.into(),
            name_there: Some(text.into()),
            email_there: Some(text.into()),
            proof,
            linked_on: day(),
            last_used: Some(day()),
            unlink_href: Some("/admin/account/change?act=unlink".into()),
        };
        let proofs = [Proof::Founding, Proof::Proven, Proof::Domain, Proof::Admin, Proof::Import, Proof::Before];
        let leaving = |group: &str| GroupLink { group: group.into(), href: "/admin/account/change?act=leave".into() };
        let session = SessionEntry {
            sid: "abc".into(),
            browser: Some("Firefox"),
            system: Some("Linux"),
            network: Some("192.0.2.0/24".into()),
            provider_name: "Example University".into(),
            started_on: day(),
            last_used: day(),
            is_current: false,
        };
        let line = |event, by: Option<&str>| AuditLine {
            at: time::macros::datetime!(2026-05-03 14:05 UTC).into(),
            event,
            provider_name: Some("Example University".into()),
            by: by.map(str::to_owned),
        };
        let page = Self {
            id: "0123456789abcdefghijklmnop".into(),
            username: "dee".into(),
            role: Some(Role::Helpdesk),
            groups: vec!["staff".into(), "choir".into()],
            is_disabled: false,
            notice: Some(AdminNotice::Done),
            methods: proofs.map(|proof| method(proof, HOSTILE)).into(),
            sessions: vec![session],
            history: vec![line("signed_in", None), line("role_given", Some("cli:root"))],
            acts: AdminAct::ALL.into(),
            action: "/admin/account".into(),
            merges: [(true, true), (false, false)]
                .map(|(is_closed, can_undo)| MergeLine {
                    other: HOSTILE.into(),
                    other_href: "/admin/account?id=cd".into(),
                    is_closed,
                    merged_on: day(),
                    undone_on: (!can_undo).then(day),
                    undo_href: can_undo.then(|| "/admin/account/undo?id=ab".into()),
                })
                .into(),
            changes: Some(ChangeForms {
                action: "/admin/account/change".into(),
                merge_action: "/admin/account/merge".into(),
                version: 7,
                groups: vec![leaving("staff"), leaving(HOSTILE)],
            }),
            end_session_action: Some("/admin/account/session".into()),
            admin_href: "/admin".into(),
        };
        let empty = Self {
            username: HOSTILE.into(),
            role: None,
            groups: Vec::new(),
            is_disabled: true,
            methods: Vec::new(),
            sessions: Vec::new(),
            history: Vec::new(),
            acts: Vec::new(),
            merges: Vec::new(),
            changes: None,
            end_session_action: None,
            ..page.clone()
        };
        let noticed = AdminNotice::ALL.map(|notice| Self { notice: Some(notice), ..empty.clone() });
        [page].into_iter().chain(noticed).collect()
    }
}
