//! The HTTP client for providers. It limits time and size, follows no redirects, and stays out of private networks.

mod accept;
mod clients;
mod connecting;
mod error;
mod failure;
mod kept_connections;
mod phase;

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use http::header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, HeaderMap, HeaderValue};
use oauth2::{HttpRequest, HttpResponse};
use reqwest::dns::Resolve;
use serde::Serialize;
use url::Url;

pub use self::accept::Accept;
pub use self::clients::Clients;
use self::connecting::{Connecting, mark, observe};
pub use self::error::HttpError;
use self::failure::{failure, was_closed};
use self::kept_connections::{KeptConnections, Reuse};
pub use self::phase::Phase;
use super::addresses::{PublicResolver, SystemResolver, is_public};
use crate::base::secret::Secret;

/// The time limit of a request, and the size limit of its answer in bytes (security rule C19).
const TIMEOUT: Duration = Duration::from_secs(10);
const MAX_BODY: usize = 1 << 20;
/// The most header lines of an answer. The HTTP library's own limit is 100, which some servers exceed.
const MAX_HEADERS: usize = 1000;
/// How long an idle connection is kept. Servers close theirs after two seconds or more, and a POST on a connection that
/// the server closes can't be sent again. This time is long enough for the requests of one sign-in, and for the pauses
/// between sign-ins of a crowd: half of it costs 5 % more CPU at 200 a second, for new connections. A host that gets no
/// GET, such as a webhook's, gets a new connection for each request: see [`Http::execute`].
const KEPT: Duration = Duration::from_secs(1);

/// Which addresses a client may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Public ones, by https.
    Public,
    /// Loopback and private ones too, and plain http on loopback. The config says `allow_private`.
    Private,
}

/// A client with its trusted certificates, its reach and its connections. A clone is cheap and shares them.
#[derive(Debug, Clone)]
pub struct Http {
    /// Keeps connections for the next request.
    keeping: reqwest::Client,
    /// Opens a connection for each request.
    single: reqwest::Client,
    reach: Reach,
    kept_connections: KeptConnections,
}

impl Http {
    /// `ca`: certificates in PEM, trusted in addition to the system's.
    ///
    /// # Errors
    /// When `ca` holds no readable certificate.
    pub fn new(reach: Reach, ca: Option<&[u8]>) -> Result<Self, reqwest::Error> {
        Self::with_resolver(|| SystemResolver, reach, ca)
    }

