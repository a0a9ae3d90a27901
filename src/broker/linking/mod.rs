//! The question at a first login whether the person has an account already, and their answer.
//!
//! | request | method | what it does |
//! | --- | --- | --- |
//! | `GET /link` | [`Broker::link_page`] | reads what the page shows |
//! | `GET /link/prove` | [`Broker::begin_proof`] | sends the person to a provider of their account |
//! | `POST /link/password` | [`Broker::prove_with_password`] | the same with a typed password |
//! | `POST /link/confirm` | [`Broker::answer_link`] | links the identity to the proved account |
//! | `POST /link/new` | [`Broker::answer_link`] | makes an account |
//! | `POST /link/back` | [`Broker::drop_proof`] | asks again |
//! | `POST /link/dismiss` | [`Broker::dismiss_link`] | ends the request: somebody else signed in |
//!
//! `signin/link/request.rs` has the rules as pure functions. The state of each step is the row of the request, so no
//! step can be left out or taken twice (rule L10). The cookie of this browser leads to the row; the address does not.

mod answer;
mod open_request;
mod prove;

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
use crate::signin::link::FirstLogin;
use crate::signin::link::request::{AccountProof, LinkState};
use crate::store::LinkedIdentity;

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
    pub step: LinkStep,
}

/// The person's next step.
#[derive(Debug)]
pub enum LinkStep {
    /// To prove an account, if `may_prove`, or to make one, if `may_make_account`.
    Answer { may_prove: bool, may_make_account: bool },
    /// To confirm the page that names both sides.
    Confirm(ProvedSide),
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
        visitor: &Visitor,
    ) -> Result<(LinkPage, Option<LinkNotice>), Refusal> {
        let open = self.open_request(config, tag, visitor).await?;
        let (step, notice) = match &open.request.state {
            LinkState::Proved(proof) => {
                let proved = self.proved_side(config, &open, proof).await;
                match proved.map_err(|why| why.refuse(open.context.clone()))? {
                    Some(proved) => (LinkStep::Confirm(proved), None),
                    None => (open.answer_step(), Some(LinkNotice::ProofLost)),
                }
            }
            LinkState::Asked | LinkState::Finished => (open.answer_step(), None),
        };
        let offered = config.offered_for(&open.destination);
        let options = sign_in_options(open.destination.clone(), &offered, visitor);
        let options = SignInOptions { another_account: false, ..options };
        let (tag, provider) = (tag.clone(), Arc::clone(open.provider));
        Ok((LinkPage { tag, provider, profile: open.asked.profile, options, step }, notice))
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

impl OpenRequest<'_> {
    fn answer_step(&self) -> LinkStep {
        let (may_prove, new) = match &self.provider.first_login {
            FirstLogin::Ask(ask) => (ask.prove, ask.new.is_some()),
            FirstLogin::Provision(_) | FirstLogin::Refuse => (false, false),
        };
        LinkStep::Answer { may_prove, may_make_account: new && self.asked.wished.is_some() }
    }
}
