//! Removes from a server's stream what an XML parser refuses. Neither a stray byte in a text for people nor a comment
//! must fail a login.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};

use super::markup::Markup;
use super::stream_header::{foreign_greeting, may_precede, rewrite_header};

/// Reads UTF-8 characters that XML allows, with U+FFFD for anything else (RFC 6120 §11.6, XML §2.2). Leaves out
/// comments, and the parts of the stream's beginning that Vestibule does not read.
#[derive(Debug)]
pub struct SanitizedReader<R> {
    inner: R,
    /// The beginning of a character, whose other bytes have not come yet.
    held: Vec<u8>,
    ready: Vec<u8>,
    /// How much of `ready` was read.
    given: usize,
    markup: Markup,
    /// The beginning of the stream, until all of it has come.
    beginning: Option<String>,
}

impl<R> SanitizedReader<R> {
    pub fn new(inner: R) -> Self {
        let (held, ready, markup) = (Vec::new(), Vec::new(), Markup::default());
        Self { inner, held, ready, given: 0, markup, beginning: Some(String::new()) }
    }

    pub fn into_inner(self) -> R {
        self.inner
    }

    /// # Errors
    /// When the server begins with text. An XML parser would wait for an element, and many other services send a line
    /// and then wait, too.
    fn accept(&mut self, read: &[u8]) -> io::Result<()> {
        let mut bytes = std::mem::take(&mut self.held);
        bytes.extend_from_slice(read);
        let (mut text, mut seen) = (String::new(), 0);
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            let invalid = chunk.invalid();
            seen += chunk.valid().len() + invalid.len();
            let cut = std::str::from_utf8(invalid).is_err_and(|why| why.error_len().is_none());
            if cut && seen == bytes.len() {
                self.held = invalid.to_vec();
            } else if !invalid.is_empty() {
                text.push(char::REPLACEMENT_CHARACTER);
            }
        }
        let text: String = text.chars().map(|c| if is_of_xml(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
        let text = self.markup.take(&text);
        let text = match self.beginning.take() {
            None => text,
            Some(before) => {
                let beginning = before + &text;
                if let Some(line) = foreign_greeting(&beginning) {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it begins with {line:?}")));
                }
                let Some(text) = rewrite_header(&beginning) else {
                    self.beginning = Some(beginning);
                    return Ok(());
                };
                text
            }
        };
        self.ready = text.into_bytes();
        self.given = 0;
        Ok(())
    }

    /// Passes on the rest when the server has closed the stream.
    fn end(&mut self) {
        let beginning = self.beginning.take().unwrap_or_default() + &self.markup.end();
        self.ready = beginning.trim_start_matches(may_precede).as_bytes().to_vec();
        if !self.held.is_empty() {
            self.held.clear();
            self.ready.extend(char::REPLACEMENT_CHARACTER.to_string().into_bytes());
        }
        self.given = 0;
    }
}

/// XML §2.2
fn is_of_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

impl<R: AsyncRead + Unpin> AsyncRead for SanitizedReader<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        loop {
            let left = self.ready.get(self.given..).unwrap_or_default();
            if !left.is_empty() {
                let given = left.len().min(into.remaining());
                into.put_slice(left.get(..given).unwrap_or_default());
                self.given += given;
                return Poll::Ready(Ok(()));
            }
            let mut bytes = [0; 2048];
            let mut read = ReadBuf::new(&mut bytes);
            ready!(Pin::new(&mut self.inner).poll_read(cx, &mut read))?;
            match read.filled() {
                [] => {
                    self.end();
                    if self.ready.is_empty() {
                        return Poll::Ready(Ok(()));
                    }
                }
                read => self.accept(read)?,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncRead, AsyncReadExt as _, empty};

    use super::SanitizedReader;

    async fn read(parts: &[&[u8]]) -> String {
        let nothing: Box<dyn AsyncRead + Unpin + '_> = Box::new(empty());
        // Each part comes in its own read.
        let server = parts.iter().fold(nothing, |before, part| Box::new(before.chain(*part)));
        let mut text = String::new();
        SanitizedReader::new(server).read_to_string(&mut text).await.unwrap();
        text
    }

    #[tokio::test]
    async fn a_stray_byte_is_replaced_wherever_the_text_is_split() {
        assert_eq!(read(&[b"<a>refus\xe9</a>", b"\x1b\xff"]).await, "<a>refus\u{fffd}</a>\u{fffd}\u{fffd}");
        assert_eq!(read(&[b"<a>\xe6\x97", b"\xa5\xe6", b"\x97\xa5</a>"]).await, "<a>日日</a>");
        assert_eq!(read(&[b"<a>\xe6\x97", b"<"]).await, "<a>\u{fffd}<");
        assert_eq!(read(&[b"<a>\xe6\x97"]).await, "<a>\u{fffd}");
        assert_eq!(read(&[]).await, "");
        assert_eq!(read(&[b" <a b='\xe6"]).await, "<a b='\u{fffd}", "a beginning without an end");
    }

    #[tokio::test]
    async fn a_text_before_the_stream_ends_it_at_once() {
        for greeting in [&b"SSH-2.0-OpenSSH_9\r\n"[..], b"\xef\xbb\xbf\n220 mail ESMTP\r\n<a>", b"0\x0c\x02"] {
            // The server stays connected.
            let (_server, client) = tokio::io::duplex(1);
            let mut stream = SanitizedReader::new(greeting.chain(client));
            let error = stream.read_to_string(&mut String::new()).await.unwrap_err();
            assert!(error.to_string().starts_with("it begins with \""), "{error}");
        }
    }

    #[tokio::test]
    async fn a_byte_order_mark_and_spaces_are_removed_only_before_the_stream() {
        assert_eq!(read(&[b"\xef\xbb", b"\xbf \r\n", b"\n<a> \xef\xbb\xbf</a>"]).await, "<a> \u{feff}</a>");
    }
}
