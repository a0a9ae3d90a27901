//! The result of a trial login, in the form of its JSON.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::admin::{AccountPreview, PlacePreview};
use crate::base::clock::format_utc;
use crate::base::ids::{AccountId, AppId, Group, Issuer, ProviderId, Subject};
use crate::base::username::Username;
use crate::broker::Cause;
use crate::config::Provider;
use crate::signin::account::Profile;
use crate::signin::app::App;
use crate::signin::identify::password::NotAvailable;
use crate::signin::identify::{ExternalIdentity, GroupMap};
use crate::upstream::ProviderSettings;

/// The provider's answer, and the results of a sign-in.
#[derive(Debug, Serialize)]
pub struct Report {
    pub provider: ProviderId,
    pub kind: &'static str,
    pub enabled: bool,
    pub issuer: Issuer,
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Whether the person would be signed in; with an app, whether they could enter at least one place.
    pub gets_in: bool,
}

/// The provider's answer.
#[derive(Debug, Serialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Verdict {
    Accepted(Box<Accepted>),
    /// Accepted, with claims that a sign-in would refuse.
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
        fix: Option<String>,
    },
    Busy {
        why: String,
    },
}

#[derive(Debug, Serialize)]
pub struct Accepted {
    pub subject: Subject,
    pub claims: Map<String, Value>,
    /// The groups in the claim that the config names.
    pub groups_there: Vec<String>,
    pub groups_here: BTreeSet<Group>,
    pub account: AccountReport,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app: Option<AppReport>,
}

/// The account that the person has, or would get.
#[derive(Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum AccountReport {
    Linked {
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
    /// A page would ask the person whether they have an account. `new`: the name of a new one.
    WouldBeAsked {
        #[serde(skip_serializing_if = "Option::is_none")]
        new: Option<Username>,
    },
    Refused {
        why: String,
    },
}

/// The decisions of an app's rules.
#[derive(Debug, Serialize)]
pub struct AppReport {
    pub id: AppId,
    pub enabled: bool,
    pub places: Vec<PlaceReport>,
}

#[derive(Debug, Serialize)]
pub struct PlaceReport {
    pub at: String,
    pub enters: bool,
    pub permissions: BTreeSet<String>,
    /// The rules that let the person in.
    pub rules: Vec<String>,
    /// Why the person may not enter.
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
        let NotAvailable { server, phase, why, .. } = why;
        let (why, fix) = match why.rsplit_once("; ") {
            Some((why, fix)) => (why.to_owned(), Some(fix.to_owned())),
            None => (why.clone(), None),
        };
        Self::NotAvailable { server: server.clone(), phase, why, fix }
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
    pub fn new(account: AccountPreview, identity: &ExternalIdentity) -> Self {
        match account {
            AccountPreview::Linked(account) => Self::Linked {
                disabled: account.disabled.map(|off| format!("disabled by {} at {}", off.by, format_utc(off.at))),
                id: account.id,
                username: account.username,
                groups: account.groups,
            },
            AccountPreview::New { name, wished, taken_by } => {
                let wished = (wished != name).then_some(wished);
                Self::WouldBeMade { username: name, wished, taken_by }
            }
            AccountPreview::Asked { new } => Self::WouldBeAsked { new },
            AccountPreview::OtherSubjectSource { former, current } => {
                let cause = Cause::OtherSubjectSource { identity: identity.key.clone(), former, current };
                Self::Refused { why: cause.to_string() }
            }
            AccountPreview::Refused => Self::Refused { why: Cause::unlinked(identity).to_string() },
            AccountPreview::UsernameError(why) => Self::Refused { why: Cause::NoName(why).to_string() },
            AccountPreview::NamesExhausted => Self::Refused { why: Cause::NamesExhausted.to_string() },
        }
    }

    fn gets_in(&self) -> bool {
        match self {
            Self::Linked { disabled, .. } => disabled.is_none(),
            Self::WouldBeMade { .. } | Self::WouldBeAsked { .. } => true,
            Self::Refused { .. } => false,
        }
    }
}

impl AppReport {
    pub fn new(app: &App, places: Vec<PlacePreview>) -> Self {
        let place = |PlacePreview { place, permit }: PlacePreview| match permit {
            Ok(grant) => PlaceReport {
                at: place.to_string(),
                enters: true,
                permissions: grant.permissions().clone(),
                rules: grant.rules().iter().map(ToString::to_string).collect(),
                why: None,
            },
            Err(why) => PlaceReport {
                at: place.to_string(),
                enters: false,
                permissions: BTreeSet::new(),
                rules: Vec::new(),
                why: Some(why.to_string()),
            },
        };
        Self { id: app.id.clone(), enabled: app.enabled, places: places.into_iter().map(place).collect() }
    }
}
