//! The providers, as identity admins see them.

use serde::Serialize;

use super::AdminNotice;
use crate::web::pages::{Day, MethodState, Page};

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminProvidersPage {
    pub providers: Vec<ProviderRow>,
    pub admin_href: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderRow {
    pub href: String,
    pub id: String,
    pub name: String,
    /// As the config says.
    pub state: MethodState,
    pub links: u64,
    pub sessions: u64,
    pub last_sign_in: Option<Day>,
    pub suspended: Option<SuspendedRow>,
}

/// Since when a provider is suspended, by whom and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SuspendedRow {
    pub since: Day,
    pub by: Option<String>,
    pub why: Option<String>,
}

/// One provider, and the button that suspends or resumes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AdminProviderPage {
    pub provider: ProviderRow,
    /// The accounts that could not sign in without this provider.
    pub without_other: u64,
    /// Whether the viewer signed in with it.
    pub is_own: bool,
    pub notice: Option<AdminNotice>,
    /// `None`: the viewer may not change it.
    pub act: Option<ProviderAct>,
    pub action: String,
    pub providers_href: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderAct {
    Suspend,
    Resume,
}

impl ProviderAct {
    pub const ALL: [Self; 2] = [Self::Suspend, Self::Resume];

    /// As in the form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Resume => "resume",
        }
    }
}

#[cfg(test)]
fn sample(state: MethodState, suspended: bool) -> ProviderRow {
    use crate::web::pages::tests::HOSTILE;
    let day = || Day::from(time::macros::date!(2026 - 05 - 03));
    ProviderRow {
        href: "/admin/provider?id=uni".into(),
        id: "uni".into(),
        name: HOSTILE.into(),
        state,
        links: 1,
        sessions: 2,
        last_sign_in: Some(day()),
        suspended: suspended.then(|| SuspendedRow {
            since: day(),
            by: Some("cli:root".into()),
            why: Some(HOSTILE.into()),
        }),
    }
}

impl Page for AdminProvidersPage {
    const TEMPLATE: &'static str = "admin_providers.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_providers.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let unused = ProviderRow { links: 0, sessions: 0, last_sign_in: None, ..sample(MethodState::Gone, false) };
        let providers = vec![sample(MethodState::On, false), sample(MethodState::Off, true), unused];
        vec![Self { providers, admin_href: "/admin".into() }]
    }
}

impl Page for AdminProviderPage {
    const TEMPLATE: &'static str = "admin_provider.html";
    const SOURCE: &'static str = include_str!("../../../../templates/admin_provider.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        let on = Self {
            provider: sample(MethodState::On, false),
            without_other: 1,
            is_own: true,
            notice: None,
            act: Some(ProviderAct::Suspend),
            action: "/admin/provider".into(),
            providers_href: "/admin/providers".into(),
        };
        let suspended = Self {
            provider: sample(MethodState::On, true),
            notice: Some(AdminNotice::Done),
            act: Some(ProviderAct::Resume),
            ..on.clone()
        };
        let seen = Self { act: None, without_other: 0, is_own: false, ..on.clone() };
        vec![on, suspended, seen]
    }
}
