//! The handle of a login, which travels through the provider.

use std::array;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use crate::base::ids::{AppId, LoginId, ProviderId};
use crate::base::secret::{Sealer, UnsealError, sha256};
use crate::signin::arrive::Destination;

/// The length of a sealed handle. SAML allows no more in a `RelayState` (SAML 2.0 Bindings §3.4.3, §3.5.3), so one form
/// fits every protocol.
pub const HANDLE_LENGTH: usize = 80;

/// Names a login on its way through the provider: the `state` of OAuth, the `RelayState` of SAML.
///
/// It holds short hashes of the app's id and the provider's id, because the ids would not fit. With them, a page can
/// name the app even if the browser has lost the cookie. No login continues without the cookie, which holds the ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateHandle {
    pub login: LoginId,
    destination: HashPrefix,
    provider: HashPrefix,
}

/// Stands for our own pages. No app has this id, because an id has no `/`.
const OWN_PAGE: &str = "/";

/// The start of a hash.
type HashPrefix = [u8; 6];

impl StateHandle {
    #[must_use]
    pub fn new(login: LoginId, destination: &Destination, provider: &ProviderId) -> Self {
        let destination = match destination {
            Destination::App { app, .. } => hash_prefix(app.as_str()),
            Destination::OwnPage { .. } => hash_prefix(OWN_PAGE),
        };
        Self { login, destination, provider: hash_prefix(provider.as_str()) }
    }

    /// Whether the login leads to this app.
    #[must_use]
    pub fn is_for_app(&self, app: &AppId) -> bool {
        self.destination == hash_prefix(app.as_str())
    }

    /// Whether the login leads to a page of our own.
    #[must_use]
    pub fn is_for_own_page(&self) -> bool {
        self.destination == hash_prefix(OWN_PAGE)
    }

    /// Whether the login was begun for this provider.
    #[must_use]
    pub fn is_for_provider(&self, provider: &ProviderId) -> bool {
        self.provider == hash_prefix(provider.as_str())
    }

    /// The sealed handle: [`HANDLE_LENGTH`] characters of base64url.
    #[must_use]
    pub fn seal(&self, with: &Sealer) -> String {
        let plain = [self.login.as_bytes(), &self.destination, &self.provider].concat();
        URL_SAFE_NO_PAD.encode(with.seal(&plain, &[]))
    }

    /// # Errors
    /// When we did not seal it.
    pub fn open(sealed: &str, with: &Sealer) -> Result<Self, UnsealError> {
        let plain = with.open(&URL_SAFE_NO_PAD.decode(sealed).map_err(|_| UnsealError)?, &[])?;
        let (login, prefixes) = plain.split_first_chunk().ok_or(UnsealError)?;
        let (destination, provider) = prefixes.split_first_chunk().ok_or(UnsealError)?;
        let provider = provider.try_into().map_err(|_| UnsealError)?;
        Ok(Self { login: LoginId::from_bytes(*login), destination: *destination, provider })
    }
}

fn hash_prefix(id: &str) -> HashPrefix {
    let hash = sha256(id.as_bytes());
    array::from_fn(|at| hash.get(at).copied().unwrap_or_default())
}
