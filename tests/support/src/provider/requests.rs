//! The requests that the provider received, for tests to inspect.

use axum::http::HeaderMap;

/// Names and values in their order, with repetitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(pub Vec<(String, String)>);

impl Fields {
    pub fn read(encoded: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// The fields of a page's form: its hidden inputs.
    pub fn of_form(html: &str) -> Self {
        let between = |text: &str, start: &str| {
            let (_, rest) = text.split_once(start)?;
            rest.split_once('"').map(|(value, _)| unescaped(value))
        };
        let inputs = html.split("<input ").skip(1).filter_map(|input| input.split_once('>').map(|(tag, _)| tag));
        Self(inputs.filter_map(|tag| Some((between(tag, "name=\"")?, between(tag, "value=\"")?))).collect())
    }

    /// The value of a name that appears exactly once.
    pub fn get(&self, name: &str) -> Option<&str> {
        let mut values = self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(known, _)| known == name)
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("&#x2f;", "/").replace("&#x27;", "'");
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Every request, oldest first.
#[derive(Debug, Clone, Default)]
pub struct Received {
    /// The parameters of each authorization request.
    pub authorize: Vec<Fields>,
    pub token: Vec<TokenRequest>,
    /// The access token of each userinfo request, or none.
    pub userinfo: Vec<Option<String>>,
    /// The parameters of each userinfo request.
    pub userinfo_parameters: Vec<Fields>,
    /// The number of requests for the discovery document.
    pub discovery: usize,
    /// The largest number of requests that waited for it at the same time.
    pub concurrent_discovery: usize,
    /// The number of requests for the key set.
    pub jwks: usize,
    /// Requests to an address that only redirects and token headers contain.
    pub stray_requests: usize,
}

#[derive(Debug, Clone)]
pub struct TokenRequest {
    pub headers: HeaderMap,
    pub form: Fields,
}
