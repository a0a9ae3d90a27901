//! Asks a person whether they want to become an admin by an invitation.

use serde::Serialize;

use crate::web::pages::Page;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvitationPage {
    pub username: String,
    /// Whether the invitation still counts.
    pub is_valid: bool,
    pub code: String,
    pub action: String,
    pub account_href: String,
}

impl Page for InvitationPage {
    const TEMPLATE: &'static str = "admin_invitation.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_invitation.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let page = Self {
            username: "ada".into(),
            is_valid: true,
            code: HOSTILE.into(),
            action: "/admin/invitation".into(),
            account_href: "/account".into(),
        };
        vec![Self { is_valid: false, username: HOSTILE.into(), ..page.clone() }, page]
    }
}
