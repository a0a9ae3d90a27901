//! The clients of one configuration.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Http, Reach};

/// The clients of one configuration. Providers of the same reach and certificates share one: making one is slow.
#[derive(Debug, Default)]
pub struct Clients(pub(super) HashMap<ClientKey, Http>);

/// The settings in which clients differ.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct ClientKey {
    reach: Reach,
    ca: Option<Vec<u8>>,
}

impl Clients {
    /// The client for these. Made by [`Http::new`] at the first call.
    ///
    /// # Errors
    /// When `ca` holds no readable certificate.
    pub fn get(&mut self, reach: Reach, ca: Option<&[u8]>) -> Result<Http, reqwest::Error> {
        match self.0.entry(ClientKey { reach, ca: ca.map(<[u8]>::to_vec) }) {
            Entry::Occupied(made) => Ok(made.get().clone()),
            Entry::Vacant(place) => Ok(place.insert(Http::new(reach, ca)?).clone()),
        }
    }
}
