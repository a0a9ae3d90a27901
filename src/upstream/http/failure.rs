//! Reads the chain of causes of a failed request.

use std::io::{self, ErrorKind};

use url::Url;

use super::super::addresses::NO_PUBLIC_ADDRESS;
use super::{HttpError, MAX_HEADERS, Phase, host};
use crate::base::certificate::{TlsFailure, handshake_words};

/// Whether the server closed the connection before it answered: in order, without the end of its TLS, or by a reset.
pub fn was_closed(error: &reqwest::Error) -> bool {
    const CLOSED: [ErrorKind; 3] = [ErrorKind::UnexpectedEof, ErrorKind::ConnectionReset, ErrorKind::BrokenPipe];
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    !error.is_connect()
        && causes.any(|cause| {
            cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_incomplete_message)
                || cause.downcast_ref::<io::Error>().is_some_and(|cause| CLOSED.contains(&cause.kind()))
        })
}

/// Whether the server sent something other than HTTP: text before the request, or an answer that can't be parsed.
fn is_not_http(error: &reqwest::Error, words: &str) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let unreadable = |cause: &hyper::Error| cause.is_parse() && !cause.is_parse_too_large();
    // The HTTP library has no method for this case.
    words.contains("received unexpected message from connection")
        || causes.any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(unreadable))
}

/// The HTTP library's words for a header that breaks the rules, after a first line that is HTTP. It has no methods for
/// these cases.
const INVALID_HEADER: [&str; 3] =
    ["invalid HTTP header", "invalid content-length parsed", "unexpected transfer-encoding parsed"];

/// Whether the server sent more header lines, or longer ones, than the HTTP library reads.
fn is_head_too_large(error: &reqwest::Error) -> bool {
    let mut causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    causes.any(|cause| cause.downcast_ref::<hyper::Error>().is_some_and(hyper::Error::is_parse_too_large))
}

/// Finds the phase in the chain of causes: reqwest itself only shows whether connecting failed.
pub fn failure(url: &Url, error: &reqwest::Error) -> HttpError {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let words: Vec<String> = causes.map(ToString::to_string).collect();
    let all = words.join(": ");
    let tls = TlsFailure::find_in(error, url.host_str().unwrap_or_default()).map(Box::new);
    let phase = if error.is_builder() {
        Phase::Address
    } else if tls.is_some() {
        Phase::Tls
    } else if error.is_connect() {
        if all.contains("dns error") || all.contains(NO_PUBLIC_ADDRESS) {
            Phase::Resolve
        } else if ["certificate", "TLS", "tls", "handshake"].iter().any(|word| all.contains(word)) {
            Phase::Tls
        } else {
            Phase::Connect
        }
    } else if is_head_too_large(error) {
        Phase::Size
    } else {
        Phase::Read
    };
    let why = match words.last() {
        _ if error.is_timeout() => "no answer in time".to_owned(),
        _ if let Some(distrust) = &tls => distrust.to_string(),
        Some(_) if phase == Phase::Size => {
            format!("its answer has more than {MAX_HEADERS} header lines, or too many bytes in them")
        }
        Some(root) if INVALID_HEADER.iter().any(|words| root.contains(words)) => {
            format!("its answer is not valid HTTP ({root})")
        }
        Some(root) if is_not_http(error, &all) => {
            format!("it does not speak HTTP there ({root})")
        }
        Some(root) if root.contains("close_notify") => {
            "the connection ended before its TLS did; have it send Content-Length".to_owned()
        }
        Some(root) => handshake_words(root).to_owned(),
        None => "no answer".to_owned(),
    };
    HttpError { host: host(url), phase, why, tls }
}

#[cfg(test)]
mod tests;
