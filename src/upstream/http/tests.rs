//! Which providers share a client, which addresses it reaches, and when it sends a request again.

mod own_hosts;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::{Clients, Http, HttpError, KEPT, MAX_BODY, Phase, Reach};
use crate::base::redaction::Redaction;
use crate::base::secret::Secret;
use crate::upstream::addresses::{NO_PUBLIC_ADDRESS, PublicResolver};
use crate::upstream::peer_info::encoding_in_words;

// C19: providers with one client share its trusted certificates and its reach, so both must be equal.
#[test]
fn providers_share_a_client_only_if_reach_and_certificates_are_the_same() {
    let ca = include_bytes!("../../../tests/config/uni-ca.pem").as_slice();
    let twice = [ca, ca].concat();
    let kinds = [
        (Reach::Public, None),
        (Reach::Private, None),
        (Reach::Public, Some(ca)),
        (Reach::Private, Some(ca)),
        (Reach::Public, Some(&twice)),
    ];
    let mut clients = Clients::default();
    for (reach, ca) in [kinds, kinds].concat() {
        assert_eq!(clients.get(reach, ca).unwrap().reach, reach);
    }
    assert_eq!(clients.0.len(), kinds.len());
}

// C19
#[test]
fn only_https_is_spoken_unless_loopback_is_allowed() {
    let (public, private) = (Http::new(Reach::Public, None).unwrap(), Http::new(Reach::Private, None).unwrap());
    let may = |http: &Http, url: &str| http.check_reach(&url.parse().unwrap()).is_ok();
    assert!(may(&public, "https://sso.example.edu/x"));
    for refused in
        ["http://sso.example.edu/", "https://127.0.0.1/", "https://localhost/", "https://[::1]/", "https://10.0.0.1/"]
    {
        assert!(!may(&public, refused), "{refused}");
    }
    assert!(may(&private, "http://127.0.0.1:8080/"));
    assert!(may(&private, "https://10.0.0.1/"));
    assert!(!may(&private, "http://10.0.0.1/"));
}

/// Resolves every name to these addresses.
#[derive(Clone, Copy)]
struct FixedResolver(&'static [&'static str]);

impl Resolve for FixedResolver {
    fn resolve(&self, _: Name) -> Resolving {
        let addresses: Vec<SocketAddr> = self.0.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect();
        Box::pin(async move { Ok(Box::new(addresses.into_iter()) as Addrs) })
    }
}

// C19
#[tokio::test]
async fn no_connection_is_made_to_a_name_with_a_private_address() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("https://sso.example.edu:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    let to = |reach| Http::with_resolver(|| FixedResolver(&["127.0.0.1"]), reach, None).unwrap();

    let why = to(Reach::Public).get(&url, None).await.unwrap_err();
    assert_eq!((why.phase, why.why.as_str()), (Phase::Resolve, NO_PUBLIC_ADDRESS));
    assert_eq!(listener.accept().unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "no connection came");

    // The same name with private addresses allowed: a connection comes, and is closed.
    let connected = std::thread::spawn(move || {
        (0..500).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            listener.accept().is_ok()
        })
    });
    assert_ne!(to(Reach::Private).get(&url, None).await.unwrap_err().phase, Phase::Resolve);
    assert!(connected.join().unwrap());
}

// C19
#[tokio::test]
async fn only_the_public_addresses_of_a_look_up_are_kept() {
    let kept = async |found: &'static [&'static str]| {
        let kept = PublicResolver(FixedResolver(found)).resolve("sso.example.edu".parse().unwrap()).await;
        kept.map(|kept| kept.map(|address| address.ip().to_string()).collect::<Vec<_>>()).map_err(|why| why.to_string())
    };
    let mixed = kept(&["10.0.0.1", "93.184.216.34", "::1", "2606:4700::1111", "169.254.169.254"]).await;
    assert_eq!(mixed, Ok(vec!["93.184.216.34".to_owned(), "2606:4700::1111".to_owned()]));
    for private in [&["127.0.0.1", "::1"][..], &[]] {
        assert_eq!(kept(private).await, Err(NO_PUBLIC_ADDRESS.to_owned()));
    }
}

