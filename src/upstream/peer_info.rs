//! What an HTTP answer shows about its server: the clock, the certificate, the encoding.

use http::header::{AGE, CONTENT_ENCODING, DATE, HeaderName};
use reqwest::tls::TlsInfo;
use time::format_description::well_known::Rfc2822;
use time::{Duration, OffsetDateTime};

use crate::base::invisible::is_invisible;
use crate::base::redaction::Redaction;

/// What an answer shows about the server that sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerInfo {
    /// The server's clock, to the second (RFC 9110 §6.6.1). A cache keeps the `Date` of the server and adds the `Age`
    /// of the answer (RFC 9111 §5.1): this is the sum of both.
    pub date: Option<OffsetDateTime>,
    /// Whether a cache sent the answer, so that `date` is only an estimate.
    pub is_from_cache: bool,
    /// When its certificate expires; `None` on plain http.
    pub certificate_expires: Option<OffsetDateTime>,
}

impl PeerInfo {
    #[must_use]
    pub fn of<B>(answer: &http::Response<B>) -> Self {
        let header = |name: HeaderName| answer.headers().get(name).and_then(|value| value.to_str().ok());
        // Servers may send only the IMF-fixdate form, which RFC 2822 allows too.
        let date = header(DATE).and_then(|date| OffsetDateTime::parse(date, &Rfc2822).ok());
        let age = header(AGE).and_then(|age| age.trim().parse::<u32>().ok()).map(|age| Duration::seconds(age.into()));
        let certificate = answer.extensions().get::<TlsInfo>().and_then(TlsInfo::peer_certificate);
        Self {
            date: date.and_then(|date| date.checked_add(age.unwrap_or_default())),
            is_from_cache: answer.headers().contains_key(AGE),
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
pub fn encoding_in_words<B>(answer: &http::Response<B>, redaction: &Redaction) -> String {
    let encoding =
        answer.headers().get(CONTENT_ENCODING).and_then(|encoding| encoding.to_str().ok()).unwrap_or_default().trim();
    if encoding.is_empty() || encoding.eq_ignore_ascii_case("identity") {
        return String::new();
    }
    let plain = || encoding.chars().filter(|c| !is_invisible(*c)).take(40).collect();
    let shown = if redaction.is_in(encoding) { redaction.replacement().to_owned() } else { plain() };
    format!("; its Content-Encoding is {shown}, though we ask for none: make it obey Accept-Encoding")
}

#[cfg(test)]
mod tests {
    use super::{PeerInfo, expiry_of};
    use time::Duration;
    use time::macros::datetime;

    #[test]
    fn a_date_is_read_as_servers_write_it() {
        let peer = |date: &str| PeerInfo::of(&http::Response::builder().header("date", date).body(()).unwrap());
        assert_eq!(peer("Sun, 22 Nov 2026 21:04:05 GMT").date, Some(datetime!(2026-11-22 21:04:05 UTC)));
        assert_eq!(peer("yesterday").date, None);
        let nothing = PeerInfo { date: None, is_from_cache: false, certificate_expires: None };
        assert_eq!(PeerInfo::of(&http::Response::new(())), nothing);
    }

    #[test]
    fn the_age_of_an_answer_from_a_cache_is_added_to_its_date() {
        let peer = |date: &str, age: &str| {
            PeerInfo::of(&http::Response::builder().header("date", date).header("age", age).body(()).unwrap())
        };
        let sent = datetime!(2026-11-22 21:04:05 UTC);
        for (age, date) in [("2400", sent + Duration::minutes(40)), ("0", sent), ("soon", sent)] {
            let expected = PeerInfo { date: Some(date), is_from_cache: true, certificate_expires: None };
            assert_eq!(peer("Sun, 22 Nov 2026 21:04:05 GMT", age), expected, "{age}");
        }
        assert_eq!(peer("Fri, 31 Dec 9999 23:59:59 GMT", "1").date, None);
    }

    #[test]
    fn the_expiry_of_a_certificate_is_read() {
        let pem = include_bytes!("../../tests/config/uni-ca.pem");
        let (_, pem) = x509_parser::pem::parse_x509_pem(pem).unwrap();
        assert!(expiry_of(&pem.contents).unwrap() > datetime!(2026-11-22 00:00 UTC));
        assert_eq!(expiry_of(b"no certificate"), None);
    }
}
