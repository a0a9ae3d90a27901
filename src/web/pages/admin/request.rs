//! One access request, as identity admins see it.

use serde::Serialize;

use super::AdminNotice;
use crate::web::pages::{Day, Page};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminRequestPage {
    pub id: String,
    pub provider_name: String,
    pub subject: String,
    pub name: Option<String>,
    pub email: Option<String>,
    /// The username that the provider's template suggests.
    pub wished: Option<String>,
    pub message: String,
    pub app_name: Option<String>,
    pub first_on: Day,
    pub count: u64,
    /// Whether nobody has decided.
    pub waits: bool,
    pub notice: Option<AdminNotice>,
    /// What the buttons offer. They post to `action`.
    pub decisions: Vec<DecisionKind>,
    pub action: String,
    /// Where the form with the name of an account leads. `None`: there is no such form.
    pub link_action: Option<String>,
    pub admin_href: String,
}

/// What an admin can decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DecisionKind {
    LetProve,
    LetIn,
    Refuse,
}

impl DecisionKind {
    pub const ALL: [Self; 3] = [Self::LetProve, Self::LetIn, Self::Refuse];

    /// As in the form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LetProve => "let-prove",
            Self::LetIn => "let-in",
            Self::Refuse => "refuse",
        }
    }
}

impl Page for AdminRequestPage {
    const TEMPLATE: &'static str = "admin_request.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_request.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let page = Self {
            id: "req_0123456789abcdefghijklmnop".into(),
            provider_name: "Example Lab".into(),
            subject: HOSTILE.into(),
            name: Some(HOSTILE.into()),
            email: Some("ben@example.org".into()),
            wished: Some("ben".into()),
            message: HOSTILE.into(),
            app_name: Some("Meetings".into()),
            first_on: time::macros::date!(2026 - 05 - 03).into(),
            count: 3,
            waits: true,
            notice: None,
            decisions: DecisionKind::ALL.into(),
            action: "/admin/request".into(),
            link_action: Some("/admin/request/link".into()),
            admin_href: "/admin".into(),
        };
        let decided = Self {
            name: None,
            email: None,
            wished: None,
            message: String::new(),
            app_name: None,
            count: 1,
            waits: false,
            notice: Some(AdminNotice::DecidedBefore),
            decisions: Vec::new(),
            link_action: None,
            ..page.clone()
        };
        vec![page, decided]
    }
}
