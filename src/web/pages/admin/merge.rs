//! Says what a merge of two accounts would do, or its undoing, and asks before it is done.

use serde::Serialize;

use crate::web::pages::{Day, Page};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminMergePage {
    pub kind: MergeKind,
    /// The account that the merge closes.
    pub from: String,
    /// The account that stays.
    pub into: String,
    /// The identities that move.
    pub moved: Vec<MovedMethod>,
    /// The identities that don't move back.
    pub left: Vec<MovedMethod>,
    /// The groups and addresses that the account that stays gets or loses.
    pub groups: Vec<String>,
    pub addresses: Vec<String>,
    pub password_unused: bool,
    pub sessions_ended: u64,
    pub undo_until: Option<Day>,
    pub action: String,
    /// The hidden fields of the form.
    pub fields: Vec<(String, String)>,
    pub account_href: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MergeKind {
    Merge,
    Undo,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MovedMethod {
    pub provider_name: String,
    pub subject: String,
}

/// A merge on the page of one of its accounts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MergeLine {
    /// The other account.
    pub other: String,
    pub other_href: String,
    /// Whether the page is about the account that was closed.
    pub is_closed: bool,
    pub merged_on: Day,
    pub undone_on: Option<Day>,
    /// `None`: the viewer may not undo it, or it was undone.
    pub undo_href: Option<String>,
}

impl Page for AdminMergePage {
    const TEMPLATE: &'static str = "admin_merge.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_merge.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let method = || MovedMethod { provider_name: "Example University".into(), subject: HOSTILE.into() };
        let merge = Self {
            kind: MergeKind::Merge,
            from: "dee-2".into(),
            into: HOSTILE.into(),
            moved: vec![method(), method()],
            left: Vec::new(),
            groups: vec!["staff".into(), HOSTILE.into()],
            addresses: vec!["dee@example.edu".into()],
            password_unused: true,
            sessions_ended: 2,
            undo_until: Some(time::macros::date!(2026 - 06 - 02).into()),
            action: "/admin/account/merge".into(),
            fields: vec![("id".into(), HOSTILE.into())],
            account_href: "/admin/account?id=ab".into(),
        };
        let undo = Self {
            kind: MergeKind::Undo,
            left: vec![method()],
            undo_until: None,
            password_unused: false,
            ..merge.clone()
        };
        let empty =
            Self { moved: Vec::new(), groups: Vec::new(), addresses: Vec::new(), sessions_ended: 0, ..merge.clone() };
        vec![merge, undo, empty]
    }
}
