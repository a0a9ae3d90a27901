//! The link request of a browser, and what it leads to.

use std::sync::Arc;

use time::OffsetDateTime;

use crate::base::ids::{LinkRequestId, LinkRequestTag};
use crate::broker::context::Context;
use crate::broker::live_config::{LiveConfig, Provider};
use crate::broker::refusal::{Cause, Refusal};
use crate::broker::resume::check_still_enabled;
use crate::broker::{Broker, Visitor};
use crate::signin::app::App;
use crate::signin::arrive::Destination;
use crate::signin::link::FirstLogin;
use crate::signin::link::access_request::Answers;
use crate::signin::link::request::{LinkRequest, NotConfirmed};
use crate::store::{AccessRequest, AskedLogin, StoredLinkRequest};

/// A request that waits for its person, with what it leads to.
pub(super) struct OpenRequest<'c> {
    pub id: LinkRequestId,
    pub request: LinkRequest,
    pub asked: AskedLogin,
    /// Where the sign-in leads.
    pub destination: Destination<Arc<App>>,
    /// The provider of the new identity.
    pub provider: &'c Arc<Provider>,
    /// The latest access request of the identity.
    pub access: Option<AccessRequest>,
    /// The answers that are open to the person.
    pub answers: Answers,
    /// Whether a person who is signed in adds a sign-in method.
    pub adds: bool,
    pub context: Context,
}

impl Broker {
    /// The open request of this browser with this tag.
    pub(super) async fn open_request<'c>(
        &self,
        config: &'c LiveConfig,
        tag: &LinkRequestTag,
        visitor: &Visitor,
    ) -> Result<OpenRequest<'c>, Refusal> {
        let missing = || Cause::LinkRequestMissing.refuse(Context::default());
        let id = visitor.link_request(tag).ok_or_else(missing)?;
        let stored = self.store.link_request(id).await.map_err(|why| Cause::Store(why).refuse(Context::default()))?;
        let StoredLinkRequest { id, request, login, destination, session } = stored.ok_or_else(missing)?;
        let destination: Destination = serde_json::from_str(&destination).map_err(|_| missing())?;
        let destination = config.destination(&destination).map_err(|why| why.refuse(Context::default()))?;
        let provider = config.provider(&request.identity.provider);
        let context = Context::of_destination(&destination);
        let over = || Cause::LinkNotConfirmed(NotConfirmed::RequestOver).refuse(context.clone());
        let (Some(asked), Some(provider)) = (login, provider) else { return Err(over()) };
        // A session that opens later stands on these settings (C27).
        let same_provider = provider.settings == asked.settings
            && provider.module.accepts_issuer(&request.identity.issuer)
            && match session {
                Some(_) => provider.first_login.lets_owners_link(),
                None => matches!(provider.first_login, FirstLogin::Ask(_)),
            };
        if !request.is_open(self.clock.now()) || !same_provider {
            return Err(over());
        }
        if let Some(session) = session {
            let bound = self.session_bound_to(config, session, visitor).await;
            if bound.map_err(|why| why.refuse(context.clone()))?.is_none() {
                return Err(over());
            }
        }
        let context = context.with_provider(provider).with_identity(&request.identity);
        check_still_enabled(&destination, provider).map_err(|why| why.refuse(context.clone()))?;
        let access = self.store.access_request_of(&request.identity).await;
        let access = access.map_err(|why| Cause::Store(why).refuse(context.clone()))?;
        // A person who adds a sign-in method has an account.
        let no_answers = Answers { prove: false, new: false, request: false };
        let answers = match session {
            Some(_) => no_answers,
            None => answers_at(provider, access.as_ref(), self.clock.now()),
        };
        let adds = session.is_some();
        Ok(OpenRequest { id, request, asked, destination, provider, access, answers, adds, context })
    }
}

/// The answers that are open to the person of a request.
fn answers_at(provider: &Provider, access: Option<&AccessRequest>, now: OffsetDateTime) -> Answers {
    match &provider.first_login {
        FirstLogin::Ask(ask) => ask.answers(access.map(AccessRequest::standing), now),
        FirstLogin::Provision(_) | FirstLogin::Refuse => Answers { prove: false, new: false, request: false },
    }
}