// C19: the request asks for no encoding, and the error names one that comes nevertheless.
#[tokio::test]
async fn an_unrequested_encoding_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let request = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let length = stream.read(&mut request).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b").unwrap();
        String::from_utf8_lossy(&request[..length]).to_ascii_lowercase()
    });
    let answer = Http::new(Reach::Private, None).unwrap().get(&url, None).await.unwrap();
    assert!(request.join().unwrap().contains("\r\naccept-encoding: identity\r\n"));
    assert_eq!(
        encoding_in_words(&answer, &Redaction::default()),
        "; its Content-Encoding is gzip, though we ask for none: make it obey Accept-Encoding"
    );
    let plain = http::Response::builder().header("content-encoding", "identity").body(()).unwrap();
    assert_eq!(encoding_in_words(&plain, &Redaction::default()), "");
}

#[tokio::test]
async fn plain_http_behind_an_https_address_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    let answering = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        _ = stream.read(&mut [0; 1024]);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n").unwrap();
    });
    let why = Http::new(Reach::Private, None).unwrap().get(&url, None).await.unwrap_err();
    answering.join().unwrap();
    assert_eq!((why.phase, why.why.as_str()), (Phase::Tls, "it does not speak TLS there"));
    assert_eq!(
        why.tls_fix("`url`", "ca_file"),
        "check that `url` names the port of its https, and that https is switched on there"
    );
}

/// The result of a GET to a server that answers `{}` with these header lines.
async fn get_with_header_lines(lines: String) -> Result<http::Response<Vec<u8>>, HttpError> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let _request = peer.read(&mut [0; 4096]).unwrap();
        let answer = format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 2\r\n\r\n{{}}");
        // The client may close the connection before it has read a long head.
        _ = peer.write_all(answer.as_bytes());
    });
    let answer = Http::new(Reach::Private, None).unwrap().get(&url, None).await;
    tokio::task::spawn_blocking(move || server.join().unwrap()).await.unwrap();
    answer
}

// C19: an invalid header line that we don't read makes no server "not answering".
#[tokio::test]
async fn invalid_header_lines_of_an_answer_are_left_out() {
    let lines = "X-Long: a\r\n b\r\nX-Odd : a\r\nX@Odd(: a\r\nX-A: a\x01b\r\n".to_owned();
    let answer = get_with_header_lines(lines).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.body().as_slice()), (200, &b"{}"[..]));
}

#[tokio::test]
async fn hundreds_of_header_lines_are_read_and_thousands_have_an_error_of_their_own() {
    let lines = |count: usize| "X-Trace: a\r\n".repeat(count);
    assert_eq!(get_with_header_lines(lines(900)).await.unwrap().body().as_slice(), b"{}");
    let why = get_with_header_lines(lines(1001)).await.unwrap_err();
    let words = "its answer has more than 1000 header lines, or too many bytes in them";
    assert_eq!((why.phase, why.why.as_str()), (Phase::Size, words));
}

/// A server that answers one request with `{}` on each connection, and does not answer a second one.
fn one_answer_per_connection(connections: usize) -> (url::Url, std::thread::JoinHandle<()>) {
    answers_per_connection(&vec![1; connections])
}

/// A server that answers so many requests with `{}` on each connection, and does not answer the next one.
fn answers_per_connection(answers: &[usize]) -> (url::Url, std::thread::JoinHandle<()>) {
    let answers = answers.to_vec();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = std::thread::spawn(move || {
        for count in answers {
            let (mut peer, _) = listener.accept().unwrap();
            for _answer in 0..count {
                let _request = peer.read(&mut [0; 4096]).unwrap();
                peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
            }
            // Closes the connection when the next request comes, or when the client closes it.
            let _request = peer.read(&mut [0; 4096]).unwrap();
        }
    });
    (url, server)
}

