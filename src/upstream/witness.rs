//! What an answer tells beside its content: what time it is there, until when the certificate holds, how it is encoded.

use http::header::{CONTENT_ENCODING, DATE};
use reqwest::tls::TlsInfo;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::base::username::is_unseen;

/// What an answer tells of the server that gave it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    /// By its own clock, to the second (RFC 9110 §6.6.1).
    pub date: Option<OffsetDateTime>,
    /// When its certificate runs out; `None` on plain http.
    pub certificate_until: Option<OffsetDateTime>,
}

impl Witness {
    #[must_use]
    pub fn of<B>(answer: &http::Response<B>) -> Self {
        let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
        let certificate = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        Self {
            // The only form that a server may write is one of RFC 2822's.
            date: date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()),
            certificate_until: certificate.and_then(until),
        }
    }
}

/// When a certificate runs out.
#[must_use]
pub fn until(der: &[u8]) -> Option<OffsetDateTime> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    OffsetDateTime::from_unix_timestamp(certificate.validity().not_after.timestamp()).ok()
}

/// What an answer says of an encoding that no request of ours allows; empty where it has none.
pub fn encoding_in_words<B>(answer: &http::Response<B>) -> String {
    let said = answer.headers().get(CONTENT_ENCODING).and_then(|said| said.to_str().ok()).unwrap_or_default().trim();
    if said.is_empty() || said.eq_ignore_ascii_case("identity") {
        return String::new();
    }
    let plain: String = said.chars().filter(|c| !is_unseen(*c)).take(40).collect();
    format!("; its Content-Encoding is {plain}, though we ask for none: have it heed Accept-Encoding")
}

#[cfg(test)]
mod tests {
    use super::{Witness, until};
    use time::macros::datetime;

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        let witness = |date: &str| Witness::of(&http::Response::builder().header("date", date).body(()).unwrap());
        assert_eq!(witness("Sun, 22 Nov 2026 21:04:05 GMT").date, Some(datetime!(2026-11-22 21:04:05 UTC)));
        assert_eq!(witness("yesterday").date, None);
        assert_eq!(Witness::of(&http::Response::new(())), Witness { date: None, certificate_until: None });
    }

    #[test]
    fn a_certificate_says_until_when_it_holds() {
        let pem = include_bytes!("../../tests/config/uni-ca.pem");
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).unwrap();
        assert!(until(&pem.contents).unwrap() > datetime!(2026-11-22 00:00 UTC));
        assert_eq!(until(b"no certificate"), None);
    }
}
