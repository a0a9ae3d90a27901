//! Accepts connections, limits their time and their number, and shuts down gracefully.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use http::header::{CONNECTION, HeaderValue};
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The limits of connections.
#[derive(Debug, Clone, Copy)]
pub struct ConnectionLimits {
    /// Longest time from the end of a response until the head of the next request is complete. It limits slow heads and
    /// idle connections alike, because HTTP/1.1 can't tell them apart before the first byte.
    pub head_timeout: Duration,
    /// Longest time that a response may stay unread before the connection ends.
    pub unread_timeout: Duration,
    /// Most connections that are open at once. Further ones wait to be accepted.
    pub max_connections: usize,
    /// Longest time that running requests may take after the shutdown began.
    pub shutdown_grace: Duration,
}

/// Longest head of a request, in bytes. docs/operate.md asks proxies to pass on a line of 16 KB; this is twice as much.
/// An unfinished head takes this much memory during [`ConnectionLimits::head_timeout`]. hyper's own limit is 400 KB.
pub const MAX_HEAD_BYTES: usize = 32 * 1024;

impl ConnectionLimits {
    /// The limits for a process that may have `files` files open. More than half of the files stay free, because each
    /// request may open a connection to a provider.
    #[must_use]
    pub fn for_open_files(files: u64) -> Self {
        let (head_timeout, unread_timeout, shutdown_grace) =
            (Duration::from_secs(20), Duration::from_secs(30), Duration::from_secs(20));
        let max_connections =
            usize::try_from(files / 2).unwrap_or(usize::MAX).saturating_sub(32).clamp(16, Semaphore::MAX_PERMITS);
        Self { head_timeout, unread_timeout, max_connections, shutdown_grace }
    }
}

/// Serves `router` on `listener` until `end` completes. Then closes idle connections at once, and lets running requests
/// finish.
pub async fn listen(listener: TcpListener, router: Router, limits: ConnectionLimits, end: impl Future<Output = ()>) {
    let (connections, permits) = (GracefulShutdown::new(), Arc::new(Semaphore::new(limits.max_connections)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head_timeout).max_buf_size(MAX_HEAD_BYTES);
    let mut warned = false;
    tokio::pin!(end);
    loop {
        let (permit, stream, peer) = tokio::select! {
            accepted = accept_next(&listener, &permits, &mut warned) => accepted,
            () = &mut end => break,
        };
        set_socket_options(&stream, limits.unread_timeout);
        let service = service(router.clone(), peer, Arc::clone(&permits));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(error = %why, "a connection failed");
            }
            drop(permit);
        });
    }
    drop(listener);
    tracing::info!("shutting down: no new requests; running ones may finish");
    if tokio::time::timeout(limits.shutdown_grace, connections.shutdown()).await.is_err() {
        tracing::warn!(seconds = limits.shutdown_grace.as_secs(), "running requests were cut off: they took too long");
    }
}

/// Waits until the limit allows another connection, and accepts it. Logs once that the limit is reached.
async fn accept_next(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
    warned: &mut bool,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    let full = permits.available_permits() == 0;
    if full && !*warned {
        tracing::warn!("the limit of open connections is reached; others wait");
    }
    *warned = full;
    // The semaphore is never closed, so this never fails.
    let permit = Arc::clone(permits).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (permit, stream, peer),
            Err(why) if client_is_gone(&why) => {}
            Err(why) => {
                tracing::error!(error = %why, "no connection can be accepted; trying again in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Sets options of the socket. The connection also works without them.
fn set_socket_options(stream: &TcpStream, unread_timeout: Duration) {
    // A response is written whole, so the kernel must not wait for more of it.
    let _works_without = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(unread_timeout.as_millis()).unwrap_or(u32::MAX);
        let _works_without = rustix::net::sockopt::set_tcp_user_timeout(stream, millis);
    }
    #[cfg(not(target_os = "linux"))]
    let _no_such_option = unread_timeout;
}

/// Whether the client ended the connection before we accepted it. That is not an error of ours.
fn client_is_gone(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// Hands each request to the routes, with the peer's address. While the limit of connections is reached, each response
/// ends its connection. Otherwise a client that sends a request now and then would keep it while others wait.
fn service(
    router: Router,
    peer: SocketAddr,
    permits: Arc<Semaphore>,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = std::convert::Infallible, Future: Send> {
    let inner = TowerToHyperService::new(router);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // The parser accepts a slightly longer head if all of it is already in its buffer.
        let fits = head_length(&request) <= MAX_HEAD_BYTES;
        let (response, permits) = (fits.then(|| inner.call(request)), Arc::clone(&permits));
        async move {
            let mut response = match response {
                Some(response) => response.await?,
                None => head_too_large(),
            };
            if permits.available_permits() == 0 {
                response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(response)
        }
    })
}

/// The length of a request's head, in bytes: the request line, and a line for each header.
fn head_length(request: &Request<Incoming>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + "  HTTP/1.1\r\n".len();
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>() + "\r\n".len()
}

/// The answer that the parser itself gives if a head does not fit into its buffer.
fn head_too_large() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;
