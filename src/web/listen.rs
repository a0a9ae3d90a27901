//! Accepts connections: with limits on their time and their number, and a graceful end.

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
pub struct Bounds {
    /// Longest time until the head of a request is complete, from the end of the response before it. It bounds two
    /// cases, which look alike in HTTP/1.1 before the first byte: a head that trickles in, and an idle connection.
    pub head: Duration,
    /// Longest time that a response may stay unread before the connection ends.
    pub unread: Duration,
    /// Most connections that are open at once. Further ones wait to be accepted.
    pub open: usize,
    /// Longest time that running requests may take after the end was asked for.
    pub grace: Duration,
}

/// Longest head of a request, in bytes. docs/operate.md asks proxies to pass on a line of 16 KB; this is twice as much.
/// An unfinished head takes this much memory during [`Bounds::head`]. hyper's own limit is 400 KB.
pub const LONGEST_HEAD: usize = 32 * 1024;

impl Bounds {
    /// The limits for a process that may have so many files open. More than half of the files stay free, because each
    /// request may open a connection to a provider.
    #[must_use]
    pub fn for_files(files: u64) -> Self {
        let (head, unread, grace) = (Duration::from_secs(20), Duration::from_secs(30), Duration::from_secs(20));
        let open =
            usize::try_from(files / 2).unwrap_or(usize::MAX).saturating_sub(32).clamp(16, Semaphore::MAX_PERMITS);
        Self { head, unread, open, grace }
    }
}

/// Serves `router` on `listener` until `end`. Then it closes idle connections at once, and lets running requests
/// finish.
pub async fn listen(listener: TcpListener, router: Router, bounds: Bounds, end: impl Future<Output = ()>) {
    let (connections, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(bounds.open)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(LONGEST_HEAD);
    let mut warned = false;
    tokio::pin!(end);
    loop {
        let (place, stream, peer) = tokio::select! {
            next = next(&listener, &places, &mut warned) => next,
            () = &mut end => break,
        };
        set_up(&stream, bounds.unread);
        let service = service(router.clone(), peer, Arc::clone(&places));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(error = %why, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("ending: no new requests; running ones may finish");
    if tokio::time::timeout(bounds.grace, connections.shutdown()).await.is_err() {
        tracing::warn!(seconds = bounds.grace.as_secs(), "running requests were cut off: they took too long");
    }
}

/// The next connection, as soon as the number of open ones allows it. The log says once that they are too many.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    warned: &mut bool,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    let full = places.available_permits() == 0;
    if full && !*warned {
        tracing::warn!("the limit of open connections is reached; others wait");
    }
    *warned = full;
    // The semaphore is never closed, so this never fails.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (place, stream, peer),
            Err(why) if client_is_gone(&why) => {}
            Err(why) => {
                tracing::error!(error = %why, "no connection can be accepted; trying again in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Sets options of the socket. Without them the connection works, too.
fn set_up(stream: &TcpStream, unread: Duration) {
    // A response is written whole, so the kernel must not wait for more of it.
    let _works_without = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(unread.as_millis()).unwrap_or(u32::MAX);
        let _works_without = rustix::net::sockopt::set_tcp_user_timeout(stream, millis);
    }
    #[cfg(not(target_os = "linux"))]
    let _no_such_option = unread;
}

/// Whether the client ended the connection before we accepted it: nothing is wrong here.
fn client_is_gone(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// The routes, with the address of the peer. While the limit of connections is reached, each response ends its
/// connection. Otherwise a client that asks now and then would keep its connection for ever, and others would wait
/// without end.
fn service(
    router: Router,
    peer: SocketAddr,
    places: Arc<Semaphore>,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = std::convert::Infallible, Future: Send> {
    let inner = TowerToHyperService::new(router);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // The parser accepts a head that is a little longer, if it has read more into its buffer.
        let fits = head_of(&request) <= LONGEST_HEAD;
        let (answer, places) = (fits.then(|| inner.call(request)), Arc::clone(&places));
        async move {
            let mut answer = match answer {
                Some(answer) => answer.await?,
                None => too_long(),
            };
            if places.available_permits() == 0 {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok(answer)
        }
    })
}

/// The length of a request's head, in bytes: the request line, and a line for each header.
fn head_of(request: &Request<Incoming>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + "  HTTP/1.1\r\n".len();
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>() + "\r\n".len()
}

/// The answer that the parser itself gives if a head does not fit into its buffer.
fn too_long() -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

#[cfg(test)]
mod tests;
