//! Filters the messages between a server and the LDAP library. The library recurses for each level of nesting until the
//! stack overflows, waits for any length that a server announces, and panics at an unexpected answer.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use ldap3::LdapResult;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, split};
use tokio::net::UnixStream;

use super::answer::{PendingRequest, Rewritten, rewrite};
use super::ber::{check_shape, read_message};
use super::results::describe;

/// An entry with the names of ten thousand groups is shorter.
const MAX_MESSAGE: usize = 4 * 1024 * 1024;
/// An entry needs six levels, and controls need a few more.
const MAX_DEPTH: u32 = 32;
/// Most bytes that a server may send between two requests, all entries of a search included.
const MAX_ANSWER: usize = 4 * MAX_MESSAGE;
/// A shorter message counts as this many bytes, since passing it on costs more than its bytes.
const MIN_COUNTED: usize = 256;

/// Passes requests on, and rewrites each answer that is complete and shallow. Ends when either side ends.
///
/// # Errors
/// What is wrong with the server's message.
pub async fn relay(server: impl AsyncRead + AsyncWrite, library: &mut UnixStream) -> Result<()> {
    let (from_server, mut to_server) = split(server);
    let mut from_server = BufReader::new(from_server);
    let (from_library, mut to_library) = library.split();
    let mut from_library = BufReader::new(from_library);
    let counted = AtomicUsize::new(0);
    let pending: Mutex<Option<PendingRequest>> = Mutex::new(None);
    let set_pending = |request| *pending.lock().unwrap_or_else(PoisonError::into_inner) = request;
    let requests = async {
        while let Some(request) = read_message(&mut from_library, MAX_MESSAGE).await? {
            set_pending(PendingRequest::of(&request.content));
            counted.store(0, Ordering::Relaxed);
            to_server.write_all(&request.head).await?;
            to_server.write_all(&request.content).await?;
            to_server.flush().await?;
        }
        to_server.shutdown().await
    };
    let responses = async {
        while let Some(message) = read_message(&mut from_server, MAX_MESSAGE).await? {
            check_shape(&message.content, MAX_DEPTH)?;
            if counted.fetch_add(message.content.len().max(MIN_COUNTED), Ordering::Relaxed) > MAX_ANSWER {
                return Err(Error::new(ErrorKind::InvalidData, "it sends far more than it was asked for"));
            }
            let request = *pending.lock().unwrap_or_else(PoisonError::into_inner);
            match rewrite(&message.content, request) {
                Rewritten::Part(answer) => to_library.write_all(&answer).await?,
                Rewritten::Last(answer) => {
                    set_pending(None);
                    to_library.write_all(&answer).await?;
                }
                Rewritten::Ignored => {}
                Rewritten::Disconnection { code: rc, text } => {
                    let result = LdapResult { rc, matched: String::new(), text, refs: Vec::new(), ctrls: Vec::new() };
                    let why = format!("it gave notice: {}", describe(&result));
                    return Err(Error::new(ErrorKind::InvalidData, why));
                }
                Rewritten::NotLdap => return Err(Error::new(ErrorKind::InvalidData, "its answer is not LDAP")),
            }
        }
        Ok(())
    };
    tokio::select! { done = requests => done, done = responses => done }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::net::UnixStream;

    use super::{MAX_DEPTH, relay};

    /// A bind, and its success.
    const BIND: &[u8] = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00";
    const YES: &[u8] = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00";

    /// The bytes that the library reads when a server sends this answer to a bind, and how the relay ends.
    async fn received(answer: &[u8]) -> (Vec<u8>, std::io::Result<()>) {
        let (mut server, client_end) = duplex(1 << 20);
        let (mut library, mut relay_end) = UnixStream::pair().unwrap();
        let relaying = tokio::spawn(async move { relay(client_end, &mut relay_end).await });
        library.write_all(BIND).await.unwrap();
        let mut asked = [0; BIND.len()];
        server.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, BIND);
        server.write_all(answer).await.unwrap();
        server.shutdown().await.unwrap();
        let mut received = Vec::new();
        library.read_to_end(&mut received).await.unwrap();
        (received, relaying.await.unwrap())
    }

    #[tokio::test]
    async fn a_plain_answer_passes_once_and_a_nested_one_does_not() {
        let plain = b"\x30\x12\x02\x04\0\0\0\x01\x61\x0a\x0a\x04\0\0\0\0\x04\0\x04\0";
        assert_eq!(received(&YES.repeat(3)).await.0, plain);
        let nested = (0..=MAX_DEPTH + 1).fold(Vec::new(), |inner: Vec<u8>, _| {
            [&b"\x30\x82"[..], &u16::try_from(inner.len()).unwrap().to_be_bytes(), &inner].concat()
        });
        let (received, ended) = received(&[YES, &nested, YES].concat()).await;
        assert_eq!(received, plain);
        assert!(ended.unwrap_err().to_string().contains("nested without end"));
    }

    #[tokio::test]
    async fn an_answer_to_another_request_is_ignored_and_one_of_another_type_is_refused() {
        let notice = b"\x30\x0c\x02\x01\0\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
        let late = b"\x30\x0c\x02\x01\x7f\x61\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(received(&[&notice[..], late].concat()).await.0, b"");
        let found = b"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00";
        let (received, ended) = received(&[&found[..], YES].concat()).await;
        assert_eq!(received, b"");
        assert!(ended.unwrap_err().to_string().contains("not LDAP"));
    }

    #[tokio::test]
    async fn a_server_that_sends_without_end_is_cut_off() {
        let long = [&b"\x30\x83\x10\x00\x05\x04\x83\x10\x00\x00"[..], &vec![0; 1 << 20]].concat();
        let short = b"\x30\x84\0\0\0\0".repeat(1 << 16);
        for message in [long, short] {
            let (mut server, client_end) = duplex(1 << 20);
            let (mut library, mut relay_end) = UnixStream::pair().unwrap();
            let relaying = tokio::spawn(async move { relay(client_end, &mut relay_end).await });
            let sending = tokio::spawn(async move { while server.write_all(&message).await.is_ok() {} });
            tokio::io::copy(&mut library, &mut tokio::io::sink()).await.unwrap();
            assert!(relaying.await.unwrap().unwrap_err().to_string().contains("far more than it was asked for"));
            sending.await.unwrap();
        }
    }

    #[tokio::test]
    async fn it_ends_with_either_side() {
        let (mut server, client_end) = duplex(64);
        let (library, mut relay_end) = UnixStream::pair().unwrap();
        let relaying = tokio::spawn(async move { relay(client_end, &mut relay_end).await });
        drop(library);
        assert!(relaying.await.unwrap().is_ok());
        assert_eq!(server.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    }
}
