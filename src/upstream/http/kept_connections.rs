//! Remembers for each host whether its kept connections can be used again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use url::Url;

/// How long a host is remembered.
const REMEMBERED: Duration = Duration::from_hours(1);

/// What a host did with the last request on a kept connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    Answered,
    /// It closed the connection. For an hour, no connection with it is kept.
    Closed,
}

/// The hosts with their ports.
#[derive(Debug, Clone, Default)]
pub struct KeptConnections(Arc<Mutex<HashMap<String, (Reuse, Instant)>>>);

impl KeptConnections {
    pub fn note(&self, url: &Url, reuse: Reuse) {
        let noted = (reuse, Instant::now());
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match hosts.get_mut(url.authority()) {
            // A request that another one overtook must not hide that the host closes connections.
            Some((Reuse::Closed, at)) if at.elapsed() < REMEMBERED => {}
            Some(last) => *last = noted,
            None => {
                hosts.retain(|_, (_, at)| at.elapsed() < REMEMBERED);
                hosts.insert(url.authority().to_owned(), noted);
            }
        }
    }

    pub fn last_reuse(&self, url: &Url) -> Option<Reuse> {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.get(url.authority()).filter(|(_, at)| at.elapsed() < REMEMBERED).map(|(reuse, _)| *reuse)
    }
}
