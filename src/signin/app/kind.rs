//! What one kind of app needs from the config, the stages and the checks. Each kind is one constant in `apps/`.

use std::time::Duration;

use super::ResponseMode;

/// A kind of app. Code that differs between kinds reads these fields, and never asks which kind an app has.
#[derive(Debug, Clone, Copy)]
pub struct AppKind {
    /// As the config names it: `kind = "…"`.
    pub name: &'static str,
    /// What people call the server behind such an app, for messages.
    pub product: &'static str,
    /// How the config registers addresses.
    pub addresses: AddressScheme,
    /// How the app gets its token, unless the config says otherwise.
    pub response_mode: ResponseMode,
    /// From `iat` to `exp` of a token, unless the config says otherwise.
    pub lifetime: Duration,
    /// Whether a page of the app's own may collect passwords and send them to us.
    pub authserver: AuthServerSupport,
    /// How the app's server gets our public keys.
    pub keys: KeyDelivery,
    /// The header's `typ`.
    pub token_type: &'static str,
    pub subject: SubjectClaim,
    pub error_return: ErrorReturn,
    pub permissions: Permissions,
    /// Whether the app accepts a username. The error says why not.
    pub check_username: fn(&str) -> Result<(), &'static str>,
}

/// How an app of a kind registers its addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressScheme {
    /// By `locations`, `room_location` or both; without either, the app has one address, its `url`.
    Listed,
    /// Every room has its address below the app's `url`, at this path with `{room}` in it. If the token comes in the
    /// fragment, the config may instead name a page of the operator's own, by `room_location`.
    RoomsBelowUrl(&'static str),
}

/// Whether an app may have `authserver`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthServerSupport {
    None,
    Optional,
}

/// How the server of an app gets our public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyDelivery {
    /// It fetches our JWK Set (RFC 7517 §5).
    Fetched,
    /// It keeps keys in the files of Galène's groups. An operator puts ours there, or we do so through Galène's API
    /// (`[app.galene_api]`).
    GaleneGroups,
}

/// What `sub` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubjectClaim {
    /// The account's stable id.
    AccountId,
    /// The account's username, for an app that shows `sub` to people.
    Username,
}

/// Where the app learns of a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorReturn {
    /// At the location, as `error=…`.
    Location,
    /// Nowhere: "Return" leads to the app's own address and carries no error.
    Never,
}

/// The permissions that a rule may give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permissions {
    /// The app's own words. They go into the token unchanged.
    OfTheApp,
    /// Only these words, each with the permissions that it stands for.
    Table(&'static [(&'static str, &'static [&'static str])]),
}

/// The permission that no rule can give, to an app of any kind (security rule C31).
pub const NEVER_GIVEN: &str = "admin";

impl Permissions {
    /// The permissions in the token for a word of a rule; `None` if the word is not a permission.
    #[must_use]
    pub fn expand(&self, word: &str) -> Option<Vec<String>> {
        if word == NEVER_GIVEN {
            return None;
        }
        match self {
            Self::OfTheApp => (!word.trim().is_empty()).then(|| vec![word.to_owned()]),
            Self::Table(rows) => {
                let (_, given) = rows.iter().find(|(known, _)| *known == word)?;
                Some(given.iter().map(|permission| (*permission).to_owned()).collect())
            }
        }
    }

    /// The words to suggest to an operator. Empty if any word is allowed.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        match self {
            Self::OfTheApp => Vec::new(),
            Self::Table(rows) => rows.iter().map(|(word, _)| *word).collect(),
        }
    }
}
