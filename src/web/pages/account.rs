//! A person's own page: how they sign in, where they are signed in, what they may use, what happened.

#[cfg(test)]
mod samples;

use serde::Serialize;

use super::Page;
use super::date::{Day, Moment};

/// The page of one account, for its owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountPage {
    pub username: String,
    pub groups: Vec<String>,
    /// What the person has just done.
    pub done: Option<Done>,
    pub methods: Vec<SignInMethod>,
    /// The page that adds one.
    pub add_method_href: String,
    /// Where the person changes their password, if they have one.
    pub password_href: Option<String>,
    /// This browser's first.
    pub sessions: Vec<SessionEntry>,
    /// The name of the provider of this browser's session. What the person may do depends on it.
    pub provider_name: String,
    /// The apps that let the person in.
    pub rights: Vec<AppRights>,
    /// The newest first.
    pub history: Vec<HistoryEntry>,
    /// Where the buttons post to.
    pub end_action: String,
    pub end_others_action: String,
    pub export_href: String,
    pub sign_out_href: String,
}

/// What the address says was done. Anybody can write such an address, so a sentence promises nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Done {
    SessionEnded,
    OthersEnded,
    SignedInAgain,
    MethodRemoved,
    MethodAdded,
    MethodKnown,
}

impl Done {
    pub const ALL: [Self; 6] = [
        Self::SessionEnded,
        Self::OthersEnded,
        Self::SignedInAgain,
        Self::MethodRemoved,
        Self::MethodAdded,
        Self::MethodKnown,
    ];

    /// As in the address.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SessionEnded => "session-ended",
            Self::OthersEnded => "others-ended",
            Self::SignedInAgain => "signed-in-again",
            Self::MethodRemoved => "method-removed",
            Self::MethodAdded => "method-added",
            Self::MethodKnown => "method-known",
        }
    }
}

/// An identity that is linked to the account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SignInMethod {
    pub provider_name: String,
    pub state: MethodState,
    /// What the provider calls the person.
    pub name_there: Option<String>,
    pub email_there: Option<String>,
    pub proof: Proof,
    pub linked_on: Day,
    pub last_used: Option<Day>,
    /// The page that asks before it is removed.
    pub remove_href: String,
}

/// Whether people can sign in with a provider now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MethodState {
    On,
    Off,
    /// It is not in the config.
    Gone,
}

/// How an identity was linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    Founding,
    Proven,
    Domain,
    Admin,
    Import,
    Before,
}

impl Proof {
    pub const ALL: [Self; 6] = [Self::Founding, Self::Proven, Self::Domain, Self::Admin, Self::Import, Self::Before];

    /// As in an address.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Founding => "founding",
            Self::Proven => "proven",
            Self::Domain => "domain",
            Self::Admin => "admin",
            Self::Import => "import",
            Self::Before => "before",
        }
    }
}

/// A browser in which the person is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SessionEntry {
    pub sid: String,
    /// The browser's own name, and the system's.
    pub browser: Option<&'static str>,
    pub system: Option<&'static str>,
    pub network: Option<String>,
    pub provider_name: String,
    pub started_on: Day,
    pub last_used: Day,
    pub is_current: bool,
}

/// What one app lets the person do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AppRights {
    pub app_name: String,
    pub places: Vec<PlaceRights>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlaceRights {
    pub place: PlaceKind,
    /// The address or the rooms, if the place has a name.
    pub name: Option<String>,
    /// The app's own words.
    pub permissions: Vec<String>,
    /// Why: the conditions of each rule that lets the person in.
    pub rules: Vec<Vec<Reason>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    App,
    Room,
    AnyRoom,
    AnyOtherRoom,
}

/// A condition of a rule that the person meets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    pub kind: ReasonKind,
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReasonKind {
    Everybody,
    Group,
    Provider,
    Domain,
    Account,
}

/// A row of the audit log about the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HistoryEntry {
    pub at: Moment,
    pub kind: HistoryKind,
    pub count: i64,
    pub app_name: Option<String>,
    pub provider_name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HistoryKind {
    SignedIn,
    SignedOut,
    NotLetIn,
    Refused,
    SessionEnded,
    SessionsEnded,
    PasswordChanged,
    PasswordSet,
    Linked,
    Unlinked,
    Created,
    GroupsChanged,
    Exported,
    RoleChanged,
    /// Anything else that an admin did.
    Changed,
}

impl Page for AccountPage {
    const TEMPLATE: &'static str = "account.html";
    const SOURCE: &'static str = include_str!("../../../templates/account.html");

    #[cfg(test)]
    fn samples() -> Vec<Self> {
        samples::samples()
    }
}
