//! Why a request has no usable answer.

use super::phase::Phase;
use crate::base::certificate::{Fixes, TlsFailure};

/// A request without a usable answer. Holds no part of the request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{host}, {phase}: {why}")]
pub struct HttpError {
    pub host: String,
    pub phase: Phase,
    pub why: String,
    /// What is wrong with TLS, if that is known.
    pub tls: Option<Box<TlsFailure>>,
}

impl HttpError {
    pub fn new(host: String, phase: Phase, why: impl Into<String>) -> Self {
        Self { host, phase, why: why.into(), tls: None }
    }

    /// The fix, if the phase is [`Phase::Tls`]. `url` and `ca` are the names of the settings.
    #[must_use]
    pub fn tls_fix(&self, url: &str, ca: &str) -> String {
        let no_tls = format!("check that {url} names the port of its https, and that https is switched on there");
        let other_name = format!("let {url} name a host that the certificate is for, or have it reissued");
        let fixes = Fixes { no_tls: &no_tls, other_name: &other_name, ca };
        self.tls.as_ref().map_or_else(|| no_tls.clone(), |distrust| distrust.fix(fixes))
    }
}
