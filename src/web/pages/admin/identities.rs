//! Identities by what they are.

use serde::Serialize;

use crate::web::pages::{Day, Page, Proof};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminIdentitiesPage {
    pub action: String,
    /// What the form says: the id of a provider, a proof, and a day such as `2026-11-30`.
    pub provider: String,
    pub proof: Option<Proof>,
    pub before: String,
    pub only: bool,
    /// The proofs that the form offers.
    pub proofs: Vec<Proof>,
    pub identities: Vec<IdentityLine>,
    /// `None`: this is the last page.
    pub next_href: Option<String>,
    /// Whether the page ends because enough identities were looked at.
    pub stopped: bool,
    pub admin_href: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdentityLine {
    /// The page of its account.
    pub href: String,
    pub username: String,
    pub provider_name: String,
    pub subject: String,
    pub name_there: Option<String>,
    pub proof: Proof,
    pub linked_on: Day,
    pub last_used: Option<Day>,
}

impl Page for AdminIdentitiesPage {
    const TEMPLATE: &'static str = "admin_identities.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_identities.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        use crate::web::pages::tests::HOSTILE;
        let day = || time::macros::date!(2026 - 05 - 03).into();
        let line = |text: &str, proof| IdentityLine {
            href: "/admin/account?id=ab".into(),
            username: text.into(),
            provider_name: "Example University".into(),
            subject: text.into(),
            name_there: Some(text.into()),
            proof,
            linked_on: day(),
            last_used: Some(day()),
        };
        let page = Self {
            action: "/admin/identities".into(),
            provider: HOSTILE.into(),
            proof: Some(Proof::Proven),
            before: "2026-05-03".into(),
            only: true,
            proofs: Proof::ALL.into(),
            identities: vec![line("dee", Proof::Proven), line(HOSTILE, Proof::Domain)],
            next_href: Some("/admin/identities?after=x".into()),
            stopped: false,
            admin_href: "/admin".into(),
        };
        let stopped = Self { identities: Vec::new(), stopped: true, ..page.clone() };
        let empty = Self { proof: None, only: false, next_href: None, stopped: false, ..stopped.clone() };
        vec![page, stopped, empty]
    }
}
