//! Tests of slow clients, idle clients and too many clients, over real sockets.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::{ConnectionLimits, MAX_HEAD_BYTES, listen};

const SHORT: Duration = Duration::from_millis(200);
/// Far longer than anything here takes, on a slow machine too.
const LONG: Duration = Duration::from_mins(1);
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// A server with a few routes, and the way to end it.
struct TestServer {
    at: SocketAddr,
    /// Notified when a slow answer has begun.
    under_way: Arc<Notify>,
    end: oneshot::Sender<()>,
    serving: JoinHandle<()>,
}

impl TestServer {
    async fn with(limits: ConnectionLimits) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let at = listener.local_addr().unwrap();
        let under_way = Arc::new(Notify::new());
        let started = Arc::clone(&under_way);
        let slow = move || async move {
            started.notify_one();
            tokio::time::sleep(SHORT).await;
            "at last"
        };
        let started = Arc::clone(&under_way);
        let never = move || async move {
            started.notify_one();
            std::future::pending::<()>().await;
        };
        let large = || async { vec![b'x'; 32 << 20] };
        let peer_address = |ConnectInfo(peer): ConnectInfo<SocketAddr>| async move { peer.to_string() };
        let routes = Router::new()
            .route("/", get(peer_address))
            .route("/slow", get(slow))
            .route("/never", get(never))
            .route("/large", get(large));
        let (end, ended) = oneshot::channel();
        let serving = tokio::spawn(listen(listener, routes, limits, async move { ended.await.unwrap() }));
        Self { at, under_way, end, serving }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.at).await.unwrap()
    }
}

/// Reads until the server closes the connection.
async fn rest(mut stream: TcpStream) -> String {
    let mut text = Vec::new();
    let _reset_or_closed = tokio::time::timeout(LONG, stream.read_to_end(&mut text)).await.expect("it is closed");
    String::from_utf8(text).unwrap()
}

