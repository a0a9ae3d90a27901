//! Sign in with Apple: OpenID Connect, with a client secret that we sign, and a name that comes beside the code.
//!
//! All that decides who somebody is comes from the ID token, as at every OpenID provider.

mod answer;
pub(super) mod kind;
pub mod settings;
mod user_field;

use async_trait::async_trait;

use self::answer::Answer;
use super::oidc::Oidc;
use super::probe::FindingSink;
use super::redirect::{BrowserRequest, Identification, Login, Protocol, Start};
use super::{Availability, Challenge, Due, LoginModule, UpstreamError};
use crate::base::ids::Issuer;
use crate::signin::identify::Reauth;

/// Apple, as an OpenID provider.
#[derive(Debug)]
pub struct Apple {
    oidc: Oidc,
}

#[async_trait]
impl LoginModule for Apple {
    fn issuer(&self) -> &Issuer {
        self.oidc.issuer()
    }

    fn accepts_issuer(&self, issuer: &Issuer) -> bool {
        self.oidc.accepts_issuer(issuer)
    }

    fn reauth(&self) -> Reauth {
        self.oidc.reauth()
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::Redirect(self)
    }

    fn availability(&self) -> Availability {
        self.oidc.availability()
    }

    fn due(&self) -> Option<Due> {
        self.oidc.due()
    }

    async fn refresh(&self) {
        self.oidc.refresh().await;
    }

    async fn probe(&self, sink: FindingSink<'_>) {
        self.oidc.probe(sink).await;
    }
}

#[async_trait]
impl Protocol for Apple {
    type State = <Oidc as Protocol>::State;
    type Answer = Answer;

    fn handle_parameter(&self) -> &'static str {
        Protocol::handle_parameter(&self.oidc)
    }

    fn new_state(&self) -> Self::State {
        self.oidc.new_state()
    }

    async fn start(&self, state: &Self::State, start: Start<'_>) -> Result<BrowserRequest, UpstreamError> {
        self.oidc.start(state, start).await
    }

    /// The person is the one of the ID token. The unsigned name is no claim, so no username, group or rule can come
    /// from it (security rule C76).
    async fn identify(&self, login: Login<'_, Self::State>, answer: Answer) -> Result<Identification, UpstreamError> {
        let Answer { response, name } = answer;
        let mut identification = self.oidc.identify(login, response).await?;
        if let Identification::Attested(identity) = &mut identification {
            identity.unsigned_name = name;
        }
        Ok(identification)
    }
}
