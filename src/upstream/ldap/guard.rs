//! Stands between a server and the LDAP library. The library recurses for each level of nesting until the stack
//! overflows, waits for any length that a server announces, and panics at an answer that it does not expect.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, BufReader, split};
use tokio::net::UnixStream;

use super::answer::{Request, Said, read};
use super::ber::{is_shallow, message};

/// An entry with the names of ten thousand groups is shorter.
const LONGEST: usize = 4 * 1024 * 1024;
/// An entry needs six levels, and controls need a few more.
const LEVELS: u32 = 32;
/// Most that a server may send between two requests, all entries of a search included.
const MOST: usize = 4 * LONGEST;
/// What a message counts for at least, since passing it on costs more than its bytes.
const LEAST: usize = 256;

/// Passes requests on, and each answer that is complete and shallow, written anew. Ends when either side does.
///
/// # Errors
/// What is wrong with what the server says.
pub async fn pass(server: impl AsyncRead + AsyncWrite, library: &mut UnixStream) -> Result<()> {
    let (from_server, mut to_server) = split(server);
    let mut from_server = BufReader::new(from_server);
    let (from_library, mut to_library) = library.split();
    let mut from_library = BufReader::new(from_library);
    let said = AtomicUsize::new(0);
    let waiting: Mutex<Option<Request>> = Mutex::new(None);
    let wait_for = |request| *waiting.lock().unwrap_or_else(PoisonError::into_inner) = request;
    let asking = async {
        while let Some(request) = message(&mut from_library, LONGEST).await? {
            wait_for(Request::of(&request.content));
            said.store(0, Ordering::Relaxed);
            to_server.write_all(&request.head).await?;
            to_server.write_all(&request.content).await?;
            to_server.flush().await?;
        }
        to_server.shutdown().await
    };
    let answering = async {
        while let Some(message) = message(&mut from_server, LONGEST).await? {
            if !is_shallow(&message.content, LEVELS) {
                return Err(Error::new(ErrorKind::InvalidData, "what it says is no LDAP, or nested without end"));
            }
            if said.fetch_add(message.content.len().max(LEAST), Ordering::Relaxed) > MOST {
                return Err(Error::new(ErrorKind::InvalidData, "it says far more than it was asked for"));
            }
            let request = *waiting.lock().unwrap_or_else(PoisonError::into_inner);
            match read(&message.content, request) {
                Said::Part(answer) => to_library.write_all(&answer).await?,
                Said::Last(answer) => {
                    wait_for(None);
                    to_library.write_all(&answer).await?;
                }
                Said::Ignored => {}
                Said::NotLdap => return Err(Error::new(ErrorKind::InvalidData, "what it answers is no LDAP")),
            }
        }
        Ok(())
    };
    tokio::select! { done = asking => done, done = answering => done }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};
    use tokio::net::UnixStream;

    use super::{LEVELS, pass};

    /// A bind, and a yes to it.
    const BIND: &[u8] = b"\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00";
    const YES: &[u8] = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00";

    /// What the library gets to read of what a server answers to a bind, and how that ends.
    async fn heard(said: &[u8]) -> (Vec<u8>, std::io::Result<()>) {
        let (mut server, ours) = duplex(1 << 20);
        let (mut library, mut between) = UnixStream::pair().unwrap();
        let passing = tokio::spawn(async move { pass(ours, &mut between).await });
        library.write_all(BIND).await.unwrap();
        let mut asked = [0; BIND.len()];
        server.read_exact(&mut asked).await.unwrap();
        assert_eq!(asked, BIND);
        server.write_all(said).await.unwrap();
        server.shutdown().await.unwrap();
        let mut heard = Vec::new();
        library.read_to_end(&mut heard).await.unwrap();
        (heard, passing.await.unwrap())
    }

    #[tokio::test]
    async fn what_is_plain_passes_once_and_what_nests_does_not() {
        let plain = b"\x30\x12\x02\x04\0\0\0\x01\x61\x0a\x0a\x04\0\0\0\0\x04\0\x04\0";
        assert_eq!(heard(&YES.repeat(3)).await.0, plain);
        let nested = (0..=LEVELS + 1).fold(Vec::new(), |inner: Vec<u8>, _| {
            [&b"\x30\x82"[..], &u16::try_from(inner.len()).unwrap().to_be_bytes(), &inner].concat()
        });
        let (heard, ended) = heard(&[YES, &nested, YES].concat()).await;
        assert_eq!(heard, plain);
        assert!(ended.unwrap_err().to_string().contains("nested without end"));
    }

    #[tokio::test]
    async fn an_answer_to_another_request_is_ignored_and_one_of_another_kind_is_none() {
        let notice = b"\x30\x0c\x02\x01\0\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
        let late = b"\x30\x0c\x02\x01\x7f\x61\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(heard(&[&notice[..], late].concat()).await.0, b"");
        let found = b"\x30\x0c\x02\x01\x01\x65\x07\x0a\x01\x00\x04\x00\x04\x00";
        let (heard, ended) = heard(&[&found[..], YES].concat()).await;
        assert_eq!(heard, b"");
        assert!(ended.unwrap_err().to_string().contains("no LDAP"));
    }

    #[tokio::test]
    async fn who_talks_without_being_asked_is_cut_off() {
        let long = [&b"\x30\x83\x10\x00\x05\x04\x83\x10\x00\x00"[..], &vec![0; 1 << 20]].concat();
        let short = b"\x30\x84\0\0\0\0".repeat(1 << 16);
        for word in [long, short] {
            let (mut server, ours) = duplex(1 << 20);
            let (mut library, mut between) = UnixStream::pair().unwrap();
            let passing = tokio::spawn(async move { pass(ours, &mut between).await });
            let talking = tokio::spawn(async move { while server.write_all(&word).await.is_ok() {} });
            tokio::io::copy(&mut library, &mut tokio::io::sink()).await.unwrap();
            assert!(passing.await.unwrap().unwrap_err().to_string().contains("far more than it was asked for"));
            talking.await.unwrap();
        }
    }

    #[tokio::test]
    async fn it_ends_with_either_side() {
        let (mut server, ours) = duplex(64);
        let (library, mut between) = UnixStream::pair().unwrap();
        let passing = tokio::spawn(async move { pass(ours, &mut between).await });
        drop(library);
        assert!(passing.await.unwrap().is_ok());
        assert_eq!(server.read_to_end(&mut Vec::new()).await.unwrap(), 0);
    }
}
