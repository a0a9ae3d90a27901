//! An app's registration, as the stages of a sign-in see it.

use std::collections::BTreeSet;
use std::time::Duration;

use url::Url;

use super::RoomPattern;
use crate::base::ids::{AppId, ProviderId};
use crate::signin::permit::Rule;
use crate::signin::send::Channel;

/// An app that may receive tokens.
#[derive(Debug, Clone)]
pub struct App {
    pub id: AppId,
    pub kind: Kind,
    pub name: String,
    /// Where "Continue to …" leads when nothing better is known.
    pub url: Url,
    pub enabled: bool,
    /// In the order they are offered; `None`: every enabled one.
    pub providers: Option<Vec<ProviderId>>,
    /// Who answers the app's own page, which posts names and passwords; `None`: nobody does.
    pub authserver: Option<AuthServer>,
    pub addresses: Addresses,
    pub require_state: bool,
    pub channel: Channel,
    /// What the token is called in the fragment or query.
    pub token_parameter: String,
    /// From `iat` to `exp`.
    pub lifetime: Duration,
    /// What of the person goes into the token.
    pub claims: Vec<Claim>,
    pub rules: Vec<Rule>,
}

/// The addresses where an app may receive tokens, and what `aud` says there.
#[derive(Debug, Clone, Default)]
pub struct Addresses {
    /// Exactly as registered. Where an app has neither locations nor rooms, its `url` stands here.
    pub listed: Vec<String>,
    pub rooms: Option<RoomPattern>,
    pub audience: Option<Audience>,
    /// Origins that the app itself redirects to after a sign-in. No token goes there.
    pub onward: Vec<String>,
}

/// An `aud` other than the location, as behind a path prefix.
#[derive(Debug, Clone)]
pub enum Audience {
    Fixed(String),
    OfRoom(RoomPattern),
}

impl Addresses {
    /// The origins that an answer may lead to, each once.
    #[must_use]
    pub fn origins(&self) -> BTreeSet<String> {
        let patterns = self.rooms.iter().map(RoomPattern::text);
        let known = self.listed.iter().cloned().chain(patterns);
        known.filter_map(|address| Url::parse(&address).ok()).map(|url| url.origin().ascii_serialization()).collect()
    }

    /// The origins that a form of ours may lead to: those of [`Self::origins`], and where the app redirects from there.
    #[must_use]
    pub fn reached_by_forms(&self) -> BTreeSet<String> {
        self.origins().into_iter().chain(self.onward.iter().cloned()).collect()
    }

    /// The registered address most like the one asked for.
    #[must_use]
    pub fn nearest(&self, asked: &str) -> Option<String> {
        let patterns = self.rooms.iter().map(RoomPattern::text);
        let known = self.listed.iter().cloned().chain(patterns);
        known.max_by(|a, b| strsim::jaro(a, asked).total_cmp(&strsim::jaro(b, asked)))
    }
}

/// The modules behind Galène's authorisation-server protocol: an app that shows a password form of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthServer {
    /// Providers that check passwords, in the order they are asked. Never empty.
    pub providers: Vec<ProviderId>,
    pub unknown: WhenUnknown,
}

/// What an app hears of a name that none of its modules knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum WhenUnknown {
    /// The same as of a wrong password.
    #[default]
    Refuse,
    /// That we have no opinion: then Galène's page sends the password to Galène, whose own users it may be.
    NoOpinion,
}

/// What a token may say of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    PreferredUsername,
    Name,
    /// The address, and whether the provider said it is verified.
    Email,
    Groups,
}

/// What one kind of app asks of the stages. Each kind is a constant in `apps/`.
#[derive(Debug, Clone, Copy)]
pub struct Kind {
    /// As it stands in the config file.
    pub name: &'static str,
    /// The header's `typ`.
    pub token_type: &'static str,
    pub subject: SubjectClaim,
    pub error_return: ErrorReturn,
    /// What a permission of a rule means to this kind of app; `None`: no such permission.
    pub expand: fn(&str) -> Option<Vec<String>>,
    /// Whether the app can take this username, and if not why.
    pub takes_username: fn(&str) -> Result<(), &'static str>,
}

/// What `sub` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectClaim {
    /// The account's stable id.
    AccountId,
    /// The account's username, which such an app shows.
    Username,
}

/// Where a refusal may be told to the app itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorReturn {
    /// At the location, as `error=…`.
    Location,
    /// Nowhere: "Return" leads to the app's own address without a word.
    Never,
}

impl App {
    /// Whether sign-ins for this app may come by `provider`.
    #[must_use]
    pub fn offers(&self, provider: &ProviderId) -> bool {
        self.providers.as_ref().is_none_or(|listed| listed.contains(provider))
    }
}
