//! Connections: each bounded in time, all of them in number, and a quiet end.

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

/// What connections may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Until the head of a request is there, counted from the end of the answer before it. So it bounds two things that
    /// HTTP/1.1 lets nobody tell apart before the first byte: a head that trickles in, and a connection left idle.
    pub head: Duration,
    /// How long an answer may lie unread, before the connection is given up.
    pub unread: Duration,
    /// How many stand open at once. More wait to be accepted.
    pub open: usize,
    /// How long requests under way may take after the end was asked for.
    pub grace: Duration,
}

/// Longest head of a request, in bytes: a line of 16 KB, the longest that docs/operate.md asks a proxy to pass on, and
/// as much again. An unfinished head takes this much memory for [`Bounds::head`]; hyper's own bound is 400 KB.
pub const LONGEST_HEAD: usize = 32 * 1024;

impl Bounds {
    /// For a process that may hold so many files open. Half of them, and some to spare, are left: each request may need
    /// one more, to a provider.
    #[must_use]
    pub fn for_files(files: u64) -> Self {
        let (head, unread, grace) = (Duration::from_secs(20), Duration::from_secs(30), Duration::from_secs(20));
        let open =
            usize::try_from(files / 2).unwrap_or(usize::MAX).saturating_sub(32).clamp(16, Semaphore::MAX_PERMITS);
        Self { head, unread, open, grace }
    }
}

/// Answers on `listener` until `end` comes. Then idle connections are closed at once, and requests under way finished.
pub async fn listen(listener: TcpListener, router: Router, bounds: Bounds, end: impl Future<Output = ()>) {
    let (connections, places) = (GracefulShutdown::new(), Arc::new(Semaphore::new(bounds.open)));
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(bounds.head).max_buf_size(LONGEST_HEAD);
    let mut told = false;
    tokio::pin!(end);
    loop {
        let (place, stream, peer) = tokio::select! {
            next = next(&listener, &places, &mut told) => next,
            () = &mut end => break,
        };
        set_up(&stream, bounds.unread);
        let service = service(router.clone(), peer, Arc::clone(&places));
        let connection = http.serve_connection(TokioIo::new(stream), service);
        let connection = connections.watch(connection);
        tokio::spawn(async move {
            if let Err(why) = connection.await {
                tracing::debug!(%why, "a connection broke off");
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("ending: no new requests, those under way are finished");
    if tokio::time::timeout(bounds.grace, connections.shutdown()).await.is_err() {
        tracing::warn!(seconds = bounds.grace.as_secs(), "requests under way were cut off: they took too long");
    }
}

/// The next connection, as soon as there is room for it. That there is none is told once, until there is.
async fn next(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
    told: &mut bool,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    let full = places.available_permits() == 0;
    if full && !*told {
        tracing::warn!("as many connections are open as may be; others wait");
    }
    *told = full;
    // Nobody closes it, so there is one.
    let place = Arc::clone(places).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => return (place, stream, peer),
            Err(why) if is_theirs(&why) => {}
            Err(why) => {
                tracing::error!(%why, "no connection can be accepted; trying again in a second");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}

/// Where the system can't do it, the connection works all the same.
fn set_up(stream: &TcpStream, unread: Duration) {
    // An answer is written whole: waiting for more of it helps nobody.
    let _as_it_is = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(unread.as_millis()).unwrap_or(u32::MAX);
        let _as_it_is = rustix::net::sockopt::set_tcp_user_timeout(stream, millis);
    }
    #[cfg(not(target_os = "linux"))]
    let _nothing_like_it = unread;
}

/// Whether it ended before we took it up: nothing is wrong here.
fn is_theirs(why: &io::Error) -> bool {
    matches!(
        why.kind(),
        io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset
    )
}

/// The routes, told who asks. While no place is left, or only the one kept for whoever comes next, an answer ends its
/// connection: otherwise whoever asks now and then keeps a place for ever, and those who wait for one never get it.
fn service(
    router: Router,
    peer: SocketAddr,
    places: Arc<Semaphore>,
) -> impl Service<Request<Incoming>, Response = Response<Body>, Error = std::convert::Infallible, Future: Send> {
    let inner = TowerToHyperService::new(router);
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        // The parser may have read somewhat more into its buffer, and takes it.
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

/// How many bytes a request's head takes: a line, and one for each header.
fn head_of(request: &Request<Incoming>) -> usize {
    let target = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let line = request.method().as_str().len() + target + "  HTTP/1.1\r\n".len();
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + ": \r\n".len());
    line + headers.sum::<usize>() + "\r\n".len()
}

/// What the parser itself answers where a head does not fit its buffer.
fn too_long() -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
    answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    answer
}

#[cfg(test)]
mod tests;
