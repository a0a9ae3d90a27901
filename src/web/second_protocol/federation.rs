//! The protocol of a federation with many tenants.

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
    UnverifiedAnswer,
};
use crate::upstream::{Availability, Challenge, LoginModule, UpstreamError};

/// The federation's address. The issuer of each tenant begins with it.
pub const FEDERATION: &str = "https://federation.example.net/";

/// The login module of the federation.
pub struct Federation {
    pub id: ProviderId,
    pub issuer: Issuer,
}

/// The state of a pending login.
#[derive(Serialize, Deserialize)]
pub struct RequestId(String);

/// The answer of the federation.
pub enum Assertion {
    Of { request: String, tenant: String, person: String, index: String },
    Refused { status: String, words: Option<String> },
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

impl UnverifiedAnswer for Assertion {
    const PARAMETERS: &'static [&'static str] = &["Status", "Words", "InResponseTo", "Tenant", "Person", "Index"];

    fn read(answer: &Parameters) -> Result<Self, UnreadableAnswer> {
        let field = |name| answer.once(name).map(|value| value.map(str::to_owned));
        if let Some(status) = field("Status")? {
            return Ok(Self::Refused { status, words: field("Words")? });
        }
        match (field("InResponseTo")?, field("Tenant")?, field("Person")?, field("Index")?) {
            (Some(request), Some(tenant), Some(person), Some(index)) => Ok(Self::Of { request, tenant, person, index }),
            _ => Err(UnreadableAnswer("it has neither an assertion nor a status".to_owned())),
        }
    }

    fn declined(&self, quoted: &ProviderWords) -> Option<ProviderRefusal> {
        let Self::Refused { status, words } = self else { return None };
        let responsible = match status.as_str() {
            "Cancelled" => ResponsibleParty::Person,
            "UnknownRequester" => ResponsibleParty::Operator,
            _ => ResponsibleParty::Provider,
        };
        Some(ProviderRefusal::new(responsible, status, words.as_deref(), quoted))
    }
}

#[async_trait]
impl Protocol for Federation {
    type State = RequestId;
    type Answer = Assertion;

    fn handle_parameter(&self) -> &'static str {
        "RelayState"
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

    async fn identify(&self, login: Login<'_, RequestId>, answer: Assertion) -> Result<Identification, UpstreamError> {
        if let Some(refusal) = answer.declined(&login.words([login.state.0.as_str()])) {
            return Ok(Identification::Declined(refusal));
        }
        let Assertion::Of { request, tenant, person, index } = answer else {
            panic!("neither an assertion nor a refusal")
        };
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
        let identity = ExternalIdentity { provider_session, ..ExternalIdentity::new(key, claims) };
        Ok(Identification::Attested(Box::new(identity)))
    }
}
