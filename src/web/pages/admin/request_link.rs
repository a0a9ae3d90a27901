//! Asks before the person of an access request gets an account without a proof.

use serde::Serialize;

use super::{AdminMethod, AdminNotice};
use crate::web::pages::Page;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminRequestLinkPage {
    pub request: String,
    pub provider_name: String,
    pub issuer: String,
    pub subject: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub message: String,
    pub id: String,
    pub username: String,
    pub groups: Vec<String>,
    pub methods: Vec<AdminMethod>,
    /// The version that the account has before.
    pub version: u64,
    pub sessions_ended: u64,
    pub notice: Option<AdminNotice>,
    pub action: String,
    pub request_href: String,
}

impl Page for AdminRequestLinkPage {
    const TEMPLATE: &'static str = "admin_request_link.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_request_link.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        use crate::web::pages::{MethodState, Proof};
        let day = || time::macros::date!(2026 - 05 - 03).into();
        let method = AdminMethod {
            provider_name: "Example University".into(),
            state: MethodState::On,
            subject: "u17".into(),
            name_there: Some(HOSTILE.into()),
            email_there: None,
            proof: Proof::Founding,
            linked_on: day(),
            last_used: Some(day()),
            unlink_href: None,
        };
        let page = Self {
            request: "req_0123456789abcdefghijklmnop".into(),
            provider_name: "Example Lab".into(),
            issuer: "https://lab.example".into(),
            subject: HOSTILE.into(),
            name: Some(HOSTILE.into()),
            email: Some("ben@example.org".into()),
            message: HOSTILE.into(),
            id: "0123456789abcdefghijklmnop".into(),
            username: "ben".into(),
            groups: vec!["staff".into(), HOSTILE.into()],
            methods: vec![method],
            version: 7,
            sessions_ended: 1,
            notice: Some(AdminNotice::ChangedMeanwhile),
            action: "/admin/request/link".into(),
            request_href: "/admin/request?id=req".into(),
        };
        let bare = Self {
            name: None,
            email: None,
            message: String::new(),
            groups: Vec::new(),
            methods: Vec::new(),
            sessions_ended: 0,
            notice: None,
            ..page.clone()
        };
        vec![page, bare]
    }
}