/// The beginning of one answer, or nothing if the server reset the connection.
async fn rest_of_one(stream: &mut TcpStream) -> String {
    let mut answer = vec![0; 1024];
    let length = tokio::time::timeout(LONG, stream.read(&mut answer)).await.expect("it is answered").unwrap_or(0);
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

/// Sends a request, and waits for the beginning of the answer.
async fn ask(stream: &mut TcpStream) -> String {
    // If the server has closed the connection, nothing comes.
    let _gone = stream.write_all(REQUEST).await;
    let mut answer = vec![0; 1024];
    let length = tokio::time::timeout(LONG, stream.read(&mut answer)).await.unwrap().unwrap_or_default();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

#[tokio::test]
async fn a_head_that_arrives_too_slowly_is_cut_off() {
    let server =
        TestServer::with(ConnectionLimits { head_timeout: SHORT, ..ConnectionLimits::for_open_files(1_024) }).await;
    let (stream, begun) = (server.connect().await, Instant::now());
    let (reading, mut writing) = stream.into_split();
    let trickle = tokio::spawn(async move {
        for byte in REQUEST.iter().cycle().filter(|byte| **byte != b'\n') {
            if writing.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(SHORT / 10).await;
        }
    });
    let mut reading = reading;
    let mut answer = Vec::new();
    let _reset_or_closed = tokio::time::timeout(LONG, reading.read_to_end(&mut answer)).await.expect("it is cut off");
    assert!(begun.elapsed() >= SHORT);
    assert!(!String::from_utf8_lossy(&answer).contains("200 OK"));
    trickle.abort();
}

#[tokio::test]
async fn an_idle_connection_is_closed_before_and_after_its_first_request() {
    let server =
        TestServer::with(ConnectionLimits { head_timeout: SHORT, ..ConnectionLimits::for_open_files(1_024) }).await;
    assert!(!rest(server.connect().await).await.contains("200 OK"));
    // On a busy machine the time may run out before the first request is written.
    let kept = loop {
        let mut kept = server.connect().await;
        if ask(&mut kept).await.starts_with("HTTP/1.1 200 OK") {
            break kept;
        }
    };
    assert!(!rest(kept).await.contains("200 OK"));
}

#[tokio::test]
async fn one_connection_carries_several_requests() {
    let server = TestServer::with(ConnectionLimits::for_open_files(1_024)).await;
    let mut kept = server.connect().await;
    for _ in 0..3 {
        assert!(ask(&mut kept).await.starts_with("HTTP/1.1 200 OK"));
    }
}

#[tokio::test]
async fn a_head_with_a_line_of_sixteen_kilobytes_is_read_and_a_longer_head_is_refused() {
    let server = TestServer::with(ConnectionLimits::for_open_files(1_024)).await;
    let head = |line: usize| format!("GET / HTTP/1.1\r\nhost: localhost\r\ncookie: {}", "x".repeat(line));
    let mut stream = server.connect().await;
    let whole = format!("{}\r\nreferer: {}\r\n\r\n", head(16 * 1024), "y".repeat(8 * 1024));
    stream.write_all(whole.as_bytes()).await.unwrap();
    assert!(rest_of_one(&mut stream).await.starts_with("HTTP/1.1 200 OK"));

    // Longer than the limit, though it fits into the parser's buffer.
    let mut stream = server.connect().await;
    let longer = format!("{}\r\nreferer: {}\r\n\r\n", head(16 * 1024), "y".repeat(16 * 1024));
    stream.write_all(longer.as_bytes()).await.unwrap();
    assert!(rest_of_one(&mut stream).await.starts_with("HTTP/1.1 431 "));

    let mut endless = server.connect().await;
    // The answer comes before all of it is sent, so sending the rest may fail.
    let _reset_or_sent = endless.write_all(head(4 * MAX_HEAD_BYTES).as_bytes()).await;
    let refused = rest_of_one(&mut endless).await;
    assert!(refused.is_empty() || refused.starts_with("HTTP/1.1 431 "), "{refused}");
}

#[tokio::test]
async fn a_handler_gets_the_address_of_the_peer() {
    let server = TestServer::with(ConnectionLimits::for_open_files(1_024)).await;
    let mut stream = server.connect().await;
    let peer = stream.local_addr().unwrap().to_string();
    assert!(ask(&mut stream).await.ends_with(&peer));
}

#[tokio::test]
async fn connections_above_the_limit_wait_until_another_one_ends() {
    let server =
        TestServer::with(ConnectionLimits { max_connections: 1, ..ConnectionLimits::for_open_files(1_024) }).await;
    let mut first = server.connect().await;
    first.write_all(&[b"GET /never".as_slice(), &REQUEST[5..]].concat()).await.unwrap();
    server.under_way.notified().await;
    let mut second = server.connect().await;
    second.write_all(REQUEST).await.unwrap();
    let mut byte = [0];
    assert!(tokio::time::timeout(SHORT, second.read(&mut byte)).await.is_err(), "it waits");
    drop(first);
    assert_eq!(tokio::time::timeout(LONG, second.read(&mut byte)).await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn an_occasional_client_loses_its_connection_while_others_wait() {
    let server =
        TestServer::with(ConnectionLimits { max_connections: 3, ..ConnectionLimits::for_open_files(1_024) }).await;
    let mut one = server.connect().await;
    assert!(!ask(&mut one).await.contains("connection: close"), "the limit is not reached");
    let mut two = server.connect().await;
    two.write_all(&[b"GET /never".as_slice(), &REQUEST[5..]].concat()).await.unwrap();
    let unused = server.connect().await;
    server.under_way.notified().await;
    let mut waits = server.connect().await;
    waits.write_all(REQUEST).await.unwrap();
    // The limit is reached only when all of them are accepted.
    let late = Instant::now() + LONG;
    while !ask(&mut one).await.contains("connection: close") {
        assert!(Instant::now() < late, "it keeps its connection");
    }
    let mut byte = [0];
    assert_eq!(tokio::time::timeout(LONG, waits.read(&mut byte)).await.unwrap().unwrap(), 1);
    drop(unused);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_never_reads_the_answer_loses_its_connection() {
    let server = TestServer::with(ConnectionLimits {
        max_connections: 1,
        unread_timeout: SHORT,
        ..ConnectionLimits::for_open_files(1_024)
    })
    .await;
    let mut greedy = server.connect().await;
    greedy.write_all(&[b"GET /large".as_slice(), &REQUEST[5..]].concat()).await.unwrap();
    assert!(ask(&mut server.connect().await).await.starts_with("HTTP/1.1 200 OK"));
    drop(greedy);
}

#[tokio::test]
async fn a_shutdown_finishes_running_requests_and_does_not_wait_for_idle_connections() {
    let server = TestServer::with(ConnectionLimits::for_open_files(1_024)).await;
    let (mut idle, unused, mut busy) = (server.connect().await, server.connect().await, server.connect().await);
    ask(&mut idle).await;
    busy.write_all(&[b"GET /slow".as_slice(), &REQUEST[5..]].concat()).await.unwrap();
    server.under_way.notified().await;
    server.end.send(()).unwrap();
    assert!(rest(busy).await.ends_with("at last"));
    tokio::time::timeout(LONG, server.serving).await.expect("it waits for no idle connection").unwrap();
    assert!(TcpStream::connect(server.at).await.is_err(), "no new connection is accepted");
    drop(unused);
}

#[tokio::test]
async fn a_request_that_takes_too_long_after_the_shutdown_began_is_cut_off() {
    let server =
        TestServer::with(ConnectionLimits { shutdown_grace: SHORT, ..ConnectionLimits::for_open_files(1_024) }).await;
    let mut busy = server.connect().await;
    busy.write_all(&[b"GET /never".as_slice(), &REQUEST[5..]].concat()).await.unwrap();
    server.under_way.notified().await;
    server.end.send(()).unwrap();
    tokio::time::timeout(LONG, server.serving).await.unwrap().unwrap();
}
