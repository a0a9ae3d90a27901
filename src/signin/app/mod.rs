//! An app's registration, as the operator configured it. All stages read it, and none changes it.

mod kind;
mod room;
mod room_pattern;
mod rule;

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use crate::base::ids::{AppId, ProviderId};

pub use kind::{
    AddressScheme, AppKind, AuthServerSupport, ErrorReturn, KeyDelivery, NEVER_GIVEN, Permissions, SubjectClaim,
};
pub use room::{InvalidRoom, Room};
pub use room_pattern::RoomPattern;
pub use rule::{Rooms, Rule, RuleName};

pub(super) use room::MAX_LENGTH as MAX_ROOM_LENGTH;

/// An app that may receive tokens.
#[derive(Debug, Clone)]
pub struct App {
    pub id: AppId,
    pub kind: AppKind,
    pub name: String,
    /// Where "Continue to …" leads when no better address is known.
    pub url: Url,
    pub enabled: bool,
    /// The providers that it offers, in this order; `None`: every enabled one.
    pub providers: Option<Vec<ProviderId>>,
    /// Which providers check the passwords that the app's own page sends; `None`: the app has no such page.
    pub authserver: Option<AuthServer>,
    pub addresses: Addresses,
    pub require_state: bool,
    pub response_mode: ResponseMode,
    /// The name of the token's parameter in the fragment or query.
    pub token_parameter: String,
    /// From `iat` to `exp`.
    pub lifetime: Duration,
    /// Which claims of the person go into the token.
    pub claims: Vec<Claim>,
    pub rules: Vec<Rule>,
}

impl App {
    /// Whether people may sign in to this app with `provider`.
    #[must_use]
    pub fn offers(&self, provider: &ProviderId) -> bool {
        self.providers.as_ref().is_none_or(|listed| listed.contains(provider))
    }
}

/// The addresses where an app may receive tokens, and what `aud` says there.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Exactly as registered. An app that registered neither locations nor rooms has its `url` here.
    pub listed: Vec<String>,
    pub rooms: Option<RoomPattern>,
    pub audience: Option<Audience>,
    /// Origins to which the app itself redirects after a sign-in. No token goes there.
    pub onward: Vec<String>,
}

/// An `aud` that differs from the location, for an app behind a path prefix.
#[derive(Debug, Clone)]
pub enum Audience {
    Fixed(String),
    OfRoom(RoomPattern),
}

impl Addresses {
    /// The origins of all addresses, each once.
    #[must_use]
    pub fn origins(&self) -> BTreeSet<String> {
        self.texts()
            .filter_map(|address| Url::parse(&address).ok())
            .map(|url| url.origin().ascii_serialization())
            .collect()
    }

    /// The origins that one of our forms may lead to: those of [`Self::origins`], and those to which the app redirects.
    #[must_use]
    pub fn reached_by_forms(&self) -> BTreeSet<String> {
        self.origins().into_iter().chain(self.onward.iter().cloned()).collect()
    }

    /// The registered address that is most similar to the one that was asked for.
    #[must_use]
    pub fn nearest(&self, asked: &str) -> Option<String> {
        self.texts().max_by(|a, b| strsim::jaro(a, asked).total_cmp(&strsim::jaro(b, asked)))
    }

    /// Every address as the operator wrote it, the pattern of the rooms last.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.listed.iter().cloned().chain(self.rooms.iter().map(RoomPattern::text))
    }
}

/// How an app receives its token (OAuth 2.0 Multiple Response Types §2.1). The registration decides it, never a
/// request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResponseMode {
    /// After `#`: browsers never send it to a server.
    Fragment,
    /// After `?`, as Galène's stock client reads it: the token appears in the app's access log.
    Query,
}

/// Who checks passwords for an app that has its own password form and speaks Galène's authorisation-server protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthServer {
    /// Providers that check passwords, in the order in which they are asked. Never empty.
    pub providers: Vec<ProviderId>,
    pub unknown: WhenUnknown,
}

/// What the app learns when no provider knows the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenUnknown {
    /// The same as for a wrong password.
    #[default]
    Refuse,
    /// That we have no opinion. Then Galène's page sends the password to Galène, which may have a user of that name.
    NoOpinion,
}

/// A claim about the person that a token may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    PreferredUsername,
    Name,
    /// The address, and whether the provider said that it is verified.
    Email,
    Groups,
}
