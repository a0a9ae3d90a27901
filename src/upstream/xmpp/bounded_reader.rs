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
}

impl<R> BoundedReader<R> {
    pub fn new(inner: R) -> Self {
        Self { inner, bytes: 0, tags: 0 }
    }

    pub fn into_inner(self) -> R {
        self.inner
    }

    fn count(&mut self, read: &[u8]) -> io::Result<()> {
        self.bytes += read.len();
        self.tags += read.split(|byte| *byte == b'<').count() - 1;
        if self.bytes > MAX_BYTES || self.tags > MAX_TAGS {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it sends more than a login needs"));
        }
        Ok(())
    }
}

impl<R: AsyncRead + Unpin> AsyncRead for BoundedReader<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(cx, into))?;
        let counted = self.count(into.filled().get(before..).unwrap_or_default());
        if counted.is_err() {
            into.set_filled(before);
        }
        Poll::Ready(counted)
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
