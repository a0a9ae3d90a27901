//! Says what a change of an account would do, and asks before it is done.

use serde::Serialize;

use crate::web::pages::Page;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminChangePage {
    pub kind: ChangeKind,
    pub id: String,
    pub username: String,
    /// The version that the account has before.
    pub version: u64,
    /// What the form says: a group, a username, `provider:subject`, or the tag of an identity.
    pub value: String,
    /// The identity, of a change of one.
    pub identity: Option<ChangedIdentity>,
    /// Whether it is so already.
    pub is_so_already: bool,
    pub sessions_ended: u64,
    /// The sign-in methods that are left, if one is unlinked.
    pub left: Vec<MethodLeft>,
    /// Whether no sign-in method works after that.
    pub is_last: bool,
    /// The apps that know people by their name.
    pub apps: Vec<String>,
    pub action: String,
    pub account_href: String,
}

/// What an admin can change, after a page has said what that does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    Join,
    Leave,
    Link,
    Unlink,
    Rename,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangedIdentity {
    pub provider_name: String,
    pub issuer: String,
    pub subject: String,
    /// What the provider calls the person.
    pub name_there: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MethodLeft {
    pub provider_name: String,
    pub subject: String,
    /// Whether people can sign in with it now.
    pub works: bool,
}

/// The forms and links on the page of an account that lead to such a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChangeForms {
    pub action: String,
    pub merge_action: String,
    /// The version of the account that the page shows.
    pub version: u64,
    pub groups: Vec<GroupLink>,
}

/// Leads to the page that asks before the account leaves a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct GroupLink {
    pub group: String,
    pub href: String,
}

impl ChangeKind {
    pub const ALL: [Self; 5] = [Self::Join, Self::Leave, Self::Link, Self::Unlink, Self::Rename];

    /// As in the form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Join => "join",
            Self::Leave => "leave",
            Self::Link => "link",
            Self::Unlink => "unlink",
            Self::Rename => "rename",
        }
    }
}

impl Page for AdminChangePage {
    const TEMPLATE: &'static str = "admin_change.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_change.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let identity = ChangedIdentity {
            provider_name: "Example Lab".into(),
            issuer: HOSTILE.into(),
            subject: HOSTILE.into(),
            name_there: Some(HOSTILE.into()),
        };
        let left = |works| MethodLeft { provider_name: "Example University".into(), subject: HOSTILE.into(), works };
        let page = |kind| Self {
            kind,
            id: "0123456789abcdefghijklmnop".into(),
            username: "dee".into(),
            version: 7,
            value: HOSTILE.into(),
            identity: None,
            is_so_already: false,
            sessions_ended: 0,
            left: Vec::new(),
            is_last: false,
            apps: Vec::new(),
            action: "/admin/account/change".into(),
            account_href: "/admin/account?id=ab".into(),
        };
        vec![
            page(ChangeKind::Join),
            Self { is_so_already: true, ..page(ChangeKind::Join) },
            page(ChangeKind::Leave),
            Self { identity: Some(identity.clone()), sessions_ended: 1, ..page(ChangeKind::Link) },
            Self {
                identity: Some(identity.clone()),
                sessions_ended: 3,
                left: vec![left(true), left(false)],
                ..page(ChangeKind::Unlink)
            },
            Self { identity: Some(identity), is_last: true, ..page(ChangeKind::Unlink) },
            Self { apps: vec!["Meetings".into(), HOSTILE.into()], ..page(ChangeKind::Rename) },
            page(ChangeKind::Rename),
        ]
    }
}
