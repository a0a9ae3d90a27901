//! The interface for protocols that send people to their provider and read its answer.
//!
//! A protocol implements [`Protocol`] in its own types. The broker sees the same traits of all protocols:
//!
//! | step | function | returns |
//! | --- | --- | --- |
//! | begin | [`RedirectModule::begin`], [`NewLogin::state`] | the state that the protocol keeps |
//! | start | [`NewLogin::start`] | [`BrowserRequest`]: an address or a form |
//! | answer | [`RedirectModule::handle_parameter`], [`RedirectModule::read`] | the login; the answer, unproved |
//! | identify | [`ParsedAnswer::identify`] | [`Identification`]: the person, or the provider's refusal |

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;
use time::OffsetDateTime;

use super::UpstreamError;
use super::provider_words::{ProviderWords, possible_secrets};
use crate::base::parameters::{ParameterError, Parameters};
use crate::signin::arrive::Prompt;
use crate::signin::challenge::{ProtocolState, Redeemed};
use crate::signin::identify::{ExternalIdentity, RuleViolation};

/// A protocol in its own types.
#[async_trait]
pub trait Protocol: Send + Sync {
    /// Its data of a login, kept from the start to the answer. A cookie carries it, so it must be small.
    type State: Serialize + DeserializeOwned + Send + Sync;
    type Answer: UnverifiedAnswer;

    /// As [`RedirectModule::handle_parameter`].
    fn handle_parameter(&self) -> &'static str;

    /// The state of a new login, with fresh random values (security rule C4).
    fn new_state(&self) -> Self::State;

    /// As [`NewLogin::start`].
    ///
    /// # Errors
    /// When the provider can't be asked.
    async fn start(&self, state: &Self::State, start: Start<'_>) -> Result<BrowserRequest, UpstreamError>;

    /// As [`ParsedAnswer::identify`].
    ///
    /// # Errors
    /// Why the answer is not trusted.
    async fn identify(
        &self,
        login: Login<'_, Self::State>,
        answer: Self::Answer,
    ) -> Result<Identification, UpstreamError>;
}

/// An answer that a protocol has read, but not verified yet.
pub trait UnverifiedAnswer: Send + Sized {
    /// The parameters that [`Self::read`] uses, without the handle's. It gets these and the handle's only.
    const PARAMETERS: &'static [&'static str];

    /// As [`RedirectModule::read`].
    ///
    /// # Errors
    /// Why the answer can't be used for any login.
    fn read(answer: &Parameters) -> Result<Self, UnreadableAnswer>;

    /// The provider's refusal, if the answer is one.
    fn declined(&self, words: &ProviderWords) -> Option<ProviderRefusal>;
}

/// A module that sends people to its provider.
#[async_trait]
pub trait RedirectModule: Send + Sync {
    /// The parameter in which an answer brings back the handle of the login: `state` in OAuth, `RelayState` in SAML.
    fn handle_parameter(&self) -> &'static str;

    /// Keeps only the parameters that the protocol reads, and the handle's. Visitors can add any number of others.
    fn only_read(&self, answer: &Parameters) -> Parameters;

    /// A new login. Sends no request.
    fn begin(&self) -> Box<dyn NewLogin + '_>;

    /// Reads an answer. Sends no request, and checks nothing that depends on the login.
    ///
    /// # Errors
    /// Why the answer can't be used for any login.
    fn read<'p>(&'p self, answer: &Parameters) -> Result<Box<dyn ParsedAnswer + 'p>, UnreadableAnswer>;

    /// The provider's refusal in an answer that has no login, only for the log. A provider sends one if it refuses a
    /// request before it reads the handle. `cookies`: as in [`ParsedAnswer::identify`].
    fn declined(&self, answer: &Parameters, cookies: &[&str]) -> Option<ProviderRefusal>;
}

/// A new login, as its protocol sees it.
#[async_trait]
pub trait NewLogin: Send + Sync {
    /// The protocol's state, for the cookie.
    fn state(&self) -> ProtocolState;

    /// How the person gets to the provider.
    ///
    /// # Errors
    /// When the provider can't be asked.
    async fn start(&self, start: Start<'_>) -> Result<BrowserRequest, UpstreamError>;
}

/// An answer that a protocol has read.
#[async_trait]
pub trait ParsedAnswer: Send {
    /// Finds out who the person is. `cookies`: the login cookies of this browser. They are removed from the provider's
    /// words before the log quotes them. Sends the code or the artifact of an answer to the provider at most once.
    ///
    /// # Errors
    /// Why the answer is not trusted.
    async fn identify(self: Box<Self>, login: &Redeemed, cookies: &[&str]) -> Result<Identification, UpstreamError>;
}

/// What a protocol needs for a start.
#[derive(Debug)]
pub struct Start<'s> {
    /// The provider must send it back with the answer: [`crate::signin::challenge::HANDLE_LENGTH`] characters of
    /// base64url.
    pub handle: String,
    pub prompt: Prompt,
    pub login_hint: Option<&'s str>,
    pub ui_locales: Option<&'s str>,
}

/// How a person gets to the provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BrowserRequest {
    /// By a redirect to this address.
    Redirect(String),
    /// By our page that posts these fields to the address `action`, by script or by a button.
    Form { action: String, fields: Vec<(String, String)> },
}

/// The login that an answer belongs to, as its protocol sees it.
#[derive(Debug)]
pub struct Login<'l, S> {
    pub state: S,
    pub begun: OffsetDateTime,
    /// The person must have proved who they are after this time. `None` if the start asked for no fresh proof.
    pub proof_since: Option<OffsetDateTime>,
    /// The handle and the cookies.
    secrets: Vec<&'l str>,
}

