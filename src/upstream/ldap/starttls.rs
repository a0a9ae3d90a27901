//! `StartTLS` (RFC 4511 §4.14), without the LDAP library: an attacker between us and the server may write this answer.

use std::io::{Error, ErrorKind};

use ldap3::{LdapError, LdapResult};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::ber::{element, read_message};

/// `SEQUENCE { messageID 1, [APPLICATION 23] { [0] "1.3.6.1.4.1.1466.20037" } }`
const REQUEST: &[u8; 31] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";
/// Longest answer: a result and a few words.
const MAX_ANSWER: usize = 4096;

/// Asks for TLS, and returns when it may begin. Reads no byte beyond the answer, so TLS refuses anything that was sent
/// in the clear after it.
///
/// # Errors
/// When the connection fails, or the server refuses.
pub async fn request_tls(stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> Result<(), LdapError> {
    stream.write_all(REQUEST).await?;
    let answer = match read_message(stream, MAX_ANSWER).await {
        Ok(Some(answer)) => answer.content,
        Ok(None) => return Err(closed()),
        Err(why) if why.kind() == ErrorKind::UnexpectedEof => return Err(closed()),
        Err(why) => return Err(why.into()),
    };
    match result(&answer).ok_or_else(not_ldap)? {
        0 => Ok(()),
        rc => {
            let (matched, text) = (String::new(), String::new());
            Err(LdapError::LdapResult { result: LdapResult { rc, matched, text, refs: vec![], ctrls: vec![] } })
        }
    }
}

/// The result code of `messageID 1, [APPLICATION 24] { ENUMERATED resultCode, … }`.
fn result(answer: &[u8]) -> Option<u32> {
    let (0x02, id, rest) = element(answer)? else { return None };
    let (0x78, response, _) = element(rest)? else { return None };
    let (0x0a, code, _) = element(response)? else { return None };
    let is_first = id.split_last().is_some_and(|(last, before)| *last == 1 && before.iter().all(|byte| *byte == 0));
    match code {
        [code] if is_first => Some(u32::from(*code)),
        _ => None,
    }
}

fn closed() -> LdapError {
    Error::new(ErrorKind::UnexpectedEof, "it closed the connection without a whole answer to StartTLS").into()
}

fn not_ldap() -> LdapError {
    Error::new(ErrorKind::InvalidData, "its answer to StartTLS is not LDAP").into()
}

#[cfg(test)]
mod tests {
    use ldap3::LdapError;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::{REQUEST, request_tls};

    async fn request_from(answer: &[u8]) -> (Result<(), LdapError>, Vec<u8>) {
        let (mut client_end, mut server_end) = tokio::io::duplex(1 << 16);
        server_end.write_all(answer).await.unwrap();
        let outcome = request_tls(&mut client_end).await;
        let mut request = [0; REQUEST.len()];
        server_end.read_exact(&mut request).await.unwrap();
        assert_eq!(&request, REQUEST);
        drop(server_end);
        let mut left = Vec::new();
        client_end.read_to_end(&mut left).await.unwrap();
        (outcome, left)
    }

    // C45
    #[tokio::test]
    async fn unencrypted_bytes_after_the_answer_are_left_for_tls_to_refuse() {
        let yes = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00";
        let active_directory = b"\x30\x84\0\0\0\x10\x02\x01\x01\x78\x84\0\0\0\x07\x0a\x01\x00\x04\x00\x04\x00";
        for good in [&yes[..], &active_directory[..]] {
            let (outcome, left) = request_from(&[good, b"more"].concat()).await;
            assert!(outcome.is_ok(), "{outcome:?}");
            assert_eq!(left, b"more");
        }
    }

    // C45
    #[tokio::test]
    async fn only_a_success_starts_tls() {
        let no = b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x34\x04\x00\x04\x00";
        assert!(matches!(request_from(no).await.0, Err(LdapError::LdapResult { result }) if result.rc == 52));
        for beginning in [&b""[..], b"\x30", b"\x30\x0c\x02\x01"] {
            let (mut client_end, mut server_end) = tokio::io::duplex(64);
            let hang_up = async {
                server_end.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
                server_end.write_all(beginning).await.unwrap();
                drop(server_end);
            };
            let closed = tokio::join!(request_tls(&mut client_end), hang_up).0.unwrap_err();
            assert!(closed.to_string().contains("closed the connection without a whole answer"), "{closed}");
        }
        let nested = [&b"\x30\x82\x0f\xa0"[..], &b"\x30\x80".repeat(2000)].concat();
        let not_ldap: [&[u8]; 6] = [
            &nested,
            b"\x30\x84\xff\xff\xff\xff",
            b"\x30\x88\0\0\0\0\0\0\0\x0c",
            b"\x30\x0c\x02\x01\x02\x78\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"\x30\x0c\x02\x01\x01\x61\x07\x0a\x01\x00\x04\x00\x04\x00",
            b"HTTP/1.1 400 Bad Request\r\n\r\n",
        ];
        for not_ldap in not_ldap {
            assert!(matches!(request_from(not_ldap).await.0, Err(LdapError::Io { .. })), "{not_ldap:?}");
        }
    }
}
