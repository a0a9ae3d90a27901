//! The work that only an admin does: the admin pages, lists and the search of all accounts, the preview of a login, and
//! the signing keys.
//!
//! Operations on accounts are in [`crate::accounts`].

mod access;
mod identity_list;
mod keys;
mod lists;
mod preview;
mod push;
mod search;

pub use access::{AccountChanges, AdminAccess, Entrance, HelpdeskAccess, Merging, ViewerAccess};
pub use identity_list::IdentityPage;
pub use keys::{Key, RotatedKeys};
pub use lists::AccountPage;
pub use preview::{AccountPreview, Place, PlacePreview, preview_account, preview_app};
pub use push::{PushResult, PushedKeys};
pub use search::{FoundAccount, FoundRefusal, Matched, SearchPage};

use crate::base::clock::Clock;
use crate::signer::SignerError;
use crate::store::{Store, StoreError};

/// The database, for admins. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Admin {
    store: Store,
    clock: Clock,
}

/// Why a function of [`Admin`] failed. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("no keys yet: the first start of `vestibule serve` makes one")]
    NoKeys,
    #[error("the text to search for is empty")]
    EmptySearch,
    #[error("this page belongs to the search for another text")]
    CursorOfAnotherSearch,
    #[error(transparent)]
    Signer(#[from] SignerError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Admin {
    #[must_use]
    pub fn new(store: Store, clock: Clock) -> Self {
        Self { store, clock }
    }
}

#[cfg(test)]
mod tests;
