//! The forms of our own pages. A handler that changes something gets the fields of its POST only from here.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::response::Response;
use http::header::{HeaderMap, ORIGIN};
use http::{HeaderName, StatusCode};

use super::Web;
use super::browser::{Browser, PathName};
use super::media_type::{MediaType, media_type};
use super::refusal::refusal_response;
use crate::base::parameters::Parameters;
use crate::base::urls::PublicUrl;
use crate::broker::{Cause, Context};

/// A form that one of our pages sent, and the browser that sent it. Only the extractor makes one, after it has checked
/// the origin: a handler that takes one can't be reached from another site (security rule C53).
pub struct OwnForm<F> {
    pub browser: Browser,
    pub fields: F,
    _origin: OriginChecked,
}

/// Keeps other modules from making an [`OwnForm`].
struct OriginChecked;

/// The fields of one of our forms.
pub trait FormFields: Sized + Send {
    /// The names of all fields. A form without fields is only a button, and its body is not read.
    const NAMES: &'static [&'static str];

    /// # Errors
    /// What is wrong with the form, for the log.
    fn read(form: &Parameters) -> Result<Self, &'static str>;

    /// Answers a form that can't be read, or that none of our pages sent. `_at` is the variable part of the path.
    fn refuse(web: &Web, browser: &Browser, _at: &str, cause: Cause) -> impl Future<Output = Response> + Send {
        refusal_response(web, browser, cause.refuse(Context::default()))
    }
}

impl<F: FormFields> FromRequest<Arc<Web>> for OwnForm<F> {
    type Rejection = Response;

    async fn from_request(request: Request, web: &Arc<Web>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let Ok(PathName(at)) = PathName::from_request_parts(&mut parts, web).await;
        let Ok(browser) = Browser::from_request_parts(&mut parts, web).await;
        let is_form = F::NAMES.is_empty() || media_type(&browser.headers) == MediaType::Form;
        let read = if is_form { read(&browser, Request::from_parts(parts, body)).await } else { Err(NOT_A_FORM) };
        match read {
            Ok(fields) => Ok(Self { browser, fields, _origin: OriginChecked }),
            Err(cause) => {
                let mut response = F::refuse(web, &browser, &at, cause).await;
                if !is_form {
                    *response.status_mut() = StatusCode::UNSUPPORTED_MEDIA_TYPE;
                }
                Err(response)
            }
        }
    }
}

/// RFC 9110 §15.5.16: its status is 415.
const NOT_A_FORM: Cause = Cause::BadRequest("a POST that is not a form");

async fn read<F: FormFields>(browser: &Browser, sent: Request) -> Result<F, Cause> {
    if !from_our_page(&browser.headers, &browser.config.public_url) {
        return Err(Cause::CrossSitePost);
    }
    let form = if F::NAMES.is_empty() {
        Parameters::default()
    } else {
        let body = Bytes::from_request(sent, &()).await;
        Parameters::read(&body.map_err(|why| unread_form(&why))?)
    };
    F::read(&form).map_err(Cause::BadRequest)
}

/// Why the body of a form could not be read.
pub fn unread_form(why: &BytesRejection) -> Cause {
    Cause::BadRequest(match BodyError::of(why) {
        BodyError::TooLarge => "a form of more than 64 KiB",
        BodyError::CutShort => "a form that ended before its announced length",
        BodyError::NotHttp => "a form whose body is not valid HTTP",
    })
}

/// Why the body of a request could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyError {
    /// Larger than [`super::routes::MAX_BODY_BYTES`].
    TooLarge,
    /// The connection ended before the body did.
    CutShort,
    /// For example, a chunk with a wrong length (RFC 9112 §7.1).
    NotHttp,
}

impl BodyError {
    pub fn of(why: &BytesRejection) -> Self {
        const CLOSED: [ErrorKind; 2] = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset];
        if matches!(why, BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_))) {
            return Self::TooLarge;
        }
        let mut causes = std::iter::successors(std::error::Error::source(why), |cause| cause.source());
        let cut_short = causes.any(|cause| {
            cause.downcast_ref::<io::Error>().is_some_and(|cause| CLOSED.contains(&cause.kind()))
                || cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
        });
        if cut_short { Self::CutShort } else { Self::NotHttp }
    }
}

/// Whether one of our pages sent this POST: by `Sec-Fetch-Site`, or by `Origin` if the browser sends only that. A
/// request with neither header is not ours.
fn from_our_page(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
    let all = |name: &HeaderName, ours: &str| {
        let mut lines = headers.get_all(name).iter().peekable();
        lines.peek().is_some().then(|| lines.all(|line| line == ours))
    };
    // If a header has several lines, all of them must agree.
    all(&SEC_FETCH_SITE, "same-origin").or_else(|| all(&ORIGIN, public_url.as_str())).unwrap_or(false)
}

/// Why the fields of a form can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldError {
    NotUtf8,
    /// Missing, or present twice.
    Missing,
}

/// The value of each field. Each must be present exactly once, in UTF-8.
///
/// # Errors
/// When a field is missing, repeated or not UTF-8.
pub fn required_values<const N: usize>(form: &Parameters, names: [&'static str; N]) -> Result<[String; N], FieldError> {
    if form.first_non_utf8(&names).is_some() {
        return Err(FieldError::NotUtf8);
    }
    let once = |name: &str| {
        let mut given = form.pairs().iter().filter(|(given, _)| given == name);
        let first = given.next().map(|(_, value)| value.clone());
        first.filter(|_| given.next().is_none())
    };
    let found: Option<Vec<String>> = names.into_iter().map(once).collect();
    found.and_then(|found| found.try_into().ok()).ok_or(FieldError::Missing)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;

    use super::from_our_page;

    // C53
    #[test]
    fn a_post_from_another_site_or_without_an_origin_is_not_ours() {
        let ours = "https://auth.example.org".parse().unwrap();
        let sent = |headers: &[(&'static str, &'static str)]| {
            let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
            let mut sent = HeaderMap::new();
            for (name, value) in headers {
                let _first_or_another: bool = sent.append::<http::HeaderName>(name, value);
            }
            from_our_page(&sent, &ours)
        };
        assert!(sent(&[("sec-fetch-site", "same-origin"), ("origin", "https://auth.example.org")]));
        assert!(sent(&[("origin", "https://auth.example.org")]));
        assert!(!sent(&[("sec-fetch-site", "cross-site"), ("origin", "https://auth.example.org")]));
        assert!(!sent(&[("sec-fetch-site", "same-site")]));
        assert!(!sent(&[("origin", "https://auth.example.org.evil.example")]));
        assert!(!sent(&[("origin", "null")]));
        assert!(!sent(&[("origin", "https://auth.example.org"), ("origin", "https://evil.example")]));
        assert!(!sent(&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")]));
        assert!(!sent(&[]));
    }
}
