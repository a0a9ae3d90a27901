//! The first page of identity admins: who waits for a decision, who has a role.

use serde::Serialize;

use crate::base::role::Role;
use crate::web::pages::{Day, Page};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminStartPage {
    pub username: String,
    pub role: Role,
    /// Where the form that finds an account leads.
    pub search_action: String,
    pub identities_href: String,
    /// The first one first.
    pub requests: Vec<RequestRow>,
    pub holders: Vec<HolderRow>,
    pub account_href: String,
    pub providers_href: String,
}

/// A person who asks to be let in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestRow {
    pub href: String,
    /// What the provider calls them, or their subject.
    pub name: String,
    pub provider_name: String,
    pub first_on: Day,
}

/// An account with a role that the database holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HolderRow {
    pub href: String,
    pub username: String,
    pub role: Role,
    pub given_on: Day,
    pub is_disabled: bool,
}

impl Page for AdminStartPage {
    const TEMPLATE: &'static str = "admin_start.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_start.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let day = || Day::from(time::macros::date!(2026 - 05 - 03));
        let holder = |role, name: &str| HolderRow {
            href: "/admin/account?id=ab".into(),
            username: name.into(),
            role,
            given_on: day(),
            is_disabled: role == Role::Viewer,
        };
        let request = |name: &str| RequestRow {
            href: "/admin/request?id=req".into(),
            name: name.into(),
            provider_name: "Example University".into(),
            first_on: day(),
        };
        let page = Self {
            username: "ada".into(),
            role: Role::Admin,
            search_action: "/admin/search".into(),
            identities_href: "/admin/identities".into(),
            requests: vec![request("Ben Okafor"), request(HOSTILE)],
            holders: Role::ALL.map(|role| holder(role, "grace")).into(),
            account_href: "/account".into(),
            providers_href: "/admin/providers".into(),
        };
        let empty = Self { role: Role::Viewer, requests: Vec::new(), holders: Vec::new(), ..page.clone() };
        vec![page, empty]
    }
}
