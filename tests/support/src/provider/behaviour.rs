//! How the fake provider can behave, with the security rule that applies.

use std::time::Duration;

use serde_json::{Map, Value, json};
use vestibule::base::clock::Clock;

use super::defects::{Defect, Quirk};

/// How the fake provider behaves. The default keeps every rule.
#[derive(Clone)]
pub struct Behaviour {
    /// The next authorization request signs this person in.
    pub person: Person,
    /// Signs in instead of `person` if the request says `prompt=login`. `select_account` changes nothing, as at
    /// Keycloak.
    pub reauthenticated: Option<Person>,
    pub clock: Clock,
    /// The issuer that it claims to be, in metadata, tokens and answers. Its endpoints stay where they are.
    pub issuer: Option<String>,
    pub answer: Answer,
    pub iss: IssuerInAnswer,
    /// Claims of the ID token in place of the usual ones. Null leaves a claim out.
    pub claims: Map<String, Value>,
    /// What is wrong with the ID token.
    pub defect: Option<Defect>,
    /// What is unusual about the ID token, yet allowed.
    pub quirk: Option<Quirk>,
    /// A member of the ID token that repeats a secret.
    pub echo: Option<&'static str>,
    /// What signs ID tokens and userinfo.
    pub algorithm: SigningAlgorithm,
    /// The secret that answers repeat.
    pub echoed: Echoed,
    pub token: TokenEndpoint,
    /// Members of a token answer in place of the usual ones. Null leaves a member out.
    pub token_answer: Map<String, Value>,
    pub userinfo: UserinfoEndpoint,
    /// The whole answer of userinfo, in place of the person's claims.
    pub userinfo_answer: Option<Value>,
    pub discovery: DiscoveryEndpoint,
    /// Members of the metadata in place of the usual ones. Null leaves a member out.
    pub metadata: Map<String, Value>,
    pub promise: IssuerPromise,
    pub jwks: JwksEndpoint,
    /// Keys in place of the usual ones, as a JSON array.
    pub keys: Option<Value>,
    pub accept: AcceptHeader,
    /// The public key that must have signed the client's assertion. Without it, every client is accepted.
    pub client_key: Option<Value>,
    pub assertion_audience: AssertionAudience,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            person: Person::ada(),
            reauthenticated: None,
            clock: Clock::system(),
            issuer: None,
            answer: Answer::Code,
            iss: IssuerInAnswer::Right,
            claims: Map::new(),
            defect: None,
            quirk: None,
            echo: None,
            algorithm: SigningAlgorithm::Rs256,
            echoed: Echoed::AccessToken,
            token: TokenEndpoint::Good,
            token_answer: Map::new(),
            userinfo: UserinfoEndpoint::Good,
            userinfo_answer: None,
            discovery: DiscoveryEndpoint::Good,
            metadata: Map::new(),
            promise: IssuerPromise::Given,
            jwks: JwksEndpoint::Good,
            keys: None,
            accept: AcceptHeader::Ignored,
            client_key: None,
            assertion_audience: AssertionAudience::Issuer,
        }
    }
}

/// The algorithm of the provider's signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SigningAlgorithm {
    Rs256,
    /// With a key on the curve P-256, which is then the only one in the key set.
    Es256,
}

/// Whether the endpoints choose their answer by the header `Accept`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AcceptHeader {
    Ignored,
    /// 400 unless the first type in it is the answer's own.
    Enforced,
}

/// A secret that an answer repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Echoed {
    AccessToken,
    /// The client's assertion in the last request for a token.
    ClientAssertion,
}

/// The only audience that a client's assertion may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionAudience {
    Issuer,
    TokenEndpoint,
}

/// A person at the provider: `sub`, and the other claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    pub sub: String,
    pub claims: Map<String, Value>,
    /// Claims that the ID token lacks.
    pub only_userinfo: Map<String, Value>,
}

impl Person {
    pub fn ada() -> Self {
        Self::new("ada-1815")
            .with("preferred_username", "ada")
            .with("name", "Ada Lovelace")
            .with("email", "ada@example.edu")
            .with("email_verified", true)
    }

    pub fn new(sub: &str) -> Self {
        Self { sub: sub.into(), claims: Map::new(), only_userinfo: Map::new() }
    }

    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(claim.into(), value.into());
        self
    }

    pub fn with_in_userinfo(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.only_userinfo.insert(claim.into(), value.into());
        self
    }

    /// The claims that the ID token has.
    pub fn id_token(&self) -> Map<String, Value> {
        let mut claims = self.claims.clone();
        claims.insert("sub".into(), json!(self.sub));
        claims
    }

    /// The claims that userinfo returns.
    pub fn userinfo(&self) -> Map<String, Value> {
        self.id_token().into_iter().chain(self.only_userinfo.clone()).collect()
    }
}