    fn with_resolver<R: Resolve + 'static>(
        system: impl Fn() -> R,
        reach: Reach,
        ca: Option<&[u8]>,
    ) -> Result<Self, reqwest::Error> {
        let own = ca.map(reqwest::Certificate::from_pem_bundle).transpose()?.unwrap_or_default();
        let builder = || match reach {
            Reach::Public => client_builder().dns_resolver(PublicResolver(system())),
            Reach::Private => client_builder().dns_resolver(system()),
        };
        let with_system = Self::build(|| builder().tls_certs_merge(own.clone()), reach);
        // A machine without CA certificates can still reach providers on loopback, or those whose CA is configured.
        with_system.or_else(|why| {
            tracing::warn!(error = %why, "the system's CA certificates can't be used");
            Self::build(|| builder().tls_certs_only(own.clone()), reach)
        })
    }

    /// A client for one Unix socket. All its requests go there, with any host: use `http://localhost/…`.
    ///
    /// # Errors
    /// When the client can't be made.
    pub fn at_socket(socket: &Path) -> Result<Self, reqwest::Error> {
        Self::build(|| client_builder().unix_socket(socket).tls_certs_only([]), Reach::Private)
    }

    fn build(builder: impl Fn() -> reqwest::ClientBuilder, reach: Reach) -> Result<Self, reqwest::Error> {
        let (keeping, single) = (builder().build()?, builder().pool_max_idle_per_host(0).build()?);
        Ok(Self { keeping, single, reach, kept_connections: KeptConnections::default() })
    }

    /// Checks that this client may reach an address.
    ///
    /// # Errors
    /// Why it may not.
    pub fn check_reach(&self, url: &Url) -> Result<(), HttpError> {
        let refused = |why: &str| Err(HttpError::new(host(url), Phase::Address, why));
        let loopback = crate::base::urls::is_loopback(url);
        match (url.scheme(), self.reach) {
            ("https", _) => {}
            ("http", Reach::Private) if loopback => {}
            ("http", Reach::Public) if loopback => {
                return refused("plain http; `allow_private` permits it here");
            }
            ("http", _) => return refused("plain http and not on this machine; it needs https"),
            (other, _) => {
                let scheme: String = other.chars().take(20).collect();
                return refused(&format!("a `{scheme}:` address; it needs https"));
            }
        }
        let ip = match url.host() {
            Some(url::Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(url::Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            Some(url::Host::Domain(_)) | None => None,
        };
        match self.reach {
            Reach::Public if loopback || ip.is_some_and(|ip| !is_public(ip)) => {
                refused("a private address; `allow_private` permits it")
            }
            Reach::Public | Reach::Private => Ok(()),
        }
    }

    /// Sends a request and reads the whole answer. [`super::peer_info`] reads what it shows about the server.
    ///
    /// # Errors
    /// In which phase it failed.
    pub async fn send(&self, request: reqwest::Request) -> Result<http::Response<Vec<u8>>, HttpError> {
        let url = request.url().clone();
        self.check_reach(&url)?;
        let failed = |why: reqwest::Error| failure(&url, &why);
        let mut answer = self.execute(request, &url).await?;
        let mut whole = http::Response::new(Vec::new());
        *whole.status_mut() = answer.status();
        *whole.headers_mut() = std::mem::take(answer.headers_mut());
        *whole.extensions_mut() = std::mem::take(answer.extensions_mut());
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if whole.body().len() + chunk.len() > MAX_BODY {
                return Err(HttpError::new(host(&url), Phase::Size, format!("over {MAX_BODY} bytes")));
            }
            whole.body_mut().extend_from_slice(&chunk);
        }
        Ok(whole)
    }

    /// Sends a request, on a kept connection if that is safe.
    ///
    /// RFC 9112 §9.3.1: a server may close a kept connection at the moment when a request arrives. A GET is then sent
    /// once more. A POST is never sent again (RFC 9110 §9.2.2), since the server may have used a code or counted a
    /// password. So a POST uses a kept connection only if this host has answered a GET on one.
    async fn execute(&self, request: reqwest::Request, url: &Url) -> Result<reqwest::Response, HttpError> {
        let is_get = request.method() == http::Method::GET;
        let keeps = match self.kept_connections.last_reuse(url) {
            Some(Reuse::Answered) => true,
            None => is_get,
            Some(Reuse::Closed) => false,
        };
        if !keeps {
            return self.execute_alone(request, url).await;
        }
        let again = if is_get { request.try_clone() } else { None };
        let begun = Instant::now();
        let (answer, connecting) = observe(self.keeping.execute(request)).await;
        match answer {
            Ok(answer) => {
                // A request that began to connect may still have got a connection that became free.
                if connecting != Connecting::Done {
                    self.kept_connections.note(url, Reuse::Answered);
                }
                Ok(answer)
            }
            Err(why) if connecting != Connecting::Done && was_closed(&why) => {
                self.kept_connections.note(url, Reuse::Closed);
                let Some(mut again) = again else { return Err(failure(url, &why)) };
                // Both requests share the time limit (security rule C19).
                let limit = again.timeout().copied().unwrap_or(TIMEOUT);
                *again.timeout_mut() = Some(limit.saturating_sub(begun.elapsed()));
                self.execute_alone(again, url).await
            }
            // After a timeout, this can't tell whether the request was sent on a connection that became free.
            Err(why) => Err(failure(url, &why)),
        }
    }

    /// Sends a request on a connection of its own, which the server closes: its port then does not stay in use here.
    async fn execute_alone(&self, mut request: reqwest::Request, url: &Url) -> Result<reqwest::Response, HttpError> {
        // RFC 9112 §9.6
        request.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
        let (answer, connecting) = observe(self.single.execute(request)).await;
        answer.map_err(|why| match failure(url, &why) {
            // The time limit of the request may end before that of connecting.
            failure if why.is_timeout() && connecting == Connecting::Begun => {
                HttpError { phase: Phase::Connect, ..failure }
            }
            failure => failure,
        })
    }

    /// Sends a request that the `oauth2` crate made.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn send_oauth2(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let request = reqwest::Request::try_from(request)
            .map_err(|why| HttpError::new(String::new(), Phase::Address, why.without_url().to_string()))?;
        self.send(request).await
    }

    /// A GET for JSON.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<http::Response<Vec<u8>>, HttpError> {
        let request = self.keeping.get(url.clone()).header(ACCEPT, Accept::Json);
        let request = bearer.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
        self.send(request.build().map_err(|why| failure(url, &why))?).await
    }

    /// A GET for JSON with an access token and more headers, which take precedence.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn get_with(
        &self,
        url: &Url,
        bearer: &Secret<String>,
        headers: &HeaderMap,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let request = self.keeping.get(url.clone()).header(ACCEPT, Accept::Json).bearer_auth(bearer.expose());
        let request = request.headers(headers.clone());
        self.send(request.build().map_err(|why| failure(url, &why))?).await
    }

    /// A GET for something else than JSON.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn get_as(&self, accept: Accept, url: &Url) -> Result<http::Response<Vec<u8>>, HttpError> {
        let request = self.keeping.get(url.clone()).header(ACCEPT, accept);
        self.send(request.build().map_err(|why| failure(url, &why))?).await
    }

    /// A POST of JSON, for JSON. `timeout` is the time limit for all of it.
    ///
    /// # Errors
    /// As [`Self::send`].
    pub async fn post(
        &self,
        url: &Url,
        bearer: &Secret<String>,
        json: &impl Serialize,
        timeout: Duration,
    ) -> Result<http::Response<Vec<u8>>, HttpError> {
        let request = self.keeping.post(url.clone()).header(ACCEPT, Accept::Json).bearer_auth(bearer.expose());
        let request = request.json(json).timeout(timeout);
        self.send(request.build().map_err(|why| failure(url, &why))?).await
    }
}

/// Follows no redirect, asks no proxy, and has a time limit.
fn client_builder() -> reqwest::ClientBuilder {
    // RFC 9110 §12.5.3: without it a server may choose any encoding. We decode none, so a small answer can't grow.
    let headers = HeaderMap::from_iter([(ACCEPT_ENCODING, HeaderValue::from_static("identity"))]);
    reqwest::Client::builder()
        .default_headers(headers)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .referer(false)
        .tls_info(true)
        // An invalid header line that we don't read must not make a server "not answering".
        .http1_ignore_invalid_headers_in_responses(true)
        .http1_allow_obsolete_multiline_headers_in_responses(true)
        .http1_allow_spaces_after_header_name_in_responses(true)
        .http1_max_headers(MAX_HEADERS)
        .connector_layer(tower::util::MapFutureLayer::new(mark))
        .user_agent(concat!("vestibule/", env!("CARGO_PKG_VERSION")))
        .pool_idle_timeout(KEPT)
        .connect_timeout(TIMEOUT / 2)
        .timeout(TIMEOUT)
}

fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

#[cfg(test)]
mod tests;