/// Drops the client, which closes its connections in a task of this thread, and waits for the server.
async fn close(http: Http, server: std::thread::JoinHandle<()>) {
    drop(http);
    tokio::task::spawn_blocking(move || server.join().unwrap()).await.unwrap();
}

// RFC 9112 §9.3.1
#[tokio::test]
async fn a_get_on_a_connection_that_the_server_closes_is_sent_once_more() {
    let (url, server) = one_answer_per_connection(2);
    let http = Http::new(Reach::Private, None).unwrap();
    for _request in 0..2 {
        assert_eq!(http.get(&url, None).await.unwrap().body().as_slice(), b"{}");
    }
    close(http, server).await;
}

// RFC 9112 §9.3.1: unread bytes make the system reset the connection when it is closed.
#[tokio::test]
async fn a_get_on_a_connection_that_the_server_resets_is_sent_once_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = std::thread::spawn(move || {
        for _connection in 0..2 {
            let (mut peer, _) = listener.accept().unwrap();
            let _request = peer.read(&mut [0; 4096]).unwrap();
            peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
            let _beginning = peer.read(&mut [0; 1]).unwrap();
        }
    });
    let http = Http::new(Reach::Private, None).unwrap();
    for _request in 0..2 {
        assert_eq!(http.get(&url, None).await.unwrap().body().as_slice(), b"{}");
    }
    close(http, server).await;
}

/// A server that keeps a connection after its first answer, reads a second request on it, and closes it after this
/// time. On the next connection it reads a request and sends this answer.
fn closes_before_it_answers(after: Duration, answer: Vec<u8>) -> (url::Url, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap();
    let server = std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let _request = peer.read(&mut [0; 4096]).unwrap();
        peer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}").unwrap();
        let _request = peer.read(&mut [0; 4096]).unwrap();
        std::thread::sleep(after);
        drop(peer);
        let (mut peer, _) = listener.accept().unwrap();
        let _request = peer.read(&mut [0; 4096]).unwrap();
        // The client may close the connection before it has read all.
        _ = peer.write_all(&answer);
        _ = peer.read(&mut [0; 1]);
    });
    (url, server)
}

// C19
#[tokio::test]
async fn a_get_that_is_sent_once_more_has_one_time_limit_for_both() {
    let limit = Duration::from_millis(1500);
    let (url, server) = closes_before_it_answers(limit * 2 / 3, Vec::new());
    let http = Http::new(Reach::Private, None).unwrap();
    assert!(http.get(&url, None).await.is_ok());
    let request = http.keeping.get(url).timeout(limit).build().unwrap();
    // Compares the order of the timers, not times: on a slow machine both may expire at once.
    let why = tokio::select! {
        biased;
        answer = http.send(request) => answer.unwrap_err(),
        () = tokio::time::sleep(limit * 3 / 2) => panic!("the second request has a time limit of its own"),
    };
    assert_eq!((why.phase, why.why.as_str()), (Phase::Read, "no answer in time"));
    close(http, server).await;
}

// C19
#[tokio::test]
async fn the_answer_to_a_get_that_is_sent_once_more_has_the_same_size_limit() {
    for (length, fits) in [(MAX_BODY, true), (MAX_BODY + 1, false)] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
        let (url, server) = closes_before_it_answers(Duration::ZERO, [head, vec![b' '; length]].concat());
        let http = Http::new(Reach::Private, None).unwrap();
        assert!(http.get(&url, None).await.is_ok());
        let answer = http.get(&url, None).await;
        assert_eq!(
            answer.as_ref().map_err(|why| why.phase).map(|all| all.body().len()),
            if fits { Ok(length) } else { Err(Phase::Size) }
        );
        drop(answer);
        close(http, server).await;
    }
}

