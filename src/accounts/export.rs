//! Everything in the database that names one person, for that person. `docs/account-export.md` describes the file.

use std::collections::BTreeSet;

use serde::Serialize;
use time::OffsetDateTime;

use super::permission::Permission;
use super::{AccountError, AccountRef, Accounts, Actor, Identity, Session};
use crate::base::ids::{AccountId, AppId, Group, Issuer, ProviderId, Subject};
use crate::base::mail_address::MailAddress;
use crate::base::username::Username;
use crate::signin::link::LinkProof;
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::signin::remembered_profile::LastProfile;
use crate::store::{AccessRequest, AuditDetail, AuditQuery, AuditRow, Event, Lifetimes};

/// It holds no secret, no name of an admin, and nothing of other people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Export {
    /// [`FORMAT`]
    pub format: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    pub exported_at: OffsetDateTime,
    pub account: ExportedAccount,
    pub identities: Vec<ExportedIdentity>,
    pub access_requests: Vec<ExportedAccessRequest>,
    pub sessions: Vec<Session>,
    /// The newest first.
    pub events: Vec<ExportedEvent>,
}

/// Changes with each change of the format that a reader would notice.
const FORMAT: &str = "vestibule-account-1";

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedAccount {
    pub id: AccountId,
    pub username: Username,
    pub groups: BTreeSet<Group>,
    pub has_password: bool,
    /// E-mail addresses that an admin or a list gave it.
    pub addresses: Vec<MailAddress>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedIdentity {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub subject_source: Option<String>,
    pub client_id: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    pub linked_at: OffsetDateTime,
    pub proof: LinkProof,
    pub linked_from: Option<String>,
    pub last_sign_in: Option<String>,
    pub profile: Option<LastProfile>,
}

/// What the person asked before they had the account, and what they were told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedAccessRequest {
    pub provider: ProviderId,
    pub issuer: Issuer,
    pub subject: Subject,
    pub profile: LastProfile,
    pub message: RequestText,
    pub app: Option<AppId>,
    pub room: Option<String>,
    pub count: u64,
    #[serde(with = "time::serde::rfc3339")]
    pub first_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
    pub state: AccessState,
    pub note: Option<RequestText>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExportedEvent {
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339")]
    pub last_at: OffsetDateTime,
    pub count: i64,
    pub event: Event,
    pub by: DoneBy,
    pub app: Option<AppId>,
    pub provider: Option<ProviderId>,
    pub cause: Option<String>,
    pub detail: Option<String>,
    pub network: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneBy {
    /// The person, or somebody who tried to sign in as them.
    Visitor,
    /// An admin, or the server itself.
    Site,
}

/// How many rows of the audit log are read at once.
const PAGE: u32 = 1_000;

impl Accounts {
    /// Collects everything that names one person, and writes into the audit log that somebody did so.
    ///
    /// # Errors
    /// When there is no such account, the owner who asks is no longer signed in, or the database fails.
    pub async fn export(
        &self,
        actor: &Actor,
        account: &AccountRef,
        lifetimes: Lifetimes,
    ) -> Result<Export, AccountError> {
        let mut operation = self.begin(actor, Permission::CommandLine).await?;
        let id = operation.find(account).await?.id;
        operation.check_owner(&id).await?;
        let detail = AuditDetail::new().text("everything that names the person");
        operation.record(Event::AccountExported, &id, detail).await?;
        operation.commit().await?;
        let by_id = AccountRef::Id(id.clone());
        let details = self.details(&by_id).await?;
        let identities = details.identities.into_iter().flatten().map(ExportedIdentity::from).collect();
        let requests = self.store.access_requests_of(&id).await?;
        let has_password = self.store.password_of(&id).await?.is_some();
        Ok(Export {
            format: FORMAT,
            exported_at: self.clock.now(),
            account: ExportedAccount {
                id,
                username: details.username,
                groups: details.groups,
                has_password,
                addresses: details.addresses.into_iter().flatten().map(|it| it.address).collect(),
            },
            identities,
            access_requests: requests.into_iter().map(ExportedAccessRequest::from).collect(),
            sessions: self.sessions(actor, &by_id, lifetimes).await?.sessions,
            events: self.events_of(&details.id).await?,
        })
    }

    async fn events_of(&self, account: &AccountId) -> Result<Vec<ExportedEvent>, AccountError> {
        let mut query = AuditQuery { account: Some(account.clone()), limit: PAGE, ..AuditQuery::default() };
        let mut events = Vec::new();
        loop {
            let rows = self.store.audit_list(&query).await?;
            query.before = rows.last().map(|row| row.id);
            events.extend(rows.into_iter().map(ExportedEvent::from));
            if query.before.is_none() {
                return Ok(events);
            }
        }
    }
}

impl From<AccessRequest> for ExportedAccessRequest {
    fn from(request: AccessRequest) -> Self {
        Self {
            provider: request.provider,
            issuer: request.issuer,
            subject: request.subject,
            profile: request.profile,
            message: request.message,
            app: request.app,
            room: request.room,
            count: request.count,
            first_at: request.first_at,
            last_at: request.last_at,
            state: request.state,
            note: request.note,
        }
    }
}

impl From<Identity> for ExportedIdentity {
    fn from(identity: Identity) -> Self {
        Self {
            provider: identity.provider,
            issuer: identity.issuer,
            subject: identity.subject,
            subject_source: identity.subject_source,
            client_id: identity.client_id,
            linked_at: identity.linked_at,
            proof: identity.proof,
            linked_from: identity.linked_from,
            last_sign_in: identity.last_sign_in,
            profile: identity.profile,
        }
    }
}

impl From<AuditRow> for ExportedEvent {
    fn from(AuditRow { entry, last_at, count, .. }: AuditRow) -> Self {
        Self {
            at: entry.at,
            last_at,
            count,
            event: entry.event,
            by: if entry.actor.is_some() { DoneBy::Site } else { DoneBy::Visitor },
            app: entry.app,
            provider: entry.provider,
            cause: entry.cause,
            detail: entry.detail.map(|detail| detail.to_string()),
            network: entry.network,
        }
    }
}
