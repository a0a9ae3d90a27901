//! What our requests say in `Accept`.

use http::HeaderValue;

/// What a request asks for. Some servers choose their answer by `Accept`, and refuse a type that they don't have
/// (RFC 9110 §15.5.7). Our readers ignore `Content-Type`, so each value allows any other type too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Accept {
    Json,
    /// A JWK Set (RFC 7517 §8.5.1).
    KeySet,
    /// A page for people, as a browser asks for it.
    Page,
}

impl From<Accept> for HeaderValue {
    fn from(accept: Accept) -> Self {
        Self::from_static(match accept {
            Accept::Json => "application/json, */*;q=0.5",
            Accept::KeySet => "application/jwk-set+json, application/json;q=0.9, */*;q=0.5",
            Accept::Page => "text/html, application/xhtml+xml, */*;q=0.8",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Accept;
    use http::HeaderValue;

    #[test]
    fn no_request_refuses_a_type() {
        for accept in [Accept::Json, Accept::KeySet, Accept::Page] {
            let value = HeaderValue::from(accept);
            assert!(value.to_str().unwrap().contains(", */*;q="), "{value:?}");
        }
    }
}
