//! Remembers servers that close a kept connection when the next request comes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::header::{CONNECTION, HeaderValue};
use tokio::time::Instant;
use url::Url;

/// How long a server is remembered.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Such servers, by host and port.
#[derive(Debug, Clone, Default)]
pub struct HungUp(Arc<Mutex<HashMap<String, Instant>>>);

impl HungUp {
    pub fn remember(&self, url: &Url) {
        let mut servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        servers.retain(|_, hung_up| hung_up.elapsed() < REMEMBERED);
        servers.insert(url.authority().to_owned(), Instant::now());
    }

    pub fn knows(&self, url: &Url) -> bool {
        let servers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        servers.get(url.authority()).is_some_and(|hung_up| hung_up.elapsed() < REMEMBERED)
    }
}

/// The request, after which the connection is not kept.
pub fn without_keeping(mut request: reqwest::Request) -> reqwest::Request {
    request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    request
}