// RFC 9112 §9.3.1: the first sign-in after a start fetches metadata and keys, and then posts the code.
#[tokio::test]
async fn a_post_after_a_get_that_was_sent_once_more_gets_a_connection_of_its_own() {
    let (url, server) = one_answer_per_connection(3);
    let http = Http::new(Reach::Private, None).unwrap();
    for _request in 0..2 {
        assert!(http.get(&url, None).await.is_ok());
    }
    let secret = Secret::new("hunter22".to_owned());
    assert!(http.post(&url, &secret, &1, Duration::from_secs(20)).await.is_ok());
    close(http, server).await;
}

// RFC 9110 §9.2.2: whether the host keeps connections is not known yet.
#[tokio::test]
async fn a_post_shares_no_connection_with_a_host_that_never_answered_a_second_request_on_one() {
    let (url, server) = one_answer_per_connection(4);
    let http = Http::new(Reach::Private, None).unwrap();
    let secret = Secret::new("hunter22".to_owned());
    let post = async || http.post(&url, &secret, &1, Duration::from_secs(20)).await;
    assert!(http.get(&url, None).await.is_ok());
    // The connection of the GET is still open.
    for _request in 0..3 {
        assert_eq!(post().await.unwrap().body().as_slice(), b"{}");
    }
    close(http, server).await;
}

// RFC 9110 §9.2.2: a host that kept its connections until now.
#[tokio::test]
async fn a_post_uses_the_kept_connection_of_a_host_that_answered_gets_on_it_and_is_never_sent_twice() {
    let (url, server) = answers_per_connection(&[3, 1, 1]);
    let http = Http::new(Reach::Private, None).unwrap();
    let secret = Secret::new("hunter22".to_owned());
    let post = async || http.post(&url, &secret, &1, Duration::from_secs(20)).await;
    for _request in 0..2 {
        assert!(http.get(&url, None).await.is_ok());
    }
    assert!(post().await.is_ok());
    let why = post().await.unwrap_err();
    assert_eq!(why.phase, Phase::Read, "{why}");
    // Each of these gets its own connection.
    assert!(post().await.is_ok());
    assert!(http.get(&url, None).await.is_ok());
    close(http, server).await;
}

#[tokio::test]
async fn a_server_that_hangs_up_during_the_tls_handshake_is_named_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://127.0.0.1:{}/", listener.local_addr().unwrap().port()).parse().unwrap();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        _ = stream.read(&mut [0; 4096]);
    });
    let why = Http::new(Reach::Private, None).unwrap().get(&url, None).await.unwrap_err();
    server.join().unwrap();
    assert_eq!((why.phase, why.why.as_str()), (Phase::Tls, "it closed the connection during the TLS handshake"));
}

#[tokio::test]
async fn silence_during_the_tls_handshake_is_a_failure_to_connect_and_not_to_read() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    // The system accepts the connections, and nothing answers.
    for (scheme, phase) in [("https", Phase::Connect), ("http", Phase::Read)] {
        let url = format!("{scheme}://127.0.0.1:{port}/").parse().unwrap();
        let secret = Secret::new("hunter22".to_owned());
        let http = Http::new(Reach::Private, None).unwrap();
        let why = http.post(&url, &secret, &1, Duration::from_millis(300)).await.unwrap_err();
        assert_eq!((why.phase, why.why.as_str()), (phase, "no answer in time"), "{scheme}");
    }
}

// RFC 9110 §9.2.2: most servers keep an idle connection for two seconds or more.
#[tokio::test]
async fn an_idle_connection_is_soon_closed() {
    let (url, server) = answers_per_connection(&[2, 1, 1]);
    let http = Http::new(Reach::Private, None).unwrap();
    let secret = Secret::new("hunter22".to_owned());
    for _request in 0..2 {
        assert!(http.get(&url, None).await.is_ok());
    }
    for _request in 0..2 {
        tokio::time::sleep(KEPT + Duration::from_millis(100)).await;
        assert!(http.post(&url, &secret, &1, Duration::from_secs(20)).await.is_ok());
    }
    assert!(KEPT <= Duration::from_secs(1));
    close(http, server).await;
}
