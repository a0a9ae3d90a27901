//! A server, or a pooler in front of it, that accepts logins and then answers no query.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;
use vestibule::base::clock::Clock;
use vestibule::base::secret::Secret;
use vestibule::store::{Database, Store, StoreErrorKind};

use super::{empty, refused, server};

/// The server's message that a login has succeeded and no transaction is open (`ReadyForQuery`).
const READY: &[u8] = b"Z\0\0\0\x05I";

/// A proxy before the server. Forwards all of the connections for which `answers` is true, counted from 0, and only the
/// login of the others.
async fn start_proxy(answers: fn(usize) -> bool) -> (u16, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = server();
    let to = format!("{}:{}", server.host_str().unwrap(), server.port().unwrap_or(5432));
    let task = tokio::spawn(async move {
        for connection in 0.. {
            let (mut near, _) = listener.accept().await.unwrap();
            let mut far = TcpStream::connect(&to).await.unwrap();
            tokio::spawn(async move {
                if !answers(connection) {
                    forward_login(&mut near, &mut far).await;
                    return std::future::pending().await;
                }
                let _ended = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (port, task)
}

async fn forward_login(near: &mut TcpStream, far: &mut TcpStream) {
    let (mut sent, mut answered) = ([0; 1024], [0; 4096]);
    loop {
        tokio::select! {
            read = near.read(&mut sent) => far.write_all(&sent[..read.unwrap()]).await.unwrap(),
            read = far.read(&mut answered) => {
                let answer = &answered[..read.unwrap()];
                near.write_all(answer).await.unwrap();
                if answer.ends_with(READY) {
                    return;
                }
            }
        }
    }
}

fn through(url: &str, port: u16) -> String {
    let mut url: Url = url.parse().unwrap();
    url.set_port(Some(port)).unwrap();
    url.into()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_no_query_is_reported_within_seconds() {
    let (port, proxy) = start_proxy(|_| false).await;
    let url = through(server().as_str(), port);
    let why = tokio::time::timeout(Duration::from_secs(60), refused(&url)).await.expect("the start hangs");
    assert_eq!(why.kind(), &StoreErrorKind::NoAnswer);
    let message = "does not answer: it accepted our login, and then answered no query within 5 s; see whether the \
                   server hangs, or whether a pooler in front of it is paused or has no connection left (PgBouncer: \
                   SHOW POOLS)";
    assert!(why.to_string().ends_with(message), "{why}");
    proxy.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_with_room_for_one_connection_is_used() {
    let fixture = empty().await;
    let Database::Postgres(own) = &fixture.database else { panic!("a server") };
    // Only the second connection of the start waits.
    let (port, proxy) = start_proxy(|connection| connection != 1).await;
    let database = Database::Postgres(Secret::new(through(own.expose(), port)));
    let opening = tokio::time::timeout(Duration::from_secs(60), Store::open(&database, Clock::system()));
    let store = opening.await.expect("the start hangs").unwrap();
    store.health().await.unwrap();
    store.close().await;
    proxy.abort();
    fixture.clean_up().await;
}
