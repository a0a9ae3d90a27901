//! What a try came to, as JSON has it.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::admin::{Entry, WouldBe};
use crate::base::clock::when;
use crate::base::ids::{AccountId, AppId, Group, Issuer, ProviderId, Subject};
use crate::base::username::Username;
use crate::broker::Cause;
use crate::config::Provider;
use crate::signin::account::Profile;
use crate::signin::app::App;
use crate::signin::identify::password::NotAvailable;
use crate::signin::identify::{ExternalIdentity, GroupMap};
use crate::upstream::ProviderSettings;

/// What one provider said, and what would follow.
#[derive(Debug, Serialize)]
pub struct Report {
    pub provider: ProviderId,
    pub kind: &'static str,
    pub enabled: bool,
    pub issuer: Issuer,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whether they would be signed in; where an app is named, at one place of it at least.
    pub gets_in: bool,
}

/// What it said.
#[derive(Debug, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Verdict {
    Accepted(Box<Accepted>),
    /// Accepted, with claims that no sign-in takes.
    Unusable {
        why: String,
    },
    Refused {
        why: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<Subject>,
    },
    Unknown,
    NotAvailable {
        server: String,
        phase: &'static str,
        why: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        mend: Option<String>,
    },
    Busy {
        why: String,
    },
}

#[derive(Debug, Serialize)]
pub struct Accepted {
    pub subject: Subject,
    pub claims: Map<String, Value>,
    /// Among the claims, under the name that the config gives.
    pub groups_there: Vec<String>,
    pub groups_here: BTreeSet<Group>,
    pub account: AccountReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppReport>,
}

/// The account they are, or would be.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AccountReport {
    Tied {
        id: AccountId,
        username: Username,
        groups: BTreeSet<Group>,
        #[serde(skip_serializing_if = "Option::is_none")]
        disabled: Option<String>,
    },
    WouldBeMade {
        username: Username,
        #[serde(skip_serializing_if = "Option::is_none")]
        wished: Option<Username>,
        #[serde(skip_serializing_if = "Option::is_none")]
        taken_by: Option<Username>,
    },
    Refused {
        why: String,
    },
}

/// What an app would do.
#[derive(Debug, Serialize)]
pub struct AppReport {
    pub id: AppId,
    pub enabled: bool,
    pub places: Vec<Place>,
}

#[derive(Debug, Serialize)]
pub struct Place {
    pub at: String,
    pub enters: bool,
    pub permissions: BTreeSet<String>,
    /// The rules that let them in.
    pub rules: Vec<String>,
    /// Why they stay out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Report {
    pub fn new(provider: &Provider<ProviderSettings>, issuer: &Issuer, verdict: Verdict) -> Self {
        let gets_in = provider.enabled && verdict.gets_in();
        Self {
            provider: provider.id.clone(),
            kind: provider.kind,
            enabled: provider.enabled,
            issuer: issuer.clone(),
            verdict,
            gets_in,
        }
    }
}

impl Verdict {
    pub fn accepted(
        identity: &ExternalIdentity,
        (groups, profile): (&GroupMap, &Profile),
        account: AccountReport,
        app: Option<AppReport>,
    ) -> Self {
        let there = match groups.find(&identity.claims) {
            Some(Value::Array(several)) => several.as_slice(),
            Some(one) => std::slice::from_ref(one),
            None => &[],
        };
        let there = there.iter().filter_map(Value::as_str).map(str::to_owned);
        Self::Accepted(Box::new(Accepted {
            subject: identity.key.subject.clone(),
            claims: identity.claims.clone(),
            groups_there: there.collect(),
            groups_here: profile.groups.clone(),
            account,
            app,
        }))
    }

    pub fn not_available(why: &NotAvailable) -> Self {
        let NotAvailable { server, phase, why } = why;
        let (why, mend) = match why.rsplit_once("; ") {
            Some((why, mend)) => (why.to_owned(), Some(mend.to_owned())),
            None => (why.clone(), None),
        };
        Self::NotAvailable { server: server.clone(), phase, why, mend }
    }

    fn gets_in(&self) -> bool {
        match self {
            Self::Accepted(accepted) => {
                let app = accepted.app.as_ref();
                accepted.account.gets_in() && app.is_none_or(|app| app.enabled && app.places.iter().any(|it| it.enters))
            }
            Self::Unusable { .. }
            | Self::Refused { .. }
            | Self::Unknown
            | Self::NotAvailable { .. }
            | Self::Busy { .. } => false,
        }
    }
}

impl AccountReport {
    pub fn new(would_be: WouldBe, identity: &ExternalIdentity) -> Self {
        match would_be {
            WouldBe::Tied(account) => Self::Tied {
                disabled: account.disabled.map(|off| format!("disabled by {} at {}", off.by, when(off.at))),
                id: account.id,
                username: account.username,
                groups: account.groups,
            },
            WouldBe::Made { name, wished, taken_by } => {
                let wished = (wished != name).then_some(wished);
                Self::WouldBeMade { username: name, wished, taken_by }
            }
            WouldBe::Nobody => Self::Refused { why: Cause::IdentityUnknown(identity.key.clone()).to_string() },
            WouldBe::NoName(why) => Self::Refused { why: Cause::NoName(why).to_string() },
            WouldBe::NamesExhausted => Self::Refused { why: Cause::NamesExhausted.to_string() },
        }
    }

    fn gets_in(&self) -> bool {
        match self {
            Self::Tied { disabled, .. } => disabled.is_none(),
            Self::WouldBeMade { .. } => true,
            Self::Refused { .. } => false,
        }
    }
}

impl AppReport {
    pub fn new(app: &App, entries: Vec<Entry>) -> Self {
        let place = |Entry { place, permit }: Entry| match permit {
            Ok(grant) => Place {
                at: place,
                enters: true,
                permissions: grant.permissions().clone(),
                rules: grant.rules().iter().map(ToString::to_string).collect(),
                why: None,
            },
            Err(why) => Place {
                at: place,
                enters: false,
                permissions: BTreeSet::new(),
                rules: Vec::new(),
                why: Some(why.to_string()),
            },
        };
        Self { id: app.id.clone(), enabled: app.enabled, places: entries.into_iter().map(place).collect() }
    }
}
