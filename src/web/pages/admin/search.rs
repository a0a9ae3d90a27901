//! What a search of identity admins finds.

use serde::Serialize;

use crate::web::pages::{Day, Moment, Page};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminSearchPage {
    pub query: String,
    /// Where the form leads.
    pub search_action: String,
    /// The refusal, if the text is its reference code.
    pub refusal: Option<RefusalLine>,
    pub accounts: Vec<FoundLine>,
    /// `None`: this is the last page.
    pub next_href: Option<String>,
    /// Whether some accounts can't be found yet.
    pub is_incomplete: bool,
    pub admin_href: String,
}

/// A refusal, as the audit log has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RefusalLine {
    pub code: String,
    pub at: Moment,
    /// `not_permitted`, as docs/failures.md lists it.
    pub cause: Option<String>,
    pub app_name: Option<String>,
    pub provider_name: Option<String>,
    /// What lets the person in.
    pub mends: Vec<Mend>,
}

/// A link to the page that mends the cause of a refusal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mend {
    pub kind: MendKind,
    /// Of the account or the provider.
    pub name: String,
    /// The group to add, if it is one.
    pub group: String,
    pub href: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MendKind {
    Join,
    Enable,
    Resume,
}

/// An account that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FoundLine {
    pub href: String,
    pub username: String,
    /// What the provider of the last sign-in calls the person.
    pub name: Option<String>,
    pub email: Option<String>,
    pub is_disabled: bool,
    pub last_used: Option<Day>,
}

impl Page for AdminSearchPage {
    const TEMPLATE: &'static str = "admin_search.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_search.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let line = |text: &str| FoundLine {
            href: "/admin/account?id=ab".into(),
            username: text.into(),
            name: Some(text.into()),
            email: Some(text.into()),
            is_disabled: true,
            last_used: Some(time::macros::date!(2026 - 05 - 03).into()),
        };
        let refusal = RefusalLine {
            code: "V-7QK2-M9XD".into(),
            at: time::macros::datetime!(2026-05-03 14:05 UTC).into(),
            cause: Some("not_permitted".into()),
            app_name: Some("Meetings".into()),
            provider_name: Some("Example University".into()),
            mends: [MendKind::Join, MendKind::Enable, MendKind::Resume]
                .map(|kind| Mend { kind, name: HOSTILE.into(), group: HOSTILE.into(), href: "/admin/account".into() })
                .into(),
        };
        let page = Self {
            query: HOSTILE.into(),
            search_action: "/admin/search".into(),
            refusal: Some(refusal),
            accounts: vec![line("dee"), line(HOSTILE)],
            next_href: Some("/admin/search?q=d&after=x".into()),
            is_incomplete: true,
            admin_href: "/admin".into(),
        };
        let empty = Self { refusal: None, accounts: Vec::new(), next_href: None, is_incomplete: false, ..page.clone() };
        vec![page, empty]
    }
}
