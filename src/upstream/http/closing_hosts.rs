//! Remembers hosts that close a kept connection when the next request comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use tokio::time::Instant;
use url::Url;

/// How long a host is remembered.
const REMEMBERED: Duration = Duration::from_hours(1);

/// The hosts, each with its port and the time when it last closed a connection.
#[derive(Debug, Clone, Default)]
pub struct ClosingHosts(Arc<Mutex<HashMap<String, Instant>>>);

impl ClosingHosts {
    pub fn insert(&self, url: &Url) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.retain(|_, closed_at| closed_at.elapsed() < REMEMBERED);
        hosts.insert(url.authority().to_owned(), Instant::now());
    }

    pub fn contains(&self, url: &Url) -> bool {
        let hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        hosts.get(url.authority()).is_some_and(|closed_at| closed_at.elapsed() < REMEMBERED)
    }
}

/// The request. Its connection is not kept.
pub fn with_connection_close(mut request: reqwest::Request) -> reqwest::Request {
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    request
}
