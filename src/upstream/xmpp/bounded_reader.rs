//! Limits what is read from a server, so that it can't exhaust the memory or the stack.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

/// A server's list of features is a few thousand bytes.
const MAX_BYTES: usize = 128 * 1024;
/// Every element begins with this character, so elements can't nest deeper than this. The parser recurses for each
/// level, and some hundreds more would overflow the stack.
const MAX_TAGS: usize = 400;

/// Reads XML, up to a limit.
#[derive(Debug)]
pub struct BoundedReader<R> {
    inner: R,
    bytes: usize,
    tags: usize,
    /// Whether bytes beyond the limit were dropped.
    exceeded: bool,
}

impl<R> BoundedReader<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, bytes: 0, tags: 0, exceeded: false }
    }

    pub fn into_inner(self) -> R {
        self.inner
    }

    /// How many bytes of `read` are within the limit. They are passed on before the error, so that it is known whether
    /// a stream had begun.
    fn count(&mut self, read: &[u8]) -> usize {
        let mut tags = read.iter().enumerate().filter(|(_, byte)| **byte == b'<').map(|(at, _)| at);
        let beyond = tags.nth(MAX_TAGS - self.tags);
        let within = beyond.unwrap_or(read.len()).min(MAX_BYTES - self.bytes);
        self.bytes += within;
        self.tags += read.iter().take(within).filter(|byte| **byte == b'<').count();
        self.exceeded = within < read.len();
        within
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for BoundedReader<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        if !self.exceeded {
            ready!(Pin::new(&mut self.inner).poll_read(cx, into))?;
            let within = self.count(into.filled().get(before..).unwrap_or_default());
            into.set_filled(before + within);
        }
        // Without any byte, the reader would take it for the end.
        if self.exceeded && into.filled().len() == before {
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, "more than a login needs")));
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncReadExt as _;

    use super::{BoundedReader, MAX_BYTES, MAX_TAGS};

    async fn reads(text: String) -> bool {
        BoundedReader::new(text.as_bytes()).read_to_end(&mut Vec::new()).await.is_ok()
    }

    #[tokio::test]
    async fn a_server_that_sends_or_nests_without_end_is_cut_off() {
        assert!(reads("<a>".repeat(MAX_TAGS)).await);
        assert!(!reads("<a>".repeat(MAX_TAGS + 1)).await);
        assert!(reads(" ".repeat(MAX_BYTES)).await);
        assert!(!reads(" ".repeat(MAX_BYTES + 1)).await);
    }
}
