//! A path of ours, where a sign-in without an app may end.

use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};

use crate::base::urls::PublicUrl;

/// A path of ours, perhaps with a query. It is stored as a URL parser writes it, so a browser understands it in the
/// same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnTo(String);

/// Why a value is not a path of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReturnTo {
    #[error("it begins with one `/`, and names no scheme and no host")]
    NotAPath,
    #[error("it leads to another site")]
    AnotherSite,
    #[error("it contains a control character or a `\\`, which browsers read as a `/`")]
    Misleading,
    #[error("it contains a `#`")]
    Fragment,
}

impl ReturnTo {
    /// # Errors
    /// Why it is no path of ours.
    pub fn parse(text: &str, public_url: &PublicUrl) -> Result<Self, InvalidReturnTo> {
        if !text.starts_with('/') {
            return Err(InvalidReturnTo::NotAPath);
        }
        // WHATWG URL §4.4 takes `\` for `/`, and drops tabs and line breaks. A proxy may decode a path first.
        let decoded = percent_decode_str(text.split_once('?').map_or(text, |(path, _)| path)).decode_utf8_lossy();
        let is_misleading = |c: char| c.is_control() || c == '\\';
        if text.contains(is_misleading) || decoded.contains(is_misleading) {
            return Err(InvalidReturnTo::Misleading);
        }
        if text.contains('#') {
            return Err(InvalidReturnTo::Fragment);
        }
        let resolved = public_url.resolve(text).filter(|url| url.origin() == *public_url.origin());
        let resolved = resolved.ok_or(InvalidReturnTo::AnotherSite)?;
        let query = resolved.query().map(|query| format!("?{query}")).unwrap_or_default();
        let path = format!("{}{query}", resolved.path());
        // `/..//host` and `/../%2fhost` are paths of ours, but what is left of them after the dots begins with a host.
        let left = percent_decode_str(resolved.path()).decode_utf8_lossy();
        if path.starts_with("//") || left.starts_with("//") || decoded.starts_with("//") {
            return Err(InvalidReturnTo::AnotherSite);
        }
        Ok(Self(path))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
