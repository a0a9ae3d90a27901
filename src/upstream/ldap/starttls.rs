//! `StartTLS` (RFC 4511 §4.14), said and heard by ourselves: who stands between us and the server may write this one answer,
//! and the library's reader calls itself for each nesting of it, to the end of the stack and of the whole process.

use ldap3::{LdapError, LdapResult};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// `SEQUENCE { messageID 1, [APPLICATION 23] { [0] "1.3.6.1.4.1.1466.20037" } }`
const REQUEST: &[u8; 31] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// A result and a few words.
const LONGEST: usize = 4096;

/// Asks for TLS, and returns when it may begin. Reads no byte beyond the answer: what was sent in the clear behind it is for
/// TLS to refuse.
///
/// # Errors
/// When the connection fails, or the server says no.
pub async fn ask(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), LdapError> {
    stream.write_all(REQUEST).await?;
    let mut head = [0; 2];
    stream.read_exact(&mut head).await?;
    let [0x30, length] = head else { return Err(odd()) };
    let mut answer = vec![0; long_length(stream, length).await?];
    stream.read_exact(&mut answer).await?;
    match result(&answer).ok_or_else(odd)? {
        0 => Ok(()),
        rc => {
            let (matched, text) = (String::new(), String::new());
            Err(LdapError::LdapResult { result: LdapResult { rc, matched, text, refs: vec![], ctrls: vec![] } })
        }
    }
}

async fn long_length(stream: &mut (impl AsyncRead + Unpin), first: u8) -> Result<usize, LdapError> {
    let Some(bytes) = first.checked_sub(0x80) else { return Ok(first.into()) };
    // OpenLDAP writes two bytes, Active Directory always four.
    let mut length = [0; 4];
    let Some(used) = length.len().checked_sub(bytes.into()).and_then(|from| length.get_mut(from..)) else {
        return Err(odd());
    };
    stream.read_exact(used).await?;
    usize::try_from(u32::from_be_bytes(length)).ok().filter(|length| (1..=LONGEST).contains(length)).ok_or_else(odd)
}

/// The result code of `messageID 1, [APPLICATION 24] { ENUMERATED resultCode, … }`.
fn result(answer: &[u8]) -> Option<u32> {
    let (0x02, id, rest) = element(answer)? else { return None };
    let (0x78, response, _) = element(rest)? else { return None };
    let (0x0a, code, _) = element(response)? else { return None };
    let ours = id.split_last().is_some_and(|(last, before)| *last == 1 && before.iter().all(|byte| *byte == 0));
    match code {
        [code] if ours => Some(u32::from(*code)),
        _ => None,
    }
}

/// Tag, content, and what follows.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
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

fn odd() -> LdapError {
    std::io::Error::new(std::io::ErrorKind::InvalidData, "what it answers to StartTLS is no LDAP").into()
}

#[cfg(test)]
mod tests {
    use ldap3::LdapError;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::{REQUEST, ask};

    async fn told(answer: &[u8]) -> (Result<(), LdapError>, Vec<u8>) {
        let (mut ours, mut theirs) = tokio::io::duplex(1 << 16);
        theirs.write_all(answer).await.unwrap();
        let said = ask(&mut ours).await;
        let mut asked = [0; REQUEST.len()];
        theirs.read_exact(&mut asked).await.unwrap();
        assert_eq!(&asked, REQUEST);
        drop(theirs);
        let mut left = Vec::new();
        ours.read_to_end(&mut left).await.unwrap();
        (said, left)
    }

    // C45
    #[tokio::test]
    async fn what_stands_in_the_clear_behind_the_answer_is_left_for_tls_to_refuse() {
        let yes = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        let active_directory = b"\x30\x84\0\0\0\x10\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\x00\x04\x00\x04\x00";
        for good in [&yes[..], &active_directory[..]] {
            let (said, left) = told(&[good, b"more"].concat()).await;
            assert!(said.is_ok(), "{said:?}");
            assert_eq!(left, b"more");
        }
    }

    // C45
    #[tokio::test]
    async fn nothing_but_a_yes_is_one() {
        let no = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
        assert!(matches!(told(no).await.0, Err(LdapError::LdapResult { result }) if result.rc == 52));
        let nested = [&b"\x30\x82\x0f\xa0"[..], &b"\x30\x80".repeat(2000)].concat();
        let odd: [&[u8]; 6] = [
            &nested,
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x88\0\0\0\0\0\0\0\x0c",
            b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
        ];
        for odd in odd {
            assert!(matches!(told(odd).await.0, Err(LdapError::Io { .. })), "{odd:?}");
        }
    }
}
