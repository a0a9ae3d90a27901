//! Connections to servers that repeat what they were sent, or send endless or invalid answers.

use std::time::Duration;

use ldap3::Scope;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::{Completeness, Connection, SearchRequest, SearchResult};
use crate::base::redaction::{REDACTED_WHOLE, Redaction};
use crate::base::secret::Secret;

fn search_for(filter: &str) -> SearchRequest {
    SearchRequest {
        base: "dc=example".to_owned(),
        scope: Scope::Subtree,
        filter: filter.to_owned(),
        attributes: vec![],
        size_limit: 2,
    }
}

/// The error when a server repeats one answer to a search without end.
async fn failure_of(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hostile = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        _ = stream.read(&mut [0; 512]).await;
        while stream.write_all(&answer).await.is_ok() {}
    });
    let deadline = Instant::now() + Duration::from_secs(20);
    let stream = TcpStream::connect(address).await.unwrap();
    let connection = Connection::open(address.to_string(), stream).await.unwrap();
    let error =
        connection.search("search", &search_for("(uid=ada)"), &Redaction::default(), deadline).await.unwrap_err();
    drop(connection);
    hostile.await.unwrap();
    error.cause.why
}

#[tokio::test]
async fn a_search_without_an_end_is_cut() {
    let entry = b"\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00";
    let referral = b"\x30\x0e\x02\x01\x01\x73\x09\x04\x07ldap://";
    for item in [&entry[..], &referral[..]] {
        let why = failure_of(item.to_vec()).await;
        assert!(why.contains("far more entries than it was asked for"), "{why}");
    }
}

#[tokio::test]
async fn an_answer_nested_without_end_or_too_long_is_refused() {
    // Tag and length of each, the innermost first and each backwards.
    let lengths = (0..100_000_u32).map(|level| (6 * level).to_le_bytes());
    let backwards: Vec<u8> = lengths.flat_map(|[a, b, c, d]| [a, b, c, d, 0x84, 0x30]).collect();
    let why = failure_of(backwards.into_iter().rev().collect()).await;
    assert!(why.contains("nested without end"), "{why}");
    let why = failure_of(b"\x30\x84\x7f\xff\xff\xff".to_vec()).await;
    assert!(why.contains("longer than any answer"), "{why}");
    let why = failure_of(b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec()).await;
    assert!(why.contains("not LDAP"), "{why}");
}

/// A result with this text (RFC 4511 §4.1.9), which answers the first request.
fn result(tag: u8, code: u8, text: &[u8]) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let head = [0x30, length + 12, 2, 1, 1, tag, length + 7, 10, 1, code, 4, 0, 4, length];
    [&head, text].concat()
}

/// A connection to a server that sends this answer to the first request.
async fn answering(answer: Vec<u8>) -> (Connection, Instant) {
    let (client_end, mut server_end) = tokio::io::duplex(1024);
    tokio::spawn(async move {
        _ = server_end.read(&mut [0; 512]).await;
        server_end.write_all(&answer).await.unwrap();
        _ = server_end.read_to_end(&mut Vec::new()).await;
    });
    let connection = Connection::open("ldap.example:636".to_owned(), client_end).await.unwrap();
    (connection, Instant::now() + Duration::from_secs(20))
}

async fn bind_answer(answer: Vec<u8>) -> (u32, String) {
    let (connection, deadline) = answering(answer).await;
    let (password, typed) = (Secret::new("open sesame".to_owned()), Redaction::of(["ada,l", "open sesame"]));
    let result = connection.bind("user bind", ("uid=ada,l", &password), &[&typed], deadline).await.unwrap();
    (result.rc, result.text)
}

// RFC 4511 §4.4.1
#[tokio::test]
async fn a_notice_of_disconnection_is_the_cause_and_not_a_silence() {
    let notice = |text: &[u8]| {
        let length = u8::try_from(text.len()).unwrap();
        let head = [0x30, length + 36, 2, 1, 0, 0x78, length + 31, 10, 1, 52, 4, 0, 4, length];
        [&head, text, b"\x8a\x161.3.6.1.4.1.1466.20036"].concat()
    };
    for (text, shown) in
        [(&b"shutting down"[..], "it gave notice: 52 unavailable: shutting down"), (b"no: open sesame", REDACTED_WHOLE)]
    {
        let (connection, deadline) = answering(notice(text)).await;
        let (password, typed) = (Secret::new("open sesame".to_owned()), Redaction::of(["open sesame"]));
        let ended = connection.bind("user bind", ("uid=ada", &password), &[&typed], deadline).await.unwrap_err();
        assert_eq!(ended.cause.why, format!("the connection broke off ({shown}); look at its log"));
    }
}

