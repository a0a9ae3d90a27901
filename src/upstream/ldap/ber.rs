//! The part of BER that LDAP uses (RFC 4511 §5.1): tags of one byte and definite lengths.

use std::io::{Error, ErrorKind, Result};

use tokio::io::{AsyncRead, AsyncReadExt as _};

/// The tag of every LDAP message, a `SEQUENCE` (RFC 4511 §4.1.1).
pub const SEQUENCE: u8 = 0x30;
/// The bit in the tag of an element that holds others.
const CONSTRUCTED: u8 = 0x20;

/// The first element: tag, content, and the bytes after it.
pub fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [tag, first, rest @ ..] = bytes else { return None };
    let (length, rest) = match first.checked_sub(0x80) {
        None => (usize::from(*first), rest),
        Some(count) => {
            let (length, rest) = rest.split_at_checked(count.into())?;
            (length.iter().try_fold(0_usize, |sum, byte| Some(sum.checked_mul(256)? + usize::from(*byte)))?, rest)
        }
    };
    let (content, after) = rest.split_at_checked(length)?;
    Some((*tag, content, after))
}

/// The elements in `bytes`: tag and content of each, up to the first that is not complete.
pub fn elements(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (tag, content, after) = element(bytes)?;
        bytes = after;
        Some((tag, content))
    })
}

/// Appends an element to `into`.
pub fn write(into: &mut Vec<u8>, tag: u8, content: &[u8]) {
    into.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => into.push(short),
        Ok(_) | Err(_) => {
            into.push(0x84);
            into.extend(u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes());
        }
    }
    into.extend_from_slice(content);
}

/// How many elements one message may have. Each takes ten times the memory of its two bytes.
const MAX_ELEMENTS: u32 = 100_000;

/// Checks that the bytes are complete elements, not too many, and nested at most `levels` deep.
///
/// # Errors
/// What is wrong with the message.
pub fn check_shape(bytes: &[u8], levels: u32) -> Result<()> {
    remaining_elements(bytes, levels, MAX_ELEMENTS).map(|_| ())
}

/// How many more elements are allowed after these.
fn remaining_elements(mut bytes: &[u8], levels: u32, mut left: u32) -> Result<u32> {
    while !bytes.is_empty() {
        let (tag, content, after) = element(bytes).ok_or_else(not_ldap)?;
        left = left.checked_sub(1).ok_or_else(|| invalid("its message has more than 100000 elements"))?;
        if tag & CONSTRUCTED != 0 {
            let levels = levels.checked_sub(1).ok_or_else(|| invalid("its message is nested without end"))?;
            left = remaining_elements(content, levels, left)?;
        }
        bytes = after;
    }
    Ok(left)
}

/// A message: its header as it came, and its content.
#[derive(Debug, PartialEq, Eq)]
pub struct Message {
    pub head: Vec<u8>,
    pub content: Vec<u8>,
}

/// Reads a message of at most `longest` bytes, and no byte beyond it. `None` if the stream ends before it.
///
/// # Errors
/// When the stream ends within it, or it is not a message.
pub async fn read_message(stream: &mut (impl AsyncRead + Unpin), longest: usize) -> Result<Option<Message>> {
    let mut head = vec![0; 2];
    let mut read = stream.read(&mut head).await?;
    if read == 0 {
        return Ok(None);
    }
    while let Some(rest) = head.get_mut(read..).filter(|rest| !rest.is_empty()) {
        stream.read_exact(rest).await?;
        read = 2;
    }
    let [SEQUENCE, first] = head[..] else { return Err(not_ldap()) };
    let length = match first.checked_sub(0x80) {
        None => first.into(),
        Some(bytes) => {
            // OpenLDAP writes lengths in two bytes, Active Directory always in four.
            let mut length = [0; 4];
            let used = length.len().checked_sub(bytes.into()).and_then(|from| length.get_mut(from..));
            let used = used.filter(|used| !used.is_empty()).ok_or_else(not_ldap)?;
            stream.read_exact(used).await?;
            head.extend_from_slice(used);
            usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX)
        }
    };
    if length > longest {
        return Err(invalid("its message is longer than any answer"));
    }
    let mut content = Vec::new();
    let whole = u64::try_from(length).unwrap_or(u64::MAX);
    // Memory is allocated as bytes arrive, not by the announced length.
    if stream.take(whole).read_to_end(&mut content).await? < length {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(Some(Message { head, content }))
}

fn not_ldap() -> Error {
    invalid("its message is not LDAP")
}

fn invalid(what: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::{Message, check_shape, read_message};

    /// Nested elements.
    fn nested(levels: u32) -> Vec<u8> {
        (0..levels).fold(Vec::new(), |inner, _| {
            let length = u32::try_from(inner.len()).unwrap().to_be_bytes();
            [&b"\x30\x84"[..], &length, &inner].concat()
        })
    }

    #[test]
    fn only_nested_elements_count_as_levels() {
        assert!(check_shape(b"", 0).is_ok());
        assert!(check_shape(b"\x04\x02\x30\x80\x02\x00", 0).is_ok(), "the content of a text is not an element");
        assert!(check_shape(&nested(9), 9).is_ok());
        assert!(check_shape(&nested(10), 9).is_err());
        assert!(check_shape(&[&b"\x04\x00"[..], &nested(10)].concat(), 9).is_err(), "also after another element");
        assert!(check_shape(&b"\x05\x00".repeat(100_000), 0).is_ok());
        assert!(check_shape(&b"\x05\x00".repeat(100_001), 0).is_err());
        let words =
            [check_shape(&nested(10), 9), check_shape(&b"\x05\x00".repeat(100_001), 0), check_shape(b"\x30", 9)];
        assert_eq!(
            words.map(|checked| checked.unwrap_err().to_string()),
            [
                "its message is nested without end",
                "its message has more than 100000 elements",
                "its message is not LDAP"
            ]
        );
        // Every constructed element is read, of any class and number.
        for tag in [0x31, 0x3f, 0x64, 0xa3, 0xff] {
            assert!(check_shape(&[tag, 2, tag, 0], 1).is_err(), "{tag:#x}");
        }
        for broken in
            [&b"\x30"[..], b"\x30\x01", b"\x04\x81", b"\x30\x03\x04\x02x", b"\x04\x89\x01\0\0\0\0\0\0\0\x02xx"]
        {
            assert!(check_shape(broken, 9).is_err(), "{broken:?}");
        }
    }

    async fn read(mut bytes: &[u8]) -> Option<(Message, usize)> {
        read_message(&mut bytes, 300).await.ok().flatten().map(|message| (message, bytes.len()))
    }

    #[tokio::test]
    async fn a_message_is_read_whole_and_no_byte_after_it() {
        for head in [&b"\x30\x03"[..], b"\x30\x81\x03", b"\x30\x84\0\0\0\x03"] {
            let expected = Message { head: head.to_vec(), content: b"abc".to_vec() };
            assert_eq!(read(&[head, b"abcmore"].concat()).await, Some((expected, 4)));
        }
        assert!(read(&[&b"\x30\x82\x01\x2c"[..], &[0; 300]].concat()).await.is_some());
        let long = [&b"\x30\x82\x01\x2d"[..], &[0; 301]].concat();
        for bad in
            [&b""[..], b"\x30", b"\x30\x03ab", b"\x04\x03abc", b"\x30\x80abc\0\0", b"\x30\x85\0\0\0\0\x03abc", &long]
        {
            assert_eq!(read(bad).await, None, "{bad:?}");
        }
    }
}