impl<S> Login<'_, S> {
    /// Quotes the provider's words without the secrets of the login. `own`: secrets that only the protocol knows.
    pub fn words<'s>(&'s self, own: impl IntoIterator<Item = &'s str>) -> ProviderWords {
        ProviderWords::without(self.secrets.iter().copied().chain(own))
    }
}

/// What an answer says about the person.
#[derive(Debug)]
pub enum Identification {
    /// The provider vouches for this person.
    Attested(Box<ExternalIdentity>),
    /// The provider refuses the sign-in.
    Declined(ProviderRefusal),
    /// Somebody else may have sent it. So nothing changes, and the login can still be finished (security rule C9).
    Disregarded(RuleViolation),
    /// The provider's configuration changed since the login began. The provider must not get this answer (security
    /// rule C6).
    Outdated,
}

/// A provider's refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{}{}", .responsible.before(), self.quoted(), .responsible.after())]
pub struct ProviderRefusal {
    pub responsible: ResponsibleParty,
    /// The protocol's code for it, as the provider sent it.
    pub error: String,
    /// In the provider's own words.
    pub description: Option<String>,
}

/// Who can do something about a provider's refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponsibleParty {
    /// The person did not finish the sign-in there, or is not allowed to.
    Person,
    /// The provider refuses our request: our registration there is wrong.
    Operator,
    /// The provider is in trouble.
    Provider,
}

impl ResponsibleParty {
    fn before(self) -> &'static str {
        match self {
            Self::Person => "the provider answered ",
            Self::Operator => "the provider refuses our request: ",
            Self::Provider => "the provider reports a problem: ",
        }
    }

    fn after(self) -> &'static str {
        match self {
            Self::Operator => "; check our registration there",
            Self::Person | Self::Provider => "",
        }
    }
}

impl ProviderRefusal {
    /// `error` and `description` come through the browser, so anybody may have written them.
    #[must_use]
    pub fn new(responsible: ResponsibleParty, error: &str, description: Option<&str>, words: &ProviderWords) -> Self {
        Self { responsible, error: words.quote(error), description: description.map(|text| words.quote(text)) }
    }

    /// Its code and description, safe for the log.
    pub(crate) fn quoted(&self) -> String {
        quoted_code(&self.error) + &quoted(self.description.as_deref())
    }
}

fn quoted(description: Option<&str>) -> String {
    description.filter(|words| !words.is_empty()).map_or_else(String::new, |words| format!(": {words:?}"))
}

/// An error code as providers send it. Other text may be a visitor's, so it is put in quotation marks.
fn quoted_code(error: &str) -> String {
    let is_code = !error.is_empty() && error.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b));
    if is_code { error.to_owned() } else { format!("{error:?}") }
}

/// Why an answer can't be used for any login. For the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct UnreadableAnswer(pub String);

impl From<ParameterError> for UnreadableAnswer {
    fn from(why: ParameterError) -> Self {
        Self(why.to_string())
    }
}

#[async_trait]
impl<P: Protocol> RedirectModule for P {
    fn handle_parameter(&self) -> &'static str {
        Protocol::handle_parameter(self)
    }

    fn only_read(&self, answer: &Parameters) -> Parameters {
        answer.only(&[&[Protocol::handle_parameter(self)], P::Answer::PARAMETERS].concat())
    }

    fn begin(&self) -> Box<dyn NewLogin + '_> {
        Box::new(ProtocolLogin { protocol: self, state: self.new_state() })
    }

    fn read<'p>(&'p self, answer: &Parameters) -> Result<Box<dyn ParsedAnswer + 'p>, UnreadableAnswer> {
        let handle = answer.once(Protocol::handle_parameter(self))?.unwrap_or_default().to_owned();
        Ok(Box::new(ProtocolAnswer { answer: P::Answer::read(&self.only_read(answer))?, protocol: self, handle }))
    }

    fn declined(&self, answer: &Parameters, cookies: &[&str]) -> Option<ProviderRefusal> {
        let answer = self.only_read(answer);
        let secrets = cookies.iter().copied().chain(possible_secrets(&answer)?);
        P::Answer::read(&answer).ok()?.declined(&ProviderWords::without(secrets))
    }
}

/// A new login with its protocol.
struct ProtocolLogin<'p, P: Protocol> {
    protocol: &'p P,
    state: P::State,
}

#[async_trait]
impl<P: Protocol> NewLogin for ProtocolLogin<'_, P> {
    fn state(&self) -> ProtocolState {
        ProtocolState::write(&self.state)
    }

    async fn start(&self, start: Start<'_>) -> Result<BrowserRequest, UpstreamError> {
        self.protocol.start(&self.state, start).await
    }
}

/// An answer with the protocol that read it.
struct ProtocolAnswer<'p, P: Protocol> {
    protocol: &'p P,
    answer: P::Answer,
    handle: String,
}

#[async_trait]
impl<P: Protocol> ParsedAnswer for ProtocolAnswer<'_, P> {
    async fn identify(self: Box<Self>, login: &Redeemed, cookies: &[&str]) -> Result<Identification, UpstreamError> {
        // The state of another protocol: the provider had another kind when the login began.
        let Some(state) = login.protocol().read() else { return Ok(Identification::Outdated) };
        let secrets = cookies.iter().copied().chain([self.handle.as_str()]).collect();
        let login = Login { state, begun: login.started_at(), proof_since: login.proof_since(), secrets };
        self.protocol.identify(login, self.answer).await
    }
}