// C56
#[tokio::test]
async fn no_message_shows_typed_text_that_the_server_repeats() {
    for text in [
        &b"no: open sesame"[..],
        b"no: open%20sesame",
        b"no: b3BlbiBzZXNhbWU=",
        b"Kennwort open sesame ung\xfcltig",
        b"no entry uid=ADA\\,L,ou=people",
    ] {
        assert_eq!(bind_answer(result(0x61, 49, text)).await, (49, REDACTED_WHOLE.to_owned()), "{text:?}");
    }
    let (connection, deadline) = answering(result(0x65, 80, b"filter (uid=ada\\2cl) refused")).await;
    let refused =
        connection.search("search", &search_for("(uid=ada,l)"), &Redaction::of(["ada,l"]), deadline).await.unwrap_err();
    assert_eq!(refused.cause.why, format!("it answers 80 error: {REDACTED_WHOLE}; look at its log"));
}

// A search for typed text takes long.
#[tokio::test]
async fn a_success_is_not_searched_for_typed_text() {
    let (password, typed) = (Secret::new("open sesame".to_owned()), Redaction::of(["ada", "open sesame"]));
    let (connection, deadline) = answering(result(0x61, 0, b"")).await;
    let bound = connection.bind("user bind", ("uid=ada", &password), &[&typed], deadline).await.unwrap();
    assert_eq!(bound.rc, 0);
    for (code, text) in [(0, &b"found"[..]), (4, b"Size limit exceeded")] {
        let (connection, deadline) = answering(result(0x65, code, text)).await;
        assert!(connection.search("search", &search_for("(uid=ada)"), &typed, deadline).await.is_ok());
    }
    assert!(!typed.was_used());
}

// Neither the diagnostic text nor unused parts decide.
#[tokio::test]
async fn bytes_that_are_not_utf_8_do_not_change_the_result() {
    assert_eq!(bind_answer(result(0x61, 0, b"willkommen \xfc")).await, (0, "willkommen \u{fffd}".to_owned()));
    assert_eq!(bind_answer(result(0x61, 53, b"gesperrt f\xfcr immer")).await.0, 53);
    let control = b"\x30\x13\x02\x01\x01\x61\x07\x0a\x01\x31\x04\x00\x04\x00\xa0\x05\x30\x03\x04\x01\xfc";
    assert_eq!(bind_answer(control.to_vec()).await.0, 49);
    let short = b"\x30\x08\x02\x01\x01\x61\x03\x0a\x01\x31";
    assert_eq!(bind_answer(short.to_vec()).await.0, 49);
    let entry = b"\x30\x1d\x02\x01\x01\x64\x18\x04\x02c=\x30\x12\
          \x30\x07\x04\x01\xdf\x31\x02\x04\x00\x30\x07\x04\x01u\x31\x02\x04\x00";
    let found = search_answer([&entry[..], &result(0x65, 0, b"f\xfcnf")].concat()).await;
    assert_eq!(found.entries.len(), 1);
}

/// What a search finds at a server with this answer.
async fn search_answer(answer: Vec<u8>) -> SearchResult {
    let (connection, deadline) = answering(answer).await;
    connection.search("search", &search_for("(uid=ada)"), &Redaction::default(), deadline).await.unwrap()
}

// RFC 4511 §4.5.1.4: what came before sizeLimitExceeded counts.
#[tokio::test]
async fn entries_before_a_size_limit_are_kept_with_the_mark_that_there_are_more() {
    let entry = b"\x30\x09\x02\x01\x01\x64\x04\x04\x00\x30\x00";
    let found = search_answer([&entry[..], &result(0x65, 4, b"Size limit exceeded")].concat()).await;
    assert_eq!((found.entries.len(), found.completeness), (1, Completeness::Truncated));
}
