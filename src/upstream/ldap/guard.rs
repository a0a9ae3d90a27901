//! Stands between a server and the LDAP library. The library recurses for each level of nesting until the stack
//! overflows, and waits for any length that a server announces.

use std::io::{Error, ErrorKind, Result};
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufReader, split};
use tokio::net::UnixStream;

use super::ber::{is_shallow, message};

/// An entry with the names of ten thousand groups is shorter.
const LONGEST: usize = 4 * 1024 * 1024;
/// An entry needs six levels, and controls need a few more.
const LEVELS: u32 = 32;
/// Most that a server may send between two requests, all entries of a search included.
const MOST: usize = 4 * LONGEST;
/// What a message counts for at least, since passing it on costs more than its bytes.
const LEAST: usize = 256;

/// Passes requests on, and answers that are complete and shallow. Ends when either side does.
///
/// # Errors
/// What is wrong with what the server says.
pub async fn pass(server: impl AsyncRead + AsyncWrite, library: &mut UnixStream) -> Result<()> {
    let (from_server, mut to_server) = split(server);
    let mut from_server = BufReader::new(from_server);
    let (mut from_library, mut to_library) = library.split();
    let said = AtomicUsize::new(0);
    let asking = async {
        let mut question = vec![0; 4096];
        loop {
            let read = from_library.read(&mut question).await?;
            let Some(question) = question.get(..read).filter(|question| !question.is_empty()) else { break };
            said.store(0, Ordering::Relaxed);
            to_server.write_all(question).await?;
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
            to_library.write_all(&message.head).await?;
            to_library.write_all(&message.content).await?;
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

    /// What the library gets to read of what a server says, and how that ends.
    async fn heard(said: &[u8]) -> (Vec<u8>, std::io::Result<()>) {
        let (mut server, ours) = duplex(1 << 20);
        let (mut library, mut between) = UnixStream::pair().unwrap();
        server.write_all(said).await.unwrap();
        server.shutdown().await.unwrap();
        let passing = tokio::spawn(async move { pass(ours, &mut between).await });
        let mut heard = Vec::new();
        library.read_to_end(&mut heard).await.unwrap();
        (heard, passing.await.unwrap())
    }

    #[tokio::test]
    async fn what_is_plain_passes_and_what_nests_does_not() {
        let plain = b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00";
        assert_eq!(heard(&plain.repeat(3)).await.0, plain.repeat(3));
        let nested = (0..=LEVELS + 1).fold(Vec::new(), |inner: Vec<u8>, _| {
            [&b"\x30\x82"[..], &u16::try_from(inner.len()).unwrap().to_be_bytes(), &inner].concat()
        });
        let (heard, ended) = heard(&[&plain[..], &nested, plain].concat()).await;
        assert_eq!(heard, plain);
        assert!(ended.unwrap_err().to_string().contains("nested without end"));
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
