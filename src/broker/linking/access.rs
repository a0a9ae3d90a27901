//! The answer "Ask to be let in": the page for the message, and the request that an admin decides about.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use time::OffsetDateTime;

use super::open_request::OpenRequest;
use super::{LinkStep, RequestOffer};
use crate::base::ids::LinkRequestTag;
use crate::broker::live_config::{LiveConfig, Provider};
use crate::broker::refusal::{Cause, Refusal};
use crate::broker::{Broker, Visitor};
use crate::signin::account::Profile;
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::signin::link::FirstLogin;
use crate::signin::link::access_request::{AccessState, RequestText};
use crate::signin::link::request::NotConfirmed;
use crate::signin::remembered_profile::LastProfile;
use crate::store::{AccessAsk, AccessAsked, AccessRequest};

const NOT_OFFERED: Cause = Cause::BadRequest("a request to be let in, which the person can't make now");

/// What the pages of an access request show.
#[derive(Debug)]
pub struct AccessPage {
    pub provider: Arc<Provider>,
    /// What the provider says.
    pub profile: Profile,
    /// Where the sign-in leads.
    pub destination: Destination<Arc<App>>,
    /// The latest request of the identity.
    pub request: Option<AccessRequest>,
}

/// How a person's request ended.
#[derive(Debug)]
pub enum AskedForAccess {
    Waiting(Box<AccessPage>),
    /// Too many requests wait.
    Full,
}

impl Broker {
    /// What the page shows on which the person writes a message.
    ///
    /// # Errors
    /// When the link request is over, the person can't ask now, or the database fails.
    pub async fn access_page(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        visitor: &Visitor,
    ) -> Result<AccessPage, Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        if !open.answers.request {
            return Err(NOT_OFFERED.refuse(open.context));
        }
        Ok(open.access_page())
    }

    /// Keeps the request to be let in. The link request ends with it.
    ///
    /// # Errors
    /// When the link request is over, the person can't ask now, or the database fails. Then nothing is written.
    pub async fn ask_for_access(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        message: RequestText,
        visitor: &Visitor,
    ) -> Result<AskedForAccess, Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let FirstLogin::Ask(offers) = &open.provider.first_login else {
            return Err(NOT_OFFERED.refuse(open.context));
        };
        // A person who adds a sign-in method has an account.
        if open.adds {
            return Err(NOT_OFFERED.refuse(open.context));
        }
        let ask = AccessAsk {
            request: open.id,
            offers,
            subject_source: &open.provider.subject_source,
            profile: LastProfile::of(&open.asked.profile, config.remembered),
            message,
            app: open.destination.app().map(|app| app.id.clone()),
            room: open.destination.room().map(|room| room.as_str().to_owned()),
            most: config.access_requests.most,
            network: visitor.network.as_deref(),
            now: self.clock.now(),
        };
        match self.store.ask_for_access(ask).await {
            Ok(AccessAsked::Waiting(kept)) => {
                let page = AccessPage { request: Some(*kept), ..open.access_page() };
                Ok(AskedForAccess::Waiting(Box::new(page)))
            }
            Ok(AccessAsked::Full) => {
                self.warn_of_full_access_requests(config);
                Ok(AskedForAccess::Full)
            }
            Ok(AccessAsked::NotOpen) => Err(Cause::LinkNotConfirmed(NotConfirmed::RequestOver).refuse(open.context)),
            Err(why) => Err(Cause::Store(why).refuse(open.context)),
        }
    }

    /// Whether the page of the question offers to ask.
    pub(super) async fn request_offer(
        &self,
        config: &LiveConfig,
        open: &OpenRequest<'_>,
    ) -> Result<RequestOffer, Cause> {
        if !open.answers.request {
            return Ok(RequestOffer::No);
        }
        if open.access.as_ref().is_some_and(|access| access.state == AccessState::Waiting) {
            return Ok(RequestOffer::Yes);
        }
        let most = config.access_requests.most;
        if self.store.count_waiting_access_requests(most).await? < u64::from(most) {
            return Ok(RequestOffer::Yes);
        }
        self.warn_of_full_access_requests(config);
        Ok(RequestOffer::Full)
    }

    fn warn_of_full_access_requests(&self, config: &LiveConfig) {
        if self.full_access_requests.is_due(self.clock.now()) {
            tracing::warn!(
                cause = "access_requests_full",
                most = config.access_requests.most,
                "this many people wait to be let in, so nobody else can ask; `vestibule access-request list` shows \
                 them, or raise `most` in [access_requests]"
            );
        }
    }
}

impl OpenRequest<'_> {
    fn access_page(self) -> AccessPage {
        let (provider, profile) = (Arc::clone(self.provider), self.asked.profile);
        AccessPage { provider, profile, destination: self.destination, request: self.access }
    }

    /// The page of a request that waits or was refused. `None`: the question comes.
    pub(super) fn access_step(&self) -> Option<LinkStep> {
        let access = self.access.clone().map(Box::new)?;
        match access.state {
            AccessState::Waiting => Some(LinkStep::Waiting(access)),
            AccessState::Refused => Some(LinkStep::Refused(access)),
            AccessState::Proving | AccessState::Linked => None,
        }
    }
}

/// A warning that the log gets at most once an hour.
#[derive(Debug, Default)]
pub(in crate::broker) struct HourlyWarning {
    /// In seconds since 1970. 0: never.
    last: AtomicI64,
}

impl HourlyWarning {
    /// Whether to log it now. Then it is not due for an hour.
    fn is_due(&self, now: OffsetDateTime) -> bool {
        let now = now.unix_timestamp();
        let due = |last: i64| (last == 0 || now.abs_diff(last) >= 60 * 60).then_some(now);
        self.last.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
    }
}
