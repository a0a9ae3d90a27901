//! The question at a first login whether the person has an account already, and their answer.
//!
//! | request | method | what it does |
//! | --- | --- | --- |
//! | `GET /link` | [`Broker::link_page`] | reads what the page shows |
//! | `GET /link/prove` | [`Broker::begin_proof`] | sends the person to a provider of their account |
//! | `POST /link/password` | [`Broker::prove_with_password`] | the same with a typed password |
//! | `POST /link/confirm` | [`Broker::answer_link`] | links the identity to the proved account |
//! | `POST /link/new` | [`Broker::answer_link`] | makes an account |
//! | `GET /link/request` | [`Broker::access_page`] | reads what the page shows on which the person asks to be let in |
//! | `POST /link/request` | [`Broker::ask_for_access`] | keeps that request |
//! | `POST /link/back` | [`Broker::drop_proof`] | asks again |
//! | `POST /link/dismiss` | [`Broker::dismiss_link`] | ends the request: somebody else signed in |
//!
//! `signin/link/request.rs` has the rules as pure functions. The state of each step is the row of the request, so no
//! step can be left out or taken twice (rule L10). The cookie of this browser leads to the row; the address does not.

mod access;
mod add;
mod add_by_password;
mod answer;
mod open_request;
mod prove;

pub(in crate::broker) use access::HourlyWarning;
pub use access::{AccessPage, AskedForAccess};
pub use add_by_password::PasswordAddition;
pub use answer::AfterBack;
pub use prove::PasswordProof;

use std::sync::Arc;

use open_request::OpenRequest;

use super::begin::sign_in_options;
use super::live_config::{LiveConfig, Provider};
use super::outcome::LinkNotice;
use super::refusal::{Cause, Refusal};
use super::{Broker, SignInOptions, Visitor};
use crate::base::ids::LinkRequestTag;
use crate::base::username::Username;
use crate::signin::account::Profile;
use crate::signin::link::access_request::Answers;
use crate::signin::link::request::{AccountProof, LinkState, NotConfirmed};
use crate::store::{AccessRequest, LinkedIdentity};

/// What the page of a link request shows.
#[derive(Debug)]
pub struct LinkPage {
    pub tag: LinkRequestTag,
    /// The provider of the new identity.
    pub provider: Arc<Provider>,
    /// What that provider says.
    pub profile: Profile,
    /// Where the sign-in leads, and the sign-in methods that are offered there. They are the same for all people (rule
    /// L2).
    pub options: SignInOptions,
    /// The answers that are open to the person.
    pub answers: Answers,
    pub step: LinkStep,
}

/// The person's next step.
#[derive(Debug)]
pub enum LinkStep {
    /// To prove an account, if `may_prove`, or to make one, if `may_make_account`, or to ask to be let in.
    Answer { may_prove: bool, may_make_account: bool, request: RequestOffer },
    /// To confirm the page that names both sides.
    Confirm(ProvedSide),
    /// To wait until an admin decides whether the person is let in.
    Waiting(Box<AccessRequest>),
    /// An admin does not let the person in.
    Refused(Box<AccessRequest>),
}

/// Whether the person can ask to be let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestOffer {
    No,
    Yes,
    /// Too many people wait.
    Full,
}

/// Which page of a link request the person wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkView {
    /// That of the next step.
    NextStep,
    /// The question, although the person has asked to be let in.
    Question,
}

/// The account that the person has proved.
#[derive(Debug)]
pub struct ProvedSide {
    pub username: Username,
    /// Everything that opens the account, oldest first. The second part is the provider, if it is in the config.
    pub methods: Vec<(LinkedIdentity, Option<Arc<Provider>>)>,
}

impl Broker {
    /// What the page of a link request shows.
    ///
    /// # Errors
    /// When this browser has no such request, the request is over, or the database fails.
    pub async fn link_page(
        &self,
        config: &LiveConfig,
        tag: &LinkRequestTag,
        view: LinkView,
        visitor: &Visitor,
    ) -> Result<(LinkPage, Option<LinkNotice>), Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let step = self.next_step(config, &open, view).await;
        let (step, notice) = step.map_err(|why| why.refuse(open.context.clone()))?;
        let offered = config.offered_for(&open.destination);
        let options = sign_in_options(open.destination.clone(), &offered, visitor);
        let options = SignInOptions { another_account: false, ..options };
        let (tag, provider, answers) = (tag.clone(), Arc::clone(open.provider), open.answers);
        Ok((LinkPage { tag, provider, profile: open.asked.profile, options, answers, step }, notice))
    }

    async fn next_step(
        &self,
        config: &LiveConfig,
        open: &OpenRequest<'_>,
        view: LinkView,
    ) -> Result<(LinkStep, Option<LinkNotice>), Cause> {
        let notice = match &open.request.state {
            LinkState::Proved(proof) => match self.proved_side(config, open, proof).await? {
                Some(proved) => return Ok((LinkStep::Confirm(proved), None)),
                // The person begins again on their own page.
                None if open.adds => return Err(Cause::LinkNotConfirmed(NotConfirmed::RequestOver)),
                None => Some(LinkNotice::ProofLost),
            },
            LinkState::Asked | LinkState::Finished => None,
        };
        let access = open.access_step();
        if let Some(step) = access.filter(|step| view == LinkView::NextStep || matches!(step, LinkStep::Refused(_))) {
            return Ok((step, notice));
        }
        let may_make_account = open.answers.new && open.asked.wished.is_some();
        let request = self.request_offer(config, open).await?;
        Ok((LinkStep::Answer { may_prove: open.answers.prove, may_make_account, request }, notice))
    }

    /// The account of a proof. `None`: it has changed since (rule L5).
    async fn proved_side(
        &self,
        config: &LiveConfig,
        open: &OpenRequest<'_>,
        proof: &AccountProof,
    ) -> Result<Option<ProvedSide>, Cause> {
        let account = self.store.account(&proof.account).await?;
        let account = account.filter(|account| account.version == proof.version && account.disabled.is_none());
        let Some(account) = account else {
            tracing::info!(request = %open.id.tag(), "the account has changed since it was proved");
            return Ok(None);
        };
        let identities = self.store.identities_of(&account.id).await?;
        let methods = identities.into_iter().map(|identity| {
            let provider = config.provider(&identity.key.provider).map(Arc::clone);
            (identity, provider)
        });
        Ok(Some(ProvedSide { username: account.username, methods: methods.collect() }))
    }
}