/// The answer of `/authorize`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    Code,
    /// `error=access_denied` with this description.
    Denied(String),
    /// `error=access_denied` with a `state` that Vestibule did not send (C9).
    DeniedWithOtherState,
    /// A code with a `state` that Vestibule did not send (C2).
    CodeWithOtherState,
    CodeWithoutState,
    /// Any other error code.
    Error(String),
    /// These parameters, beside `state` and `iss`.
    Parameters(Vec<(&'static str, &'static str)>),
    /// An error whose code and description repeat the `state` and the `nonce` of the request.
    Echoes,
    /// A page with this status, in place of a redirect.
    Page(u16),
    /// A redirect to an address of the provider, with this `error`.
    OwnErrorPage(&'static str),
}

/// `iss` in the authorization response (RFC 9207; C8, C9).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerInAnswer {
    Right,
    Missing,
    Wrong,
    /// Another issuer, whose address repeats the `state`, the `nonce` and the code.
    Echoes,
    Text(&'static str),
}

/// Whether the metadata promise `iss` in every authorization response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IssuerPromise {
    Given,
    NotGiven,
}

/// The behaviour of `/token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenEndpoint {
    Good,
    /// 401.
    InvalidClient,
    /// 400.
    InvalidGrant,
    /// 500.
    Broken,
    /// Answers correctly after this delay.
    Slow(Duration),
    /// Answers correctly, once the behaviour is changed.
    Held,
    /// Redeems the code at once, and answers after this delay. A second request with the code is refused at once.
    SlowAfterRedeeming(Duration),
    /// Closes the connection in the middle of its answer.
    HangsUp,
    /// 2 MiB of JSON.
    Huge,
    /// 302 to an address whose requests are counted.
    Redirects,
    /// 8 MiB in 50 KiB, `Content-Encoding: gzip`.
    GzipBomb,
    NotJson,
    NoIdToken,
    NoAccessToken,
    OtherTokenType,
    /// 201, `text/plain`, a byte order mark, and members of odd types that Vestibule does not read.
    Odd,
    /// Tokens for a code that the provider never issued.
    AcceptsAnyCode,
    /// This error, with this status.
    Refuses(u16, &'static str),
    /// An HTML page with this status.
    Page(u16),
    /// `invalid_request`, with a description that repeats the received secrets, in each encoding.
    Echoes,
    /// `invalid_client`, with a description that repeats the client's assertion.
    EchoesAssertion,
}

/// The behaviour of `/userinfo` (C17).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserinfoEndpoint {
    Good,
    OtherSub,
    SubTwice,
    SubNumber,
    SubMissing,
    NotJson,
    /// 500.
    Broken,
    Huge,
    Redirects,
    /// A signed JWT (Core §5.3.2).
    Jwt,
    /// A JWT with what is wrong with an ID token.
    JwtWith(Defect),
    /// A good JWT about another person.
    JwtOtherSub,
    /// A JWT that repeats the secret in this member.
    JwtEchoes(&'static str),
    /// An encrypted JWT.
    EncryptedJwt,
    /// Unused claims that are null or appear twice, as `text/plain`.
    Odd,
    /// 502 with a page.
    BadGateway,
    /// A claim whose name is the secret.
    Echoes,
    /// 403 with a description that repeats the secret.
    EchoesInError,
}

/// The discovery document (C19).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiscoveryEndpoint {
    Good,
    /// Answers correctly, once this many requests wait at the same time.
    WaitsForRequests(usize),
    OtherIssuer,
    IssuerWithSlash,
    /// A token endpoint on plain http at another host.
    PlainHttp,
    /// A token endpoint at a private address.
    Private,
    /// 500.
    Broken,
    Redirects,
    Huge,
    IssuerTwice,
    NotJson,
    /// JSON, but not an object.
    NotAnObject,
    /// `text/plain`, a byte order mark, odd members that Vestibule does not read, and a missing member that the
    /// standard requires.
    Odd,
    /// Without this member.
    Without(&'static str),
    /// An HTML page with its own content type.
    Page,
    /// From a cache: with this `Age`, in seconds.
    Cached(u32),
}

/// The key set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JwksEndpoint {
    Good,
    /// Keys without `alg` and `use`, as real providers publish them.
    WithoutAlgAndUse,
    /// The provider's key among keys of kinds that Vestibule does not read, one of them malformed.
    Mixed,
    /// The provider's key twice, with null members.
    Twice,
    /// The provider's key without a `kid`, after another key with one. The token has one too.
    WithoutKid,
    Empty,
    NotJson,
    /// 500.
    Broken,
    Redirects,
    Huge,
    KeysTwice,
}
