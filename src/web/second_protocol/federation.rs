//! The protocol: one federation of many tenants.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};

use crate::base::ids::{Issuer, ProviderId};
use crate::base::parameters::Parameters;
use crate::base::random;
use crate::signin::identify::{ExternalIdentity, IdentityKey, ProviderSession, RuleViolation};
use crate::upstream::probe::FindingSink;
use crate::upstream::provider_words::ProviderWords;
use crate::upstream::redirect::{
    BrowserRequest, Identification, Login, Protocol, ProviderRefusal, ResponsibleParty, Start, UnreadableAnswer,
};
use crate::upstream::{Availability, Challenge, LoginModule, UpstreamError};

/// Where it is, and how the issuers of its tenants begin.
pub const FEDERATION: &str = "https://federation.example.net/";

/// One federation of many tenants.
pub struct Federation {
    pub id: ProviderId,
    pub issuer: Issuer,
}

/// What a login keeps.
#[derive(Serialize, Deserialize)]
pub struct RequestId(String);

/// What comes back.
pub enum Assertion {
    Of { request: String, tenant: String, person: String, index: String },
    No { status: String, words: Option<String> },
}

#[async_trait]
impl LoginModule for Federation {
    fn issuer(&self) -> &Issuer {
        &self.issuer
    }

    fn accepts_issuer(&self, issuer: &Issuer) -> bool {
        issuer.as_str().strip_prefix(FEDERATION).is_some_and(|tenant| !tenant.is_empty())
    }

    fn challenge(&self) -> Challenge<'_> {
        Challenge::Redirect(self)
    }

    fn availability(&self) -> Availability {
        Availability::Answering
    }

    async fn probe(&self, _: FindingSink<'_>) {}
}

#[async_trait]
impl Protocol for Federation {
    type State = RequestId;
    type Answer = Assertion;

    fn handle_parameter(&self) -> &'static str {
        "RelayState"
    }

    fn parameters(&self) -> &'static [&'static str] {
        &["Status", "Words", "InResponseTo", "Tenant", "Person", "Index"]
    }

    fn new_state(&self) -> RequestId {
        RequestId(random::token())
    }

    async fn start(&self, state: &RequestId, start: Start<'_>) -> Result<BrowserRequest, UpstreamError> {
        assert!(start.handle.len() <= 80, "{}", start.handle);
        let fields = [("Request", state.0.clone()), ("RelayState", start.handle)];
        let fields = fields.map(|(name, value)| (name.to_owned(), value)).into();
        Ok(BrowserRequest::Form { action: format!("{FEDERATION}sso"), fields })
    }

    fn read(&self, answer: &Parameters) -> Result<Assertion, UnreadableAnswer> {
        let field = |name| answer.once(name).map(|value| value.map(str::to_owned));
        if let Some(status) = field("Status")? {
            return Ok(Assertion::No { status, words: field("Words")? });
        }
        match (field("InResponseTo")?, field("Tenant")?, field("Person")?, field("Index")?) {
            (Some(request), Some(tenant), Some(person), Some(index)) => {
                Ok(Assertion::Of { request, tenant, person, index })
            }
            _ => Err(UnreadableAnswer("it has neither an assertion nor a status".to_owned())),
        }
    }

    fn declined(&self, answer: &Assertion, quoted: &ProviderWords) -> Option<ProviderRefusal> {
        let Assertion::No { status, words } = answer else { return None };
        let responsible = match status.as_str() {
            "Cancelled" => ResponsibleParty::Person,
            "UnknownRequester" => ResponsibleParty::Operator,
            _ => ResponsibleParty::Provider,
        };
        Some(ProviderRefusal::new(responsible, status, words.as_deref(), quoted))
    }

    async fn identify(&self, login: Login<'_, RequestId>, answer: Assertion) -> Result<Identification, UpstreamError> {
        if let Some(no) = Protocol::declined(self, &answer, &login.words([login.state.0.as_str()])) {
            return Ok(Identification::Declined(no));
        }
        let Assertion::Of { request, tenant, person, index } = answer else { panic!("neither a yes nor a no") };
        let issuer = Issuer::from(tenant);
        if request != login.state.0 {
            return Err(RuleViolation::new("T1", "`InResponseTo`", "our request", "another").into());
        }
        if !self.accepts_issuer(&issuer) {
            return Err(RuleViolation::new("T2", "`Tenant`", FEDERATION, issuer.as_str()).into());
        }
        let claims = Map::from_iter([("preferred_username".to_owned(), json!(person))]);
        let key = IdentityKey { provider: self.id.clone(), issuer, subject: person.as_str().into() };
        let provider_session = ProviderSession { id: Some(index), logout_hint: Some(person) };
        let identity = ExternalIdentity { key, claims, auth_time: None, password: None, provider_session };
        Ok(Identification::Attested(Box::new(identity)))
    }
}
