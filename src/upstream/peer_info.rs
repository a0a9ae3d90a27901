//! What an HTTP answer shows about its server: the clock, the certificate, the encoding.

use http::header::{CONTENT_ENCODING, DATE};
use reqwest::tls::TlsInfo;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use crate::base::invisible::is_invisible;

/// What an answer shows about the server that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    /// The server's clock, to the second (RFC 9110 §6.6.1).
    pub date: Option<OffsetDateTime>,
    /// When its certificate expires; `None` on plain http.
    pub certificate_expires: Option<OffsetDateTime>,
}

impl PeerInfo {
    #[must_use]
    pub fn of<B>(answer: &http::Response<B>) -> Self {
        let date = answer.headers().get(DATE).and_then(|date| date.to_str().ok());
        let certificate = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        Self {
            // Servers may send only the IMF-fixdate form, which RFC 2822 allows too.
            date: date.and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok()),
            certificate_expires: certificate.and_then(expiry_of),
        }
    }
}

/// When a certificate expires.
#[must_use]
pub fn expiry_of(der: &[u8]) -> Option<OffsetDateTime> {
    let (_, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
    OffsetDateTime::from_unix_timestamp(certificate.validity().not_after.timestamp()).ok()
}

/// The `Content-Encoding` of an answer, in words. Our requests allow none. Empty if there is none.
pub fn encoding_in_words<B>(answer: &http::Response<B>) -> String {
    let encoding =
        answer.headers().get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok()).unwrap_or_default().trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return String::new();
    }
    let plain: String = encoding.chars().filter(|c| !is_invisible(*c)).take(40).collect();
    format!("; its Content-Encoding is {plain}, though we ask for none: make it obey Accept-Encoding")
}

#[cfg(test)]
mod tests {
    use super::{PeerInfo, expiry_of};
    use time::macros::datetime;

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        let peer = |date: &str| PeerInfo::of(&http::Response::builder().header("date", date).body(()).unwrap());
        assert_eq!(peer("Sun, 22 Nov 2026 21:04:05 GMT").date, Some(datetime!(2026-11-22 21:04:05 UTC)));
        assert_eq!(peer("yesterday").date, None);
        assert_eq!(PeerInfo::of(&http::Response::new(())), PeerInfo { date: None, certificate_expires: None });
    }

    #[test]
    fn the_expiry_of_a_certificate_is_read() {
        let pem = include_bytes!("../../tests/config/uni-ca.pem");
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).unwrap();
        assert!(expiry_of(&pem.contents).unwrap() > datetime!(2026-11-22 00:00 UTC));
        assert_eq!(expiry_of(b"no certificate"), None);
    }
}
